#version 450
#extension GL_EXT_control_flow_attributes : require
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Sums over planes, angle by angle: of the counts, of their squares, their least and greatest, and how many
// planes have which count (bins of common/count_bins.h). An invocation takes PARTS angles, a workgroup apart,
// and `planes_a_group` planes, and adds what it found atomically, in integers. With `difference` the curves are f(k) - f(k + A/2).
// With `mirrored` each plane counts twice, also as seen from its second vector: f(A/4 - k).
#include "common/count_bins.h"
#include "common/group.glsl"
#include "common/wide.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint SHARED = 1u; // 0: nobody else has this angle, so nothing is atomic
layout(constant_id = 2) const uint PARTS = 1u;
layout(push_constant) uniform Params
{
    srm_accumulate_params p;
};
layout(set = 0, binding = 0) readonly buffer Counts
{
    uint counts[]; // [epsilons, planes, A]
};
layout(set = 0, binding = 1) readonly buffer Geometry
{
    vec2 geometry[]; // [planes] when skip_degenerate
};
layout(set = 0, binding = 2) buffer Sums
{
    // [epsilons, 6, A]: sum low, sum high, squares low, squares high, greatest, least; the last two as value
    // + 2^31, the least complemented, so that zeroed memory is the neutral start
    uint sums[];
};
layout(set = 0, binding = 3) buffer Density
{
    uint density[]; // [epsilons, A, COUNT_BINS]
};

void add_wide(uint low, uint high, uvec2 value)
{
    uint before = atomicAdd(sums[low], value.x);
    uint carry = before + value.x < before ? 1u : 0u;
    if (value.y + carry != 0u)
        atomicAdd(sums[high], value.y + carry);
}

// Of what this invocation was given, an angle each.
uvec2 sum[PARTS];
uvec2 squares[PARTS];
uint greatest[PARTS];
uint least[PARTS];

// The curve that begins at `curve`, at an angle, or with `difference` the signed one.
int value_at(uint curve, uint angle)
{
    int value = int(counts[curve + angle]);
    if (p.difference != 0u)
        value -= int(counts[curve + (angle + p.angles / 2u) % p.angles]);
    return value;
}

void add(uint part, int value, uint first_bin)
{
    sum[part] = wide_add(sum[part], wide_signed(value));
    squares[part] = wide_add(squares[part], wide_square(uint(abs(value))));
    greatest[part] = max(greatest[part], uint(value) + 0x80000000u);
    least[part] = max(least[part], ~(uint(value) + 0x80000000u));
    uint bin = first_bin + count_bin(uint(max(value, 0)));
    if (SHARED != 0u)
        atomicAdd(density[bin], 1u);
    else
        density[bin] += 1u;
}

void write_out(uint part, uint first_sum)
{
    if ((greatest[part] | least[part]) == 0u)
        return;
    add_wide(first_sum, first_sum + p.angles, sum[part]);
    add_wide(first_sum + 2u * p.angles, first_sum + 3u * p.angles, squares[part]);
    atomicMax(sums[first_sum + 4u * p.angles], greatest[part]);
    atomicMax(sums[first_sum + 5u * p.angles], least[part]);
}

void main()
{
    uint blocks = (p.angles + gl_WorkGroupSize.x * PARTS - 1u) / (gl_WorkGroupSize.x * PARTS);
    uint group = group_index();
    uint first_angle = group % blocks * gl_WorkGroupSize.x * PARTS + gl_LocalInvocationIndex;
    uint plane = p.plane_first + group / blocks * p.planes_a_group;
    uint end = min(plane + p.planes_a_group, p.plane_end);
    if (first_angle >= p.angles || plane >= end)
        return;
    uint first_count = p.epsilon * p.planes * p.angles;
    [[unroll]] for (uint part = 0u; part < PARTS; part++) {
        sum[part] = uvec2(0u);
        squares[part] = uvec2(0u);
        greatest[part] = 0u;
        least[part] = 0u;
    }
    for (; plane < end; plane++) {
        if (p.skip_degenerate != 0u && geometry[plane].y == 0.0)
            continue;
        uint curve = first_count + plane * p.angles;
        [[unroll]] for (uint part = 0u; part < PARTS; part++) {
            uint k = first_angle + part * gl_WorkGroupSize.x;
            uint first_bin = (p.epsilon * p.angles + k) * COUNT_BINS;
            if (k < p.angles) {
                add(part, value_at(curve, k), first_bin);
                if (p.mirrored != 0u)
                    add(part, value_at(curve, (p.angles + p.angles / 4u - k) % p.angles), first_bin);
            }
        }
    }
    [[unroll]] for (uint part = 0u; part < PARTS; part++) {
        uint k = first_angle + part * gl_WorkGroupSize.x;
        if (k < p.angles)
            write_out(part, p.epsilon * 6u * p.angles + k);
    }
}
