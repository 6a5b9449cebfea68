/* Text on the host side: UTF-8, glyphs, widths. */
#include "support/test.h"

#include "view/font.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

static void assert_codes(const char *text, const uint32_t *codes)
{
    for (; *codes; codes++)
        assert_int_equal(view_utf8_next(&text), *codes);
    assert_int_equal(view_utf8_next(&text), 0);
    assert_int_equal(view_utf8_next(&text), 0); /* stays at the end */
}

static void utf8(void **state)
{
    (void)state;
    assert_codes("aθ−😀", (const uint32_t[]){'a', 0x3b8, 0x2212, 0x1f600, 0});
    assert_codes("", (const uint32_t[]){0});
    assert_codes("\xff"
                 "a",
                 (const uint32_t[]){'?', 'a', 0});
    assert_codes("\xc3", (const uint32_t[]){'?', 0}); /* cut short */
    assert_codes("\xe2\x88"
                 "b",
                 (const uint32_t[]){'?', '?', 'b', 0});
    assert_codes("\xc0\x80", (const uint32_t[]){'?', '?', 0}); /* too long a form */
    assert_codes("\xe0\x80\x80", (const uint32_t[]){'?', '?', '?', 0});
    assert_codes("\xf4\x90\x80\x80", (const uint32_t[]){'?', '?', '?', '?', 0}); /* above U+10FFFF */
}

/* Everything the plots write is there, in both weights. */
static void characters(void **state)
{
    (void)state;
    const char *const needed = "0123456789AZaz°−×±εθφσπ²⁴₀₉·–—…→≥≤∞⁰⁻ᵢⱼ‖√≈÷µ\xe2\x80\x89";
    for (int weight = 0; weight < VIEW_WEIGHTS; weight++) {
        const char *text = needed;
        for (uint32_t code; (code = view_utf8_next(&text)) != 0;)
            if (view_font_glyph((enum view_weight)weight, code)->code != code)
                fail_msg("U+%04X is not in weight %d", code, weight);
        assert_int_equal(view_font_glyph((enum view_weight)weight, 0x1f600)->code, '?');
    }
}

/* Twice the signed area within one detail of a glyph's outline. */
static int64_t closed_area(const struct view_glyph *glyph, const struct view_outline *outline)
{
    int64_t x = 0, y = 0, area = 0;
    assert_true(outline->first + outline->count <= view_font_n_segments);
    for (uint32_t s = outline->first; s < outline->first + outline->count; s++) {
        uint32_t from = view_font_segments[2 * s], to = view_font_segments[2 * s + 1];
        int64_t x0 = (int16_t)(from & 0xffff), y0 = (int16_t)(from >> 16);
        int64_t x1 = (int16_t)(to & 0xffff), y1 = (int16_t)(to >> 16);
        x += x1 - x0;
        y += y1 - y0;
        area += x0 * y1 - x1 * y0;
        assert_in_range(x0 + 20000, glyph->left + 19996, glyph->right + 20004);
        assert_in_range(y0 + 20000, glyph->bottom + 19996, glyph->top + 20004);
    }
    assert_int_equal(x, 0);
    assert_int_equal(y, 0);
    return area;
}

/* What reaches into a band is found there. */
static void check_bands(const struct view_glyph *glyph, const struct view_outline *outline)
{
    double height = glyph->top - glyph->bottom;
    for (uint32_t s = outline->tall; s < outline->count; s++) {
        const uint32_t *word = view_font_segments + 2 * (size_t)(outline->first + s);
        int16_t from = (int16_t)(word[0] >> 16), to = (int16_t)(word[1] >> 16);
        for (uint32_t b = 0; b < VIEW_FONT_BANDS; b++) {
            const uint32_t *band = view_font_segments + 2 * (size_t)(outline->first + outline->count + b);
            double low = glyph->bottom + height * b / VIEW_FONT_BANDS;
            double high = glyph->bottom + height * (b + 1) / VIEW_FONT_BANDS;
            bool within = from != to && fmax(from, to) > low && fmin(from, to) < high;
            if (within && !(band[0] <= s && s < band[1]))
                fail_msg("U+%04X: segment %u is not in band %u", glyph->code, s, b);
        }
    }
}

/* Contours are closed: along each glyph the segments' ends are its starts, in some order. The coarser
 * outlines have fewer segments and nearly the same area. */
static void outlines_are_closed(void **state)
{
    (void)state;
    for (int weight = 0; weight < VIEW_WEIGHTS; weight++)
        for (uint32_t g = 0; g < view_fonts[weight].n_glyphs; g++) {
            const struct view_glyph *glyph = &view_fonts[weight].glyphs[g];
            const struct view_outline *outlines = glyph->outlines;
            double fine = (double)closed_area(glyph, &outlines[VIEW_DETAIL_LARGE]);
            for (int detail = 0; detail < VIEW_DETAILS; detail++)
                check_bands(glyph, &outlines[detail]);
            for (int detail = 0; detail < VIEW_DETAIL_LARGE; detail++) {
                assert_in_double((double)closed_area(glyph, &outlines[detail]), fine, 0.03 * fabs(fine));
                assert_true(outlines[detail].count <= outlines[detail + 1].count);
            }
        }
    assert_true(view_fonts[0].glyphs['8' - ' '].outlines[VIEW_DETAIL_SMALL].count * 2 <
                view_fonts[0].glyphs['8' - ' '].outlines[VIEW_DETAIL_LARGE].count);
    assert_int_equal(view_font_detail(12), VIEW_DETAIL_SMALL);
    assert_int_equal(view_font_detail(24), VIEW_DETAIL_MIDDLE);
    assert_int_equal(view_font_detail(200), VIEW_DETAIL_LARGE);
}

static void widths(void **state)
{
    (void)state;
    assert_in_double(view_text_width("", 12, VIEW_REGULAR), 0, 0);
    float one = view_text_width("7", 10, VIEW_REGULAR);
    assert_true(one > 5 && one < 8);
    assert_in_double(view_text_width("1234567890", 10, VIEW_REGULAR), 10 * one,
                     1e-3); /* figures are equally wide */
    assert_in_double(view_text_width("7", 20, VIEW_REGULAR), 2 * one, 1e-4);
    assert_true(view_text_width("AV", 10, VIEW_REGULAR) <
                view_text_width("A", 10, VIEW_REGULAR) + view_text_width("V", 10, VIEW_REGULAR) - 0.1f);
    assert_true(view_text_width("mean", 10, VIEW_BOLD) > view_text_width("mean", 10, VIEW_REGULAR));
    assert_in_double(view_cap_height(10, VIEW_REGULAR), 7.29, 0.01);
}

/* Remarks go before letters do. */
static void labels(void **state)
{
    (void)state;
    static const struct {
        const char *label, *room, *fitted; /* room: as wide as these words */
    } rows[] = {
        {"rows lit (square root)", "rows lit (square root)", "rows lit (square root)"},
        {"rows lit (square root)", "rows lit (squ", "rows lit"},
        {"rows lit (square root)  (\u00d710\u207b\u00b3)", "rows lit  (\u00d710\u207b\u00b3)",
         "rows lit  (\u00d710\u207b\u00b3)"},
        {"C\u2084: \u2212 diagonals, + vectors", "C\u2084: \u2212 dia", "C\u2084"},
        {"mean value where active", "mean value\u2026", "mean value\u2026"},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        char text[128];
        snprintf(text, sizeof text, "%s", rows[r].label);
        view_fit_label(text, view_text_width(rows[r].room, 10, VIEW_REGULAR) + 0.1f, 10, VIEW_REGULAR);
        assert_string_equal(text, rows[r].fitted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8),   cmocka_unit_test(characters), cmocka_unit_test(outlines_are_closed),
        cmocka_unit_test(widths), cmocka_unit_test(labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
