#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor vec4
// Which entries of each row are active (RELU, GATED, JUMPRELU), as a bit each, and how many. One workgroup a row; a
// thread makes whole words of 32 neighbours.
#include "common/group.glsl"
#include "sae/element.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint ACTIVATION = 0u;
layout(push_constant) uniform Params
{
    sae_mark_params p;
};
layout(set = 0, binding = 0) readonly buffer Pi
{
    ELEMENT pi[];
};
layout(set = 0, binding = 1) readonly buffer Latent
{
    ELEMENT latent[];
};
layout(set = 0, binding = 2) writeonly buffer Counts
{
    uint counts[];
};
layout(set = 0, binding = 3) writeonly buffer Marks
{
    uint marks[]; // of this block's rows
};

#include "sae/activation.glsl"

shared uint lanes[gl_WorkGroupSize.x];

uint bits_at(uint row_at, uint col)
{
    if (col >= p.cols)
        return 0u;
    ELEMENT values = pi[(row_at + col) / WIDTH];
    ELEMENT own = ELEMENT(0.0);
    if (ACTIVATION != SAE_ACTIVATION_RELU)
        own = latent[col / WIDTH];
    uint bits = 0u;
    [[unroll]] for (uint i = 0u; i < WIDTH; i++)
        bits |= is_active(PART(values, i), PART(own, i)) ? 1u << i : 0u;
    return bits;
}

void main()
{
    uint row = group_index();
    if (row >= p.rows)
        return;
    uint row_at = p.pi_base + row * p.pi_stride;
    uint words = (p.cols + 31u) / 32u;
    uint count = 0u;
    for (uint w = gl_LocalInvocationIndex; w < words; w += gl_WorkGroupSize.x) {
        uint bits = 0u;
        [[unroll]] for (uint l = 0u; l < 32u / WIDTH; l++)
            bits |= bits_at(row_at, w * 32u + l * WIDTH) << (l * WIDTH);
        marks[row * words + w] = bits;
        count += uint(bitCount(bits));
    }
    lanes[gl_LocalInvocationIndex] = count;
    barrier();
    if (gl_LocalInvocationIndex == 0u) {
        for (uint i = 1u; i < gl_WorkGroupSize.x; i++)
            count += lanes[i];
        counts[p.first_row + row] = count;
    }
}
