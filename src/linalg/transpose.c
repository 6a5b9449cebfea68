#include "linalg/transpose.h"

#include "base/memory.h"
#include "linalg/kernels.h"
#include "linalg/params.h"

enum { TILE = 32, THREADS = 128 };

/* The rectangle [row, row + rows) x [col, col + cols) of the source, small enough for one binding. */
static enum base_status transpose_piece(struct gpu *gpu, const struct linalg_matrix *source,
                                        const struct linalg_matrix *destination, uint64_t row, uint64_t rows,
                                        uint64_t col, uint64_t cols)
{
    struct linalg_window from = linalg_window_of(gpu, source, row, rows, col, cols);
    struct linalg_window to = linalg_window_of(gpu, destination, col, cols, row, rows);
    struct linalg_transpose_params params = {
        .rows = (uint32_t)rows,
        .cols = (uint32_t)cols,
        .source_base = from.base,
        .source_stride = (uint32_t)source->stride,
        .destination_base = to.base,
        .destination_stride = (uint32_t)destination->stride,
    };
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &linalg_transpose_kernel,
                 .level = gpu_best_level(gpu, &linalg_transpose_kernel),
                 .constants = {linalg_group_size(gpu, THREADS), gpu_information(gpu)->type == GPU_CPU},
                 .n_constants = 2,
                 .params = &params,
                 .ranges = (struct gpu_range[]){from.range, to.range},
                 .n_groups = base_divide_up(rows, TILE) * base_divide_up(cols, TILE),
             });
}

enum base_status linalg_transpose(struct gpu *gpu, const struct linalg_matrix *source,
                                  const struct linalg_matrix *destination)
{
    BASE_TRY(linalg_matrix_check(source, "linalg_transpose", "the source"));
    BASE_TRY(linalg_matrix_check(destination, "linalg_transpose", "the destination"));
    BASE_TRY(linalg_matrix_check_shape(destination, source->cols, source->rows, "linalg_transpose",
                                       "the destination"));
    if (linalg_matrix_is_empty(source))
        return BASE_OK;

    uint64_t largest = linalg_largest_span(gpu);
    uint64_t rows = source->rows, cols = source->cols;
    while (linalg_span(rows, cols, source->stride) > largest)
        *(rows > 1 ? &rows : &cols) = linalg_half(rows > 1 ? rows : cols, TILE);
    while (linalg_span(cols, rows, destination->stride) > largest)
        *(cols > 1 ? &cols : &rows) = linalg_half(cols > 1 ? cols : rows, TILE);

    for (uint64_t row = 0; row < source->rows; row += rows)
        for (uint64_t col = 0; col < source->cols; col += cols)
            BASE_TRY(transpose_piece(gpu, source, destination, row, base_minimum(rows, source->rows - row),
                                     col, base_minimum(cols, source->cols - col)));
    return BASE_OK;
}
