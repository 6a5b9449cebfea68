/* One latent's contexts as lines: rows, values, tokens and strengths are those of the double reference; and
 * what is wrong with files is said. */
#include "live/contexts_text.h"

#include "base/memory.h"
#include "sae/reference.h"
#include "sae/start.h"
#include "sae/trainer.h"
#include "support/autoencoder.h"
#include "support/device.h"
#include "support/files.h"
#include "support/test.h"
#include "view/canvas.h"

#include <stdlib.h>

enum { ROWS = 301, D = 11, LATENTS = 24, DOCUMENT = 50, COUNT = 5, WINDOW = 7, VOCABULARY = 9 };

static struct sae_model model;
static float *training_rows; /* [ROWS, D] */
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
    training_rows = rows;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sae_model_free(&model);
    free(training_rows);
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
    assert_ok(live_contexts_open(test_gpu(), parameters, &contexts));
    assert_ok(live_contexts_choose(contexts, 3)); /* too early, as later */
    assert_ok(live_contexts_take_model(contexts, &model));
    live_contexts_set_block(contexts, 77);
    assert_ok(live_contexts_choose(contexts, 3));
    live_contexts_lines(contexts, &count);
    assert_int_equal(count, 0);
    for (int i = 0; i < 100 && share < 1; i++)
        assert_ok(live_contexts_work(contexts, 1, &share));
    assert_in_double(share, 1, 0);
    assert_int_equal(live_contexts_walks(contexts), 1);
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

/* ---- of a training ---- */

static struct sae_trainer *new_trainer(void)
{
    struct sae_config config = {.kind = sae_kind_find("topk"), .total_rows = 1 << 16, .batch = 40};
    struct sae_model start;
    struct sae_trainer *trainer;
    config.architecture =
        (struct sae_architecture){.d_in = D, .d_out = D, .d_sae = LATENTS, .k = 4, .n_inputs = 1};
    sae_config_defaults(&config);
    config.learning_rate = 1e-2;
    assert_ok(sae_start_model(&config, NULL, 0, 0, &start));
    assert_ok(sae_trainer_create(test_gpu(), &config, &start, 1, 1, &trainer));
    sae_model_free(&start);
    return trainer;
}

/* Of two, that one does on the sample what the other does on a saved model and rows that end there. */
static void same_lines(struct live_contexts *a, struct live_contexts *b)
{
    for (uint32_t latent = 0; latent < LATENTS; latent++) {
        uint32_t counts[2];
        assert_ok(live_contexts_choose(a, latent));
        assert_ok(live_contexts_choose(b, latent));
        const struct live_context *one = live_contexts_lines(a, &counts[0]);
        const struct live_context *other = live_contexts_lines(b, &counts[1]);
        assert_int_equal(counts[0], counts[1]);
        for (uint32_t i = 0; i < counts[0]; i++) {
            assert_int_equal(one[i].row, other[i].row);
            assert_int_equal(one[i].count, other[i].count);
            assert_in_double(one[i].value, other[i].value, 1e-4 * (1 + other[i].value));
            for (uint32_t t = 0; t < one[i].count; t++) {
                assert_string_equal(one[i].tokens[t].text, other[i].tokens[t].text);
                assert_in_double(one[i].tokens[t].strength, other[i].tokens[t].strength, 1);
            }
        }
    }
}

/* A walk over the sample by the weights as they stand; the lines of a walk stay while the next one goes on.
 */
static void lines_follow_a_training(void **state)
{
    (void)state;
    enum { SAMPLE = 170 };
    struct live_contexts_parameters parameters = parameters_of(true), ends = parameters;
    struct live_contexts *here, *saved;
    struct sae_trainer *trainer = new_trainer();
    struct sae_record record;
    struct sae_model now;
    double share;
    uint64_t fired, rows;
    parameters.sample = SAMPLE;
    ends.rows_to = SAMPLE;
    assert_ok(live_contexts_open(test_gpu(), &parameters, &here));
    assert_ok(live_contexts_open(test_gpu(), &ends, &saved));
    assert_ok(live_contexts_take_trainer(here, trainer));
    live_contexts_set_block(here, 64);
    for (uint32_t walk = 1; walk <= 2; walk++) {
        assert_ok(sae_trainer_model(trainer, 1, &now));
        assert_ok(live_contexts_take_model(saved, &now));
        assert_ok(live_contexts_work(saved, UINT64_MAX, &share));
        for (int block = 1; block <= 3; block++) {
            assert_ok(live_contexts_work(here, 1, &share));
            assert_in_double(share, block < 3 ? block * 64.0 / SAMPLE : 1, 1e-9);
            assert_ok(live_contexts_choose(here, 5)); /* between the blocks: of the walk before */
            assert_int_equal(live_contexts_latent(here), walk > 1 || block == 3 ? 5 : UINT32_MAX);
        }
        assert_int_equal(live_contexts_walks(here), walk);
        same_lines(here, saved);
        live_contexts_fired(here, &fired, &rows);
        assert_int_equal(rows, SAMPLE);
        for (int s = 0; s < 5; s++)
            assert_ok(sae_trainer_step(trainer, training_rows, &record));
        assert_ok(live_contexts_again(here));
        sae_model_free(&now);
    }
    sae_trainer_destroy(&trainer);
    live_contexts_close(&here); /* behind its trainer */
    live_contexts_close(&saved);
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

/* Without an autoencoder the last lines stay, and nothing more is made or wanted. */
static void lines_outlive_the_autoencoder(void **state)
{
    (void)state;
    struct live_contexts_parameters parameters = parameters_of(true);
    struct live_contexts *contexts = walked(&parameters);
    uint32_t before, count;
    double share = 0;
    assert_ok(live_contexts_choose(contexts, 3));
    live_contexts_lines(contexts, &before);
    assert_true(before > 0);
    live_contexts_drop(contexts);
    assert_ok(live_contexts_work(contexts, 1, &share));
    assert_in_double(share, 1, 0);
    assert_ok(live_contexts_choose(contexts, 4));
    assert_int_equal(live_contexts_latent(contexts), 3);
    const struct live_context *lines = live_contexts_lines(contexts, &count);
    assert_int_equal(count, before);
    for (uint32_t i = 0; i < count; i++)
        check_line(&lines[i], 3, true);
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
    assert_fails(live_contexts_open(test_gpu(), &parameters, &contexts), BASE_ERROR_INPUT,
                 "300 numbers for 301 rows");
    assert_null(contexts);
    odd[7] = VOCABULARY;
    parameters.tokens = test_npy("odd.npy", "<i4", 0, "(301,)", odd, sizeof odd);
    assert_ok(live_contexts_open(test_gpu(), &parameters, &contexts));
    assert_ok(live_contexts_take_model(contexts, &model));
    assert_fails(live_contexts_work(contexts, 1, &share), BASE_ERROR_INPUT, "odd.npy: row 7 has token 9");
    live_contexts_close(&contexts);
    parameters.vocabulary = test_path("none.json");
    assert_fails(live_contexts_open(test_gpu(), &parameters, &contexts), BASE_ERROR_INPUT, "none.json");
    parameters = parameters_of(false);
    struct sae_architecture wider = test_architecture(SAE_TOPK, D + 1, LATENTS);
    struct sae_model other = test_model(&wider, 6);
    assert_ok(live_contexts_open(test_gpu(), &parameters, &contexts));
    assert_fails(live_contexts_take_model(contexts, &other), BASE_ERROR_INPUT, "rows of width 11");
    live_contexts_close(&contexts);
    sae_model_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_those_of_the_reference),
        cmocka_unit_test(lines_follow_a_training),
        cmocka_unit_test(lines_are_drawn),
        cmocka_unit_test(lines_outlive_the_autoencoder),
        cmocka_unit_test(what_is_wrong_is_said),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, set_up, tear_down));
}
