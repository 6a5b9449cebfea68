#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// How often each digit occurs in each block of keys. Groups count blocks.
#include "common/group.glsl"
#include "linalg/params.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    linalg_sort_count_params p;
};
layout(set = 0, binding = 0) readonly buffer Keys
{
    uint keys[];
};
layout(set = 0, binding = 1) readonly buffer Count
{
    uint count[];
};
layout(set = 0, binding = 2) writeonly buffer Table
{
    uint table[];
};
#include "linalg/sort.glsl"

void main()
{
    uint block = group_index();
    count_digits(share_of(block));
    if (block < p.n_blocks)
        for (uint digit = gl_LocalInvocationIndex; digit < DIGITS; digit += THREADS) {
            uint sum = 0u;
            for (uint thread = 0u; thread < THREADS; thread++)
                sum += counters[digit * THREADS + thread];
            table[digit * p.blocks + p.first_block + block] = sum;
        }
}
