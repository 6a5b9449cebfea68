#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Curves to draw, as shares of the rows, from the exact sums over planes; and the extents of what is drawn. The
// variance is the difference of two products of integers, taken exactly in 128 bits before it is rounded.
// One workgroup.
#include "common/group.glsl"
#include "common/wide.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_summarise_params p;
};
layout(set = 0, binding = 0) readonly buffer Sums
{
    uint sums[]; // [6, A]; see accumulate.comp
};
layout(set = 0, binding = 1) readonly buffer Strength
{
    float strength[]; // [planes]
};
layout(set = 0, binding = 2) readonly buffer Geometry
{
    vec2 geometry[]; // [planes] when oblique
};
layout(set = 0, binding = 3) readonly buffer Controls
{
    uint controls[]; // [controls, A]: sums over the planes of each rotation
};
layout(set = 0, binding = 4) writeonly buffer Curves
{
    float curves[]; // [8, A]: mean, low, high, least, greatest, the controls' mean, least and greatest
};
layout(set = 0, binding = 5) writeonly buffer Extents
{
    uint extents[]; // words SRM_EXTENT_…
};
layout(set = 0, binding = 6) readonly buffer Counts
{
    uint counts[]; // [planes, A]
};

const uint KINDS = 6u;
const float NONE = -3.4e38;
shared float highest[gl_WorkGroupSize.x * KINDS];
shared uint regular[gl_WorkGroupSize.x];
shared uint places[gl_WorkGroupSize.x];

// 64 x 64 bits.
uvec4 wide_multiply(uvec2 a, uvec2 b)
{
    uint high, low, carry;
    uvec4 product;
    umulExtended(a.x, b.x, high, low);
    product = uvec4(low, high, 0u, 0u);
    umulExtended(a.y, b.y, high, low);
    product.zw = uvec2(low, high);
    for (uint side = 0u; side < 2u; side++) {
        umulExtended(side == 0u ? a.x : a.y, side == 0u ? b.y : b.x, high, low);
        product.y = uaddCarry(product.y, low, carry);
        high += carry; // the high word of a product is below 2^32 - 1
        product.z = uaddCarry(product.z, high, carry);
        product.w += carry;
    }
    return product;
}

// a - b, a >= b.
uvec4 wide_less(uvec4 a, uvec4 b)
{
    uint borrow = 0u;
    uvec4 difference;
    for (uint word = 0u; word < 4u; word++) {
        uint first, second;
        uint rest = usubBorrow(a[word], b[word], first);
        difference[word] = usubBorrow(rest, borrow, second);
        borrow = first + second;
    }
    return difference;
}

float wide_float(uvec4 a)
{
    return ((float(a.w) * 4294967296.0 + float(a.z)) * 4294967296.0 + float(a.y)) * 4294967296.0 + float(a.x);
}

uint count_planes()
{
    uint found = 0u;
    for (uint plane = gl_LocalInvocationIndex; plane < p.planes; plane += gl_WorkGroupSize.x)
        found += p.oblique == 0u || geometry[plane].y != 0.0 ? 1u : 0u;
    regular[gl_LocalInvocationIndex] = found;
    barrier();
    found = 0u;
    for (uint k = 0u; k < gl_WorkGroupSize.x; k++)
        found += regular[k];
    return found;
}

// Mean, low, high, least and greatest at angle k; returns mean, high and greatest.
vec3 draw_planes(uint k, uint planes)
{
    uvec2 sum = uvec2(sums[k], sums[p.angles + k]);
    uvec2 squares = uvec2(sums[2u * p.angles + k], sums[3u * p.angles + k]);
    float share = planes != 0u && p.rows != 0u ? 1.0 / (float(planes) * float(p.rows)) : 0.0;
    float one = p.rows != 0u ? 1.0 / float(p.rows) : 0.0;
    float mean = (float(sum.y) * 4294967296.0 + float(sum.x)) * share;
    uvec4 variance = wide_less(wide_multiply(squares, uvec2(planes, 0u)), wide_multiply(sum, sum));
    float deviation = sqrt(wide_float(variance)) * share;
    float greatest = planes != 0u ? float(int(sums[4u * p.angles + k] - 0x80000000u)) * one : 0.0;
    float least = planes != 0u ? float(int(~sums[5u * p.angles + k] - 0x80000000u)) * one : 0.0;
    curves[k] = mean;
    curves[p.angles + k] = max(mean - deviation, 0.0);
    curves[2u * p.angles + k] = mean + deviation;
    curves[3u * p.angles + k] = least;
    curves[4u * p.angles + k] = greatest;
    return vec3(mean, mean + deviation, greatest);
}

// The controls' mean, least and greatest at angle k; returns the first.
float draw_controls(uint k)
{
    float share = p.rows != 0u ? 1.0 / (float(p.control_planes) * float(p.rows)) : 0.0;
    float sum = 0.0;
    float least = -NONE;
    float greatest = NONE;
    for (uint c = 0u; c < p.controls; c++) {
        float value = float(controls[c * p.angles + k]) * share;
        sum += value;
        least = min(least, value);
        greatest = max(greatest, value);
    }
    float nothing = uintBitsToFloat(0x7fc00000u);
    float mean = p.controls != 0u ? sum / float(p.controls) : nothing;
    curves[5u * p.angles + k] = mean;
    curves[6u * p.angles + k] = p.controls != 0u ? least : nothing;
    curves[7u * p.angles + k] = p.controls != 0u ? greatest : nothing;
    return p.controls != 0u ? greatest : 0.0;
}

uint greatest_count(uint k)
{
    return sums[4u * p.angles + k] - 0x80000000u;
}

// The plane and the angle of the greatest count, as its place in the counts; `angle` is the lowest one of those
// that this thread saw with the greatest count among them.
uint find_peak(uint angle)
{
    places[gl_LocalInvocationIndex] = angle;
    barrier();
    for (uint t = 0u; t < gl_WorkGroupSize.x; t++) {
        uint other = places[t];
        int ahead = int(greatest_count(other)) - int(greatest_count(angle));
        angle = ahead > 0 || (ahead == 0 && other < angle) ? other : angle;
    }
    uint found = p.planes;
    for (uint plane = gl_LocalInvocationIndex; plane < p.planes && found == p.planes; plane += gl_WorkGroupSize.x)
        found = counts[plane * p.angles + angle] == greatest_count(angle) ? plane : found;
    barrier();
    places[gl_LocalInvocationIndex] = found;
    barrier();
    for (uint t = 0u; t < gl_WorkGroupSize.x; t++)
        found = min(found, places[t]);
    return found < p.planes ? found * p.angles + angle : 0u;
}

void main()
{
    if (group_index() != 0u)
        return;
    uint planes = count_planes();
    float found[KINDS] = float[KINDS](0.0, 0.0, 0.0, 0.0, NONE, NONE);
    uint angle = min(gl_LocalInvocationIndex, p.angles - 1u);
    for (uint k = gl_LocalInvocationIndex; k < p.angles; k += gl_WorkGroupSize.x) {
        vec3 high = draw_planes(k, planes);
        angle = high.z > found[2] ? k : angle;
        found[0] = max(found[0], high.x);
        found[1] = max(found[1], high.y);
        found[2] = max(found[2], high.z);
        found[3] = max(found[3], draw_controls(k));
    }
    for (uint plane = gl_LocalInvocationIndex; plane < p.planes; plane += gl_WorkGroupSize.x) {
        float value = strength[plane];
        bool finite = (floatBitsToUint(value) & 0x7fffffffu) < 0x7f800000u;
        found[4] = finite ? max(found[4], -value) : found[4];
        found[5] = finite ? max(found[5], value) : found[5];
    }
    uint peak = find_peak(angle);
    for (uint kind = 0u; kind < KINDS; kind++)
        highest[gl_LocalInvocationIndex * KINDS + kind] = found[kind];
    barrier();
    if (gl_LocalInvocationIndex >= KINDS)
        return;
    uint kind = gl_LocalInvocationIndex;
    float high = highest[kind];
    for (uint k = 1u; k < gl_WorkGroupSize.x; k++)
        high = max(high, highest[k * KINDS + kind]);
    high = high == NONE ? 0.0 : kind == 4u ? -high : high;
    extents[p.extents_first + SRM_EXTENT_MEAN + kind] = floatBitsToUint(high);
    if (kind == 0u) {
        extents[p.extents_first + SRM_EXTENT_PLANES] = planes;
        extents[p.extents_first + SRM_EXTENT_PEAK] = peak;
    }
}
