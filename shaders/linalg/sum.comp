#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor
// Sums of f32, or of their squares, along the rows or the columns of a matrix.
#include "common/group.glsl"
#include "linalg/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 4) const uint SQUARED = 0u;
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

#define VALUE float
#define ZERO 0.0

float load(uint index)
{
    float value = source[p.source_base + index];
    return SQUARED != 0u ? value * value : value;
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
