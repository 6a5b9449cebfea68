#include "view/selftest.h"

#include "base/memory.h"
#include "common/count_bins.h"
#include "view/histogram.h"
#include "view/kernels.h"
#include "view/plots.h"

#include <math.h>
#include <stdlib.h>

/* Pictures are SIZE x SIZE pixels with a plot area of PLOT x PLOT at (EDGE, EDGE); both axes run from 0 to 1.
 */
enum { SIZE = 64, EDGE = 8, PLOT = SIZE - 2 * EDGE };

static const struct view_colour ink = {200, 30, 20, 255};

struct probe {
    uint32_t x, y;
    struct view_colour colour;
};

static enum base_status open_picture(struct gpu *gpu, struct view_canvas **canvas, struct view_frame *frame)
{
    const struct view_canvas_parameters parameters = {SIZE, SIZE, 1, &view_theme_light};
    BASE_TRY(view_canvas_create(gpu, &parameters, canvas));
    view_canvas_begin(*canvas);
    *frame = view_frame_draw(*canvas, &(struct view_frame_parameters){
                                          .rect = {0, 0, SIZE, SIZE},
                                          .x = {.low = 0, .high = 1, .no_numbers = true},
                                          .y = {.low = 0, .high = 1, .no_numbers = true},
                                          .margins = {EDGE, EDGE, EDGE, EDGE},
                                          .no_grid = true,
                                      });
    return BASE_OK;
}

static enum base_status look(const uint8_t *rgba, const char *draw, const struct probe *probe)
{
    const uint8_t *pixel = rgba + 4 * (probe->y * SIZE + probe->x);
    const struct view_colour wanted = probe->colour;
    if (abs(pixel[0] - wanted.r) <= 2 && abs(pixel[1] - wanted.g) <= 2 && abs(pixel[2] - wanted.b) <= 2)
        return BASE_OK;
    return base_fail(BASE_ERROR_NUMERIC, "%s: pixel (%u, %u) is %02x%02x%02x, expected %02x%02x%02x", draw,
                     probe->x, probe->y, pixel[0], pixel[1], pixel[2], wanted.r, wanted.g, wanted.b);
}

/* Draws what was described, looks at `n` pixels and closes the canvas in every case. */
static enum base_status close_picture(struct view_canvas **canvas, const char *draw,
                                      const struct probe *probes, uint32_t n)
{
    uint8_t rgba[SIZE * SIZE * 4];
    enum base_status status = view_canvas_finish(*canvas);
    if (status == BASE_OK)
        status = gpu_image_download(view_canvas_gpu(*canvas), view_canvas_image(*canvas), rgba);
    for (uint32_t i = 0; i < n && status == BASE_OK; i++)
        status = look(rgba, draw, &probes[i]);
    view_canvas_destroy(canvas);
    return status;
}

static enum base_status test_shapes(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    struct view_canvas *canvas;
    struct view_frame frame;
    const struct view_colour page = view_theme_light.panel;
    BASE_TRY(open_picture(gpu, &canvas, &frame));
    view_box(canvas, (struct view_rect){10, 10, 6, 6}, ink);
    view_box(canvas, (struct view_rect){20, 10, 6, 6}, view_alpha(ink, 0.5f));
    view_disc(canvas, (struct view_point){34, 13}, 4, 0, ink);
    view_line(canvas, (struct view_point){10, 20}, (struct view_point){40, 50},
              &(struct view_line_style){.colour = ink, .width = 4});
    view_text(
        canvas, 44, 44, "I",
        &(struct view_text_style){.colour = ink, .size = 32, .weight = VIEW_BOLD, .align = VIEW_CENTRE});
    const struct probe probes[] = {
        {12, 12, ink},  {16, 12, page}, {22, 12, view_mix(page, ink, 0.5f)},
        {34, 13, ink},  {38, 16, page}, {25, 35, ink},
        {30, 34, page}, {43, 36, ink},  {36, 36, page},
        {43, 46, page},
    };
    return close_picture(&canvas, "shapes", probes, sizeof probes / sizeof *probes);
}

static enum base_status test_curve(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    struct view_canvas *canvas;
    struct view_frame frame;
    BASE_TRY(open_picture(gpu, &canvas, &frame));
    const float heights[] = {0, 1, 0};
    struct view_values values = view_host_values(canvas, heights, 3);
    view_curve(canvas, &frame, &values, &(struct view_curve_style){.colour = ink, .width = 5});
    const struct view_colour ground = view_theme_light.panel;
    const struct probe probes[] = {
        {20, 31, ink}, {43, 31, ink}, {31, 31, ground}, {10, 20, ground}, {53, 20, ground},
    };
    return close_picture(&canvas, "curve", probes, sizeof probes / sizeof *probes);
}

static enum base_status test_band(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    struct view_canvas *canvas;
    struct view_frame frame;
    BASE_TRY(open_picture(gpu, &canvas, &frame));
    const float low[] = {0, 0.5f}, high[] = {0.5f, 1};
    struct view_values lower = view_host_values(canvas, low, 2), upper = view_host_values(canvas, high, 2);
    view_band(canvas, &frame, &lower, &upper, &(struct view_curve_style){.colour = ink});
    const struct view_colour ground = view_theme_light.panel;
    const struct probe probes[] = {
        {31, 31, ink}, {12, 45, ink}, {51, 18, ink}, {12, 20, ground}, {51, 45, ground}};
    return close_picture(&canvas, "band", probes, sizeof probes / sizeof *probes);
}

static enum base_status test_density(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum { ANGLES = 4 };
    struct view_canvas *canvas;
    struct view_frame frame;
    struct gpu_buffer *buffer = NULL;
    uint32_t counts[ANGLES * COUNT_BINS] = {0};
    for (uint32_t k = 0; k < ANGLES; k++)
        counts[k * COUNT_BINS + count_bin(2)] = 16;
    BASE_TRY(open_picture(gpu, &canvas, &frame));
    frame.y.high = 4; /* a count is a quarter of the axis: a cell of its 16 curves */
    const struct view_colour_scale colours = {
        .map = VIEW_MAP_VIRIDIS, .axis = {.low = 1, .high = 31}, .hide_below = true};
    enum base_status status = gpu_buffer_create(gpu, "self-test", sizeof counts, GPU_DEVICE, &buffer);
    if (status == BASE_OK)
        status = gpu_upload(gpu, buffer, 0, counts, sizeof counts);
    if (status == BASE_OK) {
        view_density(canvas, &frame,
                     &(struct view_density_parameters){
                         .counts = buffer, .angles = ANGLES, .value_scale = 1, .colours = colours});
        const struct view_colour there = view_map_colour(VIEW_MAP_VIRIDIS, 0.5f),
                                 ground = view_theme_light.panel;
        const struct probe probes[] = {{12, 31, there}, {50, 29, there}, {31, 14, ground}, {31, 48, ground}};
        status = close_picture(&canvas, "density", probes, sizeof probes / sizeof *probes);
    }
    view_canvas_destroy(&canvas);
    gpu_buffer_destroy(gpu, &buffer);
    return status;
}

static enum base_status test_heat(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    struct view_canvas *canvas;
    struct view_frame frame;
    BASE_TRY(open_picture(gpu, &canvas, &frame));
    const float pairs[] = {0, 0.5f, 1}; /* (0,1) (0,2) (1,2) */
    const struct view_heat_parameters parameters = {
        .values = view_host_values(canvas, pairs, 3),
        .rows = 3,
        .columns = 3,
        .cells = VIEW_CELLS_UPPER,
        .colours = {.map = VIEW_MAP_VIRIDIS, .axis = {.low = 0, .high = 1}},
    };
    frame.y = (struct view_axis){.low = 1, .high = 0};
    view_heat(canvas, &frame, &parameters);
    const struct view_colour low = view_map_colour(VIEW_MAP_VIRIDIS, 0),
                             middle = view_map_colour(VIEW_MAP_VIRIDIS, 0.5f),
                             high = view_map_colour(VIEW_MAP_VIRIDIS, 1),
                             none = view_theme_light.missing; /* on a stripe */
    const struct probe probes[] = {{15, 16, none},   {32, 16, low},  {48, 16, middle},
                                   {16, 32, low},    {33, 33, none}, {48, 32, high},
                                   {16, 48, middle}, {32, 48, high}, {48, 48, none}};
    return close_picture(&canvas, "heat", probes, sizeof probes / sizeof *probes);
}

static enum base_status test_scatter(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    struct view_canvas *canvas;
    struct view_frame frame;
    BASE_TRY(open_picture(gpu, &canvas, &frame));
    const float points[] = {0.25f, 0.25f, 0.75f, 0.5f};
    struct view_values values = view_host_values(canvas, points, 4);
    view_scatter(canvas, &frame, &values, 8, ink);
    const struct view_colour ground = view_theme_light.panel;
    const struct probe probes[] = {{20, 44, ink}, {44, 32, ink}, {20, 32, ground}, {44, 44, ground}};
    return close_picture(&canvas, "scatter", probes, sizeof probes / sizeof *probes);
}

static enum base_status test_bars(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    struct view_canvas *canvas;
    struct view_frame frame;
    BASE_TRY(open_picture(gpu, &canvas, &frame));
    const float heights[] = {0.25f, 1, 0, NAN};
    struct view_values values = view_host_values(canvas, heights, 4);
    view_bars(canvas, &frame, &values, 0, 0.25, ink);
    const struct view_colour ground = view_theme_light.panel;
    const struct probe probes[] = {{14, 50, ink}, {14, 30, ground}, {26, 50, ink},
                                   {26, 12, ink}, {38, 50, ground}, {50, 50, ground}};
    return close_picture(&canvas, "bars", probes, sizeof probes / sizeof *probes);
}

static enum base_status test_rose(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    struct view_canvas *canvas;
    struct view_frame frame;
    BASE_TRY(open_picture(gpu, &canvas, &frame));
    const struct view_rose rose = {{32, 32}, 24, {.low = 0, .high = 1}};
    const float radii[] = {0.5f, 1, 0.5f, 0.5f};
    struct view_values values = view_host_values(canvas, radii, 4);
    view_rose_curve(canvas, &rose, &values, &(struct view_curve_style){.colour = ink, .width = 2}, 1);
    const struct view_colour ground = view_theme_light.panel;
    const struct probe probes[] = {{35, 31, ink},    {31, 14, ink},    {31, 38, ink},
                                   {31, 50, ground}, {48, 31, ground}, {43, 20, ground}};
    return close_picture(&canvas, "rose", probes, sizeof probes / sizeof *probes);
}

static enum base_status test_histogram(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum { NUMBERS = 5001 };
    float numbers[NUMBERS];
    uint32_t counts[VIEW_BINS], wanted[VIEW_BINS] = {0};
    struct gpu_buffer *buffer = NULL, *bins = NULL;
    for (uint32_t k = 0; k < NUMBERS; k++) {
        uint32_t bin = k * k % VIEW_BINS;
        numbers[k] = ((float)bin + 0.5f) / (float)VIEW_BINS;
        wanted[bin]++;
    }
    enum base_status status = gpu_buffer_create(gpu, "self-test", sizeof numbers, GPU_DEVICE, &buffer);
    if (status == BASE_OK)
        status = gpu_buffer_create(gpu, "self-test", sizeof counts, GPU_DEVICE, &bins);
    if (status == BASE_OK)
        status = gpu_upload(gpu, buffer, 0, numbers, sizeof numbers);
    const struct view_values values = {.buffer = buffer, .count = NUMBERS, .number = VIEW_F32};
    const struct view_axis axis = {.low = 0, .high = 1};
    if (status == BASE_OK)
        status = view_histogram(gpu, &values, &axis, NUMBERS, bins, 0);
    if (status == BASE_OK)
        status = gpu_download(gpu, bins, 0, counts, sizeof counts);
    for (uint32_t bin = 0; bin < VIEW_BINS && status == BASE_OK; bin++)
        if (counts[bin] != wanted[bin])
            status = base_fail(BASE_ERROR_NUMERIC, "histogram: bin %u has %u numbers, expected %u", bin,
                               counts[bin], wanted[bin]);
    gpu_buffer_destroy(gpu, &buffer);
    gpu_buffer_destroy(gpu, &bins);
    return status;
}

/* Of 0 to 5,000 in another order, 500 lie below 500 and as many above 4,500. */
static enum base_status test_quantiles(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum { NUMBERS = 5001, STRIDE = 1237 };
    float numbers[NUMBERS], found[2];
    struct gpu_buffer *buffer = NULL, *ends = NULL;
    for (uint32_t k = 0; k < NUMBERS; k++)
        numbers[k] = (float)(k * STRIDE % NUMBERS);
    enum base_status status = gpu_buffer_create(gpu, "self-test", sizeof numbers, GPU_DEVICE, &buffer);
    if (status == BASE_OK)
        status = gpu_buffer_create(gpu, "self-test", sizeof found, GPU_DEVICE, &ends);
    if (status == BASE_OK)
        status = gpu_upload(gpu, buffer, 0, numbers, sizeof numbers);
    const struct view_values values = {.buffer = buffer, .count = NUMBERS, .number = VIEW_F32};
    if (status == BASE_OK)
        status = view_quantiles(gpu, &values, 100, NUMBERS, ends, 0);
    if (status == BASE_OK)
        status = gpu_download(gpu, ends, 0, found, sizeof found);
    if (status == BASE_OK && (found[0] != 500 || found[1] != 4500))
        status = base_fail(BASE_ERROR_NUMERIC, "quantiles: %g and %g, expected 500 and 4500",
                           (double)found[0], (double)found[1]);
    gpu_buffer_destroy(gpu, &buffer);
    gpu_buffer_destroy(gpu, &ends);
    return status;
}

const struct gpu_selftest view_selftests[] = {
    {"view_shapes", &view_shapes_kernel, test_shapes},
    {"view_curve", &view_curve_kernel, test_curve},
    {"view_band", &view_band_kernel, test_band},
    {"view_density", &view_density_kernel, test_density},
    {"view_heat", &view_heat_kernel, test_heat},
    {"view_scatter", &view_scatter_kernel, test_scatter},
    {"view_bars", &view_bars_kernel, test_bars},
    {"view_rose", &view_rose_kernel, test_rose},
    {"view_histogram", &view_histogram_kernel, test_histogram},
    {"view_quantiles", &view_quantiles_kernel, test_quantiles},
    {NULL, NULL, NULL},
};
