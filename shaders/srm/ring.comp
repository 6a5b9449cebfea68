#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Mean of a grid along circles round its middle: 720 places a circle, straight between the four cells around each,
// those outside the grid left out. One invocation a circle, so the order of the sum is fixed.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_ring_params p;
};
layout(set = 0, binding = 0) readonly buffer Smoothed
{
    float smoothed[]; // [cells, cells]
};
layout(set = 0, binding = 1) writeonly buffer Means
{
    float means[]; // [rings]
};

const uint PLACES = 720u;
const float STEP = 6.28318530718 / 720.0;

float value_at(vec2 place)
{
    uvec2 low = min(uvec2(place), uvec2(p.cells - 2u));
    vec2 t = place - vec2(low);
    uint at = low.y * p.cells + low.x;
    return mix(mix(smoothed[at], smoothed[at + 1u], t.x), mix(smoothed[at + p.cells], smoothed[at + p.cells + 1u], t.x),
               t.y);
}

void main()
{
    uint ring = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (ring >= p.rings)
        return;
    float last = float(p.cells - 1u), sum = 0.0, seen = 0.0;
    for (uint k = 0u; k < PLACES; k++) {
        float angle = (float(k) + 0.5) * STEP;
        vec2 place = 0.5 * last + float(ring) * vec2(cos(angle), sin(angle));
        if (any(lessThan(place, vec2(0.0))) || any(greaterThan(place, vec2(last))))
            continue;
        sum += value_at(place);
        seen += 1.0;
    }
    means[ring] = seen > 0.0 ? sum / seen : 0.0;
}
