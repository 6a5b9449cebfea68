#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor vec4
// One step of Adam on the decoder's rows (adam.glsl), to whose gradients multiples of the rows are added
// (decoder_factors.comp); then their lengths, or unit length (decoder_norms.comp). One workgroup a latent.
#include "common/group.glsl"
#include "sae/element.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_adam_rows_params p;
};
layout(set = 0, binding = 0) buffer Values
{
    ELEMENT values[];
};
layout(set = 0, binding = 1) buffer First
{
    ELEMENT first[];
};
layout(set = 0, binding = 2) buffer Second
{
    ELEMENT second[];
};
layout(set = 0, binding = 3) readonly buffer Gradient
{
    ELEMENT gradient[];
};
layout(set = 0, binding = 4) readonly buffer Control
{
    uint control[];
};
layout(set = 0, binding = 5) readonly buffer Factors
{
    float factors[];
};
layout(set = 0, binding = 6) writeonly buffer Norms
{
    float norms[];
};

#include "sae/adam.glsl"
#include "sae/square.glsl"
#include "sae/total.glsl"

void main()
{
    uint latent = p.low + group_index();
    if (latent >= p.high || control[0] != 0u)
        return;
    uint row = (latent - p.low) * p.cols;
    uint size = p.cols / p.blocks / WIDTH;
    uint at = (p.value_base + row) / WIDTH, at_first = (p.first_base + row) / WIDTH;
    uint at_second = (p.second_base + row) / WIDTH, from = (p.gradient_base + row) / WIDTH;
    float clip = uintBitsToFloat(control[1]);
    float norm = 0.0;
    for (uint b = 0u; b < p.blocks; b++) {
        float factor = p.with_factors != 0u ? factors[latent * p.blocks + b] : 0.0;
        float squares = 0.0;
        for (uint c = b * size + gl_LocalInvocationIndex; c < (b + 1u) * size; c += gl_WorkGroupSize.x) {
            ELEMENT value = values[at + c];
            ELEMENT g = (gradient[from + c] + factor * value) * clip;
            ELEMENT m = first_moment(first[at_first + c], g);
            ELEMENT v = second_moment(second[at_second + c], g);
            first[at_first + c] = m;
            second[at_second + c] = v;
            value = moved(value, m, v);
            values[at + c] = value;
            squares = add_squares(squares, value);
        }
        norm += sqrt(total(squares));
    }
    if (p.unit != 0u && norm > 0.0) {
        for (uint c = gl_LocalInvocationIndex; c < p.cols / WIDTH; c += gl_WorkGroupSize.x)
            values[at + c] /= norm;
        norm = 1.0;
    }
    if (gl_LocalInvocationIndex == 0u)
        norms[latent] = norm;
}
