/* The canvas: a picture that is described, then drawn by the device in one go.
 *
 *   view_canvas_begin -> boxes, lines, text, plots … -> view_canvas_finish -> image (window or PNG)
 *
 * What is described is kept in two batches (shapes and numbers) that are uploaded once a frame, and a list of
 * draws; all three keep their memory from frame to frame. Device buffers given to plots are bound as they
 * are; nothing is read back but the finished image. Later things cover earlier ones.
 *
 * Lengths are canvas units: pixels at scale 1, with the origin at the top left and y downwards. A recording
 * function that fails (host memory) keeps its status in the canvas, and view_canvas_finish returns it. */
#ifndef ARCLIGHT_VIEW_CANVAS_H
#define ARCLIGHT_VIEW_CANVAS_H

#include "base/status.h"
#include "gpu/gpu.h"
#include "view/colour.h"
#include "view/font.h"
#include "view/theme.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct view_canvas;

struct view_point {
    float x, y;
};

struct view_rect {
    float x, y, width, height; /* top left corner, size */
};

struct view_canvas_parameters {
    float width, height;            /* units */
    float scale;                    /* pixels a unit; 0 means 1 */
    const struct view_theme *theme; /* not owned, must outlive the canvas; NULL: dark */
};

/* A canvas with an image of round(width·scale) x round(height·scale) pixels. BASE_ERROR_USAGE when that is
 * nothing or more than the device's images hold. Destroyed by the caller before the gpu is closed. */
enum base_status view_canvas_create(struct gpu *gpu, const struct view_canvas_parameters *parameters,
                                    struct view_canvas **out);
void view_canvas_destroy(struct view_canvas **canvas); /* NULL-safe */

/* Another size, scale or theme; keeps the image when the pixels stay the same. What was recorded is
 * forgotten. */
enum base_status view_canvas_resize(struct view_canvas *canvas,
                                    const struct view_canvas_parameters *parameters);

/* Starts a frame: forgets what was recorded, and its failure. */
void view_canvas_begin(struct view_canvas *canvas);
/* Draws what was recorded into the image, over the theme's page colour. */
enum base_status view_canvas_finish(struct view_canvas *canvas);

/* A picture may be recorded in parts: what follows this call, up to the next one, is a part by itself. Then
 * finish draws only those parts anew that differ from what the image holds, with whatever lies over and under
 * them: the pixels are those of the whole picture drawn. Parts are known by their order. Everything belongs
 * to one (the first call stands before the first shape), further ones than 64 to the last one. */
void view_canvas_part(struct view_canvas *canvas);
/* What the image holds is drawn anew with the next picture: shaders are other ones, which parts do not tell.
 */
void view_canvas_forget(struct view_canvas *canvas);
/* Builds the pipeline of one more kind of draw, so that no picture waits for it when it is drawn first; *more
 * false: all stand. A few ms each. */
enum base_status view_canvas_prepare(struct view_canvas *canvas, bool *more);
/* finish piece by piece: draws the next area of the picture. *more: there is another one. */
enum base_status view_canvas_go_on(struct view_canvas *canvas, bool *more);
/* Leaves out the areas that are left: the image is between two pictures, and the next one draws them. */
void view_canvas_drop(struct view_canvas *canvas);
/* The picture that was drawn last was the one before, and nothing was drawn. */
bool view_canvas_was_idle(const struct view_canvas *canvas);

struct gpu *view_canvas_gpu(const struct view_canvas *canvas);
struct gpu_image *view_canvas_image(const struct view_canvas *canvas); /* owned by the canvas */
const struct view_theme *view_canvas_theme(const struct view_canvas *canvas);
float view_canvas_scale(const struct view_canvas *canvas);
struct view_rect view_canvas_bounds(const struct view_canvas *canvas); /* the whole, in units */

/* Rounds a coordinate to a pixel's edge, so that boxes and hairlines are sharp. */
float view_snap(const struct view_canvas *canvas, float units);
/* One pixel in units, or the whole pixels nearest to `units`, at least one. */
float view_hairline(const struct view_canvas *canvas, float units);

/* ---- rectangles of a layout ---- */

struct view_rect view_inset(struct view_rect rect, float left, float top, float right, float bottom);
/* Cell (row, column) of a grid of rows x columns with gaps between; row 0 on top. */
struct view_rect view_cell(struct view_rect rect, uint32_t rows, uint32_t columns, float gap_x, float gap_y,
                           uint32_t row, uint32_t column);
/* Cuts `height` (or `width`) off one side of *rect and returns it; `gap` is dropped between the two. */
struct view_rect view_cut_top(struct view_rect *rect, float height, float gap);
struct view_rect view_cut_bottom(struct view_rect *rect, float height, float gap);
struct view_rect view_cut_left(struct view_rect *rect, float width, float gap);
struct view_rect view_cut_right(struct view_rect *rect, float width, float gap);

/* ---- shapes ---- */

/* Nothing is drawn outside `rect` from here on; NULL: the whole canvas. */
void view_clip(struct view_canvas *canvas, const struct view_rect *rect);

/* A filled box, edges antialiased where they are not on pixel edges. */
void view_box(struct view_canvas *canvas, struct view_rect rect, struct view_colour colour);
/* With corners of `radius`; `stroke` > 0 draws only an outline of that width inside the edge. */
void view_rounded_box(struct view_canvas *canvas, struct view_rect rect, float radius, float stroke,
                      struct view_colour colour);
/* A disc, or with `stroke` > 0 a ring inside the radius. */
void view_disc(struct view_canvas *canvas, struct view_point centre, float radius, float stroke,
               struct view_colour colour);
void view_triangle(struct view_canvas *canvas, struct view_point a, struct view_point b, struct view_point c,
                   struct view_colour colour);

struct view_line_style {
    struct view_colour colour;
    float width;     /* 0 means 1 */
    float dash, gap; /* lengths along the line; dash 0: unbroken. Dashed lines have flat ends. */
};

/* A line with round ends. */
void view_line(struct view_canvas *canvas, struct view_point from, struct view_point to,
               const struct view_line_style *style);
/* Horizontal or vertical lines on whole pixels (`width` rounded to pixels): for axes and grids. */
void view_line_across(struct view_canvas *canvas, float x0, float x1, float y,
                      const struct view_line_style *style);
void view_line_down(struct view_canvas *canvas, float x, float y0, float y1,
                    const struct view_line_style *style);
/* A line through `count` points with round joins; pixels are covered once, so it may be translucent. A point
 * with a coordinate that is not finite breaks the line. */
void view_polyline(struct view_canvas *canvas, const struct view_point *points, size_t count,
                   const struct view_line_style *style);

enum view_marker {
    VIEW_MARKER_DISC,
    VIEW_MARKER_RING,
    VIEW_MARKER_SQUARE,
    VIEW_MARKER_DIAMOND,
    VIEW_MARKER_TRIANGLE,
    VIEW_MARKER_CROSS,
};

/* A mark `size` across, centred. */
void view_mark(struct view_canvas *canvas, struct view_point centre, enum view_marker marker, float size,
               struct view_colour colour);

/* A strip of a colour map, t from 0 at the left (bottom when `vertical`) to 1. */
void view_gradient(struct view_canvas *canvas, struct view_rect rect, enum view_map map, bool vertical);

/* ---- text ---- */

enum view_align { VIEW_START, VIEW_CENTRE, VIEW_END }; /* along the line of text */
enum view_anchor {
    VIEW_BASELINE, /* the point is on the baseline */
    VIEW_MIDDLE,   /* half the capitals' height */
    VIEW_TOP,      /* the capitals' top */
};

struct view_text_style {
    struct view_colour colour; /* a = 0: the theme's text colour */
    float size;                /* 0: the theme's label size */
    enum view_weight weight;
    enum view_align align;
    enum view_anchor anchor;
    bool upwards; /* turned by 90 degrees, read from below */
};

/* One line of UTF-8 text; gives its width in units. NULL style: all defaults. */
float view_text(struct view_canvas *canvas, float x, float y, const char *text,
                const struct view_text_style *style);

/* ---- for plots ---- */

/* Where numbers stand in a device buffer. For VIEW_U64 the low words stand at `offset`, the high ones at
 * `high_offset`, both with `stride`. The shown value is scale·number + bias, in f32. */
enum view_number { VIEW_U32, VIEW_F32, VIEW_U64 };
struct view_values {
    struct gpu_buffer *buffer; /* NULL: the canvas's own numbers, see view_host_values. Not owned. */
    uint64_t offset;           /* bytes, multiple of 4, of the first number */
    uint64_t high_offset;      /* bytes; VIEW_U64 only */
    uint32_t count;
    uint32_t stride; /* 4-byte words from one to the next; 0 means 1 */
    uint32_t square; /* they are so many rows and columns, of which histograms and quantiles pass over the
                      * diagonal; 0: all of them count */
    enum view_number number;
    float scale; /* 0 means 1 */
    float bias;
};

/* Copies `count` floats into this frame's batch, for curves made on the host. */
struct view_values view_host_values(struct view_canvas *canvas, const float *values, uint32_t count);

/* Records a draw of `vertices` x `instances` with this row of the view room (or a caller's own draw).
 * `params` of kernel->params_bytes are copied. Ranges with buffer NULL mean, by their `offset`, one of the
 * canvas's own buffers (enum view_own); the current clip applies. */
enum view_own { VIEW_OWN_SHAPES, VIEW_OWN_FONT, VIEW_OWN_MAPS, VIEW_OWN_NUMBERS };
void view_canvas_draw(struct view_canvas *canvas, const struct gpu_kernel *kernel, const void *params,
                      const struct gpu_range *ranges, uint32_t vertices, uint32_t instances);

#ifdef __cplusplus
}
#endif
#endif
