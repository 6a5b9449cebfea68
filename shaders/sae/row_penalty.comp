#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// How many latents of a row fire, written beside each of its pairs, and what sparsity costs the row. One workgroup a
// row. `values` are the gates of gated kinds.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint ACTIVATION = 0u;
layout(push_constant) uniform Params
{
    sae_row_penalty_params p;
};
layout(set = 0, binding = 0) readonly buffer Offsets
{
    uint offsets[];
};
layout(set = 0, binding = 1) readonly buffer Latents
{
    uint latents[];
};
layout(set = 0, binding = 2) readonly buffer Values
{
    float values[];
};
layout(set = 0, binding = 3) readonly buffer Norms
{
    float norms[];
};
layout(set = 0, binding = 4) writeonly buffer L0
{
    uint row_l0[];
};
layout(set = 0, binding = 5) writeonly buffer Penalties
{
    float penalties[];
};

#include "sae/penalty.glsl"
#include "sae/total.glsl"

void main()
{
    uint row = group_index();
    if (row >= p.rows)
        return;
    uint from = offsets[row];
    uint to = offsets[row + 1u];
    float sum = 0.0;
    float count = 0.0;
    for (uint pair = from + gl_LocalInvocationIndex; pair < to; pair += gl_WorkGroupSize.x) {
        if (!(values[pair] > 0.0))
            continue;
        count += 1.0;
        sum += penalty_of(values[pair], p.weighted != 0u ? norms[latents[pair]] : 1.0);
    }
    sum = total(sum);
    count = total(count);
    for (uint pair = from + gl_LocalInvocationIndex; pair < to; pair += gl_WorkGroupSize.x)
        row_l0[pair] = uint(count);
    if (gl_LocalInvocationIndex == 0u)
        penalties[row] = penalty_of_row(sum, count);
}
