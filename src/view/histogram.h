/* Histograms and quantiles of what stands in device buffers, found on the device: what lies behind a colour
 * bar. */
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
 * Of more than `most` numbers every k-th is counted, so that no more than `most` are. A square's diagonal is
 * not counted, and not among those. */
enum base_status view_histogram(struct gpu *gpu, const struct view_values *values,
                                const struct view_axis *axis, uint32_t most, struct gpu_buffer *counts,
                                uint64_t offset);

/* Records the search for two numbers of `values` (as above): the one that `per_mille` (up to 500) of the
 * finite ones lie below and the one that as many lie above, as f32 [2] at byte `offset` (a multiple of 4) of
 * `found`; 1, 0 when none is finite. Of more than `most` numbers (up to 2^22) every k-th counts; a
 * square's diagonal does not. */
enum base_status view_quantiles(struct gpu *gpu, const struct view_values *values, uint32_t per_mille,
                                uint32_t most, struct gpu_buffer *found, uint64_t offset);

#ifdef __cplusplus
}
#endif
#endif
