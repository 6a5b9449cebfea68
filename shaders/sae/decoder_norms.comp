#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor vec4
// The length of each decoder row (the sum of its blocks' lengths where it has several). With `unit` it counts as exactly
// 1, whatever rounding left of it, so that weights that were stored and loaded give what they gave before; with `divide`
// the row is made so first. One workgroup a latent.
#include "common/group.glsl"
#include "sae/element.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_decoder_norms_params p;
};
layout(set = 0, binding = 0) buffer W
{
    ELEMENT w[];
};
layout(set = 0, binding = 1) writeonly buffer Norms
{
    float norms[];
};

#include "sae/square.glsl"
#include "sae/total.glsl"

void main()
{
    uint latent = p.low + group_index();
    if (latent >= p.high)
        return;
    uint size = p.cols / p.blocks / WIDTH;
    uint at = (p.w_base + (latent - p.low) * p.cols) / WIDTH;
    float norm = 0.0;
    for (uint b = 0u; b < p.blocks; b++) {
        float squares = 0.0;
        for (uint c = gl_LocalInvocationIndex; c < size; c += gl_WorkGroupSize.x)
            squares = add_squares(squares, w[at + b * size + c]);
        norm += sqrt(total(squares));
    }
    if (p.unit != 0u && norm > 0.0) {
        for (uint c = gl_LocalInvocationIndex; p.divide != 0u && c < p.cols / WIDTH; c += gl_WorkGroupSize.x)
            w[at + c] /= norm;
        norm = 1.0;
    }
    if (gl_LocalInvocationIndex == 0u)
        norms[latent] = norm;
}
