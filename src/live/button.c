#include "live/widgets.h"

#include "view/font.h"

#include <math.h>

#define ICON 1.15f /* of the text size */

static struct view_point at(struct view_rect box, float x, float y)
{
    return (struct view_point){box.x + x * box.width, box.y + y * box.height};
}

static struct view_rect part(struct view_rect box, float x, float y, float width, float height)
{
    return (struct view_rect){box.x + x * box.width, box.y + y * box.height, width * box.width,
                              height * box.height};
}

static void line(struct view_canvas *canvas, struct view_rect box, float x0, float y0, float x1, float y1,
                 struct view_colour ink)
{
    view_line(canvas, at(box, x0, y0), at(box, x1, y1),
              &(struct view_line_style){.colour = ink, .width = 0.13f * box.width});
}

/* Four corners, drawn outwards (full size) or inwards (fit). */
static void draw_corners(struct view_canvas *canvas, struct view_rect box, bool outwards,
                         struct view_colour ink)
{
    const float a = outwards ? 0.08f : 0.36f, b = outwards ? 0.36f : 0.08f;
    for (int corner = 0; corner < 4; corner++) {
        bool right = corner & 1, low = corner & 2;
        float x = right ? 1 - a : a, y = low ? 1 - a : a;
        line(canvas, box, x, y, right ? 1 - b : b, y, ink);
        line(canvas, box, x, y, x, low ? 1 - b : b, ink);
    }
}

static void draw_step(struct view_canvas *canvas, struct view_rect box, bool forward, struct view_colour ink)
{
    float tip = forward ? 0.68f : 0.32f, back = forward ? 0.12f : 0.88f;
    view_triangle(canvas, at(box, back, 0.08f), at(box, back, 0.92f), at(box, tip, 0.5f), ink);
    view_rounded_box(canvas, part(box, forward ? 0.74f : 0.1f, 0.1f, 0.16f, 0.8f), 1, 0, ink);
}

static void draw_icon(struct view_canvas *canvas, struct view_rect box, enum live_icon icon,
                      struct view_colour ink, struct view_colour ground)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    float w = box.width;
    switch (icon) {
    case LIVE_ICON_PLAY:
        view_triangle(canvas, at(box, 0.16f, 0.04f), at(box, 0.16f, 0.96f), at(box, 0.94f, 0.5f), ink);
        break;
    case LIVE_ICON_PAUSE:
        view_rounded_box(canvas, part(box, 0.14f, 0.08f, 0.26f, 0.84f), 1, 0, ink);
        view_rounded_box(canvas, part(box, 0.6f, 0.08f, 0.26f, 0.84f), 1, 0, ink);
        break;
    case LIVE_ICON_STOP:
        view_rounded_box(canvas, part(box, 0.12f, 0.12f, 0.76f, 0.76f), 1.5f, 0, ink);
        break;
    case LIVE_ICON_FORWARD:
    case LIVE_ICON_BACK:
        draw_step(canvas, box, icon == LIVE_ICON_FORWARD, ink);
        break;
    case LIVE_ICON_RECORD:
        view_disc(canvas, at(box, 0.5f, 0.5f), 0.5f * w, 0.12f * w, ink);
        view_disc(canvas, at(box, 0.5f, 0.5f), 0.26f * w, 0, theme->series[theme->dark ? 5 : 1]);
        break;
    case LIVE_ICON_SAVE:
        line(canvas, box, 0.5f, 0.04f, 0.5f, 0.62f, ink);
        line(canvas, box, 0.5f, 0.66f, 0.24f, 0.4f, ink);
        line(canvas, box, 0.5f, 0.66f, 0.76f, 0.4f, ink);
        line(canvas, box, 0.08f, 0.92f, 0.92f, 0.92f, ink);
        break;
    case LIVE_ICON_FIT:
    case LIVE_ICON_FULL:
        draw_corners(canvas, box, icon == LIVE_ICON_FULL, ink);
        break;
    case LIVE_ICON_HELP:
        view_text(canvas, box.x + 0.5f * w, box.y + 0.5f * box.height, "?",
                  &(struct view_text_style){.size = 1.15f * w,
                                            .weight = VIEW_BOLD,
                                            .colour = ink,
                                            .align = VIEW_CENTRE,
                                            .anchor = VIEW_MIDDLE});
        break;
    case LIVE_ICON_THEME:
        view_disc(canvas, at(box, 0.5f, 0.5f), 0.46f * w, 0, ink);
        view_disc(canvas, at(box, 0.68f, 0.38f), 0.36f * w, 0, ground);
        break;
    case LIVE_ICON_CAMERA:
        view_rounded_box(canvas, part(box, 0.02f, 0.22f, 0.96f, 0.68f), 2, 0, ink);
        view_rounded_box(canvas, part(box, 0.32f, 0.08f, 0.36f, 0.3f), 1, 0, ink);
        view_disc(canvas, at(box, 0.5f, 0.55f), 0.22f * w, 0, ground);
        break;
    default:
        break;
    }
}

void live_button_draw(struct live_button *button, struct view_canvas *canvas,
                      const struct live_button_parameters *parameters, struct live_tip *tip)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_rect rect = parameters->rect;
    float size = theme->size_tick;
    bool over = button->hover && !parameters->disabled, down = over && button->pressed;
    button->rect = rect;
    button->disabled = parameters->disabled;
    struct view_colour ground = parameters->quiet && !over && !parameters->on
                                    ? theme->page
                                    : view_mix(theme->panel, theme->grid,
                                               down   ? 1
                                               : over ? 0.8f
                                                      : 0.4f);
    struct view_colour edge = view_mix(theme->grid, theme->axis, over ? 0.7f : 0.25f);
    struct view_colour ink =
        parameters->disabled ? view_mix(theme->page, theme->text_muted, 0.55f) : theme->text;
    if (parameters->on) {
        ground = view_mix(theme->page, theme->series[0], theme->dark ? 0.28f : 0.16f);
        edge = theme->series[0];
    }
    if (!parameters->quiet || over || parameters->on) {
        view_rounded_box(canvas, rect, 4, 0, ground);
        view_rounded_box(canvas, rect, 4, view_hairline(canvas, 1), edge);
    }
    float icon = parameters->icon ? ICON * size : 0,
          gap = parameters->icon && parameters->label ? 0.6f * size : 0;
    float text = parameters->label ? view_text_width(parameters->label, size, VIEW_REGULAR) : 0;
    float x = rect.x + 0.5f * (rect.width - icon - gap - text), middle = rect.y + 0.5f * rect.height;
    struct view_rect box = {view_snap(canvas, x), view_snap(canvas, middle - 0.5f * icon), icon, icon};
    draw_icon(canvas, box, parameters->icon, ink, ground);
    if (parameters->label)
        view_text(canvas, x + icon + gap, middle, parameters->label,
                  &(struct view_text_style){.size = size, .colour = ink, .anchor = VIEW_MIDDLE});
    if (tip && parameters->tip && button->hover)
        live_tip_offer(tip, rect, parameters->tip);
}

static bool over_button(const struct live_button *button, const struct view_event *event)
{
    const struct view_rect r = button->rect;
    return event->x >= r.x && event->y >= r.y && event->x < r.x + r.width && event->y < r.y + r.height;
}

bool live_button_event(struct live_button *button, const struct view_event *event)
{
    bool was_pressed = button->pressed;
    switch (event->kind) {
    case VIEW_EVENT_MOVE:
        button->hover = over_button(button, event);
        return false;
    case VIEW_EVENT_LEAVE:
        button->hover = false;
        return false;
    case VIEW_EVENT_PRESS:
        button->hover = over_button(button, event);
        button->pressed = button->hover && event->button == VIEW_BUTTON_LEFT;
        return button->pressed;
    case VIEW_EVENT_RELEASE:
        if (!was_pressed || event->button != VIEW_BUTTON_LEFT)
            return false;
        button->pressed = false;
        button->clicked = over_button(button, event) && !button->disabled;
        return true;
    default:
        return false;
    }
}

bool live_button_take(struct live_button *button)
{
    bool clicked = button->clicked;
    button->clicked = false;
    return clicked;
}
