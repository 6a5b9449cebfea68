#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// How often each key occurs. A thread takes EACH keys, as far apart as the workgroup has threads.
#include "common/group.glsl"
#include "linalg/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint THREADS = 128u; // the workgroup's size
layout(push_constant) uniform Params
{
    linalg_sort_tally_params p;
};
layout(set = 0, binding = 0) readonly buffer Keys
{
    uint keys[];
};
layout(set = 0, binding = 1) readonly buffer Count
{
    uint count[];
};
layout(set = 0, binding = 2) buffer Tally
{
    uint tally[];
};

const uint EACH = 8u;

void main()
{
    uint end = min(count[p.count_base], p.capacity);
    uint n = min(p.n, end - min(p.first, end));
    uint from = group_index() * (THREADS * EACH) + gl_LocalInvocationIndex;
    for (uint i = 0u; i < EACH; i++) {
        uint at = from + i * THREADS;
        if (at < n) {
            uint key = keys[p.keys_base + at] - p.first_key;
            if (key < p.n_keys)
                atomicAdd(tally[p.tally_base + key], 1u);
        }
    }
}
