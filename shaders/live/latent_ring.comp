#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// A batch's values of one latent into the ring, in the units of a saved autoencoder. One thread a row.
#include "common/group.glsl"
#include "live/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    live_latent_ring_params p;
};
layout(set = 0, binding = 0) readonly buffer Values
{
    float values[];
};
layout(set = 0, binding = 1) readonly buffer Norms
{
    float norms[];
};
layout(set = 0, binding = 2) writeonly buffer Ring
{
    float ring[];
};

void main()
{
    uint r = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (r >= p.rows)
        return;
    float value = values[r];
    ring[p.first + r] = value > 0.0 ? value * norms[p.latent] * p.factor : 0.0;
}
