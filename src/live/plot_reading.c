/* What lies over a plot: outline, legend, cross-hair with its values, pin, the box being chosen. */
#include "live/plot_internal.h"

#include "live/widgets.h"
#include "view/font.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_LINES = LIVE_MAX_SERIES + 3, LINE_BYTES = 96 };

/* The magnifier: units across, cells across; used where cells are smaller than SMALL_CELL. */
enum { GLASS = 81, GLASS_CELLS = 9, SMALL_CELL = 7 };

struct line {
    char name[LINE_BYTES], value[VIEW_LABEL_BYTES];
    struct view_colour colour; /* of its dot; a = 0: none */
};

struct readout {
    uint32_t count;
    struct line lines[MAX_LINES];
};

/* ---- words ---- */

static void append(char *text, size_t size, const char *more)
{
    size_t used = strlen(text);
    if (used + 1 < size)
        snprintf(text + used, size - used, "%s", more);
}

static void format_value(const struct view_axis *axis, double value, char text[VIEW_LABEL_BYTES])
{
    if (axis->format == VIEW_PERCENT && isfinite(value)) {
        view_format_number(100 * value, 4, text);
        append(text, VIEW_LABEL_BYTES, " %");
    } else if (axis->format == VIEW_DEGREES && isfinite(value)) {
        view_format_number(value, 5, text);
        append(text, VIEW_LABEL_BYTES, "°");
    } else if ((axis->format == VIEW_COUNT || axis->format == VIEW_SHORT) && value >= 0 && value < 1e15) {
        view_format_count((uint64_t)llround(value), text);
    } else {
        view_format_number(value, 5, text);
    }
}

static struct line *add_line(struct readout *readout, const char *name, struct view_colour colour)
{
    struct line *line = &readout->lines[readout->count < MAX_LINES - 1 ? readout->count++ : MAX_LINES - 1];
    *line = (struct line){.colour = colour};
    append(line->name, LINE_BYTES, name ? name : "");
    return line;
}

static void add_axis(struct readout *readout, const struct view_axis *axis, const char *name, double value)
{
    const char *word = axis->label ? axis->label : axis->format == VIEW_DEGREES ? "angle" : name;
    struct line *line = add_line(readout, word, (struct view_colour){0});
    format_value(axis, value, line->value);
}

/* ---- numbers ---- */

static struct live_grid grid_of(const struct live_plot *plot, const struct live_series *series)
{
    uint32_t count = series->values.count;
    double span = plot->full_x.high - plot->full_x.low;
    struct live_grid grid = {.columns = count, .closed = series->closed};
    grid.step_x = series->step > 0 ? series->step : span / (series->closed ? count : count - 1.0);
    grid.first_x = series->step > 0 || series->first != 0 ? series->first : plot->full_x.low;
    if (count == 0 || !(grid.step_x > 0))
        grid = (struct live_grid){0};
    return grid;
}

/* Row and column 0 stand at the lesser values, as view_heat has them. */
static struct live_grid grid_of_cells(const struct live_plot *plot, const struct view_heat_parameters *heat)
{
    double step_x = fabs(plot->full_x.high - plot->full_x.low) / heat->columns;
    double step_y = fabs(plot->full_y.high - plot->full_y.low) / heat->rows;
    return (struct live_grid){
        .columns = heat->columns,
        .rows = heat->rows,
        .first_x = fmin(plot->full_x.low, plot->full_x.high) + 0.5 * step_x,
        .step_x = step_x,
        .first_y = fmin(plot->full_y.low, plot->full_y.high) + 0.5 * step_y,
        .step_y = step_y,
    };
}

static struct live_answer read_series(const struct live_plot *plot, const struct live_reading *reading,
                                      const struct live_series *series, double x)
{
    const struct live_grid grid = grid_of(plot, series);
    uint32_t index;
    if (!live_plot_sample(&grid, x, &index))
        return (struct live_answer){0};
    if (series->values.buffer)
        return reading->probe ? live_probe_ask(reading->probe, &series->values, index)
                              : (struct live_answer){0};
    if (!series->host)
        return (struct live_answer){0};
    double raw = (double)series->host[index];
    double scale = series->values.scale != 0 ? (double)series->values.scale : 1;
    return (struct live_answer){true, raw, scale * raw + (double)series->values.bias};
}

static void read_cell(const struct live_plot *plot, const struct live_reading *reading, double x, double y,
                      struct readout *readout)
{
    const struct live_cells *cells = reading->cells;
    const struct view_heat_parameters *heat = cells->heat;
    uint32_t row, column, index;
    if (!live_plot_cell(plot, x, y, &row, &column))
        return;
    struct line *line = add_line(readout, cells->row ? cells->row : "row", (struct view_colour){0});
    view_format_count(row, line->value);
    line = add_line(readout, cells->column ? cells->column : "column", (struct view_colour){0});
    view_format_count(column, line->value);
    line = add_line(readout, cells->value ? cells->value : "value", (struct view_colour){0});
    if (!live_cell_index(heat->cells, heat->rows, heat->columns, row, column, &index)) {
        append(line->value, VIEW_LABEL_BYTES, "–");
        return;
    }
    struct live_answer answer = {0};
    if (heat->values.buffer && reading->probe)
        answer = live_probe_ask(reading->probe, &heat->values, index);
    const struct view_axis axis = {.format = cells->format};
    if (answer.known)
        format_value(&axis, answer.shown, line->value);
    else
        append(line->value, VIEW_LABEL_BYTES, "…");
}

/* ---- drawing ---- */

/* The values on a card beside `at`, within the plot area as far as it goes, with room for `extra` below;
 * gives that room. */
static struct view_rect draw_readout(struct view_canvas *canvas, struct view_rect area, struct view_point at,
                                     const struct readout *readout, bool pinned, float extra)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const float size = theme->size_tick, row = 1.55f * size, pad = 0.75f * size, dot = 0.9f * size;
    float names = 0, values = 0;
    bool dots = false;
    for (uint32_t i = 0; i < readout->count; i++) {
        names = fmaxf(names, view_text_width(readout->lines[i].name, size, VIEW_REGULAR));
        values = fmaxf(values, view_text_width(readout->lines[i].value, size, VIEW_REGULAR));
        dots |= readout->lines[i].colour.a != 0;
    }
    values = fmaxf(values, 3.5f * size); /* does not jump with every digit */
    float left = dots ? dot : 0;
    struct view_rect card = {at.x + 12, at.y + 12, 2 * pad + left + names + 1.2f * size + values,
                             2 * pad + row * ((float)readout->count - 1) + 0.75f * size};
    card.width = fmaxf(card.width, extra > 0 ? extra + 2 * pad : 0);
    float words = card.height;
    card.height += extra > 0 ? extra + pad : 0;
    if (card.x + card.width > area.x + area.width)
        card.x = at.x - 12 - card.width;
    if (card.y + card.height > area.y + area.height)
        card.y = at.y - 12 - card.height;
    card.x = view_snap(canvas, fmaxf(card.x, area.x + 2));
    card.y = view_snap(canvas, fmaxf(card.y, area.y + 2));
    live_card(canvas, card, 0.96f);
    if (pinned)
        view_box(canvas, (struct view_rect){card.x, card.y + 4, 2, card.height - 8}, theme->series[1]);
    float y = card.y + pad + 0.375f * size;
    for (uint32_t i = 0; i < readout->count; i++, y += row) {
        const struct line *line = &readout->lines[i];
        if (line->colour.a)
            view_disc(canvas, (struct view_point){card.x + pad + 0.3f * size, y}, 0.3f * size, 0,
                      line->colour);
        view_text(
            canvas, card.x + pad + left, y, line->name,
            &(struct view_text_style){.size = size, .colour = theme->text_muted, .anchor = VIEW_MIDDLE});
        view_text(canvas, card.x + card.width - pad, y, line->value,
                  &(struct view_text_style){.size = size, .align = VIEW_END, .anchor = VIEW_MIDDLE});
    }
    return (struct view_rect){card.x + 0.5f * (card.width - extra), card.y + words, extra, extra};
}

/* The cells around (x, y), large enough to be told apart: what a magnifying glass shows. */
static void draw_magnifier(const struct live_plot *plot, struct view_canvas *canvas, struct view_rect glass,
                           const struct view_heat_parameters *heat, double x, double y)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const float cell = glass.width / GLASS_CELLS;
    struct view_frame whole = plot->frame;
    whole.x = plot->full_x;
    whole.y = plot->full_y;
    whole.plot.width = cell * (float)heat->columns;
    whole.plot.height = cell * (float)heat->rows;
    struct view_point middle = {glass.x + 0.5f * glass.width, glass.y + 0.5f * glass.height};
    whole.plot.x = middle.x - whole.plot.width * (float)view_axis_position(&whole.x, x);
    whole.plot.y = middle.y - whole.plot.height * (float)(1 - view_axis_position(&whole.y, y));
    view_box(canvas, glass, theme->page);
    view_clip(canvas, &glass);
    view_heat(canvas, &whole, heat);
    view_clip(canvas, NULL);
    struct view_rect mark = {middle.x - 0.5f * cell, middle.y - 0.5f * cell, cell, cell};
    view_rounded_box(canvas, view_inset(mark, -1, -1, -1, -1), 1, 1, view_alpha(theme->page, 0.8f));
    view_rounded_box(canvas, mark, 1, 1, theme->text);
}

static bool in_area(struct view_rect area, struct view_point at)
{
    return at.x >= area.x && at.x <= area.x + area.width && at.y >= area.y && at.y <= area.y + area.height;
}

/* A mark on each curve at x, and its value in the readout. */
static void read_curves(struct live_plot *plot, struct view_canvas *canvas,
                        const struct live_reading *reading, double x, struct readout *readout)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    uint32_t n = reading->n_series < LIVE_MAX_SERIES ? reading->n_series : LIVE_MAX_SERIES;
    for (uint32_t i = 0; i < n; i++) {
        const struct live_series *series = &reading->series[i];
        if (series->entry && !live_plot_visible(plot, series->entry - 1))
            continue;
        struct live_answer answer = read_series(plot, reading, series, x);
        struct line *line = add_line(readout, series->label, series->colour);
        if (!answer.known) {
            append(line->value, VIEW_LABEL_BYTES, "…");
            continue;
        }
        format_value(&plot->frame.y, answer.shown, line->value);
        struct view_point at = view_frame_point(&plot->frame, x, answer.shown);
        if (isfinite(answer.shown) && in_area(plot->frame.plot, at)) {
            view_disc(canvas, at, 4, 0, theme->panel);
            view_disc(canvas, at, 3, 0, series->colour);
        }
    }
}

static void outline_cell(const struct live_plot *plot, struct view_canvas *canvas, double x, double y)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_point a =
        view_frame_point(&plot->frame, x - 0.5 * plot->grid.step_x, y - 0.5 * plot->grid.step_y);
    struct view_point b =
        view_frame_point(&plot->frame, x + 0.5 * plot->grid.step_x, y + 0.5 * plot->grid.step_y);
    struct view_rect cell = {fminf(a.x, b.x), fminf(a.y, b.y), fabsf(a.x - b.x), fabsf(a.y - b.y)};
    float grow = fmaxf(0, 0.5f * (5 - fminf(cell.width, cell.height))) + 1.5f;
    cell = view_inset(cell, -grow, -grow, -grow, -grow);
    view_rounded_box(canvas, view_inset(cell, -1, -1, -1, -1), 2, 1, view_alpha(theme->page, 0.8f));
    view_rounded_box(canvas, cell, 2, 1.5f, theme->text);
}

static double shown_cells(const struct view_axis *axis, double step)
{
    return fabs(axis->high - axis->low) / step;
}

static void draw_cross(struct live_plot *plot, struct view_canvas *canvas, const struct live_reading *reading,
                       double x, double y, bool pinned)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_rect area = plot->frame.plot;
    struct view_point at = view_frame_point(&plot->frame, x, y);
    if (at.x < area.x || at.x > area.x + area.width)
        return;
    bool curves = reading && reading->n_series > 0 && !reading->free_cross;
    bool cells = reading && reading->cells;
    if (!curves && (at.y < area.y || at.y > area.y + area.height))
        return;
    struct readout readout = {0};
    const struct view_line_style line = {
        .colour = pinned ? theme->series[1] : theme->landmark, .dash = pinned ? 0 : 2, .gap = pinned ? 0 : 2};
    view_clip(canvas, &area);
    if (cells) {
        outline_cell(plot, canvas, x, y);
        read_cell(plot, reading, x, y, &readout);
    } else {
        view_line_down(canvas, at.x, area.y, area.y + area.height, &line);
        add_axis(&readout, &plot->frame.x, "x", x);
        if (curves) {
            read_curves(plot, canvas, reading, x, &readout);
        } else {
            view_line_across(canvas, area.x, area.x + area.width, at.y, &line);
            add_axis(&readout, &plot->frame.y, "y", y);
        }
    }
    view_clip(canvas, NULL);
    struct view_point beside = at;
    if (curves)
        beside.y = pinned ? area.y - 4 : plot->pointer.y;
    bool small =
        cells &&
        fminf(plot->frame.plot.width / (float)shown_cells(&plot->frame.x, plot->grid.step_x),
              plot->frame.plot.height / (float)shown_cells(&plot->frame.y, plot->grid.step_y)) < SMALL_CELL;
    if (!readout.count)
        return;
    struct view_rect glass = draw_readout(canvas, area, beside, &readout, pinned, small ? GLASS : 0);
    if (small)
        draw_magnifier(plot, canvas, glass, reading->cells->heat, x, y);
}

static void draw_box(const struct live_plot *plot, struct view_canvas *canvas)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_point a = plot->pressed, b = plot->corner;
    struct view_rect box = {fminf(a.x, b.x), fminf(a.y, b.y), fabsf(a.x - b.x), fabsf(a.y - b.y)};
    view_box(canvas, box, view_alpha(theme->series[0], 0.14f));
    view_rounded_box(canvas, box, 0, view_hairline(canvas, 1), theme->series[0]);
}

void live_plot_end(struct live_plot *plot, struct view_canvas *canvas, const struct live_reading *reading)
{
    if (!(plot->frame.plot.width > 0))
        return;
    plot->grid = (struct live_grid){0};
    if (reading && reading->cells)
        plot->grid = grid_of_cells(plot, reading->cells->heat);
    else if (reading && reading->n_series && !reading->free_cross)
        plot->grid = grid_of(plot, &reading->series[0]);
    plot->x.least = 3 * fabs(plot->grid.step_x);
    plot->y.least = 3 * fabs(plot->grid.step_y);
    view_frame_outline(canvas, &plot->frame);
    live_plot_draw_legend(plot, canvas);
    live_plot_draw_held(plot, canvas);
    double x, y;
    bool cross = !reading || !reading->no_cross;
    if (cross && plot->pinned)
        draw_cross(plot, canvas, reading, plot->pin_x, plot->pin_y, true);
    if (cross && plot->drag == LIVE_DRAG_NONE && live_plot_pointer(plot, &x, &y)) {
        live_plot_snap(plot, &x, &y);
        bool same = plot->pinned && x == plot->pin_x && (plot->grid.rows == 0 || y == plot->pin_y);
        if (!same)
            draw_cross(plot, canvas, reading, x, y, false);
    }
    if (plot->drag == LIVE_DRAG_BOX || plot->drag == LIVE_DRAG_KEYS)
        draw_box(plot, canvas);
}
