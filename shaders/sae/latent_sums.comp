#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// What a latent's pairs add up to: each term's sum (the gradients of its biases and threshold) and how often it fired
// (value above 0). One thread a latent.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_latent_sums_params p;
};
layout(set = 0, binding = 0) readonly buffer Starts
{
    uint starts[];
};
layout(set = 0, binding = 1) readonly buffer Order
{
    uint order[];
};
layout(set = 0, binding = 2) readonly buffer Terms
{
    float terms[]; // [pairs, SAE_TERMS]
};
layout(set = 0, binding = 3) readonly buffer Values
{
    float values[];
};
layout(set = 0, binding = 4) writeonly buffer Sums
{
    float sums[];
};
layout(set = 0, binding = 5) writeonly buffer Fired
{
    uint fired[];
};

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i >= p.n)
        return;
    float total[SAE_TERMS];
    for (uint t = 0u; t < SAE_TERMS; t++)
        total[t] = 0.0;
    uint count = 0u;
    for (uint at = starts[i]; at < starts[i + 1u]; at++) {
        uint pair = order[at];
        for (uint t = 0u; t < SAE_TERMS; t++)
            total[t] += terms[pair * SAE_TERMS + t];
        count += values[pair] > 0.0 ? 1u : 0u;
    }
    for (uint t = 0u; t < SAE_TERMS; t++)
        sums[t * p.sums_stride + i] = total[t];
    fired[i] = count;
}
