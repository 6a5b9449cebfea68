#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// How many numbers of an array lie in each of VIEW_HISTOGRAM_BINS equal parts of an axis. Groups count
// VIEW_HISTOGRAM_ROUNDS numbers an invocation in shared memory and add what they have; sums of integers, so their
// order does not matter.
#include "common/group.glsl"
#include "view/numbers.glsl"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    view_histogram_params p;
};
layout(set = 0, binding = 0) readonly buffer Numbers
{
    uint numbers[];
};
layout(set = 0, binding = 1) buffer Counts
{
    uint counts[];
};
shared uint own[VIEW_HISTOGRAM_BINS];

void main()
{
    uint size = gl_WorkGroupSize.x, first = group_index() * size * VIEW_HISTOGRAM_ROUNDS;
    for (uint bin = gl_LocalInvocationID.x; bin < VIEW_HISTOGRAM_BINS; bin += size)
        own[bin] = 0u;
    barrier();
    for (uint turn = 0u; turn < VIEW_HISTOGRAM_ROUNDS; turn++) {
        uint index = first + turn * size + gl_LocalInvocationID.x;
        if (index >= p.count)
            break;
        uint word = p.base + sample_place(index, p.every, p.run) * p.stride;
        float value = number_value(numbers[word], 0u, p.number, p.scale, p.bias);
        float position = axis_position(p.axis_scale, p.axis_low, p.axis_inverse, value);
        if (value != MISSING && position >= 0.0 && position <= 1.0) {
            uint bin = min(uint(position * float(VIEW_HISTOGRAM_BINS)), VIEW_HISTOGRAM_BINS - 1u);
            atomicAdd(own[bin], 1u);
        }
    }
    barrier();
    for (uint bin = gl_LocalInvocationID.x; bin < VIEW_HISTOGRAM_BINS; bin += size)
        if (own[bin] != 0u)
            atomicAdd(counts[p.counts_base + bin], own[bin]);
}
