#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor vec4 subgroup
// C[rows, cols] = A · B, with A as [rows, depth] or, where A_IS_COLUMNS, as [depth, rows], and B as [depth, cols] or,
// where B_IS_ROWS, as [cols, depth].
//
// A workgroup makes one tile of C, each thread ROWS_EACH x COLS_EACH sums in registers. Every sum goes through k in
// ascending order from 0 (or C's old value, or the bias) with one fma a step, so its bits depend neither on the tile's
// shape nor on the level nor on how the host cuts.
//
// LEVEL_VEC4 loads 16 bytes at a time: strides, bases and what runs along the operands' rows (depth, cols, rows) are
// multiples of four there. LEVEL_SUBGROUP reads A and B by their addresses, hands the values
// of A round within a subgroup, and takes any layout.
#ifdef LEVEL_SUBGROUP
#extension GL_KHR_shader_subgroup_ballot : require
#endif
#include "common/address.glsl"
#include "common/group.glsl"
#include "linalg/params.h"

layout(local_size_x_id = 0) in; // ROW_THREADS * COL_THREADS
layout(constant_id = 1) const uint ROW_THREADS = 8u;
layout(constant_id = 2) const uint COL_THREADS = 16u;
layout(constant_id = 3) const uint ROWS_EACH = 4u; // a multiple of four
layout(constant_id = 4) const uint COLS_EACH = 4u; // a multiple of four
layout(constant_id = 5) const uint DEPTH = 16u;    // of a step, a multiple of four; LEVEL_SUBGROUP: divides LANES
layout(constant_id = 6) const uint FORM = 0u;      // the sum of those below that hold
const bool B_IS_ROWS = (FORM & 1u) != 0u;
const bool A_IS_COLUMNS = (FORM & 2u) != 0u;
const bool ACCUMULATE = (FORM & 4u) != 0u; // sums begin with C's old values
const bool BIASED = (FORM & 8u) != 0u;     // sums begin with the bias; not both
const bool RAGGED = (FORM & 16u) != 0u;    // LEVEL_SUBGROUP: DEPTH does not divide the sums' length
#ifdef LEVEL_SUBGROUP
layout(constant_id = 7) const uint LANES = 32u; // of a subgroup, all of them there
#else
// 1 (LEVEL_VEC4, A as [rows, depth], B as [depth, cols], one row of threads): operands straight from memory. A CPU
// device gains nothing from a copy in shared memory, which is the same memory, and reads A once for all its lanes.
layout(constant_id = 7) const uint DIRECT = 0u;
#endif

layout(push_constant) uniform Params
{
    linalg_matmul_params p;
};
#ifdef LEVEL_VEC4
#define ELEMENT vec4
#define WIDTH 4u
#define PUT(tile, at, step, value)                                                                           \
    {                                                                                                        \
        tile[at] = value.x;                                                                                  \
        tile[at + step] = value.y;                                                                           \
        tile[at + 2u * step] = value.z;                                                                      \
        tile[at + 3u * step] = value.w;                                                                      \
    }
#else
#define ELEMENT float
#define WIDTH 1u
#define PUT(tile, at, step, value) tile[at] = value
#endif
#ifndef LEVEL_SUBGROUP // which reads them by their addresses
layout(set = 0, binding = 0) readonly buffer A
{
    ELEMENT a[];
};
layout(set = 0, binding = 1) readonly buffer B
{
    ELEMENT b[];
};
#endif
layout(set = 0, binding = 2) readonly buffer Bias
{
    float bias[];
};
layout(set = 0, binding = 3) buffer C
{
    float c[];
};

const uint TILE_ROWS = ROW_THREADS * ROWS_EACH;
const uint TILE_COLS = COL_THREADS * COLS_EACH;

// What the sum of this element of C begins with.
float start(uint row, uint col)
{
    bool inside = row < p.rows && col < p.cols;
    if (ACCUMULATE && inside)
        return c[p.c_base + row * p.c_stride + col];
    if (BIASED && inside)
        return bias[p.bias_base + col];
    return 0.0;
}

void store(uint row, uint col, float value)
{
    if (row < p.rows && col < p.cols)
        c[p.c_base + row * p.c_stride + col] = value;
}

// Where this workgroup's tile begins.
uvec2 first_element()
{
    uint tiles_down = (p.rows + TILE_ROWS - 1u) / TILE_ROWS;
    uint group = group_index();
    return uvec2(group % tiles_down * TILE_ROWS, group / tiles_down * TILE_COLS);
}

#ifdef LEVEL_SUBGROUP
#include "linalg/matmul_subgroup.glsl"
#else
#include "linalg/matmul_tiles.glsl"
#endif
