#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Prefix sums of unsigned integers within blocks of ITEMS elements a thread, and each block's total; all modulo
// 2^32. Source and destination may be the same elements. Groups count blocks.
#include "common/group.glsl"
#include "linalg/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint THREADS = 128u; // the workgroup's size
layout(push_constant) uniform Params
{
    linalg_scan_params p;
};
layout(set = 0, binding = 0) readonly buffer Source
{
    uint source[];
};
layout(set = 0, binding = 1) writeonly buffer Destination
{
    uint destination[];
};
layout(set = 0, binding = 2) writeonly buffer Totals
{
    uint totals[];
};

const uint ITEMS = 8u;
const uint BLOCK = THREADS * ITEMS;
shared uint elements[BLOCK + THREADS]; // one word of padding a thread keeps the threads on different banks
shared uint sums[2u * THREADS];

void main()
{
    uint thread = gl_LocalInvocationIndex;
    uint block = group_index();
    // The host keeps count + 2^16 blocks below 2^32.
    uint first = block * BLOCK;
    for (uint e = thread; e < BLOCK; e += THREADS)
        elements[e + e / ITEMS] = first + e < p.count ? source[p.source_base + first + e] : 0u;
    barrier();

    uint mine = thread * (ITEMS + 1u);
    uint sum = 0u;
    for (uint i = 0u; i < ITEMS; i++)
        sum += elements[mine + i];
    // Each step adds the sum `reach` threads before; the two halves take turns as source and result.
    uint half_at = 0u;
    sums[thread] = sum;
    for (uint reach = 1u; reach < THREADS; reach *= 2u) {
        barrier();
        uint before = thread >= reach ? sums[half_at + thread - reach] : 0u;
        sums[THREADS - half_at + thread] = sums[half_at + thread] + before;
        half_at = THREADS - half_at;
    }
    barrier();
    uint running = sums[half_at + thread] - sum;
    for (uint i = 0u; i < ITEMS; i++) {
        uint value = elements[mine + i];
        elements[mine + i] = p.inclusive != 0u ? running + value : running;
        running += value;
    }
    barrier();
    for (uint e = thread; e < BLOCK; e += THREADS)
        if (first + e < p.count)
            destination[p.destination_base + first + e] = elements[e + e / ITEMS];
    if (thread == THREADS - 1u && first < p.count)
        totals[p.totals_base + block] = running;
}
