#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Reads what another group of the dispatch before has written, so that a missing barrier shows.
#include "common/group.glsl"
#include "test_params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    test_mirror_params p;
};
layout(set = 0, binding = 0) readonly buffer Source
{
    uint source[];
};
layout(set = 0, binding = 1) writeonly buffer Destination
{
    uint destination[];
};

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i < p.count)
        destination[i] = source[p.count - 1u - i] * p.factor + p.addend;
}
