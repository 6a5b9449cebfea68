/* Plots that draw straight from device buffers: curves, bands, densities, heat maps, polar roses, points. */
#ifndef ARCLIGHT_VIEW_PLOTS_H
#define ARCLIGHT_VIEW_PLOTS_H

#include "view/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- curves ---- */

/* Values at equal distances: number k stands at x = first + k·step in the frame's x values (linear x axis). A
 * closed curve goes on from the last number to the first, one step later. An angle axis of 0 to 360 over A
 * numbers: first 0, step 360/A, closed. */
struct view_curve_style {
    struct view_colour colour; /* a = 0: the theme's first series colour */
    float width;               /* 0 means 1.5 */
    float dash, gap;           /* measured along x; dash 0: unbroken */
    double first, step;        /* step 0: spread over the axis; closed: count steps, open: count - 1 */
    bool closed;
};

/* A line through the values, clipped to the frame. A NaN breaks it. At least 2 values. */
void view_curve(struct view_canvas *canvas, const struct view_frame *frame, const struct view_values *values,
                const struct view_curve_style *style);

/* The area between two curves of equal count. */
void view_band(struct view_canvas *canvas, const struct view_frame *frame, const struct view_values *lower,
               const struct view_values *upper, const struct view_curve_style *style);

/* ---- density of curves ---- */

/* How many curves pass each place. `counts` is uint32 [angles, COUNT_BINS] in a device buffer: for each
 * angle, how many curves have a count in each bin of shaders/common/count_bins.h. A count c is the value
 * c·value_scale on the frame's y axis (1/N for shares). The colour scale's values are curves in a hundredth
 * of the y axis's length, or in one count where that is higher: such counts are cells of one colour. */
struct view_density_parameters {
    struct gpu_buffer *counts;
    uint64_t offset; /* bytes, multiple of 4 */
    uint32_t angles;
    float value_scale;
    struct view_colour_scale colours;
};
void view_density(struct view_canvas *canvas, const struct view_frame *frame,
                  const struct view_density_parameters *parameters);

/* ---- heat maps ---- */

enum view_cells {
    VIEW_CELLS_FULL,    /* [rows, columns] */
    VIEW_CELLS_UPPER,   /* a number for each i < j of rows = columns = m, in lexicographic order: shown at (i,
                           j) and   (j, i), with the missing colour on the diagonal */
    VIEW_CELLS_ORDERED, /* a number for each ordered pair i != j, lexicographic */
    VIEW_CELLS_SQUARE,  /* as FULL, rows = columns, with the missing colour on the diagonal */
};
enum view_reduce {
    VIEW_REDUCE_EXTREME, /* the number farthest from 0 among the cells of a pixel, so that none is lost */
    VIEW_REDUCE_MEAN,    /* their mean; NaN are left out */
};
struct view_heat_parameters {
    struct view_values values; /* VIEW_U32 or VIEW_F32; count rows·columns, m(m-1)/2 or m(m-1) */
    uint32_t rows, columns;
    enum view_cells cells;
    enum view_reduce reduce;
    bool smooth; /* interpolate between cells that are larger than a pixel */
    struct view_colour_scale colours;
};
/* Fills the frame's plot area. Row 0 stands at the y axis's `low` end, column 0 at the x axis's: an axis
 * {high: 0, low: rows} puts row 0 on top. */
void view_heat(struct view_canvas *canvas, const struct view_frame *frame,
               const struct view_heat_parameters *parameters);

/* ---- points ---- */

/* `values` holds x, y pairs (VIEW_F32, count = 2·points, stride 1), at the frame's axes (linear ones). */
void view_scatter(struct view_canvas *canvas, const struct view_frame *frame,
                  const struct view_values *values, float size, struct view_colour colour);

/* ---- histograms ---- */

/* A bar for each number (VIEW_U32 or VIEW_F32) from the y axis's low end up: number k over
 * [first + k·step, first + (k + 1)·step) of the frame's x values (linear x axis). */
void view_bars(struct view_canvas *canvas, const struct view_frame *frame, const struct view_values *values,
               double first, double step, struct view_colour colour);

/* ---- polar ---- */

struct view_spoke {
    double degrees;    /* from the right, counter-clockwise */
    const char *label; /* outside the rim; NULL: none */
};
struct view_rose_parameters {
    struct view_rect rect; /* everything, labels included */
    struct view_axis axis; /* from the centre to the rim */
    const char *letter, *title, *subtitle;
    const struct view_spoke *spokes;
    uint32_t n_spokes;
    uint32_t rings; /* wanted; 0: 3 */
    float margin;   /* room around the rim for labels; 0: measured */
};
struct view_rose {
    struct view_point centre;
    float radius;
    struct view_axis axis;
};
struct view_rose view_rose_draw(struct view_canvas *canvas, const struct view_rose_parameters *parameters);
/* A closed curve over 360 degrees, number k at k·360/count; `fill` is the opacity of its inside (0: none). */
void view_rose_curve(struct view_canvas *canvas, const struct view_rose *rose,
                     const struct view_values *values, const struct view_curve_style *style, float fill);

#ifdef __cplusplus
}
#endif
#endif
