#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// How far the cosines of different directions reach from 0: the greatest of their absolute values. One group.
#include "common/group.glsl"
#include "live/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint THREADS = 64u;
layout(push_constant) uniform Params
{
    live_gram_reach_params p;
};
layout(set = 0, binding = 0) readonly buffer Cosines
{
    uint cosines[];
};
layout(set = 0, binding = 1) buffer Scalars
{
    uint scalars[];
};

shared uint greatest[THREADS];

const uint INFINITE = 0x7f800000u;

void main()
{
    uint thread = gl_LocalInvocationIndex;
    uint most = 0u;
    for (uint row = 0u; row < p.n && group_index() == 0u; row++)
        for (uint column = thread; column < p.n; column += THREADS) {
            uint bits = cosines[row * p.n + column] & 0x7fffffffu; // floats above 0 are in the order of their bits
            if (row != column && bits < INFINITE)
                most = max(most, bits);
        }
    greatest[thread] = most;
    for (uint half_threads = THREADS / 2u; half_threads > 0u; half_threads /= 2u) {
        barrier();
        if (thread < half_threads)
            greatest[thread] = max(greatest[thread], greatest[thread + half_threads]);
    }
    barrier();
    if (thread == 0u && group_index() == 0u)
        scalars[LIVE_SCALAR_GREATEST_COSINE] = greatest[0];
}
