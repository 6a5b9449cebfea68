#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Prefix sums turn a curve's difference array into counts, in place, and find its peak (ties: the first angle). With
// `difference` the peak is that of the signed curve f(k) - f(k + A/2).
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

void main()
{
    uint curve = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (curve >= p.curves)
        return;
    uint base = curve * p.angles;
    uint sum = 0u;
    ivec2 peak = ivec2(-1, 0);
    for (uint k = 0u; k < p.angles; k++) {
        sum += counts[base + k];
        counts[base + k] = sum;
        if (int(sum) > peak.x)
            peak = ivec2(sum, k);
    }
    if (p.difference != 0u) {
        peak = ivec2(-0x7fffffff, 0);
        uint half_turn = p.angles / 2u;
        for (uint k = 0u; k < p.angles; k++) {
            int value = int(counts[base + k]) - int(counts[base + (k + half_turn) % p.angles]);
            if (value > peak.x)
                peak = ivec2(value, k);
        }
    }
    peaks[curve] = peak;
}
