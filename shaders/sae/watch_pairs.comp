#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// For onlookers: each latent's sum of values over its pairs, in order, and the values of the watched latent row by row
// (the rows in which it does not fire hold 0 before). One thread a latent.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_watch_pairs_params p;
};
layout(set = 0, binding = 0) readonly buffer Starts
{
    uint starts[];
};
layout(set = 0, binding = 1) readonly buffer Order
{
    uint order[];
};
layout(set = 0, binding = 2) readonly buffer Rows
{
    uint pair_rows[];
};
layout(set = 0, binding = 3) readonly buffer Values
{
    float values[];
};
layout(set = 0, binding = 4) writeonly buffer Sums
{
    float sums[];
};
layout(set = 0, binding = 5) writeonly buffer Watched
{
    float watched[];
};

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i >= p.n)
        return;
    float total = 0.0;
    for (uint at = starts[i]; at < starts[i + 1u]; at++) {
        uint pair = order[at];
        float value = values[pair];
        total += value > 0.0 ? value : 0.0;
        if (i == p.watched)
            watched[pair_rows[pair]] = value;
    }
    sums[i] = total;
}
