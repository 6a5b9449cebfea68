#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// log2 of each cell over the mean at its distance from the middle. `prior` draws cells that hardly any point reached
// towards 0, instead of towards noise. One invocation a cell.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_ring_ratio_params p;
};
layout(set = 0, binding = 0) readonly buffer Smoothed
{
    float smoothed[]; // [cells, cells]
};
layout(set = 0, binding = 1) readonly buffer Means
{
    float means[]; // [rings]
};
layout(set = 0, binding = 2) writeonly buffer Ratio
{
    float ratio[]; // [cells, cells]
};

void main()
{
    uint index = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (index >= p.cells * p.cells)
        return;
    vec2 place = vec2(float(index % p.cells), float(index / p.cells)) - 0.5 * float(p.cells - 1u);
    float radius = min(length(place), float(p.rings - 1u));
    uint inner = min(uint(radius), p.rings - 2u);
    float mean = mix(means[inner], means[inner + 1u], radius - float(inner));
    ratio[index] = log2((smoothed[index] + p.prior) / (mean + p.prior));
}
