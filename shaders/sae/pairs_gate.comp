#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Gated kinds: each pair's value, max(exp(r_mag) e + b_mag, 0), and its gate's pre-activation e + b_gate, from the
// encoder's product e. One thread a pair.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_pairs_gate_params p;
};
layout(set = 0, binding = 0) readonly buffer Offsets
{
    uint offsets[];
};
layout(set = 0, binding = 1) readonly buffer Latents
{
    uint latents[];
};
layout(set = 0, binding = 2) readonly buffer Pre
{
    float pre[];
};
layout(set = 0, binding = 3) readonly buffer Latent
{
    float latent[]; // {b_gate, b_mag, r_mag}
};
layout(set = 0, binding = 4) writeonly buffer Values
{
    float values[];
};
layout(set = 0, binding = 5) writeonly buffer Gates
{
    float gates[];
};

void main()
{
    uint pair = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (pair >= min(offsets[p.rows], p.capacity))
        return;
    uint i = latents[pair];
    values[pair] = max(exp(latent[2u * p.n + i]) * pre[pair] + latent[p.n + i], 0.0);
    gates[pair] = pre[pair] + latent[i];
}
