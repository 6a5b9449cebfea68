/* Every shape and every plot, in both themes, into PNG files for people to look at (gallery-*.png in the
 * build folder). What is checked here: nothing fails, and the same description gives the same bytes, whether
 * drawn again by the same canvas or by a new one. What the pixels say is checked in test_plots.c. */
#include "support/test.h"

#include "support/device.h"

#include "common/count_bins.h"

#include "base/memory.h"
#include "base/platform.h"
#include "samples.h"
#include "view/plots.h"
#include "view/png.h"

static const char *const landmarks[] = {"+bᵢ", "+bⱼ", "−bᵢ", "−bⱼ"};

struct data {
    float mean[SAMPLE_ANGLES], low[SAMPLE_ANGLES], high[SAMPLE_ANGLES], one[12][SAMPLE_ANGLES];
    struct gpu_buffer *density, *scores, *grid, *points;
};

static struct gpu_buffer *upload(struct gpu *gpu, const char *name, const void *data, size_t bytes)
{
    struct gpu_buffer *buffer;
    assert_ok(gpu_buffer_create(gpu, name, bytes, GPU_DEVICE, &buffer));
    assert_ok(gpu_upload(gpu, buffer, 0, data, bytes));
    return buffer;
}

static void make_data(struct gpu *gpu, struct data *data)
{
    float deviation[SAMPLE_ANGLES];
    sample_mean(1500, data->mean, deviation);
    for (int k = 0; k < SAMPLE_ANGLES; k++) {
        data->low[k] = fmaxf(0, data->mean[k] - deviation[k]);
        data->high[k] = data->mean[k] + deviation[k];
        for (uint32_t plane = 0; plane < 12; plane++)
            data->one[plane][k] = sample_curve(plane, (uint32_t)k);
    }
    static uint32_t density[SAMPLE_ANGLES * COUNT_BINS];
    sample_density(1500, density);
    data->density = upload(gpu, "density", density, sizeof density);
    static float scores[SAMPLE_BASIS * (SAMPLE_BASIS - 1) / 2];
    sample_scores(scores);
    data->scores = upload(gpu, "scores", scores, sizeof scores);
    static float grid[SAMPLE_GRID * SAMPLE_GRID];
    sample_grid(grid);
    data->grid = upload(gpu, "grid", grid, sizeof grid);
    float points[2 * 300];
    for (int i = 0; i < 300; i++) {
        points[2 * i] = 1.6f * sinf(0.37f * (float)i) * cosf(2.1f * (float)i);
        points[2 * i + 1] = 1.6f * cosf(0.73f * (float)i);
    }
    data->points = upload(gpu, "points", points, sizeof points);
}

static void release_data(struct gpu *gpu, struct data *data)
{
    gpu_buffer_destroy(gpu, &data->density);
    gpu_buffer_destroy(gpu, &data->scores);
    gpu_buffer_destroy(gpu, &data->grid);
    gpu_buffer_destroy(gpu, &data->points);
}

static void draw_landmarks(struct view_canvas *canvas, const struct view_frame *frame, bool labels)
{
    for (int i = 0; i < 4; i++)
        view_landmark(canvas, frame, 90.0 * i, labels ? landmarks[i] : NULL);
}

static struct view_axis degrees(void)
{
    return (struct view_axis){.low = 0, .high = 360, .format = VIEW_DEGREES, .step = 45};
}

static void draw_mean(struct view_canvas *canvas, struct view_rect rect, const struct data *data)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_colour mean = theme->series[0], control = theme->series[1];
    struct view_frame_parameters parameters = {
        .rect = rect,
        .x = degrees(),
        .y = {.low = 0, .high = 0.035, .format = VIEW_PERCENT, .label = "rows in the spotlight"},
        .letter = "a",
        .title = "Spotlight resonance",
        .subtitle = "mean over 1 500 planes, ε = 0.21, N = 8 192",
        .landmarks = true,
    };
    parameters.x.label = "angle in the plane";
    struct view_frame frame = view_frame_draw(canvas, &parameters);
    struct view_values values = view_host_values(canvas, data->mean, SAMPLE_ANGLES);
    struct view_values low = view_host_values(canvas, data->low, SAMPLE_ANGLES);
    struct view_values high = view_host_values(canvas, data->high, SAMPLE_ANGLES);
    float null_low[2] = {0.0018f, 0.0018f}, null_high[2] = {0.0031f, 0.0031f};
    struct view_values band[2] = {view_host_values(canvas, null_low, 2),
                                  view_host_values(canvas, null_high, 2)};
    view_band(canvas, &frame, &band[0], &band[1],
              &(struct view_curve_style){.colour = view_alpha(control, 0.25f)});
    view_band(canvas, &frame, &low, &high,
              &(struct view_curve_style){.colour = view_alpha(mean, 0.22f), .closed = true});
    draw_landmarks(canvas, &frame, true);
    view_level(canvas, &frame, 0.0024, NULL,
               &(struct view_line_style){.colour = control, .dash = 5, .gap = 3});
    view_curve(canvas, &frame, &values,
               &(struct view_curve_style){.colour = mean, .width = 2, .closed = true});
    view_frame_outline(canvas, &frame);
    const struct view_legend_entry entries[] = {
        {"mean", mean, VIEW_LEGEND_LINE},
        {"mean ± sd", view_alpha(mean, 0.35f), VIEW_LEGEND_BAND},
        {"isotropic", control, VIEW_LEGEND_DASHED},
        {"95 % band", view_alpha(control, 0.35f), VIEW_LEGEND_BAND},
    };
    view_legend(canvas, rect.x + rect.width, rect.y + view_legend_drop(canvas), entries, 4, false, VIEW_END);
}

static void draw_density(struct view_canvas *canvas, struct view_rect rect, const struct data *data,
                         enum view_scale scale, const char *letter)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_rect bar = view_cut_right(&rect, 56, 12);
    struct view_frame frame = view_frame_draw(
        canvas,
        &(struct view_frame_parameters){
            .rect = rect,
            .x = degrees(),
            .y = {.low = scale == VIEW_LOG10 ? 1e-3 : 0, .high = 0.1, .scale = scale, .format = VIEW_PERCENT},
            .letter = letter,
            .title = "Every plane's curve",
            .subtitle = "curves in each hundredth of the axis",
            .no_grid = true,
        });
    const struct view_colour_scale colours = {
        .map = theme->sequential,
        .axis = {.low = 1, .high = 500, .scale = VIEW_LOG10, .format = VIEW_COUNT, .label = "planes"},
        .hide_below = true,
    };
    view_density(canvas, &frame,
                 &(struct view_density_parameters){.counts = data->density,
                                                   .angles = SAMPLE_ANGLES,
                                                   .value_scale = 1.0f / SAMPLE_ROWS,
                                                   .colours = colours});
    draw_landmarks(canvas, &frame, false);
    view_frame_outline(canvas, &frame);
    view_colour_bar(canvas, (struct view_rect){bar.x, frame.plot.y, bar.width, frame.plot.height}, &colours);
}

static void draw_matrix(struct view_canvas *canvas, struct view_rect rect, const struct data *data)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_rect bar = view_cut_right(&rect, 60, 12);
    struct view_frame frame = view_frame_draw(
        canvas, &(struct view_frame_parameters){
                    .rect = rect,
                    .x = {.low = 0, .high = SAMPLE_BASIS, .format = VIEW_COUNT, .label = "basis vector j"},
                    .y = {.low = SAMPLE_BASIS, .high = 0, .format = VIEW_COUNT, .label = "basis vector i"},
                    .letter = "c",
                    .title = "Alignment of every plane",
                    .square = true,
                    .no_grid = true,
                    .boxed = true,
                });
    const struct view_colour_scale colours = {
        .map = theme->diverging,
        .axis = {.low = -0.6, .high = 0.6, .label = "C₄"},
        .show_outside = true,
        .missing = "none",
    };
    view_heat(canvas, &frame,
              &(struct view_heat_parameters){
                  .values = {.buffer = data->scores,
                             .count = SAMPLE_BASIS * (SAMPLE_BASIS - 1) / 2,
                             .number = VIEW_F32},
                  .rows = SAMPLE_BASIS,
                  .columns = SAMPLE_BASIS,
                  .cells = VIEW_CELLS_UPPER,
                  .colours = colours,
              });
    view_frame_outline(canvas, &frame);
    view_colour_bar(
        canvas,
        (struct view_rect){frame.plot.x + frame.plot.width + 12, frame.plot.y, bar.width, frame.plot.height},
        &colours);
}

static void draw_rose(struct view_canvas *canvas, struct view_rect rect, const struct data *data)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_spoke spokes[] = {
        {0, landmarks[0]}, {90, landmarks[1]}, {180, landmarks[2]}, {270, landmarks[3]}};
    struct view_rose rose = view_rose_draw(
        canvas, &(struct view_rose_parameters){
                    .rect = rect,
                    .axis = {.low = 0, .high = 0.04, .scale = VIEW_SQRT, .format = VIEW_PERCENT},
                    .letter = "d",
                    .title = "Polar view",
                    .spokes = spokes,
                    .n_spokes = 4,
                });
    struct view_values one = view_host_values(canvas, data->one[3], SAMPLE_ANGLES);
    struct view_values mean = view_host_values(canvas, data->mean, SAMPLE_ANGLES);
    view_rose_curve(canvas, &rose, &one,
                    &(struct view_curve_style){.colour = theme->series[1], .width = 1.25f}, 0);
    view_rose_curve(canvas, &rose, &mean, &(struct view_curve_style){.colour = theme->series[0], .width = 2},
                    0.25f);
}

static void draw_cloud(struct view_canvas *canvas, struct view_rect rect, const struct data *data)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_rect bar = view_cut_right(&rect, 56, 12);
    struct view_frame frame = view_frame_draw(canvas, &(struct view_frame_parameters){
                                                          .rect = rect,
                                                          .x = {.low = -2, .high = 2, .label = "along bᵢ"},
                                                          .y = {.low = -2, .high = 2, .label = "along bⱼ"},
                                                          .letter = "e",
                                                          .title = "Projected rows",
                                                          .square = true,
                                                          .no_grid = true,
                                                          .boxed = true,
                                                      });
    const struct view_colour_scale colours = {
        .map = theme->diverging,
        .axis = {.low = 0.125, .high = 8, .scale = VIEW_LOG2, .label = "density ÷ isotropic"},
    };
    view_heat(canvas, &frame,
              &(struct view_heat_parameters){
                  .values = {.buffer = data->grid, .count = SAMPLE_GRID * SAMPLE_GRID, .number = VIEW_F32},
                  .rows = SAMPLE_GRID,
                  .columns = SAMPLE_GRID,
                  .smooth = true,
                  .colours = colours,
              });
    view_scatter(canvas, &frame,
                 &(struct view_values){.buffer = data->points, .count = 600, .number = VIEW_F32}, 3,
                 view_alpha(theme->text, 0.5f));
    view_frame_outline(canvas, &frame);
    view_colour_bar(
        canvas,
        (struct view_rect){frame.plot.x + frame.plot.width + 12, frame.plot.y, bar.width, frame.plot.height},
        &colours);
}

static void draw_multiples(struct view_canvas *canvas, struct view_rect rect, const struct data *data)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    view_cut_top(&rect, view_heading(canvas, rect, "f", "Strongest planes", NULL), 10);
    const struct view_frame_parameters common = {
        .rect = rect,
        .x = {.low = 0, .high = 360, .format = VIEW_DEGREES, .step = 180},
        .y = {.low = 0, .high = 0.06, .format = VIEW_PERCENT},
    };
    for (uint32_t i = 0; i < 12; i++) {
        char title[32];
        snprintf(title, sizeof title, "%u · %u", 17 * i % 101, 29 * i % 103 + 101);
        struct view_frame_parameters parameters = view_multiple(canvas, &common, 2, 6, 20, 10, i);
        parameters.title = title;
        struct view_frame frame = view_frame_draw(canvas, &parameters);
        struct view_values values = view_host_values(canvas, data->one[i], SAMPLE_ANGLES);
        view_curve(canvas, &frame, &values,
                   &(struct view_curve_style){.colour = theme->series[i % VIEW_SERIES], .closed = true});
        view_frame_outline(canvas, &frame);
    }
}

static void draw_shapes(struct view_canvas *canvas, struct view_rect rect)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    float y = rect.y + view_heading(canvas, rect, "g", "Shapes and type", NULL) + 22, x = rect.x;
    for (int i = 0; i < 6; i++)
        view_mark(canvas, (struct view_point){x + 10 + 26 * (float)i, y}, (enum view_marker)i, 12,
                  theme->series[i]);
    struct view_point wave[60];
    for (int i = 0; i < 60; i++)
        wave[i] = (struct view_point){x + 3 * (float)i, y + 34 + 12 * sinf(0.3f * (float)i)};
    view_polyline(canvas, wave, 60,
                  &(struct view_line_style){.colour = view_alpha(theme->series[0], 0.5f), .width = 8});
    view_polyline(canvas, wave, 60,
                  &(struct view_line_style){.colour = theme->text, .width = 1.5f, .dash = 6, .gap = 4});
    for (int map = 0; map < VIEW_MAPS; map++)
        view_gradient(canvas, (struct view_rect){x, y + 62 + 12 * (float)map, 180, 10}, (enum view_map)map,
                      false);
    view_rounded_box(canvas, (struct view_rect){x, y + 146, 80, 26}, 6, 0, theme->grid);
    view_rounded_box(canvas, (struct view_rect){x + 100, y + 146, 80, 26}, 6, 1.5f, theme->axis);
    const float sizes[] = {9, 10, 11, 13, 15, 17, 20};
    float at = y - 10;
    for (int i = 0; i < 7; i++) {
        at += 1.45f * sizes[i];
        view_text(canvas, x + 210, at, "θ = 45°, ε ≥ 0.5, x² ± σ, ‖b₁…b₉‖ → ∞",
                  &(struct view_text_style){.size = sizes[i], .weight = i % 2 ? VIEW_BOLD : VIEW_REGULAR});
    }
}

static void draw_page(struct view_canvas *canvas, const struct data *data)
{
    view_canvas_begin(canvas);
    struct view_rect page = view_inset(view_canvas_bounds(canvas), 36, 34, 36, 30);
    struct view_rect head = view_cut_top(&page, 40, 18);
    const struct view_theme *theme = view_canvas_theme(canvas);
    view_text(canvas, head.x, head.y, "Gallery of plots",
              &(struct view_text_style){.size = theme->size_title, .weight = VIEW_BOLD, .anchor = VIEW_TOP});
    view_text(canvas, head.x, head.y + 26, "synthetic data · every shape and every plot of the canvas",
              &(struct view_text_style){
                  .size = theme->size_label, .colour = theme->text_muted, .anchor = VIEW_TOP});
    struct view_rect top = view_cut_top(&page, 300, 28), middle = view_cut_top(&page, 330, 28);
    struct view_rect third = view_cut_top(&page, 250, 28);
    draw_mean(canvas, view_cell(top, 1, 2, 40, 0, 0, 0), data);
    draw_density(canvas, view_cell(top, 1, 2, 40, 0, 0, 1), data, VIEW_SQRT, "b");
    draw_matrix(canvas, view_cell(middle, 1, 3, 40, 0, 0, 0), data);
    draw_rose(canvas, view_cell(middle, 1, 3, 40, 0, 0, 1), data);
    draw_cloud(canvas, view_cell(middle, 1, 3, 40, 0, 0, 2), data);
    draw_multiples(canvas, view_cell(third, 1, 2, 40, 0, 0, 0), data);
    draw_shapes(canvas, view_cell(third, 1, 2, 40, 0, 0, 1));
    draw_density(canvas, view_cell(page, 1, 2, 40, 0, 0, 0), data, VIEW_LINEAR, "h");
    draw_density(canvas, view_cell(page, 1, 2, 40, 0, 0, 1), data, VIEW_LOG10, "i");
    assert_ok(view_canvas_finish(canvas));
}

static uint8_t *pixels_of(struct view_canvas *canvas, size_t *bytes)
{
    struct gpu_image *image = view_canvas_image(canvas);
    *bytes = (size_t)gpu_image_width(image) * gpu_image_height(image) * 4;
    uint8_t *pixels = NULL;
    assert_ok(base_allocate(&pixels, *bytes, 1, "pixels"));
    assert_ok(gpu_image_download(view_canvas_gpu(canvas), image, pixels));
    return pixels;
}

static void draw_theme(const struct view_theme *theme, const char *path)
{
    struct gpu *gpu = test_gpu();
    struct data data;
    make_data(gpu, &data);
    const struct view_canvas_parameters parameters = {1240, 1260, 2, theme};
    struct view_canvas *canvas, *other;
    size_t bytes;
    assert_ok(view_canvas_create(gpu, &parameters, &canvas));
    draw_page(canvas, &data);
    const struct view_png_text text = {"Title", "Gallery of plots"};
    assert_ok(view_canvas_write_png(canvas, path, &text, 1));
    uint8_t *first = pixels_of(canvas, &bytes);
    draw_page(canvas, &data);
    uint8_t *second = pixels_of(canvas, &bytes);
    assert_memory_equal(first, second, bytes);
    base_free(second);
    assert_ok(view_canvas_create(gpu, &parameters, &other));
    draw_page(other, &data);
    second = pixels_of(other, &bytes);
    assert_memory_equal(first, second, bytes);
    base_free(second);
    base_free(first);
    view_canvas_destroy(&other);
    view_canvas_destroy(&canvas);
    release_data(gpu, &data);
}

static void dark(void **state)
{
    (void)state;
    draw_theme(&view_theme_dark, ARCLIGHT_BINARY_FOLDER "/gallery-dark.png");
}

static void light(void **state)
{
    (void)state;
    draw_theme(&view_theme_light, ARCLIGHT_BINARY_FOLDER "/gallery-light.png");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dark),
        cmocka_unit_test(light),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
