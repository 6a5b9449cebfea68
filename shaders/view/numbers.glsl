// Numbers of a buffer as values, and values on an axis.
#ifndef ARCLIGHT_VIEW_NUMBERS
#define ARCLIGHT_VIEW_NUMBERS
#include "view/params.h"

const float MISSING = -1e30; // what a NaN or an infinity becomes; no plotted value comes near it

// NaN and infinity by their bits: a driver may assume that neither occurs.
float number_value(uint low, uint high, uint number, float scale, float bias)
{
    if (number == VIEW_NUMBER_F32) {
        if ((low & 0x7f800000u) == 0x7f800000u)
            return MISSING;
        return uintBitsToFloat(low) * scale + bias;
    }
    float value = float(low);
    if (number == VIEW_NUMBER_U64)
        value += float(high) * 4294967296.0;
    return value * scale + bias;
}

// Where a sample's number k stands in its array: each `every`-th one. Under a `run` above 0 one number before each so
// many is passed over, as a square's diagonal is.
uint sample_place(uint k, uint every, uint run)
{
    uint at = k * every;
    return run == 0u ? at : at + at / run + 1u;
}

float scale_apply(uint scale, float value)
{
    if (scale == VIEW_SCALE_SQRT)
        return sqrt(max(value, 0.0));
    if (scale == VIEW_SCALE_LOG2)
        return value > 0.0 ? log2(value) : -1e3;
    if (scale == VIEW_SCALE_LOG10)
        return value > 0.0 ? log2(value) * 0.30102999566 : -1e3;
    return value;
}

float scale_invert(uint scale, float applied)
{
    if (scale == VIEW_SCALE_SQRT)
        return applied * applied;
    if (scale == VIEW_SCALE_LOG2)
        return exp2(applied);
    if (scale == VIEW_SCALE_LOG10)
        return exp2(applied * 3.32192809489);
    return applied;
}

// Position on an axis, 0 at its start; held near the axis so that no coordinate overflows.
float axis_position(uint scale, float low, float inverse, float value)
{
    return clamp((scale_apply(scale, value) - low) * inverse, -8.0, 9.0);
}
#endif
