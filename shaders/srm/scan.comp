#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Prefix sums turn a curve's difference array into counts, in place, and find its peak: the greatest count,
// and the middle of the first run of angles that has it (cones are wide, so a peak is a plateau as often as a
// point; a run may pass through angle 0). With `difference` the peak is that of the signed curve f(k) - f(k +
// A/2). With `mirrored` the peak of the same plane seen from its second vector follows, of f(A/4 - k): the
// mirror image has its own first run and its own middle. One invocation a curve.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_scan_params p;
};
layout(set = 0, binding = 0) buffer Counts
{
    uint counts[]; // [curves, A]
};
layout(set = 0, binding = 1) writeonly buffer Peaks
{
    ivec2 peaks[]; // [1 or with `mirrored` 2, curves]: value, angle index
};

int greatest;
int begin; // of the first run of `greatest`
int number;
int trailing; // angles of `greatest` up to the present one

void look_afresh()
{
    greatest = -0x7fffffff;
    begin = 0;
    number = 0;
    trailing = 0;
}

void look_at(int value, int k)
{
    bool better = value > greatest;
    bool equal = value == greatest;
    trailing = better ? 1 : equal ? trailing + 1 : 0;
    begin = better ? k : begin;
    number = better ? 1 : number + (equal && k == begin + number ? 1 : 0);
    greatest = max(greatest, value);
}

// What was looked at: value, angle.
ivec2 peak()
{
    if (begin == 0 && number < int(p.angles)) {
        begin = -trailing;
        number += trailing;
    }
    int middle = begin + (number - 1) / 2;
    return ivec2(greatest, middle < 0 ? middle + int(p.angles) : middle);
}

// The curve at an angle, or with `difference` the signed one.
int value_at(uint base, uint k)
{
    int value = int(counts[base + k]);
    if (p.difference != 0u) {
        uint opposite = k + p.angles / 2u;
        value -= int(counts[base + (opposite < p.angles ? opposite : opposite - p.angles)]);
    }
    return value;
}

void main()
{
    uint curve = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (curve >= p.curves)
        return;
    uint base = curve * p.angles;
    uint sum = 0u;
    look_afresh();
    for (uint k = 0u; k < p.angles; k++) {
        sum += counts[base + k];
        counts[base + k] = sum;
        if (p.difference == 0u)
            look_at(int(sum), int(k));
    }
    for (uint k = 0u; k < p.angles && p.difference != 0u; k++)
        look_at(value_at(base, k), int(k));
    peaks[curve] = peak();
    if (p.mirrored == 0u)
        return;
    look_afresh();
    uint quarter = p.angles / 4u;
    for (uint k = 0u; k < p.angles; k++)
        look_at(value_at(base, k <= quarter ? quarter - k : p.angles + quarter - k), int(k));
    peaks[p.curves + curve] = peak();
}
