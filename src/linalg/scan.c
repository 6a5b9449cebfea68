#include "linalg/scan.h"

#include "base/memory.h"
#include "linalg/kernels.h"
#include "linalg/params.h"

/* ITEMS as in the shaders. */
enum { ITEMS = 8, THREADS = 128 };

/* Blocks of `block` elements that one binding holds. */
static uint64_t blocks_a_piece(const struct gpu *gpu, uint64_t block)
{
    return base_maximum(linalg_largest_span(gpu) / block, 1);
}

/* Scans each block by itself and writes its total. */
static enum base_status scan_blocks(struct gpu *gpu, enum linalg_scan_kind kind,
                                    const struct linalg_matrix *source,
                                    const struct linalg_matrix *destination,
                                    const struct linalg_matrix *totals, uint32_t threads)
{
    uint64_t block = (uint64_t)threads * ITEMS;
    uint64_t piece = blocks_a_piece(gpu, block);
    for (uint64_t first = 0; first < totals->cols; first += piece) {
        uint64_t blocks = base_minimum(piece, totals->cols - first);
        uint64_t from = first * block, count = base_minimum(blocks * block, source->cols - from);
        struct linalg_window in = linalg_window_of(gpu, source, 0, 1, from, count);
        struct linalg_window out = linalg_window_of(gpu, destination, 0, 1, from, count);
        struct linalg_window sums = linalg_window_of(gpu, totals, 0, 1, first, blocks);
        struct linalg_scan_params params = {
            .count = (uint32_t)count,
            .source_base = in.base,
            .destination_base = out.base,
            .totals_base = sums.base,
            .inclusive = kind == LINALG_INCLUSIVE,
        };
        BASE_TRY(gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                       .kernel = &linalg_scan_kernel,
                                       .level = gpu_best_level(gpu, &linalg_scan_kernel),
                                       .constants = {threads, threads},
                                       .n_constants = 2,
                                       .params = &params,
                                       .ranges = (struct gpu_range[]){in.range, out.range, sums.range},
                                       .n_groups = blocks,
                                   }));
    }
    return BASE_OK;
}

/* Adds to each block what stands before it. */
static enum base_status add_offsets(struct gpu *gpu, const struct linalg_matrix *destination,
                                    const struct linalg_matrix *offsets, uint32_t threads)
{
    uint64_t block = (uint64_t)threads * ITEMS;
    uint64_t piece = blocks_a_piece(gpu, block);
    for (uint64_t first = 0; first < offsets->cols; first += piece) {
        uint64_t blocks = base_minimum(piece, offsets->cols - first);
        uint64_t from = first * block, count = base_minimum(blocks * block, destination->cols - from);
        struct linalg_window out = linalg_window_of(gpu, destination, 0, 1, from, count);
        struct linalg_window before = linalg_window_of(gpu, offsets, 0, 1, first, blocks);
        struct linalg_scan_add_params params = {
            .count = (uint32_t)count,
            .destination_base = out.base,
            .offsets_base = before.base,
        };
        BASE_TRY(gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                       .kernel = &linalg_scan_add_kernel,
                                       .level = gpu_best_level(gpu, &linalg_scan_add_kernel),
                                       .constants = {threads, threads},
                                       .n_constants = 2,
                                       .params = &params,
                                       .ranges = (struct gpu_range[]){out.range, before.range},
                                       .n_groups = blocks,
                                   }));
    }
    return BASE_OK;
}

enum base_status linalg_scan(struct gpu *gpu, enum linalg_scan_kind kind, const struct linalg_matrix *source,
                             const struct linalg_matrix *destination)
{
    BASE_TRY(linalg_matrix_check(source, "linalg_scan", "the source"));
    BASE_TRY(linalg_matrix_check(destination, "linalg_scan", "the destination"));
    BASE_TRY(linalg_matrix_check_shape(source, 1, source->cols, "linalg_scan", "the source"));
    BASE_TRY(linalg_matrix_check_shape(destination, 1, source->cols, "linalg_scan", "the destination"));
    if (source->cols == 0)
        return BASE_OK;

    uint32_t threads = linalg_group_size(gpu, THREADS);
    uint64_t blocks = base_divide_up(source->cols, (uint64_t)threads * ITEMS);
    struct gpu_buffer *buffer = NULL;
    BASE_TRY(gpu_buffer_create(gpu, "totals of a scan's blocks", blocks * 4, GPU_DEVICE, &buffer));
    struct linalg_matrix totals = linalg_matrix_of(buffer, 1, blocks);
    enum base_status status = scan_blocks(gpu, kind, source, destination, &totals, threads);
    if (status == BASE_OK && blocks > 1)
        status = linalg_scan(gpu, LINALG_EXCLUSIVE, &totals, &totals);
    if (status == BASE_OK && blocks > 1)
        status = add_offsets(gpu, destination, &totals, threads);
    gpu_buffer_destroy(gpu, &buffer);
    return status;
}
