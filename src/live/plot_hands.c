/* What is done to a plot: by mouse, touchpad and keys. */
#include "live/plot_internal.h"

#include <math.h>
#include <string.h>

#define WHEEL 1.1           /* of the length, a notch */
#define CLICK_DISTANCE 3.0f /* units that a click may slip */
#define BOX_DISTANCE 4.0f   /* a smaller box is a slip */
#define KEY_SHARE 0.02      /* of the plot, a key press moves a box by */

static bool in_rect(struct view_rect rect, struct view_point at)
{
    return at.x >= rect.x && at.y >= rect.y && at.x < rect.x + rect.width && at.y < rect.y + rect.height;
}

static struct view_point point_of(const struct view_event *event)
{
    return (struct view_point){event->x, event->y};
}

void live_plot_refresh(struct live_plot *plot)
{
    plot->frame.x = live_reach_axis(&plot->x, &plot->full_x, 0);
    plot->frame.y = live_reach_axis(&plot->y, &plot->full_y, 0);
}

/* ---- moving the axes ---- */

void live_plot_pan(struct live_plot *plot, double right, double up)
{
    if (plot->fixed)
        return;
    live_reach_pan(&plot->x, &plot->frame.x, &plot->full_x, right);
    live_reach_pan(&plot->y, &plot->frame.y, &plot->full_y, up);
    live_plot_refresh(plot);
}

static void zoom_at(struct live_plot *plot, double factor_x, double factor_y, double x, double y)
{
    if (plot->fixed)
        return;
    live_reach_zoom(&plot->x, &plot->frame.x, &plot->full_x, factor_x, x);
    live_reach_zoom(&plot->y, &plot->frame.y, &plot->full_y, factor_y, y);
    live_plot_refresh(plot);
}

void live_plot_zoom(struct live_plot *plot, double factor_x, double factor_y)
{
    double x = 0.5, y = 0.5;
    if (plot->pinned) {
        x = view_axis_position(&plot->frame.x, plot->pin_x);
        y = view_axis_position(&plot->frame.y, plot->pin_y);
    } else if (plot->inside) {
        x = live_plot_position_x(plot, plot->pointer.x);
        y = live_plot_position_y(plot, plot->pointer.y);
    }
    zoom_at(plot, factor_x, factor_y, x >= 0 && x <= 1 ? x : 0.5, y >= 0 && y <= 1 ? y : 0.5);
}

void live_plot_fit(struct live_plot *plot)
{
    plot->x.fit = plot->y.fit = LIVE_FIT_ALWAYS;
    live_plot_refresh(plot);
}

void live_plot_fit_once(struct live_plot *plot)
{
    plot->x.fit = plot->y.fit = LIVE_FIT_ONCE;
}

void live_plot_toggle_hold(struct live_plot *plot)
{
    if (!live_plot_is_fitted(plot)) {
        live_plot_fit(plot);
        return;
    }
    live_reach_select(&plot->x, &plot->frame.x, &plot->full_x, 0, 1);
    live_reach_select(&plot->y, &plot->frame.y, &plot->full_y, 0, 1);
}

bool live_plot_toggle_log(struct live_plot *plot, bool along_x)
{
    if (along_x ? !plot->may_log_x : !plot->may_log_y)
        return false;
    bool *is_turned = along_x ? &plot->turned_x : &plot->turned_y;
    *is_turned = !*is_turned;
    (along_x ? &plot->x : &plot->y)->fit = LIVE_FIT_ALWAYS;
    return true;
}

const char *live_plot_next_lock(struct live_plot *plot)
{
    bool x = plot->x.locked, y = plot->y.locked;
    plot->x.locked = !x && !y;
    plot->y.locked = x;
    return plot->x.locked ? "x is locked" : plot->y.locked ? "y is locked" : "both axes are free";
}

/* ---- legend ---- */

void live_plot_toggle_entry(struct live_plot *plot, uint32_t entry)
{
    if (entry < LIVE_MAX_LEGEND)
        plot->hidden ^= (uint64_t)1 << entry;
}

bool live_plot_mark_entry(struct live_plot *plot, int by)
{
    int n = (int)plot->n_legend;
    if (n == 0)
        return false;
    int at = plot->marked ? (int)plot->marked - 1 + by : by > 0 ? 0 : n - 1;
    plot->marked = (uint32_t)((at % n + n) % n) + 1;
    return true;
}

void live_plot_toggle_marked(struct live_plot *plot)
{
    if (!plot->marked && !live_plot_mark_entry(plot, 1))
        return;
    live_plot_toggle_entry(plot, plot->marked - 1);
}

/* ---- pin ---- */

void live_plot_pin(struct live_plot *plot, double x, double y)
{
    live_plot_snap(plot, &x, &y);
    bool there = plot->pinned && x == plot->pin_x && live_plot_same_height(plot, y);
    plot->pinned = !there;
    plot->pin_x = x;
    plot->pin_y = y;
}

void live_plot_toggle_pin(struct live_plot *plot)
{
    if (plot->pinned) {
        plot->pinned = false;
        return;
    }
    double x = view_axis_value(&plot->frame.x, 0.5), y = view_axis_value(&plot->frame.y, 0.5);
    live_plot_pointer(plot, &x, &y);
    live_plot_pin(plot, x, y);
}

/* By one sample or cell, or by a hundredth of the axis where there are none; directions are the screen's. */
static void move_pin(struct live_plot *plot, int right, int up)
{
    const struct live_grid *g = &plot->grid;
    bool left_turned = plot->frame.x.low > plot->frame.x.high;
    bool down_turned = plot->frame.y.low > plot->frame.y.high;
    int along_x = left_turned ? -right : right, along_y = down_turned ? -up : up;
    if (g->columns > 0) {
        plot->pin_x += along_x * g->step_x;
        if (g->closed) {
            double turn = g->columns * g->step_x;
            plot->pin_x -= turn * floor((plot->pin_x - g->first_x) / turn + 1e-9);
        }
    } else {
        double at = view_axis_position(&plot->frame.x, plot->pin_x);
        plot->pin_x = view_axis_value(&plot->frame.x, at + 0.01 * right);
    }
    if (g->rows > 0) {
        plot->pin_y += along_y * g->step_y;
    } else if (g->columns == 0 || g->free_y) {
        double at = view_axis_position(&plot->frame.y, plot->pin_y);
        plot->pin_y = view_axis_value(&plot->frame.y, at + 0.01 * up);
    }
    live_plot_snap(plot, &plot->pin_x, &plot->pin_y);
}

/* ---- boxes ---- */

void live_plot_box(struct live_plot *plot)
{
    const struct view_rect *area = &plot->frame.plot;
    if (plot->fixed)
        return;
    plot->drag = LIVE_DRAG_KEYS;
    plot->pressed = (struct view_point){area->x + 0.25f * area->width, area->y + 0.25f * area->height};
    plot->corner = (struct view_point){area->x + 0.75f * area->width, area->y + 0.75f * area->height};
}

static void show_box(struct live_plot *plot)
{
    plot->drag = LIVE_DRAG_NONE;
    if (fabsf(plot->corner.x - plot->pressed.x) >= BOX_DISTANCE)
        live_reach_select(&plot->x, &plot->frame.x, &plot->full_x,
                          live_plot_position_x(plot, plot->pressed.x),
                          live_plot_position_x(plot, plot->corner.x));
    if (fabsf(plot->corner.y - plot->pressed.y) >= BOX_DISTANCE)
        live_reach_select(&plot->y, &plot->frame.y, &plot->full_y,
                          live_plot_position_y(plot, plot->pressed.y),
                          live_plot_position_y(plot, plot->corner.y));
    live_plot_refresh(plot);
}

static struct view_point within(struct view_rect rect, struct view_point at)
{
    return (struct view_point){fminf(fmaxf(at.x, rect.x), rect.x + rect.width),
                               fminf(fmaxf(at.y, rect.y), rect.y + rect.height)};
}

static void move_box(struct live_plot *plot, int right, int up, bool resize)
{
    const struct view_rect area = plot->frame.plot;
    float dx = (float)(KEY_SHARE * right) * area.width, dy = -(float)(KEY_SHARE * up) * area.height;
    if (!resize) {
        struct view_point moved = {plot->pressed.x + dx, plot->pressed.y + dy};
        moved = within(area, moved);
        dx = moved.x - plot->pressed.x;
        dy = moved.y - plot->pressed.y;
        plot->pressed = moved;
    }
    plot->corner = within(area, (struct view_point){plot->corner.x + dx, plot->corner.y + dy});
}

/* ---- events ---- */

static bool arrow(const char *key, int *right, int *up)
{
    *right = !strcmp(key, "right") - !strcmp(key, "left");
    *up = !strcmp(key, "up") - !strcmp(key, "down");
    return *right || *up;
}

static bool key_event(struct live_plot *plot, const struct view_event *event)
{
    int right, up;
    bool escape = !strcmp(event->key, "escape");
    if (escape && plot->drag != LIVE_DRAG_NONE) {
        plot->drag = LIVE_DRAG_NONE;
        return true;
    }
    if (escape && plot->marked) {
        plot->marked = 0;
        return true;
    }
    if (plot->drag == LIVE_DRAG_KEYS && arrow(event->key, &right, &up)) {
        move_box(plot, right, up, event->modifiers & VIEW_SHIFT);
        return true;
    }
    if (plot->drag == LIVE_DRAG_KEYS && !strcmp(event->key, "enter")) {
        show_box(plot);
        return true;
    }
    if (plot->pinned && escape) {
        plot->pinned = false;
        return true;
    }
    if (plot->pinned && event->modifiers == 0 && arrow(event->key, &right, &up)) {
        move_pin(plot, right, up);
        return true;
    }
    return false;
}

static bool press_event(struct live_plot *plot, const struct view_event *event)
{
    struct view_point at = point_of(event);
    if (event->button == VIEW_BUTTON_LEFT)
        for (uint32_t e = 0; e < plot->n_legend; e++)
            if (in_rect(plot->legend_boxes[e], at)) {
                plot->drag = LIVE_DRAG_LEGEND;
                plot->pressed_entry = e;
                plot->button = event->button;
                return true;
            }
    if (!in_rect(plot->frame.plot, at) || event->button == VIEW_BUTTON_MIDDLE)
        return false;
    if (event->button == VIEW_BUTTON_LEFT && event->clicks == 2) {
        if (plot->clicked_once) { /* the first click was not meant as one */
            plot->pinned = plot->pinned_before;
            plot->pin_x = plot->before_x;
            plot->pin_y = plot->before_y;
        }
        plot->clicked_once = false;
        plot->clicked = false;
        plot->drag = LIVE_DRAG_NONE;
        if (!plot->fixed)
            live_plot_fit(plot);
        return true;
    }
    plot->clicked_once = false;
    plot->drag = LIVE_DRAG_PRESSED;
    plot->button = event->button;
    plot->modifiers = event->modifiers;
    plot->pressed = plot->corner = at;
    return true;
}

static bool release_event(struct live_plot *plot, const struct view_event *event)
{
    struct view_point at = point_of(event);
    enum live_drag drag = plot->drag;
    if (drag == LIVE_DRAG_NONE || drag == LIVE_DRAG_KEYS || event->button != plot->button)
        return false;
    plot->drag = LIVE_DRAG_NONE;
    if (drag == LIVE_DRAG_LEGEND && plot->pressed_entry < plot->n_legend &&
        in_rect(plot->legend_boxes[plot->pressed_entry], at)) {
        live_plot_toggle_entry(plot, plot->pressed_entry);
    } else if (drag == LIVE_DRAG_BOX) {
        plot->corner = within(plot->frame.plot, at);
        show_box(plot);
    } else if (drag == LIVE_DRAG_PRESSED && plot->button == VIEW_BUTTON_LEFT) {
        plot->pointer = at;
        plot->inside = true;
        plot->clicked_once = true;
        plot->pinned_before = plot->pinned;
        plot->before_x = plot->pin_x;
        plot->before_y = plot->pin_y;
        plot->clicked = live_plot_pointer(plot, &plot->clicked_x, &plot->clicked_y);
        if (plot->clicked)
            live_plot_pin(plot, plot->clicked_x, plot->clicked_y);
    }
    return true;
}

static void move_event(struct live_plot *plot, const struct view_event *event)
{
    struct view_point at = point_of(event);
    plot->pointer = at;
    plot->inside = in_rect(plot->frame.plot, at);
    if (plot->drag == LIVE_DRAG_PRESSED && !plot->fixed &&
        hypotf(at.x - plot->pressed.x, at.y - plot->pressed.y) > CLICK_DISTANCE)
        plot->drag =
            plot->button == VIEW_BUTTON_RIGHT || plot->modifiers & VIEW_SHIFT ? LIVE_DRAG_BOX : LIVE_DRAG_PAN;
    if (plot->drag == LIVE_DRAG_PAN) {
        live_plot_pan(plot, live_plot_position_x(plot, plot->corner.x) - live_plot_position_x(plot, at.x),
                      live_plot_position_y(plot, plot->corner.y) - live_plot_position_y(plot, at.y));
        plot->corner = at;
    } else if (plot->drag == LIVE_DRAG_BOX) {
        plot->corner = within(plot->frame.plot, at);
    }
}

/* Over the numbers beside an axis the wheel turns that axis alone. */
static bool wheel_event(struct live_plot *plot, const struct view_event *event)
{
    struct view_point at = point_of(event);
    const struct view_rect area = plot->frame.plot;
    bool inside = in_rect(area, at);
    bool below = !inside && in_rect(plot->rect, at) && at.x >= area.x && at.y >= area.y + area.height;
    bool beside =
        !inside && in_rect(plot->rect, at) && at.x < area.x && at.y >= area.y && at.y < area.y + area.height;
    if (plot->fixed || !(inside || below || beside))
        return false;
    plot->pointer = at;
    plot->inside = inside;
    bool x_only = below || event->modifiers & VIEW_SHIFT;
    bool y_only = beside || event->modifiers & (VIEW_CTRL | VIEW_ALT);
    /* Some systems turn a wheel with shift into a sideways one. */
    float notches = event->wheel_y != 0 || !x_only ? event->wheel_y : event->wheel_x;
    double factor = pow(WHEEL, (double)notches);
    zoom_at(plot, y_only && !x_only ? 1 : factor, x_only ? 1 : factor, live_plot_position_x(plot, at.x),
            live_plot_position_y(plot, at.y));
    if (!x_only && !y_only && event->wheel_x != 0) /* two fingers sideways */
        live_plot_pan(plot, 0.05 * (double)event->wheel_x, 0);
    return true;
}

bool live_plot_event(struct live_plot *plot, const struct view_event *event)
{
    switch (event->kind) {
    case VIEW_EVENT_KEY:
        return key_event(plot, event);
    case VIEW_EVENT_PRESS:
        return press_event(plot, event);
    case VIEW_EVENT_RELEASE:
        return release_event(plot, event);
    case VIEW_EVENT_WHEEL:
        return wheel_event(plot, event);
    case VIEW_EVENT_MOVE:
        move_event(plot, event);
        return false;
    case VIEW_EVENT_LEAVE:
        plot->inside = false;
        plot->pointer = (struct view_point){-1e6f, -1e6f};
        return false;
    default:
        return false;
    }
}
