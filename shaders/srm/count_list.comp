#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Counts listed planes: a workgroup takes one (epsilon, plane), its invocations stride over the rows, the
// difference array stands in shared memory and is written out once. For few planes (a small basis, a sample,
// the best planes again), where the tiles of count_tiles.comp would leave a device idle; and for rows that leave a
// sliding window, which subtract modulo 2^32 what they added.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint OBLIQUE = 0u;
layout(constant_id = 2) const uint ANGLES = 3600u; // at least A; what shared memory is reserved for
layout(push_constant) uniform Params
{
    srm_count_list_params p;
};
layout(set = 0, binding = 0) readonly buffer Planes
{
    uvec2 planes[]; // [planes]: i, j
};
layout(set = 0, binding = 1) readonly buffer Coordinates
{
    float coordinates[]; // [rows, stride]
};
layout(set = 0, binding = 2) readonly buffer Norms
{
    vec2 norms[];
};
layout(set = 0, binding = 3) readonly buffer Table
{
    vec2 table[];
};
layout(set = 0, binding = 4) readonly buffer Thresholds
{
    vec2 thresholds[];
};
layout(set = 0, binding = 5) readonly buffer Geometry
{
    vec2 geometry[]; // [planes] of the list
};
layout(set = 0, binding = 6) buffer Differences
{
    uint differences[]; // [epsilons · planes, A]; added to
};
layout(set = 0, binding = 7) buffer Stats
{
    uint stats[]; // [epsilons · planes, SRM_STATS]
};

shared uint local_differences[ANGLES];
shared uint local_stats[SRM_STATS];

#define ADD(index, value) atomicAdd(local_differences[index], value);
#define ADD_STATS(curve, value, sine)                                                                        \
    {                                                                                                        \
        uvec4 addend = value;                                                                                \
        atomicAdd(local_stats[0], addend.x);                                                                 \
        atomicAdd(local_stats[1], addend.y);                                                                 \
        atomicAdd(local_stats[2], addend.z);                                                                 \
        atomicAdd(local_stats[3], addend.w);                                                                 \
        atomicAdd(local_stats[4], sine);                                                                     \
    }
#include "srm/count.glsl"

void main()
{
    uint group = group_index();
    uint plane = group % p.planes;
    uint epsilon = group / p.planes;
    bool inside = epsilon < p.epsilons;
    for (uint k = gl_LocalInvocationIndex; k < p.angles; k += gl_WorkGroupSize.x)
        local_differences[k] = 0u;
    if (gl_LocalInvocationIndex < SRM_STATS)
        local_stats[gl_LocalInvocationIndex] = 0u;
    barrier();
    if (inside) {
        uvec2 pair = planes[plane];
        vec2 angle = OBLIQUE != 0u ? geometry[plane] : vec2(0.0, 1.0);
        float smallest = thresholds[epsilon].y > 0.0 ? thresholds[epsilon].x * 0.99999 : -1.0;
        uint end = angle.y != 0.0 && pair.x != pair.y ? p.rows : 0u; // i = j stands for no plane
        for (uint row = p.row_first + gl_LocalInvocationIndex; row < end; row += gl_WorkGroupSize.x) {
            float a = coordinates[row * p.stride + pair.x];
            precise float b = coordinates[row * p.stride + pair.y];
            if (OBLIQUE != 0u) {
                precise float shadow = angle.x * a;
                precise float rest = b - shadow;
                b = rest * angle.y;
            }
            float norm = norms[row].x;
            if (a * a + b * b >= smallest * norm)
                count_row(a, b, norm, epsilon, 0u, 0u, p.angles, p.fixed_scale);
        }
    }
    barrier();
    if (inside) {
        uint curve = epsilon * p.planes + plane;
        for (uint k = gl_LocalInvocationIndex; k < p.angles; k += gl_WorkGroupSize.x)
            differences[curve * p.angles + k] += p.sign * local_differences[k];
        if (gl_LocalInvocationIndex < SRM_STATS)
            stats[curve * SRM_STATS + gl_LocalInvocationIndex] +=
                p.sign * local_stats[gl_LocalInvocationIndex];
    }
}
