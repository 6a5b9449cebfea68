#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
#include "common/group.glsl"
#include "test_params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    test_spin_params p;
};
layout(set = 0, binding = 0) writeonly buffer Results
{
    uint results[];
};

void main()
{
    uint group = group_index();
    if (group < p.groups) {
        uint value = p.seed + group + gl_LocalInvocationIndex;
        for (uint step = 0u; step < p.steps; step++)
            value = value * 1664525u + 1013904223u;
        if (gl_LocalInvocationIndex == 0u)
            results[group] = value;
    }
}
