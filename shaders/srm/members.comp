#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Which rows stand in the cone of a plane at one angle: squared cosine with that direction for lit rows, -1 for the
// others. One invocation a (plane, row).
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_members_params p;
};
struct Cone_choice {
    uint i;
    uint j;
    uint angle;
    uint epsilon;
};
layout(set = 0, binding = 0) readonly buffer Choices
{
    Cone_choice choices[]; // [planes]
};
layout(set = 0, binding = 1) readonly buffer Coordinates
{
    float coordinates[];
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
    vec2 geometry[]; // [planes]: c, 1/sqrt(1 - c²)
};
layout(set = 0, binding = 6) writeonly buffer Closeness
{
    float closeness[]; // [planes, rows]
};
#include "srm/arc.glsl"

void main()
{
    uint index = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (index >= p.planes * p.rows)
        return;
    uint plane = index / p.rows;
    uint row = index % p.rows;
    Cone_choice choice = choices[plane];
    float a = coordinates[row * p.stride + choice.i];
    float y = coordinates[row * p.stride + choice.j];
    precise float shadow = geometry[plane].x * a;
    precise float rest = y - shadow;
    precise float b = rest * geometry[plane].y;
    float norm = norms[row].x;
    precise float limit = thresholds[choice.epsilon].x * norm;
    Cone cone = Cone(a, b, limit, thresholds[choice.epsilon].y, int(p.angles));
    vec2 direction = table[choice.angle];
    float inner = a * direction.x + b * direction.y;
    bool inside = lit(cone, int(choice.angle)) && (norm > 0.0 || cone.sign <= 0.0);
    closeness[index] = inside ? inner * abs(inner) / max(norm, 1e-30) : -2.0;
}
