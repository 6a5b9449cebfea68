#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The width of the bins for the ring's values: the power of two with which the greatest lies in the upper half of the
// bins. One group.
#include "common/group.glsl"
#include "live/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint THREADS = 64u;
layout(push_constant) uniform Params
{
    live_value_range_params p;
};
layout(set = 0, binding = 0) readonly buffer Ring
{
    uint ring[];
};
layout(set = 0, binding = 1) buffer Scalars
{
    uint scalars[];
};

shared uint greatest[THREADS];
shared uint counts[THREADS];

const uint INFINITE = 0x7f800000u;

void main()
{
    uint thread = gl_LocalInvocationIndex;
    uint high = 0u;
    uint count = 0u;
    // Bits of numbers that are not negative compare as the numbers do.
    for (uint r = thread; r < p.rows && group_index() == 0u; r += THREADS) {
        uint bits = ring[r];
        if (bits > 0u && bits < INFINITE) {
            high = max(high, bits);
            count++;
        }
    }
    greatest[thread] = high;
    counts[thread] = count;
    for (uint half_threads = THREADS / 2u; half_threads > 0u; half_threads /= 2u) {
        barrier();
        if (thread < half_threads) {
            greatest[thread] = max(greatest[thread], greatest[thread + half_threads]);
            counts[thread] += counts[thread + half_threads];
        }
    }
    barrier();
    if (thread > 0u || group_index() > 0u)
        return;
    // 2^(e + 1) > greatest >= 2^e, over LIVE_VALUE_BINS = 2^6.
    uint exponent = clamp(greatest[0] >> 23, 8u, 250u);
    scalars[LIVE_SCALAR_WIDTH] = (exponent + 1u - 6u) << 23;
    scalars[LIVE_SCALAR_VALUES] = counts[0];
    scalars[LIVE_SCALAR_GREATEST] = greatest[0];
}
