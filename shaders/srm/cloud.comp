#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The rows in one plane, as shares of their length, and their number in each cell of a grid over [-reach, reach]². One
// invocation a row. A zero row lies in the middle.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_cloud_params p;
};
layout(set = 0, binding = 0) readonly buffer Planes
{
    uvec2 planes[];
};
layout(set = 0, binding = 1) readonly buffer Coordinates
{
    float coordinates[]; // [rows, stride]
};
layout(set = 0, binding = 2) readonly buffer Norms
{
    vec2 norms[];
};
layout(set = 0, binding = 3) readonly buffer Geometry
{
    vec2 geometry[]; // [planes] when oblique
};
layout(set = 0, binding = 4) writeonly buffer Points
{
    vec2 points[];
};
layout(set = 0, binding = 5) buffer Cells
{
    uint cells[]; // [cells, cells], rows from below
};

void main()
{
    uint row = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (row >= p.rows)
        return;
    uvec2 pair = planes[p.plane];
    vec2 angle = p.oblique != 0u ? geometry[p.plane] : vec2(0.0, 1.0);
    float a = coordinates[row * p.stride + pair.x];
    float b = (coordinates[row * p.stride + pair.y] - angle.x * a) * angle.y;
    float norm = norms[row].x;
    vec2 point = norm > 0.0 ? vec2(a, b) * inversesqrt(norm) : vec2(0.0);
    points[row] = point;
    ivec2 cell = ivec2(floor((point / p.reach * 0.5 + 0.5) * float(p.cells)));
    if (all(greaterThanEqual(cell, ivec2(0))) && all(lessThan(cell, ivec2(p.cells))))
        atomicAdd(cells[uint(cell.y) * p.cells + uint(cell.x)], 1u);
}
