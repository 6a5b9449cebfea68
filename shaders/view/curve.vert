#version 450
#extension GL_GOOGLE_include_directive : require
// A quad for each slab of columns, as high as the curve is there.
#include "view/params.h"

layout(push_constant) uniform Params
{
    view_curve_params p;
};
#include "view/curve_values.glsl"

void main()
{
    float left = p.x + float(gl_InstanceIndex) * p.slab;
    float right = min(left + p.slab, p.x + p.width);
    float reach = p.half_width + 1.0;
    ivec2 k = segments_between(left, right, reach);
    float top = 1e9, bottom = -1e9;
    for (int i = k.x; i <= k.y + 1 && k.x <= k.y; i++) {
        float y = point_y(i);
        if (y != NOWHERE) {
            top = min(top, y);
            bottom = max(bottom, y);
        }
    }
    top = max(top - reach, p.y - reach);
    bottom = min(bottom + reach, p.y + p.height + reach);
    vec2 corner = quad_corner(gl_VertexIndex);
    vec2 pixel = top < bottom ? mix(vec2(left, top), vec2(right, bottom), corner) : vec2(left, p.y);
    gl_Position = pixel_position(pixel, p.viewport_width, p.viewport_height);
}
