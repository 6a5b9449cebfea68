#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Moves the keys of each block, and the places they come from, to where the scanned table says. Keys of one digit keep
// their order. Groups count blocks.
#include "common/group.glsl"
#include "linalg/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 3) const uint FIRST = 0u; // 1: a key's place is its index
layout(constant_id = 4) const uint LAST = 0u;  // 1: the keys are not needed any more
layout(push_constant) uniform Params
{
    linalg_sort_scatter_params p;
};
layout(set = 0, binding = 0) readonly buffer Keys
{
    uint keys[];
};
layout(set = 0, binding = 1) readonly buffer Places
{
    uint places[];
};
layout(set = 0, binding = 2) readonly buffer Count
{
    uint count[];
};
layout(set = 0, binding = 3) readonly buffer Table
{
    uint table[];
};
layout(set = 0, binding = 4) writeonly buffer ToKeys
{
    uint to_keys[];
};
layout(set = 0, binding = 5) writeonly buffer ToPlaces
{
    uint to_places[];
};
#include "linalg/sort.glsl"

void main()
{
    uint block = group_index();
    uvec2 share = share_of(block);
    count_digits(share);
    // From counts to the destination of each thread's first key of the digit.
    if (block < p.n_blocks)
        for (uint digit = gl_LocalInvocationIndex; digit < DIGITS; digit += THREADS) {
            uint running = table[digit * p.blocks + p.first_block + block];
            for (uint thread = 0u; thread < THREADS; thread++) {
                uint own = counters[digit * THREADS + thread];
                counters[digit * THREADS + thread] = running;
                running += own;
            }
        }
    barrier();
    uint before = p.first_block * THREADS * p.each;
    for (uint i = 0u; i < share.y; i++) {
        uint key = keys[p.keys_base + share.x + i];
        uint counter = digit_of(key) * THREADS + gl_LocalInvocationIndex;
        uint to = counters[counter];
        counters[counter] = to + 1u;
        to -= p.to_first;
        if (to < p.to_count) {
            to_places[p.to_places_base + to] =
                FIRST != 0u ? before + share.x + i : places[p.places_base + share.x + i];
            if (LAST == 0u)
                to_keys[p.to_keys_base + to] = key;
        }
    }
}
