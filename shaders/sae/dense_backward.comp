#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// A dense block on the way back: the gradient of each pre-activation in the place of what the error said to its value,
// and the columns' sums (the gradients of biases and thresholds), block after block. A thread owns a column and goes
// down the rows, so that each sum has one order.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint ACTIVATION = 0u;
layout(push_constant) uniform Params
{
    sae_dense_backward_params p;
};
layout(set = 0, binding = 0) readonly buffer Pi
{
    float pi[];
};
layout(set = 0, binding = 1) readonly buffer Latent
{
    float latent[];
};
layout(set = 0, binding = 2) readonly buffer Norms
{
    float norms[];
};
layout(set = 0, binding = 3) buffer Dots
{
    float dots[]; // in: d loss / d value; out: d loss / d pre-activation
};
layout(set = 0, binding = 4) readonly buffer GateDots
{
    float gate_dots[];
};
layout(set = 0, binding = 5) readonly buffer L0
{
    uint row_l0[];
};
layout(set = 0, binding = 6) buffer Sums
{
    float sums[];
};
layout(set = 0, binding = 7) buffer Fired
{
    uint fired[];
};

#include "sae/backward.glsl"

// Whether an entry has a gradient at all, and whether it fires.
void classify(uint i, float e, out bool open, out bool fires)
{
    fires = e > 0.0;
    open = fires;
    if (ACTIVATION == SAE_ACTIVATION_JUMPRELU) {
        fires = e > latent[i];
        open = fires || abs(e - latent[i]) < 0.5 * p.bandwidth;
    }
    if (ACTIVATION == SAE_ACTIVATION_GATED) {
        open = e + latent[i] > 0.0;
        fires = open && exp(latent[2u * p.n + i]) * e + latent[p.n + i] > 0.0;
    }
}

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i >= p.n)
        return;
    float norm = p.weighted != 0u ? norms[i] : 1.0;
    float total[SAE_TERMS];
    for (uint t = 0u; t < SAE_TERMS; t++)
        total[t] = p.first_row > 0u ? sums[t * p.sums_stride + i] : 0.0;
    uint count = p.first_row > 0u ? fired[i] : 0u;
    for (uint row = 0u; row < p.rows; row++) {
        uint at = row * p.n + i;
        float e = pi[at];
        bool open, fires;
        classify(i, e, open, fires);
        float result = 0.0;
        if (open) {
            float gate_dot = ACTIVATION == SAE_ACTIVATION_GATED ? gate_dots[at] : 0.0;
            float l0 = p.penalty == SAE_PENALTY_QUADRATIC ? float(row_l0[p.first_row + row]) : 0.0;
            float terms[SAE_TERMS] = backward(i, e, norm, dots[at], gate_dot, l0);
            for (uint t = 0u; t < SAE_TERMS; t++)
                total[t] += terms[t];
            result = terms[SAE_TERM_ENCODER];
        }
        dots[at] = result;
        count += fires ? 1u : 0u;
    }
    for (uint t = 0u; t < SAE_TERMS; t++)
        sums[t * p.sums_stride + i] = total[t];
    fired[i] = count;
}
