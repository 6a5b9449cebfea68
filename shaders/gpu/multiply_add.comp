#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor
// The arithmetic peak that other kernels are measured against: three independent chains of four components a lane, so
// that neither latency nor memory holds the units up. Constant 1 asks for fused multiply-add by name; without it the
// driver may fuse or not. Some drivers are slow at one of the two, so both are measured.
//
// A round of the loop is straight code of many steps, because Mesa's lavapipe copies whatever a loop carries, under a
// mask, at the end of each round, which costs more than a step. Twelve chains hide the latency of a multiplication and
// an addition on three units, and have room in sixteen registers: with sixteen and more the rate halves there.
#include "common/group.glsl"
#include "gpu/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint FUSED = 0u;
layout(constant_id = 2) const uint STEPS = 32u; // of a round
layout(push_constant) uniform Params
{
    gpu_multiply_add_params p;
};
layout(set = 0, binding = 0) writeonly buffer Results
{
    float results[];
};

vec4 step_of(vec4 x, vec4 factor, vec4 addend)
{
    return FUSED != 0u ? fma(x, factor, addend) : x * factor + addend;
}

void main()
{
    uint k = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    vec4 factor = vec4(p.factor);
    vec4 addend = vec4(p.addend);
    vec4 start = vec4(0.0, 0.25, 0.5, 0.75) + float(k & 1023u) * 0.0009765625;
    vec4 a = start, b = start + 1.0, c = start + 2.0;
    for (uint i = 0u; i < p.rounds; i++)
        [[unroll]] for (uint s = 0u; s < STEPS; s++) {
            a = step_of(a, factor, addend);
            b = step_of(b, factor, addend);
            c = step_of(c, factor, addend);
        }
    vec4 sum = (a + b) + c;
    if (k < p.lanes)
        results[k] = (sum.x + sum.y) + (sum.z + sum.w);
}
