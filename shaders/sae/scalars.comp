#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The few numbers a step needs of a batch: the variance of the targets and of the errors (mean squared distance from
// the mean row), and from them the factor of AuxK's gradient. One thread walks the columns.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_scalars_params p;
};
layout(set = 0, binding = 0) readonly buffer Columns
{
    float columns[]; // [2, cols]: sums of the targets' columns, of the errors'
};
layout(set = 0, binding = 1) buffer Scalars
{
    float scalars[]; // SAE_SCALAR_…; the sums of squares stand there already
};

#include "sae/total.glsl"

float variance(float squares, uint first)
{
    float mean_squares = 0.0;
    for (uint c = gl_LocalInvocationIndex; c < p.cols; c += gl_WorkGroupSize.x) {
        float mean = columns[first + c] / p.rows;
        mean_squares += mean * mean;
    }
    return max(squares / p.rows - total(mean_squares), 0.0);
}

void main()
{
    if (group_index() > 0u)
        return;
    float of_target = variance(scalars[SAE_SCALAR_TARGET_SQUARES], 0u);
    // The errors stand multiplied by p.error_scale.
    float of_error = variance(scalars[SAE_SCALAR_ERROR_SQUARES] * p.error_scale * p.error_scale, p.cols_stride) /
                     (p.error_scale * p.error_scale);
    if (gl_LocalInvocationIndex > 0u)
        return;
    scalars[SAE_SCALAR_TARGET_VARIANCE] = of_target;
    scalars[SAE_SCALAR_ERROR_VARIANCE] = of_error;
    float factor = p.coefficient * of_target / of_error;
    bool bad = (floatBitsToUint(factor) & 0x7f800000u) == 0x7f800000u;
    scalars[SAE_SCALAR_AUX_FACTOR] = bad ? 0.0 : factor;
}
