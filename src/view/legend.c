#include "view/frame.h"

#include "base/progress.h"
#include "view/font.h"
#include "view/internal.h"
#include "view/params.h"

#include <math.h>
#include <stdio.h>

/* ---- legends ---- */

enum { SWATCH = 18, SWATCH_GAP = 6, ENTRY_GAP = 18 };

static float row_height(const struct view_theme *theme)
{
    return 1.6f * theme->size_tick;
}

float view_legend_width(const struct view_canvas *canvas, const struct view_legend_entry *entries,
                        uint32_t count, bool vertical)
{
    float size = view_canvas_theme(canvas)->size_tick, width = 0;
    for (uint32_t i = 0; i < count; i++) {
        float entry = SWATCH + SWATCH_GAP + view_text_width(entries[i].label, size, VIEW_REGULAR);
        width = vertical ? fmaxf(width, entry) : width + entry + (i ? ENTRY_GAP : 0);
    }
    return width;
}

static void draw_swatch(struct view_canvas *canvas, float x, float middle,
                        const struct view_legend_entry *entry)
{
    static const enum view_marker markers[] = {
        [VIEW_LEGEND_SQUARE] = VIEW_MARKER_SQUARE,
        [VIEW_LEGEND_DIAMOND] = VIEW_MARKER_DIAMOND,
        [VIEW_LEGEND_TRIANGLE] = VIEW_MARKER_TRIANGLE,
        [VIEW_LEGEND_CROSS] = VIEW_MARKER_CROSS,
    };
    struct view_line_style line = {.colour = entry->colour, .width = 2};
    switch (entry->kind) {
    case VIEW_LEGEND_DASHED_BAND:
        view_box(canvas, (struct view_rect){x, view_snap(canvas, middle - 4), SWATCH, 8},
                 view_alpha(entry->colour, 0.25f));
        line.width = 1;
        line.dash = 2;
        line.gap = 3;
        view_line_across(canvas, x, x + SWATCH, middle, &line);
        break;
    case VIEW_LEGEND_DASHED:
        line.dash = 4;
        line.gap = 3;
        view_line_across(canvas, x, x + SWATCH, middle, &line);
        break;
    case VIEW_LEGEND_LINE:
        view_line_across(canvas, x, x + SWATCH, middle, &line);
        break;
    case VIEW_LEGEND_BAND:
        view_box(canvas, (struct view_rect){x, view_snap(canvas, middle - 4), SWATCH, 8}, entry->colour);
        break;
    case VIEW_LEGEND_BOX:
        view_rounded_box(canvas, (struct view_rect){x + 4, view_snap(canvas, middle - 5), 10, 10}, 2, 0,
                         entry->colour);
        break;
    case VIEW_LEGEND_DISC:
        view_disc(canvas, (struct view_point){x + 0.5f * SWATCH, middle}, 4, 0, entry->colour);
        break;
    case VIEW_LEGEND_SQUARE:
    case VIEW_LEGEND_DIAMOND:
    case VIEW_LEGEND_TRIANGLE:
    case VIEW_LEGEND_CROSS:
        view_mark(canvas, (struct view_point){x + 0.5f * SWATCH, middle}, markers[entry->kind], 8,
                  entry->colour);
        break;
    }
}

struct view_rect view_legend(struct view_canvas *canvas, float x, float y,
                             const struct view_legend_entry *entries, uint32_t count, bool vertical,
                             enum view_align align)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    float width = view_legend_width(canvas, entries, count, vertical), high = row_height(theme);
    float left = x - (align == VIEW_END ? width : align == VIEW_CENTRE ? 0.5f * width : 0);
    float cap = view_cap_height(theme->size_tick, VIEW_REGULAR);
    struct view_rect box = {left, y, width, cap + (vertical ? high * (float)(count - 1) : 0)};
    float at = left, middle = y + 0.5f * cap;
    for (uint32_t i = 0; i < count; i++) {
        draw_swatch(canvas, at, middle, &entries[i]);
        const struct view_text_style style = {
            .size = theme->size_tick, .colour = theme->text, .anchor = VIEW_MIDDLE};
        float used = SWATCH + SWATCH_GAP;
        used += view_text(canvas, at + used, middle, entries[i].label, &style);
        if (vertical)
            middle += high;
        else
            at += used + ENTRY_GAP;
    }
    return box;
}

float view_legend_drop(const struct view_canvas *canvas)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    return view_cap_height(theme->size_heading, VIEW_BOLD) - view_cap_height(theme->size_tick, VIEW_REGULAR);
}

/* ---- colour bars ---- */

enum { BAR = 10, BAR_TICK = 3, POINT = 8 };

/* The strip's ends beyond the range, in the reserved colours. */
static void draw_ends(struct view_canvas *canvas, struct view_rect bar, bool vertical,
                      const struct view_colour_scale *scale)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    if (!scale->show_outside)
        return;
    if (vertical) {
        float middle = bar.x + 0.5f * bar.width, bottom = bar.y + bar.height;
        view_triangle(canvas, (struct view_point){bar.x, bar.y - 1},
                      (struct view_point){bar.x + bar.width, bar.y - 1},
                      (struct view_point){middle, bar.y - 1 - POINT}, theme->over);
        view_triangle(canvas, (struct view_point){bar.x, bottom + 1},
                      (struct view_point){bar.x + bar.width, bottom + 1},
                      (struct view_point){middle, bottom + 1 + POINT}, theme->under);
    } else {
        float middle = bar.y + 0.5f * bar.height, right = bar.x + bar.width;
        view_triangle(canvas, (struct view_point){right + 1, bar.y},
                      (struct view_point){right + 1, bar.y + bar.height},
                      (struct view_point){right + 1 + POINT, middle}, theme->over);
        view_triangle(canvas, (struct view_point){bar.x - 1, bar.y},
                      (struct view_point){bar.x - 1, bar.y + bar.height},
                      (struct view_point){bar.x - 1 - POINT, middle}, theme->under);
    }
}

static void draw_vertical_bar(struct view_canvas *canvas, struct view_rect bar,
                              const struct view_colour_scale *scale)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_text_style number = {
        .size = theme->size_tick, .colour = theme->text_muted, .anchor = VIEW_MIDDLE};
    const struct view_line_style line = {.colour = theme->axis};
    struct view_ticks ticks;
    view_ticks_make(&scale->axis, (uint32_t)fmaxf(2, fminf(8, bar.height / 36)), &ticks);
    float right = bar.x + bar.width, widest = 0;
    for (uint32_t i = 0; i < ticks.count; i++) {
        float y = bar.y + bar.height * (float)(1 - view_axis_position(&scale->axis, ticks.values[i]));
        view_line_across(canvas, right, right + BAR_TICK, y, &line);
        widest = fmaxf(widest, view_text(canvas, right + BAR_TICK + 3, y, ticks.labels[i], &number));
    }
    if (ticks.exponent)
        view_text(canvas, right + BAR_TICK + 3, bar.y - 0.9f * theme->size_tick, ticks.unit, &number);
    if (!scale->axis.label)
        return;
    char label[256];
    snprintf(label, sizeof label, "%s", scale->axis.label);
    view_fit_label(label, bar.height, theme->size_tick, VIEW_REGULAR);
    view_text(canvas, right + BAR_TICK + 3 + widest + 6 + theme->size_tick, bar.y + 0.5f * bar.height, label,
              &(struct view_text_style){.size = theme->size_tick, .align = VIEW_CENTRE, .upwards = true});
}

static void draw_flat_bar(struct view_canvas *canvas, struct view_rect bar, struct view_rect rect,
                          const struct view_colour_scale *scale)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_text_style number = {
        .size = theme->size_tick, .colour = theme->text_muted, .align = VIEW_CENTRE, .anchor = VIEW_TOP};
    const struct view_line_style line = {.colour = theme->axis};
    struct view_ticks ticks;
    view_ticks_make(&scale->axis, (uint32_t)fmaxf(2, fminf(8, bar.width / 52)), &ticks);
    float bottom = bar.y + bar.height;
    for (uint32_t i = 0; i < ticks.count; i++) {
        float x = bar.x + bar.width * (float)view_axis_position(&scale->axis, ticks.values[i]);
        view_line_down(canvas, x, bottom, bottom + BAR_TICK, &line);
        view_text(canvas, x, bottom + BAR_TICK + 3, ticks.labels[i], &number);
    }
    if (!scale->axis.label)
        return;
    const struct view_text_style style = {.size = theme->size_tick, .anchor = VIEW_TOP};
    float width = view_text(canvas, bar.x, rect.y, scale->axis.label, &style);
    if (ticks.exponent)
        view_text(canvas, bar.x + width + 5, rect.y, ticks.unit, &style);
}

void view_missing_box(struct view_canvas *canvas, struct view_rect rect)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_rect clip = view_current_clip(canvas);
    const float s = view_canvas_scale(canvas), period = VIEW_STRIPE_PERIOD / s, width = VIEW_STRIPE / s;
    view_box(canvas, rect, theme->under);
    view_narrow_clip(canvas, rect);
    /* along x + y = k·period, as far across as they are wide along x */
    const float from = period * floorf((rect.x + rect.y) / period) + 0.5f * width;
    for (float at = from; at < rect.x + rect.y + rect.width + rect.height + period; at += period)
        view_line(canvas, (struct view_point){at - rect.y, rect.y},
                  (struct view_point){at - rect.y - rect.height, rect.y + rect.height},
                  &(struct view_line_style){.colour = theme->missing, .width = 0.7071f * width});
    view_clip(canvas, &clip);
}

static void draw_missing(struct view_canvas *canvas, float x, float middle, const char *word)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    view_missing_box(canvas, (struct view_rect){x, view_snap(canvas, middle - 0.5f * BAR), BAR, BAR});
    view_text(canvas, x + BAR + BAR_TICK + 3, middle, word,
              &(struct view_text_style){
                  .size = theme->size_tick, .colour = theme->text_muted, .anchor = VIEW_MIDDLE});
}

void view_colour_bar(struct view_canvas *canvas, struct view_rect rect, const struct view_colour_scale *scale)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    bool vertical = rect.height > rect.width;
    float ends = scale->show_outside ? POINT + 1 : 0;
    float under = scale->show_outside && !scale->hide_below ? ends : 0;
    struct view_rect bar = rect;
    if (vertical) {
        bar.width = BAR;
        float room = scale->missing ? BAR + 8 : 0;
        bar = view_inset(bar, 0, ends, 0, under + room);
        if (scale->missing)
            draw_missing(canvas, rect.x, rect.y + rect.height - 0.5f * BAR, scale->missing);
    } else {
        bar.y += scale->axis.label ? 1.55f * theme->size_tick : 0;
        bar.height = BAR;
        float word = scale->missing ? view_text_width(scale->missing, theme->size_tick, VIEW_REGULAR) : 0;
        bar = view_inset(bar, under, 0, ends + (scale->missing ? word + BAR + BAR_TICK + 3 + 14 : 0), 0);
        if (scale->missing)
            draw_missing(canvas, bar.x + bar.width + ends + 14, bar.y + 0.5f * BAR, scale->missing);
    }
    bar.x = view_snap(canvas, bar.x);
    bar.y = view_snap(canvas, bar.y);
    if (!(bar.width > 0) || !(bar.height > 0))
        return;
    view_gradient(canvas, bar, scale->map, vertical);
    draw_ends(canvas, bar, vertical, scale);
    if (vertical)
        draw_vertical_bar(canvas, bar, scale);
    else
        draw_flat_bar(canvas, bar, rect, scale);
}

void view_heading_bar(struct view_canvas *canvas, float right, float y,
                      const struct view_colour_scale *colours)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    char low[VIEW_LABEL_BYTES], high[BASE_COUNT_BYTES];
    struct view_text_style style = {
        .size = theme->size_tick, .colour = theme->text_muted, .align = VIEW_END, .anchor = VIEW_MIDDLE};
    const float length = 110, middle = y + 5;
    if (colours->axis.low < 1)
        view_format_number(colours->axis.low, 1, low);
    else
        base_count_text((uint64_t)colours->axis.low, low);
    base_count_text((uint64_t)colours->axis.high, high);
    right -= view_text(canvas, right, middle, high, &style) + 6;
    right -= length;
    view_gradient(canvas, (struct view_rect){view_snap(canvas, right), view_snap(canvas, y), length, 10},
                  colours->map, false);
    right -= 6;
    right -= view_text(canvas, right, middle, low, &style) + 10;
    style.colour = theme->text;
    view_text(canvas, right, middle, colours->axis.label, &style);
}
