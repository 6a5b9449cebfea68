/* Heat maps, densities and colour bars: each pixel has the colour of its number. */
#include "support/test.h"

#include "support/device.h"

#include "common/count_bins.h"

#include "base/memory.h"
#include "picture.h"
#include "view/plots.h"

static const struct view_theme *const theme = &view_theme_dark;

/* A plot area of 200 x 200 pixels at (20, 20). */
static struct view_frame square_frame(struct view_canvas *canvas, struct view_axis x, struct view_axis y)
{
    return view_frame_draw(
        canvas, &(struct view_frame_parameters){
                    .rect = {0, 0, 240, 240}, .x = x, .y = y, .margins = {20, 20, 20, 20}, .no_grid = true});
}

static const struct view_axis rightwards = {.low = 0, .high = 1}, downwards = {.low = 1, .high = 0};

/* Draws a heat map with row 0 on top (`up`: at the bottom) and gives its pixels. */
static struct picture draw_heat(const struct view_heat_parameters *parameters, bool up)
{
    struct view_canvas *canvas = picture_canvas(240, 240, 1, theme);
    struct view_frame frame = square_frame(canvas, rightwards, up ? rightwards : downwards);
    view_heat(canvas, &frame, parameters);
    struct picture p = picture_of(canvas);
    view_canvas_destroy(&canvas);
    return p;
}

static struct view_colour colour_of(const struct view_colour_scale *scale, double value)
{
    return view_map_colour(scale->map, (float)view_axis_position(&scale->axis, value));
}

/* What a pixel of a missing value has: stripes of two pixels in six. */
static struct view_colour missing_at(uint32_t x, uint32_t y)
{
    return (x + y) % 6 < 2 ? theme->missing : theme->under;
}

static void cells_have_their_colours(void **state)
{
    (void)state;
    const float values[2 * 5] = {-1, -0.5f, 0, 0.5f, 1, NAN, 3, -3, INFINITY, 0.25f};
    struct gpu_buffer *buffer = picture_upload(values, sizeof values);
    struct view_heat_parameters parameters = {
        .values = {.buffer = buffer, .count = 10, .number = VIEW_F32},
        .rows = 2,
        .columns = 5,
        .colours = {.map = VIEW_MAP_DIVERGING_DARK, .axis = {.low = -1, .high = 1}, .show_outside = true},
    };
    for (int up = 0; up < 2; up++) {
        struct picture p = draw_heat(&parameters, up);
        for (uint32_t i = 0; i < 10; i++) {
            uint32_t row = up ? 1 - i / 5 : i / 5;
            const bool missing = i == 5 || i == 8;
            struct view_colour expected = i == 6   ? theme->over
                                          : i == 7 ? theme->under
                                                   : colour_of(&parameters.colours, (double)values[i]);
            /* the cell's corners, to the pixel */
            const uint32_t x = 20 + 40 * (i % 5), y = 20 + 100 * row;
            for (uint32_t k = 0; k < 6; k++) {
                assert_pixel(&p, x + k, y, missing ? missing_at(x + k, y) : expected, 1);
                assert_pixel(&p, x + 39 - k, y + 99, missing ? missing_at(x + 39 - k, y + 99) : expected, 1);
            }
        }
        picture_release(&p);
    }
    parameters.colours.show_outside = false;
    struct picture p = draw_heat(&parameters, false);
    assert_pixel(&p, 20 + 60, 20 + 150, colour_of(&parameters.colours, 1), 1);
    assert_pixel(&p, 20 + 100, 20 + 150, colour_of(&parameters.colours, -1), 1);
    picture_release(&p);
    gpu_buffer_destroy(test_gpu(), &buffer);
}

/* The number of pair (i, j), i < j, in lexicographic order, counted plainly. */
static uint32_t pair_index(uint32_t m, uint32_t i, uint32_t j)
{
    uint32_t index = 0;
    for (uint32_t a = 0; a < m; a++)
        for (uint32_t b = a + 1; b < m; b++, index++)
            if (a == i && b == j)
                return index;
    return UINT32_MAX;
}

static void triangles_become_squares(void **state)
{
    (void)state;
    enum { M = 10, PAIRS = M * (M - 1) / 2 };
    float upper[64 + PAIRS], ordered[M * (M - 1)];
    for (uint32_t i = 0; i < 64 + PAIRS; i++)
        upper[i] = i < 64 ? 1e9f : (float)(i - 64);
    for (uint32_t i = 0; i < M * (M - 1); i++)
        ordered[i] = (float)i;
    struct gpu_buffer *buffer = picture_upload(upper, sizeof upper),
                      *other = picture_upload(ordered, sizeof ordered);
    struct view_heat_parameters parameters = {
        .values = {.buffer = buffer, .offset = 256, .count = PAIRS, .number = VIEW_F32},
        .rows = M,
        .columns = M,
        .cells = VIEW_CELLS_UPPER,
        .colours = {.map = VIEW_MAP_VIRIDIS, .axis = {.low = 0, .high = PAIRS - 1}},
    };
    struct picture p = draw_heat(&parameters, false);
    for (uint32_t i = 0; i < M; i++)
        for (uint32_t j = 0; j < M; j++) {
            uint32_t index = pair_index(M, i < j ? i : j, i < j ? j : i);
            assert_pixel(&p, 20 + 20 * j + 10, 20 + 20 * i + 10,
                         i == j ? missing_at(20 + 20 * j + 10, 20 + 20 * i + 10)
                                : colour_of(&parameters.colours, index),
                         1);
        }
    picture_release(&p);
    parameters.values = (struct view_values){.buffer = other, .count = M * (M - 1), .number = VIEW_F32};
    parameters.cells = VIEW_CELLS_ORDERED;
    parameters.colours.axis.high = M * (M - 1) - 1;
    p = draw_heat(&parameters, false);
    uint32_t index = 0;
    for (uint32_t i = 0; i < M; i++)
        for (uint32_t j = 0; j < M; j++)
            assert_pixel(&p, 20 + 20 * j + 10, 20 + 20 * i + 10,
                         i == j ? missing_at(20 + 20 * j + 10, 20 + 20 * i + 10)
                                : colour_of(&parameters.colours, index++),
                         1);
    picture_release(&p);
    /* a whole square, whose own diagonal is not shown */
    parameters.values = (struct view_values){.buffer = other, .count = (M - 1) * (M - 1), .number = VIEW_F32};
    parameters.rows = parameters.columns = M - 1;
    parameters.cells = VIEW_CELLS_SQUARE;
    p = draw_heat(&parameters, false);
    const uint32_t side = 20 * M / (M - 1);
    for (uint32_t i = 0; i < M - 1; i++)
        for (uint32_t j = 0; j < M - 1; j++)
            assert_pixel(&p, 20 + side * j + side / 2, 20 + side * i + side / 2,
                         i == j ? missing_at(20 + side * j + side / 2, 20 + side * i + side / 2)
                                : colour_of(&parameters.colours, i * (M - 1) + j),
                         1);
    picture_release(&p);
    gpu_buffer_destroy(test_gpu(), &buffer);
    gpu_buffer_destroy(test_gpu(), &other);
}

/* 1,000 columns on 200 pixels: the farthest number from 0 shows, or the mean does; NaN only where all are. */
static void many_cells_in_a_pixel(void **state)
{
    (void)state;
    static float values[1000];
    for (int i = 0; i < 1000; i++)
        values[i] = i == 503 ? -0.9f : i == 504 ? NAN : 0.1f;
    for (int i = 700; i < 705; i++)
        values[i] = NAN;
    struct gpu_buffer *buffer = picture_upload(values, sizeof values);
    struct view_heat_parameters parameters = {
        .values = {.buffer = buffer, .count = 1000, .number = VIEW_F32},
        .rows = 1,
        .columns = 1000,
        .colours = {.map = VIEW_MAP_DIVERGING_DARK, .axis = {.low = -1, .high = 1}},
    };
    struct picture p = draw_heat(&parameters, false);
    assert_pixel(&p, 20 + 100, 100, colour_of(&parameters.colours, -0.9), 1);
    assert_pixel(&p, 20 + 99, 100, colour_of(&parameters.colours, 0.1), 1);
    assert_pixel(&p, 20 + 140, 100, missing_at(160, 100), 0);
    assert_pixel(&p, 20 + 140, 102, missing_at(160, 102), 0);
    picture_release(&p);
    parameters.reduce = VIEW_REDUCE_MEAN;
    p = draw_heat(&parameters, false);
    assert_pixel(&p, 20 + 100, 100, colour_of(&parameters.colours, (3 * 0.1 - 0.9) / 4), 1);
    picture_release(&p);
    gpu_buffer_destroy(test_gpu(), &buffer);
}

static void smooth_grids(void **state)
{
    (void)state;
    const uint32_t values[2 * 2] = {0, 100, 200, 300};
    struct gpu_buffer *buffer = picture_upload(values, sizeof values);
    struct view_heat_parameters parameters = {
        .values = {.buffer = buffer, .count = 4, .number = VIEW_U32, .scale = 0.01f},
        .rows = 2,
        .columns = 2,
        .smooth = true,
        .colours = {.map = VIEW_MAP_VIRIDIS, .axis = {.low = 0, .high = 3}},
    };
    struct picture p = draw_heat(&parameters, false);
    for (uint32_t y = 0; y < 200; y += 13)
        for (uint32_t x = 0; x < 200; x += 13) {
            double u = fmin(1, fmax(0, (x + 0.5) / 100 - 0.5)), v = fmin(1, fmax(0, (y + 0.5) / 100 - 0.5));
            assert_pixel(&p, 20 + x, 20 + y, colour_of(&parameters.colours, u + 2 * v), 1);
        }
    picture_release(&p);
    gpu_buffer_destroy(test_gpu(), &buffer);
}

/* ---- densities ---- */

enum { ANGLES = 8 };

static struct picture draw_density(const uint32_t *counts, struct view_axis y,
                                   const struct view_colour_scale *colours)
{
    struct gpu_buffer *buffer = picture_upload(counts, ANGLES * COUNT_BINS * 4);
    struct view_canvas *canvas = picture_canvas(240, 240, 1, theme);
    struct view_frame frame =
        square_frame(canvas, (struct view_axis){.low = 0, .high = 360, .format = VIEW_DEGREES}, y);
    view_density(canvas, &frame,
                 &(struct view_density_parameters){
                     .counts = buffer, .angles = ANGLES, .value_scale = 0.01f, .colours = *colours});
    struct picture p = picture_of(canvas);
    view_canvas_destroy(&canvas);
    gpu_buffer_destroy(test_gpu(), &buffer);
    return p;
}

/* 50 curves have count 7 everywhere, 30 count 12 at angle 2 only. The axis is 20 counts long: a count is
 * higher than a hundredth of it, and a cell of the colour of its curves. */
static void large_counts_are_cells(void **state)
{
    (void)state;
    static uint32_t counts[ANGLES * COUNT_BINS];
    for (int k = 0; k < ANGLES; k++)
        counts[k * COUNT_BINS + count_bin(7)] = 50;
    counts[2 * COUNT_BINS + count_bin(12)] = 30;
    const struct view_colour_scale colours = {
        .map = VIEW_MAP_VIRIDIS, .axis = {.low = 0.5, .high = 60}, .hide_below = true};
    struct picture p = draw_density(counts, (struct view_axis){.low = 0, .high = 0.2}, &colours);
    /* count c takes the pixels 10·(c - 1/2) to 10·(c + 1/2) above the bottom */
    for (uint32_t x = 0; x < 200; x += 9) {
        for (uint32_t y = 65; y < 75; y++)
            assert_pixel(&p, 20 + x, 219 - y, colour_of(&colours, 50), 1);
        assert_pixel(&p, 20 + x, 219 - 64, theme->panel, 0);
        assert_pixel(&p, 20 + x, 219 - 75, theme->panel, 0);
    }
    for (uint32_t x = 38; x <= 61; x++) /* angle 2 at 50, its neighbours 25 to both sides */
        for (uint32_t y = 115; y < 125; y++)
            assert_pixel(&p, 20 + x, 219 - y, colour_of(&colours, 30), 1);
    for (uint32_t y = 110; y < 130; y++) {
        assert_pixel(&p, 20 + 36, 219 - y, theme->panel, 0);
        assert_pixel(&p, 20 + 63, 219 - y, theme->panel, 0);
    }
    picture_release(&p);
}

/* 50 curves have count 7 everywhere; the axis is 800 counts long, a hundredth of it 8 counts and two pixels.
 */
static void densities_are_curves_a_hundredth(void **state)
{
    (void)state;
    static uint32_t counts[ANGLES * COUNT_BINS];
    for (int k = 0; k < ANGLES; k++)
        counts[k * COUNT_BINS + count_bin(7)] = 50;
    const struct view_colour_scale colours = {
        .map = VIEW_MAP_VIRIDIS, .axis = {.low = 0.5, .high = 120}, .hide_below = true};
    struct picture p = draw_density(counts, (struct view_axis){.low = 0, .high = 8}, &colours);
    for (uint32_t x = 0; x < 200; x += 9) {
        assert_pixel(&p, 20 + x, 219, theme->panel, 0);
        /* 6.5 to 7.5 in the pixel of the counts 4 to 8, half of a hundredth */
        assert_pixel(&p, 20 + x, 219 - 1, colour_of(&colours, 100), 2);
        assert_pixel(&p, 20 + x, 219 - 2, theme->panel, 0);
    }
    picture_release(&p);
}

/* Counts that a pixel of the column spans: the height of 200 pixels is 100 counts or their powers of ten. */
static double counts_of(const struct view_axis *axis, double pixel)
{
    return 100 * (view_axis_value(axis, (pixel + 1) / 200) - view_axis_value(axis, pixel / 200));
}

/* On every axis the column's densities add up to the number of curves, also for wide bins and many in a
 * pixel. The colour tells curves a count, or curves in a hundredth of the axis, two pixels, where those span
 * more than one count. */
static void densities_keep_their_curves(void **state)
{
    (void)state;
    static uint32_t counts[ANGLES * COUNT_BINS];
    uint32_t curves = 0;
    for (uint32_t count = 20; count < 90; count++) {
        uint32_t more = 10 + 40 * (count > 40) + (count * 7) % 5;
        for (int k = 0; k < ANGLES; k++)
            counts[(uint32_t)k * COUNT_BINS + count_bin(count)] += more;
        curves += more;
    }
    const struct view_axis axes[] = {{.low = 0, .high = 1},
                                     {.low = 0, .high = 1, .scale = VIEW_SQRT},
                                     {.low = 0.1, .high = 1, .scale = VIEW_LOG10}};
    const struct view_colour_scale colours = {.map = VIEW_MAP_GREY, .axis = {.low = 0, .high = 200}};
    for (int a = 0; a < 3; a++) {
        struct picture p = draw_density(counts, axes[a], &colours);
        double sum = 0;
        for (uint32_t y = 20; y < 220; y++)
            sum += picture_at(&p, 100, y).r / 255.0 * 200 * counts_of(&axes[a], 219 - y) /
                   fmax(1, 2 * counts_of(&axes[a], 219 - y));
        assert_in_double(sum, curves, 0.03 * curves);
        picture_release(&p);
    }
}

/* ---- colour bars ---- */

static void bars(void **state)
{
    (void)state;
    const struct view_colour_scale colours = {.map = VIEW_MAP_DIVERGING_DARK,
                                              .axis = {.low = -1, .high = 1, .label = "C4"},
                                              .show_outside = true,
                                              .missing = "none"};
    struct view_canvas *canvas = picture_canvas(240, 240, 1, theme);
    view_colour_bar(canvas, (struct view_rect){20, 20, 60, 200}, &colours);
    struct picture p = picture_of(canvas);
    /* points of 8 and 1 at both ends, 18 below for the missing colour */
    float top = 29, bottom = 220 - 9 - 18;
    for (float t = 0.02f; t < 1; t += 0.05f) {
        uint32_t y = (uint32_t)(bottom - t * (bottom - top));
        assert_pixel(&p, 25, y, view_map_colour(colours.map, (bottom - (float)y - 0.5f) / (bottom - top)), 2);
    }
    assert_pixel(&p, 25, 26, theme->over, 0);
    assert_pixel(&p, 25, 196, theme->under, 0);
    /* a third of ten by ten pixels is striped */
    assert_in_double(picture_ink_sum(&p, 20, 210, 30, 220, theme->under, theme->missing), 33, 4);
    uint32_t middle = (uint32_t)(0.5f * (top + bottom));
    assert_true(picture_ink_sum(&p, 34, middle - 6, 52, middle + 6, theme->page, theme->text_muted) > 15);
    picture_release(&p);
    view_canvas_begin(canvas);
    view_colour_bar(canvas, (struct view_rect){20, 20, 200, 40}, &colours);
    p = picture_of(canvas);
    uint32_t y = 20 + (uint32_t)(1.55f * theme->size_tick) + 5;
    assert_pixel(&p, 20 + 6, y, theme->under, 0);
    float right = 220 - 9 - (view_text_width("none", theme->size_tick, VIEW_REGULAR) + 10 + 6 + 14);
    for (float t = 0.05f; t < 1; t += 0.1f) {
        uint32_t x = (uint32_t)(29 + t * (right - 29));
        assert_pixel(&p, x, y, view_map_colour(colours.map, ((float)x + 0.5f - 29) / (right - 29)), 2);
    }
    assert_pixel(&p, (uint32_t)right + 3, y, theme->over, 0);
    picture_release(&p);
    view_canvas_destroy(&canvas);
}

static void wrong_counts(void **state)
{
    (void)state;
    const float values[6] = {0};
    struct view_canvas *canvas = picture_canvas(240, 240, 1, theme);
    struct view_heat_parameters parameters = {
        .rows = 2, .columns = 3, .colours = {.axis = {.low = 0, .high = 1}}};
    struct view_frame frame = square_frame(canvas, rightwards, downwards);
    parameters.values = view_host_values(canvas, values, 5);
    view_heat(canvas, &frame, &parameters);
    assert_fails(view_canvas_finish(canvas), BASE_ERROR_INTERNAL, "2 x 3");
    view_canvas_begin(canvas);
    frame = square_frame(canvas, rightwards, downwards);
    parameters.values = view_host_values(canvas, values, 6);
    parameters.cells = VIEW_CELLS_UPPER;
    view_heat(canvas, &frame, &parameters);
    assert_fails(view_canvas_finish(canvas), BASE_ERROR_INTERNAL, "2 x 3");
    view_canvas_begin(canvas);
    frame = square_frame(canvas, rightwards, downwards);
    parameters.values = view_host_values(canvas, values, 6);
    parameters.cells = VIEW_CELLS_FULL;
    view_heat(canvas, &frame, &parameters);
    assert_ok(view_canvas_finish(canvas));
    view_canvas_destroy(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_have_their_colours),
        cmocka_unit_test(triangles_become_squares),
        cmocka_unit_test(many_cells_in_a_pixel),
        cmocka_unit_test(smooth_grids),
        cmocka_unit_test(large_counts_are_cells),
        cmocka_unit_test(densities_are_curves_a_hundredth),
        cmocka_unit_test(densities_keep_their_curves),
        cmocka_unit_test(bars),
        cmocka_unit_test(wrong_counts),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
