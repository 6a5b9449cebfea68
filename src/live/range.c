#include "live/range.h"

#include "view/font.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WHEEL 1.1
enum { BAR = 10, TICK = 3, GRIP = 9, REACH = 7 /* units around a handle that take hold of it */ };

/* ---- the scale ---- */

/* The round of maps that a key goes through; those of the theme change with it. */
enum { ROUND = 5 };

static enum view_map map_in_round(const struct view_theme *theme, uint32_t place)
{
    const enum view_map maps[ROUND] = {theme->sequential, VIEW_MAP_BLUE_YELLOW, theme->diverging,
                                       theme->cyclic, VIEW_MAP_GREY};
    return maps[place % ROUND];
}

static enum view_map own_map(const struct view_theme *theme, enum live_map_family family)
{
    return family == LIVE_MAP_DIVERGING ? theme->diverging
           : family == LIVE_MAP_CYCLIC  ? theme->cyclic
                                        : theme->sequential;
}

static bool is_log(enum view_scale scale)
{
    return scale == VIEW_LOG10 || scale == VIEW_LOG2;
}

/* What the range follows: all that the data reach, or the part between two percentiles. */
static struct view_axis within_percentiles(const struct live_range *range, const struct view_axis *full)
{
    struct view_axis axis = *full;
    double low = range->told_low, high = range->told_high;
    if (range->centred) {
        high = fmax(fabs(low), fabs(high));
        low = -high;
    }
    if (range->per_mille == 0 || !range->told || !(low < high) || !range->counted)
        return axis;
    axis.low = low;
    axis.high = high;
    return axis;
}

struct view_colour_scale live_range_scale(struct live_range *range, const struct view_theme *theme,
                                          const struct live_range_parameters *parameters)
{
    struct view_axis full = parameters->full;
    range->may_log = parameters->may_log;
    range->centred = parameters->centred;
    range->own = own_map(theme, parameters->family);
    range->has_own = true;
    if (parameters->may_log && range->turned)
        full.scale = is_log(full.scale) ? VIEW_LINEAR : VIEW_LOG10;
    struct live_reach free = {0};
    const struct view_axis fitted = within_percentiles(range, &full);
    range->full = live_reach_axis(&free, &full, parameters->positive);
    range->fitted = live_reach_axis(&free, &fitted, parameters->positive);
    struct view_axis axis = live_reach_axis(&range->reach, &fitted, parameters->positive);
    range->span = range->full;
    range->span.low = fmin(range->full.low, axis.low);
    range->span.high = fmax(range->full.high, axis.high);
    return (struct view_colour_scale){
        .map = range->chosen ? map_in_round(theme, range->chosen - 1) : range->own,
        .axis = axis,
        .show_outside = true,
        .hide_below = parameters->hide_below,
        .missing = parameters->missing,
    };
}

void live_range_fit(struct live_range *range)
{
    range->reach.fit = LIVE_FIT_ALWAYS;
}

void live_range_fit_once(struct live_range *range)
{
    range->reach.fit = LIVE_FIT_ONCE;
}

bool live_range_toggle_log(struct live_range *range)
{
    if (!range->may_log)
        return false;
    range->turned = !range->turned;
    range->reach.fit = LIVE_FIT_ALWAYS;
    return true;
}

const char *live_range_next_percentiles(struct live_range *range)
{
    if (!range->counted)
        return "this view has no percentiles";
    range->per_mille = range->per_mille == 0 ? 10 : range->per_mille == 10 ? 50 : 0;
    range->told = false;
    range->reach.fit = LIVE_FIT_ALWAYS;
    return range->per_mille == 0    ? "colours for all numbers"
           : range->per_mille == 10 ? "colours from 1 to 99 % of the numbers"
                                    : "colours from 5 to 95 % of the numbers";
}

void live_range_tell(struct live_range *range, double low, double high)
{
    range->told = low <= high;
    range->told_low = low;
    range->told_high = high;
}

const char *live_range_next_map(struct live_range *range, const struct view_theme *theme)
{
    do /* the view's own is in the round twice */
        range->chosen = (range->chosen + 1) % (ROUND + 1);
    while (range->chosen && range->has_own && map_in_round(theme, range->chosen - 1) == range->own);
    if (range->chosen == 0)
        return "the view's own colours";
    switch (map_in_round(theme, range->chosen - 1)) {
    case VIEW_MAP_VIRIDIS:
        return "viridis";
    case VIEW_MAP_VIRIDIS_REVERSED:
        return "viridis, dark for much";
    case VIEW_MAP_BLUE_YELLOW:
        return "blue to yellow";
    case VIEW_MAP_CYCLIC:
        return "cyclic, for angles";
    case VIEW_MAP_GREY:
        return "grey";
    default:
        return "diverging";
    }
}

/* ---- drawing ---- */

/* Position in the bar's span, 0 at its low end, of a point of the canvas. */
static float position_at(const struct live_range *range, float x, float y)
{
    const struct view_rect *bar = &range->bar;
    return range->vertical ? 1 - (y - bar->y) / bar->height : (x - bar->x) / bar->width;
}

static struct view_rect part_of(const struct live_range *range, float from, float to)
{
    struct view_rect bar = range->bar;
    if (range->vertical)
        return (struct view_rect){bar.x, bar.y + bar.height * (1 - to), bar.width, bar.height * (to - from)};
    return (struct view_rect){bar.x + bar.width * from, bar.y, bar.width * (to - from), bar.height};
}

static void draw_handle(const struct live_range *range, struct view_canvas *canvas, float position, bool held)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_rect bar = range->bar;
    float s = held ? 5 : 4;
    struct view_rect grip;
    if (range->vertical)
        grip =
            (struct view_rect){bar.x - 3, bar.y + bar.height * (1 - position) - 0.5f * s, bar.width + 6, s};
    else
        grip = (struct view_rect){bar.x + bar.width * position - 0.5f * s, bar.y - 3, s, bar.height + 6};
    view_rounded_box(canvas, view_inset(grip, -1, -1, -1, -1), 3, 0, theme->page);
    view_rounded_box(canvas, grip, 2, 0, held ? theme->text : theme->text_muted);
}

static void draw_numbers(const struct live_range *range, struct view_canvas *canvas)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const struct view_rect bar = range->bar;
    const struct view_line_style line = {.colour = theme->axis};
    struct view_text_style number = {
        .size = theme->size_tick, .colour = theme->text_muted, .anchor = VIEW_MIDDLE};
    struct view_ticks ticks;
    float length = range->vertical ? bar.height / 36 : bar.width / 52;
    view_ticks_make(&range->span, (uint32_t)fmaxf(2, fminf(8, length)), &ticks);
    float right = bar.x + bar.width, bottom = bar.y + bar.height, widest = 0;
    if (!range->vertical) {
        number.align = VIEW_CENTRE;
        number.anchor = VIEW_TOP;
    }
    for (uint32_t i = 0; i < ticks.count; i++) {
        float at = (float)view_axis_position(&range->span, ticks.values[i]);
        if (range->vertical) {
            float y = bar.y + bar.height * (1 - at);
            view_line_across(canvas, right, right + TICK, y, &line);
            widest = fmaxf(widest, view_text(canvas, right + TICK + 4, y, ticks.labels[i], &number));
        } else {
            float x = bar.x + bar.width * at;
            view_line_down(canvas, x, bottom, bottom + TICK, &line);
            view_text(canvas, x, bottom + TICK + 4, ticks.labels[i], &number);
        }
    }
    char label[160];
    snprintf(label, sizeof label, "%s%s%s", range->span.label ? range->span.label : "",
             ticks.exponent && range->span.label ? "  " : "", ticks.exponent ? ticks.unit : "");
    if (!label[0])
        return;
    if (range->vertical) {
        const float least = bar.y - 2 * theme->size_tick; /* beside the subtitle, and the axis's numbers */
        const bool word = bar.y + bar.height + BAR < range->rect.y + range->rect.height; /* of missing ones */
        const float most = bar.y + bar.height + (word ? 0 : 3 * theme->size_tick);
        view_fit_label(label, most - least, theme->size_tick, VIEW_REGULAR);
        const float half = 0.5f * view_text_width(label, theme->size_tick, VIEW_REGULAR);
        view_text(canvas, right + TICK + 10 + widest + theme->size_tick,
                  fminf(fmaxf(bar.y + 0.5f * bar.height, least + half), most - half), label,
                  &(struct view_text_style){.size = theme->size_tick, .align = VIEW_CENTRE, .upwards = true});
    } else
        view_text(canvas, bar.x, range->rect.y, label,
                  &(struct view_text_style){.size = theme->size_tick, .anchor = VIEW_TOP});
}

static void draw_missing(struct view_canvas *canvas, float x, float middle, const char *word)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    view_missing_box(canvas, (struct view_rect){x, view_snap(canvas, middle - 0.5f * BAR), BAR, BAR});
    view_text(canvas, x + BAR + TICK + 4, middle, word,
              &(struct view_text_style){
                  .size = theme->size_tick, .colour = theme->text_muted, .anchor = VIEW_MIDDLE});
}

/* Where the strip lies within what the bar may cover; the word for missing values stands at its end. */
static void place_bar(struct live_range *range, struct view_canvas *canvas, const char *missing)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_rect bar = range->rect;
    range->vertical = range->upright || bar.height > bar.width;
    if (range->vertical) {
        bar.x += 3;
        bar.width = BAR;
        bar = view_inset(bar, 0, 3, 0, 3 + (missing ? BAR + 10 : 0));
        if (missing)
            draw_missing(canvas, bar.x, range->rect.y + range->rect.height - 0.5f * BAR, missing);
    } else {
        bar.y += range->span.label ? 1.7f * theme->size_tick : 3;
        bar.height = BAR;
        float word = missing ? view_text_width(missing, theme->size_tick, VIEW_REGULAR) + BAR + TICK + 18 : 0;
        bar = view_inset(bar, 3, 0, 3 + word, 0);
        if (missing)
            draw_missing(canvas, bar.x + bar.width + 14, bar.y + 0.5f * BAR, missing);
    }
    bar.x = view_snap(canvas, bar.x);
    bar.y = view_snap(canvas, bar.y);
    range->bar = bar;
}

void live_range_draw(struct live_range *range, struct view_canvas *canvas, struct view_rect rect,
                     const struct view_colour_scale *scale)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    range->rect = rect;
    place_bar(range, canvas, scale->missing);
    if (!(range->bar.width > 0) || !(range->bar.height > 0))
        return;
    float low = (float)view_axis_position(&range->span, scale->axis.low);
    float high = (float)view_axis_position(&range->span, scale->axis.high);
    if (low > 0)
        view_box(canvas, part_of(range, 0, low), scale->hide_below ? theme->panel : theme->under);
    if (high < 1)
        view_box(canvas, part_of(range, high, 1), theme->over);
    view_gradient(canvas, part_of(range, low, high), scale->map, range->vertical);
    struct view_rect edge = view_inset(range->bar, -1, -1, -1, -1);
    view_rounded_box(canvas, edge, 1, view_hairline(canvas, 1), theme->grid);
    draw_numbers(range, canvas);
    bool shown = range->hover || range->drag || range->reach.fit == LIVE_FIT_HELD;
    enum live_range_drag held = range->drag ? range->drag : range->hover;
    if (shown) {
        draw_handle(range, canvas, low, held == LIVE_RANGE_LOW || held == LIVE_RANGE_BOTH);
        draw_handle(range, canvas, high, held == LIVE_RANGE_HIGH || held == LIVE_RANGE_BOTH);
    }
}

/* ---- hands ---- */

static bool over_bar(const struct live_range *range, float x, float y)
{
    struct view_rect r = view_inset(range->bar, -REACH, -REACH, -REACH, -REACH);
    return range->bar.width > 0 && x >= r.x && y >= r.y && x < r.x + r.width && y < r.y + r.height;
}

static void shown_ends(const struct live_range *range, double *low, double *high)
{
    bool held = range->reach.fit == LIVE_FIT_HELD;
    *low = view_axis_position(&range->span, held ? range->reach.low : range->fitted.low);
    *high = view_axis_position(&range->span, held ? range->reach.high : range->fitted.high);
}

static enum live_range_drag part_at(const struct live_range *range, float x, float y)
{
    if (!over_bar(range, x, y))
        return LIVE_RANGE_NONE;
    double low, high, at = (double)position_at(range, x, y);
    shown_ends(range, &low, &high);
    double unit = REACH / (double)(range->vertical ? range->bar.height : range->bar.width);
    double to_low = fabs(at - low), to_high = fabs(at - high);
    if (to_low < unit && (to_low < to_high || (to_low == to_high && at < low)))
        return LIVE_RANGE_LOW;
    if (to_high < unit)
        return LIVE_RANGE_HIGH;
    if (at < low)
        return LIVE_RANGE_LOW;
    return at > high ? LIVE_RANGE_HIGH : LIVE_RANGE_BOTH;
}

/* Positions in the span as it was when the drag began. */
static void set_ends(struct live_range *range, double low, double high)
{
    const double least = 0.004;
    low = fmin(fmax(low, -1), 2);
    high = fmin(fmax(high, -1), 2);
    if (range->centred && range->span.scale == VIEW_LINEAR) { /* values of both signs: 0 keeps the middle */
        double middle = view_axis_position(&range->span, 0);
        double half = range->drag == LIVE_RANGE_LOW ? middle - low : high - middle;
        half = fmax(half, least);
        low = middle - half;
        high = middle + half;
    }
    if (high - low < least) {
        if (range->drag == LIVE_RANGE_LOW)
            low = high - least;
        else
            high = low + least;
    }
    range->reach.low = view_axis_value(&range->span, low);
    range->reach.high = view_axis_value(&range->span, high);
    range->reach.fit = LIVE_FIT_HELD;
}

static void drag_to(struct live_range *range, double at)
{
    double moved = at - (double)range->grip, low = range->grip_low, high = range->grip_high;
    at = fmin(fmax(at, 0), 1);
    if (range->drag == LIVE_RANGE_LOW)
        low = at;
    else if (range->drag == LIVE_RANGE_HIGH)
        high = at;
    else {
        if (range->centred)
            return;
        moved = fmin(fmax(moved, -low), 1 - high);
        low += moved;
        high += moved;
    }
    set_ends(range, low, high);
}

static bool wheel(struct live_range *range, const struct view_event *event)
{
    double low, high;
    if (!over_bar(range, event->x, event->y))
        return false;
    shown_ends(range, &low, &high);
    double centre = range->centred ? 0.5 * (low + high) : (double)position_at(range, event->x, event->y);
    double factor = pow(WHEEL, -(double)event->wheel_y);
    set_ends(range, centre + (low - centre) * factor, centre + (high - centre) * factor);
    return true;
}

bool live_range_event(struct live_range *range, const struct view_event *event)
{
    switch (event->kind) {
    case VIEW_EVENT_MOVE:
        range->hover = part_at(range, event->x, event->y);
        if (range->drag)
            drag_to(range, (double)position_at(range, event->x, event->y));
        return false;
    case VIEW_EVENT_PRESS:
        if (event->button != VIEW_BUTTON_LEFT || !part_at(range, event->x, event->y))
            return false;
        if (event->clicks == 2) {
            range->drag = LIVE_RANGE_NONE;
            live_range_fit(range);
            return true;
        }
        range->drag = part_at(range, event->x, event->y);
        range->grip = position_at(range, event->x, event->y);
        shown_ends(range, &range->grip_low, &range->grip_high);
        return true;
    case VIEW_EVENT_RELEASE:
        if (!range->drag || event->button != VIEW_BUTTON_LEFT)
            return false;
        range->drag = LIVE_RANGE_NONE;
        return true;
    case VIEW_EVENT_WHEEL:
        return wheel(range, event);
    case VIEW_EVENT_LEAVE:
        range->hover = LIVE_RANGE_NONE;
        return false;
    default:
        return false;
    }
}
