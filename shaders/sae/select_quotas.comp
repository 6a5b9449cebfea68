#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Hands the ties that are selected out to the rows, the first ones first. A thread a row.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_select_quotas_params p;
};
layout(set = 0, binding = 0) readonly buffer State
{
    uint state[];
};
layout(set = 0, binding = 1) readonly buffer Ties
{
    uint ties[];
};
layout(set = 0, binding = 2) writeonly buffer Selection
{
    uint selection[];
};
layout(set = 0, binding = 3) buffer Counts
{
    uint counts[];
};

void main()
{
    uint row = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (row >= p.rows)
        return;
    uint wanted = state[SAE_SELECT_WANTED];
    uint before = 0u, with = ties[p.ties_base + row];
    if (row > 0u || p.follows != 0u)
        before = ties[p.ties_base + row - 1u];
    uint quota = min(with, wanted) - min(before, wanted);
    selection[p.selection_base + 2u * row] = state[SAE_SELECT_LOW];
    selection[p.selection_base + 2u * row + 1u] = quota;
    counts[p.counts_base + row] += quota;
}
