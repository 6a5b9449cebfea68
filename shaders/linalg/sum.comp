#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor subgroup
// Sums of f32, of their squares, or of them times weights, along the rows or the columns of a matrix.
#include "common/address.glsl"
#include "common/group.glsl"
#include "linalg/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 4) const uint TERMS = 0u; // enum terms of src/linalg/sum.c
layout(push_constant) uniform Params
{
    linalg_sum_params p;
};
layout(set = 0, binding = 0) readonly buffer Source
{
    float source[];
};
layout(set = 0, binding = 1) writeonly buffer Partials
{
    float partials[];
};
layout(set = 0, binding = 2) readonly buffer Weights
{
    float weights[];
};
#define SOURCE BY_ADDRESS(Floats, source, p.source_low, p.source_high)

#define VALUE float
#define ZERO 0.0

const uint SQUARED = 1u, WEIGHTED = 2u;

float load(uint index, uint j)
{
    float value = SOURCE[p.source_base + index];
    if (TERMS == WEIGHTED)
        return value * weights[p.weights_base + j];
    return TERMS == SQUARED ? value * value : value;
}

float add(float a, float b)
{
    return a + b;
}

void store(uint index, float value)
{
    partials[p.partials_base + index] = value;
}

#include "linalg/sum.glsl"
