#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// What the decoder's norms add to its gradient: sums[i] D_i / |D_i| (of each block where a row has several), and with
// unit norms the part of the gradient along D_i taken out, which renormalising would undo. One workgroup a latent.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_decoder_gradient_params p;
};
layout(set = 0, binding = 0) readonly buffer W
{
    float w[];
};
layout(set = 0, binding = 1) readonly buffer Sums
{
    float sums[];
};
layout(set = 0, binding = 2) buffer Gradient
{
    float gradient[];
};

#include "sae/total.glsl"

void main()
{
    uint latent = p.low + group_index();
    if (latent >= p.high)
        return;
    uint size = p.cols / p.blocks;
    uint at = p.w_base + (latent - p.low) * p.cols;
    uint to = p.gradient_base + (latent - p.low) * p.cols;
    for (uint b = 0u; b < p.blocks; b++) {
        float squares = 0.0;
        float along = 0.0;
        for (uint c = gl_LocalInvocationIndex; c < size; c += gl_WorkGroupSize.x) {
            float d = w[at + b * size + c];
            squares += d * d;
            along += d * gradient[to + b * size + c];
        }
        squares = total(squares);
        along = total(along);
        // Of a row of zeros the norm has no gradient.
        float factor = squares > 0.0 ? (p.project != 0u ? -along / squares : sums[p.sums_base + latent] / sqrt(squares))
                                     : 0.0;
        for (uint c = gl_LocalInvocationIndex; c < size; c += gl_WorkGroupSize.x)
            gradient[to + b * size + c] += factor * w[at + b * size + c];
    }
}
