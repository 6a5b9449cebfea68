#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Which dead latents some row has chosen, as weights for aux_slots.comp: 1, others keep their 0. One workgroup a row.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_aux_chosen_params p;
};
layout(set = 0, binding = 0) readonly buffer Offsets
{
    uint offsets[];
};
layout(set = 0, binding = 1) readonly buffer Latents
{
    uint latents[];
};
layout(set = 0, binding = 2) buffer Chosen
{
    uint chosen[]; // bits of floats
};

void main()
{
    uint row = group_index();
    if (row >= p.rows)
        return;
    // Several rows may choose one latent.
    for (uint pair = offsets[row] + gl_LocalInvocationIndex; pair < offsets[row + 1u]; pair += gl_WorkGroupSize.x)
        atomicOr(chosen[latents[pair]], floatBitsToUint(1.0));
}
