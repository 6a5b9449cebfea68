#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// How far each decoded row is off, and the square of that. One workgroup a row.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_residual_params p;
};
layout(set = 0, binding = 0) readonly buffer Decoded
{
    float decoded[];
};
layout(set = 0, binding = 1) readonly buffer Target
{
    float target[];
};
layout(set = 0, binding = 2) writeonly buffer Error
{
    float error[];
};
layout(set = 0, binding = 3) writeonly buffer Squares
{
    float squares[];
};

shared float lanes[gl_WorkGroupSize.x];

void main()
{
    uint row = p.first_row + group_index();
    if (group_index() >= p.rows)
        return;
    float sum = 0.0;
    for (uint c = gl_LocalInvocationIndex; c < p.cols; c += gl_WorkGroupSize.x) {
        float e = decoded[row * p.cols + c] - target[row * p.cols + c];
        error[row * p.cols + c] = p.scale * e;
        sum += e * e;
    }
    lanes[gl_LocalInvocationIndex] = sum;
    barrier();
    if (gl_LocalInvocationIndex == 0u) {
        for (uint i = 1u; i < gl_WorkGroupSize.x; i++)
            sum += lanes[i];
        squares[row] = sum;
    }
}
