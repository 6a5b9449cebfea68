#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// What the step does with its gradient, from the squared norms of its tensors: nothing when they are not finite (bits
// are tested, for NaN may be assumed away), else it is shortened to the length `clip`. One thread.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_clip_params p;
};
layout(set = 0, binding = 0) readonly buffer Squares
{
    float squares[];
};
layout(set = 0, binding = 1) writeonly buffer Control
{
    uint control[]; // {1: the step is skipped, bits of the factor, bits of the norm}
};

void main()
{
    if (group_index() > 0u || gl_LocalInvocationIndex > 0u)
        return;
    float sum = 0.0;
    for (uint i = 0u; i < p.parts; i++)
        sum += squares[i];
    bool bad = (floatBitsToUint(sum) & 0x7f800000u) == 0x7f800000u;
    float norm = sqrt(sum);
    float factor = p.clip > 0.0 ? min(1.0, p.clip / (norm + 1e-6)) : 1.0;
    control[0] = bad ? 1u : 0u;
    control[1] = floatBitsToUint(factor);
    control[2] = floatBitsToUint(norm);
}
