#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor vec4
// The active entries of each row, in ascending order of latent, into the list of pairs. One workgroup a row: it holds
// the entries of a stretch of columns as bits in shared memory, counts the bits before each word, and writes.
//
// The bits are those that mark.comp left, or are made: of TopK's columns as they were selected, and where there are
// none (and for BatchTopK) from the threshold and the quota of entries equal to it (src/sae/select.h). A few selected
// columns are put in order by counting, for each, those before it.
#include "common/group.glsl"
#include "sae/element.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint ACTIVATION = 0u;
layout(push_constant) uniform Params
{
    sae_fill_params p;
};
layout(set = 0, binding = 0) readonly buffer Pi
{
    ELEMENT pis[];
};
layout(set = 0, binding = 1) readonly buffer Latent
{
    ELEMENT parameters[];
};
// Kinds that select: {threshold's bits, quota} of the batch's rows, and from p.chosen_base on their chosen columns.
// Others: the bits of the block's rows.
layout(set = 0, binding = 2) readonly buffer Marks
{
    uint marks[];
};
layout(set = 0, binding = 3) readonly buffer Offsets
{
    uint offsets[];
};
layout(set = 0, binding = 4) writeonly buffer Latents
{
    uint latents[];
};
layout(set = 0, binding = 5) writeonly buffer Rows
{
    uint pair_rows[];
};
layout(set = 0, binding = 6) writeonly buffer Pre
{
    float pre[];
};
layout(set = 0, binding = 7) writeonly buffer Values
{
    float values[];
};

float latent_at(uint i)
{
    return PART(parameters[i / WIDTH], i % WIDTH);
}

#include "sae/key.glsl"

const bool SELECTED = ACTIVATION == SAE_ACTIVATION_TOPK || ACTIVATION == SAE_ACTIVATION_BATCHTOPK;
const uint STRETCH = 8192u; // columns marked at once
const uint WORDS = STRETCH / 32u;
shared uint above[WORDS]; // active, or above the threshold
shared uint equal[WORDS]; // equal to the threshold
shared uint lane_counts[gl_WorkGroupSize.x]; // above in the low half, equal in the high half

const uint LOADS = 2u; // elements a thread has under way
void mark_by_threshold(uint row, uint first, uint cols, uint threshold)
{
    uint row_at = p.pi_base + row * p.pi_stride + first;
    for (uint from = 0u; from < cols; from += gl_WorkGroupSize.x * WIDTH * LOADS)
        [[unroll]] for (uint l = 0u; l < LOADS; l++) {
            uint c = from + (l * gl_WorkGroupSize.x + gl_LocalInvocationIndex) * WIDTH;
            if (c >= cols)
                continue;
            ELEMENT values = pis[(row_at + c) / WIDTH];
            ELEMENT own = parameters[(first + c) / WIDTH];
            uint bits = 0u;
            uint ties = 0u;
            [[unroll]] for (uint i = 0u; i < WIDTH; i++) {
                uint key = sae_weighted_key(floatBitsToUint(PART(values, i)), floatBitsToUint(PART(own, i)));
                bits |= key > threshold ? 1u << i : 0u;
                ties |= key == threshold && key != 0u ? 1u << i : 0u;
            }
            // Rare, so that what follows is skipped mostly.
            if (bits != 0u)
                atomicOr(above[c / 32u], bits << (c % 32u));
            if (ties != 0u)
                atomicOr(equal[c / 32u], ties << (c % 32u));
        }
}

void mark_chosen(uint chosen_at, uint count, uint first, uint cols)
{
    for (uint j = gl_LocalInvocationIndex; j < count; j += gl_WorkGroupSize.x) {
        uint c = marks[chosen_at + j] - first;
        if (c < cols)
            atomicOr(above[c / 32u], 1u << (c % 32u));
    }
}

void emit(uint row, uint i, uint at)
{
    if (at >= p.capacity)
        return;
    uint place = p.pi_base + row * p.pi_stride + i;
    float value = PART(pis[place / WIDTH], place % WIDTH);
    latents[at] = i;
    pair_rows[at] = p.first_row + row;
    pre[at] = value;
    // A gated latent's value follows in pairs_gate.comp.
    values[at] = ACTIVATION == SAE_ACTIVATION_JUMPRELU && !(value > latent_at(i)) ? 0.0 : value;
}

const uint FEW = 64u;

void emit_few(uint row, uint chosen_at, uint at, uint count)
{
    for (uint j = gl_LocalInvocationIndex; j < count; j += gl_WorkGroupSize.x)
        above[j] = marks[chosen_at + j];
    barrier();
    for (uint j = gl_LocalInvocationIndex; j < count; j += gl_WorkGroupSize.x) {
        uint before = 0u;
        for (uint i = 0u; i < count; i++)
            before += above[i] < above[j] ? 1u : 0u;
        emit(row, above[j], at + before);
    }
}

void main()
{
    uint row = group_index();
    if (row >= p.rows)
        return;
    uint lane = gl_LocalInvocationIndex;
    uint in_batch = p.first_row + row;
    uint threshold = SELECTED ? marks[2u * in_batch] : 0u;
    uint quota = SELECTED ? marks[2u * in_batch + 1u] : 0u;
    uint at = offsets[in_batch];
    uint count = offsets[in_batch + 1u] - at;
    uint chosen_at = p.chosen_base + in_batch * p.room;
    bool chosen = SELECTED && p.room > 0u && (count == 0u || marks[chosen_at] != SAE_SELECT_UNLISTED);
    if (chosen && count <= FEW) {
        emit_few(row, chosen_at, at, count);
        return;
    }
    uint row_words = (p.cols + 31u) / 32u;
    for (uint first = 0u; first < p.cols; first += STRETCH) {
        uint cols = min(STRETCH, p.cols - first);
        uint words = (cols + 31u) / 32u;
        for (uint w = lane; w < words; w += gl_WorkGroupSize.x) {
            above[w] = SELECTED ? 0u : marks[row * row_words + first / 32u + w];
            equal[w] = 0u;
        }
        barrier();
        if (chosen)
            mark_chosen(chosen_at, count, first, cols);
        else if (SELECTED)
            mark_by_threshold(row, first, cols, threshold);
        barrier();
        uint each = (words + gl_WorkGroupSize.x - 1u) / gl_WorkGroupSize.x;
        uint from = min(lane * each, words);
        uint to = min(from + each, words);
        uint counts = 0u;
        for (uint w = from; w < to; w++)
            counts += uint(bitCount(above[w])) | uint(bitCount(equal[w])) << 16;
        lane_counts[lane] = counts;
        barrier();
        uint before = 0u;
        uint all = 0u;
        for (uint l = 0u; l < gl_WorkGroupSize.x; l++) {
            before += l < lane ? lane_counts[l] : 0u;
            all += lane_counts[l];
        }
        uint equal_before = before >> 16;
        uint place = at + (before & 0xffffu) + min(equal_before, quota);
        for (uint w = from; w < to; w++) {
            uint rest = above[w] | equal[w];
            while (rest != 0u) {
                uint bit = uint(findLSB(rest));
                rest &= rest - 1u;
                if ((above[w] >> bit & 1u) == 0u && equal_before++ >= quota)
                    continue;
                emit(row, first + w * 32u + bit, place++);
            }
        }
        at += (all & 0xffffu) + min(all >> 16, quota);
        quota -= min(all >> 16, quota);
        barrier();
    }
}
