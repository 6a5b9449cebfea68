// The two curves of a band, bound as low and high words each.
layout(set = 0, binding = 0) readonly buffer LowerLow
{
    uint lower_low[];
};
layout(set = 0, binding = 1) readonly buffer LowerHigh
{
    uint lower_high[];
};
layout(set = 0, binding = 2) readonly buffer UpperLow
{
    uint upper_low[];
};
layout(set = 0, binding = 3) readonly buffer UpperHigh
{
    uint upper_high[];
};
#include "view/curve.glsl"

// y of the lower and the upper curve at number k.
vec2 point_band(int k)
{
    uint index = wrapped(k);
    uint lower_at = index * p.lower_stride, upper_at = index * p.upper_stride;
    uint lower_upper_word = p.lower_number == VIEW_NUMBER_U64 ? lower_high[p.lower_high_base + lower_at] : 0u;
    uint upper_upper_word = p.upper_number == VIEW_NUMBER_U64 ? upper_high[p.upper_high_base + upper_at] : 0u;
    return vec2(value_y(number_value(lower_low[p.lower_low_base + lower_at], lower_upper_word, p.lower_number,
                                     p.lower_scale, p.lower_bias)),
                value_y(number_value(upper_low[p.upper_low_base + upper_at], upper_upper_word, p.upper_number,
                                     p.upper_scale, p.upper_bias)));
}

bool has_band(vec2 band)
{
    return band.x != NOWHERE && band.y != NOWHERE;
}
