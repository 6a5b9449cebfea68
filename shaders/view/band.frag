#version 450
#extension GL_GOOGLE_include_directive : require
// The part of the pixel between the two curves; edges are softened at right angles to their slope.
#include "view/params.h"

layout(push_constant) uniform Params
{
    view_band_params p;
};
#include "view/band_values.glsl"

layout(location = 0) out vec4 colour;

void main()
{
    vec2 pixel = gl_FragCoord.xy;
    int k = segments_between(pixel.x, pixel.x, 0.0).x;
    colour = vec4(0.0);
    if (p.closed == 0u && (k < 0 || k > int(p.count) - 2))
        return;
    vec2 from = point_band(k), to = point_band(k + 1);
    if (!has_band(from) || !has_band(to))
        return;
    float t = (pixel.x - point_x(k)) / p.step;
    vec2 here = mix(from, to, t);
    vec2 slope = (to - from) / p.step;
    vec2 narrow = inversesqrt(1.0 + slope * slope);
    bool crossed = here.x < here.y; // the "lower" curve lies above: y runs downwards
    float above = crossed ? (pixel.y - here.x) * narrow.x : (pixel.y - here.y) * narrow.y;
    float below = crossed ? (here.y - pixel.y) * narrow.y : (here.x - pixel.y) * narrow.x;
    float coverage = clamp(above + 0.5, 0.0, 1.0) + clamp(below + 0.5, 0.0, 1.0) - 1.0;
    colour = with_coverage(p.colour, max(coverage, 0.0));
}
