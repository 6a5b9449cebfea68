#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor vec4
// One step of Adam on each value, or nothing when the gradient was bad.
#include "common/group.glsl"
#include "sae/element.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    sae_adam_params p;
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

#include "sae/adam.glsl"

const uint EACH = 4u; // elements a thread

void main()
{
    if (control[0] != 0u)
        return;
    float factor = uintBitsToFloat(control[1]);
    uint start = group_index() * gl_WorkGroupSize.x * EACH + gl_LocalInvocationIndex;
    for (uint j = 0u; j < EACH; j++) {
        uint i = start + j * gl_WorkGroupSize.x;
        if (i >= p.count / WIDTH)
            return;
        ELEMENT g = gradient[p.gradient_base / WIDTH + i] * factor;
        ELEMENT m = first_moment(first[i], g);
        ELEMENT v = second_moment(second[i], g);
        first[i] = m;
        second[i] = v;
        uint at = p.value_base / WIDTH + i;
        ELEMENT value = moved(values[at], m, v);
        if (p.not_negative != 0u)
            value = max(value, ELEMENT(0.0));
        values[at] = value;
    }
}
