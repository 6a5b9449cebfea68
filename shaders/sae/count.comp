#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// How many entries of each row are active (RELU, GATED, JUMPRELU). One workgroup a row.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint ACTIVATION = 0u;
layout(push_constant) uniform Params
{
    sae_count_params p;
};
layout(set = 0, binding = 0) readonly buffer Pi
{
    float pi[];
};
layout(set = 0, binding = 1) readonly buffer Latent
{
    float latent[];
};
layout(set = 0, binding = 2) writeonly buffer Counts
{
    uint counts[];
};

#include "sae/activation.glsl"

shared uint lanes[gl_WorkGroupSize.x];

void main()
{
    uint row = group_index();
    if (row >= p.rows)
        return;
    uint count = 0u;
    for (uint i = gl_LocalInvocationIndex; i < p.cols; i += gl_WorkGroupSize.x)
        count += is_active(pi[p.pi_base + row * p.pi_stride + i], latent[i]) ? 1u : 0u;
    lanes[gl_LocalInvocationIndex] = count;
    barrier();
    if (gl_LocalInvocationIndex == 0u) {
        for (uint i = 1u; i < gl_WorkGroupSize.x; i++)
            count += lanes[i];
        counts[p.first_row + row] = count;
    }
}
