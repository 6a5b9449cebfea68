#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Rows from anywhere into rows of the stride that srm/ keeps, padded with zeros. A row with a NaN or an infinity
// becomes a zero row. One invocation a row.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_take_params p;
};
layout(set = 0, binding = 0) readonly buffer Source
{
    uint source[]; // f32 bits
};
layout(set = 0, binding = 1) writeonly buffer Rows
{
    uint rows[];
};

void main()
{
    uint row = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (row >= p.rows)
        return;
    uint from = p.source_base + row * p.source_stride;
    uint to = (p.row_first + row) * p.stride;
    uint largest = 0u;
    for (uint i = 0u; i < p.width; i++)
        largest = max(largest, source[from + i] & 0x7fffffffu);
    bool finite = largest < 0x7f800000u;
    for (uint i = 0u; i < p.stride; i++)
        rows[to + i] = finite && i < p.width ? source[from + i] : 0u;
}
