/* Buttons, tabs, notices, tooltips, cards. */
#include "live/widgets.h"

#include "view/font.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define SECOND 1000000000ull
#define TIP_AFTER (SECOND / 2)
#define TOAST_FADES (SECOND / 2)

static bool inside(struct view_rect rect, float x, float y)
{
    return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
}

float live_widget_height(const struct view_theme *theme)
{
    return roundf(2.3f * theme->size_tick);
}

struct view_theme live_theme_sized(const struct view_theme *theme, float factor)
{
    struct view_theme sized = *theme;
    factor = fminf(fmaxf(factor, 0.8f), 2.5f);
    sized.size_title *= factor;
    sized.size_heading *= factor;
    sized.size_label *= factor;
    sized.size_tick *= factor;
    return sized;
}

/* ---- cards ---- */

void live_card(struct view_canvas *canvas, struct view_rect rect, float opacity)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_colour ground = theme->dark ? view_mix(theme->panel, theme->grid, 0.45f) : theme->page;
    struct view_rect shadow = view_inset(rect, -1, 0, -1, -2);
    view_rounded_box(canvas, shadow, 5, 0, (struct view_colour){0, 0, 0, theme->dark ? 70 : 26});
    view_rounded_box(canvas, rect, 4, 0, view_alpha(ground, opacity));
    view_rounded_box(canvas, rect, 4, view_hairline(canvas, 1), view_mix(theme->grid, theme->axis, 0.3f));
}

float live_facts_width(const struct view_canvas *canvas, const struct live_fact *facts, uint32_t count)
{
    const float size = view_canvas_theme(canvas)->size_tick;
    float widest = 0;
    for (uint32_t i = 0; i < count; i++)
        widest = fmaxf(widest, view_text_width(facts[i].name, size, VIEW_REGULAR) +
                                   fmaxf(5 * size, view_text_width(facts[i].value, size, VIEW_REGULAR)));
    return 2 * size + widest + 1.8f * size;
}

static bool is_heading(const struct live_fact *fact)
{
    return fact->value[0] == '\0';
}

static void draw_fact(struct view_canvas *canvas, float left, float right, float middle,
                      const struct live_fact *fact)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const float size = theme->size_tick;
    struct view_text_style name = {.size = size, .colour = theme->text_muted, .anchor = VIEW_MIDDLE};
    if (is_heading(fact)) {
        name.weight = VIEW_BOLD;
        name.colour = theme->text;
    }
    const float taken = view_text(canvas, left, middle, fact->name, &name);
    char value[sizeof fact->value];
    snprintf(value, sizeof value, "%s", fact->value);
    view_fit_text(value, right - left - taken - size, size, VIEW_REGULAR);
    view_text(canvas, right, middle, value,
              &(struct view_text_style){.size = size, .align = VIEW_END, .anchor = VIEW_MIDDLE});
}

struct view_rect live_facts_draw(struct view_canvas *canvas, float x, float y, float width,
                                 const struct live_fact *facts, uint32_t count)
{
    const float size = view_canvas_theme(canvas)->size_tick, row = 1.6f * size, pad = size, air = 0.5f * row;
    float height = 2 * pad + row * ((float)count - 1) + 0.75f * size;
    if (count == 0)
        return (struct view_rect){x, y, 0, 0};
    for (uint32_t i = 1; i < count; i++)
        height += is_heading(&facts[i]) ? air : 0;
    const struct view_rect card = {x, y, width > 0 ? width : live_facts_width(canvas, facts, count), height};
    live_card(canvas, card, 1);
    float middle = y + pad + 0.375f * size;
    for (uint32_t i = 0; i < count; i++, middle += row) {
        middle += i > 0 && is_heading(&facts[i]) ? air : 0;
        draw_fact(canvas, x + pad, card.x + card.width - pad, middle, &facts[i]);
    }
    return card;
}

/* ---- tooltips ---- */

void live_tip_begin(struct live_tip *tip)
{
    tip->offered = false;
}

void live_tip_offer(struct live_tip *tip, struct view_rect over, const char *text)
{
    tip->offered = true;
    tip->over = over;
    snprintf(tip->text, sizeof tip->text, "%s", text);
}

void live_tip_draw(struct live_tip *tip, struct view_canvas *canvas, uint64_t now_ns)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    bool same = tip->over.x == tip->over_before.x && tip->over.y == tip->over_before.y;
    if (!tip->offered || !same || tip->since_ns == 0)
        tip->since_ns = now_ns ? now_ns : 1;
    tip->over_before = tip->offered ? tip->over : (struct view_rect){-1, -1, 0, 0};
    if (!tip->offered || now_ns < tip->since_ns + TIP_AFTER)
        return;
    const struct view_rect all = view_canvas_bounds(canvas);
    float size = theme->size_tick, width = view_text_width(tip->text, size, VIEW_REGULAR) + 1.6f * size;
    float height = 2.1f * size;
    struct view_rect card = {tip->over.x + 0.5f * (tip->over.width - width),
                             tip->over.y + tip->over.height + 6, width, height};
    card.x = view_snap(canvas, fmaxf(all.x + 4, fminf(card.x, all.x + all.width - width - 4)));
    if (card.y + height > all.y + all.height - 4)
        card.y = tip->over.y - height - 6;
    card.y = view_snap(canvas, card.y);
    live_card(canvas, card, 0.97f);
    view_text(canvas, card.x + 0.5f * width, card.y + 0.5f * height, tip->text,
              &(struct view_text_style){.size = size, .align = VIEW_CENTRE, .anchor = VIEW_MIDDLE});
}

/* ---- notices ---- */

static void say(struct live_toast *toast, uint64_t now_ns, bool warning, const char *format, va_list list)
{
    vsnprintf(toast->text, sizeof toast->text, format, list);
    toast->since_ns = now_ns;
    toast->shown = true;
    toast->warning = warning;
}

void live_toast_say(struct live_toast *toast, uint64_t now_ns, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say(toast, now_ns, false, format, list);
    va_end(list);
}

void live_toast_warn(struct live_toast *toast, uint64_t now_ns, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say(toast, now_ns, true, format, list);
    va_end(list);
}

/* The first of the bands with room for all of the words, else the last. */
static struct view_rect band_for(const struct view_rect *bands, uint32_t count, float width)
{
    for (uint32_t i = 0; i + 1 < count; i++)
        if (bands[i].width >= width)
            return bands[i];
    return bands[count - 1];
}

bool live_toast_draw(struct live_toast *toast, struct view_canvas *canvas, const struct view_rect *bands,
                     uint32_t count, uint64_t now_ns)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    uint64_t stays = toast->warning ? 8 * SECOND : 3 * SECOND;
    uint64_t age = now_ns > toast->since_ns ? now_ns - toast->since_ns : 0;
    if (!toast->shown || age >= stays) {
        toast->shown = false;
        return false;
    }
    float left = (float)(stays - age) / (float)TOAST_FADES, alpha = fminf(1, left);
    const float size = theme->size_label, height = 2.1f * size, ends = 2.2f * size;
    float width = view_text_width(toast->text, size, VIEW_REGULAR) + ends;
    const struct view_rect band = band_for(bands, count, width);
    view_fit_text(toast->text, band.width - ends, size, VIEW_REGULAR);
    width = view_text_width(toast->text, size, VIEW_REGULAR) + ends;
    struct view_rect card = {view_snap(canvas, band.x + 0.5f * (band.width - width)),
                             view_snap(canvas, band.y + 0.5f * (band.height - height)), width, height};
    struct view_colour ground = theme->dark ? view_mix(theme->panel, theme->grid, 0.7f) : theme->text;
    struct view_colour ink = theme->dark ? theme->text : theme->page;
    view_rounded_box(canvas, card, 0.5f * height, 0, view_alpha(ground, 0.96f * alpha));
    if (toast->warning)
        view_rounded_box(canvas, card, 0.5f * height, 1.5f, view_alpha(theme->series[1], alpha));
    view_text(canvas, card.x + 0.5f * width, card.y + 0.5f * height, toast->text,
              &(struct view_text_style){.size = size,
                                        .colour = view_alpha(ink, fmaxf(alpha, 0.01f)),
                                        .align = VIEW_CENTRE,
                                        .anchor = VIEW_MIDDLE});
    return true;
}

/* ---- tabs ---- */

/* Bold is wider: all have its room, so that nothing moves when the choice does. */
float live_tab_width(const char *label, float size)
{
    return view_text_width(label, size, VIEW_BOLD) + 1.7f * size;
}

/* The tabs from *first to *end - 1 have room, the chosen one among them; where some are left out, the next
 * one to either side is an ellipsis of `dots` units. */
static void part_that_fits(const float *widths, uint32_t count, uint32_t chosen, float room, float dots,
                           uint32_t *first, uint32_t *end)
{
    float taken = 0;
    *first = 0;
    *end = count;
    for (uint32_t i = 0; i < count; i++)
        taken += widths[i];
    if (taken <= room + 0.5f || chosen >= count)
        return;
    *first = chosen;
    *end = chosen + 1;
    taken = widths[chosen] + 2 * dots;
    for (bool grew = true; grew;) {
        grew = false;
        if (*end < count && taken + widths[*end] <= room) {
            taken += widths[(*end)++];
            grew = true;
        }
        if (*first > 0 && taken + widths[*first - 1] <= room) {
            taken += widths[--*first];
            grew = true;
        }
    }
}

static void draw_tab(struct view_canvas *canvas, struct view_rect rect, const char *label, bool chosen,
                     bool over)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const float size = theme->size_label;
    view_text(canvas, rect.x + 0.5f * rect.width, rect.y + 0.5f * rect.height, label,
              &(struct view_text_style){.size = size,
                                        .weight = chosen ? VIEW_BOLD : VIEW_REGULAR,
                                        .colour = chosen || over ? theme->text : theme->text_muted,
                                        .align = VIEW_CENTRE,
                                        .anchor = VIEW_MIDDLE});
    if (chosen || over)
        view_box(canvas,
                 (struct view_rect){view_snap(canvas, rect.x + 0.6f * size),
                                    view_snap(canvas, rect.y + rect.height - 2), rect.width - 1.2f * size, 2},
                 chosen ? theme->series[0] : theme->grid);
}

float live_tabs_draw(struct live_tabs *tabs, struct view_canvas *canvas, struct view_rect rect,
                     const char *const *labels, uint32_t count)
{
    static const char dots[] = "\u2026";
    const float size = view_canvas_theme(canvas)->size_label, narrow = live_tab_width(dots, size);
    float widths[LIVE_MAX_TABS], at = rect.x;
    uint32_t first, end;
    tabs->count = count < LIVE_MAX_TABS ? count : LIVE_MAX_TABS;
    for (uint32_t i = 0; i < tabs->count; i++)
        widths[i] = live_tab_width(labels[i], size);
    part_that_fits(widths, tabs->count, tabs->chosen, rect.width, narrow, &first, &end);
    for (uint32_t i = 0; i < tabs->count; i++) {
        tabs->rects[i] = (struct view_rect){0};
        if (i + 1 < first || i > end)
            continue;
        const bool whole = i >= first && i < end;
        tabs->rects[i] = (struct view_rect){at, rect.y, whole ? widths[i] : narrow, rect.height};
        draw_tab(canvas, tabs->rects[i], whole ? labels[i] : dots, i == tabs->chosen, tabs->hover == i + 1);
        at += tabs->rects[i].width;
    }
    return at - rect.x;
}

static uint32_t tab_at(const struct live_tabs *tabs, const struct view_event *event)
{
    for (uint32_t i = 0; i < tabs->count; i++)
        if (inside(tabs->rects[i], event->x, event->y))
            return i + 1;
    return 0;
}

bool live_tabs_event(struct live_tabs *tabs, const struct view_event *event)
{
    uint32_t pressed = tabs->pressed;
    switch (event->kind) {
    case VIEW_EVENT_MOVE:
        tabs->hover = tab_at(tabs, event);
        return false;
    case VIEW_EVENT_LEAVE:
        tabs->hover = 0;
        return false;
    case VIEW_EVENT_PRESS:
        tabs->pressed = event->button == VIEW_BUTTON_LEFT ? tab_at(tabs, event) : 0;
        return tabs->pressed != 0;
    case VIEW_EVENT_RELEASE:
        tabs->pressed = 0;
        if (!pressed || event->button != VIEW_BUTTON_LEFT)
            return false;
        if (tab_at(tabs, event) == pressed && tabs->chosen != pressed - 1) {
            tabs->chosen = pressed - 1;
            tabs->changed = true;
        }
        return true;
    default:
        return false;
    }
}

bool live_tabs_take(struct live_tabs *tabs, uint32_t *chosen)
{
    if (!tabs->changed)
        return false;
    tabs->changed = false;
    *chosen = tabs->chosen;
    return true;
}
