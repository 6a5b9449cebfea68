#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// One workgroup finds the bin of the histogram that holds the wanted key, narrows the range to it, and clears the bins.
// Of the histogram of maxima it takes the lower end of the bin only: as many keys as maxima lie above it. Keys are
// resolved after three histograms at most: 31 bits by 13, 13 and 5.
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint THREADS = 128u; // the workgroup's size, a power of two
layout(push_constant) uniform Params
{
    sae_select_pick_params p;
};
layout(set = 0, binding = 0) buffer Histogram
{
    uint histogram[];
};
layout(set = 0, binding = 1) writeonly buffer Smallest
{
    uint smallest[];
};

const uint EACH = SAE_SELECT_BINS / THREADS;
shared uint sums[2u * THREADS]; // two halves that take turns
shared uint highest;            // bin that is not empty
shared uint picked;             // the bin
shared uint above;              // keys above it

// The wanted bin, keys above it and all keys. Thread t has the bins from t * EACH on.
uint find(uint wanted)
{
    uint thread = gl_LocalInvocationIndex;
    uint first = SAE_SELECT_STATE + thread * EACH;
    uint sum = 0u, own_highest = 0u;
    for (uint i = 0u; i < EACH; i++) {
        uint keys = histogram[first + i];
        sum += keys;
        own_highest = keys != 0u ? thread * EACH + i : own_highest;
    }
    if (thread == 0u) {
        highest = 0u;
        picked = 0u;
        above = 0u;
    }
    sums[thread] = sum;
    barrier();
    atomicMax(highest, own_highest);
    // Sums of this and all later threads.
    uint half_at = 0u;
    for (uint reach = 1u; reach < THREADS; reach *= 2u) {
        uint later = thread + reach < THREADS ? sums[half_at + thread + reach] : 0u;
        sums[THREADS - half_at + thread] = sums[half_at + thread] + later;
        half_at = THREADS - half_at;
        barrier();
    }
    uint all = sums[half_at];
    uint target = min(wanted, all);
    uint reached = sums[half_at + thread], later = reached - sum;
    if (later < target && target <= reached)
        for (uint i = EACH; i > 0u && later < target; i--) {
            uint keys = histogram[first + i - 1u];
            if (later + keys >= target) {
                picked = thread * EACH + i - 1u;
                above = later;
            }
            later += keys;
        }
    for (uint i = 0u; i < EACH; i++)
        histogram[first + i] = 0u;
    barrier();
    return all;
}

uint shift_for(uint width)
{
    uint shift = 0u;
    while ((width >> shift) >= SAE_SELECT_BINS)
        shift++;
    return shift;
}

void resolve(uint threshold, uint wanted)
{
    histogram[SAE_SELECT_LOW] = threshold;
    histogram[SAE_SELECT_WANTED] = wanted;
    histogram[SAE_SELECT_RESOLVED] = 1u;
    smallest[p.smallest_base] = wanted > 0u ? threshold : 0u;
}

void bound()
{
    uint all = find(p.total);
    if (gl_LocalInvocationIndex != 0u)
        return;
    if (p.total == 0u || all == 0u) {
        resolve(SAE_LARGEST_KEY, 0u);
        return;
    }
    uint low = SAE_SMALLEST_KEY + (all < p.total ? 0u : picked << SAE_SELECT_WHOLE_SHIFT);
    uint high = min(SAE_SMALLEST_KEY + ((highest + 1u) << SAE_SELECT_WHOLE_SHIFT) - 1u, SAE_LARGEST_KEY);
    histogram[SAE_SELECT_LOW] = low;
    histogram[SAE_SELECT_HIGH] = high;
    histogram[SAE_SELECT_SHIFT] = shift_for(high - low);
    histogram[SAE_SELECT_WANTED] = p.total;
    histogram[SAE_SELECT_RESOLVED] = 0u;
}

void narrow()
{
    uint wanted = histogram[SAE_SELECT_WANTED];
    uint shift = histogram[SAE_SELECT_SHIFT];
    bool resolved = histogram[SAE_SELECT_RESOLVED] != 0u;
    uint all = find(wanted);
    if (gl_LocalInvocationIndex != 0u || resolved)
        return;
    // Fewer keys than wanted there can only be while the range begins at the smallest: all are then selected.
    wanted = min(wanted, all) - above;
    uint low = histogram[SAE_SELECT_LOW] + (picked << shift);
    uint width = min((1u << shift) - 1u, histogram[SAE_SELECT_HIGH] - low);
    if (shift == 0u) {
        resolve(low, wanted);
        return;
    }
    histogram[SAE_SELECT_LOW] = low;
    histogram[SAE_SELECT_HIGH] = low + width;
    histogram[SAE_SELECT_SHIFT] = shift_for(width);
    histogram[SAE_SELECT_WANTED] = wanted;
}

void main()
{
    if (gl_WorkGroupID.x != 0u)
        return;
    if (p.of_maxima != 0u)
        bound();
    else
        narrow();
}
