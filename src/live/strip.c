#include "live/strip.h"

#include "base/memory.h"
#include "view/histogram.h"
#include "view/plots.h"

#include <math.h>

enum { STRIP_BYTES = 4 * VIEW_BINS, END_BYTES = 8, THICKNESS = 4, GAP = 3 };

/* Counts, and of what they were made: made again only when that is something else. */
struct strip {
    struct gpu_buffer *counts; /* uint [VIEW_BINS] */
    struct view_values values;
    uint64_t version; /* of the values' buffer; 0: counted of nothing that could be known again */
    double low, high;
    enum view_scale scale;
};

struct live_strips {
    struct gpu *gpu;
    struct strip strips[LIVE_STRIPS];
    struct gpu_buffer *ends; /* f32 [LIVE_STRIP_VIEWS, 2] */
    uint32_t used;
    enum base_status status;
};

enum base_status live_strips_create(struct gpu *gpu, struct live_strips **out)
{
    struct live_strips *strips = NULL;
    *out = NULL;
    enum base_status status = base_allocate(&strips, 1, sizeof *strips, "histograms of colour bars");
    if (status != BASE_OK)
        return status;
    strips->gpu = gpu;
    for (int i = 0; i < LIVE_STRIPS; i++)
        BASE_CHECK(gpu_buffer_create(gpu, "histogram of a colour bar", STRIP_BYTES, GPU_DEVICE,
                                     &strips->strips[i].counts));
    BASE_CHECK(gpu_buffer_create(gpu, "percentiles of colour bars", LIVE_STRIP_VIEWS * END_BYTES, GPU_DEVICE,
                                 &strips->ends));
    *out = strips;
    return BASE_OK;
error:
    live_strips_destroy(&strips);
    return status;
}

void live_strips_destroy(struct live_strips **strips)
{
    if (!*strips)
        return;
    for (int i = 0; i < LIVE_STRIPS; i++)
        gpu_buffer_destroy((*strips)->gpu, &(*strips)->strips[i].counts);
    gpu_buffer_destroy((*strips)->gpu, &(*strips)->ends);
    base_free(*strips);
    *strips = NULL;
}

void live_strips_frame(struct live_strips *strips)
{
    strips->used = 0;
}

void live_strips_forget(struct live_strips *strips)
{
    for (int i = 0; i < LIVE_STRIPS; i++)
        strips->strips[i].version = 0;
}

/* Beside an upright bar, above a lying one. */
static struct view_rect strip_rect(const struct live_range *range)
{
    const struct view_rect bar = range->bar;
    if (range->vertical)
        return (struct view_rect){bar.x - GAP - THICKNESS, bar.y, THICKNESS, bar.height};
    return (struct view_rect){bar.x, bar.y - GAP - THICKNESS, bar.width, THICKNESS};
}

static bool is_of(const struct strip *strip, const struct view_values *values, const struct view_axis *span)
{
    const struct view_values *was = &strip->values;
    return strip->version != 0 && strip->version == gpu_buffer_version(values->buffer) &&
           was->buffer == values->buffer && was->offset == values->offset && was->count == values->count &&
           was->stride == values->stride && was->square == values->square && was->number == values->number &&
           was->scale == values->scale && was->bias == values->bias && strip->low == span->low &&
           strip->high == span->high && strip->scale == span->scale;
}

static enum base_status count(struct live_strips *strips, struct strip *strip,
                              const struct view_values *values, const struct view_axis *span)
{
    if (is_of(strip, values, span))
        return BASE_OK;
    strip->version = 0;
    BASE_TRY(view_histogram(strips->gpu, values, span, LIVE_STRIP_NUMBERS, strip->counts, 0));
    strip->values = *values;
    strip->version = gpu_buffer_version(values->buffer);
    strip->low = span->low;
    strip->high = span->high;
    strip->scale = span->scale;
    return BASE_OK;
}

void live_strip_draw(struct live_strips *strips, struct view_canvas *canvas, const struct live_range *range,
                     const struct view_values *values)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    if (strips->used == LIVE_STRIPS || strips->status != BASE_OK || !values->buffer || values->count < 2 ||
        values->number == VIEW_U64 || !(range->bar.width > 0) || !(range->bar.height > 0))
        return;
    struct strip *strip = &strips->strips[strips->used];
    strips->status = count(strips, strip, values, &range->span);
    if (strips->status != BASE_OK)
        return;
    strips->used++;
    /* Grey from the page's side: none is nothing, an eighth of all in one bin is as strong as it gets. */
    double most = fmax(2, fmin(values->count, LIVE_STRIP_NUMBERS) / 8);
    struct view_axis counts = {0.25, most, .scale = VIEW_SQRT};
    if (!theme->dark)
        counts = (struct view_axis){most, 0.25, .scale = VIEW_SQRT};
    struct view_frame frame = {
        .plot = strip_rect(range), .x = {0, 1, .no_numbers = true}, .y = {0, 1, .no_numbers = true}};
    view_box(canvas, frame.plot, theme->panel);
    view_heat(canvas, &frame,
              &(struct view_heat_parameters){
                  .values = {.buffer = strip->counts, .count = VIEW_BINS},
                  .rows = range->vertical ? VIEW_BINS : 1,
                  .columns = range->vertical ? 1 : VIEW_BINS,
                  .colours = {.map = VIEW_MAP_GREY, .axis = counts, .hide_below = theme->dark},
              });
}

/* The numbers by rank that `per_mille` lie outside of at either end. */
static bool ends_of(struct live_strips *strips, struct live_probe *probe, uint32_t view,
                    const struct view_values *values, uint32_t per_mille, double *low, double *high)
{
    if (!values->buffer || values->count == 0 || values->number == VIEW_U64 || view >= LIVE_STRIP_VIEWS ||
        strips->status != BASE_OK)
        return false;
    const struct view_values ends = {
        .buffer = strips->ends, .offset = (uint64_t)view * END_BYTES, .count = 2, .number = VIEW_F32};
    strips->status =
        view_quantiles(strips->gpu, values, per_mille, LIVE_STRIP_RANKED, strips->ends, ends.offset);
    if (strips->status != BASE_OK)
        return false;
    const struct live_answer a = live_probe_ask(probe, &ends, 0), b = live_probe_ask(probe, &ends, 1);
    *low = a.shown;
    *high = b.shown;
    return a.known && b.known;
}

void live_strip_tell(struct live_strips *strips, struct live_probe *probe, uint32_t view,
                     struct live_range *range, const struct view_values *values)
{
    double low, high;
    range->counted = values->buffer && values->count > 0 && values->number != VIEW_U64;
    if (range->per_mille != 0 && ends_of(strips, probe, view, values, range->per_mille, &low, &high))
        live_range_tell(range, low, high);
}

bool live_strip_ends(struct live_strips *strips, struct live_probe *probe, uint32_t view,
                     const struct view_values *values, double *least, double *greatest)
{
    return ends_of(strips, probe, view, values, 0, least, greatest) && *least <= *greatest;
}

enum base_status live_strips_status(const struct live_strips *strips)
{
    return strips->status;
}
