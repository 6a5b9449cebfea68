/* The canvas: shapes cover the area they should, text has the ink its outlines have, clipping clips. */
#include "support/test.h"

#include "support/device.h"

#include "picture.h"

#include "view/plots.h"

#include <stdlib.h>

static const struct view_colour black = {0, 0, 0, 255}, white = {255, 255, 255, 255};

static struct view_canvas *white_canvas(float width, float height, float scale)
{
    return picture_canvas(width, height, scale, &view_theme_light);
}

static void boxes(void **state)
{
    (void)state;
    struct view_canvas *canvas = white_canvas(40, 30, 2);
    const struct view_colour red = view_rgb(0xcc2010);
    view_box(canvas, (struct view_rect){5, 6, 10, 8}, red);
    view_box(canvas, (struct view_rect){20, 6, 10, 8}, view_alpha(red, 0.5f));
    view_box(canvas, (struct view_rect){5.25f, 20, 10, 5}, black); /* half a pixel over both edges */
    struct picture p = picture_of(canvas);
    assert_int_equal(p.width, 80);
    assert_int_equal(p.height, 60);
    assert_pixel(&p, 9, 12, white, 0);
    assert_pixel(&p, 10, 12, red, 0);
    assert_pixel(&p, 29, 27, red, 0);
    assert_pixel(&p, 30, 27, white, 0);
    assert_pixel(&p, 29, 28, white, 0);
    assert_pixel(&p, 45, 20, view_mix(white, red, 0.5f), 1);
    assert_pixel(&p, 10, 45, view_mix(white, black, 0.5f), 1);
    assert_pixel(&p, 30, 45, view_mix(white, black, 0.5f), 1);
    assert_pixel(&p, 20, 45, black, 0);
    picture_release(&p);
    view_canvas_destroy(&canvas);
}

static double ink(const struct picture *p)
{
    return picture_ink_sum(p, 0, 0, p->width, p->height, white, black);
}

static void assert_area(struct view_canvas *canvas, double expected, double tolerance)
{
    struct picture p = picture_of(canvas);
    assert_in_double(ink(&p), expected, tolerance);
    picture_release(&p);
    view_canvas_begin(canvas);
}

/* Areas in pixels; the soft edge of a pixel's width is symmetric, so a shape keeps its area within 1 %. */
static void areas(void **state)
{
    (void)state;
    struct view_canvas *canvas = white_canvas(120, 100, 1);
    view_disc(canvas, (struct view_point){50.3f, 50.8f}, 30, 0, black);
    assert_area(canvas, 3.14159265 * 900, 12);
    view_disc(canvas, (struct view_point){50.3f, 50.8f}, 30, 4, black);
    assert_area(canvas, 3.14159265 * (900 - 26 * 26), 8);
    view_rounded_box(canvas, (struct view_rect){10, 10, 80, 40}, 10, 0, black);
    assert_area(canvas, 80 * 40 - (4 - 3.14159265) * 100, 8);
    view_triangle(canvas, (struct view_point){10, 10}, (struct view_point){100, 25},
                  (struct view_point){40, 90}, black);
    assert_area(canvas, 0.5 * (90 * 80 - 15 * 30), 20);
    view_mark(canvas, (struct view_point){50, 50}, VIEW_MARKER_DIAMOND, 40, black);
    assert_area(canvas, 2 * 23 * 23, 8);
    view_line(canvas, (struct view_point){10, 20}, (struct view_point){90, 80},
              &(struct view_line_style){.colour = black, .width = 6});
    assert_area(canvas, 6 * 100 + 3.14159265 * 9, 4);
    view_line(canvas, (struct view_point){10, 20}, (struct view_point){90, 80},
              &(struct view_line_style){.colour = black, .width = 0.5f});
    assert_area(canvas, 0.5 * 100, 2);
    view_line(canvas, (struct view_point){10, 20}, (struct view_point){90, 80},
              &(struct view_line_style){.colour = black, .width = 4, .dash = 5, .gap = 5});
    assert_area(canvas, 4 * 50, 4);
    view_line_across(canvas, 10, 90, 33.3f, &(struct view_line_style){.colour = black});
    assert_area(canvas, 80, 0);
    view_line_down(canvas, 33.3f, 10, 90, &(struct view_line_style){.colour = black, .width = 2});
    assert_area(canvas, 160, 0);
    view_canvas_destroy(&canvas);
}

/* A translucent line covers each pixel once, at joins too, and where points repeat. */
static void polylines(void **state)
{
    (void)state;
    struct view_canvas *canvas = white_canvas(120, 100, 1);
    const struct view_point points[] = {{10, 50}, {40, 20}, {40, 20}, {70, 80}, {72, 30}, {110, 50}};
    const struct view_line_style style = {.colour = view_alpha(black, 0.5f), .width = 9};
    view_polyline(canvas, points, 6, &style);
    struct picture p = picture_of(canvas);
    double most = 0;
    for (uint32_t y = 0; y < p.height; y++)
        for (uint32_t x = 0; x < p.width; x++)
            most = fmax(most, picture_ink(&p, x, y, white, black));
    assert_in_double(most, 128 / 255.0, 0.006);
    assert_in_double(picture_ink(&p, 40, 20, white, black), 128 / 255.0, 0.006);
    picture_release(&p);
    view_canvas_begin(canvas);
    /* a gap where a point is missing, and a ring that joins its ends */
    const struct view_point broken[] = {{10, 50}, {40, 50}, {NAN, 50}, {70, 50}, {100, 50}};
    view_polyline(canvas, broken, 5, &(struct view_line_style){.colour = black, .width = 2});
    p = picture_of(canvas);
    assert_pixel(&p, 25, 50, black, 0);
    assert_pixel(&p, 55, 50, white, 0);
    assert_pixel(&p, 85, 50, black, 0);
    picture_release(&p);
    view_canvas_begin(canvas);
    const struct view_point ring[] = {{30, 30}, {80, 30}, {80, 70}, {30, 70}, {30, 30}};
    view_polyline(canvas, ring, 5, &(struct view_line_style){.colour = black, .width = 4});
    assert_area(canvas, 2 * (50 + 40) * 4 - 4 * (4 - 3.14159265), 3);
    const struct view_point one = {50, 50};
    view_polyline(canvas, &one, 1, &(struct view_line_style){.colour = black, .width = 8});
    assert_area(canvas, 3.14159265 * 16, 1);
    view_canvas_destroy(&canvas);
}

/* The area of a glyph's outline in square font units. */
static double outline_area(const struct view_glyph *glyph)
{
    const struct view_outline *outline = &glyph->outlines[VIEW_DETAIL_LARGE];
    double area = 0;
    for (uint32_t s = outline->first; s < outline->first + outline->count; s++) {
        const uint32_t *word = view_font_segments + 2 * s;
        double x0 = (int16_t)(word[0] & 0xffff), y0 = (int16_t)(word[0] >> 16);
        double x1 = (int16_t)(word[1] & 0xffff), y1 = (int16_t)(word[1] >> 16);
        area += 0.5 * (x0 * y1 - x1 * y0);
    }
    return fabs(area);
}

/* The ink of a word is the area of its letters, wherever it stands and however large: the coverage is exact.
 * Letters may be stretched upwards by up to 7 % (text.c). */
static void text_has_the_ink_of_its_outlines(void **state)
{
    (void)state;
    const char word[] = "Haxo8";
    double area = 0;
    for (const char *c = word; *c; c++)
        area += outline_area(view_font_glyph(VIEW_REGULAR, (uint32_t)*c));
    struct view_canvas *canvas = white_canvas(320, 320, 1);
    for (int upwards = 0; upwards < 2; upwards++)
        for (float size = 9; size < 60; size *= 1.37f) {
            float x_height = size * (float)view_fonts[VIEW_REGULAR].x_height / VIEW_FONT_EM;
            float stretch = roundf(x_height) / x_height;
            stretch = fabsf(stretch - 1) < 0.07f ? stretch : 1;
            double expected = area * pow((double)size / VIEW_FONT_EM, 2) * (double)stretch;
            view_text(canvas, 80.4f, 250.7f, word,
                      &(struct view_text_style){.colour = black, .size = size, .upwards = upwards});
            assert_area(canvas, expected, 0.01 * expected);
        }
    view_canvas_destroy(&canvas);
}

/* Where the ink of a text lies: left, top, right, bottom, in pixels. */
static void ink_bounds(const struct picture *p, uint32_t bounds[4])
{
    bounds[0] = p->width;
    bounds[1] = p->height;
    bounds[2] = bounds[3] = 0;
    for (uint32_t y = 0; y < p->height; y++)
        for (uint32_t x = 0; x < p->width; x++)
            if (picture_ink(p, x, y, white, black) > 0.3) {
                bounds[0] = x < bounds[0] ? x : bounds[0];
                bounds[1] = y < bounds[1] ? y : bounds[1];
                bounds[2] = x + 1 > bounds[2] ? x + 1 : bounds[2];
                bounds[3] = y + 1 > bounds[3] ? y + 1 : bounds[3];
            }
}

static void assert_text_at(const struct view_text_style *style, const float expected[4])
{
    struct view_canvas *canvas = white_canvas(200, 200, 1);
    view_text(canvas, 100, 100, "HHHH", style);
    struct picture p = picture_of(canvas);
    uint32_t bounds[4];
    ink_bounds(&p, bounds);
    for (int i = 0; i < 4; i++)
        assert_in_double((double)bounds[i], (double)expected[i], 2.6);
    picture_release(&p);
    view_canvas_destroy(&canvas);
}

static void text_alignment(void **state)
{
    (void)state;
    float width = view_text_width("HHHH", 20, VIEW_REGULAR), cap = view_cap_height(20, VIEW_REGULAR);
    struct view_text_style style = {.colour = black, .size = 20};
    assert_text_at(&style, (const float[]){101, 100 - cap, 99 + width, 100});
    style.align = VIEW_END;
    style.anchor = VIEW_TOP;
    assert_text_at(&style, (const float[]){101 - width, 100, 99, 100 + cap});
    style.align = VIEW_CENTRE;
    style.anchor = VIEW_MIDDLE;
    assert_text_at(&style, (const float[]){100 - width / 2, 100 - cap / 2, 100 + width / 2, 100 + cap / 2});
    style = (struct view_text_style){.colour = black, .size = 20, .upwards = true};
    assert_text_at(&style, (const float[]){100 - cap, 101 - width, 100, 99});
    style.align = VIEW_CENTRE;
    style.anchor = VIEW_MIDDLE;
    assert_text_at(&style, (const float[]){100 - cap / 2, 100 - width / 2, 100 + cap / 2, 100 + width / 2});
}

static void clipping(void **state)
{
    (void)state;
    struct view_canvas *canvas = white_canvas(60, 60, 1);
    const struct view_rect window = {10, 20, 30, 10}, nowhere = {70, 70, 10, 10};
    view_clip(canvas, &window);
    view_box(canvas, view_canvas_bounds(canvas), black);
    view_clip(canvas, &nowhere);
    view_box(canvas, view_canvas_bounds(canvas), black);
    view_clip(canvas, NULL);
    view_box(canvas, (struct view_rect){50, 50, 5, 5}, black);
    assert_area(canvas, 30 * 10 + 25, 0);
    view_canvas_destroy(&canvas);
}

static void later_covers_earlier(void **state)
{
    (void)state;
    struct view_canvas *canvas = white_canvas(60, 60, 1);
    const struct view_rect window = {0, 0, 60, 60};
    view_box(canvas, window, black);
    view_clip(canvas, &window); /* a draw of its own */
    view_box(canvas, (struct view_rect){10, 10, 10, 10}, view_rgb(0x00ff00));
    view_clip(canvas, NULL);
    view_box(canvas, (struct view_rect){15, 10, 10, 10}, view_rgb(0x0000ff));
    struct picture p = picture_of(canvas);
    assert_pixel(&p, 12, 15, view_rgb(0x00ff00), 0);
    assert_pixel(&p, 17, 15, view_rgb(0x0000ff), 0);
    assert_pixel(&p, 30, 15, black, 0);
    picture_release(&p);
    view_canvas_destroy(&canvas);
}

static void sizes(void **state)
{
    (void)state;
    struct view_canvas *canvas = white_canvas(33.4f, 20, 1.5f);
    assert_int_equal(gpu_image_width(view_canvas_image(canvas)), 50);
    assert_int_equal(gpu_image_height(view_canvas_image(canvas)), 30);
    view_box(canvas, view_canvas_bounds(canvas), black);
    assert_ok(view_canvas_resize(canvas, &(struct view_canvas_parameters){70, 40, 0, &view_theme_dark}));
    struct picture p = picture_of(canvas); /* nothing of the old frame is left */
    assert_int_equal(p.width, 70);
    assert_pixel(&p, 35, 20, view_theme_dark.page, 0);
    picture_release(&p);
    assert_fails(view_canvas_resize(canvas, &(struct view_canvas_parameters){1e6f, 40, 1, NULL}),
                 BASE_ERROR_USAGE, "smaller");
    assert_fails(view_canvas_resize(canvas, &(struct view_canvas_parameters){0, 40, 1, NULL}),
                 BASE_ERROR_USAGE, "pixels");
    assert_fails(view_canvas_resize(canvas, &(struct view_canvas_parameters){NAN, 40, 1, NULL}),
                 BASE_ERROR_USAGE, "pixels");
    view_canvas_destroy(&canvas);
    view_canvas_destroy(&canvas);
}

/* ---- pictures in parts ---- */

enum { TILES = 12, ACROSS = 4, TILE = 30 };

/* A picture that depends on nothing but these numbers. */
struct tiles {
    uint32_t look[TILES]; /* what stands in each */
    struct view_values values;
    uint32_t overlay; /* 0: none */
};

static void tile(struct view_canvas *canvas, const struct tiles *tiles, uint32_t i)
{
    const struct view_rect rect = {(float)(i % ACROSS) * TILE + 2.3f, (float)(i / ACROSS) * TILE + 1.7f, 25,
                                   24};
    const struct view_colour colour = view_alpha(view_theme_light.series[tiles->look[i] % 4], 0.7f);
    const float share = 1 + (float)(tiles->look[i] / 4);
    struct view_frame frame = {.plot = rect, .x = {0, 1}, .y = {0, 8}};
    char words[16];
    view_rounded_box(canvas, rect, 4, 0, view_alpha(colour, 0.3f));
    view_line(canvas, (struct view_point){rect.x, rect.y},
              (struct view_point){rect.x + rect.width / share, rect.y + rect.height},
              &(struct view_line_style){.colour = colour, .width = 2, .dash = 3, .gap = 2});
    view_triangle(canvas, (struct view_point){rect.x, rect.y + 20},
                  (struct view_point){rect.x + 9, rect.y + 2},
                  (struct view_point){rect.x + 30 / share, rect.y + 22}, colour);
    view_mark(canvas, (struct view_point){rect.x + 20, rect.y + 18}, VIEW_MARKER_DIAMOND, 7, colour);
    snprintf(words, sizeof words, "%u", tiles->look[i]);
    view_text(canvas, rect.x + 12, rect.y + 20, words,
              &(struct view_text_style){.upwards = i % 2, .size = 14, .align = VIEW_CENTRE});
    if (i % 3 == 0)
        view_curve(canvas, &frame, &tiles->values, &(struct view_curve_style){.colour = black});
    if (i % 3 == 1) {
        const float own[] = {1, share, 3, 2 * share, 5};
        const struct view_values values = view_host_values(canvas, own, 3 + tiles->look[i] % 3);
        view_curve(canvas, &frame, &values, &(struct view_curve_style){.colour = black});
    }
}

static void describe(struct view_canvas *canvas, const struct tiles *tiles, bool parts)
{
    view_canvas_begin(canvas);
    for (uint32_t i = 0; i < TILES; i++) {
        if (parts)
            view_canvas_part(canvas);
        tile(canvas, tiles, i);
    }
    if (parts)
        view_canvas_part(canvas);
    if (tiles->overlay)
        view_rounded_box(canvas, (struct view_rect){5.0f * (float)tiles->overlay, 20, 50, 31}, 6, 0,
                         view_alpha(black, 0.4f));
}

/* Whatever changes, and however pictures are left half drawn: what is finished has the pixels of the same
 * picture drawn at once. */
static void parts_make_the_same_picture(void **state)
{
    (void)state;
    enum { NUMBERS = 7, PICTURES = 60 };
    float numbers[NUMBERS] = {1, 5, 2, 7, 3, 3, 6};
    struct gpu_buffer *buffer = picture_upload(numbers, sizeof numbers);
    struct view_canvas *kept = white_canvas(ACROSS * TILE, 3 * TILE + 5, 1.25f);
    struct view_canvas *anew = white_canvas(ACROSS * TILE, 3 * TILE + 5, 1.25f);
    struct tiles tiles = {.values = {.buffer = buffer, .count = NUMBERS, .number = VIEW_F32}};
    uint32_t seed = 1;
    for (int i = 0; i < PICTURES; i++) {
        seed = seed * 1664525u + 1013904223u;
        tiles.look[(seed >> 8) % TILES] = seed >> 28;
        tiles.overlay = i % 5 == 0 ? (seed >> 16) % 8 : tiles.overlay;
        if (i % 4 == 3) {
            numbers[i % NUMBERS] = (float)(seed >> 29);
            assert_ok(gpu_upload(test_gpu(), buffer, 0, numbers, sizeof numbers));
        }
        describe(kept, &tiles, true);
        bool more = i % 3 == 1;
        if (more) { /* left after an area, if there are more */
            assert_ok(view_canvas_go_on(kept, &more));
            view_canvas_drop(kept);
            if (more)
                continue;
        }
        struct picture a = picture_of(kept);
        describe(anew, &tiles, false);
        struct picture b = picture_of(anew);
        assert_memory_equal(a.pixels, b.pixels, (size_t)a.width * a.height * 4);
        picture_release(&a);
        picture_release(&b);
        describe(kept, &tiles, true);
        assert_ok(view_canvas_finish(kept));
        assert_true(view_canvas_was_idle(kept));
    }
    gpu_buffer_destroy(test_gpu(), &buffer);
    view_canvas_destroy(&kept);
    view_canvas_destroy(&anew);
}

/* Numbers that the host may write at any time are taken for new ones. */
static void numbers_of_the_host_are_drawn_anew(void **state)
{
    (void)state;
    struct gpu_buffer *buffer;
    assert_ok(gpu_buffer_create(test_gpu(), "numbers", 16, GPU_HOST, &buffer));
    assert_int_equal(gpu_buffer_version(buffer), 0);
    float *numbers = gpu_map(buffer);
    const struct view_frame frame = {.plot = {0, 0, 40, 40}, .x = {0, 1}, .y = {0, 8}};
    const struct view_values values = {.buffer = buffer, .count = 4, .number = VIEW_F32};
    struct view_canvas *canvas = white_canvas(40, 40, 1);
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 4; k++)
            numbers[k] = i ? 6 : 2;
        view_canvas_begin(canvas);
        view_canvas_part(canvas);
        view_curve(canvas, &frame, &values, &(struct view_curve_style){.colour = black, .width = 2});
        struct picture p = picture_of(canvas);
        assert_false(view_canvas_was_idle(canvas));
        assert_pixel(&p, 20, i ? 10 : 30, black, 60);
        assert_pixel(&p, 20, i ? 30 : 10, white, 0);
        picture_release(&p);
    }
    gpu_buffer_destroy(test_gpu(), &buffer);
    view_canvas_destroy(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes),
        cmocka_unit_test(areas),
        cmocka_unit_test(polylines),
        cmocka_unit_test(text_has_the_ink_of_its_outlines),
        cmocka_unit_test(text_alignment),
        cmocka_unit_test(clipping),
        cmocka_unit_test(later_covers_earlier),
        cmocka_unit_test(sizes),
        cmocka_unit_test(parts_make_the_same_picture),
        cmocka_unit_test(numbers_of_the_host_are_drawn_anew),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
