#version 450
#extension GL_GOOGLE_include_directive : require
// A closed polar curve: distance to the nearest of the segments within reach of the pixel's direction, and whether
// the pixel lies on the centre's side of the one straight ahead.
#include "view/numbers.glsl"
#include "view/plane.glsl"

layout(push_constant) uniform Params
{
    view_rose_params p;
};
layout(set = 0, binding = 0) readonly buffer Low
{
    uint low[];
};
layout(set = 0, binding = 1) readonly buffer High
{
    uint high[];
};

layout(location = 0) out vec4 colour;

const float TURN = 6.283185307;

// How far out number k (any whole number) lies; a missing one lies in the centre.
float radius_of(int k)
{
    int count = int(p.count);
    uint at = uint(k - count * int(floor(float(k) / float(count)))) * p.stride;
    uint upper = p.number == VIEW_NUMBER_U64 ? high[p.high_base + at] : 0u;
    float value = number_value(low[p.low_base + at], upper, p.number, p.scale, p.bias);
    return value == MISSING
               ? 0.0
               : p.radius * clamp(axis_position(p.axis_scale, p.axis_low, p.axis_inverse, value), 0.0, 1.0);
}

// The direction of number k, y upwards.
vec2 direction(int k)
{
    float angle = TURN * float(k) / float(p.count);
    return vec2(cos(angle), sin(angle));
}

// The next number's: turned by one step, which is quicker than a cosine and a sine.
vec2 turned(vec2 way, vec2 a_step)
{
    return vec2(way.x * a_step.x - way.y * a_step.y, way.x * a_step.y + way.y * a_step.x);
}

// Source over, both with straight alpha.
vec4 over(vec4 top, vec4 bottom)
{
    float alpha = top.a + bottom.a * (1.0 - top.a);
    return vec4((top.rgb * top.a + bottom.rgb * bottom.a * (1.0 - top.a)) / max(alpha, 1e-6), alpha);
}

void main()
{
    vec2 pixel = vec2(gl_FragCoord.x - p.centre_x, p.centre_y - gl_FragCoord.y);
    float r = length(pixel), reach = p.half_width + 1.0, count = float(p.count);
    float ahead = r > 1e-3 ? atan(pixel.y, pixel.x) / TURN * count : 0.0;
    // A segment within `reach` of the pixel has a part within this angle of it; near the centre all may.
    float wide = r > 1.01 * reach ? asin(reach / r) / TURN * count : 0.5 * count;
    int from = int(floor(ahead - wide)), to = int(floor(ahead + wide));
    float nearest = 1e9;
    vec2 a_step = direction(1), way = direction(from);
    vec2 a = radius_of(from) * way;
    for (int k = from; k <= to; k++) {
        way = turned(way, a_step);
        vec2 b = radius_of(k + 1) * way;
        nearest = min(nearest, segment_distance(pixel, a, b));
        a = b;
    }
    int k = int(floor(ahead));
    way = direction(k);
    a = radius_of(k) * way;
    vec2 along = radius_of(k + 1) * turned(way, a_step) - a;
    float side = along.x * (pixel.y - a.y) - along.y * (pixel.x - a.x);
    // beyond both ends nothing is inside; where both lie in the centre they have no side
    bool within = side >= 0.0 && r <= max(length(a), length(a + along));
    float inside = edge_coverage(within ? -nearest : nearest);
    colour = over(with_coverage(p.colour, line_coverage(nearest, p.half_width)), with_coverage(p.fill, inside));
}
