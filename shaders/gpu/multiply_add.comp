#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The arithmetic peak that other kernels are measured against: eight independent chains of four components a lane,
// so that neither latency nor memory holds the units up. Constant 1 asks for fused multiply-add by name; without it
// the driver may fuse or not. Some drivers are slow at one of the two, so both are measured.
#include "common/group.glsl"
#include "gpu/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint FUSED = 0u;
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
    vec4 a = start, b = start + 1.0, c = start + 2.0, d = start + 3.0;
    vec4 e = start + 4.0, f = start + 5.0, g = start + 6.0, h = start + 7.0;
    for (uint i = 0u; i < p.steps; i++) {
        a = step_of(a, factor, addend);
        b = step_of(b, factor, addend);
        c = step_of(c, factor, addend);
        d = step_of(d, factor, addend);
        e = step_of(e, factor, addend);
        f = step_of(f, factor, addend);
        g = step_of(g, factor, addend);
        h = step_of(h, factor, addend);
    }
    vec4 sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
    if (k < p.lanes)
        results[k] = (sum.x + sum.y) + (sum.z + sum.w);
}
