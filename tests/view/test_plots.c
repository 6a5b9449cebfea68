/* Curves, bands, roses, points: what is drawn stands where the numbers in the device buffer say. */
#include "support/test.h"

#include "support/device.h"

#include "picture.h"
#include "view/plots.h"

static const struct view_colour ink = {255, 0, 0, 255};

/* A frame whose plot area is 360 x 200 pixels at (20, 20); x runs over degrees. */
static struct view_frame plain_frame(struct view_canvas *canvas, struct view_axis y)
{
    return view_frame_draw(canvas, &(struct view_frame_parameters){
                                       .rect = {0, 0, 400, 240},
                                       .x = {.low = 0, .high = 360, .format = VIEW_DEGREES},
                                       .y = y,
                                       .margins = {20, 20, 20, 20},
                                       .no_grid = true,
                                   });
}

/* Middle of the ink in a column of the plot area, in pixels from the plot's bottom; NaN when there is none.
 */
static double height_in_column(const struct picture *p, uint32_t column)
{
    double sum = 0, moment = 0;
    for (uint32_t y = 20; y < 220; y++) {
        double part = picture_ink(p, 20 + column, y, view_theme_light.panel, ink);
        part = fabs(part);
        sum += part;
        moment += part * (220 - (y + 0.5));
    }
    return sum > 0.2 ? moment / sum : NAN;
}

static double smooth_count(uint32_t k, uint32_t count)
{
    return 1000 + 600 * sin(2 * 3.14159265358979 * k / count);
}

/* Draws 72 numbers of the given kind and compares the line's height at each of their angles with the value.
 */
static void assert_heights(const struct view_values *values, struct view_axis axis, double unit)
{
    struct view_canvas *canvas = picture_canvas(400, 240, 1, &view_theme_light);
    struct view_frame frame = plain_frame(canvas, axis);
    view_curve(canvas, &frame, values, &(struct view_curve_style){.colour = ink, .width = 2, .closed = true});
    struct picture p = picture_of(canvas);
    for (uint32_t k = 0; k < 72; k++) {
        double here = smooth_count(k, 72) * unit, next = smooth_count(k + 1, 72) * unit;
        /* the column's middle is half a degree further: a tenth of the way to the next number */
        double low = view_axis_position(&axis, here), high = view_axis_position(&axis, next);
        assert_in_double(height_in_column(&p, 5 * k), 200 * (low + 0.1 * (high - low)), 0.6);
    }
    /* between the last number and the first one again, halfway */
    double middle = 0.5 * (smooth_count(71, 72) + smooth_count(72, 72)) * unit;
    assert_in_double(0.5 * (height_in_column(&p, 357) + height_in_column(&p, 356)),
                     200 * view_axis_position(&axis, middle), 1);
    picture_release(&p);
    view_canvas_destroy(&canvas);
}

static void curves_of_every_kind(void **state)
{
    (void)state;
    /* 100 words of something else, then every third word a count; then low and high words of sums */
    static uint32_t words[1000];
    for (uint32_t i = 0; i < 1000; i++)
        words[i] = 0xfffffff0u;
    for (uint32_t k = 0; k < 72; k++) {
        double count = smooth_count(k, 72);
        uint64_t sum = (uint64_t)llround(count * 1e8);
        float value = (float)count;
        words[100 + 3 * k] = (uint32_t)lround(count);
        memcpy(&words[400 + k], &value, 4);
        words[500 + k] = (uint32_t)sum;
        words[700 + k] = (uint32_t)(sum >> 32);
    }
    struct gpu_buffer *buffer = picture_upload(words, sizeof words);
    const struct view_axis linear = {.low = 0, .high = 0.2},
                           decades = {.low = 0.01, .high = 1, .scale = VIEW_LOG10};
    const struct view_axis root = {.low = 0, .high = 0.4, .scale = VIEW_SQRT};
    const struct view_values counts = {
        .buffer = buffer, .offset = 400, .count = 72, .stride = 3, .number = VIEW_U32, .scale = 1e-4f};
    const struct view_values floats = {
        .buffer = buffer, .offset = 1600, .count = 72, .number = VIEW_F32, .scale = 1e-4f};
    const struct view_values sums = {.buffer = buffer,
                                     .offset = 2000,
                                     .high_offset = 2800,
                                     .count = 72,
                                     .number = VIEW_U64,
                                     .scale = 1e-12f};
    assert_heights(&counts, linear, 1e-4);
    assert_heights(&counts, decades, 1e-4);
    assert_heights(&counts, root, 1e-4);
    assert_heights(&floats, linear, 1e-4);
    assert_heights(&sums, linear, 1e-4);
    gpu_buffer_destroy(test_gpu(), &buffer);
}

static void missing_numbers_break_the_line(void **state)
{
    (void)state;
    float values[36];
    for (int k = 0; k < 36; k++)
        values[k] = k == 10 ? NAN : k == 20 ? INFINITY : 0.5f;
    struct view_canvas *canvas = picture_canvas(400, 240, 1, &view_theme_light);
    struct view_frame frame = plain_frame(canvas, (struct view_axis){.low = 0, .high = 1});
    struct view_values numbers = view_host_values(canvas, values, 36);
    view_curve(canvas, &frame, &numbers,
               &(struct view_curve_style){.colour = ink, .width = 2, .closed = true});
    struct picture p = picture_of(canvas);
    for (uint32_t column = 0; column < 360; column++) {
        bool gap = (column > 93 && column < 106) || (column > 193 && column < 206);
        bool near_gap = (column > 86 && column < 114) || (column > 186 && column < 214);
        if (gap)
            assert_true(isnan(height_in_column(&p, column)));
        else if (!near_gap)
            assert_in_double(height_in_column(&p, column), 100, 0.6);
    }
    picture_release(&p);
    view_canvas_destroy(&canvas);
}

/* More numbers than pixels, up and down: translucent ink lies once on each pixel, and the line stays in the
 * plot. */
static void dense_curves_cover_once(void **state)
{
    (void)state;
    static float values[3600];
    for (int k = 0; k < 3600; k++)
        values[k] = k % 2 ? 0.8f : 0.3f;
    struct view_canvas *canvas = picture_canvas(400, 240, 1, &view_theme_light);
    struct view_frame frame = plain_frame(canvas, (struct view_axis){.low = 0, .high = 1});
    struct view_values numbers = view_host_values(canvas, values, 3600);
    view_curve(canvas, &frame, &numbers,
               &(struct view_curve_style){.colour = view_alpha(ink, 0.5f), .closed = true});
    struct picture p = picture_of(canvas);
    for (uint32_t column = 5; column < 355; column += 7) {
        assert_in_double(picture_ink(&p, 20 + column, 20 + 90, view_theme_light.panel, ink), 128 / 255.0,
                         0.006);
        assert_in_double(picture_ink(&p, 20 + column, 20 + 20, view_theme_light.panel, ink), 0, 0);
    }
    picture_release(&p);
    view_canvas_destroy(&canvas);
}

static void bands(void **state)
{
    (void)state;
    struct view_canvas *canvas = picture_canvas(400, 240, 1, &view_theme_light);
    struct view_frame frame = plain_frame(canvas, (struct view_axis){.low = 0, .high = 1});
    const float low[] = {0.2f, 0.4f, 0.2f, NAN}, high[] = {0.5f, 0.9f, 0.5f, 0.5f};
    struct view_values lower = view_host_values(canvas, low, 4), upper = view_host_values(canvas, high, 4);
    view_band(canvas, &frame, &lower, &upper, &(struct view_curve_style){.colour = view_alpha(ink, 0.5f)});
    struct picture p = picture_of(canvas);
    const struct view_colour inside = view_mix(view_theme_light.panel, ink, 128 / 255.0f);
    /* open: three segments of 120 degrees; the last ends in a missing number */
    for (uint32_t column = 2; column < 238; column += 3) {
        double t = column < 120 ? (column + 0.5) / 120 : (240 - column - 0.5) / 120;
        double bottom = 200 * (0.2 + 0.2 * t), top = 200 * (0.5 + 0.4 * t);
        assert_pixel(&p, 20 + column, (uint32_t)(220 - bottom) - 3, inside, 1);
        assert_pixel(&p, 20 + column, (uint32_t)(220 - bottom) + 3, view_theme_light.panel, 0);
        assert_pixel(&p, 20 + column, (uint32_t)(220 - top) + 3, inside, 1);
        assert_pixel(&p, 20 + column, (uint32_t)(220 - top) - 3, view_theme_light.panel, 0);
        double sum = picture_ink_sum(&p, 20 + column, 20, 21 + column, 220, view_theme_light.panel, ink);
        assert_in_double(sum, (top - bottom) * 128 / 255, 0.6);
    }
    assert_pixel(&p, 20 + 300, 220 - 70, view_theme_light.panel, 0);
    picture_release(&p);
    view_canvas_destroy(&canvas);
}

static void points(void **state)
{
    (void)state;
    const float pairs[] = {90, 0.25f, 180, 0.75f, NAN, 0.5f, 270, 40};
    struct gpu_buffer *buffer = picture_upload(pairs, sizeof pairs);
    struct view_canvas *canvas = picture_canvas(400, 240, 1, &view_theme_light);
    struct view_frame frame = plain_frame(canvas, (struct view_axis){.low = 0, .high = 1});
    view_scatter(canvas, &frame, &(struct view_values){.buffer = buffer, .count = 8, .number = VIEW_F32}, 7,
                 ink);
    struct picture p = picture_of(canvas);
    assert_pixel(&p, 20 + 90, 220 - 50, ink, 0);
    assert_pixel(&p, 20 + 180, 220 - 150, ink, 0);
    double all = picture_ink_sum(&p, 20, 20, 380, 220, view_theme_light.panel, ink);
    assert_in_double(all, 2 * 3.14159265 * 3.5 * 3.5, 1.5);
    picture_release(&p);
    view_canvas_destroy(&canvas);
    gpu_buffer_destroy(test_gpu(), &buffer);
}

/* Along each direction the fill ends where the number says. */
static void roses(void **state)
{
    (void)state;
    float values[360];
    for (int k = 0; k < 360; k++)
        values[k] = 0.5f + 0.3f * cosf(4 * (float)k * 3.14159265f / 180) + (k < 180 ? 0.1f : 0);
    struct view_canvas *canvas = picture_canvas(400, 400, 1, &view_theme_light);
    struct view_rose rose =
        view_rose_draw(canvas, &(struct view_rose_parameters){
                                   .rect = {0, 0, 400, 400}, .axis = {.low = 0, .high = 1}, .margin = 18});
    assert_in_double(rose.radius, 182, 1);
    struct view_values numbers = view_host_values(canvas, values, 360);
    view_rose_curve(canvas, &rose, &numbers, &(struct view_curve_style){.colour = ink, .width = 2}, 1);
    struct picture p = picture_of(canvas);
    for (int k = 3; k < 360; k += 11) {
        if (k > 174 && k < 186)
            continue; /* the step */
        double angle = k * 3.14159265358979 / 180, r = (double)values[k] * (double)rose.radius, sum = 0;
        for (double at = 0.25; at < (double)rose.radius - 3; at += 0.5) {
            double x = (double)rose.centre.x + at * cos(angle), y = (double)rose.centre.y - at * sin(angle);
            struct view_colour c = picture_at(&p, (uint32_t)x, (uint32_t)y);
            sum += c.r > 200 && c.g < 128 ? 0.5 : 0;
        }
        /* half the line's width lies outside, the more of it along the ray the steeper the curve is */
        double steep =
            (double)(values[k + 1] - values[k - 1]) * (double)rose.radius / (2 * 3.14159265 / 180) / r;
        assert_in_double(sum, r + sqrt(1 + steep * steep), 1.6);
    }
    picture_release(&p);
    view_canvas_destroy(&canvas);
}

/* Ticks lie at their angles, their numbers below them, the title above, landmarks through the plot. */
static void frames(void **state)
{
    (void)state;
    struct view_canvas *canvas = picture_canvas(400, 300, 2, &view_theme_dark);
    struct view_frame frame = view_frame_draw(
        canvas, &(struct view_frame_parameters){
                    .rect = {10, 10, 380, 280},
                    .x = {.low = 0, .high = 360, .format = VIEW_DEGREES, .step = 90, .label = "angle"},
                    .y = {.low = 0, .high = 1, .step = 0.5, .label = "share"},
                    .letter = "a",
                    .title = "Title",
                    .subtitle = "subtitle",
                    .landmarks = true,
                });
    view_landmark(canvas, &frame, 90, "+b");
    view_frame_outline(canvas, &frame);
    struct picture p = picture_of(canvas);
    const struct view_theme *t = &view_theme_dark;
    for (int k = 0; k <= 4; k++) {
        struct view_point at = view_frame_point(&frame, 90.0 * k, 0);
        uint32_t x = (uint32_t)lroundf(2 * at.x), bottom = (uint32_t)lroundf(2 * at.y);
        assert_pixel(&p, x - 1, bottom + 5, t->axis, 0);
        double ink_below =
            picture_ink_sum(&p, x - 14, bottom + 14, x + 14, bottom + 34, t->page, t->text_muted);
        assert_true(ink_below > 20); /* "0°" at least */
        assert_pixel(&p, x - 1, bottom, t->axis, 0);
    }
    for (int k = 0; k <= 2; k++) {
        struct view_point at = view_frame_point(&frame, 0, 0.5 * k);
        uint32_t x = (uint32_t)lroundf(2 * at.x), y = (uint32_t)lroundf(2 * at.y);
        assert_true(picture_ink_sum(&p, x - 50, y - 8, x - 14, y + 8, t->page, t->text_muted) > 40);
    }
    assert_true(picture_ink_sum(&p, 20, 20, 200, 40, t->page, t->text) > 200);       /* title */
    assert_true(picture_ink_sum(&p, 20, 44, 200, 66, t->page, t->text_muted) > 100); /* subtitle */
    struct view_point landmark = view_frame_point(&frame, 90, 0.7);
    uint32_t x = (uint32_t)lroundf(2 * landmark.x), y = (uint32_t)lroundf(2 * landmark.y);
    double dashes = picture_ink_sum(&p, x - 1, y - 30, x, y + 30, t->panel, t->landmark);
    assert_in_range((uint64_t)lround(dashes), 24, 46); /* 30 of 60 pixels, the grid's line in the gaps */
    picture_release(&p);
    view_canvas_destroy(&canvas);
}

static void legends(void **state)
{
    (void)state;
    struct view_canvas *canvas = picture_canvas(400, 100, 1, &view_theme_light);
    const struct view_legend_entry entries[] = {
        {"first", ink, VIEW_LEGEND_BAND},
        {"second", view_rgb(0x0000ff), VIEW_LEGEND_BOX},
    };
    struct view_rect box = view_legend(canvas, 390, 20, entries, 2, false, VIEW_END);
    assert_in_double(box.x + box.width, 390, 0.01);
    assert_in_double(box.width, view_legend_width(canvas, entries, 2, false), 0.01);
    struct picture p = picture_of(canvas);
    uint32_t middle = (uint32_t)(box.y + 0.5f * box.height);
    assert_pixel(&p, (uint32_t)box.x + 9, middle, ink, 0);
    float second = view_text_width("first", view_theme_light.size_tick, VIEW_REGULAR) + 18 + 6 + 18;
    assert_pixel(&p, (uint32_t)(box.x + second) + 9, middle, view_rgb(0x0000ff), 0);
    assert_true(picture_ink_sum(&p, (uint32_t)box.x + 24, middle - 5, (uint32_t)box.x + 48, middle + 5,
                                view_theme_light.page, view_theme_light.text) > 20);
    picture_release(&p);
    view_canvas_destroy(&canvas);
}

/* A wrong call is said at the end of the frame, and the next frame is fine. */
/* ---- little room, large letters ---- */

/* Runs of inked columns from `left` on in rows [from, to), parted by more than `gap` pixels. */
static uint32_t runs_in(const struct picture *p, float left, float from, float to, float gap)
{
    uint32_t runs = 0, last = 0;
    for (uint32_t x = (uint32_t)left; x < p->width; x++) {
        bool inked = false;
        for (uint32_t y = (uint32_t)from; y < (uint32_t)to && !inked; y++)
            inked = memcmp(p->pixels + 4 * ((size_t)y * p->width + x), p->pixels, 3) != 0;
        if (!inked)
            continue;
        runs += runs == 0 || (float)(x - last) > gap;
        last = x;
    }
    return runs;
}

/* Whatever the sizes of letters and panel, words stay within the panel and numbers do not meet. */
static void words_have_room(void **state)
{
    (void)state;
    static const float sizes[][2] = {{150, 160}, {220, 150}, {420, 300}};
    static const struct view_axis axes[] = {
        {-0.5, 15.5, .step = 2, .label = "place among the chosen vectors"},
        {0, 127, .label = "a label that is longer than the axis"},
        {0, 90000, .label = "rows"}};
    for (float factor = 1; factor < 2.6f; factor += 0.5f)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (size_t a = 0; a < sizeof axes / sizeof *axes; a++) {
                struct view_theme theme = view_theme_light;
                theme.size_heading *= factor;
                theme.size_label *= factor;
                theme.size_tick *= factor;
                const struct view_rect rect = {40, 40, sizes[s][0], sizes[s][1]};
                struct view_canvas *canvas = picture_canvas(rect.width + 80, rect.height + 80, 1, &theme);
                const struct view_frame frame =
                    view_frame_draw(canvas, &(struct view_frame_parameters){
                                                .rect = rect,
                                                .x = axes[a],
                                                .y = {.high = 4200, .label = "a long word for these numbers"},
                                                .title = "A title that is longer than most",
                                                .subtitle = "and what is said below it, at some length"});
                struct picture picture = picture_of(canvas);
                const float edge = 1 + factor; /* some letters are higher than capitals */
                for (uint32_t y = 0; y < picture.height; y++)
                    for (uint32_t x = 0; x < picture.width; x++) {
                        const bool within =
                            (float)x > rect.x - edge && (float)x < rect.x + rect.width + edge &&
                            (float)y > rect.y - edge && (float)y < rect.y + rect.height + edge;
                        if (!within)
                            assert_pixel(&picture, x, y, theme.page, 0);
                    }
                const float bottom = frame.plot.y + frame.plot.height;
                const uint32_t ticks = runs_in(&picture, frame.plot.x - 1, bottom + 2, bottom + 3, 0.9f);
                const uint32_t numbers = runs_in(&picture, frame.plot.x - 2, bottom + 7,
                                                 bottom + 8 + 0.7f * theme.size_tick, 0.5f * theme.size_tick);
                if (ticks > 2 ? ticks != numbers : numbers > ticks) /* one of two may have no room */
                    fail_msg("%u ticks and %u numbers, letters x %g, size %zu, axis %zu", ticks, numbers,
                             (double)factor, s, a);
                picture_release(&picture);
                view_canvas_destroy(&canvas);
            }
}

static void wrong_calls(void **state)
{
    (void)state;
    struct view_canvas *canvas = picture_canvas(400, 240, 1, &view_theme_light);
    const struct view_curve_style style = {.colour = ink};
    struct view_frame frame = plain_frame(canvas, (struct view_axis){.low = 0, .high = 1});
    const float values[] = {0.5f, 0.5f};
    struct view_values numbers = view_host_values(canvas, values, 1);
    view_curve(canvas, &frame, &numbers, &style);
    assert_fails(view_canvas_finish(canvas), BASE_ERROR_INTERNAL, "at least 2");
    view_canvas_begin(canvas);
    frame = plain_frame(canvas, (struct view_axis){.low = 0, .high = 1});
    frame.x.scale = VIEW_LOG10;
    numbers = view_host_values(canvas, values, 2);
    view_curve(canvas, &frame, &numbers, &style);
    assert_fails(view_canvas_finish(canvas), BASE_ERROR_INTERNAL, "linear");
    view_canvas_begin(canvas);
    frame = plain_frame(canvas, (struct view_axis){.low = 0, .high = 1});
    numbers = view_host_values(canvas, values, 2);
    view_curve(canvas, &frame, &numbers, &style);
    assert_ok(view_canvas_finish(canvas));
    view_canvas_destroy(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_of_every_kind),
        cmocka_unit_test(missing_numbers_break_the_line),
        cmocka_unit_test(dense_curves_cover_once),
        cmocka_unit_test(bands),
        cmocka_unit_test(points),
        cmocka_unit_test(roses),
        cmocka_unit_test(frames),
        cmocka_unit_test(legends),
        cmocka_unit_test(words_have_room),
        cmocka_unit_test(wrong_calls),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
