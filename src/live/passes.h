/* Which kernels take the device's time in pictures, a picture. */
#ifndef ARCLIGHT_LIVE_PASSES_H
#define ARCLIGHT_LIVE_PASSES_H

#include "gpu/gpu.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LIVE_PASSES = 4, LIVE_PASSES_MOST_KERNELS = 128 };

/* Zeroed: nothing is known yet. */
struct live_passes {
    /* The greatest first; to be read. */
    uint32_t n;
    struct {
        const char *kernel;
        double ns; /* of the device, a picture */
    } greatest[LIVE_PASSES];

    uint64_t taken_ns, frames; /* when, and how many pictures there were */
    uint32_t n_before;
    struct gpu_timing before[LIVE_PASSES_MOST_KERNELS];
};

/* Takes in what the device has done since the last time, twice a second at most and not without new pictures;
 * `frames`: how many there were. Kernels of the view, live and srm rooms count, which pictures are made by; a
 * training's own do not. Nothing where the device has no timestamps. */
enum base_status live_passes_take(struct live_passes *passes, struct gpu *gpu, uint64_t frames);

#ifdef __cplusplus
}
#endif
#endif
