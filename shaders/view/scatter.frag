#version 450
#extension GL_GOOGLE_include_directive : require
#include "view/params.h"
#include "view/plane.glsl"

layout(push_constant) uniform Params
{
    view_scatter_params p;
};

layout(location = 0) in vec2 offset;
layout(location = 0) out vec4 colour;

void main()
{
    colour = with_coverage(p.colour, line_coverage(length(offset), p.radius));
}
