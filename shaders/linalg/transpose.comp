#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// [rows, cols] -> [cols, rows] through a tile of shared memory, so that both sides are read and written in runs.
// A workgroup moves a 32 x 32 tile; groups count tiles, column tiles first. The size of a workgroup is a multiple
// of 32.
#include "common/group.glsl"
#include "linalg/params.h"

layout(local_size_x_id = 0) in;
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
    uint lane = gl_LocalInvocationIndex % TILE;
    for (uint r = gl_LocalInvocationIndex / TILE; r < TILE; r += gl_WorkGroupSize.x / TILE)
        if (row0 + r < p.rows && col0 + lane < p.cols)
            tile[r * (TILE + 1u) + lane] = source[p.source_base + (row0 + r) * p.source_stride + col0 + lane];
    barrier();
    for (uint c = gl_LocalInvocationIndex / TILE; c < TILE; c += gl_WorkGroupSize.x / TILE)
        if (row0 + lane < p.rows && col0 + c < p.cols)
            destination[p.destination_base + (col0 + c) * p.destination_stride + row0 + lane] =
                tile[lane * (TILE + 1u) + c];
}
