#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Counts listed planes at many epsilons: an invocation takes one (plane, epsilon) and walks over the rows, neighbours take
// neighbouring epsilons of the same plane. So all of them read the same coordinates, and as a row that is inside one
// cone is inside every wider one, neighbours mostly go the same way. Statistics stay in registers, and nothing is
// atomic unless the rows are cut into slices for a device with many cores (constant 1). No more is written than the
// rows add, so few rows cost little. A curve may be the sum over several listed planes (those with i = j are none):
// nothing but the sum over planes is wanted of a control.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint SLICED = 0u;  // 1: several invocations share a curve
layout(constant_id = 2) const uint OBLIQUE = 0u; // 1: the basis is not orthonormal
layout(push_constant) uniform Params
{
    srm_count_many_params p;
};
layout(set = 0, binding = 0) readonly buffer Planes
{
    uvec2 planes[]; // [planes, together]: i, j
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
    vec2 geometry[]; // of the list
};
layout(set = 0, binding = 6) buffer Differences
{
    uint differences[]; // [epsilons · planes, A]; added to
};
layout(set = 0, binding = 7) buffer Stats
{
    uint stats[]; // [epsilons · planes, SRM_STATS]
};

uvec4 found = uvec4(0u);
uint found_sine = 0u;
uint wrapped = 0u; // arcs through angle 0

#define ADD_TO(sum, value)                                                                                   \
    {                                                                                                        \
        if (SLICED != 0u)                                                                                    \
            atomicAdd(sum, p.sign * (value));                                                                \
        else                                                                                                 \
            sum += p.sign * (value);                                                                         \
    }
#define ADD(index, value) ADD_TO(differences[index], value)
#define ADD_WRAPPED(base) wrapped++;
#define ADD_STATS(curve, value, sine)                                                                        \
    {                                                                                                        \
        found += value;                                                                                      \
        found_sine += sine;                                                                                  \
    }
#include "srm/count.glsl"

void main()
{
    uint groups_a_plane = p.epsilons_padded / gl_WorkGroupSize.x;
    uint group = group_index();
    uint epsilon = group % groups_a_plane * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    uint plane = group / groups_a_plane % p.planes;
    uint slice = group / groups_a_plane / p.planes;
    if (slice >= p.slices || epsilon >= p.epsilons)
        return;
    uint curve = epsilon * p.planes + plane;
    uint base = curve * p.angles;
    uint begin = min(p.row_first + slice * p.slice_rows, p.rows);
    uint end = min(begin + p.slice_rows, p.rows);
    float smallest = thresholds[epsilon].y > 0.0 ? thresholds[epsilon].x * 0.99999 : -1.0;
    for (uint listed = plane * p.together; listed < (plane + 1u) * p.together; listed++) {
        uvec2 pair = planes[listed];
        vec2 angle = OBLIQUE != 0u ? geometry[listed] : vec2(0.0, 1.0);
        uint last = angle.y != 0.0 && pair.x != pair.y ? end : begin;
        for (uint row = begin; row < last; row++) {
            float a = coordinates[row * p.stride + pair.x];
            precise float b = coordinates[row * p.stride + pair.y];
            if (OBLIQUE != 0u) {
                precise float shadow = angle.x * a;
                precise float rest = b - shadow;
                b = rest * angle.y;
            }
            float norm = norms[row].x;
            if (a * a + b * b >= smallest * norm)
                count_row(a, b, norm, epsilon, curve, base, p.angles, p.fixed_scale);
        }
    }
    if (wrapped != 0u)
        ADD(base, wrapped)
    if (found.x == 0u)
        return;
    uint first = curve * SRM_STATS;
    ADD_TO(stats[first], found.x)
    ADD_TO(stats[first + 1u], found.y)
    ADD_TO(stats[first + 2u], found.z)
    ADD_TO(stats[first + 3u], found.w)
    ADD_TO(stats[first + 4u], found_sine)
}
