#include "view/colour.h"

#include <math.h>

struct view_colour view_rgb(uint32_t hex)
{
    return (struct view_colour){(uint8_t)(hex >> 16), (uint8_t)(hex >> 8), (uint8_t)hex, 255};
}

static float unit(float value)
{
    return value > 0 ? value < 1 ? value : 1 : 0;
}

static uint8_t byte_of(float value)
{
    return (uint8_t)lroundf(255 * unit(value));
}

struct view_colour view_alpha(struct view_colour colour, float alpha)
{
    colour.a = byte_of(alpha);
    return colour;
}

static uint8_t mix_byte(uint8_t a, uint8_t b, float t)
{
    return (uint8_t)lroundf((float)a + ((float)b - (float)a) * unit(t));
}

struct view_colour view_mix(struct view_colour a, struct view_colour b, float t)
{
    return (struct view_colour){mix_byte(a.r, b.r, t), mix_byte(a.g, b.g, t), mix_byte(a.b, b.b, t),
                                mix_byte(a.a, b.a, t)};
}

/* ---- OKLab (B. Ottosson, "A perceptual color space for image processing", 2020) ---- */

static float encode(float linear)
{
    linear = unit(linear);
    return linear <= 0.0031308f ? 12.92f * linear : 1.055f * powf(linear, 1 / 2.4f) - 0.055f;
}

static struct view_colour from_oklab(float lightness, float a, float b)
{
    float l = lightness + 0.3963377774f * a + 0.2158037573f * b;
    float m = lightness - 0.1055613458f * a - 0.0638541728f * b;
    float s = lightness - 0.0894841775f * a - 1.2914855480f * b;
    l = l * l * l;
    m = m * m * m;
    s = s * s * s;
    return (struct view_colour){byte_of(encode(4.0767416621f * l - 3.3077115913f * m + 0.2309699292f * s)),
                                byte_of(encode(-1.2684380046f * l + 2.6097574011f * m - 0.3413193965f * s)),
                                byte_of(encode(-0.0041960863f * l - 0.7034186147f * m + 1.7076147010f * s)),
                                255};
}

/* ---- the maps ---- */

/* Sixteen equally spaced colours of viridis (S. van der Walt and N. Smith, released as CC0), joined by a
 * Catmull-Rom spline. */
static struct view_colour viridis(float t)
{
    static const uint32_t points[] = {0x440154, 0x481a6c, 0x472f7d, 0x414487, 0x39568c, 0x31688e,
                                      0x2a788e, 0x23888e, 0x1f988b, 0x22a884, 0x35b779, 0x54c568,
                                      0x7ad151, 0xa5db36, 0xd2e21b, 0xfde725};
    const int last = sizeof points / sizeof *points - 1;
    float position = t * (float)last;
    int cell = (int)position < last ? (int)position : last - 1;
    float u = position - (float)cell;
    float channel[3];
    for (int c = 0; c < 3; c++) {
        float p[4];
        for (int i = 0; i < 4; i++) {
            int at = cell + i - 1;
            at = at < 0 ? 0 : at > last ? last : at;
            p[i] = (float)(points[at] >> (16 - 8 * c) & 255) / 255;
        }
        channel[c] =
            p[1] + u / 2 *
                       (p[2] - p[0] +
                        u * (2 * p[0] - 5 * p[1] + 4 * p[2] - p[3] + u * (3 * (p[1] - p[2]) + p[3] - p[0])));
    }
    return (struct view_colour){byte_of(channel[0]), byte_of(channel[1]), byte_of(channel[2]), 255};
}

struct hue_arm {
    float lightness;   /* at the end */
    float chroma, hue; /* hue in degrees */
};

/* Lightness is linear in the distance from the middle; chroma rises faster, so that the sign shows early. */
static struct view_colour diverging(float t, float middle, struct hue_arm below, struct hue_arm above)
{
    const float radians = 3.14159265f / 180;
    struct hue_arm arm = t < 0.5f ? below : above;
    float s = fabsf(2 * t - 1);
    float chroma = arm.chroma * (1 - (1 - s) * (1 - s));
    float lightness = middle + (arm.lightness - middle) * s;
    return from_oklab(lightness, chroma * cosf(arm.hue * radians), chroma * sinf(arm.hue * radians));
}

/* Light at 0, dark at 1/2; blue on the way down, red on the way back, so that no two angles share a colour.
 */
static struct view_colour cyclic(float t)
{
    const float turn = 6.28318531f * t;
    float lightness = 0.57f + 0.31f * cosf(turn);
    float side = sinf(turn);
    float depth = 0.5f - 0.5f * cosf(turn);
    return from_oklab(lightness, (side > 0 ? -0.02f : -0.12f) * side + 0.06f * depth,
                      (side > 0 ? -0.12f : -0.06f) * side - 0.06f * depth);
}

/* Along the one opponent axis that the usual forms of colour blindness leave: dark blue, grey, light yellow.
 */
static struct view_colour blue_yellow(float t)
{
    return from_oklab(0.26f + 0.66f * t, -0.012f * t, -0.095f + 0.235f * t);
}

/* Of viridis on a light page: its last fifth, yellow, is hardly told from the paper. */
#define LIGHTEST_ON_LIGHT 0.8f

static struct view_colour exact(enum view_map map, float t)
{
    switch (map) {
    case VIEW_MAP_VIRIDIS:
        return viridis(t);
    case VIEW_MAP_VIRIDIS_REVERSED:
        return viridis(LIGHTEST_ON_LIGHT * (1 - t));
    case VIEW_MAP_DIVERGING_DARK:
        return diverging(t, 0.22f, (struct hue_arm){0.80f, 0.13f, 240}, (struct hue_arm){0.80f, 0.15f, 62});
    case VIEW_MAP_DIVERGING_LIGHT:
        return diverging(t, 0.97f, (struct hue_arm){0.38f, 0.14f, 258}, (struct hue_arm){0.40f, 0.15f, 38});
    case VIEW_MAP_CYCLIC:
        return cyclic(t);
    case VIEW_MAP_BLUE_YELLOW:
        return blue_yellow(t);
    default:
        return view_mix(view_rgb(0x000000), view_rgb(0xffffff), t);
    }
}

struct view_colour view_map_colour(enum view_map map, float t)
{
    const int last = VIEW_MAP_ENTRIES - 1;
    float position = unit(t) * (float)last;
    int cell = (int)position < last ? (int)position : last - 1;
    return view_mix(exact(map, (float)cell / (float)last), exact(map, (float)(cell + 1) / (float)last),
                    position - (float)cell);
}

void view_map_table(uint32_t *table)
{
    for (int map = 0; map < VIEW_MAPS; map++)
        for (int entry = 0; entry < VIEW_MAP_ENTRIES; entry++) {
            struct view_colour c = exact((enum view_map)map, (float)entry / (VIEW_MAP_ENTRIES - 1));
            *table++ = (uint32_t)c.r | (uint32_t)c.g << 8 | (uint32_t)c.b << 16 | (uint32_t)c.a << 24;
        }
}
