#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Which point lies nearest to a place; of several at one distance the first. Points with NaN lie nowhere. One
// group.
#include "common/group.glsl"
#include "live/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint THREADS = 64u;
layout(push_constant) uniform Params
{
    live_nearest_point_params p;
};
layout(set = 0, binding = 0) readonly buffer Points
{
    uint points[]; // f32 [n, 2]
};
layout(set = 0, binding = 1) writeonly buffer Found
{
    uint found[]; // words LIVE_FOUND_…
};

shared float distances[THREADS];
shared uint indices[THREADS];

const uint INFINITE = 0x7f800000u;
const float NOWHERE = 3e38;

bool is_finite(uint bits)
{
    return (bits & 0x7fffffffu) < INFINITE;
}

void main()
{
    uint thread = gl_LocalInvocationIndex;
    float least = NOWHERE;
    uint at = LIVE_FOUND_NONE;
    for (uint i = thread; i < p.n && group_index() == 0u; i += THREADS) {
        uint x = points[2u * i];
        uint y = points[2u * i + 1u];
        if (!is_finite(x) || !is_finite(y))
            continue;
        vec2 apart = vec2(uintBitsToFloat(x) - p.x, uintBitsToFloat(y) - p.y) * vec2(p.scale_x, p.scale_y);
        float square = dot(apart, apart);
        if (square < least) {
            least = square;
            at = i;
        }
    }
    distances[thread] = least;
    indices[thread] = at;
    for (uint half_threads = THREADS / 2u; half_threads > 0u; half_threads /= 2u) {
        barrier();
        if (thread < half_threads) {
            uint other = thread + half_threads;
            bool nearer = distances[other] < distances[thread] ||
                          (distances[other] == distances[thread] && indices[other] < indices[thread]);
            if (nearer) {
                distances[thread] = distances[other];
                indices[thread] = indices[other];
            }
        }
    }
    barrier();
    if (thread > 0u || group_index() > 0u)
        return;
    found[LIVE_FOUND_INDEX] = indices[0];
    found[LIVE_FOUND_SQUARE] = floatBitsToUint(distances[0]);
    found[LIVE_FOUND_QUESTION] = p.question;
}
