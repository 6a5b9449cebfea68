#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
#include "common/group.glsl"
#include "params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    outside_multiply_add_params p;
};
layout(set = 0, binding = 0) readonly buffer Source
{
    float source[];
};
layout(set = 0, binding = 1) buffer Destination
{
    float destination[];
};

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i < p.count)
        destination[i] = p.factor * source[i] + destination[i];
}
