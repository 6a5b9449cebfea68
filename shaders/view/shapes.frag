#version 450
#extension GL_GOOGLE_include_directive : require
// The part of a pixel that a shape covers, worked out from the shape itself.
#include "view/params.h"
#include "view/plane.glsl"

layout(push_constant) uniform Params
{
    view_shapes_params p;
};
layout(set = 0, binding = 1) readonly buffer Font
{
    uvec2 segments[];
};
layout(set = 0, binding = 2) readonly buffer Maps
{
    uint maps[];
};
#include "view/colours.glsl"

layout(location = 0) flat in uvec2 head;
layout(location = 1) flat in vec4 first;
layout(location = 2) flat in vec4 second;
layout(location = 3) flat in vec4 third;
layout(location = 4) flat in uvec4 words;
layout(location = 0) out vec4 colour;

float box_coverage(vec2 offset, vec2 half_size, float radius, float stroke)
{
    if (radius <= 0.0 && stroke <= 0.0) {
        vec2 overlap = min(offset + 0.5, half_size) - max(offset - 0.5, -half_size);
        overlap = clamp(overlap, 0.0, 1.0);
        return overlap.x * overlap.y;
    }
    vec2 q = abs(offset) - half_size + radius;
    float d = length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - radius;
    return stroke > 0.0 ? line_coverage(abs(d + 0.5 * stroke), 0.5 * stroke) : edge_coverage(d);
}

// A pixel belongs to the segment of its line that is nearest, the earlier one at equal distance, so that joins are
// round and no pixel is covered twice.
float segment_coverage(vec2 pixel)
{
    float d = segment_distance(pixel, first.xy, first.zw);
    if ((head.x & VIEW_SHAPE_HAS_BEFORE) != 0u && segment_distance(pixel, second.xy, first.xy) <= d)
        return 0.0;
    if ((head.x & VIEW_SHAPE_HAS_AFTER) != 0u && segment_distance(pixel, first.zw, second.zw) < d)
        return 0.0;
    float half_width = third.x, dash = third.y, gap = third.z, phase = third.w;
    if (dash <= 0.0)
        return line_coverage(d, half_width);
    vec2 along = normalize(first.zw - first.xy);
    float s = dot(pixel - first.xy, along);
    float ends = clamp(min(s, distance(first.xy, first.zw) - s) + 0.5, 0.0, 1.0);
    bool joined = (head.x & (VIEW_SHAPE_HAS_BEFORE | VIEW_SHAPE_HAS_AFTER)) != 0u;
    return line_coverage(d, half_width) * dash_coverage(s + phase, dash, gap) * (joined ? 1.0 : ends);
}

float triangle_coverage(vec2 pixel)
{
    vec2 a = first.xy, b = first.zw, c = second.xy;
    float turn = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    vec2 ab = normalize(b - a), bc = normalize(c - b), ca = normalize(a - c);
    vec3 d = vec3(ab.y * (pixel.x - a.x) - ab.x * (pixel.y - a.y), bc.y * (pixel.x - b.x) - bc.x * (pixel.y - b.y),
                  ca.y * (pixel.x - c.x) - ca.x * (pixel.y - c.y)) * sign(turn);
    return edge_coverage(max(d.x, max(d.y, d.z)));
}

// Integral of clamp(x, 0, 1) from minus infinity.
float ramp_integral(float x)
{
    float held = clamp(x, 0.0, 1.0);
    return 0.5 * held * held + max(x - 1.0, 0.0);
}

const float FONT_BANDS = 16.0;

// The exact area of the outline within the pixel: by Green's theorem the sum over the segments of the integral of
// clamp(x - left, 0, 1) dy within the pixel's rows, where x runs along the segment.
float glyph_coverage(vec2 pixel)
{
    vec2 offset = pixel - first.xy;
    vec2 low = (words.z != 0u ? vec2(-offset.y, -offset.x) : vec2(offset.x, -offset.y)) - 0.5;
    vec2 scale = first.zw;
    float area = 0.0;
    // The bands that the pixel's height meets (src/view/font.h); a hundredth of one is for rounding.
    vec2 heights = (vec2(low.y, low.y + 1.0) / scale.y - second.y) * (FONT_BANDS / (second.w - second.y));
    uvec2 bands = uvec2(clamp(floor(heights + vec2(-0.01, 0.01)), 0.0, FONT_BANDS - 1.0));
    uint first_sorted = segments[words.x + words.y + bands.x].x;
    uint end_sorted = segments[words.x + words.y + bands.y].y;
    uint rounds = words.w + (end_sorted > first_sorted ? end_sorted - first_sorted : 0u);
    for (uint i = 0u; i < rounds; i++) {
        uvec2 packed = segments[words.x + (i < words.w ? i : first_sorted + i - words.w)];
        vec2 a = vec2(bitfieldExtract(int(packed.x), 0, 16), bitfieldExtract(int(packed.x), 16, 16)) * scale - low;
        vec2 b = vec2(bitfieldExtract(int(packed.y), 0, 16), bitfieldExtract(int(packed.y), 16, 16)) * scale - low;
        float y0 = clamp(a.y, 0.0, 1.0), y1 = clamp(b.y, 0.0, 1.0);
        if (y0 == y1)
            continue;
        float slope = (b.x - a.x) / (b.y - a.y);
        float x0 = a.x + (y0 - a.y) * slope, x1 = a.x + (y1 - a.y) * slope;
        float run = x1 - x0;
        float mean = abs(run) > 1e-3 ? (ramp_integral(x1) - ramp_integral(x0)) / run : clamp(0.5 * (x0 + x1), 0.0, 1.0);
        area += (y1 - y0) * mean;
    }
    return clamp(abs(area), 0.0, 1.0);
}

void main()
{
    uint kind = head.x & VIEW_SHAPE_KIND_MASK;
    vec2 pixel = gl_FragCoord.xy;
    if (kind == VIEW_SHAPE_GLYPH) {
        colour = with_coverage(head.y, glyph_coverage(pixel));
    } else if (kind == VIEW_SHAPE_SEGMENT) {
        colour = with_coverage(head.y, segment_coverage(pixel));
    } else if (kind == VIEW_SHAPE_TRIANGLE) {
        colour = with_coverage(head.y, triangle_coverage(pixel));
    } else if (kind == VIEW_SHAPE_DIAMOND) {
        vec2 offset = abs(pixel - first.xy);
        colour = with_coverage(head.y, edge_coverage((offset.x + offset.y - first.z) * 0.70710678));
    } else if (kind == VIEW_SHAPE_GRADIENT) {
        vec2 t = 0.5 + 0.5 * (pixel - first.xy) / first.zw;
        colour = map_colour(words.x, words.y != 0u ? 1.0 - t.y : t.x);
        colour.a *= box_coverage(pixel - first.xy, first.zw, 0.0, 0.0);
    } else {
        colour = with_coverage(head.y, box_coverage(pixel - first.xy, first.zw, second.x, second.y));
    }
}
