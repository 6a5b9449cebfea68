#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The length of each decoder row (the sum of its blocks' lengths where it has several). With `unit` it counts as exactly
// 1, whatever rounding left of it, so that weights that were stored and loaded give what they gave before; with `divide`
// the row is made so first. One workgroup a latent.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_decoder_norms_params p;
};
layout(set = 0, binding = 0) buffer W
{
    float w[];
};
layout(set = 0, binding = 1) writeonly buffer Norms
{
    float norms[];
};

#include "sae/total.glsl"

void main()
{
    uint latent = p.low + group_index();
    if (latent >= p.high)
        return;
    uint size = p.cols / p.blocks;
    uint at = p.w_base + (latent - p.low) * p.cols;
    float norm = 0.0;
    for (uint b = 0u; b < p.blocks; b++) {
        float squares = 0.0;
        for (uint c = gl_LocalInvocationIndex; c < size; c += gl_WorkGroupSize.x) {
            float d = w[at + b * size + c];
            squares += d * d;
        }
        norm += sqrt(total(squares));
    }
    if (p.unit != 0u && norm > 0.0) {
        for (uint c = gl_LocalInvocationIndex; p.divide != 0u && c < p.cols; c += gl_WorkGroupSize.x)
            w[at + c] /= norm;
        norm = 1.0;
    }
    if (gl_LocalInvocationIndex == 0u)
        norms[latent] = norm;
}
