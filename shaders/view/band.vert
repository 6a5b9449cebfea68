#version 450
#extension GL_GOOGLE_include_directive : require
// A quad for each slab of columns, as high as the band is there.
#include "view/params.h"

layout(push_constant) uniform Params
{
    view_band_params p;
};
#include "view/band_values.glsl"

void main()
{
    float left = p.x + float(gl_InstanceIndex) * p.slab;
    float right = min(left + p.slab, p.x + p.width);
    ivec2 k = segments_between(left, right, 0.0);
    float top = 1e9, bottom = -1e9;
    for (int i = k.x; i <= k.y + 1 && k.x <= k.y; i++) {
        vec2 band = point_band(i);
        if (has_band(band)) {
            top = min(top, min(band.x, band.y));
            bottom = max(bottom, max(band.x, band.y));
        }
    }
    top = max(top - 1.0, p.y);
    bottom = min(bottom + 1.0, p.y + p.height);
    vec2 corner = quad_corner(gl_VertexIndex);
    vec2 pixel = top < bottom ? mix(vec2(left, top), vec2(right, bottom), corner) : vec2(left, p.y);
    gl_Position = pixel_position(pixel, p.viewport_width, p.viewport_height);
}
