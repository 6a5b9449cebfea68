#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor vec4 subgroup
// The decoder on pairs: each row the sum of its latents' decoder rows, in ascending order of latent. One workgroup a
// row; a thread owns every gl_WorkGroupSize.x-th element (of 16 bytes at LEVEL_VEC4) of the row in registers.
#include "common/group.glsl"
#include "sae/element.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint SLICES = 1u; // elements a thread
#include "sae/staged.glsl"
layout(push_constant) uniform Params
{
    sae_decode_params p;
};
layout(set = 0, binding = 0) readonly buffer Offsets
{
    uint offsets[];
};
layout(set = 0, binding = 1) readonly buffer Latents
{
    uint latents[];
};
layout(set = 0, binding = 2) readonly buffer Values
{
    float values[];
};
layout(set = 0, binding = 3) readonly buffer W
{
    ELEMENT w[];
};
layout(set = 0, binding = 4) readonly buffer Bias
{
    ELEMENT bias[];
};
layout(set = 0, binding = 5) buffer Out
{
    ELEMENT decoded[];
};

shared uint pair_latent[gl_WorkGroupSize.x];
shared float pair_value[gl_WorkGroupSize.x];

#define DECODER BY_ADDRESS(Floats, w, p.w_low, p.w_high)

ELEMENT sums[SLICES];

void add_pair(uint latent, float value)
{
    if (latent < p.low || latent >= p.high)
        return;
    uint elements = p.cols / WIDTH;
    uint at = p.w_base / WIDTH + (latent - p.low) * elements;
    [[unroll]] for (uint s = 0u; s < SLICES; s++) {
        uint e = min(s * gl_WorkGroupSize.x + gl_LocalInvocationIndex, elements - 1u);
        sums[s] = fma(ELEMENT(value), DECODER[at + e], sums[s]);
    }
}

// Four pairs one after the other: sums that do not fit the registers are fetched and put back once.
void add_four(uvec4 latent, vec4 value)
{
    uint elements = p.cols / WIDTH;
    uvec4 at = p.w_base / WIDTH + (latent - p.low) * elements;
    [[unroll]] for (uint s = 0u; s < SLICES; s++) {
        uint e = min(s * gl_WorkGroupSize.x + gl_LocalInvocationIndex, elements - 1u);
        ELEMENT sum = sums[s];
        [[unroll]] for (uint i = 0u; i < 4u; i++)
            sum = fma(ELEMENT(value[i]), DECODER[at[i] + e], sum);
        sums[s] = sum;
    }
}

void main()
{
    uint row = group_index();
    if (row >= p.rows)
        return;
    uint lane = gl_LocalInvocationIndex;
    uint elements = p.cols / WIDTH;
    [[unroll]] for (uint s = 0u; s < SLICES; s++) {
        uint e = s * gl_WorkGroupSize.x + lane;
        sums[s] = ELEMENT(0.0);
        if (e < elements)
            sums[s] = p.go_on != 0u ? decoded[row * elements + e] : bias[e];
    }
    uint from = offsets[row];
    uint to = offsets[row + 1u];
    uint j = from;
    for (; !STAGED && j + 3u < to; j += 4u) {
        uvec4 four = uvec4(latents[j], latents[j + 1u], latents[j + 2u], latents[j + 3u]);
        if (all(greaterThanEqual(four, uvec4(p.low))) && all(lessThan(four, uvec4(p.high))))
            add_four(four, vec4(values[j], values[j + 1u], values[j + 2u], values[j + 3u]));
        else
            for (uint i = 0u; i < 4u; i++)
                add_pair(latents[j + i], values[j + i]);
    }
    for (; !STAGED && j < to; j++)
        add_pair(latents[j], values[j]);
    for (uint first = from; STAGED && first < to; first += gl_WorkGroupSize.x) {
        uint n = min(gl_WorkGroupSize.x, to - first);
        barrier();
        if (lane < n) {
            pair_latent[lane] = latents[first + lane];
            pair_value[lane] = values[first + lane];
        }
        barrier();
        for (uint j = 0u; j < n; j++)
            add_pair(pair_latent[j], pair_value[j]);
    }
    [[unroll]] for (uint s = 0u; s < SLICES; s++) {
        uint e = s * gl_WorkGroupSize.x + lane;
        if (e < elements)
            decoded[row * elements + e] = sums[s];
    }
}
