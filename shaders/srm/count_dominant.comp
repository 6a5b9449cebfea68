#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The same counts as count_tiles.comp from the other side: every hit has a dominant coordinate
// (quantise.comp), so a workgroup takes one row, lists its dominant coordinates i, and pairs each with all j.
// With few dominant coordinates this is linear in the number of vectors instead of quadratic. Planes are
// shared by all rows, so additions are atomic. The pass covers planes whose first vector lies in
// [vector_first, vector_end).
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint OBLIQUE = 0u;
layout(push_constant) uniform Params
{
    srm_count_dominant_params p;
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
    vec2 thresholds[]; // [epsilons]
};
layout(set = 0, binding = 5) readonly buffer Geometry
{
    vec2 geometry[]; // [planes] when OBLIQUE
};
layout(set = 0, binding = 6) buffer Differences
{
    uint differences[];
};
layout(set = 0, binding = 7) buffer Stats
{
    uint stats[]; // [epsilons · planes, SRM_STATS]
};

#define ADD(index, value) atomicAdd(differences[index], value);
#define ADD_STATS(curve, value, sine)                                                                        \
    {                                                                                                        \
        uvec4 addend = value;                                                                                \
        for (uint s = 0u; s < 4u; s++)                                                                       \
            atomicAdd(stats[(curve)*SRM_STATS + s], addend[s]);                                              \
        atomicAdd(stats[(curve)*SRM_STATS + 4u], sine);                                                      \
    }
#include "srm/count.glsl"

const uint LIST = 1024u;
shared uint list[LIST]; // dominant coordinates of this row: index << 8 | byte
shared uint listed;

void treat(uint row, uint i, uint j)
{
    uint first = min(i, j);
    uint second = max(i, j);
    if (first < p.vector_first || first >= p.vector_end)
        return;
    uint plane = first * p.vectors - first * (first + 1u) / 2u + (second - first - 1u) - p.plane_first;
    float a = coordinates[row * p.stride + first];
    precise float b = coordinates[row * p.stride + second];
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

// Pairs the word's four coordinates with the listed ones. A pair of dominant coordinates is met twice, once
// from each: only the meeting in which the listed one comes first counts.
void pair_word(uint row, uint j0, uint word, uint number)
{
    for (uint n = 0u; n < number; n++) {
        uint entry = list[n];
        uint i = entry >> 8u;
        uint hits = ((entry & 255u) + 1u) * 0x01010101u + word & 0x80808080u;
        for (; hits != 0u; hits &= hits - 1u) {
            uint lane = uint(findLSB(hits)) >> 3u;
            uint j = j0 + lane;
            bool met_again = (word >> (8u * lane) & 64u) != 0u && j < i;
            if (j < p.vectors && j != i && !met_again)
                treat(row, i, j);
        }
    }
}

void main()
{
    uint row = group_index();
    bool inside = row < p.rows;
    // The list is filled from one stretch of words after another, so that it cannot overflow however many
    // coordinates are dominant.
    for (uint stretch = 0u; stretch < p.words; stretch += LIST / 4u) {
        barrier();
        if (gl_LocalInvocationIndex == 0u)
            listed = 0u;
        barrier();
        uint end = min(stretch + LIST / 4u, p.words);
        for (uint w = stretch + gl_LocalInvocationIndex; inside && w < end; w += gl_WorkGroupSize.x) {
            uint word = quantised[row * p.words + w];
            for (uint dominant = word & 0x40404040u; dominant != 0u; dominant &= dominant - 1u) {
                uint lane = uint(findLSB(dominant)) >> 3u;
                list[atomicAdd(listed, 1u)] = (w * 4u + lane) << 8u | (word >> (8u * lane) & 255u);
            }
        }
        barrier();
        uint number = listed;
        for (uint w = gl_LocalInvocationIndex; inside && number > 0u && w < p.words; w += gl_WorkGroupSize.x)
            pair_word(row, w * 4u, quantised[row * p.words + w], number);
    }
}
