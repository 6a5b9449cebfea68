#version 450
#extension GL_GOOGLE_include_directive : require
// A grid of numbers as colours: one cell over many pixels, or many cells in one.
#include "view/params.h"

layout(push_constant) uniform Params
{
    view_heat_params p;
};
layout(set = 0, binding = 0) readonly buffer Cells
{
    uint cells[];
};
layout(set = 0, binding = 1) readonly buffer Maps
{
    uint maps[];
};
#include "view/colours.glsl"

layout(location = 0) out vec4 colour;

float cell_value(uint row, uint column)
{
    uint at = row * p.columns + column;
    if (p.arranged != VIEW_ARRANGED_FULL) {
        if (row == column)
            return MISSING;
        if (p.arranged == VIEW_ARRANGED_UPPER) {
            uint i = min(row, column), j = max(row, column);
            at = i * p.columns - i * (i + 1u) / 2u + (j - i - 1u);
        } else if (p.arranged == VIEW_ARRANGED_ORDERED) {
            at = row * (p.columns - 1u) + column - uint(column > row);
        }
    }
    return number_value(cells[p.base + at * p.stride], 0u, p.number, p.scale, p.bias);
}

// The cells whose part of the area meets the pixel's, as [from, to).
uvec2 cells_of(float pixel, float size, uint count)
{
    float a_pixel = float(count) / size;
    if (a_pixel <= 1.0) {
        uint cell = min(uint((pixel + 0.5) * a_pixel), count - 1u);
        return uvec2(cell, cell + 1u);
    }
    uint from = min(uint(pixel * a_pixel), count - 1u);
    return uvec2(from, clamp(uint(ceil((pixel + 1.0) * a_pixel)), from + 1u, count));
}

float reduced(uvec2 rows, uvec2 columns)
{
    float extreme = MISSING, sum = 0.0, seen = 0.0;
    for (uint row = rows.x; row < rows.y; row++)
        for (uint column = columns.x; column < columns.y; column++) {
            float value = cell_value(row, column);
            if (value == MISSING)
                continue;
            if (extreme == MISSING || abs(value) > abs(extreme))
                extreme = value;
            sum += value;
            seen += 1.0;
        }
    return seen > 0.0 && (p.flags & VIEW_HEAT_MEAN) != 0u ? sum / seen : extreme;
}

// Straight between the four cells around; the nearest one where any of them is missing.
float interpolated(vec2 at)
{
    vec2 grid = vec2(float(p.columns), float(p.rows));
    vec2 place = clamp(at * grid - 0.5, vec2(0.0), grid - 1.0);
    uvec2 low = uvec2(place);
    uvec2 high = min(low + 1u, uvec2(p.columns, p.rows) - 1u);
    vec2 t = place - vec2(low);
    float a = cell_value(low.y, low.x), b = cell_value(low.y, high.x);
    float c = cell_value(high.y, low.x), d = cell_value(high.y, high.x);
    if (a == MISSING || b == MISSING || c == MISSING || d == MISSING)
        return t.x < 0.5 ? (t.y < 0.5 ? a : c) : (t.y < 0.5 ? b : d);
    return mix(mix(a, b, t.x), mix(c, d, t.x), t.y);
}

void main()
{
    vec2 offset = gl_FragCoord.xy - vec2(p.x, p.y);
    if ((p.flags & VIEW_HEAT_FLIP_X) != 0u)
        offset.x = p.width - offset.x;
    if ((p.flags & VIEW_HEAT_FLIP_Y) != 0u)
        offset.y = p.height - offset.y;
    float value;
    if ((p.flags & VIEW_HEAT_SMOOTH) != 0u && float(p.columns) < p.width && float(p.rows) < p.height)
        value = interpolated(offset / vec2(p.width, p.height));
    else
        value = reduced(cells_of(floor(offset.y), p.height, p.rows), cells_of(floor(offset.x), p.width, p.columns));
    ColourRange range = ColourRange(p.colour_low, p.colour_inverse, p.colour_scale, p.map, p.flags, p.missing,
                                    p.under, p.over);
    // Stripes, for a colour alone would be taken for a value of one map or another.
    uvec2 whole = uvec2(gl_FragCoord.xy);
    bool stripe = (whole.x + whole.y) % VIEW_STRIPE_PERIOD < VIEW_STRIPE;
    colour = value == MISSING && !stripe ? unpackUnorm4x8(p.under) : value_colour(value, range);
}
