#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#ifdef LEVEL_SUBGROUP
#extension GL_KHR_shader_subgroup_ballot : require
#endif
// levels: floor vec4 subgroup
// What the error says to each pair's value: <error row, decoder row>. One workgroup a row; without stages each thread
// makes a pair's dot product alone, and `parts` workgroups share a row's pairs.
#include "common/group.glsl"
#include "sae/element.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint SLICES = 1u;
#include "sae/staged.glsl"
layout(push_constant) uniform Params
{
    sae_latent_gradients_params p;
};
layout(set = 0, binding = 0) readonly buffer Offsets
{
    uint offsets[];
};
layout(set = 0, binding = 1) readonly buffer Latents
{
    uint latents[];
};
layout(set = 0, binding = 2) readonly buffer Error
{
    ELEMENT error[];
};
layout(set = 0, binding = 3) readonly buffer W
{
    ELEMENT w[];
};
layout(set = 0, binding = 4) writeonly buffer Dots
{
    float dots[];
};

#ifdef LEVEL_SUBGROUP
layout(constant_id = 3) const uint LANES = 8u; // of a subgroup, eight at most
#endif
#define ERROR BY_ADDRESS(Floats, error, p.error_low, p.error_high)
#define DECODER BY_ADDRESS(Floats, w, p.w_low, p.w_high)

const uint CHAINS = WIDTH == 4u ? 1u : 8u; // sums that one thread makes of a dot product
const uint PAIRS = 16u;
const uint PARTS = 8u;
shared uint pair_latent[PAIRS];
shared float partial[PAIRS * gl_WorkGroupSize.x];
shared float parts[PAIRS * PARTS];

// A thread a pair, which goes through both rows; what it reads of the error is the same for all.
void row_by_threads(uint row, uint part)
{
    uint elements = p.cols / WIDTH;
    uint to = offsets[row + 1u];
    for (uint first = offsets[row] + part * gl_WorkGroupSize.x; first < to; first += p.parts * gl_WorkGroupSize.x) {
        // A row's latents ascend.
        uint last = min(first + gl_WorkGroupSize.x, to) - 1u;
        if (latents[last] < p.low || latents[first] >= p.high)
            continue;
        uint pair = first + gl_LocalInvocationIndex;
        uint i = latents[min(pair, last)];
        bool inside = i >= p.low && i < p.high;
        uint at = p.w_base / WIDTH + (inside ? i - p.low : 0u) * elements;
        ELEMENT sums[CHAINS];
        [[unroll]] for (uint c = 0u; c < CHAINS; c++)
            sums[c] = ELEMENT(0.0);
        // What lies beyond the last whole round goes to the first chain.
        uint whole = elements / CHAINS * CHAINS;
        for (uint e = 0u; e < whole; e += CHAINS) {
#ifdef LEVEL_SUBGROUP
            // One load of the lanes together, and a broadcast for each, in place of a load for each.
            float lane_errors[CHAINS / LANES];
            [[unroll]] for (uint i = 0u; i < CHAINS / LANES; i++)
                lane_errors[i] = ERROR[row * elements + e + i * LANES + gl_SubgroupInvocationID % LANES];
            [[unroll]] for (uint c = 0u; c < CHAINS; c++)
                sums[c] = fma(subgroupBroadcast(lane_errors[c / LANES], c % LANES), DECODER[at + e + c], sums[c]);
#else
            [[unroll]] for (uint c = 0u; c < CHAINS; c++)
                sums[c] = fma(ERROR[row * elements + e + c], DECODER[at + e + c], sums[c]);
#endif
        }
        for (uint e = whole; e < elements; e++)
            sums[0] = fma(ERROR[row * elements + e], DECODER[at + e], sums[0]);
        ELEMENT sum = sums[0];
        [[unroll]] for (uint c = 1u; c < CHAINS; c++)
            sum += sums[c];
        if (inside && pair <= last)
            dots[pair] = element_dot(sum, ELEMENT(1.0)) * p.scale;
    }
}

// The workgroup holds the error's row in registers; PAIRS dot products at a time are added up over the threads through
// shared memory, in a fixed order.
void row_by_slices(uint row)
{
    uint lane = gl_LocalInvocationIndex;
    uint elements = p.cols / WIDTH;
    ELEMENT own[SLICES];
    [[unroll]] for (uint s = 0u; s < SLICES; s++) {
        uint e = s * gl_WorkGroupSize.x + lane;
        own[s] = ELEMENT(0.0);
        if (e < elements)
            own[s] = error[row * elements + e];
    }
    uint from = offsets[row];
    uint to = offsets[row + 1u];
    for (uint first = from; first < to; first += PAIRS) {
        uint n = min(PAIRS, to - first);
        barrier();
        for (uint j = lane; j < n; j += gl_WorkGroupSize.x)
            pair_latent[j] = latents[first + j];
        barrier();
        for (uint j = 0u; j < n; j++) {
            uint i = pair_latent[j];
            if (i < p.low || i >= p.high)
                continue;
            uint at = p.w_base / WIDTH + (i - p.low) * elements;
            float sum = 0.0;
            [[unroll]] for (uint s = 0u; s < SLICES; s++)
                sum += element_dot(own[s], w[at + min(s * gl_WorkGroupSize.x + lane, elements - 1u)]);
            partial[j * gl_WorkGroupSize.x + lane] = sum;
        }
        barrier();
        for (uint q = lane; q < n * PARTS; q += gl_WorkGroupSize.x) {
            float sum = 0.0;
            for (uint l = q % PARTS; l < gl_WorkGroupSize.x; l += PARTS)
                sum += partial[q / PARTS * gl_WorkGroupSize.x + l];
            parts[q] = sum;
        }
        barrier();
        for (uint j = lane; j < n; j += gl_WorkGroupSize.x) {
            uint i = pair_latent[j];
            float sum = 0.0;
            for (uint l = 0u; l < PARTS; l++)
                sum += parts[j * PARTS + l];
            if (i >= p.low && i < p.high)
                dots[first + j] = sum * p.scale;
        }
    }
}

void main()
{
    uint row = group_index() / p.parts;
    if (row >= p.rows)
        return;
    if (STAGED)
        row_by_slices(row);
    else
        row_by_threads(row, group_index() % p.parts);
}
