#include "view/frame.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TICK = 4, TICK_GAP = 4, LABEL_GAP = 7, HEADING_GAP = 9, LANDMARK_GAP = 5 };

/* ---- headings ---- */

static float heading_size(const struct view_theme *theme, bool compact)
{
    return compact ? theme->size_tick : theme->size_heading;
}

static float heading_height(const struct view_theme *theme, bool compact, const char *letter,
                            const char *title, const char *subtitle)
{
    float height = 0;
    if (title || letter)
        height += 1.15f * heading_size(theme, compact);
    if (subtitle)
        height += 1.5f * theme->size_tick;
    return height;
}

/* A line that ends where the panel does. */
static void draw_line_of(struct view_canvas *canvas, float x, float y, float width, const char *words,
                         const struct view_text_style *style)
{
    char text[256];
    snprintf(text, sizeof text, "%s", words);
    view_fit_text(text, width, style->size, style->weight);
    view_text(canvas, x, y, text, style);
}

static float draw_heading(struct view_canvas *canvas, float x, float y, float width, bool compact,
                          const char *letter, const char *title, const char *subtitle)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    float size = heading_size(theme, compact);
    struct view_text_style style = {.size = size, .weight = VIEW_BOLD, .anchor = VIEW_TOP};
    float at = x;
    if (letter)
        at += view_text(canvas, at, y, letter, &style) + 0.6f * size;
    style.weight = compact ? VIEW_REGULAR : VIEW_BOLD;
    if (title)
        draw_line_of(canvas, at, y, width - (at - x), title, &style);
    if (subtitle) {
        float below = title || letter ? 1.15f * size + 0.45f * theme->size_tick : 0;
        style = (struct view_text_style){
            .size = theme->size_tick, .colour = theme->text_muted, .anchor = VIEW_TOP};
        draw_line_of(canvas, x, y + below, width, subtitle, &style);
    }
    return heading_height(theme, compact, letter, title, subtitle);
}

float view_heading(struct view_canvas *canvas, struct view_rect rect, const char *letter, const char *title,
                   const char *subtitle)
{
    return draw_heading(canvas, rect.x, rect.y, rect.width, false, letter, title, subtitle);
}

/* ---- measures ---- */

/* Units from one number to the next, at the text size of the themes. */
enum { EACH_X = 62, EACH_Y = 42 };

static uint32_t wanted_ticks(uint32_t asked, float length, float each, float size)
{
    if (asked)
        return asked;
    float fitting = floorf(length / (each * fmaxf(1, size / view_theme_dark.size_tick)));
    return fitting < 2 ? 2 : fitting > 12 ? 12 : (uint32_t)fitting;
}

/* Half of what a number takes of its axis, with the gap to the next. */
static float half_of(const char *label, float size, bool upright)
{
    return upright ? 0.55f * size : 0.5f * view_text_width(label, size, VIEW_REGULAR) + 0.3f * size;
}

static bool meet(const struct view_axis *axis, const struct view_ticks *ticks, uint32_t a, uint32_t b,
                 float length, float size, bool upright)
{
    double from = view_axis_position(axis, ticks->values[a]), to = view_axis_position(axis, ticks->values[b]);
    return length * (float)fabs(to - from) <
           half_of(ticks->labels[a], size, upright) + half_of(ticks->labels[b], size, upright);
}

static bool any_meet(const struct view_axis *axis, const struct view_ticks *ticks, float length, float size,
                     bool upright)
{
    for (uint32_t i = 1; i < ticks->count; i++)
        if (meet(axis, ticks, i - 1, i, length, size, upright))
            return true;
    return false;
}

/* Takes away the numbers that have no room: of those on a logarithmic axis powers of ten stay first. */
static void thin_labels(const struct view_axis *axis, struct view_ticks *ticks, float length, float size,
                        bool upright)
{
    bool stays[VIEW_MAX_TICKS] = {false};
    for (int turn = 0; turn < 2; turn++)
        for (uint32_t i = 0; i < ticks->count; i++) {
            const double power = log10(fabs(ticks->values[i]));
            bool fits = turn > 0 || axis->scale != VIEW_LOG10 || fabs(power - round(power)) < 1e-6;
            for (uint32_t k = 0; k < ticks->count && fits; k++)
                fits = k == i || !stays[k] || !meet(axis, ticks, i, k, length, size, upright);
            stays[i] |= fits;
        }
    for (uint32_t i = 0; i < ticks->count; i++)
        if (!stays[i])
            ticks->labels[i][0] = '\0';
}

/* As many ticks as wanted, or so many fewer that their numbers do not meet. */
static void fitting_ticks(const struct view_axis *axis, uint32_t wanted, float length, float size,
                          bool upright, struct view_ticks *ticks)
{
    struct view_axis tried = *axis;
    view_ticks_make(&tried, wanted, ticks);
    while (ticks->count > 2 && any_meet(axis, ticks, length, size, upright) &&
           (wanted > 1 || tried.step > 0)) {
        if (tried.step > 0)
            tried.step *= 2;
        else
            wanted--;
        view_ticks_make(&tried, wanted, ticks);
    }
    if (any_meet(axis, ticks, length, size, upright))
        thin_labels(axis, ticks, length, size, upright);
}

static void axis_ticks(const struct view_axis *axis, uint32_t wanted, float length, float size, bool upright,
                       struct view_ticks *ticks)
{
    if (axis->no_numbers)
        view_ticks_make(axis, wanted, ticks);
    else
        fitting_ticks(axis, wanted, length, size, upright, ticks);
}

static void x_ticks(const struct view_frame_parameters *parameters, float length, float size,
                    struct view_ticks *ticks)
{
    const uint32_t wanted = wanted_ticks(parameters->x_ticks, parameters->rect.width, EACH_X, size);
    axis_ticks(&parameters->x, wanted, length, size, false, ticks);
}

static void y_ticks(const struct view_frame_parameters *parameters, float length, float size,
                    struct view_ticks *ticks)
{
    const uint32_t wanted = wanted_ticks(parameters->y_ticks, parameters->rect.height, EACH_Y, size);
    axis_ticks(&parameters->y, wanted, length, size, true, ticks);
}

static float widest_label(const struct view_ticks *ticks, float size)
{
    float widest = 0;
    for (uint32_t i = 0; i < ticks->count; i++)
        widest = fmaxf(widest, view_text_width(ticks->labels[i], size, VIEW_REGULAR));
    return widest;
}

struct view_margins view_frame_measure(struct view_canvas *canvas,
                                       const struct view_frame_parameters *parameters)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_margins m = parameters->margins;
    struct view_ticks ticks;
    if (m.top == 0) {
        float heading = heading_height(theme, parameters->compact, parameters->letter, parameters->title,
                                       parameters->subtitle);
        m.top = heading > 0 ? heading + (parameters->compact ? 4 : HEADING_GAP) : 0.5f * theme->size_tick;
        m.top += parameters->landmarks ? LANDMARK_GAP + theme->size_tick : 0;
    }
    if (m.bottom == 0) {
        m.bottom = parameters->x.no_numbers ? TICK : TICK + TICK_GAP + theme->size_tick;
        m.bottom += parameters->x.label ? theme->size_label + LABEL_GAP : 0;
    }
    if (m.left == 0) {
        y_ticks(parameters, parameters->rect.height - m.top - m.bottom, theme->size_tick, &ticks);
        m.left = parameters->y.no_numbers ? TICK : TICK + TICK_GAP + widest_label(&ticks, theme->size_tick);
        m.left += parameters->y.label ? theme->size_label + LABEL_GAP : 0;
    }
    if (m.right == 0) {
        x_ticks(parameters, parameters->rect.width - m.left, theme->size_tick, &ticks);
        bool numbers = ticks.count > 0 && !parameters->x.no_numbers && !parameters->compact;
        float last =
            numbers ? view_text_width(ticks.labels[ticks.count - 1], theme->size_tick, VIEW_REGULAR) : 0;
        m.right = fmaxf(2, 0.5f * last);
    }
    return m;
}

struct view_frame_parameters view_multiple(struct view_canvas *canvas,
                                           const struct view_frame_parameters *common, uint32_t rows,
                                           uint32_t columns, float gap_x, float gap_y, uint32_t index)
{
    const float nothing = 1e-3f; /* a margin of 0 would be measured */
    struct view_frame_parameters cell = *common;
    uint32_t row = index / columns, column = index % columns;
    cell.compact = true;
    cell.x.label = cell.y.label = cell.letter = cell.subtitle = NULL;
    cell.title = " ";
    struct view_margins outer = view_frame_measure(canvas, &cell);
    float width =
        (common->rect.width - outer.left - outer.right - gap_x * (float)(columns - 1)) / (float)columns;
    float height =
        (common->rect.height - outer.bottom - outer.top * (float)rows - gap_y * (float)(rows - 1)) /
        (float)rows;
    cell.margins = (struct view_margins){
        .left = column == 0 ? outer.left : nothing,
        .top = outer.top,
        .right = nothing,
        .bottom = row + 1 == rows ? outer.bottom : nothing,
    };
    float x = common->rect.x + outer.left + (float)column * (width + gap_x);
    float y = common->rect.y + outer.top + (float)row * (height + outer.top + gap_y);
    cell.rect =
        (struct view_rect){x - cell.margins.left, y - cell.margins.top, width + cell.margins.left + nothing,
                           height + cell.margins.top + cell.margins.bottom};
    cell.x.no_numbers = common->x.no_numbers || row + 1 < rows;
    cell.y.no_numbers = common->y.no_numbers || column > 0;
    cell.x_ticks = common->x_ticks ? common->x_ticks
                                   : wanted_ticks(0, width, EACH_X, view_canvas_theme(canvas)->size_tick);
    cell.y_ticks = common->y_ticks ? common->y_ticks
                                   : wanted_ticks(0, height, EACH_Y, view_canvas_theme(canvas)->size_tick);
    cell.title = NULL;
    return cell;
}

struct view_point view_frame_point(const struct view_frame *frame, double x, double y)
{
    return (struct view_point){
        frame->plot.x + frame->plot.width * (float)view_axis_position(&frame->x, x),
        frame->plot.y + frame->plot.height * (float)(1 - view_axis_position(&frame->y, y)),
    };
}

/* ---- axes ---- */

/* The label and, when the numbers share a power of ten, that power, within `from` to `to` and about `middle`
 * where there is room; gives its own middle. */
static float fit_label(const struct view_theme *theme, const struct view_axis *axis,
                       const struct view_ticks *ticks, float middle, float from, float to, char text[256])
{
    if (ticks->exponent)
        snprintf(text, 256, "%s  (%s)", axis->label, ticks->unit);
    else
        snprintf(text, 256, "%s", axis->label);
    view_fit_label(text, to - from, theme->size_label, VIEW_REGULAR);
    const float half = 0.5f * view_text_width(text, theme->size_label, VIEW_REGULAR);
    return fminf(fmaxf(middle, from + half), fmaxf(to - half, from + half));
}

static void draw_x_axis(struct view_canvas *canvas, const struct view_frame *frame,
                        const struct view_ticks *ticks, bool grid, const struct view_rect *whole)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_rect *plot = &frame->plot;
    const struct view_line_style line = {.colour = theme->axis}, faint = {.colour = theme->grid};
    struct view_text_style number = {
        .size = theme->size_tick, .colour = theme->text_muted, .align = VIEW_CENTRE, .anchor = VIEW_TOP};
    float bottom = plot->y + plot->height, right = plot->x + plot->width;
    for (uint32_t i = 0; i < ticks->count; i++) {
        float x = view_frame_point(frame, ticks->values[i], frame->y.low).x;
        if (grid)
            view_line_down(canvas, x, plot->y, bottom, &faint);
        if (!frame->compact || !frame->x.no_numbers)
            view_line_down(canvas, x, bottom, bottom + TICK, &line);
        if (frame->compact) /* numbers keep within the plot, so that neighbours' do not meet */
            number.align = x < plot->x + 2 ? VIEW_START : x > right - 2 ? VIEW_END : VIEW_CENTRE;
        if (!frame->x.no_numbers)
            view_text(canvas, x, bottom + TICK + TICK_GAP, ticks->labels[i], &number);
    }
    for (uint32_t i = 0; i < ticks->n_minor; i++) {
        float x = view_frame_point(frame, ticks->minor[i], frame->y.low).x;
        view_line_down(canvas, x, bottom, bottom + 0.5f * TICK, &line);
    }
    if (!frame->x.label)
        return;
    char text[256];
    float y = bottom + TICK + LABEL_GAP + (frame->x.no_numbers ? 0 : TICK_GAP + 0.8f * theme->size_tick);
    float middle = fit_label(theme, &frame->x, ticks, plot->x + 0.5f * plot->width, whole->x,
                             whole->x + whole->width, text);
    view_text(canvas, middle, y, text, &(struct view_text_style){.align = VIEW_CENTRE, .anchor = VIEW_TOP});
}

static void draw_y_axis(struct view_canvas *canvas, const struct view_frame *frame,
                        const struct view_ticks *ticks, bool grid, const struct view_rect *whole)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_rect *plot = &frame->plot;
    const struct view_line_style line = {.colour = theme->axis}, faint = {.colour = theme->grid};
    const struct view_text_style number = {
        .size = theme->size_tick, .colour = theme->text_muted, .align = VIEW_END, .anchor = VIEW_MIDDLE};
    for (uint32_t i = 0; i < ticks->count; i++) {
        float y = view_frame_point(frame, frame->x.low, ticks->values[i]).y;
        if (grid)
            view_line_across(canvas, plot->x, plot->x + plot->width, y, &faint);
        if (!frame->compact || !frame->y.no_numbers)
            view_line_across(canvas, plot->x - TICK, plot->x, y, &line);
        if (!frame->y.no_numbers)
            view_text(canvas, plot->x - TICK - TICK_GAP, y, ticks->labels[i], &number);
    }
    for (uint32_t i = 0; i < ticks->n_minor; i++) {
        float y = view_frame_point(frame, frame->x.low, ticks->minor[i]).y;
        view_line_across(canvas, plot->x - 0.5f * TICK, plot->x, y, &line);
    }
    char text[256];
    if (frame->y.label) {
        float cap = view_cap_height(theme->size_label, VIEW_REGULAR);
        float middle = fit_label(theme, &frame->y, ticks, plot->y + 0.5f * plot->height, plot->y - 4,
                                 whole->y + whole->height, text);
        view_text(canvas, whole->x + cap, middle, text,
                  &(struct view_text_style){.align = VIEW_CENTRE, .upwards = true});
    } else if (ticks->exponent && !frame->y.no_numbers) {
        view_text(canvas, plot->x, plot->y - 5, ticks->unit,
                  &(struct view_text_style){.size = theme->size_tick, .colour = theme->text_muted});
    }
}

struct view_frame view_frame_draw(struct view_canvas *canvas, const struct view_frame_parameters *parameters)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_margins m = view_frame_measure(canvas, parameters);
    struct view_rect area = view_inset(parameters->rect, m.left, m.top, m.right, m.bottom);
    if (parameters->square)
        area.width = area.height = fminf(area.width, area.height);
    float left = view_snap(canvas, area.x), top = view_snap(canvas, area.y);
    struct view_frame frame = {
        .plot = {left, top, view_snap(canvas, area.x + area.width) - left,
                 view_snap(canvas, area.y + area.height) - top},
        .x = parameters->x,
        .y = parameters->y,
        .boxed = parameters->boxed,
        .compact = parameters->compact,
    };
    if (!(frame.plot.width > 0) || !(frame.plot.height > 0)) {
        frame.plot.width = frame.plot.height = 0;
        return frame;
    }
    view_box(canvas, frame.plot, theme->panel);
    struct view_ticks ticks;
    x_ticks(parameters, frame.plot.width, theme->size_tick, &ticks);
    draw_x_axis(canvas, &frame, &ticks, !parameters->no_grid, &parameters->rect);
    y_ticks(parameters, frame.plot.height, theme->size_tick, &ticks);
    struct view_rect whole = parameters->rect;
    if (parameters->square) /* beside its numbers, wherever the square stands */
        whole.x = fmaxf(whole.x, left - TICK - TICK_GAP - widest_label(&ticks, theme->size_tick) - LABEL_GAP -
                                     theme->size_label);
    draw_y_axis(canvas, &frame, &ticks, !parameters->no_grid, &whole);
    const float heading = parameters->compact ? left : parameters->rect.x;
    const float width = parameters->heading_width > 0 ? parameters->heading_width : parameters->rect.width;
    draw_heading(canvas, heading, parameters->rect.y, width - (heading - parameters->rect.x),
                 parameters->compact, parameters->letter, parameters->title, parameters->subtitle);
    return frame;
}

void view_frame_outline(struct view_canvas *canvas, const struct view_frame *frame)
{
    const struct view_line_style line = {.colour = view_canvas_theme(canvas)->axis};
    const struct view_rect *plot = &frame->plot;
    float half = 0.5f * view_hairline(canvas, 1);
    float left = plot->x - half, right = plot->x + plot->width + half;
    float top = plot->y - half, bottom = plot->y + plot->height + half;
    if (!(plot->width > 0))
        return;
    view_line_across(canvas, left - half, right + half, bottom, &line);
    if (!frame->compact || frame->boxed)
        view_line_down(canvas, left, top - half, bottom + half, &line);
    if (frame->boxed) {
        view_line_across(canvas, left - half, right + half, top, &line);
        view_line_down(canvas, right, top - half, bottom + half, &line);
    }
}

/* ---- marks on a plot ---- */

void view_landmark(struct view_canvas *canvas, const struct view_frame *frame, double x, const char *label)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    float at = view_frame_point(frame, x, frame->y.low).x;
    view_line_down(canvas, at, frame->plot.y, frame->plot.y + frame->plot.height,
                   &(struct view_line_style){.colour = theme->landmark, .dash = 3, .gap = 3});
    if (label)
        view_text(canvas, at, frame->plot.y - 5, label,
                  &(struct view_text_style){
                      .size = theme->size_tick, .colour = theme->text_muted, .align = VIEW_CENTRE});
}

void view_level(struct view_canvas *canvas, const struct view_frame *frame, double y, const char *label,
                const struct view_line_style *style)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    float at = view_frame_point(frame, frame->x.low, y).y;
    if (at < frame->plot.y || at > frame->plot.y + frame->plot.height)
        return;
    float right = frame->plot.x + frame->plot.width;
    view_line_across(canvas, frame->plot.x, right, at, style);
    if (label)
        view_text(
            canvas, right - 4, at - 4, label,
            &(struct view_text_style){.size = theme->size_tick, .colour = style->colour, .align = VIEW_END});
}

void view_note(struct view_canvas *canvas, struct view_rect rect, const char *words)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    char line[128];
    float y = rect.y + 0.5f * rect.height;
    for (const char *from = words; *from;) {
        size_t length = strcspn(from, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, from);
        view_text(canvas, rect.x + 0.5f * rect.width, y, line,
                  &(struct view_text_style){.colour = theme->text_muted, .align = VIEW_CENTRE});
        y += 1.4f * theme->size_label;
        from += length + (from[length] == '\n');
    }
}
