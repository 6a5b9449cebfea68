#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Rows of dead latents out of a matrix of all latents, or added to them. One workgroup a row; of the matrix the latents
// in [low, high) are bound, and a chunk's further places may be empty (0xffffffff).
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint ADD = 0u; // 0: chunk = matrix's rows, 1: the matrix's rows += chunk
layout(push_constant) uniform Params
{
    sae_aux_rows_params p;
};
layout(set = 0, binding = 0) readonly buffer Ids
{
    uint ids[];
};
layout(set = 0, binding = 1) buffer Matrix
{
    float matrix[];
};
layout(set = 0, binding = 2) buffer Chunk
{
    float chunk[];
};

void main()
{
    uint place = group_index();
    if (place >= p.rows)
        return;
    uint latent = ids[p.first + place];
    if (latent < p.low || latent >= p.high)
        return;
    uint at = p.matrix_base + (latent - p.low) * p.cols;
    for (uint c = gl_LocalInvocationIndex; c < p.cols; c += gl_WorkGroupSize.x) {
        if (ADD != 0u)
            matrix[at + c] += chunk[place * p.cols + c];
        else
            chunk[place * p.cols + c] = matrix[at + c];
    }
}
