#include "view/frame.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TICK = 4, TICK_GAP = 4, LABEL_GAP = 7, HEADING_GAP = 9, LANDMARK_ROW = 15 };

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

static float draw_heading(struct view_canvas *canvas, float x, float y, bool compact, const char *letter,
                          const char *title, const char *subtitle)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    float size = heading_size(theme, compact);
    struct view_text_style style = {.size = size, .weight = VIEW_BOLD, .anchor = VIEW_TOP};
    float at = x;
    if (letter)
        at += view_text(canvas, at, y, letter, &style) + 0.6f * size;
    style.weight = compact ? VIEW_REGULAR : VIEW_BOLD;
    if (title)
        view_text(canvas, at, y, title, &style);
    if (subtitle) {
        float below = title || letter ? 1.15f * size + 0.45f * theme->size_tick : 0;
        style = (struct view_text_style){
            .size = theme->size_tick, .colour = theme->text_muted, .anchor = VIEW_TOP};
        view_text(canvas, x, y + below, subtitle, &style);
    }
    return heading_height(theme, compact, letter, title, subtitle);
}

float view_heading(struct view_canvas *canvas, struct view_rect rect, const char *letter, const char *title,
                   const char *subtitle)
{
    return draw_heading(canvas, rect.x, rect.y, false, letter, title, subtitle);
}

/* ---- measures ---- */

static uint32_t wanted_ticks(uint32_t asked, float length, float each)
{
    if (asked)
        return asked;
    float fitting = floorf(length / each);
    return fitting < 2 ? 2 : fitting > 12 ? 12 : (uint32_t)fitting;
}

static uint32_t x_wanted(const struct view_frame_parameters *parameters)
{
    return wanted_ticks(parameters->x_ticks, parameters->rect.width, 62);
}

static uint32_t y_wanted(const struct view_frame_parameters *parameters)
{
    return wanted_ticks(parameters->y_ticks, parameters->rect.height, 42);
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
    struct view_ticks x, y;
    view_ticks_make(&parameters->x, x_wanted(parameters), &x);
    view_ticks_make(&parameters->y, y_wanted(parameters), &y);
    if (m.top == 0) {
        float heading = heading_height(theme, parameters->compact, parameters->letter, parameters->title,
                                       parameters->subtitle);
        m.top = heading > 0 ? heading + (parameters->compact ? 4 : HEADING_GAP) : 0.5f * theme->size_tick;
        m.top += parameters->landmarks ? LANDMARK_ROW : 0;
    }
    if (m.left == 0) {
        m.left = parameters->y.no_numbers ? TICK : TICK + TICK_GAP + widest_label(&y, theme->size_tick);
        m.left += parameters->y.label ? theme->size_label + LABEL_GAP : 0;
    }
    if (m.bottom == 0) {
        m.bottom = parameters->x.no_numbers ? TICK : TICK + TICK_GAP + theme->size_tick;
        m.bottom += parameters->x.label ? theme->size_label + LABEL_GAP : 0;
    }
    if (m.right == 0) {
        bool numbers = x.count > 0 && !parameters->x.no_numbers && !parameters->compact;
        float last = numbers ? view_text_width(x.labels[x.count - 1], theme->size_tick, VIEW_REGULAR) : 0;
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
    cell.x_ticks = common->x_ticks ? common->x_ticks : wanted_ticks(0, width, 62);
    cell.y_ticks = common->y_ticks ? common->y_ticks : wanted_ticks(0, height, 42);
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

/* The label and, when the numbers share a power of ten, that power. */
static const char *label_with_unit(const struct view_axis *axis, const struct view_ticks *ticks,
                                   char text[256])
{
    if (!axis->label || !ticks->exponent)
        return axis->label;
    snprintf(text, 256, "%s  (%s)", axis->label, ticks->unit);
    return text;
}

static void draw_x_axis(struct view_canvas *canvas, const struct view_frame *frame,
                        const struct view_ticks *ticks, bool grid)
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
    view_text(canvas, plot->x + 0.5f * plot->width, y, label_with_unit(&frame->x, ticks, text),
              &(struct view_text_style){.align = VIEW_CENTRE, .anchor = VIEW_TOP});
}

static void draw_y_axis(struct view_canvas *canvas, const struct view_frame *frame,
                        const struct view_ticks *ticks, bool grid, float outer_left)
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
        view_text(canvas, outer_left + cap, plot->y + 0.5f * plot->height,
                  label_with_unit(&frame->y, ticks, text),
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
    view_ticks_make(&frame.x, x_wanted(parameters), &ticks);
    draw_x_axis(canvas, &frame, &ticks, !parameters->no_grid);
    view_ticks_make(&frame.y, y_wanted(parameters), &ticks);
    draw_y_axis(canvas, &frame, &ticks, !parameters->no_grid, parameters->rect.x);
    draw_heading(canvas, parameters->compact ? left : parameters->rect.x, parameters->rect.y,
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
