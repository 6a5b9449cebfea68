#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor vec4
// A histogram of the greatest keys of groups of entries, KEPT * THREADS groups a row; groups count rows. The key that
// so many maxima reach as entries are to be selected is a lower bound of the threshold, mostly a close one.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint THREADS = 128u; // the workgroup's size
layout(constant_id = 2) const uint WEIGHTED = 0u;
layout(constant_id = 3) const uint KEPT = 8u; // 1, 2, 4 or 8
layout(push_constant) uniform Params
{
    sae_select_maxima_params p;
};
#include "sae/keys.glsl"
#include "sae/maxima.glsl"
layout(set = 0, binding = 2) buffer Histogram
{
    uint histogram[];
};

void main()
{
    uint row = group_index();
    if (row >= p.rows)
        return;
    uint greatest[SLOTS];
    [[unroll]] for (uint s = 0u; s < SLOTS; s++)
        greatest[s] = 0u;
    for (uint from = 0u; from < p.cols; from += ROUND)
        take_round(p.pi_base + row * p.pi_stride, from, greatest);
    [[unroll]] for (uint s = 0u; s < SLOTS; s++) {
        uint most = greatest[s];
        [[unroll]] for (uint i = 0u; i < SLOTS; i++)
            if (i % KEPT == s)
                most = max(most, greatest[i]);
        if (s < KEPT && most != 0u)
            atomicAdd(histogram[SAE_SELECT_STATE + ((most - SAE_SMALLEST_KEY) >> SAE_SELECT_WHOLE_SHIFT)], 1u);
    }
}
