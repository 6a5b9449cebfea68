#version 450
#extension GL_GOOGLE_include_directive : require
// One quad over the disc and the line's width around it.
#include "view/params.h"
#include "view/plane.glsl"

layout(push_constant) uniform Params
{
    view_rose_params p;
};

void main()
{
    float reach = p.radius + p.half_width + 1.0;
    vec2 pixel = vec2(p.centre_x, p.centre_y) + (2.0 * quad_corner(gl_VertexIndex) - 1.0) * reach;
    gl_Position = pixel_position(pixel, p.viewport_width, p.viewport_height);
}
