#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor vec4 subgroup
// The gradient of each latent's weight row: the rows of its pairs (errors for the decoder, inputs for the encoder)
// times their coefficients, added up in the pairs' order. One workgroup a latent; latents without pairs get 0. A thread
// owns every gl_WorkGroupSize.x-th element (of 16 bytes at LEVEL_VEC4) of the row in registers.
#include "common/group.glsl"
#include "sae/element.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint SLICES = 1u; // elements a thread
#include "sae/staged.glsl"
layout(push_constant) uniform Params
{
    sae_gradient_rows_params p;
};
layout(set = 0, binding = 0) readonly buffer Starts
{
    uint starts[]; // where each latent's pairs begin in `order`
};
layout(set = 0, binding = 1) readonly buffer Order
{
    uint order[];
};
layout(set = 0, binding = 2) readonly buffer PairRows
{
    uint pair_rows[];
};
layout(set = 0, binding = 3) readonly buffer Coefficients
{
    float coefficients[];
};
layout(set = 0, binding = 4) readonly buffer Rows
{
    ELEMENT rows[];
};
layout(set = 0, binding = 5) writeonly buffer Gradient
{
    ELEMENT gradient[];
};

shared uint pair_row[gl_WorkGroupSize.x];
shared float pair_coefficient[gl_WorkGroupSize.x];

#define ROWS BY_ADDRESS(Floats, rows, p.rows_low, p.rows_high)

ELEMENT sums[SLICES];

void add_pair(uint row, float coefficient)
{
    uint elements = p.cols / WIDTH;
    [[unroll]] for (uint s = 0u; s < SLICES; s++) {
        uint e = min(s * gl_WorkGroupSize.x + gl_LocalInvocationIndex, elements - 1u);
        sums[s] = fma(ELEMENT(coefficient), ROWS[row * elements + e], sums[s]);
    }
}

// Four pairs one after the other: sums that do not fit the registers are fetched and put back once.
void add_four(uvec4 at, vec4 factors)
{
    uint elements = p.cols / WIDTH;
    [[unroll]] for (uint s = 0u; s < SLICES; s++) {
        uint e = min(s * gl_WorkGroupSize.x + gl_LocalInvocationIndex, elements - 1u);
        ELEMENT sum = sums[s];
        [[unroll]] for (uint i = 0u; i < 4u; i++)
            sum = fma(ELEMENT(factors[i]), ROWS[at[i] * elements + e], sum);
        sums[s] = sum;
    }
}

float coefficient_of(uint pair)
{
    return coefficients[pair * p.coefficient_stride + p.coefficient_first];
}

void main()
{
    uint latent = p.low + group_index();
    if (latent >= p.high)
        return;
    uint lane = gl_LocalInvocationIndex;
    uint elements = p.cols / WIDTH;
    [[unroll]] for (uint s = 0u; s < SLICES; s++)
        sums[s] = ELEMENT(0.0);
    uint from = starts[latent];
    uint to = starts[latent + 1u];
    uint j = from;
    for (; !STAGED && j + 3u < to; j += 4u) {
        uvec4 pairs = uvec4(order[j], order[j + 1u], order[j + 2u], order[j + 3u]);
        add_four(uvec4(pair_rows[pairs.x], pair_rows[pairs.y], pair_rows[pairs.z], pair_rows[pairs.w]),
                 vec4(coefficient_of(pairs.x), coefficient_of(pairs.y), coefficient_of(pairs.z),
                      coefficient_of(pairs.w)));
    }
    for (; !STAGED && j < to; j++)
        add_pair(pair_rows[order[j]], coefficient_of(order[j]));
    for (uint first = from; STAGED && first < to; first += gl_WorkGroupSize.x) {
        uint n = min(gl_WorkGroupSize.x, to - first);
        barrier();
        if (lane < n) {
            uint pair = order[first + lane];
            pair_row[lane] = pair_rows[pair];
            pair_coefficient[lane] = coefficient_of(pair);
        }
        barrier();
        for (uint j = 0u; j < n; j++)
            add_pair(pair_row[j], pair_coefficient[j]);
    }
    uint at = p.gradient_base / WIDTH + (latent - p.low) * elements;
    [[unroll]] for (uint s = 0u; s < SLICES; s++) {
        uint e = s * gl_WorkGroupSize.x + lane;
        if (e < elements)
            gradient[at + e] = sums[s];
    }
}
