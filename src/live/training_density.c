/* How often latents fire: a histogram of log densities for each stretch of training, and the last one. */
#include "live/training.h"

#include <math.h>

/* Below the bins stands a strip for latents that never fired. */
enum { STRIP_GAP = 7 };

float live_training_strip_bottom(const struct view_theme *theme)
{
    return 19.5f + theme->size_tick + theme->size_label;
}

struct view_rect live_training_cut_strip(const struct live_training *training, struct view_rect *rect)
{
    const struct view_theme *theme = training->theme;
    return view_cut_bottom(rect, 8.5f + theme->size_tick + live_training_strip_bottom(theme), STRIP_GAP);
}

/* The first bin that is shown: full decades, from the lowest that any latent was in, two at least. */
static uint32_t first_bin(const struct live_training_history *history)
{
    uint32_t lowest = SAE_DENSITY_NEVER - 2 * SAE_DENSITY_A_DECADE;
    for (size_t s = 0; s < history->n_snapshots; s++)
        for (uint32_t b = 0; b < lowest; b++)
            if (history->snapshots[s].latents[b] > 0)
                lowest = b;
    return lowest / SAE_DENSITY_A_DECADE * SAE_DENSITY_A_DECADE;
}

static struct view_axis density_axis(const struct live_training_history *history, const char *label)
{
    double decade = SAE_DENSITY_LOW + (double)first_bin(history) / SAE_DENSITY_A_DECADE;
    return (struct view_axis){
        .low = pow(10, decade), .high = 1, .scale = VIEW_LOG10, .format = VIEW_PERCENT, .label = label};
}

static double most_latents(const struct live_training_history *history)
{
    uint32_t most = 1;
    for (size_t s = 0; s < history->n_snapshots; s++)
        for (uint32_t b = 0; b < SAE_DENSITY_BINS; b++)
            most = most < history->snapshots[s].latents[b] ? history->snapshots[s].latents[b] : most;
    return most;
}

/* The frame that all of the y axis would have where a part of it fills the plot. */
static struct view_frame whole_height(const struct view_frame *frame, const struct view_axis *full)
{
    struct view_frame whole = *frame;
    if (frame->y.low == full->low && frame->y.high == full->high)
        return whole;
    double low = view_axis_position(&frame->y, full->low), high = view_axis_position(&frame->y, full->high);
    whole.y = *full;
    whole.plot.y = (float)(frame->plot.y + (1 - high) * frame->plot.height);
    whole.plot.height = (float)((high - low) * frame->plot.height);
    return whole;
}

/* ---- the map ---- */

struct view_colour_scale live_training_colours(const struct live_training *training)
{
    return (struct view_colour_scale){
        .map = training->theme->sequential,
        /* the greatest number is within the colours, however its logarithm is rounded */
        .axis = {.low = 1,
                 .high = 1.0001 * fmax(2, most_latents(training->history)),
                 .scale = VIEW_LOG10,
                 .label = "latents"},
        .hide_below = true,
    };
}

/* The snapshot that counted these rows; n_snapshots: none did. */
static size_t snapshot_of(const struct live_training_history *history, double rows)
{
    size_t s = 0;
    while (s < history->n_snapshots && (double)history->snapshots[s].rows < rows)
        s++;
    return rows > 0 ? s : history->n_snapshots;
}

bool live_training_density_at(const struct live_training *training, double rows, double share,
                              struct live_training_density_cell *cell)
{
    const struct live_training_history *history = training->history;
    const size_t s = snapshot_of(history, rows);
    const double bin = floor((log10(share) - SAE_DENSITY_LOW) * SAE_DENSITY_A_DECADE);
    if (s == history->n_snapshots)
        return false;
    const uint32_t b = (uint32_t)fmin(fmax(bin, 0), SAE_DENSITY_NEVER - 1);
    *cell = (struct live_training_density_cell){
        .from = pow(10, SAE_DENSITY_LOW + (double)b / SAE_DENSITY_A_DECADE),
        .to = pow(10, SAE_DENSITY_LOW + (b + 1.0) / SAE_DENSITY_A_DECADE),
        .latents = history->snapshots[s].latents[b],
        .never = history->snapshots[s].latents[SAE_DENSITY_NEVER],
    };
    return true;
}

/* Columns of equal width over the axis; each takes the snapshot that counted its rows. A column before the
 * first row or behind the last one keeps 0. */
static void fill_cells(struct live_training *training, const struct view_axis *x)
{
    const struct live_training_history *history = training->history;
    size_t s = 0;
    for (uint32_t column = 0; column < LIVE_TRAINING_COLUMNS; column++) {
        double rows = x->low + (x->high - x->low) * (column + 0.5) / LIVE_TRAINING_COLUMNS;
        while (s < history->n_snapshots && (double)history->snapshots[s].rows < rows)
            s++;
        for (uint32_t b = 0; b < SAE_DENSITY_BINS; b++)
            training->cells[(size_t)b * LIVE_TRAINING_COLUMNS + column] =
                s < history->n_snapshots && rows > 0 ? (float)history->snapshots[s].latents[b] : 0;
    }
}

static void draw_heat(const struct live_training *training, const struct view_frame *frame, uint32_t first,
                      uint32_t rows)
{
    view_heat(training->canvas, frame,
              &(struct view_heat_parameters){
                  .values = view_host_values(training->canvas,
                                             training->cells + (size_t)first * LIVE_TRAINING_COLUMNS,
                                             rows * LIVE_TRAINING_COLUMNS),
                  .rows = rows,
                  .columns = LIVE_TRAINING_COLUMNS,
                  .colours = training->colours ? *training->colours : live_training_colours(training),
              });
}

void live_training_density_plot(const struct live_training *training, struct live_training_plot *plot)
{
    plot->frame.y = density_axis(training->history, "share of rows");
    plot->frame.x.no_numbers = true;
    plot->frame.title = "How often latents fire";
    plot->frame.margins.bottom = 1e-3f;
    plot->frame.no_grid = plot->frame.boxed = true;
}

void live_training_density_draw(struct live_training *training, const struct view_frame *frame)
{
    const struct view_axis full = density_axis(training->history, NULL);
    const struct view_frame whole = whole_height(frame, &full);
    uint32_t first = first_bin(training->history);
    bool cut = whole.plot.height != frame->plot.height || whole.plot.y != frame->plot.y;
    if (training->history->n_snapshots == 0) {
        live_training_note(training, frame->plot, "not counted yet");
        return;
    }
    fill_cells(training, &frame->x);
    if (cut)
        view_clip(training->canvas, &frame->plot);
    draw_heat(training, &whole, first, SAE_DENSITY_NEVER - first);
    if (cut)
        view_clip(training->canvas, NULL);
}

/* ---- the last one ---- */

static const struct live_training_snapshot *last_snapshot(const struct live_training_history *history)
{
    return history->n_snapshots > 0 ? &history->snapshots[history->n_snapshots - 1] : NULL;
}

void live_training_histogram_plot(const struct live_training *training, struct live_training_plot *plot)
{
    const struct live_training_snapshot *last = last_snapshot(training->history);
    uint32_t most = 1;
    for (uint32_t b = 0; b < SAE_DENSITY_NEVER && last; b++)
        most = most < last->latents[b] ? last->latents[b] : most;
    plot->frame.x = (struct view_axis){.high = 1.05 * most, .format = VIEW_COUNT, .no_numbers = true};
    plot->frame.y = density_axis(training->history, NULL);
    plot->frame.title = "At the end";
    plot->frame.margins.bottom = 1e-3f;
    plot->frame.x_ticks = 4;
}

void live_training_histogram_draw(const struct live_training *training, const struct view_frame *frame)
{
    const struct live_training_snapshot *snapshot = last_snapshot(training->history);
    const struct view_axis full = density_axis(training->history, NULL);
    const struct view_frame whole = whole_height(frame, &full);
    uint32_t first = first_bin(training->history), bins = SAE_DENSITY_NEVER - first;
    if (!snapshot) {
        live_training_note(training, frame->plot, "not counted yet");
        return;
    }
    bool cut = whole.plot.height != frame->plot.height || frame->x.low != 0 ||
               frame->x.high < snapshot->latents[first];
    for (uint32_t b = 0; b < bins; b++)
        cut = cut || snapshot->latents[first + b] > frame->x.high;
    if (cut)
        view_clip(training->canvas, &frame->plot);
    double zero = view_axis_position(&frame->x, 0);
    float left = frame->plot.x + frame->plot.width * (float)zero;
    for (uint32_t b = 0; b < bins; b++) {
        float from = whole.plot.y + whole.plot.height * (1 - (float)b / (float)bins);
        float to = whole.plot.y + whole.plot.height * (1 - (float)(b + 1) / (float)bins);
        double from_zero = view_axis_position(&frame->x, snapshot->latents[first + b]) - zero;
        float length = frame->plot.width * (float)from_zero;
        float top = view_snap(training->canvas, to) + view_hairline(training->canvas, 0.5f);
        if (snapshot->latents[first + b] > 0 && length > 0)
            view_box(training->canvas,
                     (struct view_rect){left, top, length, view_snap(training->canvas, from) - top},
                     training->theme->series[0]);
    }
    if (cut)
        view_clip(training->canvas, NULL);
}

/* ---- the strip ---- */

static void draw_never(const struct live_training *training, const struct view_frame *strip,
                       const struct live_training_snapshot *snapshot)
{
    char number[VIEW_LABEL_BYTES];
    uint32_t never = snapshot->latents[SAE_DENSITY_NEVER];
    float left = strip->plot.x, width = strip->plot.width;
    float length = width * fminf(1, fmaxf(0, (float)view_axis_position(&strip->x, never)));
    if (never > 0)
        view_box(training->canvas,
                 (struct view_rect){left, strip->plot.y + 2, length, strip->plot.height - 4},
                 training->theme->text_muted);
    /* beside the bar, or within a long one's end */
    bool inside = length > 0.7f * width;
    view_format_count(never, number);
    view_text(training->canvas, left + length + (inside ? -6 : 6), strip->plot.y + 0.5f * strip->plot.height,
              number,
              &(struct view_text_style){.size = training->theme->size_tick,
                                        .colour = inside ? training->theme->page : training->theme->text,
                                        .align = inside ? VIEW_END : VIEW_START,
                                        .anchor = VIEW_MIDDLE});
}

void live_training_strip(struct live_training *training, enum live_training_panel_kind kind,
                         struct view_rect strip, const struct view_axis *x)
{
    bool map = kind == LIVE_TRAINING_PANEL_DENSITY;
    struct view_frame_parameters parameters = {
        .rect = strip,
        .x = *x,
        .y = {.high = 1, .no_numbers = true, .step = 2},
        .margins = {.left = training->left > 0 ? training->left : LIVE_TRAINING_LEFT,
                    .right = LIVE_TRAINING_RIGHT,
                    .top = 1e-3f,
                    .bottom = live_training_strip_bottom(training->theme)},
        .no_grid = map,
        .boxed = map,
        .x_ticks = map ? 0 : 4,
    };
    parameters.x.no_numbers = false;
    parameters.x.label = map ? "rows trained on" : "latents";
    struct view_frame frame = view_frame_draw(training->canvas, &parameters);
    const struct live_training_snapshot *last = last_snapshot(training->history);
    view_text(training->canvas, frame.plot.x - 8, frame.plot.y + 0.5f * frame.plot.height, "never fire",
              &(struct view_text_style){.size = training->theme->size_tick,
                                        .colour = training->theme->text_muted,
                                        .align = VIEW_END,
                                        .anchor = VIEW_MIDDLE});
    if (map && last) {
        fill_cells(training, x);
        draw_heat(training, &frame, SAE_DENSITY_NEVER, 1);
    } else if (last) {
        draw_never(training, &frame, last);
    }
    view_frame_outline(training->canvas, &frame);
}
