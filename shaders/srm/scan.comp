#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Prefix sums turn a curve's difference array into counts, in place, and find its peak: the greatest count, and the
// middle of the first run of angles that has it (cones are wide, so a peak is a plateau as often as a point; a run may
// pass through angle 0). With `difference` the peak is that of the signed curve f(k) - f(k + A/2).
// One invocation a curve.
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
    ivec2 peaks[]; // [curves]: value, angle index
};

int greatest = -0x7fffffff;
int begin = 0; // of the first run of `greatest`
int number = 0;
int trailing = 0; // angles of `greatest` up to the present one

void look_at(int value, int k)
{
    bool better = value > greatest;
    bool equal = value == greatest;
    trailing = better ? 1 : equal ? trailing + 1 : 0;
    begin = better ? k : begin;
    number = better ? 1 : number + (equal && k == begin + number ? 1 : 0);
    greatest = max(greatest, value);
}

void main()
{
    uint curve = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (curve >= p.curves)
        return;
    uint base = curve * p.angles;
    uint sum = 0u;
    if (p.difference == 0u) {
        for (uint k = 0u; k < p.angles; k++) {
            sum += counts[base + k];
            counts[base + k] = sum;
            look_at(int(sum), int(k));
        }
    } else {
        for (uint k = 0u; k < p.angles; k++) {
            sum += counts[base + k];
            counts[base + k] = sum;
        }
        uint opposite = p.angles / 2u;
        for (uint k = 0u; k < p.angles; k++) {
            look_at(int(counts[base + k]) - int(counts[base + opposite]), int(k));
            opposite = opposite + 1u < p.angles ? opposite + 1u : 0u;
        }
    }
    if (begin == 0 && number < int(p.angles)) {
        begin = -trailing;
        number += trailing;
    }
    int middle = begin + (number - 1) / 2;
    peaks[curve] = ivec2(greatest, middle < 0 ? middle + int(p.angles) : middle);
}
