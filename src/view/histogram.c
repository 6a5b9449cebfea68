#include "view/histogram.h"

#include "base/memory.h"
#include "view/internal.h"
#include "view/kernels.h"

enum { WORKGROUP = 128 };
_Static_assert(VIEW_BINS == VIEW_HISTOGRAM_BINS, "the bins the kernel counts");

/* Every k-th of the values, so that they are no more than `most`; of a square those beside its diagonal. */
struct sample {
    struct gpu_range range;
    uint32_t base, stride, every, count;
    float scale;
};

static struct sample sample_of(const struct view_values *values, uint32_t most)
{
    const uint32_t all = values->count - values->square;
    const uint32_t every = (uint32_t)base_maximum(base_divide_up(all, most), 1);
    struct sample sample = {.stride = values->stride ? values->stride : 1,
                            .every = every,
                            .count = (uint32_t)base_divide_up(all, every),
                            .scale = values->scale != 0 ? values->scale : 1};
    sample.range = view_values_range(values, values->offset, &sample.base);
    return sample;
}

static bool is_countable(const struct view_values *values)
{
    return values->buffer && values->count > 0 && values->number != VIEW_U64 &&
           (values->square == 0 || (uint64_t)values->square * values->square == values->count);
}

enum base_status view_histogram(struct gpu *gpu, const struct view_values *values,
                                const struct view_axis *axis, uint32_t most, struct gpu_buffer *counts,
                                uint64_t offset)
{
    if (!is_countable(values) || most == 0)
        return base_fail(BASE_ERROR_INTERNAL, "a histogram of %u numbers that a device buffer does not hold",
                         values->count);
    const struct sample sample = sample_of(values, most);
    uint32_t counts_base;
    double low = view_scale_apply(axis->scale, axis->low), high = view_scale_apply(axis->scale, axis->high);
    const struct view_values bins = {.buffer = counts, .count = VIEW_BINS};
    const struct gpu_range ranges[] = {sample.range, view_values_range(&bins, offset, &counts_base)};
    const struct view_histogram_params params = {
        .base = sample.base,
        .stride = sample.stride,
        .every = sample.every,
        .run = values->square,
        .count = sample.count,
        .number = (uint32_t)values->number,
        .scale = sample.scale,
        .bias = values->bias,
        .axis_scale = (uint32_t)axis->scale,
        .axis_low = (float)low,
        .axis_inverse = (float)(high != low ? 1 / (high - low) : 1),
        .counts_base = counts_base,
    };
    BASE_TRY(gpu_fill(gpu, counts, offset, 4 * VIEW_BINS, 0));
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &view_histogram_kernel,
                 .constants = {WORKGROUP},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = ranges,
                 .n_groups = base_divide_up(params.count, (uint64_t)WORKGROUP * VIEW_HISTOGRAM_ROUNDS),
             });
}

enum base_status view_quantiles(struct gpu *gpu, const struct view_values *values, uint32_t per_mille,
                                uint32_t most, struct gpu_buffer *found, uint64_t offset)
{
    enum { MOST = 1 << 22 };
    if (!is_countable(values) || most == 0 || most > MOST || per_mille > 500)
        return base_fail(BASE_ERROR_INTERNAL, "quantiles at %u per mille of %u numbers, at most %u of them",
                         per_mille, values->count, most);
    const struct sample sample = sample_of(values, most);
    uint32_t found_base;
    const struct view_values ends = {.buffer = found, .count = 2};
    const struct gpu_range ranges[] = {sample.range, view_values_range(&ends, offset, &found_base)};
    const struct view_quantiles_params params = {
        .base = sample.base,
        .stride = sample.stride,
        .every = sample.every,
        .run = values->square,
        .count = sample.count,
        .number = (uint32_t)values->number,
        .scale = sample.scale,
        .bias = values->bias,
        .per_mille = per_mille,
        .found_base = found_base,
    };
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &view_quantiles_kernel,
                                 .constants = {WORKGROUP},
                                 .n_constants = 1,
                                 .params = &params,
                                 .ranges = ranges,
                                 .n_groups = 1,
                             });
}
