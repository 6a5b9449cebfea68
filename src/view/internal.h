/* Inside view/: what the canvas has recorded. Not installed. */
#ifndef ARCLIGHT_VIEW_INTERNAL_H
#define ARCLIGHT_VIEW_INTERNAL_H

#include "view/canvas.h"
#include "view/params.h"

/* One record of shaders/view/shapes: see view/params.h for the words. */
struct view_shape {
    uint32_t kind;
    uint32_t colour;
    float first[4];
    float second[4];
    union {
        float third[4];
        uint32_t words[4];
    };
    uint32_t unused[2];
};

/* Adds a shape to the batch; lengths are already pixels. Kept out when the clip is empty. */
void view_push_shape(struct view_canvas *canvas, const struct view_shape *shape);

/* The pixels that a shape may touch, with its soft edge: as shaders/view/shapes.vert lays its quad. */
void view_shape_box(const struct view_shape *shape, float low[2], float high[2]);

/* The current clip (the whole canvas when none was set), to put it back after a plot's own. */
struct view_rect view_current_clip(const struct view_canvas *canvas);
/* Narrows the clip to what it has in common with `rect`; view_clip puts the old one back. */
void view_narrow_clip(struct view_canvas *canvas, struct view_rect rect);

/* A range that covers the numbers from `offset` on and starts where every device allows, and their place in
 * it in words. */
struct gpu_range view_values_range(const struct view_values *values, uint64_t offset, uint32_t *base);

uint32_t view_pack_colour(struct view_colour colour);

/* Keeps the first failure; view_canvas_finish returns it. */
void view_keep_failure(struct view_canvas *canvas, enum base_status status);

#endif
