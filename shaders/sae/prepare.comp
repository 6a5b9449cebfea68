#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Rows as they come from a file -> rows in the scaled space, and the encoder's input: these less b_dec. One workgroup
// a row. SCALING is enum sae_input_scaling; moments[row] = {mean, length}: a row is undone as value * length + mean.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint SCALING = 0u;
layout(constant_id = 2) const uint APPLY_BIAS = 1u;
layout(push_constant) uniform Params
{
    sae_prepare_params p;
};
layout(set = 0, binding = 0) readonly buffer Source
{
    float source[];
};
layout(set = 0, binding = 1) readonly buffer Bias
{
    float bias[];
};
layout(set = 0, binding = 2) writeonly buffer Scaled
{
    float scaled[];
};
layout(set = 0, binding = 3) writeonly buffer Centred
{
    float centred[];
};
layout(set = 0, binding = 4) writeonly buffer Moments
{
    vec2 moments[];
};

const uint LAYER_NORM = 2u;
const uint CONSTANT_NORM = 3u;

#include "sae/total.glsl"

void main()
{
    uint row = group_index();
    if (row >= p.rows)
        return;
    uint from = p.source_base + row * p.source_stride;
    float mean = 0.0;
    float factor = p.factor;
    if (SCALING == LAYER_NORM || SCALING == CONSTANT_NORM) {
        if (SCALING == LAYER_NORM) {
            float sum = 0.0;
            for (uint c = gl_LocalInvocationIndex; c < p.cols; c += gl_WorkGroupSize.x)
                sum += source[from + c];
            mean = total(sum) / float(p.cols);
        }
        float squares = 0.0;
        for (uint c = gl_LocalInvocationIndex; c < p.cols; c += gl_WorkGroupSize.x) {
            float value = source[from + c] - mean;
            squares += value * value;
        }
        squares = total(squares);
        factor = SCALING == LAYER_NORM ? 1.0 / (sqrt(squares / max(float(p.cols) - 1.0, 1.0)) + 1e-5)
                                       : p.root / max(sqrt(squares), 1e-30);
    }
    for (uint c = gl_LocalInvocationIndex; c < p.cols; c += gl_WorkGroupSize.x) {
        float value = (source[from + c] - mean) * factor;
        scaled[row * p.cols + c] = value;
        centred[row * p.cols + c] = APPLY_BIAS != 0u ? value - bias[c] : value;
    }
    if (gl_LocalInvocationIndex == 0u)
        moments[row] = vec2(mean, 1.0 / factor);
}
