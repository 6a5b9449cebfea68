#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The privileged plane projective method: points with radius >= epsilon, of listed planes, in the units of the data
// (Bird 2025). With cells == 0 a histogram of their radius, 8 bins an octave, from which the host takes the reach; else
// their number in each cell of a grid over [-reach, reach]². One invocation a (plane, row).
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_project_params p;
};
layout(set = 0, binding = 0) readonly buffer Planes
{
    uvec2 planes[];
};
layout(set = 0, binding = 1) readonly buffer Coordinates
{
    float coordinates[];
};
layout(set = 0, binding = 2) readonly buffer Norms
{
    vec2 norms[];
};
layout(set = 0, binding = 3) readonly buffer Thresholds
{
    vec2 thresholds[]; // the first is the gate
};
layout(set = 0, binding = 4) readonly buffer Geometry
{
    vec2 geometry[]; // [planes]
};
layout(set = 0, binding = 5) buffer Cells
{
    uint cells[]; // [cells, cells], rows from below; or [2048]: bin of the radius
};

void main()
{
    uint index = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (index >= p.planes * p.rows)
        return;
    uint plane = index / p.rows;
    uint row = index % p.rows;
    float a = coordinates[row * p.stride + planes[plane].x];
    float b = (coordinates[row * p.stride + planes[plane].y] - geometry[plane].x * a) * geometry[plane].y;
    float radius2 = a * a + b * b;
    vec2 norm = norms[row];
    if (geometry[plane].y == 0.0 || !(radius2 > 0.0) ||
        (thresholds[0].y > 0.0 && radius2 < thresholds[0].x * norm.x))
        return;
    vec2 point = vec2(a, b) * norm.y;
    if (p.cells == 0u) {
        float octave = log2(max(length(point), 1e-37)) + 128.0;
        atomicAdd(cells[uint(clamp(octave * 8.0, 0.0, 2047.0))], 1u);
        return;
    }
    ivec2 cell = ivec2(floor((point / p.reach * 0.5 + 0.5) * float(p.cells)));
    if (all(greaterThanEqual(cell, ivec2(0))) && all(lessThan(cell, ivec2(p.cells))))
        atomicAdd(cells[uint(cell.y) * p.cells + uint(cell.x)], 1u);
}
