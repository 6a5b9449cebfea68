#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The values of dead latents [first, first + cols) as a dense matrix [rows, cols], from their pairs. One workgroup a
// row.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_aux_values_params p;
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
layout(set = 0, binding = 3) readonly buffer Slots
{
    uint slots[];
};
layout(set = 0, binding = 4) writeonly buffer Dense
{
    float dense[]; // zeros before
};

void main()
{
    uint row = group_index();
    if (row >= p.rows)
        return;
    for (uint pair = offsets[row] + gl_LocalInvocationIndex; pair < offsets[row + 1u]; pair += gl_WorkGroupSize.x) {
        uint slot = slots[latents[pair]] - p.first;
        if (slot < p.cols)
            dense[row * p.cols + slot] = values[pair];
    }
}
