/* The live window shows the numbers that `arclight srm` writes: counts at each epsilon of the slider, values
 * under the cross-hair, pixels of curves and cells; and reads no plot back to show them. */
#define _GNU_SOURCE
#include "support/device.h"
#include "support/test.h"

#define STB_IMAGE_IMPLEMENTATION
#include "cli/view.h"

#include "base/platform.h"
#include "cli/show.h"

#include <jansson.h>

enum {
    ANGLES = 360,
    PLANES = VIEW_WIDTH * (VIEW_WIDTH - 1) / 2,
    EPSILONS = 5,
    HALF = 3,
    WIDE = 900,
    HIGH = 600
};

static const double epsilons[EPSILONS] = {0.05, 0.21, 0.437, 0.5, 0.95};
static uint32_t counts[EPSILONS][PLANES][ANGLES];
static double means[EPSILONS][ANGLES], strengths[EPSILONS][PLANES];

/* ---- what arclight srm says ---- */

static void read_means(void)
{
    json_t *document = json_load_file(test_path("srm/srm.json"), 0, NULL);
    assert_non_null(document);
    for (uint32_t e = 0; e < EPSILONS; e++) {
        const json_t *entry = json_array_get(json_object_get(document, "epsilons"), e);
        assert_in_double(json_number_value(json_object_get(entry, "epsilon")), epsilons[e], 1e-12);
        for (uint32_t k = 0; k < ANGLES; k++)
            means[e][k] = json_number_value(json_array_get(json_object_get(entry, "mean"), k));
    }
    json_decref(document);
}

/* planes.csv: epsilon,i,j,angle,rank,list,M,C1,C2,C4,… with a row an (epsilon, plane). */
static void read_strengths(void)
{
    char line[256];
    FILE *table = fopen(test_path("srm/planes.csv"), "r");
    assert_non_null(table);
    assert_non_null(fgets(line, sizeof line, table));
    for (uint32_t at = 0; at < EPSILONS * PLANES; at++) {
        const char *cell = line;
        assert_non_null(fgets(line, sizeof line, table));
        for (int column = 0; column < 9; column++)
            cell = strchr(cell, ',') + 1;
        strengths[at / PLANES][at % PLANES] = *cell == ',' ? NAN : strtod(cell, NULL);
    }
    fclose(table);
}

static int measure(void **state)
{
    (void)state;
    in_folder(0, "$A srm flat.npy --epsilon 0.05,0.21,0.437,0.5,0.95 --angles 360 --planes all --control 0 "
                 "--no-picture --out srm -q >/dev/null");
    FILE *file = fopen(test_path("srm/counts.npy"), "rb");
    if (!file || fseek(file, -(long)sizeof counts, SEEK_END) != 0 ||
        fread(counts, sizeof counts, 1, file) != 1)
        return 1;
    fclose(file);
    read_means();
    read_strengths();
    return 0;
}

/* ---- hands ---- */

/* So many frames; extents and answers come when the device is through with one. */
static void frames(struct show *show, int count)
{
    for (int i = 0; i < count; i++) {
        turn(show);
        assert_ok(gpu_wait(test_gpu()));
    }
}

static void go_to(struct show *show, const char *page)
{
    for (uint32_t i = 0; i < show->app.pages.count; i++)
        if (strcmp(show->app.pages.pages[i]->name, page) == 0)
            live_app_choose_page(&show->app, i);
    assert_string_equal(show->app.pages.pages[show->app.page]->name, page);
    frames(show, 4);
}

/* By the slider: a click on its track where it has a mark, typed otherwise. */
static void slide_to(struct show *show, double epsilon)
{
    const struct live_slider *slider = &show->app.epsilon;
    struct view_rect track = slider->track, field = slider->field;
    if (fabs(epsilon * 100 - round(epsilon * 100)) < 1e-9) {
        click(show, (double)track.x + (double)track.width * (epsilon - 0.05) / 0.9,
              (double)(track.y + 0.5f * track.height));
    } else {
        char text[16];
        click(show, (double)(field.x + 0.5f * field.width), (double)(field.y + 0.5f * field.height));
        snprintf(text, sizeof text, "%g", epsilon);
        for (size_t i = 0; text[i]; i++)
            key(show, (char[]){text[i], '\0'});
        key(show, "enter");
    }
    key(show, "escape");
    frames(show, 3);
    assert_in_double(show->scene->model.resonance.epsilon, epsilon, 1e-9);
    assert_true(srm_live_shown(show->scene->model.resonance.counts)->epsilon == epsilon ||
                fabs(srm_live_shown(show->scene->model.resonance.counts)->epsilon - epsilon) < 1e-9);
}

/* ---- the slider ---- */

/* The file that the export key leaves, taken away again; its first line is read already. */
static FILE *exported(struct show *show, const char *name)
{
    char line[8192];
    key(show, "c");
    frames(show, 1);
    FILE *file = fopen(test_path(name), "r");
    if (!file)
        fail_msg("no %s", name);
    assert_ok(base_file_remove(test_path(name)));
    assert_non_null(fgets(line, sizeof line, file));
    return file;
}

static void assert_every_curve(struct show *show, uint32_t e)
{
    go_to(show, "density");
    FILE *file = exported(show, "arclight-density.csv");
    for (uint32_t p = 0; p < PLANES; p++) {
        unsigned number, count;
        assert_int_equal(fscanf(file, "%u", &number), 1);
        assert_int_equal(number, p);
        for (uint32_t k = 0; k < ANGLES; k++) {
            assert_int_equal(fscanf(file, ",%u", &count), 1);
            if (count != counts[e][p][k])
                fail_msg("epsilon %g, plane %u, angle %u: %u, and srm counts %u", epsilons[e], p, k, count,
                         counts[e][p][k]);
        }
    }
    fclose(file);
}

static void assert_one_curve(struct show *show, uint32_t e)
{
    go_to(show, "plane");
    key(show, "p");
    frames(show, 1);
    uint32_t plane = show->scene->model.resonance.plane;
    const struct srm_plane *pair = &show->scene->model.resonance.planes[plane];
    FILE *file = exported(show, "arclight-plane.csv");
    for (uint32_t k = 0; k < ANGLES; k++) {
        double angle, mean, epsilon;
        unsigned count, i, j, rows;
        char input[16];
        assert_int_equal(fscanf(file, "%lf,%u,%lf,%lf,%u,%u,%u,%15s", &angle, &count, &mean, &epsilon, &i, &j,
                                &rows, input),
                         8);
        assert_in_double(angle, k, 1e-9);
        assert_int_equal(count, counts[e][plane][k]);
        assert_in_double(mean, means[e][k], 1e-6);
        assert_in_double(epsilon, epsilons[e], 1e-12);
        assert_true(i == pair->i && j == pair->j && rows == VIEW_ROWS);
        assert_string_equal(input, show->scene->model.title);
    }
    fclose(file);
}

static void the_slider_counts_as_srm_does(void **state)
{
    (void)state;
    struct show show;
    open_show(&show, WIDE, HIGH, false);
    frames(&show, 4);
    for (uint32_t e = 0; e < EPSILONS; e++) {
        slide_to(&show, epsilons[e]);
        assert_every_curve(&show, e);
        assert_one_curve(&show, e);
    }
    close_show(&show);
}

/* ---- the cross-hair ---- */

/* What the panel has asked for and got: an answer that were not asked for before is not known at once. */
static double read_value(struct show *show, struct view_values values, uint32_t index)
{
    frames(show, 4);
    struct live_answer answer = live_probe_ask(show->app.probe, &values, index);
    if (!answer.known)
        fail_msg("value %u was not asked for", index);
    return answer.raw;
}

static struct view_values mean_values(const struct srm_live_shown *shown)
{
    return (struct view_values){.buffer = shown->curves,
                                .offset = (uint64_t)SRM_LIVE_MEAN * shown->angles * 4,
                                .count = shown->angles,
                                .number = VIEW_F32};
}

/* The place of an angle in a view's plot, in its middle. */
static void point_at(struct show *show, enum live_view view, double x, double y)
{
    struct view_point at = view_frame_point(&show->app.tiles[view].plot.frame, x, y);
    pointer(show, VIEW_EVENT_MOVE, (double)at.x, (double)at.y);
}

static void the_cross_hair_reads_what_srm_writes(void **state)
{
    (void)state;
    struct show show;
    open_show(&show, WIDE, HIGH, false);
    frames(&show, 4);
    const struct srm_live_shown *shown = srm_live_shown(show.scene->model.resonance.counts);
    go_to(&show, "mean");
    struct view_axis y = show.app.tiles[LIVE_VIEW_MEAN].plot.frame.y;
    for (uint32_t k = 3; k < ANGLES; k += 59) {
        point_at(&show, LIVE_VIEW_MEAN, k + 0.3, 0.5 * (y.low + y.high));
        assert_in_double(read_value(&show, mean_values(shown), k), means[HALF][k], 1e-7);
    }
    go_to(&show, "plane");
    key(&show, "p");
    frames(&show, 2);
    y = show.app.tiles[LIVE_VIEW_PLANE].plot.frame.y;
    const uint32_t chosen = show.scene->model.resonance.plane;
    for (uint32_t k = 5; k < ANGLES; k += 71) {
        const struct view_values plane = {
            .buffer = shown->counts, .offset = 4u * ANGLES * chosen, .count = ANGLES, .number = VIEW_U32};
        point_at(&show, LIVE_VIEW_PLANE, k - 0.3, 0.5 * (y.low + y.high));
        assert_true(read_value(&show, plane, k) == counts[HALF][chosen][k]);
    }
    /* A pin stays at its angle, and arrow keys move it by one. */
    const struct live_plot *plot = &show.app.tiles[LIVE_VIEW_PLANE].plot;
    point_at(&show, LIVE_VIEW_PLANE, 100.2, 0.5 * (y.low + y.high));
    key(&show, "v");
    assert_true(plot->pinned && plot->pin_x == 100);
    key(&show, "right");
    assert_true(plot->pin_x == 101);
    key(&show, "escape");
    assert_false(plot->pinned);
    go_to(&show, "matrix");
    const struct view_values strength = {.buffer = shown->strength, .count = PLANES, .number = VIEW_F32};
    for (uint32_t i = 0, at = 0; i < VIEW_WIDTH; i++)
        for (uint32_t j = i + 1; j < VIEW_WIDTH; j++, at++) {
            if (at % 5)
                continue;
            point_at(&show, LIVE_VIEW_MATRIX, at % 2 ? i : j, at % 2 ? j : i);
            assert_in_double(read_value(&show, strength, at), strengths[HALF][at], 1e-6);
        }
    assert_true(show.app.most_probe_bytes > 0 && show.app.most_probe_bytes <= 4096);
    close_show(&show);
}

/* ---- the picture ---- */

static struct frame picture_of(struct show *show)
{
    struct gpu_image *image = view_canvas_image(show->app.stage.canvas);
    struct frame frame = {(int)gpu_image_width(image), (int)gpu_image_height(image), NULL};
    static uint8_t rgba[4 * WIDE * HIGH];
    assert_true(frame.width == WIDE && frame.height == HIGH);
    assert_ok(gpu_image_download(test_gpu(), image, rgba));
    frame.rgb = rgba;
    return frame;
}

static void assert_pixel(const struct frame *frame, struct view_point at, struct view_colour colour,
                         int tolerance, const char *what, uint32_t number)
{
    const uint8_t *pixel = frame->rgb + 4 * ((size_t)at.y * WIDE + (size_t)at.x);
    if (abs(pixel[0] - colour.r) > tolerance || abs(pixel[1] - colour.g) > tolerance ||
        abs(pixel[2] - colour.b) > tolerance)
        fail_msg("%s %u at %g, %g: %02x%02x%02x, expected %02x%02x%02x", what, number, (double)at.x,
                 (double)at.y, pixel[0], pixel[1], pixel[2], colour.r, colour.g, colour.b);
}

static bool is_like(const struct frame *frame, struct view_point at, struct view_colour colour)
{
    const uint8_t *pixel = frame->rgb + 4 * ((size_t)at.y * WIDE + (size_t)at.x);
    return abs(pixel[0] - colour.r) + abs(pixel[1] - colour.g) + abs(pixel[2] - colour.b) < 30;
}

static void curves_lie_where_their_values_are(void **state)
{
    (void)state;
    struct show show;
    open_show(&show, WIDE, HIGH, false);
    frames(&show, 4);
    go_to(&show, "mean");
    const struct view_frame *mean = &show.app.tiles[LIVE_VIEW_MEAN].plot.frame;
    struct frame frame = picture_of(&show);
    for (uint32_t k = 7; k < ANGLES; k += 15) {
        struct view_point at = view_frame_point(mean, k, means[HALF][k]), above = at;
        assert_pixel(&frame, at, view_theme_dark.series[2], 10, "the mean at angle", k);
        above.y -= 25;
        assert_false(is_like(&frame, above, view_theme_dark.series[2]));
    }
    go_to(&show, "plane");
    const struct view_frame *plane = &show.app.tiles[LIVE_VIEW_PLANE].plot.frame;
    frame = picture_of(&show);
    int seen = 0;
    for (uint32_t k = 7; k < ANGLES; k += 15) { /* counts are a staircase: its flats */
        const uint32_t *c = counts[HALF][show.scene->model.resonance.plane];
        if (c[k - 1] != c[k] || c[k + 1] != c[k])
            continue;
        assert_pixel(&frame, view_frame_point(plane, k, c[k]), view_theme_dark.series[0], 10,
                     "the plane's count at angle", k);
        seen++;
    }
    assert_true(seen > 0);
    close_show(&show);
}

static void cells_have_the_colours_of_their_values(void **state)
{
    (void)state;
    struct show show;
    double most = 0;
    open_show(&show, WIDE, HIGH, false);
    frames(&show, 4);
    go_to(&show, "matrix");
    for (uint32_t p = 0; p < PLANES; p++)
        most = fmax(most, fabs(strengths[HALF][p]));
    const struct live_tile *tile = &show.app.tiles[LIVE_VIEW_MATRIX];
    const double reach = fmin(1, ceil(most * 10) / 10);
    assert_in_double(tile->range.full.low, -reach, 1e-9);
    assert_in_double(tile->range.full.high, reach, 1e-9);
    struct frame frame = picture_of(&show);
    for (uint32_t i = 0, at = 0; i < VIEW_WIDTH; i++)
        for (uint32_t j = i + 1; j < VIEW_WIDTH; j++, at++) {
            float t = (float)((strengths[HALF][at] + reach) / (2 * reach));
            struct view_colour colour = view_map_colour(VIEW_MAP_DIVERGING_DARK, t);
            assert_pixel(&frame, view_frame_point(&tile->plot.frame, j, i), colour, 6, "the cell of plane",
                         at);
            assert_pixel(&frame, view_frame_point(&tile->plot.frame, i, j), colour, 6, "the cell of plane",
                         at);
        }
    struct view_rect bar = tile->range.bar;
    const float middle = bar.x + 0.5f * bar.width;
    for (int step = 1; step < 8; step++) { /* low at the bottom */
        float t = (float)step / 8;
        assert_pixel(&frame, (struct view_point){middle, bar.y + bar.height * (1 - t)},
                     view_map_colour(VIEW_MAP_DIVERGING_DARK, t), 8, "the bar at an eighth", (uint32_t)step);
    }
    go_to(&show, "density");
    assert_in_double(show.app.tiles[LIVE_VIEW_DENSITY].range.full.high, PLANES, 1e-9);
    close_show(&show);
}

/* ---- what comes back ---- */

static void no_plot_is_read_back(void **state)
{
    (void)state;
    static const char *const pages[] = {"resonance", "mean", "density", "rose", "matrix", "plane", "cloud"};
    struct show show;
    open_show(&show, WIDE, HIGH, false);
    frames(&show, 4);
    const struct gpu_traffic before = gpu_traffic(test_gpu());
    for (size_t page = 0; page < sizeof pages / sizeof *pages; page++) {
        go_to(&show, pages[page]);
        for (int i = 0; i < 8; i++) {
            pointer(&show, VIEW_EVENT_MOVE, 100 + 90 * i, 150 + 50 * i);
            key(&show, i % 2 ? "E" : "p");
            frames(&show, 1);
        }
    }
    const struct gpu_traffic after = gpu_traffic(test_gpu());
    assert_int_equal(after.buffer_bytes, before.buffer_bytes);
    assert_int_equal(after.image_bytes, before.image_bytes);
    assert_true(show.app.most_probe_bytes <= 4096);
    close_show(&show);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_slider_counts_as_srm_does),
        cmocka_unit_test(the_cross_hair_reads_what_srm_writes),
        cmocka_unit_test(curves_lie_where_their_values_are),
        cmocka_unit_test(cells_have_the_colours_of_their_values),
        cmocka_unit_test(no_plot_is_read_back),
    };
    if (!test_gpu_exists())
        return 77;
    view_inputs();
    return test_gpu_finish(cmocka_run_group_tests(tests, measure, NULL));
}
