#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// A block of pre-activations -> values, for decoding by a dense product; how many latents of each row fire, and what
// sparsity costs the row. One workgroup a row. Gated kinds also get their gates' own values, max(e + b_gate, 0).
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint ACTIVATION = 0u;
layout(push_constant) uniform Params
{
    sae_dense_activate_params p;
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
layout(set = 0, binding = 3) writeonly buffer Values
{
    float values[];
};
layout(set = 0, binding = 4) writeonly buffer Gates
{
    float gates[];
};
layout(set = 0, binding = 5) writeonly buffer L0
{
    uint row_l0[]; // of the batch's rows
};
layout(set = 0, binding = 6) writeonly buffer Penalties
{
    float penalties[]; // of the batch's rows
};

#include "sae/penalty.glsl"
#include "sae/total.glsl"

void main()
{
    uint row = group_index();
    if (row >= p.rows)
        return;
    float sum = 0.0;
    float count = 0.0;
    for (uint i = gl_LocalInvocationIndex; i < p.n; i += gl_WorkGroupSize.x) {
        float e = pi[row * p.n + i];
        float value = max(e, 0.0);
        float gate = 0.0;
        if (ACTIVATION == SAE_ACTIVATION_JUMPRELU)
            value = e > latent[i] ? e : 0.0;
        if (ACTIVATION == SAE_ACTIVATION_GATED) {
            gate = max(e + latent[i], 0.0);
            value = gate > 0.0 ? max(exp(latent[2u * p.n + i]) * e + latent[p.n + i], 0.0) : 0.0;
            gates[row * p.n + i] = gate;
        }
        values[row * p.n + i] = value;
        count += value > 0.0 ? 1.0 : 0.0;
        float sparse = ACTIVATION == SAE_ACTIVATION_GATED ? gate : value;
        if (sparse > 0.0)
            sum += penalty_of(sparse, p.weighted != 0u ? norms[i] : 1.0);
    }
    sum = total(sum);
    count = total(count);
    if (gl_LocalInvocationIndex == 0u) {
        row_l0[p.first_row + row] = uint(count);
        penalties[p.first_row + row] = penalty_of_row(sum, count);
    }
}
