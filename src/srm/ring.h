/* Where on the circle the projected points of all planes gather: their density over its mean at the same
 * radius, so that neither the rows' norms nor the gate show, only directions (Bird's privileged plane
 * projective method divides by the density of normal rows instead, which takes out the same but for the rows'
 * own radii). */
#ifndef ARCLIGHT_SRM_RING_H
#define ARCLIGHT_SRM_RING_H

#include "gpu/gpu.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Width in cells of the blur with which about twenty of `points` stand behind each value of a grid of `cells`
 * a side: 4 pi sigma^2 cells' worth of points, held within [1, cells / 24]. */
double srm_ring_sigma(uint32_t cells, uint64_t points);

/* From a grid of counts uint [cells, cells], 2 <= cells <= 4096, of `points` points round its middle, to log2
 * of (blurred count + prior) / (mean of that at this radius + prior), float [cells, cells]; the prior is one
 * point within the blur. All 0 without points. *ratio is destroyed by the caller. */
enum base_status srm_ring_ratio(struct gpu *gpu, struct gpu_buffer *counts, uint32_t cells, uint64_t points,
                                struct gpu_buffer **ratio);

#ifdef __cplusplus
}
#endif
#endif
