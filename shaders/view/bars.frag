#version 450
#extension GL_GOOGLE_include_directive : require
#include "view/params.h"
#include "view/plane.glsl"

layout(push_constant) uniform Params
{
    view_bars_params p;
};

layout(location = 0) in vec2 pixel;
layout(location = 1) flat in vec4 box;
layout(location = 0) out vec4 colour;

void main()
{
    vec2 inside = clamp(min(pixel + 0.5, box.zw) - max(pixel - 0.5, box.xy), 0.0, 1.0);
    colour = with_coverage(p.colour, inside.x * inside.y);
}
