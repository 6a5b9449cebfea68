#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Counts the invocations of each group: folding and cutting must give every group exactly once.
#include "common/group.glsl"
#include "test_params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    test_visit_params p;
};
layout(set = 0, binding = 0) buffer Visits
{
    uint visits[];
};

void main()
{
    uint group = group_index();
    if (group < p.groups)
        atomicAdd(visits[group], 1u);
}
