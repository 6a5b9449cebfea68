#version 450
#extension GL_GOOGLE_include_directive : require
// A disc for each point, in the triangle around it: three corners cost half of what a quad's six do.
#include "view/numbers.glsl"
#include "view/plane.glsl"

layout(push_constant) uniform Params
{
    view_scatter_params p;
};
layout(set = 0, binding = 0) readonly buffer Points
{
    uint points[];
};

layout(location = 0) out vec2 offset; // from the disc's centre

void main()
{
    uint at = p.base + 2u * uint(gl_InstanceIndex);
    vec2 value = vec2(number_value(points[at], 0u, VIEW_NUMBER_F32, 1.0, 0.0),
                      number_value(points[at + 1u], 0u, VIEW_NUMBER_F32, 1.0, 0.0));
    float reach = p.radius + 0.51; // to the middles of the pixels that the disc's edge meets
    offset = gl_VertexIndex == 0 ? vec2(0.0, -2.0) : vec2(gl_VertexIndex == 1 ? 1.7320509 : -1.7320509, 1.0);
    offset *= reach;
    if (value.x == MISSING || value.y == MISSING)
        offset = vec2(0.0);
    vec2 centre = vec2(p.origin_x, p.origin_y) + vec2(p.factor_x, p.factor_y) * value;
    centre = clamp(centre, vec2(-1e6), vec2(1e6));
    gl_Position = pixel_position(centre + offset, p.viewport_width, p.viewport_height);
}
