/* Histograms of what stands in device buffers, made on the device: what lies behind a colour bar. */
#ifndef ARCLIGHT_VIEW_HISTOGRAM_H
#define ARCLIGHT_VIEW_HISTOGRAM_H

#include "view/canvas.h"

#include "view/axis.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { VIEW_BINS = 64 };

/* Records the counting of `values` (VIEW_U32 or VIEW_F32, in a device buffer) into uint [VIEW_BINS] at byte
 * `offset` (a multiple of 4) of `counts`: bin b holds those between positions b/VIEW_BINS and (b +
 * 1)/VIEW_BINS of the axis, by their shown values in f32. NaN and what lies beyond the axis is not counted.
 * Of more than `most` numbers every k-th is counted, so that no more than `most` are. */
enum base_status view_histogram(struct gpu *gpu, const struct view_values *values,
                                const struct view_axis *axis, uint32_t most, struct gpu_buffer *counts,
                                uint64_t offset);

#ifdef __cplusplus
}
#endif
#endif
