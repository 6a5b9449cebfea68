/* The picture of `arclight train --sweep`. Pictures are left in the build folder (sweep-*.png). */
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "cli/sweep_page.h"
#include "support/device.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb_image.h>

static const struct cli_sweep_run runs[] = {
    {"k 16", "topk", 16, 0.312, 41, 768},         {"k 32", "topk", 32, 0.223, 18, 768},
    {"k 64", "topk", 64, 0.156, 9, 768},          {"k 128", "topk", 128, 0.104, 4, 768},
    {"k 16", "batchtopk", 16, 0.301, 60, 768},    {"k 32", "batchtopk", 32, 0.219, 22, 768},
    {"k 64", "batchtopk", 64, 0.154, 12, 768},    {"k 128", "batchtopk", 128, 0.103, 3, 768},
    {"L0 16", "jumprelu", 17.2, 0.338, 310, 768}, {"L0 48", "jumprelu", 47.6, 0.207, 190, 768},
    {"L0 128", "jumprelu", 130, 0.111, 120, 768},
};
enum { RUNS = sizeof runs / sizeof *runs };
static const struct cli_sweep whole = {"smollm2-resid15.safetensors: activations", "8,192 rows held out",
                                       runs, RUNS};

struct picture {
    int width, height;
    uint8_t *rgb;
};

static struct picture draw(const struct cli_sweep *sweep, const struct view_theme *theme, float scale,
                           const char *path)
{
    struct picture picture;
    int channels;
    assert_ok(cli_sweep_page(test_gpu(), sweep, theme, scale, path));
    picture.rgb = stbi_load(path, &picture.width, &picture.height, &channels, 3);
    assert_non_null(picture.rgb);
    return picture;
}

/* Pixels of nearly this colour within `reach` units of a place in units of the page (1100 x 900). */
static int count_near(const struct picture *picture, double x, double y, double reach_x, double reach_y,
                      struct view_colour wanted)
{
    double unit = picture->width / 1100.0;
    int count = 0;
    for (int row = (int)((y - reach_y) * unit); row < (int)((y + reach_y) * unit); row++)
        for (int column = (int)((x - reach_x) * unit); column < (int)((x + reach_x) * unit); column++) {
            const uint8_t *p = picture->rgb + 3 * ((size_t)row * (size_t)picture->width + (size_t)column);
            count += abs(p[0] - wanted.r) + abs(p[1] - wanted.g) + abs(p[2] - wanted.b) < 24;
        }
    return count;
}

static void both_themes(void **state)
{
    (void)state;
    const struct view_theme *const themes[] = {&view_theme_dark, &view_theme_light};
    static const char *const paths[] = {"sweep-dark.png", "sweep-light.png"};
    for (int i = 0; i < 2; i++) {
        struct picture picture = draw(&whole, themes[i], 1, paths[i]);
        assert_int_equal(picture.width, 1650);
        assert_int_equal(picture.height, 1350);
        for (int group = 0; group < 3; group++)
            assert_true(count_near(&picture, 550, 450, 540, 440, themes[i]->series[group]) > 60);
        stbi_image_free(picture.rgb);
    }
}

/* The plots' places, in units: the upper one, and the lower one's base. */
enum { LEFT = 96, RIGHT = 1052, TOP = 146, BOTTOM = 600 };

/* Two runs alone on log axes: each stands where its numbers say, and its label beside it. */
static void points_stand_where_the_numbers_say(void **state)
{
    (void)state;
    struct cli_sweep_run two[] = {{"", "", 10, 0.8, 5, 100}, {"", "", 100, 0.1, 50, 100}};
    const struct cli_sweep sweep = {NULL, NULL, two, 2};
    /* axes: 9.09 or lower to 110 or higher, rounded to 8 .. 150; 0.08 .. 1 */
    double x[2], y[2];
    for (int i = 0; i < 2; i++) {
        x[i] = LEFT + (RIGHT - LEFT) * log10(two[i].l0 / 8) / log10(150 / 8.0);
        y[i] = BOTTOM - (BOTTOM - TOP) * log10(two[i].fvu / 0.08) / log10(1 / 0.08);
    }
    struct picture bare = draw(&sweep, &view_theme_light, 1, "sweep-two.png");
    two[0].label = two[1].label = "mmmmmmmm";
    struct picture labelled = draw(&sweep, &view_theme_light, 1, "sweep-two.png");
    struct view_colour blue = view_theme_light.series[0];
    struct view_colour words = view_mix(blue, view_theme_light.text, 0.4f);
    for (int i = 0; i < 2; i++) {
        assert_true(count_near(&bare, x[i], y[i], 3, 3, blue) > 60);
        assert_int_equal(count_near(&bare, x[i], y[i], 90, 30, words), 0);
        assert_true(count_near(&labelled, x[i], y[i], 90, 30, words) > 40);
    }
    stbi_image_free(bare.rgb);
    stbi_image_free(labelled.rgb);
}

static void twice_the_same_bytes(void **state)
{
    (void)state;
    uint8_t *bytes[2];
    uint64_t sizes[2];
    for (int i = 0; i < 2; i++) {
        struct base_file *file;
        assert_ok(cli_sweep_page(test_gpu(), &whole, NULL, 0.5f, "sweep-same.png"));
        assert_ok(base_file_open("sweep-same.png", &file));
        sizes[i] = base_file_size(file);
        assert_ok(base_allocate(&bytes[i], (size_t)sizes[i], 1, "picture"));
        assert_ok(base_file_read(file, 0, bytes[i], (size_t)sizes[i]));
        base_file_close(&file);
    }
    assert_true(sizes[0] == sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], (size_t)sizes[0]);
    base_free(bytes[0]);
    base_free(bytes[1]);
}

/* Runs that failed are named; the others are drawn as if those were not there. */
static void failed_runs_are_named(void **state)
{
    (void)state;
    struct cli_sweep_run some[RUNS + 2];
    struct cli_sweep sweep = whole;
    memcpy(some, runs, sizeof runs);
    some[RUNS] = (struct cli_sweep_run){"lr 1", "topk", NAN, NAN, NAN, 768};
    some[RUNS + 1] = (struct cli_sweep_run){"lr 10", NULL, 32, INFINITY, 0, 768};
    sweep.runs = some;
    struct picture picture = draw(&sweep, &view_theme_dark, 1, "sweep-all.png");
    assert_int_equal(count_near(&picture, 550, 835, 540, 20, view_theme_dark.over), 0);
    stbi_image_free(picture.rgb);
    sweep.n_runs = RUNS + 2;
    picture = draw(&sweep, &view_theme_dark, 1, "sweep-failed.png");
    assert_true(count_near(&picture, 550, 835, 540, 20, view_theme_dark.over) > 40);
    stbi_image_free(picture.rgb);
}

/* Nothing, one run, zeros, equal runs, numbers out of all bounds, and far more runs than labels have room
 * for, in more groups than there are looks. */
static void odd_sweeps(void **state)
{
    (void)state;
    enum { MANY = 600 };
    static struct cli_sweep_run many[MANY];
    static char words[MANY][32], groups[50][48];
    static const struct cli_sweep_run odd[][3] = {
        {{"k 8", "topk", 8, 0.3, NAN, 0}, {"k 8", "topk", 8, 0.3, NAN, 0}, {"k 8", NULL, 8, 0.3, NAN, 0}},
        {{NULL, NULL, 0, 1, 768, 768}, {NULL, NULL, 0, 0, 0, 0}, {"", "", 10, 0.5, 1, 4096}},
        {{"x", "a", DBL_MAX, -1, -5, 1}, {"y", "b", 1e-300, 1e300, 1e300, 2}, {"z", "c", -4, 2, 1e9, 3}},
        {{"x", "a", 3e38, 1e-30, 3e38, 1}, {"y", "b", 1e-30, 3e38, 0, 1}, {"z", "c", 1, 1, 1, 1}},
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        for (size_t n = 0; n <= 3; n++) {
            const struct cli_sweep sweep = {NULL, NULL, odd[i], n};
            struct picture picture = draw(&sweep, NULL, 0.5f, "sweep-odd.png");
            stbi_image_free(picture.rgb);
        }
    for (int i = 0; i < MANY; i++) {
        snprintf(words[i], sizeof words[i], "lr %d", i);
        snprintf(groups[i % 50], sizeof groups[0], "a group with a long name, number %d", i % 50);
        many[i] = (struct cli_sweep_run){
            words[i], groups[i % 50], 10 + i, 3.0 / (10 + i) + 0.001 * (i % 50), (i * 37) % 500, 1024};
    }
    const struct cli_sweep sweep = {"many.npy", NULL, many, MANY};
    struct picture picture = draw(&sweep, &view_theme_light, 1, "sweep-many.png");
    stbi_image_free(picture.rgb);
}

int main(void)
{
    if (!test_gpu_exists())
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_themes),          cmocka_unit_test(points_stand_where_the_numbers_say),
        cmocka_unit_test(twice_the_same_bytes), cmocka_unit_test(failed_runs_are_named),
        cmocka_unit_test(odd_sweeps),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
