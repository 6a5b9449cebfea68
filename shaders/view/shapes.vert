#version 450
#extension GL_GOOGLE_include_directive : require
// One quad an instance, large enough for the shape and its soft edge.
#include "view/params.h"
#include "view/plane.glsl"

layout(push_constant) uniform Params
{
    view_shapes_params p;
};
layout(set = 0, binding = 0) readonly buffer Shapes
{
    uint shapes[];
};

layout(location = 0) flat out uvec2 head;
layout(location = 1) flat out vec4 first;
layout(location = 2) flat out vec4 second;
layout(location = 3) flat out vec4 third;
layout(location = 4) flat out uvec4 words; // the third group as words

float number(uint at)
{
    return uintBitsToFloat(shapes[at]);
}

vec2 around_segment(vec2 corner)
{
    float reach = third.x + 1.0;
    vec2 along = first.zw - first.xy;
    float size = length(along);
    along = size > 0.0 ? along / size : vec2(1.0, 0.0);
    vec2 across = vec2(-along.y, along.x);
    return mix(first.xy - reach * along, first.zw + reach * along, corner.x) + (2.0 * corner.y - 1.0) * reach * across;
}

vec2 around_glyph(vec2 corner)
{
    // A pixel's square reaches half a pixel from its middle; the rest is for rounding.
    vec2 low = second.xy * first.zw - 0.51, high = second.zw * first.zw + 0.51;
    vec2 at = mix(low, high, corner);
    return first.xy + (words.z != 0u ? vec2(-at.y, -at.x) : vec2(at.x, -at.y));
}

void main()
{
    uint at = (p.first + uint(gl_InstanceIndex)) * VIEW_SHAPE_WORDS;
    head = uvec2(shapes[at], shapes[at + 1u]);
    first = vec4(number(at + 2u), number(at + 3u), number(at + 4u), number(at + 5u));
    second = vec4(number(at + 6u), number(at + 7u), number(at + 8u), number(at + 9u));
    words = uvec4(shapes[at + 10u], shapes[at + 11u], shapes[at + 12u], shapes[at + 13u]);
    third = uintBitsToFloat(words);
    uint kind = head.x & VIEW_SHAPE_KIND_MASK;
    vec2 corner = quad_corner(gl_VertexIndex);
    vec2 pixel;
    if (kind == VIEW_SHAPE_SEGMENT) {
        pixel = around_segment(corner);
    } else if (kind == VIEW_SHAPE_GLYPH) {
        pixel = around_glyph(corner);
    } else if (kind == VIEW_SHAPE_TRIANGLE) {
        pixel = mix(min(min(first.xy, first.zw), second.xy) - 1.0, max(max(first.xy, first.zw), second.xy) + 1.0, corner);
    } else {
        vec2 half_size = kind == VIEW_SHAPE_DIAMOND ? vec2(first.z) : first.zw;
        pixel = first.xy + (2.0 * corner - 1.0) * (half_size + 1.0);
    }
    gl_Position = pixel_position(pixel, p.viewport_width, p.viewport_height);
}
