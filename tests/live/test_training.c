/* Panels of training that are drawn while their history grows: what was kept from earlier frames gives the
 * same picture as a fresh start, parts of the axes show the records that lie there, and hidden curves are not
 * there. */
#include "live/training.h"

#include "base/memory.h"
#include "base/platform.h"
#include "support/device.h"
#include "support/synthetic_training.h"
#include "support/test.h"

#include <stdlib.h>

enum { WIDTH = 420, HEIGHT = 260 };
static const struct view_rect whole = {4, 4, WIDTH - 8, HEIGHT - 8};

static struct view_canvas *new_canvas(void)
{
    struct view_canvas *canvas;
    assert_ok(view_canvas_create(
        test_gpu(), &(struct view_canvas_parameters){.width = WIDTH, .height = HEIGHT}, &canvas));
    return canvas;
}

/* Freed with free. */
static uint8_t *pixels_of(struct view_canvas *canvas)
{
    uint8_t *pixels = malloc((size_t)WIDTH * HEIGHT * 4);
    assert_non_null(pixels);
    assert_ok(view_canvas_finish(canvas));
    assert_ok(gpu_image_download(test_gpu(), view_canvas_image(canvas), pixels));
    return pixels;
}

static uint8_t *draw_panel(struct view_canvas *canvas, struct live_training *training,
                           const struct live_training_history *history, enum live_training_panel_kind kind,
                           double smoothing)
{
    view_canvas_begin(canvas);
    assert_ok(live_training_prepare(training, history, canvas, smoothing));
    live_training_panel(training, kind, whole, NULL);
    return pixels_of(canvas);
}

/* The first `records` of a history, and what was measured by then. */
static void copy_part(const struct live_training_history *all, size_t from, size_t records,
                      struct live_training_history *part)
{
    for (size_t i = from; i < records; i++)
        assert_ok(live_training_add_record(part, &all->records[i]));
    for (size_t i = 0; i < all->n_held_out; i++)
        if (all->held_out[i].rows <= all->records[records - 1].rows)
            assert_ok(live_training_add_held_out(part, &all->held_out[i]));
    for (size_t i = 0; i < all->n_snapshots; i++)
        if (all->snapshots[i].rows <= all->records[records - 1].rows)
            assert_ok(live_training_add_snapshot(part, &all->snapshots[i]));
}

static void growing_is_as_beginning_anew(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 30, 90, 700, 1400};
    struct live_training_history all, growing = {.d_sae = 768, .dead_after = 1000};
    struct live_training kept = {0};
    struct view_canvas *canvas = new_canvas();
    synthetic_training(&all, 1400, 9, 12);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        copy_part(&all, s > 0 ? sizes[s - 1] : 0, sizes[s], &growing);
        if (s == 3) /* a resumed run steps back, a long one is thinned */
            copy_part(&all, 400, 650, &growing);
        if (s == 4)
            live_training_thin(&growing, 800);
        for (int p = 0; p < LIVE_TRAINING_PANELS; p++) {
            enum live_training_panel_kind kind = (enum live_training_panel_kind)p;
            struct live_training fresh = {0};
            double smoothing = p % 2 ? 0.5 : LIVE_TRAINING_AUTOMATIC;
            uint8_t *a = draw_panel(canvas, &kept, &growing, kind, smoothing);
            uint8_t *b = draw_panel(canvas, &fresh, &growing, kind, smoothing);
            if (memcmp(a, b, (size_t)WIDTH * HEIGHT * 4) != 0)
                fail_msg("panel %d with %zu records: what was kept gives another picture", p,
                         growing.n_records);
            live_training_release(&fresh);
            free(a), free(b);
        }
    }
    live_training_release(&kept);
    live_training_history_free(&growing);
    live_training_history_free(&all);
    view_canvas_destroy(&canvas);
}

static void parts_of_axes_show_the_records_there(void **state)
{
    (void)state;
    struct live_training_history history;
    struct live_training training = {0};
    struct view_canvas *canvas = new_canvas();
    struct live_training_plot plot;
    struct live_series series[8];
    synthetic_training(&history, 6000, 9, 12);
    view_canvas_begin(canvas);
    assert_ok(live_training_prepare(&training, &history, canvas, 0));
    live_training_plot(&training, LIVE_TRAINING_PANEL_LOSS, &plot);
    assert_string_equal(plot.legend[0].label, "loss");
    assert_true(plot.n_legend >= 1 && plot.positive_y > 0 && plot.may_log_y);
    plot.frame.rect = whole;
    plot.frame.x.low = (double)history.records[2000].rows;
    plot.frame.x.high = (double)history.records[2100].rows;
    struct view_frame frame = view_frame_draw(canvas, &plot.frame);
    live_training_draw(&training, LIVE_TRAINING_PANEL_LOSS, &frame, 0);
    uint32_t count = live_training_series(&training, LIVE_TRAINING_PANEL_LOSS, series, 8);
    assert_true(count >= 1);
    assert_string_equal(series[0].label, "loss");
    assert_int_equal(series[0].entry, 1);
    assert_in_range(series[0].values.count, 101, 103);
    for (uint32_t i = 0; i < series[0].values.count; i++) {
        double rows = series[0].first + i * series[0].step;
        const struct live_training_record *record = NULL;
        for (size_t r = 1990; r < 2110; r++)
            if (fabs((double)history.records[r].rows - rows) < 0.02 * series[0].step)
                record = &history.records[r];
        assert_non_null(record);
        assert_in_double(series[0].host[i], record->loss, 1e-6 * record->loss);
    }
    free(pixels_of(canvas));
    live_training_release(&training);
    live_training_history_free(&history);
    view_canvas_destroy(&canvas);
}

static uint8_t *draw_hidden(struct view_canvas *canvas, struct live_training *training, uint64_t hidden,
                            bool nothing, uint32_t *n_series)
{
    struct live_training_plot plot;
    struct live_series series[8];
    view_canvas_begin(canvas);
    live_training_plot(training, LIVE_TRAINING_PANEL_LOSS, &plot);
    plot.frame.rect = whole;
    struct view_frame frame = view_frame_draw(canvas, &plot.frame);
    if (!nothing)
        live_training_draw(training, LIVE_TRAINING_PANEL_LOSS, &frame, hidden);
    *n_series = nothing ? 0 : live_training_series(training, LIVE_TRAINING_PANEL_LOSS, series, 8);
    return pixels_of(canvas);
}

static void hidden_curves_are_not_there(void **state)
{
    (void)state;
    struct live_training_history history;
    struct live_training training = {0};
    struct view_canvas *canvas = new_canvas();
    uint32_t counts[4];
    synthetic_training(&history, 300, 9, 12);
    assert_ok(live_training_prepare(&training, &history, canvas, LIVE_TRAINING_AUTOMATIC));
    uint8_t *all = draw_hidden(canvas, &training, 0, false, &counts[0]);
    uint8_t *fewer = draw_hidden(canvas, &training, 1, false, &counts[1]);
    uint8_t *none = draw_hidden(canvas, &training, UINT64_MAX, false, &counts[2]);
    uint8_t *empty = draw_hidden(canvas, &training, 0, true, &counts[3]);
    assert_int_equal(counts[1], counts[0] - 1);
    assert_int_equal(counts[2], 0);
    assert_true(memcmp(all, fewer, (size_t)WIDTH * HEIGHT * 4) != 0);
    assert_memory_equal(none, empty, (size_t)WIDTH * HEIGHT * 4);
    free(all), free(fewer), free(none), free(empty);
    live_training_release(&training);
    live_training_history_free(&history);
    view_canvas_destroy(&canvas);
}

/* Thousands of records, and one more a frame. */
static void frames_are_cheap(void **state)
{
    (void)state;
    enum { RECORDS = 16000, FRAMES = 20 };
    struct live_training_history history;
    struct live_training training = {0};
    struct view_canvas *canvas = new_canvas();
    synthetic_training(&history, RECORDS, 200, 200);
    uint64_t spent = 0;
    for (int f = 0; f <= FRAMES; f++) {
        struct live_training_record record = history.records[history.n_records - 1];
        record.rows += 64;
        assert_ok(live_training_add_record(&history, &record));
        view_canvas_begin(canvas);
        uint64_t begun = base_clock_ns();
        assert_ok(live_training_prepare(&training, &history, canvas, LIVE_TRAINING_AUTOMATIC));
        for (int p = 0; p < LIVE_TRAINING_PANELS; p++)
            live_training_panel(&training, (enum live_training_panel_kind)p, whole, NULL);
        spent += f > 0 ? base_clock_ns() - begun : 0;
        assert_ok(view_canvas_finish(canvas));
    }
    printf("%d records, %d panels: %.3f ms a frame on the host\n", RECORDS, LIVE_TRAINING_PANELS,
           (double)spent / FRAMES * 1e-6);
    live_training_release(&training);
    live_training_history_free(&history);
    view_canvas_destroy(&canvas);
}

/* ---- percentiles ---- */

static void percentiles_of_a_snapshot(void **state)
{
    (void)state;
    struct live_training_snapshot snapshot = {.rows = 1};
    assert_true(isnan(live_training_percentile(&snapshot, 50)));
    snapshot.latents[SAE_DENSITY_NEVER] = 7; /* these do not fire */
    assert_true(isnan(live_training_percentile(&snapshot, 50)));
    /* 30 latents from 10^-3 to 10^-2.8, 10 from 10^-1 to 10^-0.8 */
    snapshot.latents[4 * SAE_DENSITY_A_DECADE] = 30;
    snapshot.latents[6 * SAE_DENSITY_A_DECADE] = 10;
    const double wanted[][2] = {{0, -3}, {37.5, -2.9}, {74.9999, -2.8}, {75, -1}, {87.5, -0.9}, {100, -0.8}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_true(fabs(log10(live_training_percentile(&snapshot, wanted[i][0])) - wanted[i][1]) < 1e-5);
}

static void a_place_in_the_map(void **state)
{
    (void)state;
    struct live_training_snapshot snapshots[2] = {{.rows = 100}, {.rows = 300}};
    const struct live_training_history history = {.snapshots = snapshots, .n_snapshots = 2};
    const struct live_training training = {.history = &history};
    struct live_training_density_cell cell;
    snapshots[0].latents[5 * SAE_DENSITY_A_DECADE] = 12; /* 10^-2 to 10^-1.8 */
    snapshots[1].latents[5 * SAE_DENSITY_A_DECADE] = 13;
    snapshots[1].latents[SAE_DENSITY_NEVER - 1] = 14;
    snapshots[1].latents[SAE_DENSITY_NEVER] = 15;
    assert_true(live_training_density_at(&training, 100, 0.0101, &cell));
    assert_true(cell.latents == 12 && cell.never == 0);
    assert_true(fabs(log10(cell.from) + 2) < 1e-12 && fabs(log10(cell.to) + 1.8) < 1e-12);
    assert_true(live_training_density_at(&training, 101, 0.0158, &cell));
    assert_true(cell.latents == 13 && cell.never == 15);
    assert_true(live_training_density_at(&training, 300, 1, &cell)); /* the last bin's own end */
    assert_true(cell.latents == 14 && cell.to == 1);
    assert_true(live_training_density_at(&training, 300, 0.0099, &cell) && cell.latents == 0);
    assert_false(live_training_density_at(&training, 301, 0.01, &cell));
    assert_false(live_training_density_at(&training, 0, 0.01, &cell));
}

/* What is read at a column is the percentile between its snapshots, straight on a logarithmic axis; and what
 * the legend hides is not drawn. */
static void bands_follow_the_snapshots(void **state)
{
    (void)state;
    struct live_training_history history;
    struct live_training training = {0};
    struct live_series series[LIVE_TRAINING_LEVELS];
    struct view_canvas *canvas = new_canvas();
    uint8_t *pictures[3];
    const uint64_t hidden[3] = {0, 1, UINT64_MAX};
    synthetic_training(&history, 300, 9, 12);
    assert_ok(live_training_prepare(&training, &history, canvas, LIVE_TRAINING_AUTOMATIC));
    for (int i = 0; i < 3; i++) {
        view_canvas_begin(canvas);
        assert_ok(live_training_prepare(&training, &history, canvas, LIVE_TRAINING_AUTOMATIC));
        struct view_frame frame = view_frame_draw(
            canvas, &(struct view_frame_parameters){
                        .rect = whole, .x = training.rows, .y = {1e-7, 1, .scale = VIEW_LOG10}});
        live_training_bands_draw(&training, &frame, hidden[i]);
        assert_int_equal(live_training_bands_series(&training, series), LIVE_TRAINING_LEVELS);
        pictures[i] = pixels_of(canvas);
    }
    assert_true(memcmp(pictures[0], pictures[1], (size_t)WIDTH * HEIGHT * 4) != 0);
    assert_true(memcmp(pictures[1], pictures[2], (size_t)WIDTH * HEIGHT * 4) != 0);
    const struct live_training_snapshot *from = &history.snapshots[3], *to = &history.snapshots[4];
    const double middle = 0.5 * (double)(from->rows + to->rows);
    for (uint32_t i = 0; i < LIVE_TRAINING_LEVELS; i++) {
        const double percent = live_training_levels[LIVE_TRAINING_LEVELS - 1 - i];
        const uint32_t column = (uint32_t)lround((middle - series[i].first) / series[i].step);
        const double rows = series[i].first + series[i].step * column;
        const double share = (rows - (double)from->rows) / (double)(to->rows - from->rows);
        const double low = log10(live_training_percentile(from, percent));
        const double high = log10(live_training_percentile(to, percent));
        assert_true(fabs(log10((double)series[i].host[column]) - (low + (high - low) * share)) < 1e-5);
        if (i > 0)
            assert_true(series[i].host[column] <= series[i - 1].host[column]);
        assert_true(series[i].host[0] > 0); /* the first one stands for what lies before it */
    }
    for (int i = 0; i < 3; i++)
        free(pictures[i]);
    live_training_release(&training);
    live_training_history_free(&history);
    view_canvas_destroy(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growing_is_as_beginning_anew),
        cmocka_unit_test(parts_of_axes_show_the_records_there),
        cmocka_unit_test(hidden_curves_are_not_there),
        cmocka_unit_test(percentiles_of_a_snapshot),
        cmocka_unit_test(a_place_in_the_map),
        cmocka_unit_test(bands_follow_the_snapshots),
        cmocka_unit_test(frames_are_cheap),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
