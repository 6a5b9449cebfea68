/* Colours, and that the maps keep what they promise: steady lightness, a middle, closure, distance from the
 * reserved colours. */
#include "support/test.h"

#include "view/theme.h"

/* Lightness of OKLab (0 to 1) from sRGB bytes, in double. */
static double lightness(struct view_colour colour)
{
    const uint8_t bytes[3] = {colour.r, colour.g, colour.b};
    double linear[3];
    for (int i = 0; i < 3; i++) {
        double c = bytes[i] / 255.0;
        linear[i] = c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
    }
    double l = 0.4122214708 * linear[0] + 0.5363325363 * linear[1] + 0.0514459929 * linear[2];
    double m = 0.2119034982 * linear[0] + 0.6806995451 * linear[1] + 0.1073969566 * linear[2];
    double s = 0.0883024619 * linear[0] + 0.2817188376 * linear[1] + 0.6299787005 * linear[2];
    return 0.2104542553 * cbrt(l) + 0.7936177850 * cbrt(m) - 0.0040720468 * cbrt(s);
}

static double apart(struct view_colour a, struct view_colour b)
{
    return sqrt(pow(a.r - b.r, 2) + pow(a.g - b.g, 2) + pow(a.b - b.b, 2));
}

static void steady(enum view_map map, float from, float to, double sign)
{
    double before = lightness(view_map_colour(map, from));
    for (int i = 1; i <= 32; i++) {
        double now = lightness(view_map_colour(map, from + (to - from) * (float)i / 32));
        if (!((now - before) * sign > 0))
            fail_msg("map %d: lightness %g after %g at %g", (int)map, now, before,
                     (double)(from + (to - from) * (float)i / 32));
        before = now;
    }
}

static void lightness_is_steady(void **state)
{
    (void)state;
    steady(VIEW_MAP_VIRIDIS, 0, 1, 1);
    steady(VIEW_MAP_VIRIDIS_REVERSED, 0, 1, -1);
    steady(VIEW_MAP_GREY, 0, 1, 1);
    steady(VIEW_MAP_BLUE_YELLOW, 0, 1, 1);
    steady(VIEW_MAP_DIVERGING_DARK, 0.5f, 1, 1);
    steady(VIEW_MAP_DIVERGING_DARK, 0.5f, 0, 1);
    steady(VIEW_MAP_DIVERGING_LIGHT, 0.5f, 1, -1);
    steady(VIEW_MAP_DIVERGING_LIGHT, 0.5f, 0, -1);
    steady(VIEW_MAP_CYCLIC, 0, 0.45f, -1);
    steady(VIEW_MAP_CYCLIC, 1, 0.55f, -1);
}

/* The published ends of viridis. */
static void viridis_is_viridis(void **state)
{
    (void)state;
    assert_true(apart(view_map_colour(VIEW_MAP_VIRIDIS, 0), view_rgb(0x440154)) == 0);
    assert_true(apart(view_map_colour(VIEW_MAP_VIRIDIS, 1), view_rgb(0xfde725)) == 0);
    /* matplotlib's entry 128 of 256: 0.127568 0.566949 0.550556 */
    assert_true(apart(view_map_colour(VIEW_MAP_VIRIDIS, 128 / 255.0f), view_rgb(0x21918c)) < 4);
}

static void angles_close(void **state)
{
    (void)state;
    assert_true(apart(view_map_colour(VIEW_MAP_CYCLIC, 0), view_map_colour(VIEW_MAP_CYCLIC, 1)) < 2);
    assert_true(apart(view_map_colour(VIEW_MAP_CYCLIC, 0.25f), view_map_colour(VIEW_MAP_CYCLIC, 0.75f)) > 60);
}

/* Signs differ in hue as well: red against blue. */
static void diverging_has_two_sides(void **state)
{
    (void)state;
    const enum view_map maps[] = {VIEW_MAP_DIVERGING_DARK, VIEW_MAP_DIVERGING_LIGHT};
    for (int i = 0; i < 2; i++)
        for (float s = 0.1f; s <= 1; s += 0.1f) {
            struct view_colour below = view_map_colour(maps[i], 0.5f - 0.5f * s);
            struct view_colour above = view_map_colour(maps[i], 0.5f + 0.5f * s);
            assert_true(below.b > below.r);
            assert_true(above.r > above.b);
        }
}

static void reserved_colours_are_reserved(void **state)
{
    (void)state;
    const struct view_theme *const themes[] = {&view_theme_dark, &view_theme_light};
    for (int t = 0; t < 2; t++) {
        const enum view_map maps[] = {themes[t]->sequential, themes[t]->diverging};
        for (int m = 0; m < 2; m++)
            for (int i = 0; i < 256; i++) {
                struct view_colour colour = view_map_colour(maps[m], (float)i / 255);
                assert_true(apart(colour, themes[t]->missing) > 12);
                assert_true(apart(colour, themes[t]->over) > 40);
            }
    }
}

static void table_is_the_function(void **state)
{
    (void)state;
    static uint32_t table[VIEW_MAPS][VIEW_MAP_ENTRIES];
    view_map_table(table[0]);
    for (int map = 0; map < VIEW_MAPS; map++)
        for (int e = 0; e < VIEW_MAP_ENTRIES; e++) {
            struct view_colour c = view_map_colour((enum view_map)map, (float)e / 255);
            assert_int_equal(table[map][e], c.r | c.g << 8 | c.b << 16 | 0xff000000u);
        }
    struct view_colour low = view_map_colour(VIEW_MAP_GREY, -3), high = view_map_colour(VIEW_MAP_GREY, 7);
    assert_int_equal(low.r, 0);
    assert_int_equal(high.r, 255);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lightness_is_steady),
        cmocka_unit_test(viridis_is_viridis),
        cmocka_unit_test(angles_close),
        cmocka_unit_test(diverging_has_two_sides),
        cmocka_unit_test(reserved_colours_are_reserved),
        cmocka_unit_test(table_is_the_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
