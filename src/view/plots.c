#include "view/plots.h"

#include "base/memory.h"
#include "view/internal.h"
#include "view/kernels.h"

#include "common/count_bins.h"

#include <math.h>

/* Columns a quad of a curve covers, in pixels: wide enough that there are few, narrow enough to hug the
 * curve. */
enum { SLAB = 8 };

struct gpu_range view_values_range(const struct view_values *values, uint64_t offset, uint32_t *base)
{
    if (!values->buffer) {
        *base = (uint32_t)(offset / 4);
        return (struct gpu_range){.offset = VIEW_OWN_NUMBERS};
    }
    uint32_t stride = values->stride ? values->stride : 1;
    uint64_t start = offset - offset % 256;
    *base = (uint32_t)((offset - start) / 4);
    return (struct gpu_range){values->buffer, start,
                              offset - start + 4 * ((uint64_t)(values->count - 1) * stride + 1)};
}

/* What the shaders need to read one array of numbers. */
struct source {
    struct gpu_range low, high;
    uint32_t low_base, high_base, stride, number;
    float scale, bias;
};

static bool source_of(struct view_canvas *canvas, const struct view_values *values, uint32_t least,
                      struct source *source)
{
    if (values->count < least || values->offset % 4 || values->high_offset % 4 ||
        (values->number == VIEW_U64 && !values->buffer)) {
        view_keep_failure(canvas,
                          base_fail(BASE_ERROR_INTERNAL,
                                    "plotted numbers: %u of them at byte %llu; at least %u are needed, at a "
                                    "multiple of 4",
                                    values->count, (unsigned long long)values->offset, least));
        return false;
    }
    *source = (struct source){
        .stride = values->stride ? values->stride : 1,
        .number = (uint32_t)values->number,
        .scale = values->scale != 0 ? values->scale : 1,
        .bias = values->bias,
    };
    source->low = view_values_range(values, values->offset, &source->low_base);
    uint64_t high = values->number == VIEW_U64 ? values->high_offset : values->offset;
    source->high = view_values_range(values, high, &source->high_base);
    return true;
}

/* A plot area in pixels; frames lie on whole ones. */
struct area {
    float viewport_width, viewport_height, x, y, width, height;
};

static bool area_of(const struct view_canvas *canvas, const struct view_frame *frame, struct area *area)
{
    float s = view_canvas_scale(canvas);
    struct gpu_image *image = view_canvas_image(canvas);
    *area = (struct area){(float)gpu_image_width(image), (float)gpu_image_height(image),
                          roundf(frame->plot.x * s),     roundf(frame->plot.y * s),
                          roundf(frame->plot.width * s), roundf(frame->plot.height * s)};
    return area->width > 0 && area->height > 0;
}

struct applied {
    float low, span;
};

static struct applied applied_axis(const struct view_axis *axis)
{
    double low = view_scale_apply(axis->scale, axis->low), high = view_scale_apply(axis->scale, axis->high);
    return (struct applied){(float)low, high != low ? (float)(high - low) : 1};
}

/* ---- curves ---- */

/* Where number 0 stands from the plot's left and how far number 1 is from it, in pixels. */
static bool curve_spacing(struct view_canvas *canvas, const struct view_frame *frame, const struct area *area,
                          uint32_t count, const struct view_curve_style *style, float *first, float *step)
{
    double span = frame->x.high - frame->x.low;
    if (frame->x.scale != VIEW_LINEAR || !(span > 0)) {
        view_keep_failure(
            canvas, base_fail(BASE_ERROR_INTERNAL, "a curve needs a linear x axis that runs rightwards"));
        return false;
    }
    double distance = style->step > 0 ? style->step : span / (double)(style->closed ? count : count - 1);
    double from = style->step > 0 || style->first != 0 ? style->first : frame->x.low;
    *first = (float)((from - frame->x.low) / span * (double)area->width);
    *step = (float)(distance / span * (double)area->width);
    return true;
}

static struct view_colour line_colour(const struct view_canvas *canvas, const struct view_curve_style *style)
{
    return style->colour.a ? style->colour : view_canvas_theme(canvas)->series[0];
}

static float line_width(const struct view_canvas *canvas, const struct view_curve_style *style)
{
    return view_canvas_scale(canvas) * (style->width > 0 ? style->width : 1.5f);
}

static uint32_t slabs_of(const struct area *area)
{
    return (uint32_t)ceilf(area->width / SLAB);
}

void view_curve(struct view_canvas *canvas, const struct view_frame *frame, const struct view_values *values,
                const struct view_curve_style *style)
{
    struct source source;
    struct area a;
    float first, step, s = view_canvas_scale(canvas);
    if (!area_of(canvas, frame, &a) || !source_of(canvas, values, 2, &source) ||
        !curve_spacing(canvas, frame, &a, values->count, style, &first, &step))
        return;
    struct applied y = applied_axis(&frame->y);
    const struct view_curve_params params = {
        a.viewport_width,
        a.viewport_height,
        a.x,
        a.y,
        a.width,
        a.height,
        first,
        step,
        SLAB,
        0.5f * line_width(canvas, style),
        style->dash * s,
        style->gap * s,
        y.low,
        1 / y.span,
        (uint32_t)frame->y.scale,
        view_pack_colour(line_colour(canvas, style)),
        values->count,
        style->closed,
        source.low_base,
        source.high_base,
        source.stride,
        source.number,
        source.scale,
        source.bias,
    };
    struct view_rect clip = view_current_clip(canvas);
    view_narrow_clip(canvas, view_inset(frame->plot, 0, -1, 0, -1));
    view_canvas_draw(canvas, &view_curve_kernel, &params, (const struct gpu_range[]){source.low, source.high},
                     6, slabs_of(&a));
    view_clip(canvas, &clip);
}

void view_band(struct view_canvas *canvas, const struct view_frame *frame, const struct view_values *lower,
               const struct view_values *upper, const struct view_curve_style *style)
{
    struct source low, high;
    struct area a;
    float first, step;
    if (!area_of(canvas, frame, &a) || !source_of(canvas, lower, 2, &low) ||
        !source_of(canvas, upper, lower->count, &high) ||
        !curve_spacing(canvas, frame, &a, lower->count, style, &first, &step))
        return;
    struct applied y = applied_axis(&frame->y);
    const struct view_band_params params = {
        a.viewport_width,
        a.viewport_height,
        a.x,
        a.y,
        a.width,
        a.height,
        first,
        step,
        SLAB,
        y.low,
        1 / y.span,
        (uint32_t)frame->y.scale,
        view_pack_colour(line_colour(canvas, style)),
        lower->count,
        style->closed,
        low.low_base,
        low.high_base,
        low.stride,
        low.number,
        low.scale,
        low.bias,
        high.low_base,
        high.high_base,
        high.stride,
        high.number,
        high.scale,
        high.bias,
    };
    struct view_rect clip = view_current_clip(canvas);
    view_narrow_clip(canvas, frame->plot);
    view_canvas_draw(canvas, &view_band_kernel, &params,
                     (const struct gpu_range[]){low.low, low.high, high.low, high.high}, 6, slabs_of(&a));
    view_clip(canvas, &clip);
}

/* ---- grids ---- */

struct colouring {
    struct applied range;
    uint32_t scale, map, flags, missing, under, over;
};

static struct colouring colouring_of(const struct view_canvas *canvas, const struct view_colour_scale *scale)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    return (struct colouring){
        .range = applied_axis(&scale->axis),
        .scale = (uint32_t)scale->axis.scale,
        .map = (uint32_t)scale->map,
        .flags = (scale->show_outside ? VIEW_COLOUR_OUTSIDE : 0) |
                 (scale->hide_below ? VIEW_COLOUR_HIDE_BELOW : 0),
        .missing = view_pack_colour(theme->missing),
        .under = view_pack_colour(theme->under),
        .over = view_pack_colour(theme->over),
    };
}

void view_density(struct view_canvas *canvas, const struct view_frame *frame,
                  const struct view_density_parameters *parameters)
{
    const struct view_values counts = {.buffer = parameters->counts,
                                       .offset = parameters->offset,
                                       .count = parameters->angles * COUNT_BINS,
                                       .number = VIEW_U32};
    struct source source;
    struct area a;
    float first, step;
    const struct view_curve_style round_turn = {.closed = true};
    if (!area_of(canvas, frame, &a) || !source_of(canvas, &counts, 2 * COUNT_BINS, &source) ||
        !curve_spacing(canvas, frame, &a, parameters->angles, &round_turn, &first, &step))
        return;
    struct applied y = applied_axis(&frame->y);
    struct colouring c = colouring_of(canvas, &parameters->colours);
    const struct view_density_params params = {
        a.viewport_width,
        a.viewport_height,
        a.x,
        a.y,
        a.width,
        a.height,
        first,
        step,
        parameters->angles,
        source.low_base,
        1 / parameters->value_scale,
        y.low,
        y.span,
        (uint32_t)frame->y.scale,
        c.range.low,
        1 / c.range.span,
        c.scale,
        c.map,
        c.flags,
        c.missing,
        c.under,
        c.over,
    };
    const struct view_rect clip = view_current_clip(canvas);
    view_narrow_clip(canvas, view_inset(frame->plot, -1, -1, -1, -1));
    view_canvas_draw(canvas, &view_density_kernel, &params,
                     (const struct gpu_range[]){source.low, {.offset = VIEW_OWN_MAPS}}, 6, 1);
    view_clip(canvas, &clip);
}

static bool right_count(const struct view_heat_parameters *parameters)
{
    uint64_t rows = parameters->rows, columns = parameters->columns, count = rows * columns;
    if (rows == 0 || columns == 0 || count > UINT32_MAX)
        return false;
    if (parameters->cells != VIEW_CELLS_FULL && (rows != columns || rows < 2))
        return false;
    if (parameters->cells == VIEW_CELLS_UPPER)
        count = rows * (rows - 1) / 2;
    if (parameters->cells == VIEW_CELLS_ORDERED)
        count = rows * (rows - 1);
    return parameters->values.count == count && parameters->values.number != VIEW_U64;
}

void view_heat(struct view_canvas *canvas, const struct view_frame *frame,
               const struct view_heat_parameters *parameters)
{
    if (!right_count(parameters)) {
        view_keep_failure(canvas, base_fail(BASE_ERROR_INTERNAL, "a heat map of %u x %u cells got %u numbers",
                                            parameters->rows, parameters->columns, parameters->values.count));
        return;
    }
    struct source source;
    struct area a;
    if (!area_of(canvas, frame, &a) || !source_of(canvas, &parameters->values, 1, &source))
        return;
    struct colouring c = colouring_of(canvas, &parameters->colours);
    c.flags |= (parameters->reduce == VIEW_REDUCE_MEAN ? VIEW_HEAT_MEAN : 0) |
               (parameters->smooth ? VIEW_HEAT_SMOOTH : 0) |
               (frame->x.low > frame->x.high ? VIEW_HEAT_FLIP_X : 0) |
               (frame->y.low < frame->y.high ? VIEW_HEAT_FLIP_Y : 0);
    const struct view_heat_params params = {
        a.viewport_width,
        a.viewport_height,
        a.x,
        a.y,
        a.width,
        a.height,
        parameters->rows,
        parameters->columns,
        (uint32_t)parameters->cells,
        source.low_base,
        source.stride,
        source.number,
        source.scale,
        source.bias,
        c.range.low,
        1 / c.range.span,
        c.scale,
        c.map,
        c.flags,
        c.missing,
        c.under,
        c.over,
    };
    const struct view_rect clip = view_current_clip(canvas);
    view_narrow_clip(canvas, view_inset(frame->plot, -1, -1, -1, -1));
    view_canvas_draw(canvas, &view_heat_kernel, &params,
                     (const struct gpu_range[]){source.low, {.offset = VIEW_OWN_MAPS}}, 6, 1);
    view_clip(canvas, &clip);
}

/* ---- points ---- */

void view_scatter(struct view_canvas *canvas, const struct view_frame *frame,
                  const struct view_values *values, float size, struct view_colour colour)
{
    struct source source;
    struct area a;
    if (values->count < 2 || !area_of(canvas, frame, &a) || !source_of(canvas, values, 2, &source))
        return;
    float factor_x = a.width / (float)(frame->x.high - frame->x.low);
    float factor_y = -a.height / (float)(frame->y.high - frame->y.low);
    const struct view_scatter_params params = {
        a.viewport_width,
        a.viewport_height,
        a.x - factor_x * (float)frame->x.low,
        a.y + a.height - factor_y * (float)frame->y.low,
        factor_x,
        factor_y,
        source.low_base,
        0.5f * size * view_canvas_scale(canvas),
        view_pack_colour(colour),
    };
    struct view_rect clip = view_current_clip(canvas);
    view_narrow_clip(canvas, frame->plot);
    view_canvas_draw(canvas, &view_scatter_kernel, &params, &source.low, 3, values->count / 2);
    view_clip(canvas, &clip);
}

/* ---- histograms ---- */

void view_bars(struct view_canvas *canvas, const struct view_frame *frame, const struct view_values *values,
               double first, double step, struct view_colour colour)
{
    struct source source;
    struct area a;
    if (!area_of(canvas, frame, &a) || !source_of(canvas, values, 1, &source))
        return;
    struct applied axis = applied_axis(&frame->y);
    double pixels = (double)a.width / (frame->x.high - frame->x.low);
    const struct view_bars_params params = {
        .viewport_width = a.viewport_width,
        .viewport_height = a.viewport_height,
        .x = a.x,
        .y = a.y,
        .width = a.width,
        .height = a.height,
        .first = (float)((first - frame->x.low) * pixels),
        .step = (float)(step * pixels),
        .gap = step * pixels > 4 ? view_canvas_scale(canvas) : 0,
        .axis_low = axis.low,
        .axis_inverse = 1 / axis.span,
        .axis_scale = (uint32_t)frame->y.scale,
        .colour = view_pack_colour(colour),
        .base = source.low_base,
        .stride = source.stride,
        .number = source.number,
        .scale = source.scale,
        .bias = source.bias,
    };
    struct view_rect clip = view_current_clip(canvas);
    view_narrow_clip(canvas, frame->plot);
    view_canvas_draw(canvas, &view_bars_kernel, &params, &source.low, 6, values->count);
    view_clip(canvas, &clip);
}

/* ---- polar ---- */

void view_rose_curve(struct view_canvas *canvas, const struct view_rose *rose,
                     const struct view_values *values, const struct view_curve_style *style, float fill)
{
    struct source source;
    if (!(rose->radius > 0) || !source_of(canvas, values, 3, &source))
        return;
    float s = view_canvas_scale(canvas);
    struct gpu_image *image = view_canvas_image(canvas);
    struct applied axis = applied_axis(&rose->axis);
    struct view_colour colour = line_colour(canvas, style);
    const struct view_rose_params params = {
        (float)gpu_image_width(image),
        (float)gpu_image_height(image),
        rose->centre.x * s,
        rose->centre.y * s,
        rose->radius * s,
        0.5f * line_width(canvas, style),
        axis.low,
        1 / axis.span,
        (uint32_t)rose->axis.scale,
        view_pack_colour(colour),
        view_pack_colour(view_alpha(colour, fill)),
        values->count,
        source.low_base,
        source.high_base,
        source.stride,
        source.number,
        source.scale,
        source.bias,
    };
    const struct view_rect clip = view_current_clip(canvas);
    const float reach = rose->radius + (0.5f * line_width(canvas, style) + 2) / s;
    view_narrow_clip(
        canvas, (struct view_rect){rose->centre.x - reach, rose->centre.y - reach, 2 * reach, 2 * reach});
    view_canvas_draw(canvas, &view_rose_kernel, &params, (const struct gpu_range[]){source.low, source.high},
                     6, 1);
    view_clip(canvas, &clip);
}
