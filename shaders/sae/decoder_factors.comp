#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor vec4
// What the decoder's norms add to its gradient is a multiple of the row: sums[i] D_i / |D_i| (of each block where a row
// has several), or with unit norms less the part of the gradient along D_i, which renormalising would undo. The multiple
// is kept for adam_rows.comp, with the squared length of what the gradient then is. One workgroup a latent.
#include "common/group.glsl"
#include "sae/element.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_decoder_factors_params p;
};
layout(set = 0, binding = 0) readonly buffer W
{
    ELEMENT w[];
};
layout(set = 0, binding = 1) readonly buffer Sums
{
    float sums[];
};
layout(set = 0, binding = 2) readonly buffer Gradient
{
    ELEMENT gradient[];
};
layout(set = 0, binding = 3) writeonly buffer Factors
{
    float factors[];
};
layout(set = 0, binding = 4) writeonly buffer Squares
{
    float row_squares[];
};

#include "sae/total.glsl"

void main()
{
    uint latent = p.low + group_index();
    if (latent >= p.high)
        return;
    uint size = p.cols / p.blocks / WIDTH;
    uint at = (p.w_base + (latent - p.low) * p.cols) / WIDTH;
    uint from = (p.gradient_base + (latent - p.low) * p.cols) / WIDTH;
    float all = 0.0;
    for (uint b = 0u; b < p.blocks; b++) {
        float squares = 0.0;
        float along = 0.0;
        for (uint c = gl_LocalInvocationIndex; c < size; c += gl_WorkGroupSize.x) {
            ELEMENT d = w[at + b * size + c];
            squares += element_dot(d, d);
            along += element_dot(d, gradient[from + b * size + c]);
        }
        squares = total(squares);
        along = total(along);
        // Of a row of zeros the norm has no gradient.
        float factor = squares > 0.0 ? (p.project != 0u ? -along / squares : sums[p.sums_base + latent] / sqrt(squares))
                                     : 0.0;
        for (uint c = gl_LocalInvocationIndex; c < size; c += gl_WorkGroupSize.x) {
            ELEMENT g = gradient[from + b * size + c] + factor * w[at + b * size + c];
            all += element_dot(g, g);
        }
        if (gl_LocalInvocationIndex == 0u)
            factors[latent * p.blocks + b] = factor;
    }
    all = total(all);
    if (gl_LocalInvocationIndex == 0u)
        row_squares[latent] = all;
}
