#version 450
#extension GL_GOOGLE_include_directive : require
// One quad over the plot area.
#include "view/params.h"
#include "view/plane.glsl"

layout(push_constant) uniform Params
{
    view_density_params p;
};

void main()
{
    vec2 pixel = vec2(p.x, p.y) + quad_corner(gl_VertexIndex) * vec2(p.width, p.height);
    gl_Position = pixel_position(pixel, p.viewport_width, p.viewport_height);
}
