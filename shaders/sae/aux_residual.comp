#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// AuxK: dead latents are to explain what the others left over. From their decoding (with b_dec in it, taken out here)
// and the errors to the gradient of factor * |r̂ - r|², r = target - decoded, and each row's |r̂ - r|². One workgroup a
// row.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_aux_residual_params p;
};
layout(set = 0, binding = 0) readonly buffer Error
{
    float error[]; // (decoded - target) * p.error_scale
};
layout(set = 0, binding = 1) readonly buffer Bias
{
    float bias[];
};
layout(set = 0, binding = 2) readonly buffer Scalars
{
    float scalars[];
};
layout(set = 0, binding = 3) buffer Decoded
{
    float decoded[]; // in: b_dec + r̂; out: the gradient
};
layout(set = 0, binding = 4) writeonly buffer Squares
{
    float squares[];
};

#include "sae/total.glsl"

void main()
{
    uint row = group_index();
    if (row >= p.rows)
        return;
    float factor = scalars[SAE_SCALAR_AUX_FACTOR];
    float sum = 0.0;
    for (uint c = gl_LocalInvocationIndex; c < p.cols; c += gl_WorkGroupSize.x) {
        float off = decoded[row * p.cols + c] - bias[c] + error[row * p.cols + c] / p.error_scale;
        sum += off * off;
        decoded[row * p.cols + c] = p.error_scale * factor * off;
    }
    sum = total(sum);
    if (gl_LocalInvocationIndex == 0u)
        squares[row] = sum;
}
