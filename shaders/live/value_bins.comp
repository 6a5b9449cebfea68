#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The histogram of the ring's values above 0. One thread a row.
#include "common/group.glsl"
#include "live/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    live_value_bins_params p;
};
layout(set = 0, binding = 0) readonly buffer Ring
{
    float ring[];
};
layout(set = 0, binding = 1) readonly buffer Scalars
{
    uint scalars[];
};
layout(set = 0, binding = 2) buffer Bins
{
    uint bins[];
};

void main()
{
    uint r = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (r >= p.rows)
        return;
    float value = ring[r];
    uint bits = floatBitsToUint(value);
    if (bits == 0u || bits >= 0x7f800000u)
        return;
    float width = uintBitsToFloat(scalars[LIVE_SCALAR_WIDTH]);
    atomicAdd(bins[min(uint(value / width), LIVE_VALUE_BINS - 1u)], 1u);
}
