#version 450
#extension GL_GOOGLE_include_directive : require
// Distance to the nearest of the segments around the pixel's column, so that a line of any slope and any density of
// points is equally thick and covers a pixel once.
#include "view/params.h"

layout(push_constant) uniform Params
{
    view_curve_params p;
};
#include "view/curve_values.glsl"

layout(location = 0) out vec4 colour;

void main()
{
    vec2 pixel = gl_FragCoord.xy;
    ivec2 k = segments_between(pixel.x, pixel.x, p.half_width + 1.0);
    float nearest = 1e9;
    float from = k.x <= k.y ? point_y(k.x) : NOWHERE;
    for (int i = k.x; i <= k.y; i++) {
        float to = point_y(i + 1);
        if (from != NOWHERE && to != NOWHERE)
            nearest = min(nearest, segment_distance(pixel, vec2(point_x(i), from), vec2(point_x(i + 1), to)));
        from = to;
    }
    float coverage = line_coverage(nearest, p.half_width) * dash_coverage(pixel.x - p.x, p.dash, p.gap);
    colour = with_coverage(p.colour, coverage);
}
