/* Parameter structs of the draws and kernels of view/. All lengths are pixels; an image's first pixel is at
 * (0, 0), its centre at (0.5, 0.5), y downwards. Colours are 0xAABBGGRR. */
#ifndef ARCLIGHT_VIEW_PARAMS_H
#define ARCLIGHT_VIEW_PARAMS_H
#include "common/types.h"

/* Kinds of shapes, and the words of a shape's record (16 words, kind and colour first, then floats). */
#define VIEW_SHAPE_WORDS 16u
#define VIEW_SHAPE_BOX 0u /* centre x y, half width height, radius, stroke */
#define VIEW_SHAPE_SEGMENT                                                                                   \
    1u /* from x y, to x y, the point before x y, the point after x y, half width, dash, gap,                \
          phase */
#define VIEW_SHAPE_TRIANGLE 2u /* three corners */
#define VIEW_SHAPE_GLYPH                                                                                     \
    3u /* origin x y, pixels a font unit x y, left, bottom, right, top in font units;                        \
          then as words: first segment, segments, upwards, tall segments */
#define VIEW_SHAPE_GRADIENT 4u /* as a box; then as words: map, vertical */
#define VIEW_SHAPE_DIAMOND 5u  /* centre x y, half diagonal */
/* Flags above the kind of a segment. */
#define VIEW_SHAPE_KIND_MASK 0xffu
#define VIEW_SHAPE_HAS_BEFORE 0x100u
#define VIEW_SHAPE_HAS_AFTER 0x200u

/* Kinds of numbers; enum view_number. */
#define VIEW_NUMBER_U32 0u
#define VIEW_NUMBER_F32 1u
#define VIEW_NUMBER_U64 2u

/* Scales of an axis; enum view_scale. */
#define VIEW_SCALE_LINEAR 0u
#define VIEW_SCALE_SQRT 1u
#define VIEW_SCALE_LOG10 2u
#define VIEW_SCALE_LOG2 3u

/* Arrangements of cells; enum view_cells. */
#define VIEW_ARRANGED_FULL 0u
#define VIEW_ARRANGED_UPPER 1u
#define VIEW_ARRANGED_ORDERED 2u
#define VIEW_ARRANGED_SQUARE 3u

/* Flags of colouring. */
#define VIEW_COLOUR_OUTSIDE 1u    /* reserved colours outside the range */
#define VIEW_COLOUR_HIDE_BELOW 2u /* nothing below the range */
#define VIEW_HEAT_MEAN 4u         /* mean of a pixel's cells instead of the extreme one */
#define VIEW_HEAT_SMOOTH 8u
#define VIEW_HEAT_FLIP_X 16u /* column 0 at the right */
#define VIEW_HEAT_FLIP_Y 32u /* row 0 at the bottom */

struct view_shapes_params {
    float viewport_width;
    float viewport_height;
    uint first; /* shape of instance 0 */
};

/* Instance s covers the columns [x + s·slab, x + (s + 1)·slab). */
struct view_curve_params {
    float viewport_width;
    float viewport_height;
    float x, y, width, height; /* plot area */
    float first;               /* x of number 0, from the plot's left */
    float step;                /* from a number to the next, > 0 */
    float slab;
    float half_width;
    float dash;
    float gap;
    float axis_low;     /* scale applied */
    float axis_inverse; /* 1 / (applied high - applied low) */
    uint axis_scale;
    uint colour;
    uint count;
    uint closed;
    uint low_base; /* words from the binding's start */
    uint high_base;
    uint stride;
    uint number;
    float scale;
    float bias;
};

struct view_band_params {
    float viewport_width;
    float viewport_height;
    float x, y, width, height;
    float first;
    float step;
    float slab;
    float axis_low;
    float axis_inverse;
    uint axis_scale;
    uint colour;
    uint count;
    uint closed;
    uint lower_low_base;
    uint lower_high_base;
    uint lower_stride;
    uint lower_number;
    float lower_scale;
    float lower_bias;
    uint upper_low_base;
    uint upper_high_base;
    uint upper_stride;
    uint upper_number;
    float upper_scale;
    float upper_bias;
};

struct view_density_params {
    float viewport_width;
    float viewport_height;
    float x, y, width, height;
    float first; /* x of angle 0, from the plot's left */
    float step;
    uint angles;
    uint base;
    float counts_a_unit; /* counts a unit of the axis's values */
    float axis_low;
    float axis_span; /* applied high - applied low */
    uint axis_scale;
    float colour_low; /* scale applied */
    float colour_inverse;
    uint colour_scale;
    uint map;
    uint flags;
    uint missing;
    uint under;
    uint over;
};

/* Missing cells are striped: pixels of a stripe along x, and from one to the next. */
#define VIEW_STRIPE 2u
#define VIEW_STRIPE_PERIOD 6u

struct view_heat_params {
    float viewport_width;
    float viewport_height;
    float x, y, width, height;
    uint rows;
    uint columns;
    uint arranged;
    uint base;
    uint stride;
    uint number;
    float scale;
    float bias;
    float colour_low;
    float colour_inverse;
    uint colour_scale;
    uint map;
    uint flags;
    uint missing;
    uint under;
    uint over;
};

struct view_scatter_params {
    float viewport_width;
    float viewport_height;
    float origin_x; /* pixel of value 0 */
    float origin_y;
    float factor_x; /* pixels a unit of value */
    float factor_y;
    uint base;
    float radius;
    uint colour;
};

/* Bar k covers the columns [x + first + k·step, x + first + (k + 1)·step) but for the gap. */
struct view_bars_params {
    float viewport_width;
    float viewport_height;
    float x, y, width, height; /* plot area */
    float first;
    float step;
    float gap;
    float axis_low;
    float axis_inverse;
    uint axis_scale;
    uint colour;
    uint base; /* words from the binding's start */
    uint stride;
    uint number;
    float scale;
    float bias;
};

/* A closed curve round a centre; number k at the angle 2π·k/count, counter-clockwise from the right. */
struct view_rose_params {
    float viewport_width;
    float viewport_height;
    float centre_x;
    float centre_y;
    float radius;
    float half_width;
    float axis_low;
    float axis_inverse;
    uint axis_scale;
    uint colour;
    uint fill;
    uint count;
    uint low_base;
    uint high_base;
    uint stride;
    uint number;
    float scale;
    float bias;
};

#define VIEW_HISTOGRAM_BINS 64u
#define VIEW_HISTOGRAM_ROUNDS 16u /* numbers an invocation */

/* Number k of `count` stands at word base + sample_place(k, every, run)·stride. */
struct view_histogram_params {
    uint base;
    uint stride;
    uint every;
    uint run;
    uint count;
    uint number;
    float scale;
    float bias;
    uint axis_scale;
    float axis_low; /* applied */
    float axis_inverse;
    uint counts_base;
};

/* As above; count·per_mille below 2^32. */
struct view_quantiles_params {
    uint base;
    uint stride;
    uint every;
    uint run;
    uint count;
    uint number;
    float scale;
    float bias;
    uint per_mille;
    uint found_base;
};
#endif
