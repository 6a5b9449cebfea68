#include "live/plot.h"

#include "live/plot_internal.h"
#include "view/range.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the frame ---- */

static struct view_axis turned(const struct view_axis *full, bool turn, double positive)
{
    return turn ? view_range_turn(full, positive) : *full;
}

/* The label says so where shares are drawn by their roots, or where hands may choose a logarithmic axis. */
static void name_scale(struct view_axis *axis, bool may_turn, char label[LIVE_AXIS_BYTES])
{
    const bool log = axis->scale == VIEW_LOG10 || axis->scale == VIEW_LOG2;
    const char *word = axis->scale == VIEW_SQRT ? " (square root)" : log && may_turn ? " (log)" : NULL;
    if (!axis->label || !word)
        return;
    snprintf(label, LIVE_AXIS_BYTES, "%s%s", axis->label, word);
    axis->label = label;
}

static bool in_rect(struct view_rect rect, struct view_point at)
{
    return at.x >= rect.x && at.y >= rect.y && at.x < rect.x + rect.width && at.y < rect.y + rect.height;
}

struct view_frame live_plot_begin(struct live_plot *plot, struct view_canvas *canvas,
                                  const struct live_plot_parameters *parameters)
{
    struct view_frame_parameters frame = parameters->frame;
    plot->may_log_x = parameters->may_log_x;
    plot->may_log_y = parameters->may_log_y;
    plot->fixed = parameters->fixed;
    plot->rect = frame.rect;
    plot->full_x = turned(&frame.x, plot->may_log_x && plot->turned_x, parameters->positive_x);
    plot->full_y = turned(&frame.y, plot->may_log_y && plot->turned_y, parameters->positive_y);
    name_scale(&plot->full_x, plot->may_log_x, plot->label_x);
    name_scale(&plot->full_y, plot->may_log_y, plot->label_y);
    frame.x = live_reach_axis(&plot->x, &plot->full_x, parameters->positive_x);
    frame.y = live_reach_axis(&plot->y, &plot->full_y, parameters->positive_y);
    live_plot_line_up(plot, canvas, parameters, &frame);
    /* As brought in for the scale, whatever is shown now. */
    struct live_reach free = {0};
    plot->full_x = live_reach_axis(&free, &plot->full_x, parameters->positive_x);
    plot->full_y = live_reach_axis(&free, &plot->full_y, parameters->positive_y);
    plot->frame = view_frame_draw(canvas, &frame);
    live_plot_place_legend(plot, canvas, parameters);
    if (plot->inside)
        plot->inside = in_rect(plot->frame.plot, plot->pointer);
    plot->parameters = *parameters;
    return plot->frame;
}

bool live_plot_visible(const struct live_plot *plot, uint32_t entry)
{
    return entry >= 64 || !(plot->hidden >> entry & 1);
}

/* ---- plots that fill their frame ---- */

struct view_frame live_plot_whole(const struct live_plot *plot, bool also_y)
{
    struct view_frame whole = plot->frame;
    double left = view_axis_position(&plot->frame.x, plot->full_x.low);
    double right = view_axis_position(&plot->frame.x, plot->full_x.high);
    whole.x = plot->full_x;
    whole.plot.x = plot->frame.plot.x + plot->frame.plot.width * (float)left;
    whole.plot.width = plot->frame.plot.width * (float)(right - left);
    if (!also_y)
        return whole;
    double bottom = view_axis_position(&plot->frame.y, plot->full_y.low);
    double top = view_axis_position(&plot->frame.y, plot->full_y.high);
    whole.y = plot->full_y;
    whole.plot.y = plot->frame.plot.y + plot->frame.plot.height * (float)(1 - top);
    whole.plot.height = plot->frame.plot.height * (float)(top - bottom);
    return whole;
}

void live_plot_clip(const struct live_plot *plot, struct view_canvas *canvas)
{
    view_clip(canvas, &plot->frame.plot);
}

void live_plot_heat(const struct live_plot *plot, struct view_canvas *canvas,
                    const struct view_heat_parameters *heat)
{
    struct view_frame whole = live_plot_whole(plot, true);
    live_plot_clip(plot, canvas);
    view_heat(canvas, &whole, heat);
    view_clip(canvas, NULL);
}

void live_plot_density(const struct live_plot *plot, struct view_canvas *canvas,
                       const struct view_density_parameters *density)
{
    struct view_frame whole = live_plot_whole(plot, false);
    live_plot_clip(plot, canvas);
    view_density(canvas, &whole, density);
    view_clip(canvas, NULL);
}

/* ---- data and positions ---- */

double live_plot_position_x(const struct live_plot *plot, float x)
{
    return (double)((x - plot->frame.plot.x) / plot->frame.plot.width);
}

double live_plot_position_y(const struct live_plot *plot, float y)
{
    return 1 - (double)((y - plot->frame.plot.y) / plot->frame.plot.height);
}

bool live_plot_pointer(const struct live_plot *plot, double *x, double *y)
{
    if (!plot->inside || !(plot->frame.plot.width > 0))
        return false;
    *x = view_axis_value(&plot->frame.x, live_plot_position_x(plot, plot->pointer.x));
    *y = view_axis_value(&plot->frame.y, live_plot_position_y(plot, plot->pointer.y));
    return true;
}

bool live_plot_take_click(struct live_plot *plot, double *x, double *y)
{
    if (!plot->clicked)
        return false;
    plot->clicked = false;
    *x = plot->clicked_x;
    *y = plot->clicked_y;
    return true;
}

/* The sample or cell at a value; false outside (a curve's ends have half a step around them). */
static bool sample_at(double value, double first, double step, uint32_t count, bool closed, uint32_t *index)
{
    double k = floor((value - first) / step + 0.5);
    if (!isfinite(k) || count == 0)
        return false;
    if (closed)
        k -= count * floor(k / count);
    if (k < 0 || k > count - 1)
        return false;
    *index = (uint32_t)k;
    return true;
}

bool live_plot_cell(const struct live_plot *plot, double x, double y, uint32_t *row, uint32_t *column)
{
    const struct live_grid *g = &plot->grid;
    return g->rows > 0 && sample_at(x, g->first_x, g->step_x, g->columns, false, column) &&
           sample_at(y, g->first_y, g->step_y, g->rows, false, row);
}

static double nearest(double value, double first, double step, uint32_t count, bool closed)
{
    double k = floor((value - first) / step + 0.5);
    if (!closed) /* a closed curve has every turn */
        k = fmin(fmax(k, 0), count - 1.0);
    return first + k * step;
}

void live_plot_snap(const struct live_plot *plot, double *x, double *y)
{
    const struct live_grid *g = &plot->grid;
    if (g->columns > 0)
        *x = nearest(*x, g->first_x, g->step_x, g->columns, g->closed);
    if (g->rows > 0)
        *y = nearest(*y, g->first_y, g->step_y, g->rows, false);
}

bool live_plot_same_height(const struct live_plot *plot, double y)
{
    return (plot->grid.rows == 0 && !plot->grid.free_y) || y == plot->pin_y;
}

bool live_plot_sample(const struct live_grid *grid, double x, uint32_t *index)
{
    return grid->columns > 0 && sample_at(x, grid->first_x, grid->step_x, grid->columns, grid->closed, index);
}

bool live_plot_is_fitted(const struct live_plot *plot)
{
    return plot->x.fit == LIVE_FIT_ALWAYS && plot->y.fit == LIVE_FIT_ALWAYS;
}
