#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
#include "common/group.glsl"
#include "test_params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    test_in_place_params p;
};
layout(set = 0, binding = 0) buffer Data
{
    uint data[];
};

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i < p.count)
        data[i] = data[i] * p.factor + p.addend;
}
