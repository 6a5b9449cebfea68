#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// One direction of a Gaussian blur, out to three standard deviations; beyond the grid there is nothing. One invocation
// a cell.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_smooth_params p;
};
layout(set = 0, binding = 0) readonly buffer Source
{
    uint source[]; // [cells, cells]
};
layout(set = 0, binding = 1) writeonly buffer Smoothed
{
    float smoothed[]; // [cells, cells]
};

void main()
{
    uint index = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (index >= p.cells * p.cells)
        return;
    int place = int(p.along_y != 0u ? index / p.cells : index % p.cells);
    int stride = p.along_y != 0u ? int(p.cells) : 1;
    int reach = int(ceil(3.0 * p.sigma));
    float sum = 0.0, weights = 0.0;
    for (int offset = -reach; offset <= reach; offset++) {
        float t = float(offset) / p.sigma, weight = exp(-0.5 * t * t);
        weights += weight;
        if (place + offset < 0 || place + offset >= int(p.cells))
            continue;
        uint word = source[int(index) + offset * stride];
        sum += weight * (p.whole != 0u ? float(word) : uintBitsToFloat(word));
    }
    smoothed[index] = sum / weights;
}
