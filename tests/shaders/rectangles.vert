#version 450
#extension GL_GOOGLE_include_directive : require
#include "test_params.h"

layout(push_constant) uniform Params
{
    test_rectangles_params p;
};
layout(set = 0, binding = 0) readonly buffer Rectangles
{
    vec2 rectangles[];
};
layout(location = 0) flat out uint instance;

void main()
{
    vec2 from = rectangles[2 * gl_InstanceIndex], to = rectangles[2 * gl_InstanceIndex + 1];
    const int corners[6] = int[6](0, 1, 2, 2, 1, 3); // two triangles
    int corner = corners[gl_VertexIndex];
    vec2 pixel = vec2((corner & 1) == 0 ? from.x : to.x, (corner & 2) == 0 ? from.y : to.y);
    gl_Position = vec4(pixel / vec2(p.width, p.height) * 2.0 - 1.0, 0.0, 1.0);
    instance = uint(gl_InstanceIndex);
}
