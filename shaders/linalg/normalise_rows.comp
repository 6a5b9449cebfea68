#version 450
#extension GL_GOOGLE_include_directive : require
// levels: floor
// Each row divided by its Euclidean norm. The row is first scaled by the power of two that brings its largest
// element near 1, so that squares neither overflow nor vanish. ROW_LANES threads share a row; groups count rows.
#include "common/group.glsl"
#include "linalg/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint ROWS_A_GROUP = 4u;
layout(constant_id = 2) const uint ROW_LANES = 32u; // a power of two; times ROWS_A_GROUP it is the workgroup's size
layout(push_constant) uniform Params
{
    linalg_normalise_rows_params p;
};
layout(set = 0, binding = 0) readonly buffer Source
{
    float source[];
};
layout(set = 0, binding = 1) writeonly buffer Destination
{
    uint destination[];
};
layout(set = 0, binding = 2) writeonly buffer Norms
{
    uint norms[];
};

const uint SMALLEST_NORMAL = 0x00800000u;
const uint INFINITE = 0x7f800000u;
const uint NOT_A_NUMBER = 0x7fc00000u;

shared uint largest[ROWS_A_GROUP * ROW_LANES];
shared float squares[ROWS_A_GROUP * ROW_LANES];

// 2^exponent for -126 to 127.
float power_of_two(int exponent)
{
    return uintBitsToFloat(uint(exponent + 127) << 23);
}

void main()
{
    uint slot = gl_LocalInvocationIndex;
    uint lane = slot % ROW_LANES;
    uint row = group_index() * ROWS_A_GROUP + slot / ROW_LANES;
    uint cols = row < p.rows ? p.cols : 0u;
    uint from = p.source_base + row * p.source_stride;

    // Magnitudes compare as their bits do, and so do Inf and NaN, which are larger than any number.
    uint magnitude = 0u;
    for (uint col = lane; col < cols; col += ROW_LANES)
        magnitude = max(magnitude, floatBitsToUint(source[from + col]) & 0x7fffffffu);
    largest[slot] = magnitude;
    for (uint half_lanes = ROW_LANES / 2u; half_lanes > 0u; half_lanes /= 2u) {
        barrier();
        if (lane < half_lanes)
            largest[slot] = max(largest[slot], largest[slot + half_lanes]);
    }
    barrier();
    magnitude = largest[slot - lane];
    int exponent = clamp(int(magnitude >> 23) - 127, -126, 126);
    float scale = power_of_two(-exponent);

    float sum = 0.0;
    for (uint col = lane; col < cols; col += ROW_LANES) {
        float value = source[from + col] * scale;
        sum += value * value;
    }
    squares[slot] = sum;
    for (uint half_lanes = ROW_LANES / 2u; half_lanes > 0u; half_lanes /= 2u) {
        barrier();
        if (lane < half_lanes)
            squares[slot] += squares[slot + half_lanes];
    }
    barrier();
    float norm = sqrt(squares[slot - lane]);

    uint to = p.destination_base + row * p.destination_stride;
    for (uint col = lane; col < cols; col += ROW_LANES) {
        uint bits = floatBitsToUint(source[from + col] * scale / norm);
        if (magnitude < SMALLEST_NORMAL)
            bits = 0u;
        if (magnitude >= INFINITE)
            bits = NOT_A_NUMBER;
        destination[to + col] = bits;
    }
    if (lane == 0u && row < p.rows) {
        uint bits = floatBitsToUint(norm * power_of_two(exponent));
        if (magnitude < SMALLEST_NORMAL)
            bits = 0u;
        if (magnitude >= INFINITE)
            bits = NOT_A_NUMBER;
        norms[p.norms_base + row] = bits;
    }
}
