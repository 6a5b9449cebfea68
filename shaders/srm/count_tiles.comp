#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Counts every plane of a pass over a block of rows. A workgroup takes four vectors i and 4 · WG vectors j, an
// invocation four j, hence sixteen planes: nobody else writes their differences, so nothing is atomic unless the rows
// are cut into slices for a device with many cores (constant 1). Per row and invocation four additions test sixteen
// planes (quantise.comp). What survives is queued by invocation in shared memory and treated in batches, because the
// dear part (the arc, and what it adds to memory) would otherwise run with most lanes idle.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint SLICED = 0u;  // 1: several workgroups share a plane
layout(constant_id = 2) const uint OBLIQUE = 0u; // 1: the basis is not orthonormal
layout(constant_id = 3) const uint BATCH = 64u;  // rows between two treatments of the queues
layout(push_constant) uniform Params
{
    srm_count_tiles_params p;
};
layout(set = 0, binding = 0) readonly buffer Quantised
{
    uint quantised[]; // [rows, words]
};
layout(set = 0, binding = 1) readonly buffer Coordinates
{
    float coordinates[]; // [rows, stride]
};
layout(set = 0, binding = 2) readonly buffer Norms
{
    vec2 norms[]; // [rows]
};
layout(set = 0, binding = 3) readonly buffer Table
{
    vec2 table[]; // [A]
};
layout(set = 0, binding = 4) readonly buffer Thresholds
{
    vec2 thresholds[]; // [epsilons]: epsilon², sign of epsilon
};
layout(set = 0, binding = 5) readonly buffer Geometry
{
    vec2 geometry[]; // [planes] when OBLIQUE: c, 1/sqrt(1 - c²) or 0 for a degenerate plane
};
layout(set = 0, binding = 6) buffer Differences
{
    uint differences[];
};
layout(set = 0, binding = 7) buffer Stats
{
    uvec4 stats[];
};

#define ADD(index, value)                                                                                    \
    {                                                                                                        \
        if (SLICED != 0u)                                                                                    \
            atomicAdd(differences[index], value);                                                            \
        else                                                                                                 \
            differences[index] += value;                                                                     \
    }
#define ADD_STATS(curve, value)                                                                              \
    {                                                                                                        \
        uvec4 addend = value;                                                                                \
        if (SLICED != 0u) {                                                                                  \
            atomicAdd(stats[curve].x, addend.x);                                                             \
            atomicAdd(stats[curve].y, addend.y);                                                             \
            atomicAdd(stats[curve].z, addend.z);                                                             \
            atomicAdd(stats[curve].w, addend.w);                                                             \
        } else {                                                                                             \
            stats[curve] += addend;                                                                          \
        }                                                                                                    \
    }
#include "srm/count.glsl"

const uint QUEUE = 56u;
const uint MAX_INVOCATIONS = 64u;
shared uint queue[QUEUE * MAX_INVOCATIONS]; // row << 5 | j % 4 << 3 | i % 4

uint plane_index(uint i, uint j)
{
    return i * p.vectors - i * (i + 1u) / 2u + (j - i - 1u) - p.plane_first;
}

void treat(uint entry, uint i0, uint j0)
{
    uint row = entry >> 5u;
    uint i = i0 + (entry & 7u);
    uint j = j0 + (entry >> 3u & 3u);
    uint plane = plane_index(i, j);
    float a = coordinates[row * p.stride + i];
    precise float b = coordinates[row * p.stride + j];
    if (OBLIQUE != 0u) {
        vec2 angle = geometry[plane];
        precise float shadow = angle.x * a;
        precise float rest = b - shadow;
        b = rest * angle.y;
        if (angle.y == 0.0)
            return;
    }
    for (uint epsilon = 0u; epsilon < p.epsilons; epsilon++) {
        uint curve = epsilon * p.planes + plane;
        count_row(a, b, norms[row].x, epsilon, curve, curve * p.angles, p.angles, p.fixed_scale);
    }
}

void main()
{
    uint group = group_index();
    uint slice = group % p.slices;
    uint block = group / p.slices % p.blocks;
    uint quad = group / p.slices / p.blocks;
    if (quad >= p.quads)
        return;
    uint i0 = (p.quad_first + quad) * 4u;
    uint word = block * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    uint j0 = word * 4u;
    // One bit a plane of this invocation: byte b stands for j0 + b, its bits 7 to 4 for i0 to i0 + 3.
    uint mine = 0u;
    for (uint b = 0u; b < 4u; b++)
        for (uint a = 0u; a < 4u; a++)
            if (i0 + a < j0 + b && j0 + b < p.vectors)
                mine |= 1u << (8u * b + a);
    if (mine == 0u)
        return;
    uint row = min(p.row_first + slice * p.slice_rows, p.rows);
    uint rows_end = min(row + p.slice_rows, p.rows);
    uint queued = 0u;
    while (row < rows_end) {
        // A row adds at most sixteen entries: a queue that is nearly full ends the batch early.
        uint batch_end = min(row + BATCH, rows_end);
        for (; row < batch_end && queued <= QUEUE - 16u; row++) {
            uint vi = quantised[row * p.words + p.quad_first + quad];
            uint vj = quantised[row * p.words + word] + 0x01010101u;
            uint hits = ((vi & 255u) * 0x01010101u + vj & 0x80808080u) >> 7u |
                        ((vi >> 8u & 255u) * 0x01010101u + vj & 0x80808080u) >> 6u |
                        ((vi >> 16u & 255u) * 0x01010101u + vj & 0x80808080u) >> 5u |
                        ((vi >> 24u) * 0x01010101u + vj & 0x80808080u) >> 4u;
            for (hits &= mine; hits != 0u; hits &= hits - 1u) {
                queue[queued * MAX_INVOCATIONS + gl_LocalInvocationIndex] = row << 5u | uint(findLSB(hits));
                queued++;
            }
        }
        while (queued > 0u) {
            queued--;
            treat(queue[queued * MAX_INVOCATIONS + gl_LocalInvocationIndex], i0, j0);
        }
    }}
