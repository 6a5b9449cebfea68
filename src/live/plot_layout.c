/* Where the parts of a plot stand: margins that are the same for all, and the legend. */
#include "live/plot.h"

#include "live/plot_internal.h"
#include "view/font.h"

#include <math.h>

enum { WIDE = 620, ENTRY_GAP = 12, HEADING_GAP = 9, LANDMARK_GAP = 5, TICKS = 8, LABEL_GAP = 7 };

#define RIGHT 1.2f /* of the numbers' size, right of a plot area */

/* ---- the legend's lines ---- */

struct lines {
    bool below; /* the heading, not beside it */
    uint32_t count;
    float widths[LIVE_MAX_LEGEND], total, row;
};

static uint32_t shown_entries(const struct live_plot_parameters *parameters)
{
    return parameters->n_legend < LIVE_MAX_LEGEND ? parameters->n_legend : LIVE_MAX_LEGEND;
}

/* Beside the heading when there is room; plots with landmarks, which are drawn side by side, all the same. */
static struct lines lines_of(struct view_canvas *canvas, const struct live_plot_parameters *parameters)
{
    const struct view_frame_parameters *frame = &parameters->frame;
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct lines lines = {.row = 1.6f * theme->size_tick};
    uint32_t n = shown_entries(parameters);
    float heading = frame->title ? view_text_width(frame->title, theme->size_heading, VIEW_BOLD) + 24 : 0;
    float at = 0;
    for (uint32_t e = 0; e < n; e++) {
        lines.widths[e] = view_legend_width(canvas, &parameters->legend[e], 1, true);
        lines.total += lines.widths[e] + (e ? ENTRY_GAP : 0);
    }
    lines.below = heading + lines.total > frame->rect.width || (frame->landmarks && frame->rect.width < WIDE);
    for (uint32_t e = 0; e < n && lines.below; e++) {
        if (lines.count == 0 || at + lines.widths[e] > frame->rect.width) {
            lines.count++;
            at = 0;
        }
        at += lines.widths[e] + ENTRY_GAP;
    }
    return lines;
}

static float second_line(const struct view_theme *theme)
{
    return 1.15f * theme->size_heading + 0.45f * theme->size_tick;
}

float live_plot_bottom(const struct view_theme *theme)
{
    return TICKS + theme->size_tick + LABEL_GAP + theme->size_label;
}

void live_plot_line_up(struct live_plot *plot, struct view_canvas *canvas,
                       const struct live_plot_parameters *parameters, struct view_frame_parameters *frame)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    plot->top = 0;
    if (!frame->title || frame->compact)
        return;
    const struct lines lines = lines_of(canvas, parameters);
    uint32_t taken = lines.count + (frame->subtitle != NULL);
    float below = lines.row * (float)(taken > 0 ? taken : 1);
    if (frame->landmarks)
        below = (taken > 0 ? lines.row * (float)taken : 0) + LANDMARK_GAP + theme->size_tick;
    if (frame->margins.top == 0) {
        plot->top = 1.15f * theme->size_heading + below + HEADING_GAP;
        frame->margins.top = fmaxf(plot->top, plot->least_top);
    }
    if (frame->margins.bottom == 0)
        frame->margins.bottom = live_plot_bottom(theme);
    if (frame->margins.right == 0) /* whatever number stands at the axis's end */
        frame->margins.right = RIGHT * theme->size_tick;
    if (!frame->square)
        return;
    struct view_margins m = view_frame_measure(canvas, frame);
    float across = frame->rect.width - m.left - m.right, down = frame->rect.height - m.top - m.bottom;
    float side = fmaxf(0, fminf(across, down));
    frame->margins.left = m.left + fmaxf(0, floorf(0.5f * (across - down)));
    frame->x_ticks = frame->y_ticks = (uint32_t)fminf(10, fmaxf(2, side / 54)); /* one step on both */
}

void live_plot_place_legend(struct live_plot *plot, struct view_canvas *canvas,
                            const struct live_plot_parameters *parameters)
{
    const struct view_frame_parameters *frame = &parameters->frame;
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct lines lines = lines_of(canvas, parameters);
    float cap = view_cap_height(theme->size_tick, VIEW_REGULAR);
    float right = plot->frame.plot.x + plot->frame.plot.width, x = right - lines.total;
    float y = plot->rect.y + view_legend_drop(canvas);
    if (lines.below) {
        x = frame->rect.x;
        y = plot->rect.y + second_line(theme) + (frame->subtitle ? lines.row : 0);
    }
    plot->n_legend = shown_entries(parameters);
    for (uint32_t e = 0; e < plot->n_legend; e++) {
        if (lines.below && e > 0 && x + lines.widths[e] > frame->rect.x + frame->rect.width) {
            x = frame->rect.x;
            y += lines.row;
        }
        plot->legend_boxes[e] =
            (struct view_rect){x - 4, y + 0.5f * cap - 0.5f * lines.row, lines.widths[e] + 8, lines.row};
        x += lines.widths[e] + ENTRY_GAP;
    }
}

/* ---- drawing ---- */

static bool is_over(struct view_rect rect, struct view_point at)
{
    return at.x >= rect.x && at.y >= rect.y && at.x < rect.x + rect.width && at.y < rect.y + rect.height;
}

void live_plot_draw_legend(const struct live_plot *plot, struct view_canvas *canvas)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_colour page = theme->page, lit = view_mix(page, theme->grid, 0.8f);
    float cap = view_cap_height(theme->size_tick, VIEW_REGULAR);
    for (uint32_t e = 0; e < plot->n_legend; e++) {
        struct view_rect box = plot->legend_boxes[e];
        bool over = plot->marked == e + 1 || is_over(box, plot->pointer);
        if (over)
            view_rounded_box(canvas, box, 3, 0, lit);
        view_legend(canvas, box.x + 4, box.y + 0.5f * (box.height - cap), &plot->parameters.legend[e], 1,
                    true, VIEW_START);
        if (!live_plot_visible(plot, e)) { /* paler, but still to be read: 3 to 1 at least */
            view_box(canvas, box, view_alpha(over ? lit : page, 0.45f));
            view_line_across(canvas, box.x + 2, box.x + box.width - 2, box.y + 0.5f * box.height,
                             &(struct view_line_style){.colour = theme->text_muted});
        }
        if (plot->marked == e + 1)
            view_rounded_box(canvas, box, 3, view_hairline(canvas, 1), theme->axis);
    }
}

/* In the plot's corner: the axes stand still, as hands left them, whatever the data do. */
void live_plot_draw_held(const struct live_plot *plot, struct view_canvas *canvas)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    if (plot->quiet || live_plot_is_fitted(plot) || plot->frame.plot.width < 80)
        return;
    float size = 0.9f * theme->size_tick, width = view_text_width("held", size, VIEW_REGULAR) + 1.4f * size;
    struct view_rect mark = {plot->frame.plot.x + plot->frame.plot.width - width - 5,
                             plot->frame.plot.y + plot->frame.plot.height - 1.7f * size - 5, width,
                             1.7f * size};
    view_rounded_box(canvas, mark, 0.5f * mark.height, 0,
                     view_mix(theme->panel, theme->series[0], theme->dark ? 0.35f : 0.18f));
    view_text(canvas, mark.x + 0.5f * width, mark.y + 0.5f * mark.height, "held",
              &(struct view_text_style){.size = size, .align = VIEW_CENTRE, .anchor = VIEW_MIDDLE});
}
