#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Has no check of its own against the end of the binding.
#include "common/group.glsl"
#include "test_params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    test_outside_params p;
};
layout(set = 0, binding = 0) writeonly buffer Data
{
    uint data[];
};

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i < p.count)
        data[i + p.shift] = i;
}
