#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// From what the errors say to each pair's value (dots, and for gated kinds gate_dots) to the gradients of what made
// the value. This is where the kinds of autoencoder differ in the backward pass. One thread a pair.
//
//   RELU      value = pi;                     loss + sparsity |D| value
//   GATED     value = [g > 0] max(m, 0), g = e + b_gate, m = exp(r_mag) e + b_mag;  loss + sparsity |D| g + gate's own
//   JUMPRELU  value = pi [pi > threshold];    straight-through terms as in Rajamanoharan et al. 2024, section 3, and
//             with to_input their negative to pi; step, tanh or quadratic penalty
//   TOPK, BATCHTOPK  value = pi
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint ACTIVATION = 0u;
layout(push_constant) uniform Params
{
    sae_pairs_backward_params p;
};
layout(set = 0, binding = 0) readonly buffer Offsets
{
    uint offsets[];
};
layout(set = 0, binding = 1) readonly buffer Latents
{
    uint latents[];
};
layout(set = 0, binding = 2) readonly buffer Pre
{
    float pre[];
};
layout(set = 0, binding = 3) readonly buffer Latent
{
    float latent[]; // threshold, or {b_gate, b_mag, r_mag} one behind the other
};
layout(set = 0, binding = 4) readonly buffer Norms
{
    float norms[];
};
layout(set = 0, binding = 5) readonly buffer Dots
{
    float dots[]; // gated: those of the gate's own decoding stand behind, at p.gate_dots
};
layout(set = 0, binding = 6) readonly buffer RowCounts
{
    uint row_l0[]; // active latents of the pair's row, JumpReLU's quadratic penalty: by pair
};
layout(set = 0, binding = 7) writeonly buffer Terms
{
    float terms[]; // [pairs, SAE_TERMS]
};

#include "sae/backward.glsl"

void main()
{
    uint pair = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (pair >= min(offsets[p.rows], p.capacity))
        return;
    uint i = latents[pair];
    float norm = p.weighted != 0u ? norms[i] : 1.0;
    float gate_dot = ACTIVATION == SAE_ACTIVATION_GATED ? dots[p.gate_dots + pair] : 0.0;
    float l0 = p.penalty == SAE_PENALTY_QUADRATIC ? float(row_l0[pair]) : 0.0;
    float result[SAE_TERMS] = backward(i, pre[pair], norm, dots[pair], gate_dot, l0);
    for (uint t = 0u; t < SAE_TERMS; t++)
        terms[pair * SAE_TERMS + t] = result[t];
}
