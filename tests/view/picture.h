/* A drawn canvas as pixels, for tests that look at them. */
#ifndef ARCLIGHT_TEST_VIEW_PICTURE_H
#define ARCLIGHT_TEST_VIEW_PICTURE_H

#include "view/canvas.h"

struct picture {
    uint32_t width, height;
    uint8_t *pixels; /* height x width x 4 */
};

/* A canvas of width x height units at `scale` on the test's device, begun. */
struct view_canvas *picture_canvas(float width, float height, float scale, const struct view_theme *theme);

/* Finishes the canvas and gives its pixels; released by picture_release. */
struct picture picture_of(struct view_canvas *canvas);
void picture_release(struct picture *picture);

struct view_colour picture_at(const struct picture *picture, uint32_t x, uint32_t y);

/* Fails unless every channel of the pixel is within `tolerance` of the colour's. */
void assert_pixel(const struct picture *picture, uint32_t x, uint32_t y, struct view_colour colour,
                  int tolerance);

/* How far the pixel is on the way from `ground` to `ink`, 0 to 1, by the channel in which they differ most.
 */
double picture_ink(const struct picture *picture, uint32_t x, uint32_t y, struct view_colour ground,
                   struct view_colour ink);
/* Sum of picture_ink over a box of pixels [x0, x1) x [y0, y1). */
double picture_ink_sum(const struct picture *picture, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1,
                       struct view_colour ground, struct view_colour ink);

/* A device buffer with these bytes; destroyed by the caller. */
struct gpu_buffer *picture_upload(const void *data, size_t bytes);

#endif
