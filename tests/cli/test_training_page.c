/* The picture of `arclight train`. Pictures are left in the build folder (training-*.png), to be looked at.
 */
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "cli/training_page.h"
#include "support/device.h"
#include "support/synthetic_training.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb_image.h>

/* ---- pictures ---- */

struct picture {
    int width, height;
    uint8_t *rgb;
};

static struct picture draw(const struct live_training_history *history, const struct view_theme *theme,
                           float scale, const char *path)
{
    struct picture picture;
    int channels;
    assert_ok(cli_training_page(test_gpu(), history, theme, scale, path));
    picture.rgb = stbi_load(path, &picture.width, &picture.height, &channels, 3);
    assert_non_null(picture.rgb);
    return picture;
}

static bool near(const struct picture *picture, int x, int y, struct view_colour wanted)
{
    const uint8_t *p = picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x);
    return abs(p[0] - wanted.r) + abs(p[1] - wanted.g) + abs(p[2] - wanted.b) < 24;
}

/* Pixels of nearly this colour within a box in units of the page (1600 x 1180). */
static int count_near(const struct picture *picture, double x0, double y0, double x1, double y1,
                      struct view_colour wanted)
{
    double unit = picture->width / 1600.0;
    int count = 0;
    for (int y = (int)(y0 * unit); y < (int)(y1 * unit); y++)
        for (int x = (int)(x0 * unit); x < (int)(x1 * unit); x++)
            count += near(picture, x, y, wanted);
    return count;
}

/* The mean height, in units, of pixels of a colour in a column of units within a box; NaN when none. */
static double height_at(const struct picture *picture, double x, double y0, double y1,
                        struct view_colour wanted)
{
    double unit = picture->width / 1600.0, sum = 0;
    int count = 0;
    for (int row = (int)(y0 * unit); row < (int)(y1 * unit); row++)
        if (near(picture, (int)(x * unit), row, wanted)) {
            sum += (row + 0.5) / unit;
            count++;
        }
    return count ? sum / count : NAN;
}

/* The places of the upper plots on the page, in units; the lower ones stand between the same columns. */
enum { LEFT = 96, RIGHT = 788, LEFT_2 = 870, RIGHT_2 = 1562, TOP = 152, BOTTOM = 460 };
enum { MAP_TOP = 800, MAP_BOTTOM = 1050, STRIP_TOP = 1062, STRIP_BOTTOM = 1076 };

/* ---- history ---- */

static void lists_ascend(void **state)
{
    (void)state;
    struct live_training_history history = {0};
    for (uint64_t i = 1; i <= 1000; i++)
        assert_ok(live_training_add_record(&history, &(struct live_training_record){.rows = 64 * i}));
    assert_int_equal(history.n_records, 1000);
    /* a run that goes on from a checkpoint at row 6400 */
    assert_ok(live_training_add_record(&history, &(struct live_training_record){.rows = 6464, .loss = 7}));
    assert_int_equal(history.n_records, 101);
    assert_int_equal(history.records[99].rows, 6400);
    assert_in_double(history.records[100].loss, 7, 0);
    for (uint64_t i = 1; i <= 3; i++)
        assert_ok(live_training_add_held_out(&history, &(struct live_training_held_out){.rows = i}));
    assert_ok(live_training_add_held_out(&history, &(struct live_training_held_out){.rows = 2, .fvu = 0.5}));
    assert_int_equal(history.n_held_out, 2);
    assert_in_double(history.held_out[1].fvu, 0.5, 0);
    live_training_history_free(&history);
    assert_int_equal(history.n_records, 0);
    live_training_history_free(&history);
}

static void densities_have_bins(void **state)
{
    (void)state;
    assert_int_equal(sae_density_bin(0, 1000), SAE_DENSITY_NEVER);
    assert_int_equal(sae_density_bin(1000, 1000), SAE_DENSITY_NEVER - 1);
    assert_int_equal(sae_density_bin(100, 1000), SAE_DENSITY_NEVER - 5);
    assert_int_equal(sae_density_bin(99, 1000), SAE_DENSITY_NEVER - 6);
    assert_int_equal(sae_density_bin(1, 10000000), 0);
    assert_int_equal(sae_density_bin(1, UINT64_MAX), 0);
    assert_int_equal(sae_density_bin(5, 0), SAE_DENSITY_NEVER);
    const uint32_t fired[] = {0, 0, 10, 100, 100, 1000};
    uint32_t latents[SAE_DENSITY_BINS];
    sae_density_histogram(fired, 6, 1000, latents);
    assert_int_equal(latents[SAE_DENSITY_NEVER], 2);
    assert_int_equal(latents[SAE_DENSITY_NEVER - 10], 1);
    assert_int_equal(latents[SAE_DENSITY_NEVER - 5], 2);
    assert_int_equal(latents[SAE_DENSITY_NEVER - 1], 1);
}

/* ---- pages ---- */

static void twice_the_same_bytes(void **state)
{
    (void)state;
    uint8_t *bytes[2];
    uint64_t sizes[2];
    for (int i = 0; i < 2; i++) {
        struct live_training_history history;
        struct base_file *file;
        synthetic_training(&history, 1000, 12, 24);
        assert_ok(cli_training_page(test_gpu(), &history, NULL, 0.5f, "training-same.png"));
        assert_ok(base_file_open("training-same.png", &file));
        sizes[i] = base_file_size(file);
        assert_ok(base_allocate(&bytes[i], (size_t)sizes[i], 1, "picture"));
        assert_ok(base_file_read(file, 0, bytes[i], (size_t)sizes[i]));
        base_file_close(&file);
        live_training_history_free(&history);
    }
    assert_true(sizes[0] == sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], (size_t)sizes[0]);
    base_free(bytes[0]);
    base_free(bytes[1]);
}

static void every_length(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 2, 10, 1000, 1024, 100000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct live_training_history history;
        char path[64];
        size_t n = lengths[i];
        synthetic_training(&history, n, n > 12 ? 12 : n / 2, n > 60 ? 60 : n);
        snprintf(path, sizeof path, "training-%zu.png", n);
        struct picture picture = draw(&history, i % 2 ? &view_theme_light : &view_theme_dark, 1, path);
        assert_int_equal(picture.width, 2400);
        assert_int_equal(picture.height, 1770);
        const struct view_theme *theme = i % 2 ? &view_theme_light : &view_theme_dark;
        int curve = count_near(&picture, LEFT_2, 150, RIGHT_2 + 6, 480, theme->series[0]);
        if (n > 0)
            assert_true(curve > 20);
        else
            assert_true(curve == 0);
        stbi_image_free(picture.rgb);
        live_training_history_free(&history);
    }
}

/* A run whose FVU is 0.8 in its first half and 0.2 in its second: the curve stands at those heights of a
 * logarithmic axis from 0.15 to 1, whether records are few, at odd distances, or very many. */
static void curves_stand_where_the_numbers_say(void **state)
{
    (void)state;
    static const size_t lengths[] = {20, 300, 5000};
    for (int uneven = 0; uneven < 2; uneven++)
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
            struct live_training_history history = {0};
            size_t n = lengths[l];
            for (size_t i = 0; i < n; i++) {
                uint64_t rows = 100 * (i + 1) + (uneven ? 60 * (i % 2) : 0);
                struct live_training_record record = {.rows = rows};
                record.fvu = i < n / 2 ? 0.8 : 0.2;
                record.loss = record.reconstruction = 3;
                record.sparsity = record.gate = record.auxiliary = NAN;
                record.coefficient = record.target_l0 = NAN;
                assert_ok(live_training_add_record(&history, &record));
            }
            struct picture picture = draw(&history, &view_theme_light, 1, "training-heights.png");
            struct view_colour blue = view_theme_light.series[0];
            double quarter = LEFT_2 + 0.25 * (RIGHT_2 - LEFT_2), rest = LEFT_2 + 0.75 * (RIGHT_2 - LEFT_2);
            double before = height_at(&picture, quarter, TOP, BOTTOM, blue);
            double after = height_at(&picture, rest, TOP, BOTTOM, blue);
            double decades = log10(1 / 0.15);
            assert_in_double(before, TOP + (BOTTOM - TOP) * log10(1 / 0.8) / decades, 1.5);
            assert_in_double(after, TOP + (BOTTOM - TOP) * log10(1 / 0.2) / decades, 1.5);
            /* the loss is constant: in the middle, and its one term is not drawn a second time */
            double loss =
                height_at(&picture, LEFT + 0.3 * (RIGHT - LEFT), TOP, BOTTOM, view_theme_light.text);
            assert_in_double(loss, 0.5 * (TOP + BOTTOM), 1.5);
            assert_int_equal(count_near(&picture, LEFT, TOP, RIGHT, BOTTOM, blue), 0);
            stbi_image_free(picture.rgb);
            live_training_history_free(&history);
        }
}

/* The colour of the map at a place is that of the count which was in the bin then. */
static void densities_have_their_colours(void **state)
{
    (void)state;
    struct live_training_history history = {0};
    uint32_t fired[1000];
    /* first half of the rows: all at density 0.5; second half: 900 at 0.02, 100 never */
    for (int i = 0; i < 1000; i++)
        fired[i] = 500;
    synthetic_firing(&history, 1000, fired, 1000, 1000);
    for (int i = 0; i < 1000; i++)
        fired[i] = i < 900 ? 20 : 0;
    synthetic_firing(&history, 2000, fired, 1000, 1000);
    struct picture picture = draw(&history, &view_theme_dark, 0.5f, "training-densities.png");
    struct view_colour all = view_map_colour(VIEW_MAP_VIRIDIS, 1);
    struct view_colour some = view_map_colour(VIEW_MAP_VIRIDIS, (float)(log10(900) / 3));
    struct view_colour dead = view_map_colour(VIEW_MAP_VIRIDIS, (float)(log10(100) / 3));
    double unit = picture.width / 1600.0, height = MAP_BOTTOM - MAP_TOP;
    int x0 = (int)(unit * (LEFT + 0.25 * (RIGHT - LEFT))), x1 = (int)(unit * (LEFT + 0.75 * (RIGHT - LEFT)));
    /* two decades are shown, ten bins: 0.5 is in the second from above, 0.02 in the ninth */
    int y_high = (int)(unit * (MAP_TOP + 0.15 * height)), y_low = (int)(unit * (MAP_TOP + 0.85 * height));
    int strip = (int)(unit * 0.5 * (STRIP_TOP + STRIP_BOTTOM));
    assert_true(near(&picture, x0, y_high, all));
    assert_true(near(&picture, x1, y_high, view_theme_dark.panel));
    assert_true(near(&picture, x0, y_low, view_theme_dark.panel));
    assert_true(near(&picture, x1, y_low, some));
    assert_true(near(&picture, x0, strip, view_theme_dark.panel));
    assert_true(near(&picture, x1, strip, dead));
    stbi_image_free(picture.rgb);
    live_training_history_free(&history);
}

static void fill(struct live_training_record *record, double value)
{
    *record = (struct live_training_record){.rows = record->rows,
                                            .loss = value,
                                            .reconstruction = value,
                                            .sparsity = value,
                                            .gate = value,
                                            .auxiliary = value,
                                            .fvu = value,
                                            .l0 = value,
                                            .dead = value,
                                            .rate = value,
                                            .coefficient = value,
                                            .target_l0 = value};
}

/* Numbers that no run should have, and yet: the page is drawn, and validation is silent. */
static void odd_numbers(void **state)
{
    (void)state;
    static const double values[] = {NAN,     INFINITY, 0,       -1,     1e-300, 1e300,
                                    DBL_MAX, FLT_MAX,  FLT_MIN, 1e-310, 1,      -INFINITY};
    enum { VALUES = sizeof values / sizeof *values, RECORDS = 60 };
    for (int v = 0; v <= VALUES; v++) {
        struct live_training_history history = {.d_sae = UINT64_MAX, .d_in = 1, .k = 1e9};
        for (uint32_t i = 0; i < RECORDS; i++) {
            struct live_training_record record = {.rows = i * (UINT64_MAX / RECORDS)};
            fill(&record, v < VALUES ? values[v] : values[i % VALUES]);
            assert_ok(live_training_add_record(&history, &record));
            const struct live_training_held_out held_out = {record.rows, record.fvu, record.l0};
            assert_ok(live_training_add_held_out(&history, &held_out));
        }
        const uint32_t fired[] = {0, UINT32_MAX};
        synthetic_firing(&history, UINT64_MAX, fired, 2, 1);
        struct picture picture = draw(&history, NULL, 0.5f, "training-odd.png");
        stbi_image_free(picture.rgb);
        live_training_history_free(&history);
    }
}

/* Steps whose loss was not finite are marked. */
static void skipped_steps_are_marked(void **state)
{
    (void)state;
    struct live_training_history history;
    synthetic_training(&history, 200, 0, 0);
    struct picture picture = draw(&history, NULL, 1, "training-skipped.png");
    assert_int_equal(count_near(&picture, LEFT, BOTTOM - 14, RIGHT, BOTTOM, view_theme_dark.over), 0);
    stbi_image_free(picture.rgb);
    history.records[100].loss = NAN;
    picture = draw(&history, NULL, 1, "training-skipped.png");
    double x = LEFT + (RIGHT - LEFT) * 101.0 / 200;
    assert_true(count_near(&picture, x - 5, BOTTOM - 14, x + 5, BOTTOM, view_theme_dark.over) > 2);
    stbi_image_free(picture.rgb);
    live_training_history_free(&history);
}

static void a_failure_leaves_nothing(void **state)
{
    (void)state;
    struct live_training_history history = {0};
    assert_fails(cli_training_page(test_gpu(), &history, NULL, 0.5f, "no-such-folder/training.png"),
                 BASE_ERROR_FILE_SYSTEM, "no-such-folder");
    assert_fails(cli_training_page(test_gpu(), &history, NULL, 1e5f, "training-huge.png"), BASE_ERROR_USAGE,
                 "");
    struct base_file *file;
    assert_int_not_equal(base_file_open("training-huge.png", &file), BASE_OK);
}

int main(void)
{
    if (!test_gpu_exists())
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_ascend),
        cmocka_unit_test(densities_have_bins),
        cmocka_unit_test(twice_the_same_bytes),
        cmocka_unit_test(every_length),
        cmocka_unit_test(curves_stand_where_the_numbers_say),
        cmocka_unit_test(densities_have_their_colours),
        cmocka_unit_test(odd_numbers),
        cmocka_unit_test(skipped_steps_are_marked),
        cmocka_unit_test(a_failure_leaves_nothing),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
