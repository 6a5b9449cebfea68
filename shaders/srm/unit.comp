#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Directions of any length become vectors of length 1, each element rounded once from twice f32's precision, as the
// host rounds those that it makes in double. A zero direction stays zero. A workgroup a vector; the sum of squares is
// kept for geometry.comp.
#include "common/group.glsl"
#include "common/twofold.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_unit_params p;
};
layout(set = 0, binding = 0) readonly buffer Directions
{
    float directions[]; // [vectors, stride], as prepare.comp leaves them
};
layout(set = 0, binding = 1) writeonly buffer Vectors
{
    float vectors[]; // [vectors, stride]
};
layout(set = 0, binding = 2) writeonly buffer Squares
{
    vec2 squares[]; // [vectors], twofold
};

shared vec2 partial[gl_WorkGroupSize.x];

void main()
{
    uint vector = group_index();
    bool inside = vector < p.vectors;
    uint base = vector * p.stride;
    vec2 sum = vec2(0.0);
    for (uint i = gl_LocalInvocationIndex; inside && i < p.width; i += gl_WorkGroupSize.x) {
        float x = directions[base + i];
        sum = twofold_add(sum, twofold_product(x, x));
    }
    partial[gl_LocalInvocationIndex] = sum;
    barrier();
    sum = partial[0];
    for (uint k = 1u; k < gl_WorkGroupSize.x; k++)
        sum = twofold_add(sum, partial[k]);
    if (!inside)
        return;
    vec2 inverse = sum.x > 0.0 ? twofold_inverse_root(sum) : vec2(0.0);
    for (uint i = gl_LocalInvocationIndex; i < p.stride; i += gl_WorkGroupSize.x)
        vectors[base + i] =
            i < p.width ? twofold_multiply(vec2(directions[base + i], 0.0), inverse).x : 0.0;
    if (gl_LocalInvocationIndex == 0u)
        squares[vector] = sum;
}
