/* How often each value occurs, as a strip along a colour bar: the histogram behind the range control. Counted
 * on the device, in frames in which there is something else to count, and drawn from there. */
#ifndef ARCLIGHT_LIVE_STRIP_H
#define ARCLIGHT_LIVE_STRIP_H

#include "live/probe.h"
#include "live/range.h"
#include "view/canvas.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    LIVE_STRIPS = 16,             /* a frame */
    LIVE_STRIP_NUMBERS = 1 << 17, /* counted of an array at most */
    LIVE_STRIP_RANKED = 1 << 15,  /* put in order of an array at most */
    LIVE_STRIP_VIEWS = 32,
};

struct live_strips;

/* One for a window. The caller destroys it before the gpu is closed. */
enum base_status live_strips_create(struct gpu *gpu, struct live_strips **out);
void live_strips_destroy(struct live_strips **strips); /* NULL-safe */
/* First thing in a frame. */
void live_strips_frame(struct live_strips *strips);

/* Counts all anew, with a shader that is another one. */
void live_strips_forget(struct live_strips *strips);

/* After live_range_draw: `values` (those of the heat map; left out when not in a device buffer) along the
 * bar, on its outer side, brighter where there are more (by their root). More than LIVE_STRIPS a frame are
 * left out. */
void live_strip_draw(struct live_strips *strips, struct view_canvas *canvas, const struct live_range *range,
                     const struct view_values *values);

/* Tells the range the percentiles that it wants of the same values, those of a frame or two before: found on
 * the device, two numbers of which come back by the probe. `view`: whose they are, below LIVE_STRIP_VIEWS. */
void live_strip_tell(struct live_strips *strips, struct live_probe *probe, uint32_t view,
                     struct live_range *range, const struct view_values *values);

/* The least and the greatest of `values`, those of a frame or two before, by the same way; for a view without
 * a range. False, and nothing, while they are not known. */
bool live_strip_ends(struct live_strips *strips, struct live_probe *probe, uint32_t view,
                     const struct view_values *values, double *least, double *greatest);

/* The first failure; BASE_OK otherwise. */
enum base_status live_strips_status(const struct live_strips *strips);

#ifdef __cplusplus
}
#endif
#endif
