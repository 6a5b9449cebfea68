#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor vec4
// How many keys of each row lie above the threshold of the state, and how many equal it. A workgroup takes a row;
// groups count rows.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint THREADS = 128u; // the workgroup's size
layout(constant_id = 2) const uint WEIGHTED = 0u;
layout(push_constant) uniform Params
{
    sae_select_count_params p;
};
#include "sae/keys.glsl"
#include "sae/maxima.glsl"
#include "sae/reduce.glsl"
layout(set = 0, binding = 2) readonly buffer State
{
    uint state[];
};
layout(set = 0, binding = 3) writeonly buffer Counts
{
    uint counts[];
};
layout(set = 0, binding = 4) writeonly buffer Ties
{
    uint ties[];
};

void main()
{
    uint row = group_index();
    if (row >= p.rows)
        return;
    reduce_begin();
    uint row_at = p.pi_base + row * p.pi_stride;
    uint threshold = state[SAE_SELECT_LOW];
    uint greater = 0u, equal = 0u;
    for (uint from = 0u; from < p.cols; from += ROUND)
        [[unroll]] for (uint l = 0u; l < LOADS; l++) {
            WORDS keys = keys_at(row_at, column(from, l));
            [[unroll]] for (uint i = 0u; i < WIDTH; i++) {
                greater += WORD(keys, i) > threshold ? 1u : 0u;
                equal += WORD(keys, i) == threshold ? 1u : 0u;
            }
        }
    greater = reduce_sum(greater);
    equal = reduce_sum(equal);
    if (gl_LocalInvocationIndex == 0u) {
        counts[p.counts_base + row] = greater;
        ties[p.ties_base + row] = equal;
    }
}
