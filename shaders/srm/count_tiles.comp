#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Counts every plane of a pass over a block of rows. A workgroup takes four vectors i and 4 · WG vectors j,
// an invocation four j, hence sixteen planes: nobody else writes their differences, so nothing is atomic
// unless the rows are cut into slices for a device with many cores (constant 1).
//
// Two steps alternate. First, four additions a row test an invocation's sixteen planes (quantise.comp), and
// what survives is kept as a bit a row, in masks of 32 rows a plane in shared memory: no branch, so no lane
// idles. Then the invocation walks through the masks plane by plane. The dear part, the arc and what it adds
// to memory, thus runs with most lanes busy, on difference arrays that stay in cache, with the statistics of
// the plane in registers.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint SLICED = 0u;  // 1: several workgroups share a plane
layout(constant_id = 2) const uint OBLIQUE = 0u; // 1: the basis is not orthonormal
layout(constant_id = 3) const uint MASKS = 4u;   // of 32 rows a plane between two treatments, at most 32
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
    uint stats[]; // [epsilons · planes, SRM_STATS]
};

#define ADD_TO(sum, value)                                                                                   \
    {                                                                                                        \
        if (SLICED != 0u)                                                                                    \
            atomicAdd(sum, value);                                                                           \
        else                                                                                                 \
            sum += value;                                                                                    \
    }
#define ADD(index, value) ADD_TO(differences[index], value)
uvec4 found; // statistics of the plane that is being treated
uint found_sine;
#define ADD_STATS(curve, value, sine)                                                                        \
    {                                                                                                        \
        found += value;                                                                                      \
        found_sine += sine;                                                                                  \
    }
#include "srm/count.glsl"

const uint PLANES = 16u;
const uint MOST_MASKS = 4096u;
shared uint masks[MOST_MASKS]; // [planes, MASKS, invocations]

uint mask_index(uint plane, uint mask)
{
    return (plane * MASKS + mask) * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
}

void keep(uint b, uint mask, uvec4 rows)
{
    masks[mask_index(b, mask)] = rows.x;
    masks[mask_index(4u + b, mask)] = rows.y;
    masks[mask_index(8u + b, mask)] = rows.z;
    masks[mask_index(12u + b, mask)] = rows.w;
}

uint plane_index(uint i, uint j)
{
    return i * p.vectors - i * (i + 1u) / 2u + (j - i - 1u) - p.plane_first;
}

// One row: bit 7 of byte b of component a says whether plane (i0 + a, j0 + b) survives. It is pushed in front
// of the bits of the rows before, so that eight rows fill the bytes.
void test_row(uint row, uint word_i, uint word_j, inout uvec4 bits)
{
    uvec4 vi = uvec4(quantised[row * p.words + word_i]) >> uvec4(0u, 8u, 16u, 24u) & 255u;
    uint vj = quantised[row * p.words + word_j] + 0x01010101u;
    bits = bits >> 1u | (vi * 0x01010101u + vj & 0x80808080u);
}

// Rows from `row` on; those from `end` on are read again as the last, and masked by the caller.
uvec4 test_eight_rows(uint row, uint end, uint word_i, uint word_j)
{
    uint last = end - 1u;
    uvec4 bits = uvec4(0u);
    test_row(min(row, last), word_i, word_j, bits);
    test_row(min(row + 1u, last), word_i, word_j, bits);
    test_row(min(row + 2u, last), word_i, word_j, bits);
    test_row(min(row + 3u, last), word_i, word_j, bits);
    test_row(min(row + 4u, last), word_i, word_j, bits);
    test_row(min(row + 5u, last), word_i, word_j, bits);
    test_row(min(row + 6u, last), word_i, word_j, bits);
    test_row(min(row + 7u, last), word_i, word_j, bits);
    return bits;
}

// The masks number `mask` of all planes: rows from `row` on, 32 of them or up to `end`.
void test(uint row, uint end, uint word_i, uint word_j, uint mask)
{
    uint left = min(end - row, 32u);
    uint eights = (left + 7u) / 8u;
    uvec4 rows0 = uvec4(0u);
    uvec4 rows1 = uvec4(0u);
    uvec4 rows2 = uvec4(0u);
    uvec4 rows3 = uvec4(0u);
    for (uint eight = 0u; eight < eights; eight++) {
        uvec4 bits = test_eight_rows(row + 8u * eight, end, word_i, word_j);
        rows0 = rows0 >> 8u | bits << 24u;
        rows1 = rows1 >> 8u | (bits & 0xff00u) << 16u;
        rows2 = rows2 >> 8u | (bits & 0xff0000u) << 8u;
        rows3 = rows3 >> 8u | (bits & 0xff000000u);
    }
    uint unused = 32u - 8u * eights;
    uint valid = 0xffffffffu >> (32u - left);
    keep(0u, mask, rows0 >> unused & valid);
    keep(1u, mask, rows1 >> unused & valid);
    keep(2u, mask, rows2 >> unused & valid);
    keep(3u, mask, rows3 >> unused & valid);
}

// Adds what the masks of plane (i, j) hold; `number` masks from `row` on.
void treat(uint slot, uint i, uint j, uint row, uint number, uint epsilon)
{
    uint plane = plane_index(i, j);
    uint curve = epsilon * p.planes + plane;
    vec2 angle = OBLIQUE != 0u ? geometry[plane] : vec2(0.0, 1.0);
    if (angle.y == 0.0)
        return;
    found = uvec4(0u);
    found_sine = 0u;
    uint filled = 0u; // a bit a mask that is not empty: at most 32
    for (uint m = 0u; m < number; m++)
        filled |= masks[mask_index(slot, m)] != 0u ? 1u << m : 0u;
    uint current = 0u;
    uint mask = 0u;
    while ((mask | filled) != 0u) {
        // Read in every round, so that there is no branch whose way differs between lanes.
        bool empty = mask == 0u;
        current = empty ? uint(findLSB(filled)) : current;
        filled = empty ? filled & filled - 1u : filled;
        uint fresh = masks[mask_index(slot, current)];
        mask = empty ? fresh : mask;
        uint hit = row + current * 32u + uint(findLSB(mask));
        mask &= mask - 1u;
        float a = coordinates[hit * p.stride + i];
        precise float b = coordinates[hit * p.stride + j];
        if (OBLIQUE != 0u) {
            precise float shadow = angle.x * a;
            precise float rest = b - shadow;
            b = rest * angle.y;
        }
        count_row(a, b, norms[hit].x, epsilon, curve, curve * p.angles, p.angles, p.fixed_scale);
    }
    if (found.x == 0u)
        return;
    uint first = curve * SRM_STATS;
    ADD_TO(stats[first], found.x)
    ADD_TO(stats[first + 1u], found.y)
    ADD_TO(stats[first + 2u], found.z)
    ADD_TO(stats[first + 3u], found.w)
    ADD_TO(stats[first + 4u], found_sine)
}

void main()
{
    uint group = group_index();
    uint slice = group % p.slices;
    uint block = group / p.slices % p.blocks;
    uint quad = group / p.slices / p.blocks;
    if (quad >= p.quads)
        return;
    uint word_i = p.quad_first + quad;
    uint word_j = block * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (word_j < word_i || word_j >= p.words)
        return;
    uint row = min(p.row_first + slice * p.slice_rows, p.rows);
    uint rows_end = min(row + p.slice_rows, p.rows);
    for (; row < rows_end; row += 32u * MASKS) {
        uint number = min((rows_end - row + 31u) / 32u, MASKS);
        for (uint mask = 0u; mask < number; mask++)
            test(row + 32u * mask, rows_end, word_i, word_j, mask);
        for (uint epsilon = 0u; epsilon < p.epsilons; epsilon++) {
            for (uint slot = 0u; slot < PLANES; slot++) {
                uint i = word_i * 4u + slot / 4u;
                uint j = word_j * 4u + slot % 4u;
                if (i < j && j < p.vectors)
                    treat(slot, i, j, row, number, epsilon);
            }
        }
    }
}
