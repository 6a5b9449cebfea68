#version 450
#extension GL_EXT_control_flow_attributes : require
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Scales each row by a power of two so that its largest magnitude lies in [1, 2), sets what is then below 2^-60 to
// zero, and sums the squares. All scaling is on bits, so that no device's treatment of denormals can decide; the sum
// is f32 in a fixed order. The same bits come out on every device and in src/srm/reference.c.
// One invocation a row, eight values a round of its loops: lavapipe ends all loops of a shader after 65,535 rounds.
#include "common/group.glsl"
#include "srm/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    srm_prepare_params p;
};
layout(set = 0, binding = 0) buffer Rows
{
    uint rows[]; // f32 bits
};
layout(set = 0, binding = 1) writeonly buffer Norms
{
    vec2 norms[]; // [rows]: sum of squares of the scaled row (0: a zero row), and the scale taken out of it
};

// value = significand · 2^(exponent - 150) with bit 23 of the significand set, or significand 0.
void split(uint bits, out int exponent, out uint significand)
{
    exponent = int(bits >> 23 & 255u);
    significand = bits & 0x7fffffu;
    if (exponent > 0) {
        significand |= 0x800000u;
    } else if (significand != 0u) {
        int shift = 23 - findMSB(significand);
        significand <<= shift;
        exponent = 1 - shift;
    }
}

void main()
{
    uint row = p.row_first + group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (row >= p.rows)
        return;
    uint base = row * p.stride;
    uint largest = 0u;
    for (uint first = 0u; first < p.width; first += 8u)
        [[unroll]] for (uint lane = 0u; lane < 8u; lane++)
            if (first + lane < p.width)
                largest = max(largest, rows[base + first + lane] & 0x7fffffffu);
    int top;
    uint ignored;
    split(largest, top, ignored);
    precise float partial[8] = float[8](0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (uint first = 0u; first < p.width; first += 8u) {
        [[unroll]] for (uint lane = 0u; lane < 8u; lane++) {
            uint i = first + lane;
            if (i < p.width) {
                uint bits = rows[base + i];
                int exponent;
                uint significand;
                split(bits & 0x7fffffffu, exponent, significand);
                int scaled = exponent - top; // 0 for the largest
                uint result = 0u;
                if (significand != 0u && scaled >= -60)
                    result = (bits & 0x80000000u) | uint(scaled + 127) << 23 | (significand & 0x7fffffu);
                rows[base + i] = result;
                precise float value = uintBitsToFloat(result);
                precise float square = value * value;
                partial[lane] = partial[lane] + square;
            }
        }
    }
    precise float low = (partial[0] + partial[1]) + (partial[2] + partial[3]);
    precise float high = (partial[4] + partial[5]) + (partial[6] + partial[7]);
    precise float sum = low + high;
    norms[row] = vec2(sum, exp2(float(clamp(top, 1, 254) - 127)));
}
