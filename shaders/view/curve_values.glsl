// One curve's numbers, bound as low and high words.
layout(set = 0, binding = 0) readonly buffer Low
{
    uint low[];
};
layout(set = 0, binding = 1) readonly buffer High
{
    uint high[];
};
#include "view/curve.glsl"

float point_y(int k)
{
    uint at = wrapped(k) * p.stride;
    uint upper = p.number == VIEW_NUMBER_U64 ? high[p.high_base + at] : 0u;
    return value_y(number_value(low[p.low_base + at], upper, p.number, p.scale, p.bias));
}
