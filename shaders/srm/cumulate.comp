#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The differences of one epsilon become counts, in another buffer, so that rows can still be added and taken away; and
// each plane's strength, C4, comes from its statistics. Several curves that are neighbours may be summed. A workgroup a plane, an invocation a run of angles.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_cumulate_params p;
};
layout(set = 0, binding = 0) readonly buffer Differences
{
    uint differences[]; // [curves, A]
};
layout(set = 0, binding = 1) readonly buffer Stats
{
    uint stats[]; // [curves, SRM_STATS]
};
layout(set = 0, binding = 2) readonly buffer Geometry
{
    vec2 geometry[]; // [planes] when oblique
};
layout(set = 0, binding = 3) writeonly buffer Counts
{
    uint counts[]; // [planes, A]
};
layout(set = 0, binding = 4) writeonly buffer Strength
{
    float strength[]; // [planes]; NaN: no hits, or degenerate
};

shared uint sums[gl_WorkGroupSize.x];

// The difference at an angle, of all the curves that are summed.
uint difference(uint first)
{
    uint sum = 0u;
    for (uint curve = 0u; curve < p.together; curve++)
        sum += differences[first + curve * p.angles];
    return sum;
}

void main()
{
    uint plane = group_index();
    bool inside = plane < p.planes;
    uint run = (p.angles + gl_WorkGroupSize.x - 1u) / gl_WorkGroupSize.x;
    uint begin = min(gl_LocalInvocationIndex * run, p.angles);
    uint end = inside ? min(begin + run, p.angles) : begin;
    uint from = (p.first_curve + plane * p.together) * p.angles;
    uint to = plane * p.angles;
    uint sum = 0u;
    for (uint k = begin; k < end; k++)
        sum += difference(from + k);
    sums[gl_LocalInvocationIndex] = sum;
    barrier();
    if (!inside)
        return;
    sum = 0u;
    for (uint before = 0u; before < gl_LocalInvocationIndex; before++)
        sum += sums[before];
    for (uint k = begin; k < end; k++) {
        sum += difference(from + k);
        counts[to + k] = sum;
    }
    if (gl_LocalInvocationIndex != 0u || p.strengths == 0u)
        return;
    uint first = (p.first_curve + plane) * SRM_STATS;
    uint hits = stats[first];
    bool shown = hits != 0u && (p.oblique == 0u || geometry[plane].y != 0.0);
    float cosine4 = float(int(stats[first + 3u]));
    strength[plane] = shown ? cosine4 / (p.fixed_scale * float(hits)) : uintBitsToFloat(0x7fc00000u);
}
