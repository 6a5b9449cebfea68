/* Panels as the window draws them: pin and pointer on one card, curves that are announced only where they are
 * counted, tables whose columns are of one moment, cards beside what is pointed at. */
#include "live/panel.h"

#include "base/random.h"
#include "live/resonance.h"
#include "live/run.h"
#include "support/device.h"
#include "support/files.h"
#include "support/synthetic_training.h"
#include "support/test.h"

#include <stdlib.h>

enum { WIDE = 640, HIGH = 420 };
static const struct view_rect whole = {10, 10, WIDE - 20, HIGH - 20};

struct stage {
    struct live_model model;
    struct live_tile tile;
    struct live_scope scope;
    struct view_canvas *canvas;
    struct live_probe *probe;
    struct live_strips *strips;
};

static void open_stage(struct stage *stage)
{
    *stage = (struct stage){.model = {.gpu = test_gpu()}};
    assert_ok(view_canvas_create(test_gpu(), &(struct view_canvas_parameters){.width = WIDE, .height = HIGH},
                                 &stage->canvas));
    assert_ok(live_probe_create(test_gpu(), &stage->probe));
    assert_ok(live_strips_create(test_gpu(), &stage->strips));
    stage->scope = (struct live_scope){.canvas = stage->canvas,
                                       .theme = view_canvas_theme(stage->canvas),
                                       .model = &stage->model,
                                       .probe = stage->probe,
                                       .strips = stage->strips,
                                       .pointer = {-1e6f, -1e6f}};
}

static void close_stage(struct stage *stage)
{
    live_resonance_release(&stage->model.resonance);
    live_strips_destroy(&stage->strips);
    live_probe_destroy(&stage->probe);
    view_canvas_destroy(&stage->canvas);
}

/* As often as it takes until what was asked for in one frame is known in a later one. */
static void draw(struct stage *stage, enum live_view view)
{
    for (int again = 0; again < 3; again++) {
        stage->scope.view = view;
        stage->scope.frame++;
        view_canvas_begin(stage->canvas);
        live_probe_frame(stage->probe);
        live_strips_frame(stage->strips);
        live_panels[view].draw(&stage->scope, &stage->tile, whole);
        live_plot_draw_cards(&stage->tile.plot, stage->canvas);
        assert_ok(view_canvas_finish(stage->canvas));
        assert_ok(gpu_wait(test_gpu()));
    }
}

static const struct live_card_line *line_of(const struct stage *stage, const char *name)
{
    const struct live_cards *cards = &stage->tile.plot.cards;
    const struct live_card_line *found = NULL;
    for (uint32_t i = 0; i < cards->count; i++)
        if (strcmp(cards->lines[i].name, name) == 0)
            found = &cards->lines[i];
    return found;
}

/* ---- firing ---- */

/* Snapshots cover a half of the rows: what is pinned there keeps its names while the pointer is beyond. */
static void firing_has_one_card(void **state)
{
    (void)state;
    static const uint32_t fired[] = {0, 0, 0, 10, 20, 300};
    static const char *const band_names[] = {"rows trained on", "never fire", "all below", "median"};
    static const char *const map_names[] = {"rows trained on", "share of rows", "latents", "never fire"};
    static struct live_training_history history;
    static struct live_run run;
    struct stage stage;
    open_stage(&stage);
    synthetic_training(&history, 300, 9, 0);
    const double end = (double)history.records[history.n_records - 1].rows;
    synthetic_firing(&history, (uint64_t)(0.5 * end), fired, sizeof fired / sizeof *fired, 1000);
    run = (struct live_run){.history = &history};
    stage.model.run = &run;
    for (int bands = 0; bands < 2; bands++) {
        struct live_plot *plot = &stage.tile.plot;
        stage.tile = (struct live_tile){.bands = bands != 0};
        draw(&stage, LIVE_VIEW_FIRING);
        plot->pinned = true;
        plot->pin_x = 0.25 * end;
        plot->pin_y = 0.015; /* a latent's 20 of 1,000 rows lie in that bin or near it */
        const struct view_rect area = plot->frame.plot;
        (void)live_plot_event(plot, &(struct view_event){.kind = VIEW_EVENT_MOVE,
                                                         .x = area.x + 0.8f * area.width,
                                                         .y = area.y + 0.5f * area.height});
        draw(&stage, LIVE_VIEW_FIRING);
        assert_true(plot->cards.shown[LIVE_CROSS_PIN] && plot->cards.shown[LIVE_CROSS_POINTER]);
        for (size_t i = 0; i < 4; i++)
            assert_non_null(line_of(&stage, bands ? band_names[i] : map_names[i]));
        assert_int_equal(plot->cards.count, bands ? 2 + LIVE_TRAINING_LEVELS : 4);
        const struct live_card_line *rows = line_of(&stage, "rows trained on");
        assert_in_double(rows->numbers[LIVE_CROSS_PIN], 0.25 * end, 0.01 * end);
        assert_in_double(rows->numbers[LIVE_CROSS_POINTER], 0.8 * end, 0.02 * end);
        const struct live_card_line *never = line_of(&stage, "never fire");
        assert_int_equal(never->format, VIEW_COUNT);
        assert_int_equal(never->colour.a, 0);
        assert_int_equal(never->known[LIVE_CROSS_PIN], LIVE_KNOWN);
        assert_in_double(never->numbers[LIVE_CROSS_PIN], 3, 0);
        assert_int_equal(never->known[LIVE_CROSS_POINTER], LIVE_ABSENT);
        const struct live_card_line *last = &plot->cards.lines[plot->cards.count - 1];
        assert_string_equal(last->name, bands ? "all from" : "never fire");
        if (bands) { /* the same curve in both columns, of which nothing is counted at the pointer */
            assert_in_double(log10(last->numbers[LIVE_CROSS_PIN]), -2, 1e-6);
            assert_true(isnan(last->numbers[LIVE_CROSS_POINTER]));
            assert_true(last->format != VIEW_COUNT);
        }
    }
    live_training_release(&run.picture);
    live_training_history_free(&history);
    close_stage(&stage);
}

/* ---- resonance ---- */

enum { WIDTH = 4, ROWS = 96 };

static void push_rows(struct stage *stage, uint32_t n, uint64_t seed)
{
    float rows[ROWS * WIDTH];
    for (uint32_t i = 0; i < n * WIDTH; i++)
        rows[i] = (float)base_random_normal(seed, BASE_STREAM_TEST, i);
    assert_ok(srm_live_push(stage->model.resonance.counts, rows, n));
    assert_ok(srm_live_show(stage->model.resonance.counts, stage->model.resonance.epsilon));
}

static void count_resonance(struct stage *stage, uint32_t controls)
{
    struct live_resonance *resonance = &stage->model.resonance;
    assert_ok(live_resonance_create(test_gpu(),
                                    &(struct live_resonance_parameters){.width = WIDTH,
                                                                        .vectors = WIDTH,
                                                                        .orthonormal = true,
                                                                        .basis_name = "standard basis",
                                                                        .subject = "activations",
                                                                        .rows = ROWS,
                                                                        .n_controls = controls,
                                                                        .seed = 1,
                                                                        .epsilon = 0.5},
                                    resonance));
    push_rows(stage, ROWS / 2, 3);
    assert_ok(gpu_wait(test_gpu()));
    resonance->known = srm_live_extents(resonance->counts, &resonance->extents);
    resonance->null_share = 0.1;
    assert_true(resonance->known);
}

static void only_what_is_counted_is_announced(void **state)
{
    (void)state;
    static const char *const labels[][5] = {
        {"mean", "\u00b1 1 sd over planes", "isotropic, 99 %"},
        {"mean", "\u00b1 1 sd over planes", "rotated", "isotropic, 99 %"},
        {"mean", "\u00b1 1 sd over planes", "rotated", "range of rotated", "isotropic, 99 %"}};
    static const uint32_t lines[] = {4, 5, 7}; /* with the angle */
    for (uint32_t controls = 0; controls < 3; controls++) {
        struct stage stage;
        open_stage(&stage);
        count_resonance(&stage, controls);
        draw(&stage, LIVE_VIEW_MEAN);
        struct live_plot *plot = &stage.tile.plot;
        assert_int_equal(plot->n_legend, 3 + controls);
        for (uint32_t e = 0; e < plot->n_legend; e++) { /* as wide as its words, with 4 units at either end */
            const struct view_legend_entry entry = {labels[controls][e], stage.scope.theme->text,
                                                    e == 0 || (e == 2 && controls > 0) ? VIEW_LEGEND_LINE
                                                    : e + 1 == plot->n_legend ? VIEW_LEGEND_DASHED_BAND
                                                                              : VIEW_LEGEND_BAND};
            assert_in_double((double)plot->legend_boxes[e].width,
                             (double)view_legend_width(stage.canvas, &entry, 1, true) + 8, 1);
        }
        plot->pinned = true;
        plot->pin_x = 30;
        draw(&stage, LIVE_VIEW_MEAN);
        assert_int_equal(plot->cards.count, lines[controls]);
        assert_true((line_of(&stage, "rotated") != NULL) == (controls > 0));
        live_plot_toggle_entry(plot, plot->n_legend - 1); /* the last one is that of isotropic rows */
        draw(&stage, LIVE_VIEW_MEAN);
        assert_int_equal(plot->cards.count, lines[controls] - 1);
        assert_null(line_of(&stage, "isotropic"));
        close_stage(&stage);
    }
}

/* Rows come, and their counts are exported before the extents of them are known. */
static void a_table_of_a_plane_is_of_one_moment(void **state)
{
    (void)state;
    struct stage stage;
    char line[256];
    open_stage(&stage);
    count_resonance(&stage, 0);
    assert_int_equal(stage.model.resonance.extents.rows, ROWS / 2);
    push_rows(&stage, ROWS / 4, 4);
    snprintf(stage.model.title, sizeof stage.model.title, "title");
    assert_ok(live_save_plane(&stage.model, &stage.tile, test_path("plane.csv")));
    FILE *file = fopen(test_path("plane.csv"), "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(
        line, "angle (degrees),count (rows),mean over planes (share of rows),epsilon,i,j,rows,input\n");
    for (uint32_t k = 0; k < stage.model.resonance.angles; k++) {
        assert_non_null(fgets(line, sizeof line, file));
        assert_non_null(strstr(line, ",0,1,72,title"));
    }
    fclose(file);
    close_stage(&stage);
}

/* False: there is none at this place. */
static bool rose_card(struct stage *stage, struct view_point at)
{
    stage->scope.pointer = at;
    stage->scope.view = LIVE_VIEW_ROSE;
    live_draw_rose(&stage->scope, &stage->tile, whole);
    live_plot_draw_cards(&stage->tile.plot, stage->canvas);
    return stage->tile.plot.card.width > 0;
}

/* Right of what is pointed at and below it where the rose has room; never over it or out of the window. */
static void the_rose_has_its_card_beside_the_pointer(void **state)
{
    (void)state;
    enum { STEP = 30 };
    struct stage stage;
    float left = WIDE, right = 0, top = HIGH, bottom = 0;
    uint32_t below = 0;
    open_stage(&stage);
    count_resonance(&stage, 0);
    for (int turn = 0; turn < 2; turn++) /* first: how far it reaches */
        for (int y = 0; y <= HIGH; y += STEP) {
            view_canvas_begin(stage.canvas);
            view_clip(stage.canvas,
                      &(struct view_rect){0, 0, 1, 1}); /* places alone matter, drawing is slow */
            live_probe_frame(stage.probe);
            for (int x = 0; x <= WIDE; x += STEP) {
                const struct view_point at = {(float)x, (float)y};
                if (!rose_card(&stage, at))
                    continue;
                const struct view_rect card = stage.tile.plot.card;
                left = fminf(left, at.x);
                right = fmaxf(right, at.x);
                top = fminf(top, at.y);
                bottom = fmaxf(bottom, at.y);
                assert_true(card.x >= 0 && card.y >= 0 && card.x + card.width <= WIDE &&
                            card.y + card.height <= HIGH);
                assert_false(at.x > card.x && at.x < card.x + card.width && at.y > card.y &&
                             at.y < card.y + card.height);
                if (turn > 0 && at.x + STEP + card.width < right && at.y + STEP + card.height < bottom) {
                    assert_true(card.x > at.x && card.y > at.y);
                    below++;
                }
            }
            assert_ok(view_canvas_finish(stage.canvas));
        }
    assert_true(right - left > 0.5f * HIGH && bottom - top > 0.5f * HIGH && below > 4);
    close_stage(&stage);
}

/* ---- directions ---- */

/* Six directions in a plane, 6° apart: cosines from cos 30° to cos 6°, and each one's own, which is not
 * shown. */
static void what_is_hidden_has_no_rank(void **state)
{
    (void)state;
    enum { LATENTS = 6 };
    static struct live_run run;
    double rates[LATENTS];
    float W_dec[LATENTS * 2];
    struct stage stage;
    open_stage(&stage);
    for (uint32_t i = 0; i < LATENTS; i++) {
        const double angle = i * 6 * 3.14159265358979323846 / 180;
        rates[i] = 0.1;
        W_dec[2 * i] = (float)cos(angle);
        W_dec[2 * i + 1] = (float)sin(angle);
    }
    run = (struct live_run){.d_sae = LATENTS};
    assert_ok(live_latents_create(test_gpu(), &(struct live_latents_parameters){.d_sae = LATENTS, .d_out = 2},
                                  &run.latents));
    assert_ok(live_latents_show(run.latents, rates, NULL, W_dec));
    assert_ok(gpu_wait(test_gpu()));
    run.known = live_latents_extents(run.latents, &run.extents);
    stage.model.run = &run;
    stage.tile.range.per_mille = 10;
    draw(&stage, LIVE_VIEW_GRAM);
    assert_true(stage.tile.range.counted && stage.tile.range.told);
    assert_in_double(stage.tile.range.told_low, cos(30 * 3.14159265358979323846 / 180), 1e-5);
    assert_in_double(stage.tile.range.told_high, cos(6 * 3.14159265358979323846 / 180), 1e-5);
    live_latents_destroy(&run.latents);
    close_stage(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(firing_has_one_card),
        cmocka_unit_test(only_what_is_counted_is_announced),
        cmocka_unit_test(a_table_of_a_plane_is_of_one_moment),
        cmocka_unit_test(the_rose_has_its_card_beside_the_pointer),
        cmocka_unit_test(what_is_hidden_has_no_rank),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
