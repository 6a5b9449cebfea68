/* Which point of a scatter lies under the pointer: found on the device, where the points are, and read as a
 * few bytes a frame or two later. Nothing waits. */
#ifndef ARCLIGHT_LIVE_FINDER_H
#define ARCLIGHT_LIVE_FINDER_H

#include "live/probe.h"
#include "view/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

struct live_finder;

/* One for a window. The caller destroys it before the gpu is closed. */
enum base_status live_finder_create(struct gpu *gpu, struct live_finder **out);
void live_finder_destroy(struct live_finder **finder); /* NULL-safe */

/* The point nearest to (x, y) in data, as far as it looks in the frame, whose axes are linear. `points` as in
 * view_scatter. `question` is a number by which the answer is known. Records work; call it outside draws. */
void live_finder_ask(struct live_finder *finder, const struct view_frame *frame,
                     const struct view_values *points, double x, double y, uint32_t question);

struct live_found {
    uint32_t question, index;
    double distance; /* canvas units */
};
/* The newest answer; false while there is none, or when no point was found. */
bool live_finder_answer(struct live_finder *finder, struct live_probe *probe, struct live_found *found);

/* Builds the pipeline, which the first question waits for otherwise. */
enum base_status live_finder_prepare(struct live_finder *finder);

/* The first failure; BASE_OK otherwise. */
enum base_status live_finder_status(const struct live_finder *finder);

#ifdef __cplusplus
}
#endif
#endif
