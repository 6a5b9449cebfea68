#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor
// Sums of unsigned integers to 64 bits (pairs of words, low first), which not every device has as a type.
#include "common/group.glsl"
#include "linalg/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 4) const uint PAIRS = 0u; // the source holds pairs: sums of an earlier pass
layout(push_constant) uniform Params
{
    linalg_sum_counts_params p;
};
layout(set = 0, binding = 0) readonly buffer Source
{
    uint source[];
};
layout(set = 0, binding = 1) writeonly buffer Partials
{
    uint partials[];
};

#define VALUE uvec2
#define ZERO uvec2(0u)

uvec2 load(uint index, uint j)
{
    if (PAIRS == 0u)
        return uvec2(source[p.source_base + index], 0u);
    return uvec2(source[p.source_base + 2u * index], source[p.source_base + 2u * index + 1u]);
}

uvec2 add(uvec2 a, uvec2 b)
{
    uint carry;
    uint low = uaddCarry(a.x, b.x, carry);
    return uvec2(low, a.y + b.y + carry);
}

void store(uint index, uvec2 value)
{
    partials[p.partials_base + 2u * index] = value.x;
    partials[p.partials_base + 2u * index + 1u] = value.y;
}

#include "linalg/sum.glsl"
