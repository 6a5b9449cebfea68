#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor vec4
// A histogram of the keys within the range that the state gives. Groups count rows.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint THREADS = 128u; // the workgroup's size
layout(constant_id = 2) const uint WEIGHTED = 0u;
layout(push_constant) uniform Params
{
    sae_select_histogram_params p;
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
    if (row >= p.rows || histogram[SAE_SELECT_RESOLVED] != 0u)
        return;
    uint row_at = p.pi_base + row * p.pi_stride;
    uint low = histogram[SAE_SELECT_LOW], width = histogram[SAE_SELECT_HIGH] - low, shift = histogram[SAE_SELECT_SHIFT];
    for (uint from = 0u; from < p.cols; from += ROUND)
        [[unroll]] for (uint l = 0u; l < LOADS; l++) {
            WORDS keys = keys_at(row_at, column(from, l));
            [[unroll]] for (uint i = 0u; i < WIDTH; i++)
                if (WORD(keys, i) - low <= width)
                    atomicAdd(histogram[SAE_SELECT_STATE + ((WORD(keys, i) - low) >> shift)], 1u);
        }
}
