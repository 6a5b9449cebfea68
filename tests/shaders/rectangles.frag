#version 450
#extension GL_GOOGLE_include_directive : require
#include "test_params.h"

layout(push_constant) uniform Params
{
    test_rectangles_params p;
};
layout(set = 0, binding = 1) readonly buffer Colours
{
    vec4 colours[];
};
layout(location = 0) flat in uint instance;
layout(location = 0) out vec4 colour;

void main()
{
    colour = vec4(colours[instance].rgb, p.alpha);
}
