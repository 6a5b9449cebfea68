#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Right with the barrier, a race without it: the condition is the same for all invocations.
#include "common/group.glsl"
#include "test_params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    test_race_params p;
};
layout(set = 0, binding = 0) buffer Data
{
    uint data[];
};

shared uint kept[128];

void main()
{
    uint lane = gl_LocalInvocationIndex;
    uint i = group_index() * gl_WorkGroupSize.x + lane;
    kept[lane] = i < p.count ? data[i] : 0u;
    if (p.with_barrier != 0u)
        barrier();
    if (i < p.count)
        data[i] = kept[127u - lane];
}
