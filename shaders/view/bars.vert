#version 450
#extension GL_GOOGLE_include_directive : require
// A bar for each number, from the axis's start up; see view_bars.
#include "view/numbers.glsl"
#include "view/plane.glsl"

layout(push_constant) uniform Params
{
    view_bars_params p;
};
layout(set = 0, binding = 0) readonly buffer Numbers
{
    uint numbers[];
};

layout(location = 0) out vec2 pixel;
layout(location = 1) flat out vec4 box; // left, top, right, bottom

void main()
{
    uint k = uint(gl_InstanceIndex);
    float value = number_value(numbers[p.base + k * p.stride], 0u, p.number, p.scale, p.bias);
    float top = value == MISSING ? 0.0 : axis_position(p.axis_scale, p.axis_low, p.axis_inverse, value);
    float left = p.x + p.first + p.step * float(k), bottom = p.y + p.height;
    box = vec4(left + 0.5 * p.gap, bottom - max(top, 0.0) * p.height, left + p.step - 0.5 * p.gap, bottom);
    vec2 corner = quad_corner(gl_VertexIndex);
    pixel = mix(box.xy - 1.0, box.zw + 1.0, corner);
    if (top <= 0.0)
        pixel = box.xw;
    pixel = clamp(pixel, vec2(-1e6), vec2(1e6));
    gl_Position = pixel_position(pixel, p.viewport_width, p.viewport_height);
}
