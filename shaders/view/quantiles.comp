#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Two of an array's numbers by rank: the one that `per_mille` of the finite ones lie below, and the one that as many
// lie above. One group; four rounds, each over a byte of the numbers' bits, from the highest on, among those that have
// the bytes found so far. Exact, whatever the numbers are.
#include "common/group.glsl"
#include "view/numbers.glsl"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Params
{
    view_quantiles_params p;
};
layout(set = 0, binding = 0) readonly buffer Numbers
{
    uint numbers[];
};
layout(set = 0, binding = 1) writeonly buffer Found
{
    float found[];
};
const uint BINS = 256u, ENDS = 2u;
shared uint bins[ENDS * BINS];
shared uint prefix[ENDS]; // the bytes that are known of each end
shared uint rank[ENDS];   // of each end, among the numbers with these bytes
shared uint finite;

// Bits that rise with the number.
uint key_of(float value)
{
    uint bits = floatBitsToUint(value);
    return (bits & 0x80000000u) != 0u ? ~bits : bits | 0x80000000u;
}

float value_of(uint key)
{
    return uintBitsToFloat((key & 0x80000000u) != 0u ? key ^ 0x80000000u : ~key);
}

void count_byte(uint shift)
{
    for (uint k = gl_LocalInvocationID.x; k < p.count; k += gl_WorkGroupSize.x) {
        uint word = p.base + sample_place(k, p.every, p.run) * p.stride;
        float value = number_value(numbers[word], 0u, p.number, p.scale, p.bias);
        if (value == MISSING)
            continue;
        uint key = key_of(value);
        for (uint end = 0u; end < ENDS; end++)
            if (shift == 24u || key >> (shift + 8u) == prefix[end])
                atomicAdd(bins[end * BINS + (key >> shift & 255u)], 1u);
    }
}

void take_byte(uint end, uint shift)
{
    if (shift == 24u) {
        uint total = 0u;
        for (uint bin = 0u; bin < BINS; bin++)
            total += bins[end * BINS + bin];
        uint below = total == 0u ? 0u : (total - 1u) * p.per_mille / 1000u;
        rank[end] = end == 0u ? below : total - 1u - below;
        if (end == 0u)
            finite = total;
    }
    uint bin = 0u;
    while (bin < BINS - 1u && rank[end] >= bins[end * BINS + bin]) {
        rank[end] -= bins[end * BINS + bin];
        bin++;
    }
    prefix[end] = (shift == 24u ? 0u : prefix[end] << 8) | bin;
}

void main()
{
    uint self = gl_LocalInvocationID.x;
    for (uint turn = 0u; turn < 4u; turn++) {
        for (uint bin = self; bin < ENDS * BINS; bin += gl_WorkGroupSize.x)
            bins[bin] = 0u;
        barrier();
        count_byte(24u - 8u * turn);
        barrier();
        if (self < ENDS)
            take_byte(self, 24u - 8u * turn);
        barrier();
    }
    if (self < ENDS)
        found[p.found_base + self] = finite == 0u ? 1.0 - float(self) : value_of(prefix[self]);
}
