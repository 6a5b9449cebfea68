#include "linalg/normalise.h"

#include "base/memory.h"
#include "linalg/kernels.h"
#include "linalg/params.h"

enum { THREADS = 128 };

static enum base_status normalise_piece(struct gpu *gpu, const struct linalg_matrix *source,
                                        const struct linalg_matrix *destination,
                                        const struct linalg_matrix *norms, uint64_t row, uint64_t rows)
{
    uint32_t threads = linalg_group_size(gpu, THREADS);
    uint32_t lanes = linalg_group_size(gpu, base_minimum(threads, source->cols / 4));
    struct linalg_window norm = linalg_window_of(gpu, norms, 0, 1, row, rows);
    struct linalg_window from = norm, to = norm; /* rows of no elements have a norm all the same */
    if (source->cols > 0) {
        from = linalg_window_of(gpu, source, row, rows, 0, source->cols);
        to = linalg_window_of(gpu, destination, row, rows, 0, source->cols);
    }
    struct linalg_normalise_rows_params params = {
        .rows = (uint32_t)rows,
        .cols = (uint32_t)source->cols,
        .source_base = from.base,
        .source_stride = (uint32_t)source->stride,
        .destination_base = to.base,
        .destination_stride = (uint32_t)destination->stride,
        .norms_base = norm.base,
    };
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &linalg_normalise_rows_kernel,
                                 .level = gpu_best_level(gpu, &linalg_normalise_rows_kernel),
                                 .constants = {threads, threads / lanes, lanes},
                                 .n_constants = 3,
                                 .params = &params,
                                 .ranges = (struct gpu_range[]){from.range, to.range, norm.range},
                                 .n_groups = base_divide_up(rows, threads / lanes),
                             });
}

enum base_status linalg_normalise_rows(struct gpu *gpu, const struct linalg_matrix *source,
                                       const struct linalg_matrix *destination,
                                       const struct linalg_matrix *norms)
{
    BASE_TRY(linalg_matrix_check(source, "linalg_normalise_rows", "the source"));
    BASE_TRY(linalg_matrix_check(destination, "linalg_normalise_rows", "the destination"));
    BASE_TRY(linalg_matrix_check(norms, "linalg_normalise_rows", "the vector of norms"));
    BASE_TRY(linalg_matrix_check_shape(destination, source->rows, source->cols, "linalg_normalise_rows",
                                       "the destination"));
    BASE_TRY(
        linalg_matrix_check_shape(norms, 1, source->rows, "linalg_normalise_rows", "the vector of norms"));

    uint64_t largest = linalg_largest_span(gpu);
    uint64_t rows = source->rows;
    while (rows > 1 && (linalg_span(rows, source->cols, source->stride) > largest ||
                        linalg_span(rows, source->cols, destination->stride) > largest))
        rows = linalg_half(rows, 1);
    if (source->cols > largest)
        return base_fail(
            BASE_ERROR_INTERNAL,
            "linalg_normalise_rows: a row of %llu elements is longer than the device binds at once",
            (unsigned long long)source->cols);
    for (uint64_t row = 0; row < source->rows; row += rows)
        BASE_TRY(
            normalise_piece(gpu, source, destination, norms, row, base_minimum(rows, source->rows - row)));
    return BASE_OK;
}
