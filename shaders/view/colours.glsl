// From a value to a colour. The including shader has the table of maps as `uint maps[]`.
#ifndef ARCLIGHT_VIEW_COLOURS
#define ARCLIGHT_VIEW_COLOURS
#include "view/numbers.glsl"

const uint MAP_ENTRIES = 256u;

vec4 map_colour(uint map, float t)
{
    float position = clamp(t, 0.0, 1.0) * float(MAP_ENTRIES - 1u);
    uint cell = min(uint(position), MAP_ENTRIES - 2u);
    return mix(unpackUnorm4x8(maps[map * MAP_ENTRIES + cell]), unpackUnorm4x8(maps[map * MAP_ENTRIES + cell + 1u]),
               position - float(cell));
}

struct ColourRange {
    float low;
    float inverse;
    uint scale;
    uint map;
    uint flags;
    uint missing;
    uint under;
    uint over;
};

vec4 value_colour(float value, ColourRange range)
{
    if (value == MISSING)
        return unpackUnorm4x8(range.missing);
    float t = (scale_apply(range.scale, value) - range.low) * range.inverse;
    if (t < 0.0 && (range.flags & VIEW_COLOUR_HIDE_BELOW) != 0u)
        return vec4(0.0);
    if (t < 0.0 && (range.flags & VIEW_COLOUR_OUTSIDE) != 0u)
        return unpackUnorm4x8(range.under);
    if (t > 1.0 && (range.flags & VIEW_COLOUR_OUTSIDE) != 0u)
        return unpackUnorm4x8(range.over);
    return map_colour(range.map, t);
}
#endif
