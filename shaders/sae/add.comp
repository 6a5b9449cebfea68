#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// to[i] += scale * from[i]
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_add_params p;
};
layout(set = 0, binding = 0) readonly buffer From
{
    float from[];
};
layout(set = 0, binding = 1) buffer To
{
    float to[];
};

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i < p.count)
        to[p.to_base + i] += p.scale * from[p.from_base + i];
}
