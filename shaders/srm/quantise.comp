#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// A byte a coordinate for the quick rejection: v = min(127, ceil(127 · y² / (epsilon² · |x|²))). A row can be inside
// the cone of plane (i, j) only if v_i + v_j >= 127, so one 32-bit addition tests four planes. Rounding is outward:
// nothing that the exact test would accept is lost. A coordinate with v >= 64 is dominant: every hit has one. Their
// number decides between the scanning and the dominant kernel.
// One invocation a word of four coordinates.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_quantise_params p;
};
layout(set = 0, binding = 0) readonly buffer Coordinates
{
    float coordinates[]; // [rows, stride]
};
layout(set = 0, binding = 1) readonly buffer Norms
{
    vec2 norms[];
};
layout(set = 0, binding = 2) writeonly buffer Quantised
{
    uint quantised[]; // [rows, words]
};
layout(set = 0, binding = 3) buffer Dominants
{
    uint dominants; // number of bytes >= 64
};

void main()
{
    uint index = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (index >= p.rows * p.words)
        return;
    uint row = index / p.words;
    uint first = index % p.words * 4u;
    float norm = norms[row].x;
    uint word = 0u;
    uint count = 0u;
    for (uint lane = 0u; lane < 4u; lane++) {
        if (first + lane < p.vectors) {
            uint value = 127u;
            if (p.scale > 0.0) {
                float y = coordinates[row * p.stride + first + lane];
                value = norm > 0.0 ? uint(min(ceil(y * y / norm * p.scale), 127.0)) : 0u;
            }
            word |= value << (8u * lane);
            count += value >> 6u;
        }
    }
    quantised[index] = word;
    if (count != 0u)
        atomicAdd(dominants, count);
}
