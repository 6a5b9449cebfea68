#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor vec4
// C[rows, cols] = A · B, with A as [rows, depth] or, where A_IS_COLUMNS, as [depth, rows], and B as [depth, cols] or,
// where B_IS_ROWS, as [cols, depth].
//
// A workgroup makes one tile of C. The operands' tiles lie in shared memory with the sum's index k outermost; each
// thread keeps ROWS_EACH x COLS_EACH sums in registers, in runs of four rows and four columns, the runs of
// neighbouring threads side by side. Every sum goes through k in ascending order from 0 (or C's old value, or
// the bias) with one fma a step, so its bits depend neither on the tile's shape nor on the level nor on how the host cuts.
//
// LEVEL_VEC4 loads 16 bytes at a time: strides, bases and what runs along the operands' rows (depth, cols, rows) are
// multiples of four there.
#include "common/group.glsl"
#include "linalg/params.h"

layout(local_size_x_id = 0) in; // ROW_THREADS * COL_THREADS
layout(constant_id = 1) const uint ROW_THREADS = 8u;
layout(constant_id = 2) const uint COL_THREADS = 16u;
layout(constant_id = 3) const uint ROWS_EACH = 4u; // a multiple of four
layout(constant_id = 4) const uint COLS_EACH = 4u; // a multiple of four
layout(constant_id = 5) const uint DEPTH = 16u;    // of a step, a multiple of four
layout(constant_id = 6) const uint FORM = 0u; // 1: B_IS_ROWS, 2: A_IS_COLUMNS, 3: both
// 1 (LEVEL_VEC4, A as [rows, depth], B as [depth, cols], one row of threads): operands straight from memory. A CPU device gains nothing
// from a copy in shared memory, which is the same memory, and reads A once for all its lanes.
layout(constant_id = 7) const uint DIRECT = 0u;

const bool B_IS_ROWS = (FORM & 1u) != 0u;
const bool A_IS_COLUMNS = (FORM & 2u) != 0u;

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
layout(set = 0, binding = 0) readonly buffer A
{
    ELEMENT a[];
};
layout(set = 0, binding = 1) readonly buffer B
{
    ELEMENT b[];
};
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
// The padding keeps runs of four aligned and spreads the transposing writes over the banks.
const uint A_STEP = TILE_ROWS + 4u;
const uint B_STEP = TILE_COLS + 4u;
shared float a_tile[DEPTH * A_STEP];
shared float b_tile[DEPTH * B_STEP];

// What lies outside a matrix is 0 in its tile: it then adds nothing that is stored.
void load_a(uint row0, uint k0)
{
    if (A_IS_COLUMNS) {
        const uint RUNS = TILE_ROWS / WIDTH;
        for (uint e = gl_LocalInvocationIndex; e < DEPTH * RUNS; e += gl_WorkGroupSize.x) {
            uint k = e / RUNS;
            uint row = e % RUNS * WIDTH;
            ELEMENT value = ELEMENT(0.0);
            if (row0 + row < p.rows && k0 + k < p.depth)
                value = a[(p.a_base + (k0 + k) * p.a_stride + row0 + row) / WIDTH];
            PUT(a_tile, k * A_STEP + row, 1u, value);
        }
    } else {
        const uint RUNS = DEPTH / WIDTH;
        for (uint e = gl_LocalInvocationIndex; e < TILE_ROWS * RUNS; e += gl_WorkGroupSize.x) {
            uint row = e / RUNS;
            uint k = e % RUNS * WIDTH;
            ELEMENT value = ELEMENT(0.0);
            if (row0 + row < p.rows && k0 + k < p.depth)
                value = a[(p.a_base + (row0 + row) * p.a_stride + k0 + k) / WIDTH];
            PUT(a_tile, k * A_STEP + row, A_STEP, value);
        }
    }
}

void load_b(uint col0, uint k0)
{
    if (B_IS_ROWS) {
        const uint RUNS = DEPTH / WIDTH;
        for (uint e = gl_LocalInvocationIndex; e < TILE_COLS * RUNS; e += gl_WorkGroupSize.x) {
            uint col = e / RUNS;
            uint k = e % RUNS * WIDTH;
            ELEMENT value = ELEMENT(0.0);
            if (col0 + col < p.cols && k0 + k < p.depth)
                value = b[(p.b_base + (col0 + col) * p.b_stride + k0 + k) / WIDTH];
            PUT(b_tile, k * B_STEP + col, B_STEP, value);
        }
    } else {
        const uint RUNS = TILE_COLS / WIDTH;
        for (uint e = gl_LocalInvocationIndex; e < DEPTH * RUNS; e += gl_WorkGroupSize.x) {
            uint k = e / RUNS;
            uint col = e % RUNS * WIDTH;
            ELEMENT value = ELEMENT(0.0);
            if (col0 + col < p.cols && k0 + k < p.depth)
                value = b[(p.b_base + (k0 + k) * p.b_stride + col0 + col) / WIDTH];
            PUT(b_tile, k * B_STEP + col, 1u, value);
        }
    }
}

vec4 sums[ROWS_EACH * (COLS_EACH / 4u)];

void multiply_tiles(uint row0, uint col0, uint thread_row, uint thread_col, uint depth)
{
    for (uint k0 = 0u; k0 < depth; k0 += DEPTH) {
        load_a(row0, k0);
        load_b(col0, k0);
        barrier();
        for (uint k = 0u; k < DEPTH; k++) {
            vec4 columns[COLS_EACH / 4u];
            [[unroll]] for (uint j = 0u; j < COLS_EACH / 4u; j++) {
                uint at = k * B_STEP + (j * COL_THREADS + thread_col) * 4u;
                columns[j] = vec4(b_tile[at], b_tile[at + 1u], b_tile[at + 2u], b_tile[at + 3u]);
            }
            [[unroll]] for (uint i = 0u; i < ROWS_EACH; i++) {
                float value = a_tile[k * A_STEP + (i / 4u * ROW_THREADS + thread_row) * 4u + i % 4u];
                [[unroll]] for (uint j = 0u; j < COLS_EACH / 4u; j++)
                    sums[i * (COLS_EACH / 4u) + j] =
                        fma(vec4(value), columns[j], sums[i * (COLS_EACH / 4u) + j]);
            }
        }
        barrier();
    }
}

#ifdef LEVEL_VEC4
// Rows and columns outside are read from the last ones inside: their sums are not stored.
void multiply_direct(uint row0, uint first_col, uint depth)
{
    uint b_at = (p.b_base + min(first_col, p.cols - 4u)) / 4u;
    for (uint k = 0u; k < depth; k += 4u) {
        vec4 rows[ROWS_EACH];
        [[unroll]] for (uint i = 0u; i < ROWS_EACH; i++)
            rows[i] = a[(p.a_base + min(row0 + i, p.rows - 1u) * p.a_stride + k) / 4u];
        [[unroll]] for (uint l = 0u; l < 4u; l++) {
            vec4 columns = b[b_at + (k + l) * (p.b_stride / 4u)];
            [[unroll]] for (uint i = 0u; i < ROWS_EACH; i++)
                sums[i] = fma(vec4(rows[i][l]), columns, sums[i]);
        }
    }
}
#else
void multiply_direct(uint row0, uint first_col, uint depth)
{
}
#endif

// What the sums of four neighbouring elements of C begin with.
vec4 start(uint row, uint col)
{
    vec4 values = vec4(0.0);
    if (p.accumulate != 0u && row < p.rows) {
        [[unroll]] for (uint l = 0u; l < 4u; l++)
            if (col + l < p.cols)
                values[l] = c[p.c_base + row * p.c_stride + col + l];
    } else if (p.biased != 0u) {
        [[unroll]] for (uint l = 0u; l < 4u; l++)
            if (col + l < p.cols)
                values[l] = bias[p.bias_base + col + l];
    }
    return values;
}

void main()
{
    // Written so that a device that sees one thread a column of tiles sees one row of A for the whole group.
    uint thread_row = ROW_THREADS == 1u ? 0u : gl_LocalInvocationIndex / COL_THREADS;
    uint thread_col = ROW_THREADS == 1u ? gl_LocalInvocationIndex : gl_LocalInvocationIndex % COL_THREADS;
    uint tiles_down = (p.rows + TILE_ROWS - 1u) / TILE_ROWS;
    uint group = group_index();
    uint row0 = group % tiles_down * TILE_ROWS;
    uint col0 = group / tiles_down * TILE_COLS;
    // A group past the last tile takes no step and stores nothing, but meets every barrier.
    uint depth = col0 < p.cols ? p.depth : 0u;

    uint first_row = row0 + thread_row * 4u;
    uint first_col = col0 + thread_col * 4u;
    [[unroll]] for (uint i = 0u; i < ROWS_EACH; i++)
        [[unroll]] for (uint j = 0u; j < COLS_EACH / 4u; j++) {
            uint row = first_row + i / 4u * (ROW_THREADS * 4u) + i % 4u;
            uint col = first_col + j * (COL_THREADS * 4u);
            sums[i * (COLS_EACH / 4u) + j] = start(row, col);
        }

    if (DIRECT != 0u)
        multiply_direct(row0, first_col, depth);
    else
        multiply_tiles(row0, col0, thread_row, thread_col, depth);

    [[unroll]] for (uint i = 0u; i < ROWS_EACH; i++)
        [[unroll]] for (uint j = 0u; j < COLS_EACH / 4u; j++) {
            uint row = first_row + i / 4u * (ROW_THREADS * 4u) + i % 4u;
            uint col = first_col + j * (COL_THREADS * 4u);
            [[unroll]] for (uint l = 0u; l < 4u; l++)
                if (row < p.rows && col + l < p.cols)
                    c[p.c_base + row * p.c_stride + col + l] = sums[i * (COLS_EACH / 4u) + j][l];
        }
}
