#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The angle between the two vectors of each listed plane, from the directions themselves in twice f32's precision: c and
// 1/sqrt(1 - c²), or 0 where 1 - c² < 1e-6 (src/srm/pair.h) or a direction is zero. A workgroup a plane.
#include "common/group.glsl"
#include "common/twofold.glsl"
#include "srm/params.h"

const float DEGENERATE_SQUARED_SINE = 1e-6;

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_geometry_params p;
};
layout(set = 0, binding = 0) readonly buffer Planes
{
    uvec2 planes[];
};
layout(set = 0, binding = 1) readonly buffer Directions
{
    float directions[]; // [vectors, stride], as prepare.comp leaves them
};
layout(set = 0, binding = 2) readonly buffer Squares
{
    vec2 squares[]; // [vectors], twofold
};
layout(set = 0, binding = 3) writeonly buffer Geometry
{
    vec2 geometry[];
};

shared vec2 partial[gl_WorkGroupSize.x];

void main()
{
    uint plane = group_index();
    bool inside = plane < p.planes;
    uvec2 pair = inside ? planes[plane] : uvec2(0u);
    vec2 sum = vec2(0.0);
    for (uint i = gl_LocalInvocationIndex; inside && i < p.width; i += gl_WorkGroupSize.x)
        sum = twofold_add(
            sum, twofold_product(directions[pair.x * p.stride + i], directions[pair.y * p.stride + i]));
    partial[gl_LocalInvocationIndex] = sum;
    barrier();
    if (!inside || gl_LocalInvocationIndex != 0u)
        return;
    for (uint k = 1u; k < gl_WorkGroupSize.x; k++)
        sum = twofold_add(sum, partial[k]);
    vec2 squares_i = squares[pair.x];
    vec2 squares_j = squares[pair.y];
    if (squares_i.x == 0.0 || squares_j.x == 0.0) {
        geometry[plane] = vec2(0.0);
        return;
    }
    vec2 cosine = twofold_multiply(
        sum, twofold_multiply(twofold_inverse_root(squares_i), twofold_inverse_root(squares_j)));
    vec2 one = vec2(1.0, 0.0);
    vec2 squared_sine = twofold_multiply(twofold_add(one, cosine), twofold_add(one, -cosine));
    float inverse = squared_sine.x >= DEGENERATE_SQUARED_SINE ? twofold_inverse_root(squared_sine).x : 0.0;
    geometry[plane] = vec2(cosine.x, inverse);
}
