#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The copy bandwidth that other kernels are measured against: 16-byte loads and stores, neighbours side by side,
// eight a lane. A workgroup moves 8 x its size vectors.
#include "common/group.glsl"
#include "gpu/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    gpu_copy_params p;
};
layout(set = 0, binding = 0) readonly buffer Source
{
    uvec4 source[];
};
layout(set = 0, binding = 1) writeonly buffer Destination
{
    uvec4 destination[];
};

void main()
{
    uint first = group_index() * gl_WorkGroupSize.x * 8u + gl_LocalInvocationIndex;
    for (uint i = 0u; i < 8u; i++) {
        uint k = first + i * gl_WorkGroupSize.x;
        if (k < p.vectors)
            destination[k] = source[k];
    }
}
