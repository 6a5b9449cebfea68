// Pixels: corners of quads, coverage of edges, distances.
#ifndef ARCLIGHT_VIEW_PLANE
#define ARCLIGHT_VIEW_PLANE

// The corners of two triangles: (0,0) (1,0) (0,1) (0,1) (1,0) (1,1).
vec2 quad_corner(int vertex)
{
    return vec2(float(vertex == 1 || vertex == 4 || vertex == 5), float(vertex == 2 || vertex == 3 || vertex == 5));
}

vec4 pixel_position(vec2 pixel, float width, float height)
{
    return vec4(2.0 * pixel.x / width - 1.0, 2.0 * pixel.y / height - 1.0, 0.0, 1.0);
}

// How much of a pixel's width lies inside an edge whose signed distance is d (negative inside).
float edge_coverage(float d)
{
    return clamp(0.5 - d, 0.0, 1.0);
}

// How much of a pixel's width lies within half_width of a line at distance d >= 0; right for lines thinner than a
// pixel too.
float line_coverage(float d, float half_width)
{
    return clamp(min(d + 0.5, half_width) - max(d - 0.5, -half_width), 0.0, 1.0);
}

// Distance to a segment. Ends are taken as given, so that two segments that share one agree on it exactly.
float segment_distance(vec2 p, vec2 a, vec2 b)
{
    vec2 along = b - a;
    float t = dot(p - a, along) / max(dot(along, along), 1e-12);
    vec2 nearest = t <= 0.0 ? a : t >= 1.0 ? b : a + t * along;
    return length(p - nearest);
}

// Coverage of a dash at position s along the line; dash and gap alternate.
float dash_coverage(float s, float dash, float gap)
{
    if (dash <= 0.0)
        return 1.0;
    float period = dash + gap;
    float at = s - period * floor(s / period);
    float inside = at < dash ? min(at, dash - at) : -min(at - dash, period - at);
    return clamp(0.5 + inside, 0.0, 1.0);
}

vec4 with_coverage(uint colour, float coverage)
{
    vec4 c = unpackUnorm4x8(colour);
    return vec4(c.rgb, c.a * coverage);
}
#endif
