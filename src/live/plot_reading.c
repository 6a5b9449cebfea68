/* What lies over a plot: outline, legend, cross-hair and pin, what is read there, the box being chosen. */
#include "live/plot_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Cells below so many units across have a magnifier. */
enum { SMALL_CELL = 7 };

/* Where numbers of a cross-hair or the pin go: into the lines of the plot's card, one after the other. */
struct readout {
    struct live_cards *cards;
    enum live_cross cross;
    uint32_t count;
};

/* ---- words ---- */

static struct live_card_line *add_line(struct readout *readout, const char *name, enum view_format format,
                                       bool known, double number)
{
    struct live_card_line *line = live_cards_line(readout->cards, readout->count++, name);
    line->format = format;
    line->known[readout->cross] = known ? LIVE_KNOWN : LIVE_AWAITED;
    line->numbers[readout->cross] = number;
    return line;
}

static void add_axis(struct readout *readout, const struct view_axis *axis, const char *name, double value,
                     bool free)
{
    const char *word = axis->format == VIEW_DEGREES ? "angle" : name;
    struct live_card_line *line = add_line(readout, word, axis->format, true, value);
    line->position = true;
    line->decimals = free ? live_cards_decimals(axis) : -1;
}

/* What the panel has to say of a place instead of x and y. */
static void add_facts(struct readout *readout, const struct live_reading *reading, double x, double y)
{
    struct live_reading_fact facts[LIVE_READING_FACTS] = {{0}};
    const uint32_t count = reading->facts(reading->about, x, y, facts);
    for (uint32_t i = 0; i < count; i++) {
        struct live_card_line *line =
            add_line(readout, facts[i].name, facts[i].format, true, facts[i].number);
        line->position = facts[i].position;
        line->known[readout->cross] = facts[i].known;
        memcpy(line->words[readout->cross], facts[i].words, sizeof facts[i].words);
    }
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

static double number_of(const struct live_cells *cells, uint32_t place)
{
    return cells->numbers ? cells->numbers[place] : (double)cells->first + place;
}

static void read_cell(const struct live_plot *plot, const struct live_reading *reading, double x, double y,
                      struct readout *readout)
{
    const struct live_cells *cells = reading->cells;
    const struct view_heat_parameters *heat = cells->heat;
    uint32_t row, column, index;
    if (!live_plot_cell(plot, x, y, &row, &column))
        return;
    add_line(readout, cells->row ? cells->row : "row", VIEW_COUNT, true, number_of(cells, row))->position =
        true;
    add_line(readout, cells->column ? cells->column : "column", VIEW_COUNT, true, number_of(cells, column))
        ->position = true;
    const bool there = live_cell_index(heat->cells, heat->rows, heat->columns, row, column, &index);
    struct live_answer answer = {0};
    if (there && heat->values.buffer && reading->probe)
        answer = live_probe_ask(reading->probe, &heat->values, index);
    struct view_axis axis = heat->colours.axis;
    axis.format = cells->format;
    const char *name = cells->value ? cells->value : "value";
    struct live_card_line *line = add_line(readout, name, cells->format, answer.known, answer.shown);
    line->decimals = live_cards_decimals(&axis);
    if (!there)
        line->known[readout->cross] = LIVE_ABSENT;
    if (!there && cells->none)
        snprintf(line->words[readout->cross], VIEW_LABEL_BYTES, "%s", cells->none);
}

static void read_field(const struct live_reading *reading, double x, double y, struct readout *readout)
{
    const struct live_field *field = reading ? reading->field : NULL;
    struct live_field_number numbers[LIVE_FIELD_NUMBERS];
    const uint32_t n = field && field->read ? field->read(field, reading->probe, x, y, numbers) : 0;
    for (uint32_t i = 0; i < n; i++) {
        struct live_card_line *line =
            add_line(readout, numbers[i].name, VIEW_COUNT, numbers[i].known == LIVE_KNOWN, numbers[i].number);
        line->position = numbers[i].position;
        line->known[readout->cross] = numbers[i].known;
    }
}

/* ---- drawing ---- */

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
        struct live_card_line *line =
            add_line(readout, series->label, plot->frame.y.format, answer.known, answer.shown);
        line->colour = series->colour;
        line->decimals = live_cards_decimals(&plot->frame.y);
        if (!answer.known)
            continue;
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
                       double x, double y, enum live_cross cross)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_rect area = plot->frame.plot;
    const bool pinned = cross == LIVE_CROSS_PIN;
    struct view_point at = view_frame_point(&plot->frame, x, y);
    if (at.x < area.x || at.x > area.x + area.width)
        return;
    bool curves = reading && reading->n_series > 0 && !reading->free_cross && !reading->field;
    bool cells = reading && reading->cells;
    if (!curves && (at.y < area.y || at.y > area.y + area.height))
        return;
    struct readout readout = {.cards = &plot->cards, .cross = cross};
    const struct live_field *field = reading ? reading->field : NULL;
    const char *x_name = field && field->x ? field->x : plot->parameters.frame.x.label;
    const char *y_name = field && field->y ? field->y : plot->parameters.frame.y.label;
    const struct view_line_style line = {
        .colour = pinned ? theme->series[1] : theme->landmark, .dash = pinned ? 0 : 2, .gap = pinned ? 0 : 2};
    view_clip(canvas, &area);
    if (cells) {
        outline_cell(plot, canvas, x, y);
        read_cell(plot, reading, x, y, &readout);
    } else {
        view_line_down(canvas, at.x, area.y, area.y + area.height, &line);
        const bool facts = reading && reading->facts;
        if (facts)
            add_facts(&readout, reading, x, y);
        else
            add_axis(&readout, &plot->frame.x, x_name, x, plot->grid.columns == 0);
        if (curves) {
            read_curves(plot, canvas, reading, x, &readout);
        } else {
            view_line_across(canvas, area.x, area.x + area.width, at.y, &line);
            if (!facts)
                add_axis(&readout, &plot->frame.y, y_name, y, true);
            read_field(reading, x, y, &readout);
        }
    }
    view_clip(canvas, NULL);
    if (curves)
        at.y = pinned ? area.y - 4 : plot->pointer.y;
    plot->cards.shown[cross] = readout.count > 0;
    plot->cards.at[cross] = at;
    plot->cards.x[cross] = x;
    plot->cards.y[cross] = y;
}

/* Where cells are too small to be told apart, they are shown larger. */
static void note_cells(struct live_plot *plot, const struct live_reading *reading)
{
    const float across = plot->frame.plot.width / (float)shown_cells(&plot->frame.x, plot->grid.step_x);
    const float down = plot->frame.plot.height / (float)shown_cells(&plot->frame.y, plot->grid.step_y);
    plot->cards.magnify = fminf(across, down) < SMALL_CELL;
    plot->cards.heat = *reading->cells->heat;
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
    plot->cards = (struct live_cards){.area = plot->frame.plot};
    if (reading && reading->cells)
        plot->grid = grid_of_cells(plot, reading->cells->heat);
    else if (reading && reading->field)
        plot->grid = reading->field->snap;
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
        draw_cross(plot, canvas, reading, plot->pin_x, plot->pin_y, LIVE_CROSS_PIN);
    if (cross && plot->drag == LIVE_DRAG_NONE && live_plot_pointer(plot, &x, &y)) {
        live_plot_snap(plot, &x, &y);
        bool same = plot->pinned && x == plot->pin_x && live_plot_same_height(plot, y);
        if (!same)
            draw_cross(plot, canvas, reading, x, y, LIVE_CROSS_POINTER);
    }
    if (reading && reading->cells)
        note_cells(plot, reading);
    if (plot->drag == LIVE_DRAG_BOX || plot->drag == LIVE_DRAG_KEYS)
        draw_box(plot, canvas);
}
