/* The pictures of `arclight srm`. They are left in the build folder (resonance-*.png), to be looked at.
 *
 * LeakSanitizer reports 112 to 500 bytes here on Mesa 22.3, allocated in a module that is no longer there:
 * what the driver's own static data held when it was unloaded. With the driver kept in memory (a dlclose that
 * does nothing) nothing is left, nor on Mesa 25 or SwiftShader. */
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "cli/resonance_page.h"
#include "support/device.h"
#include "support/synthetic_result.h"

#include <stdlib.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb_image.h>

static const double one_epsilon[] = {0.6};
static const double four_epsilons[] = {0.5, 0.6, 0.7, 0.8};

struct drawn {
    struct srm_parameters parameters;
    struct srm_result result;
    struct cli_finding finding;
    struct cli_page *page;
};

static void open_page(struct drawn *drawn, struct synthetic_parameters synthetic, struct cli_page_look look)
{
    if (!synthetic.epsilons) {
        synthetic.epsilons = one_epsilon;
        synthetic.n_epsilons = 1;
    }
    synthetic_result_make(test_gpu(), &synthetic, &drawn->parameters, &drawn->result);
    cli_find(&drawn->parameters, &drawn->result, &drawn->finding);
    assert_ok(
        cli_page_open(test_gpu(), &drawn->parameters, &drawn->result, &drawn->finding, &look, &drawn->page));
}

static void close_page(struct drawn *drawn)
{
    cli_page_close(&drawn->page);
    synthetic_result_free(test_gpu(), &drawn->result);
}

static uint8_t *read_bytes(const char *path, size_t *bytes)
{
    struct base_file *file;
    uint8_t *memory;
    assert_ok(base_file_open(path, &file));
    *bytes = (size_t)base_file_size(file);
    assert_ok(base_allocate(&memory, *bytes, 1, "picture"));
    assert_ok(base_file_read(file, 0, memory, *bytes));
    base_file_close(&file);
    return memory;
}

struct picture {
    int width, height;
    uint8_t *rgb;
};

static struct picture read_picture(const char *path)
{
    struct picture picture;
    int channels;
    picture.rgb = stbi_load(path, &picture.width, &picture.height, &channels, 3);
    assert_non_null(picture.rgb);
    return picture;
}

/* Pixels within a box (shares of the picture) whose colour is near `wanted`. */
static int count_near(const struct picture *picture, double x0, double y0, double x1, double y1,
                      struct view_colour wanted)
{
    int count = 0;
    for (int y = (int)(y0 * picture->height); y < (int)(y1 * picture->height); y++)
        for (int x = (int)(x0 * picture->width); x < (int)(x1 * picture->width); x++) {
            const uint8_t *p = picture->rgb + 3 * ((size_t)y * (size_t)picture->width + (size_t)x);
            count += abs(p[0] - wanted.r) + abs(p[1] - wanted.g) + abs(p[2] - wanted.b) < 24;
        }
    return count;
}

/* Every kind of result there is, in both themes: drawn without a fault, of the size asked for. */
static void every_kind(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        struct synthetic_parameters synthetic;
    } cases[] = {
        {"resonance-anti-aligned.png", {SYNTHETIC_TANH, 2000, 8, 360, NULL, 0, 1, 0, 0}},
        {"resonance-aligned.png", {SYNTHETIC_LAPLACE, 2000, 24, 360, NULL, 0, 2, 0, 0}},
        {"resonance-epsilons.png", {SYNTHETIC_RELU, 2000, 10, 72, four_epsilons, 4, 1, 0, 0}},
        {"resonance-nothing.png", {SYNTHETIC_NORMAL, 2000, 10, 90, NULL, 0, 1, 0, 0}},
        {"resonance-no-control.png", {SYNTHETIC_NORMAL, 500, 5, 8, NULL, 0, 0, 0, 0}},
        {"resonance-no-hits.png", {SYNTHETIC_ZERO, 100, 6, 36, NULL, 0, 1, 0, 0}},
        {"resonance-one-plane.png", {SYNTHETIC_LAPLACE, 1000, 2, 36, NULL, 0, 1, 0, 0}},
        {"resonance-two-planes.png", {SYNTHETIC_LAPLACE, 1000, 3, 36, NULL, 0, 1, 2, 0}},
        {"resonance-many-chosen.png", {SYNTHETIC_TANH, 1000, 9, 4, NULL, 0, 1, 30, 0}},
        {"resonance-oblique.png", {SYNTHETIC_TANH, 2000, 8, 90, NULL, 0, 1, 0, 0.5}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct drawn drawn;
        open_page(&drawn, cases[i].synthetic,
                  (struct cli_page_look){i % 2 ? &view_theme_light : &view_theme_dark, 0.5f});
        assert_ok(cli_page_write(drawn.page, cases[i].path));
        struct picture picture = read_picture(cases[i].path);
        assert_int_equal(picture.width, 1200);
        assert_int_equal(picture.height, 885);
        stbi_image_free(picture.rgb);
        close_page(&drawn);
    }
}

static void twice_the_same_bytes(void **state)
{
    (void)state;
    const struct synthetic_parameters synthetic = {
        .kind = SYNTHETIC_TANH, .rows = 900, .vectors = 6, .angles = 72, .controls = 1};
    uint8_t *bytes[2];
    size_t sizes[2];
    for (int i = 0; i < 2; i++) {
        struct drawn drawn;
        open_page(&drawn, synthetic, (struct cli_page_look){.scale = 0.5f});
        assert_ok(cli_page_write(drawn.page, "resonance-same.png"));
        bytes[i] = read_bytes("resonance-same.png", &sizes[i]);
        close_page(&drawn);
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], sizes[0]);
    base_free(bytes[0]);
    base_free(bytes[1]);
}

/* The mean of rows on the diagonals is high between the landmarks; that of rows on the vectors at them. The
 * curve is looked for in the upper third of the plot, in the columns at a vector and at a diagonal. */
static void the_mean_is_where_the_rows_are(void **state)
{
    (void)state;
    static const enum synthetic_kind kinds[] = {SYNTHETIC_TANH, SYNTHETIC_LAPLACE};
    for (int i = 0; i < 2; i++) {
        struct drawn drawn;
        open_page(&drawn,
                  (struct synthetic_parameters){.kind = kinds[i], .rows = 6000, .vectors = 8, .angles = 360},
                  (struct cli_page_look){&view_theme_light, 1});
        assert_string_equal(cli_page_panel_file(drawn.page, 0), "panel-mean.png");
        assert_ok(cli_page_write_panel(drawn.page, 0, "resonance-panel.png"));
        struct picture picture = read_picture("resonance-panel.png");
        /* the curve's own colour is in the page's third series; the panel's plot spans 98 to 794 of 832 units
         */
        double vector = (98 + 696 * 0.25) / 832, diagonal = (98 + 696 * 0.375) / 832;
        struct view_colour colour = view_theme_light.series[2];
        int at_vector = 0, at_diagonal = 0;
        for (int step = 10; step < 90; step++) {
            double y = step / 100.0;
            if (count_near(&picture, vector - 0.004, y, vector + 0.004, y + 0.02, colour) && !at_vector)
                at_vector = step;
            if (count_near(&picture, diagonal - 0.004, y, diagonal + 0.004, y + 0.02, colour) && !at_diagonal)
                at_diagonal = step;
        }
        assert_true(at_vector > 0 && at_diagonal > 0);
        if (kinds[i] == SYNTHETIC_TANH)
            assert_true(at_diagonal < at_vector - 5);
        else
            assert_true(at_vector < at_diagonal - 5);
        stbi_image_free(picture.rgb);
        close_page(&drawn);
    }
}

/* Each panel stands alone, and is not empty: it has pixels of the text's colour, and others than the page's.
 */
static void panels_alone(void **state)
{
    (void)state;
    struct drawn drawn;
    open_page(&drawn,
              (struct synthetic_parameters){
                  .kind = SYNTHETIC_LAPLACE, .rows = 1500, .vectors = 12, .angles = 72, .controls = 1},
              (struct cli_page_look){.scale = 0.5f});
    uint32_t count = 0;
    for (; cli_page_panel_file(drawn.page, count); count++) {
        assert_ok(cli_page_write_panel(drawn.page, count, cli_page_panel_file(drawn.page, count)));
        struct picture picture = read_picture(cli_page_panel_file(drawn.page, count));
        int page = count_near(&picture, 0, 0, 1, 1, view_theme_dark.page);
        assert_true(count_near(&picture, 0, 0, 1, 1, view_theme_dark.text) > 20);
        assert_true(page > 100 && page < picture.width * picture.height * 95 / 100);
        stbi_image_free(picture.rgb);
    }
    assert_int_equal(count, 8);
    close_page(&drawn);
}

/* Groups have a panel of their own, the last one. */
static void labels_have_a_panel(void **state)
{
    (void)state;
    struct drawn drawn;
    open_page(&drawn,
              (struct synthetic_parameters){.kind = SYNTHETIC_TANH, .rows = 900, .vectors = 6, .angles = 72},
              (struct cli_page_look){.scale = 0.5f});
    struct srm_label_curves groups[] = {{0, 400, drawn.result.curve}, {7, 500, drawn.result.curve}};
    drawn.result.labels = groups;
    drawn.result.n_labels = 2;
    assert_string_equal(cli_page_panel_file(drawn.page, 8), "panel-labels.png");
    assert_null(cli_page_panel_file(drawn.page, 9));
    assert_ok(cli_page_write_panel(drawn.page, 8, "panel-labels.png"));
    drawn.result.labels = NULL;
    drawn.result.n_labels = 0;
    close_page(&drawn);
}

int main(void)
{
    if (!test_gpu_exists())
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind),
        cmocka_unit_test(twice_the_same_bytes),
        cmocka_unit_test(the_mean_is_where_the_rows_are),
        cmocka_unit_test(panels_alone),
        cmocka_unit_test(labels_have_a_panel),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
