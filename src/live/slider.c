#include "live/widgets.h"

#include "view/font.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KNOB = 11, PAD = 7 };

/* ---- values ---- */

double live_slider_snap(const struct live_slider_parameters *parameters, double value)
{
    double low = parameters->low, high = parameters->high;
    if (!parameters->log && parameters->step > 0) {
        value = round(value / parameters->step) * parameters->step;
        /* the ends may lie between grid values: the nearest within */
        if (value < low)
            value = ceil(low / parameters->step - 1e-9) * parameters->step;
        if (value > high)
            value = floor(high / parameters->step + 1e-9) * parameters->step;
        double inverse = 1 / parameters->step; /* 0.35, not 0.35000000000000003, where 1/step is whole */
        if (fabs(inverse - round(inverse)) < 1e-6 * inverse)
            value = round(value * round(inverse)) / round(inverse);
    }
    return fmin(fmax(value, low), high);
}

static double to_position(const struct live_slider_parameters *p, double value)
{
    if (p->log)
        return log(fmax(value, p->low) / p->low) / log(p->high / p->low);
    return (value - p->low) / (p->high - p->low);
}

static double to_value(const struct live_slider_parameters *p, double position)
{
    position = fmin(fmax(position, 0), 1);
    return p->log ? p->low * pow(p->high / p->low, position) : p->low + (p->high - p->low) * position;
}

static void set_value(struct live_slider *slider, double value)
{
    if (value == slider->value)
        return;
    slider->value = value;
    slider->changed = true;
}

void live_slider_step(struct live_slider *slider, int steps)
{
    const struct live_slider_parameters *p = &slider->last;
    double value = slider->value;
    if (!(p->high > p->low) || p->disabled)
        return;
    if (p->log) {
        value *= pow(p->step > 1 ? p->step : 1.1, steps);
    } else if (p->step > 0) {
        /* from a typed value between two of the grid, to the next one */
        double at = value / p->step, whole = round(at);
        bool on = fabs(at - whole) < 1e-6;
        double from = on ? whole : steps > 0 ? floor(at) : ceil(at);
        value = (from + steps) * p->step;
    } else {
        value += 0.01 * steps * (p->high - p->low);
    }
    set_value(slider, live_slider_snap(p, value));
}

bool live_slider_take(struct live_slider *slider, double *value)
{
    if (!slider->changed)
        return false;
    slider->changed = false;
    *value = slider->value;
    return true;
}

/* ---- drawing ---- */

static void format_value(const struct live_slider_parameters *p, double value, char text[64])
{
    char number[VIEW_LABEL_BYTES];
    view_format_number(value, 3, number);
    if (p->decimals >= 0) {
        int decimals = p->decimals;
        double scaled = value * pow(10, decimals);
        while (decimals < 6 && fabs(scaled - round(scaled)) > 1e-6) { /* typed values are shown in full */
            decimals++;
            scaled *= 10;
        }
        snprintf(number, sizeof number, "%s%.*f", value < 0 ? "−" : "", decimals, fabs(value));
    }
    snprintf(text, 64, "%s%s", number, p->unit ? p->unit : "");
}

static void draw_field(struct live_slider *slider, struct view_canvas *canvas)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_rect field = slider->field;
    char text[64];
    struct view_text_style style = {.size = theme->size_tick, .anchor = VIEW_MIDDLE};
    style.colour = slider->last.disabled ? theme->text_muted : theme->text;
    const float middle = field.y + 0.5f * field.height, left = field.x + 5;
    if (slider->typing || slider->hover)
        view_rounded_box(canvas, field, 3, 0, theme->panel);
    if (slider->typing || slider->hover)
        view_rounded_box(canvas, field, 3, view_hairline(canvas, 1),
                         slider->typing ? theme->series[0] : theme->grid);
    if (!slider->typing) {
        format_value(&slider->last, slider->value, text);
        view_text(canvas, left, middle, text, &style);
        return;
    }
    const float right = left + view_text(canvas, left, middle, slider->text, &style);
    const float high = 0.7f * field.height;
    view_box(canvas, (struct view_rect){view_snap(canvas, right + 2), middle - 0.5f * high, 1, high},
             theme->series[0]);
}

void live_slider_draw(struct live_slider *slider, struct view_canvas *canvas,
                      const struct live_slider_parameters *parameters, struct live_tip *tip)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    slider->last = *parameters;
    if (!(parameters->high > parameters->low))
        return;
    struct view_rect rest = parameters->rect;
    float size = theme->size_tick, middle = rest.y + 0.5f * rest.height;
    struct view_colour ink = parameters->disabled ? theme->text_muted : theme->text;
    if (parameters->label) {
        float width = parameters->label_width > 0
                          ? parameters->label_width
                          : view_text_width(parameters->label, size, VIEW_REGULAR) + 10;
        view_text(canvas, rest.x, middle, parameters->label,
                  &(struct view_text_style){.size = size, .colour = ink, .anchor = VIEW_MIDDLE});
        view_cut_left(&rest, width, 0);
    }
    char widest[64];
    format_value(parameters, parameters->high, widest);
    float value_width = parameters->value_width > 0
                            ? parameters->value_width
                            : fmaxf(5 * size, view_text_width(widest, size, VIEW_REGULAR) + 14);
    slider->field = view_cut_right(&rest, value_width, 4);
    slider->field = view_inset(slider->field, 0, 2, 0, 2);
    slider->track = view_inset(rest, 0.5f * KNOB, 0, 0.5f * KNOB, 0);
    if (slider->track.width < 10)
        slider->track.width = 0;
    draw_field(slider, canvas);
    if (parameters->tip && slider->hover && tip)
        live_tip_offer(tip, parameters->rect, parameters->tip);
    if (!(slider->track.width > 0))
        return;
    float at = slider->track.x +
               slider->track.width * (float)fmin(fmax(to_position(parameters, slider->value), 0), 1);
    struct view_colour filled = parameters->disabled ? theme->axis : theme->series[0];
    view_rounded_box(canvas,
                     (struct view_rect){slider->track.x - 2, middle - 1.5f, slider->track.width + 4, 3}, 1.5f,
                     0, view_mix(theme->grid, theme->axis, 0.35f));
    view_rounded_box(canvas,
                     (struct view_rect){slider->track.x - 2, middle - 1.5f, at - slider->track.x + 2, 3},
                     1.5f, 0, filled);
    bool held = slider->dragging || slider->hover;
    float radius = 0.5f * KNOB + (held ? 0.75f : 0);
    if (slider->focused && !parameters->disabled)
        view_disc(canvas, (struct view_point){at, middle}, radius + 3.5f, 0, view_alpha(filled, 0.25f));
    view_disc(canvas, (struct view_point){at, middle}, radius + 1, 0, theme->page);
    view_disc(canvas, (struct view_point){at, middle}, radius, 0, filled);
    view_disc(canvas, (struct view_point){at, middle}, radius - 2, 0,
              theme->dark ? theme->page : theme->panel);
}

/* ---- hands ---- */

static bool inside(struct view_rect rect, float x, float y)
{
    return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
}

static void drag_to(struct live_slider *slider, float x)
{
    double position = (double)((x - slider->track.x) / slider->track.width);
    set_value(slider, live_slider_snap(&slider->last, to_value(&slider->last, position)));
}

static void take_typed(struct live_slider *slider)
{
    char *end;
    double value = strtod(slider->text, &end);
    slider->typing = false;
    if (end == slider->text || *end || !isfinite(value))
        return;
    set_value(slider, fmin(fmax(value, slider->last.low), slider->last.high));
}

static bool may_type(const char *key)
{
    return strlen(key) == 1 && strchr("0123456789.-e+", *key);
}

static bool typing_event(struct live_slider *slider, const char *key)
{
    size_t length = strlen(slider->text);
    if (!strcmp(key, "enter") || !strcmp(key, "tab")) {
        take_typed(slider);
        return !strcmp(key, "enter");
    }
    if (!strcmp(key, "escape")) {
        slider->typing = false;
    } else if (!strcmp(key, "backspace")) {
        if (length)
            slider->text[length - 1] = 0;
    } else if (!strcmp(key, "delete")) {
        slider->text[0] = 0;
    } else if (may_type(key) && length + 1 < sizeof slider->text) {
        slider->text[length] = *key;
        slider->text[length + 1] = 0;
    } /* other keys are swallowed: whoever types means the field */
    return true;
}

static bool key_event(struct live_slider *slider, const struct view_event *event)
{
    const char *key = event->key;
    if (slider->typing)
        return typing_event(slider, key);
    if (!slider->focused || slider->last.disabled || event->modifiers)
        return false;
    static const struct {
        const char *key;
        int steps;
    } moves[] = {{"left", -1}, {"right", 1}, {"down", -1}, {"up", 1}, {"page-down", -10}, {"page-up", 10}};
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
        if (!strcmp(key, moves[i].key)) {
            live_slider_step(slider, moves[i].steps);
            return true;
        }
    if (!strcmp(key, "home") || !strcmp(key, "end")) {
        double end = !strcmp(key, "home") ? slider->last.low : slider->last.high;
        set_value(slider, live_slider_snap(&slider->last, end));
        return true;
    }
    if (!strcmp(key, "escape")) {
        slider->focused = false;
        return true;
    }
    bool digit = strlen(key) == 1 && strchr("0123456789.", *key);
    if (!strcmp(key, "enter") || digit) {
        slider->typing = true;
        snprintf(slider->text, sizeof slider->text, "%s", digit ? key : "");
        return true;
    }
    return false;
}

static bool press_event(struct live_slider *slider, const struct view_event *event)
{
    struct view_rect track = view_inset(slider->track, -PAD, 0, -PAD, 0);
    bool on_field = inside(slider->field, event->x, event->y);
    bool on_track = slider->track.width > 0 && inside(track, event->x, event->y);
    if (slider->typing && !on_field)
        take_typed(slider);
    if (event->button != VIEW_BUTTON_LEFT || slider->last.disabled || !(on_field || on_track)) {
        slider->focused = false;
        return false;
    }
    slider->focused = true;
    if (on_field) {
        slider->typing = true;
        slider->text[0] = 0;
    } else {
        slider->dragging = true;
        drag_to(slider, event->x);
    }
    return true;
}

bool live_slider_event(struct live_slider *slider, const struct view_event *event)
{
    switch (event->kind) {
    case VIEW_EVENT_KEY:
        return key_event(slider, event);
    case VIEW_EVENT_MOVE:
        slider->hover = !slider->last.disabled && inside(slider->last.rect, event->x, event->y);
        if (slider->dragging)
            drag_to(slider, event->x);
        return false;
    case VIEW_EVENT_PRESS:
        return press_event(slider, event);
    case VIEW_EVENT_RELEASE:
        if (!slider->dragging || event->button != VIEW_BUTTON_LEFT)
            return false;
        slider->dragging = false;
        return true;
    case VIEW_EVENT_WHEEL:
        if (slider->last.disabled || !inside(slider->last.rect, event->x, event->y))
            return false;
        slider->wheel += event->wheel_y != 0 ? event->wheel_y : event->wheel_x;
        live_slider_step(slider, (int)slider->wheel); /* fractions from touchpads add up */
        slider->wheel -= truncf(slider->wheel);
        return true;
    case VIEW_EVENT_LEAVE:
        slider->hover = false;
        return false;
    default:
        return false;
    }
}
