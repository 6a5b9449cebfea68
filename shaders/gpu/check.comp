#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// The arithmetic that exact counts stand on, for the host to compare word by word: integers, then products and
// sums of floats without contraction. An invocation an element; src/gpu/check.c does the same in C.
#include "common/group.glsl"
#include "gpu/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    gpu_check_params p;
};
layout(set = 0, binding = 0) writeonly buffer Words
{
    uint words[];
};

// The finaliser of MurmurHash3 (Appleby).
uint scramble(uint x)
{
    x ^= x >> 16;
    x *= 0x85ebca6bu;
    x ^= x >> 13;
    x *= 0xc2b2ae35u;
    return x ^ (x >> 16);
}

// A float of magnitude 2^-20 to 2^21 with the significand bits that `mask` leaves.
float value(uint word, uint mask)
{
    uint exponent = 107u + (word >> 23 & 255u) % 41u;
    return uintBitsToFloat((word & 0x80000000u) | exponent << 23 | (word & mask));
}

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i < p.count) {
        uint start = scramble(i + p.seed);
        // Every fourth element has short significands, whose products end exactly between two floats.
        bool tie = (i & 3u) == 0u;
        uint mask = tie ? 0x7ff800u : 0x7fffffu;
        float a = value(scramble(start + 1u), mask);
        float b = value(scramble(start + 2u), mask);
        float c = value(scramble(start + 3u), tie ? 0x7ff000u : mask);
        float s = value(scramble(start + 4u), tie ? 0x7ff000u : mask);
        precise float ac = a * c;
        precise float bs = b * s;
        precise float turned = ac + bs;
        precise float squares = a * a + b * b;
        precise float difference = (a - b) - c;
        precise float square = turned * turned;
        words[4u * i] = start ^ (square >= squares ? 1u : 0u) ^ (ac < bs ? 2u : 0u);
        words[4u * i + 1u] = floatBitsToUint(turned);
        words[4u * i + 2u] = floatBitsToUint(squares);
        words[4u * i + 3u] = floatBitsToUint(difference);
    }
}
