/* The canvas: shapes cover the area they should, text has the ink its outlines have, clipping clips. */
#include "support/test.h"

#include "support/device.h"

#include "picture.h"

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
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
