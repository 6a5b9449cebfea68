#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Adds to each block of ITEMS elements a thread what stands before the block. Groups count blocks.
#include "common/group.glsl"
#include "linalg/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint THREADS = 128u; // the workgroup's size
layout(push_constant) uniform Params
{
    linalg_scan_add_params p;
};
layout(set = 0, binding = 0) buffer Destination
{
    uint destination[];
};
layout(set = 0, binding = 1) readonly buffer Offsets
{
    uint offsets[];
};

const uint ITEMS = 8u;

void main()
{
    uint block = group_index();
    uint first = block * (THREADS * ITEMS);
    uint offset = first < p.count ? offsets[p.offsets_base + block] : 0u;
    for (uint i = 0u; i < ITEMS; i++) {
        uint e = first + i * THREADS + gl_LocalInvocationIndex;
        if (e < p.count)
            destination[p.destination_base + e] += offset;
    }
}
