#include "srm/ring.h"

#include "base/memory.h"
#include "srm/kernels.h"
#include "srm/params.h"

#include <math.h>

enum { WORKGROUP = 64, POINTS_WANTED = 20 };

#define PI 3.14159265358979323846

double srm_ring_sigma(uint32_t cells, uint64_t points)
{
    double most = fmax(1, cells / 24.0);
    if (points == 0)
        return most;
    double a_cell = (double)points / (PI / 4 * cells * cells);
    return fmax(1, fmin(most, sqrt(POINTS_WANTED / (4 * PI * a_cell))));
}

static enum base_status dispatch(struct gpu *gpu, const struct gpu_kernel *kernel, const void *params,
                                 const struct gpu_range *ranges, uint64_t invocations)
{
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = kernel,
                                 .level = gpu_best_level(gpu, kernel),
                                 .constants = {WORKGROUP},
                                 .n_constants = 1,
                                 .params = params,
                                 .ranges = ranges,
                                 .n_groups = base_divide_up(invocations, WORKGROUP),
                             });
}

static enum base_status smooth(struct gpu *gpu, struct gpu_buffer *from, struct gpu_buffer *to,
                               uint32_t cells, bool along_y, double sigma)
{
    const struct srm_smooth_params params = {
        .cells = cells, .along_y = along_y, .whole = !along_y, .sigma = (float)sigma};
    return dispatch(gpu, &srm_smooth_kernel, &params,
                    (const struct gpu_range[]){gpu_whole(from), gpu_whole(to)}, (uint64_t)cells * cells);
}

enum base_status srm_ring_ratio(struct gpu *gpu, struct gpu_buffer *counts, uint32_t cells, uint64_t points,
                                struct gpu_buffer **ratio)
{
    enum base_status status;
    struct gpu_buffer *smoothed = NULL, *means = NULL;
    uint64_t bytes = (uint64_t)cells * cells * sizeof(float);
    uint32_t rings = cells + 1;
    double sigma = srm_ring_sigma(cells, points);
    const struct srm_ring_params ring = {cells, rings};
    const struct srm_ring_ratio_params last = {cells, rings, (float)(1 / (4 * PI * sigma * sigma))};
    *ratio = NULL;
    BASE_CHECK(gpu_buffer_create(gpu, "smoothed projection", bytes, GPU_DEVICE, &smoothed));
    BASE_CHECK(gpu_buffer_create(gpu, "ring means", rings * sizeof(float), GPU_DEVICE, &means));
    BASE_CHECK(gpu_buffer_create(gpu, "ring ratio", bytes, GPU_DEVICE, ratio));
    BASE_CHECK(smooth(gpu, counts, *ratio, cells, false, sigma));
    BASE_CHECK(smooth(gpu, *ratio, smoothed, cells, true, sigma));
    BASE_CHECK(dispatch(gpu, &srm_ring_kernel, &ring,
                        (const struct gpu_range[]){gpu_whole(smoothed), gpu_whole(means)}, rings));
    BASE_CHECK(dispatch(gpu, &srm_ring_ratio_kernel, &last,
                        (const struct gpu_range[]){gpu_whole(smoothed), gpu_whole(means), gpu_whole(*ratio)},
                        (uint64_t)cells * cells));
error:
    gpu_buffer_destroy(gpu, &smoothed);
    gpu_buffer_destroy(gpu, &means);
    if (status != BASE_OK)
        gpu_buffer_destroy(gpu, ratio);
    return status;
}
