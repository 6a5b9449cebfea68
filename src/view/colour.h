/* Colours and colour maps. All values are sRGB-encoded, as they stand in the picture. */
#ifndef ARCLIGHT_VIEW_COLOUR_H
#define ARCLIGHT_VIEW_COLOUR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct view_colour {
    uint8_t r, g, b, a; /* straight alpha */
};

/* 0xRRGGBB, opaque. */
struct view_colour view_rgb(uint32_t hex);
/* The same colour with opacity `alpha`, 0 to 1. */
struct view_colour view_alpha(struct view_colour colour, float alpha);
/* a + (b - a)·t in encoded values, alpha too. */
struct view_colour view_mix(struct view_colour a, struct view_colour b, float t);

/* Colour maps. All but the cyclic one change lightness steadily, so they survive grey printing and the usual
 * forms of colour blindness; the diverging ones have their middle at 0.5. */
enum view_map {
    VIEW_MAP_VIRIDIS,          /* sequential, dark to light: for dark pages */
    VIEW_MAP_VIRIDIS_REVERSED, /* light green to dark, without the yellow: for light pages */
    VIEW_MAP_DIVERGING_DARK,   /* blue, nearly black in the middle, orange */
    VIEW_MAP_DIVERGING_LIGHT,  /* blue, nearly white in the middle, red-brown */
    VIEW_MAP_CYCLIC,           /* for angles: value 1 is value 0 */
    VIEW_MAP_GREY,             /* black to white */
    VIEW_MAP_BLUE_YELLOW,      /* sequential, the same to eyes that lack red or green cones */
    VIEW_MAPS
};

enum { VIEW_MAP_ENTRIES = 256 }; /* entries a map in the table the shaders read */

/* The map's colour at t (held within 0 to 1; NaN gives that of 0), interpolated as the shaders do it. */
struct view_colour view_map_colour(enum view_map map, float t);

/* Fills table[VIEW_MAPS][VIEW_MAP_ENTRIES] with 0xAABBGGRR words, entry e at t = e/255. */
void view_map_table(uint32_t *table);

#ifdef __cplusplus
}
#endif
#endif
