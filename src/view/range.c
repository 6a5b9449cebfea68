#include "view/range.h"

#include <float.h>
#include <math.h>

double view_finite(double value)
{
    return fabs(value) <= (double)FLT_MAX ? value : NAN;
}

struct view_range view_range_nothing(void)
{
    return (struct view_range){INFINITY, -INFINITY, INFINITY};
}

void view_range_extend(struct view_range *range, double value)
{
    value = view_finite(value);
    if (isnan(value))
        return;
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
    if (value > (double)FLT_MIN)
        range->least = fmin(range->least, value);
}

/* The greatest of 1, 2, 5 times a power of ten that is at most `value`; or, `up`, the least that is at least
 * it. */
static double round_to_tick(double value, bool up)
{
    static const double ladder[] = {1, 2, 5, 10};
    double power = pow(10, floor(log10(value) + 1e-9));
    for (int i = 0; i < 4 && up; i++)
        if (ladder[i] * power >= value * (1 - 1e-9))
            return ladder[i] * power;
    for (int i = 3; i >= 0 && !up; i--)
        if (ladder[i] * power <= value * (1 + 1e-9))
            return ladder[i] * power;
    return power;
}

/* The greatest of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that is at most `value`; or, `up`, the least
 * that is at least it. */
static double round_to_ladder(double value, bool up)
{
    static const double ladder[] = {1, 1.5, 2, 3, 4, 5, 6, 8, 10};
    enum { STEPS = sizeof ladder / sizeof *ladder };
    double power = pow(10, floor(log10(value) + 1e-9));
    for (int i = 0; i < STEPS && up; i++)
        if (ladder[i] * power >= value * (1 - 1e-9))
            return ladder[i] * power;
    for (int i = STEPS - 1; i >= 0 && !up; i--)
        if (ladder[i] * power <= value * (1 + 1e-9))
            return ladder[i] * power;
    return up ? 10 * power : power;
}

struct view_axis view_range_axis(const struct view_range *range, bool may_be_log, bool from_zero,
                                 const char *label)
{
    struct view_axis axis = {.high = 1, .label = label};
    if (!(range->low <= range->high))
        return axis;
    double least = fmax(range->least, range->high * 1e-5);
    if (may_be_log && range->low >= 0 && range->high / least >= 3) {
        axis.scale = VIEW_LOG10;
        axis.low = round_to_ladder(least / 1.03, false); /* so that no curve lies on the frame */
        axis.high = round_to_ladder(range->high * 1.03, true);
        return axis;
    }
    axis.low = from_zero ? fmin(0, range->low) : range->low;
    axis.high = from_zero ? fmax(0, range->high) : range->high;
    double size = fmax(fabs(axis.low), fabs(axis.high));
    if (!(axis.high - axis.low > 1e-6 * size)) { /* a constant stands in the middle */
        axis.low -= size > 0 ? 0.5 * size : 0;
        axis.high += size > 0 ? 0.5 * size : 1;
    }
    if (from_zero) { /* room above the greatest, none below 0 */
        axis.low *= 1.05;
        axis.high *= 1.05;
    } else {
        view_axis_round(&axis, 5);
    }
    return axis;
}

struct view_axis view_range_turn(const struct view_axis *axis, double least)
{
    struct view_axis turned = *axis;
    if (axis->scale == VIEW_LOG10 || axis->scale == VIEW_LOG2) {
        turned.scale = VIEW_LINEAR;
        turned.low = fmin(0, axis->low);
        return turned;
    }
    turned.scale = VIEW_LOG10;
    if (!(axis->high > 0) || !(axis->low < axis->high))
        return turned;
    double low = axis->low > 0 ? axis->low : least > 0 ? least : axis->high * 1e-6;
    low = fmin(low, axis->high);
    bool wide = axis->high / low >= 10; /* some ticks stand within, wherever the ends are */
    turned.low = wide ? round_to_ladder(low, false) : round_to_tick(low / 1.03, false);
    turned.high = wide ? round_to_ladder(axis->high, true) : round_to_tick(axis->high, true);
    return turned;
}
