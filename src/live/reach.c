#include "live/reach.h"

#include <math.h>

#define CLOSEST 1e-6
#define FARTHEST 1e6

static bool is_log(enum view_scale scale)
{
    return scale == VIEW_LOG10 || scale == VIEW_LOG2;
}

/* An end that the scale can show. */
static double shown_end(enum view_scale scale, double end, double least)
{
    if (is_log(scale))
        return end > 0 ? end : least;
    return scale == VIEW_SQRT && end < 0 ? 0 : end;
}

static double unapply(enum view_scale scale, double applied)
{
    return scale == VIEW_SQRT    ? applied * applied
           : scale == VIEW_LOG10 ? pow(10, applied)
           : scale == VIEW_LOG2  ? exp2(applied)
                                 : applied;
}

static void make_showable(struct view_axis *axis, double positive)
{
    double greatest = fmax(axis->low, axis->high);
    double least = positive > 0 ? positive : greatest > 0 ? greatest * 1e-6 : 1e-6;
    axis->low = shown_end(axis->scale, axis->low, least);
    axis->high = shown_end(axis->scale, axis->high, least);
    if (axis->low == axis->high)
        axis->high = is_log(axis->scale) ? axis->low * 10 : axis->low + 1;
}

struct view_axis live_reach_axis(struct live_reach *reach, const struct view_axis *full, double positive)
{
    struct view_axis axis = *full;
    make_showable(&axis, positive);
    if (reach->fit == LIVE_FIT_ONCE) {
        reach->low = axis.low;
        reach->high = axis.high;
        reach->fit = LIVE_FIT_HELD;
    }
    if (reach->fit != LIVE_FIT_HELD)
        return axis;
    axis.low = reach->low;
    axis.high = reach->high;
    axis.step = 0; /* the panel's distance of ticks was for everything */
    make_showable(&axis, positive);
    return axis;
}

/* The least length to show, in the scale's own units. Doubles near `place` must still tell the ends apart. */
static double shortest(const struct live_reach *reach, enum view_scale scale, double length, double place)
{
    double least = fmax(CLOSEST * length, 1e-12 * fabs(place));
    return scale == VIEW_LINEAR ? fmax(least, fmin(reach->least, length)) : least;
}

/* Holds the part from position `from` to `to` of what is shown, if an axis can show it: the length in the
 * scale's own units is kept within bounds, about the part's middle. */
static void hold(struct live_reach *reach, const struct view_axis *shown, const struct view_axis *full,
                 double from, double to)
{
    enum view_scale scale = shown->scale;
    double low = view_scale_apply(scale, shown->low);
    double span = view_scale_apply(scale, shown->high) - low;
    double a = low + span * from, b = low + span * to;
    struct view_axis whole = *full;
    whole.scale = scale;
    make_showable(&whole, 0);
    double length = fabs(view_scale_apply(scale, whole.high) - view_scale_apply(scale, whole.low));
    double middle = 0.5 * (a + b), half = 0.5 * fabs(b - a);
    half = fmin(fmax(half, 0.5 * shortest(reach, scale, length, middle)), 0.5 * FARTHEST * length);
    double sign = b >= a ? 1 : -1;
    a = middle - sign * half;
    b = middle + sign * half;
    if (scale == VIEW_SQRT) { /* nothing lies below 0 */
        a = fmax(a, 0);
        b = fmax(b, 0);
    } else if (is_log(scale)) { /* doubles end there */
        double limit = scale == VIEW_LOG10 ? 300 : 1000;
        a = fmin(fmax(a, -limit), limit);
        b = fmin(fmax(b, -limit), limit);
    }
    double new_low = unapply(scale, a), new_high = unapply(scale, b);
    if (!isfinite(new_low) || !isfinite(new_high) || new_low == new_high)
        return;
    reach->fit = LIVE_FIT_HELD;
    reach->low = new_low;
    reach->high = new_high;
}

/* How far an angle axis may be moved: a turn to either side is as much as anyone looks for. */
static double clamp_angles(const struct view_axis *shown, const struct view_axis *full, double share)
{
    if (shown->format != VIEW_DEGREES || shown->scale != VIEW_LINEAR)
        return share;
    double span = shown->high - shown->low;
    double least = fmin(full->low, full->high) - 360, most = fmax(full->low, full->high) + 360;
    double low = fmin(shown->low, shown->high), high = fmax(shown->low, shown->high);
    double moved = share * span;
    if (low + moved < least)
        moved = fmin(0, least - low);
    if (high + moved > most)
        moved = fmax(0, most - high);
    return moved / span;
}

void live_reach_pan(struct live_reach *reach, const struct view_axis *shown, const struct view_axis *full,
                    double share)
{
    if (reach->locked || !isfinite(share) || share == 0)
        return;
    share = clamp_angles(shown, full, share);
    if (shown->scale == VIEW_SQRT) { /* stop at 0 without growing shorter */
        double low = view_scale_apply(shown->scale, shown->low);
        double span = view_scale_apply(shown->scale, shown->high) - low;
        double least = span > 0 ? low : low + span;
        if (least + span * share < 0)
            share = -least / span;
    }
    hold(reach, shown, full, share, 1 + share);
}

void live_reach_zoom(struct live_reach *reach, const struct view_axis *shown, const struct view_axis *full,
                     double factor, double position)
{
    if (reach->locked || !(factor > 0) || !isfinite(factor) || factor == 1)
        return;
    double low = view_scale_apply(shown->scale, shown->low);
    double span = fabs(view_scale_apply(shown->scale, shown->high) - low);
    struct view_axis whole = *full;
    whole.scale = shown->scale;
    make_showable(&whole, 0);
    double length =
        fabs(view_scale_apply(shown->scale, whole.high) - view_scale_apply(shown->scale, whole.low));
    /* Held back here too, so that the value under the pointer stays at the last turn of the wheel as well. */
    double value = low + (view_scale_apply(shown->scale, shown->high) - low) * position;
    if (factor > 1)
        factor = fmax(1, fmin(factor, span / shortest(reach, shown->scale, length, value)));
    else
        factor = fmin(1, fmax(factor, span / (FARTHEST * length)));
    if (factor != 1)
        hold(reach, shown, full, position - position / factor, position + (1 - position) / factor);
}

void live_reach_select(struct live_reach *reach, const struct view_axis *shown, const struct view_axis *full,
                       double from, double to)
{
    if (!reach->locked && isfinite(from) && isfinite(to))
        hold(reach, shown, full, fmin(from, to), fmax(from, to));
}
