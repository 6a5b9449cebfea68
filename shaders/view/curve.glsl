// Points of a curve at equal distances along x. The including shader has a parameter struct `p` with the plot area,
// first, step, count, closed, axis_low, axis_inverse and axis_scale.
#ifndef ARCLIGHT_VIEW_CURVE
#define ARCLIGHT_VIEW_CURVE
#include "view/numbers.glsl"
#include "view/plane.glsl"

const float NOWHERE = -1e9; // the y of a missing number

// The first and last segment (from number k to k + 1) that may come within `reach` of the columns from..to. Only
// those that exist: all when closed, count - 1 otherwise; last < first: none.
ivec2 segments_between(float from, float to, float reach)
{
    ivec2 k = ivec2(floor((vec2(from - reach, to + reach) - p.x - p.first) / p.step));
    return p.closed != 0u ? k : ivec2(max(k.x, 0), min(k.y, int(p.count) - 2));
}

// Any whole number becomes a number's index; only closed curves ask beyond the ends.
uint wrapped(int k)
{
    int count = int(p.count);
    return uint(k - count * int(floor(float(k) / float(count))));
}

float point_x(int k)
{
    return p.x + p.first + float(k) * p.step;
}

float value_y(float value)
{
    if (value == MISSING)
        return NOWHERE;
    return p.y + p.height * (1.0 - axis_position(p.axis_scale, p.axis_low, p.axis_inverse, value));
}
#endif
