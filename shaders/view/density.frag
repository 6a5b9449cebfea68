#version 450
#extension GL_GOOGLE_include_directive : require
// How many curves pass through the pixel's span of values, from the bins of their counts: as curves in a hundredth of
// the axis, or in one count where that is higher.
#include "common/count_bins.h"
#include "view/params.h"

layout(push_constant) uniform Params
{
    view_density_params p;
};
layout(set = 0, binding = 0) readonly buffer Counts
{
    uint counts[];
};
layout(set = 0, binding = 1) readonly buffer Maps
{
    uint maps[];
};
#include "view/colours.glsl"

layout(location = 0) out vec4 colour;

const float UNIT = 0.01; // densities are curves in a hundredth of the axis
const float LARGE = 3.0; // pixels of a count that is a cell

float curves_in(uint angle, uint bin)
{
    return float(counts[p.base + angle * COUNT_BINS + bin]);
}

float bin_middle(uint bin)
{
    return float(count_bin_lower(bin)) + 0.5 * float(count_bin_width(bin)) - 0.5;
}

float bin_density(uint angle, uint bin)
{
    return curves_in(angle, bin) / float(count_bin_width(bin));
}

// Curves a count at `count`, straight between the middles of the bins, but for those without a curve: no colour on the
// way down to nothing.
float density_at(uint angle, float count)
{
    uint bin = count_bin(uint(max(count + 0.5, 0.0)));
    float middle = bin_middle(bin);
    uint other = count < middle ? max(bin, 1u) - 1u : min(bin + 1u, COUNT_BINS - 1u);
    float apart = bin_middle(other) - middle;
    float t = apart != 0.0 ? clamp((count - middle) / apart, 0.0, 1.0) : 0.0;
    float here = bin_density(angle, bin), there = bin_density(angle, other);
    return here > 0.0 && there > 0.0 ? mix(here, there, t) : here;
}

// Curves whose count lies within from..to, each count c taking the span c - 1/2 to c + 1/2. Bins that are wider than
// the span are taken as sloping, so that no steps show; narrow ones are added up.
float curves_between(uint angle, float from, float to)
{
    from = max(from, -0.5);
    if (to <= from)
        return 0.0;
    float middle = 0.5 * (from + to);
    float width = float(count_bin_width(count_bin(uint(max(middle + 0.5, 0.0)))));
    if (width > 1.0 && width >= to - from)
        return density_at(angle, middle) * (to - from);
    uint first = count_bin(uint(from + 0.5));
    uint last = count_bin(uint(max(to + 0.5, 0.0)));
    float sum = 0.0;
    for (uint bin = first; bin <= last; bin++) {
        float low = float(count_bin_lower(bin)) - 0.5, size = float(count_bin_width(bin));
        float common_part = min(to, low + size) - max(from, low);
        sum += curves_in(angle, bin) * clamp(common_part / size, 0.0, 1.0);
    }
    return sum;
}

void main()
{
    vec2 pixel = gl_FragCoord.xy;
    float t = (p.y + p.height - pixel.y) / p.height, half_pixel = 0.5 / p.height;
    float from = scale_invert(p.axis_scale, p.axis_low + (t - half_pixel) * p.axis_span) * p.counts_a_unit;
    float to = scale_invert(p.axis_scale, p.axis_low + (t + half_pixel) * p.axis_span) * p.counts_a_unit;
    if (p.axis_scale == VIEW_SCALE_SQRT && p.axis_low + (t - half_pixel) * p.axis_span < 0.0)
        from = -0.5;
    to = min(to, 4.0e9);
    float angle = (pixel.x - p.x - p.first) / p.step;
    float whole = floor(angle);
    float count = float(p.angles);
    uint left = uint(whole - count * floor(whole / count));
    left = min(left, p.angles - 1u);
    uint right = left + 1u < p.angles ? left + 1u : 0u;
    // Counts and angles that are larger than pixels are cells of one colour; straight lines between them would have
    // edges of colours that no number has.
    float t_angle = p.step > 1.0 ? step(0.5, angle - whole) : angle - whole;
    float counts_a_pixel = max(to - from, 1e-9), hundredth = UNIT * p.height * counts_a_pixel;
    uint nearest = count_bin(uint(max(0.5 * (from + to) + 0.5, 0.0)));
    float density;
    if (counts_a_pixel * LARGE < 1.0 && count_bin_width(nearest) == 1u) {
        density = mix(curves_in(left, nearest), curves_in(right, nearest), t_angle) * max(1.0, hundredth);
    } else {
        float curves = mix(curves_between(left, from, to), curves_between(right, from, to), t_angle);
        density = curves / counts_a_pixel * max(1.0, hundredth);
    }
    ColourRange range = ColourRange(p.colour_low, p.colour_inverse, p.colour_scale, p.map, p.flags, p.missing,
                                    p.under, p.over);
    colour = value_colour(density, range);
}
