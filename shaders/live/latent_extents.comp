#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// What axes want to know of the points and of the histogram of rates. One group.
#include "common/group.glsl"
#include "live/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint THREADS = 64u;
layout(push_constant) uniform Params
{
    live_latent_extents_params p;
};
layout(set = 0, binding = 0) readonly buffer Points
{
    uint points[];
};
layout(set = 0, binding = 1) readonly buffer Bins
{
    uint bins[];
};
layout(set = 0, binding = 2) buffer Scalars
{
    uint scalars[];
};

shared float least[THREADS];
shared float greatest[THREADS];
shared float value[THREADS];
shared uint fired[THREADS];

const uint INFINITE = 0x7f800000u;

void main()
{
    uint thread = gl_LocalInvocationIndex;
    float low = 1e30;
    float high = -1e30;
    float top = 0.0;
    uint count = 0u;
    for (uint i = thread; i < p.n && group_index() == 0u; i += THREADS) {
        uint bits = points[2u * i];
        uint height = points[2u * i + 1u];
        if ((bits & 0x7fffffffu) > INFINITE)
            continue;
        count++;
        low = min(low, uintBitsToFloat(bits));
        high = max(high, uintBitsToFloat(bits));
        if ((height & 0x7fffffffu) < INFINITE)
            top = max(top, uintBitsToFloat(height));
    }
    least[thread] = low;
    greatest[thread] = high;
    value[thread] = top;
    fired[thread] = count;
    for (uint half_threads = THREADS / 2u; half_threads > 0u; half_threads /= 2u) {
        barrier();
        if (thread < half_threads) {
            least[thread] = min(least[thread], least[thread + half_threads]);
            greatest[thread] = max(greatest[thread], greatest[thread + half_threads]);
            value[thread] = max(value[thread], value[thread + half_threads]);
            fired[thread] += fired[thread + half_threads];
        }
    }
    barrier();
    if (thread > 0u || group_index() > 0u)
        return;
    uint most = 0u;
    for (uint b = 0u; b < LIVE_RATE_NEVER; b++)
        most = max(most, bins[b]);
    scalars[LIVE_SCALAR_LEAST_RATE] = floatBitsToUint(least[0]);
    scalars[LIVE_SCALAR_GREATEST_RATE] = floatBitsToUint(greatest[0]);
    scalars[LIVE_SCALAR_GREATEST_VALUE] = floatBitsToUint(value[0]);
    scalars[LIVE_SCALAR_FIRED] = fired[0];
    scalars[LIVE_SCALAR_MOST_RATES] = most;
}
