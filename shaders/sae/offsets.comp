#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Where each row's pairs begin: the counts of a block of rows added up behind those of the blocks before. One
// workgroup.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_offsets_params p;
};
layout(set = 0, binding = 0) readonly buffer Counts
{
    uint counts[];
};
layout(set = 0, binding = 1) buffer Offsets
{
    uint offsets[];
};

shared uint lanes[gl_WorkGroupSize.x];

void main()
{
    uint lane = gl_LocalInvocationIndex;
    uint each = (p.rows + gl_WorkGroupSize.x - 1u) / gl_WorkGroupSize.x;
    uint from = min(lane * each, p.rows);
    uint to = min(from + each, p.rows);
    uint sum = 0u;
    if (group_index() == 0u)
        for (uint i = from; i < to; i++)
            sum += counts[p.first + i];
    lanes[lane] = sum;
    barrier();
    if (group_index() > 0u)
        return;
    uint at = p.first > 0u ? offsets[p.first] : 0u;
    for (uint i = 0u; i < lane; i++)
        at += lanes[i];
    if (lane == 0u && p.first == 0u)
        offsets[0] = 0u;
    for (uint i = from; i < to; i++) {
        at += counts[p.first + i];
        offsets[p.first + 1u + i] = at;
    }
}
