#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// dots[i] = values[i] > 0 ? dots[i] : 0: gradients pass where a latent was selected.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_aux_mask_params p;
};
layout(set = 0, binding = 0) readonly buffer Values
{
    float values[];
};
layout(set = 0, binding = 1) buffer Dots
{
    float dots[];
};

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i < p.count && !(values[i] > 0.0))
        dots[i] = 0.0;
}
