#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// [rows, cols] -> [cols, rows] through a tile of shared memory, so that both sides are read and written in runs.
// A workgroup moves a 32 x 32 tile; groups count tiles, column tiles first. DIRECT does without shared memory: a CPU
// device has the tile in its cache anyway.
#include "common/group.glsl"
#include "linalg/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint DIRECT = 0u;
layout(push_constant) uniform Params
{
    linalg_transpose_params p;
};
// Words and not floats, so that no device touches a NaN's bits.
layout(set = 0, binding = 0) readonly buffer Source
{
    uint source[];
};
layout(set = 0, binding = 1) writeonly buffer Destination
{
    uint destination[];
};

const uint TILE = 32u;
shared uint tile[TILE * (TILE + 1u)];

void main()
{
    uint tiles_across = (p.cols + TILE - 1u) / TILE;
    uint group = group_index();
    uint row0 = group / tiles_across * TILE;
    uint col0 = group % tiles_across * TILE;
    if (DIRECT == 0u) {
        for (uint e = gl_LocalInvocationIndex; e < TILE * TILE; e += gl_WorkGroupSize.x) {
            uint row = row0 + e / TILE, col = col0 + e % TILE;
            if (row < p.rows && col < p.cols)
                tile[e / TILE * (TILE + 1u) + e % TILE] = source[p.source_base + row * p.source_stride + col];
        }
        barrier();
    }
    for (uint e = gl_LocalInvocationIndex; e < TILE * TILE; e += gl_WorkGroupSize.x) {
        uint row = row0 + e % TILE, col = col0 + e / TILE;
        if (row < p.rows && col < p.cols)
            destination[p.destination_base + col * p.destination_stride + row] =
                DIRECT != 0u ? source[p.source_base + row * p.source_stride + col]
                             : tile[e % TILE * (TILE + 1u) + e / TILE];
    }
}
