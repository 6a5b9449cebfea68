#version 450
#extension GL_EXT_control_flow_attributes : require
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Counts listed planes at many epsilons: an invocation takes PARTS epsilons of a plane, a workgroup apart, and walks over
// the rows; neighbours take neighbouring epsilons. So all of them read the same coordinates, and as a row that is inside
// one cone is inside every wider one, neighbours mostly go the same way. Statistics stay in registers, and nothing is
// atomic unless the rows are cut into slices for a device with many cores (constant 1). No more is written than the
// rows add, so few rows cost little. A curve may be the sum over several listed planes (those with i = j are none):
// nothing but the sum over planes is wanted of a control.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint SLICED = 0u;  // 1: several invocations share a curve
layout(constant_id = 2) const uint OBLIQUE = 0u; // 1: the basis is not orthonormal
layout(constant_id = 3) const uint PARTS = 1u;
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

uint part; // that is being treated
uvec4 found[PARTS];
uint found_sine[PARTS];
uint wrapped[PARTS]; // arcs through angle 0

#define ADD_TO(sum, value)                                                                                   \
    {                                                                                                        \
        if (SLICED != 0u)                                                                                    \
            atomicAdd(sum, p.sign * (value));                                                                \
        else                                                                                                 \
            sum += p.sign * (value);                                                                         \
    }
#define ADD(index, value) ADD_TO(differences[index], value)
#define ADD_WRAPPED(base) wrapped[part]++;
#define ADD_STATS(curve, value, sine)                                                                        \
    {                                                                                                        \
        found[part] += value;                                                                                      \
        found_sine[part] += sine;                                                                                  \
    }
#include "srm/count.glsl"

void clear()
{
    [[unroll]] for (uint each = 0u; each < PARTS; each++) {
        found[each] = uvec4(0u);
        found_sine[each] = 0u;
        wrapped[each] = 0u;
    }
}

// What was kept in registers, of one epsilon.
void write_out(uint each, uint curve)
{
    if (wrapped[each] != 0u)
        ADD(curve * p.angles, wrapped[each])
    if (found[each].x == 0u)
        return;
    uint first = curve * SRM_STATS;
    ADD_TO(stats[first], found[each].x)
    ADD_TO(stats[first + 1u], found[each].y)
    ADD_TO(stats[first + 2u], found[each].z)
    ADD_TO(stats[first + 3u], found[each].w)
    ADD_TO(stats[first + 4u], found_sine[each])
}

void main()
{
    uint group = group_index();
    uint groups_a_plane = p.groups_a_plane;
    uint first_epsilon = group % groups_a_plane * gl_WorkGroupSize.x * PARTS + gl_LocalInvocationIndex;
    uint plane = group / groups_a_plane % p.planes;
    uint slice = group / groups_a_plane / p.planes;
    if (slice >= p.slices)
        return;
    float smallest[PARTS]; // an infinite one: no such epsilon
    [[unroll]] for (uint each = 0u; each < PARTS; each++) {
        uint epsilon = first_epsilon + each * gl_WorkGroupSize.x;
        vec2 threshold = thresholds[min(epsilon, p.epsilons - 1u)];
        smallest[each] = threshold.y > 0.0 ? threshold.x * 0.99999 : -1.0;
        smallest[each] = epsilon < p.epsilons ? smallest[each] : uintBitsToFloat(0x7f800000u);
    }
    clear();
    uint begin = min(p.row_first + slice * p.slice_rows, p.rows);
    uint end = min(begin + p.slice_rows, p.rows);
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
            float radius2 = a * a + b * b;
            [[unroll]] for (uint each = 0u; each < PARTS; each++) {
                part = each;
                uint epsilon = first_epsilon + each * gl_WorkGroupSize.x;
                uint curve = epsilon * p.planes + plane;
                if (radius2 >= smallest[each] * norm)
                    count_row(a, b, norm, epsilon, curve, curve * p.angles, p.angles, p.fixed_scale);
            }
        }
    }
    [[unroll]] for (uint each = 0u; each < PARTS; each++)
        write_out(each, (first_epsilon + each * gl_WorkGroupSize.x) * p.planes + plane);
}
