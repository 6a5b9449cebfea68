#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// After a batch: how long each latent has been silent, how often it fired in all, which latents are dead, and with
// which weight AuxK may select them. Counts are integers, so their order does not matter. One thread a latent.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_census_params p;
};
layout(set = 0, binding = 0) readonly buffer Fired
{
    uint fired[]; // rows of this batch
};
layout(set = 0, binding = 1) buffer Total
{
    uint total[]; // rows since counting began
};
layout(set = 0, binding = 2) buffer Silent
{
    uint silent[]; // rows since the last value above 0, held at 2^31
};
layout(set = 0, binding = 3) readonly buffer Norms
{
    float norms[];
};
layout(set = 0, binding = 4) writeonly buffer Weights
{
    float weights[]; // 0: alive
};
layout(set = 0, binding = 5) buffer Counts
{
    uint counts[]; // {dead latents, active pairs}
};

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i >= p.n)
        return;
    uint rows = silent[i];
    if (p.rows > 0u) {
        uint count = fired[i];
        total[i] += count;
        rows = count > 0u ? 0u : min(rows + p.rows, 0x80000000u);
        silent[i] = rows;
        if (count > 0u)
            atomicAdd(counts[1], count);
    }
    bool dead = rows >= p.dead_after;
    weights[i] = dead ? (p.weighted != 0u ? norms[i] : 1.0) : 0.0;
    if (dead)
        atomicAdd(counts[0], 1u);
}
