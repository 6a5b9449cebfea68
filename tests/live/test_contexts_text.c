/* One latent's contexts as lines: rows, values, tokens and strengths are those of the double reference; and
 * what is wrong with files is said. */
#include "live/contexts_text.h"

#include "base/memory.h"
#include "sae/reference.h"
#include "support/autoencoder.h"
#include "support/device.h"
#include "support/files.h"
#include "support/test.h"
#include "view/canvas.h"

#include <stdlib.h>

enum { ROWS = 301, D = 11, LATENTS = 24, DOCUMENT = 50, COUNT = 5, WINDOW = 7, VOCABULARY = 9 };

static struct sae_model model;
static double values[ROWS][LATENTS];
static int32_t tokens[ROWS], positions[ROWS];
static const char *rows_path, *tokens_path, *positions_path, *vocabulary_path;

static int set_up(void **state)
{
    (void)state;
    static const char vocabulary[] =
        "[\"a\", \" bc\", \"\\n\", \"\\u0000x\", \"\\u202ey\", \"\\u00e9\", \"\", \"\\u007f\", \"z\"]";
    struct sae_architecture architecture = test_architecture(SAE_TOPK, D, LATENTS);
    model = test_model(&architecture, 6);
    float *rows = test_rows(ROWS, D, 8);
    for (uint32_t r = 0; r < ROWS; r++) {
        sae_reference_encode(&model, rows + (size_t)r * D, values[r]);
        tokens[r] = (int32_t)(r * 5 % VOCABULARY);
        positions[r] = (int32_t)(r % DOCUMENT);
    }
    rows_path = test_npy("rows.npy", "<f4", 0, "(301, 11)", rows, (size_t)ROWS * D * sizeof *rows);
    tokens_path = test_npy("tokens.npy", "<i4", 0, "(301,)", tokens, sizeof tokens);
    positions_path = test_npy("positions.npy", "<i4", 0, "(301,)", positions, sizeof positions);
    vocabulary_path = test_file("vocabulary.json", vocabulary, sizeof vocabulary - 1);
    free(rows);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sae_model_free(&model);
    return 0;
}

static struct live_contexts_parameters parameters_of(bool documents)
{
    return (struct live_contexts_parameters){.activations = &rows_path,
                                             .n_activations = 1,
                                             .step = UINT64_MAX,
                                             .tokens = tokens_path,
                                             .positions = documents ? positions_path : NULL,
                                             .vocabulary = vocabulary_path,
                                             .count = COUNT,
                                             .window = WINDOW};
}

static struct live_contexts *walked(const struct live_contexts_parameters *parameters)
{
    struct live_contexts *contexts;
    double share = 0;
    uint32_t count;
    assert_ok(live_contexts_open(test_gpu(), &model, parameters, &contexts));
    assert_ok(live_contexts_choose(contexts, 3)); /* too early */
    live_contexts_lines(contexts, &count);
    assert_int_equal(count, 0);
    for (int i = 0; i < 100 && share < 1; i++)
        assert_ok(live_contexts_work(contexts, 1, &share));
    assert_in_double(share, 1, 0);
    return contexts;
}

static double greatest(uint32_t latent)
{
    double most = 0;
    for (uint32_t r = 0; r < ROWS; r++)
        most = fmax(most, values[r][latent]);
    return most;
}

static void check_line(const struct live_context *line, uint32_t latent, bool documents)
{
    static const char *const shown[VOCABULARY] = {"a",      " bc", "\u2193", "\u00b7x", "\u00b7y",
                                                  "\u00e9", "",    "\u00b7", "z"};
    double most = greatest(latent);
    uint64_t first = line->row - line->mark;
    assert_true(line->mark < line->count && line->count <= WINDOW);
    assert_in_double(line->value, values[line->row][latent], 1e-4 * most);
    for (uint32_t i = 0; i < line->count; i++) {
        double share = fmax(0, values[first + i][latent] / most * 100);
        assert_string_equal(line->tokens[i].text, shown[tokens[first + i]]);
        assert_true(share > 0 ? line->tokens[i].strength >= 1 : line->tokens[i].strength == 0);
        assert_in_double(line->tokens[i].strength, share, 1.01);
        if (documents)
            assert_int_equal((first + i) / DOCUMENT, line->row / DOCUMENT);
    }
}

static void lines_are_those_of_the_reference(void **state)
{
    (void)state;
    for (int documents = 0; documents < 2; documents++) {
        struct live_contexts_parameters parameters = parameters_of(documents);
        struct live_contexts *contexts = walked(&parameters);
        for (uint32_t latent = 0; latent < LATENTS; latent += 5) {
            uint32_t count;
            uint64_t fired, rows, wanted = 0;
            assert_ok(live_contexts_choose(contexts, latent));
            const struct live_context *lines = live_contexts_lines(contexts, &count);
            live_contexts_fired(contexts, &fired, &rows);
            for (uint32_t r = 0; r < ROWS; r++)
                wanted += values[r][latent] > 0;
            assert_int_equal(fired, wanted);
            assert_int_equal(rows, ROWS);
            assert_true(count > 0 || wanted == 0);
            if (count > 0)
                assert_in_double(lines[0].value, greatest(latent), 1e-4 * greatest(latent));
            for (uint32_t i = 0; i < count; i++) {
                check_line(&lines[i], latent, documents);
                assert_true(i == 0 || lines[i].value <= lines[i - 1].value);
            }
        }
        live_contexts_close(&contexts);
    }
}

static void lines_are_drawn(void **state)
{
    (void)state;
    struct live_contexts_parameters parameters = parameters_of(true);
    struct live_contexts *contexts = walked(&parameters);
    struct view_canvas *canvas;
    uint32_t count;
    assert_ok(view_canvas_create(test_gpu(), &(struct view_canvas_parameters){.width = 300, .height = 90},
                                 &canvas));
    assert_ok(live_contexts_choose(contexts, 0));
    live_contexts_lines(contexts, &count);
    view_canvas_begin(canvas);
    float used = live_contexts_draw(contexts, canvas, (struct view_rect){5, 5, 290, 80});
    assert_true(count > 0 && used > 0 && used <= 80);
    assert_in_double(live_contexts_draw(contexts, canvas, (struct view_rect){5, 5, 3, 2}), 0, 0);
    assert_ok(view_canvas_finish(canvas));
    view_canvas_destroy(&canvas);
    live_contexts_close(&contexts);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    struct live_contexts *contexts;
    struct live_contexts_parameters parameters = parameters_of(false);
    int32_t odd[ROWS] = {0};
    double share;
    parameters.tokens = test_npy("few.npy", "<i4", 0, "(300,)", odd, sizeof odd - 4);
    assert_fails(live_contexts_open(test_gpu(), &model, &parameters, &contexts), BASE_ERROR_INPUT,
                 "300 numbers for 301 rows");
    assert_null(contexts);
    odd[7] = VOCABULARY;
    parameters.tokens = test_npy("odd.npy", "<i4", 0, "(301,)", odd, sizeof odd);
    assert_ok(live_contexts_open(test_gpu(), &model, &parameters, &contexts));
    assert_fails(live_contexts_work(contexts, 1, &share), BASE_ERROR_INPUT, "odd.npy: row 7 has token 9");
    live_contexts_close(&contexts);
    parameters.vocabulary = test_path("none.json");
    assert_fails(live_contexts_open(test_gpu(), &model, &parameters, &contexts), BASE_ERROR_INPUT,
                 "none.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_those_of_the_reference),
        cmocka_unit_test(lines_are_drawn),
        cmocka_unit_test(what_is_wrong_is_said),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, set_up, tear_down));
}
