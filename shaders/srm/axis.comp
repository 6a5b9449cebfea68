#version 450
#extension GL_EXT_control_flow_attributes : require
#extension GL_GOOGLE_include_directive : require
// levels: floor
// How one row's coordinates are spread over the axes: kurtosis about their mean, kurtosis about zero, the greatest
// |cosine| with a basis vector, and the participation ratio (srm reference measures: Elhage, Lasenby, Olah 2023 for
// the kurtosis). Zero rows give -1 in every place. One invocation a row; sums are f32 in a fixed order, eight
// values a round: lavapipe ends all loops of a shader after 65,535 rounds.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_axis_params p;
};
layout(set = 0, binding = 0) readonly buffer Coordinates
{
    float coordinates[];
};
layout(set = 0, binding = 1) readonly buffer Norms
{
    vec2 norms[];
};
layout(set = 0, binding = 2) writeonly buffer Moments
{
    vec4 moments[]; // [rows]
};

void main()
{
    uint row = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (row >= p.rows)
        return;
    uint base = row * p.stride;
    float sum = 0.0;
    float greatest = 0.0;
    for (uint first = 0u; first < p.vectors; first += 8u)
        [[unroll]] for (uint lane = 0u; lane < 8u; lane++) {
            uint i = first + lane;
            if (i < p.vectors) {
                sum += coordinates[base + i];
                greatest = max(greatest, abs(coordinates[base + i]));
            }
        }
    float mean = sum / float(p.vectors);
    vec2 second = vec2(0.0);
    vec2 fourth = vec2(0.0);
    for (uint first = 0u; first < p.vectors; first += 8u)
        [[unroll]] for (uint lane = 0u; lane < 8u; lane++) {
            uint i = first + lane;
            if (i < p.vectors) {
                vec2 square = vec2(coordinates[base + i] - mean, coordinates[base + i]);
                square *= square;
                second += square;
                fourth += square * square;
            }
        }
    float norm = norms[row].x;
    if (norm > 0.0 && second.y > 0.0) {
        vec2 kurtosis = float(p.vectors) * fourth / max(second * second, vec2(1e-30));
        moments[row] = vec4(kurtosis, greatest * inversesqrt(norm), float(p.vectors) / kurtosis.y);
    } else {
        moments[row] = vec4(-1.0);
    }
}
