#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// How often each latent fires, and its mean value where it does, over recent batches (each counts `keep` times what the
// next one does): the points of the plot and the histogram of rates. One thread a latent.
#include "common/group.glsl"
#include "live/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    live_latent_rates_params p;
};
layout(set = 0, binding = 0) readonly buffer Fired
{
    uint fired[];
};
layout(set = 0, binding = 1) readonly buffer Sums
{
    float sums[];
};
layout(set = 0, binding = 2) readonly buffer Norms
{
    float norms[];
};
layout(set = 0, binding = 3) buffer Recent
{
    float recent[]; // [n, 2]: share of rows, values a row
};
layout(set = 0, binding = 4) writeonly buffer Points
{
    uint points[]; // f32 [n, 2]: log10 of the rate, mean value
};
layout(set = 0, binding = 5) buffer Bins
{
    uint bins[];
};

const uint NOT_A_NUMBER = 0x7fc00000u;
const float LEAST = 1e-12; // a share that has faded

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i >= p.n)
        return;
    float share = p.keep * recent[2u * i] + p.fresh * float(fired[i]);
    float value = p.keep * recent[2u * i + 1u] + p.fresh * sums[i];
    if (share < LEAST) {
        share = 0.0;
        value = 0.0;
    }
    recent[2u * i] = share;
    recent[2u * i + 1u] = value;
    uint bin = LIVE_RATE_NEVER;
    uint x = NOT_A_NUMBER;
    uint y = NOT_A_NUMBER;
    if (share > 0.0) {
        float decades = 0.30102999566 * log2(min(share * p.whole, 1.0));
        float at = (decades + float(LIVE_RATE_DECADES)) * float(LIVE_RATE_A_DECADE);
        bin = uint(clamp(int(floor(at)), 0, int(LIVE_RATE_NEVER) - 1));
        x = floatBitsToUint(decades);
        y = floatBitsToUint(value / share * norms[i] * p.factor);
    }
    points[2u * i] = x;
    points[2u * i + 1u] = y;
    atomicAdd(bins[bin], 1u);
}
