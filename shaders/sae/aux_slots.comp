#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The latents that AuxK may select, in ascending order, and each one's place among them. One workgroup; a thread takes
// a stretch of latents.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_aux_slots_params p;
};
layout(set = 0, binding = 0) readonly buffer Weights
{
    float weights[]; // 0: may not be selected
};
layout(set = 0, binding = 1) writeonly buffer Ids
{
    uint ids[];
};
layout(set = 0, binding = 2) writeonly buffer Slots
{
    uint slots[];
};

shared uint lanes[gl_WorkGroupSize.x];

void main()
{
    uint lane = gl_LocalInvocationIndex;
    uint each = (p.n + gl_WorkGroupSize.x - 1u) / gl_WorkGroupSize.x;
    uint from = min(lane * each, p.n);
    uint to = group_index() == 0u ? min(from + each, p.n) : from;
    uint count = 0u;
    for (uint i = from; i < to; i++)
        count += weights[i] > 0.0 ? 1u : 0u;
    lanes[lane] = count;
    barrier();
    uint at = 0u;
    for (uint l = 0u; l < lane; l++)
        at += lanes[l];
    for (uint i = from; i < to; i++) {
        slots[i] = at;
        if (weights[i] > 0.0)
            ids[at++] = i;
    }
}
