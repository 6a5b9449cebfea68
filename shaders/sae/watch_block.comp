#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// For onlookers: each latent's sum of values down a dense block, going on from the block before, and the column of the
// watched latent. One thread a latent.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_watch_block_params p;
};
layout(set = 0, binding = 0) readonly buffer Values
{
    float values[]; // [rows, n]
};
layout(set = 0, binding = 1) buffer Sums
{
    float sums[];
};
layout(set = 0, binding = 2) writeonly buffer Watched
{
    float watched[];
};

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i >= p.n)
        return;
    float total = p.first_row > 0u ? sums[i] : 0.0;
    for (uint row = 0u; row < p.rows; row++) {
        float value = values[row * p.n + i];
        total += value > 0.0 ? value : 0.0;
        if (i == p.watched)
            watched[p.first_row + row] = value;
    }
    sums[i] = total;
}
