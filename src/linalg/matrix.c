#include "linalg/matrix.h"

#include "base/memory.h"

#include <inttypes.h>

struct linalg_matrix linalg_matrix_of(struct gpu_buffer *buffer, uint64_t rows, uint64_t cols)
{
    return (struct linalg_matrix){.buffer = buffer, .rows = rows, .cols = cols, .stride = cols};
}

bool linalg_matrix_is_empty(const struct linalg_matrix *matrix)
{
    return matrix->rows == 0 || matrix->cols == 0;
}

enum base_status linalg_matrix_check(const struct linalg_matrix *matrix, const char *call, const char *name)
{
    if (linalg_matrix_is_empty(matrix))
        return BASE_OK;
    uint64_t end;
    if (matrix->stride < matrix->cols || !matrix->buffer ||
        BASE_MULTIPLY_OVERFLOWS(matrix->rows - 1, matrix->stride, &end) ||
        BASE_ADD_OVERFLOWS(end, matrix->cols, &end) || BASE_ADD_OVERFLOWS(end, matrix->offset, &end) ||
        end > gpu_buffer_bytes(matrix->buffer) / 4)
        return base_fail(BASE_ERROR_INTERNAL,
                         "%s: %s [%" PRIu64 ", %" PRIu64 "] with stride %" PRIu64 " at element %" PRIu64
                         " does not lie within its buffer of %" PRIu64 " elements",
                         call, name, matrix->rows, matrix->cols, matrix->stride, matrix->offset,
                         matrix->buffer ? gpu_buffer_bytes(matrix->buffer) / 4 : 0);
    return BASE_OK;
}

enum base_status linalg_matrix_check_shape(const struct linalg_matrix *matrix, uint64_t rows, uint64_t cols,
                                           const char *call, const char *name)
{
    if (matrix->rows != rows || matrix->cols != cols)
        return base_fail(BASE_ERROR_INTERNAL,
                         "%s: %s is [%" PRIu64 ", %" PRIu64 "], not [%" PRIu64 ", %" PRIu64 "]", call, name,
                         matrix->rows, matrix->cols, rows, cols);
    return BASE_OK;
}

/* Where a binding may begin, in bytes; at least 16, so that elements read in fours stay aligned. */
static uint64_t alignment_of(const struct gpu *gpu)
{
    return base_maximum(gpu_capabilities(gpu)->offset_alignment, 16);
}

struct linalg_window linalg_window_of(const struct gpu *gpu, const struct linalg_matrix *matrix, uint64_t row,
                                      uint64_t rows, uint64_t col, uint64_t cols)
{
    uint64_t begin = (matrix->offset + row * matrix->stride + col) * 4;
    uint64_t remainder = begin % alignment_of(gpu);
    return (struct linalg_window){
        .range = {.buffer = matrix->buffer,
                  .offset = begin - remainder,
                  .bytes = remainder + linalg_span(rows, cols, matrix->stride) * 4},
        .base = (uint32_t)(remainder / 4),
    };
}

uint64_t linalg_span(uint64_t rows, uint64_t cols, uint64_t stride)
{
    return (rows - 1) * stride + cols;
}

uint64_t linalg_largest_span(const struct gpu *gpu)
{
    return (gpu_capabilities(gpu)->storage_range_bytes - alignment_of(gpu)) / 4;
}

uint64_t linalg_half(uint64_t size, uint64_t multiple)
{
    uint64_t half = base_divide_up(size, 2);
    uint64_t rounded = base_round_up(half, multiple);
    return rounded < size ? rounded : half;
}

uint32_t linalg_group_size(const struct gpu *gpu, uint64_t wanted)
{
    const struct gpu_capabilities *capabilities = gpu_capabilities(gpu);
    uint64_t most = base_minimum(capabilities->max_invocations, capabilities->max_group_size[0]);
    uint32_t size = 1;
    while (size * 2 <= base_minimum(wanted, most))
        size *= 2;
    return size;
}

enum gpu_level linalg_best_level(const struct gpu *gpu, const struct gpu_kernel *kernel)
{
    enum gpu_level level = gpu_best_level(gpu, kernel);
    if (level != GPU_LEVEL_SUBGROUP || gpu_information(gpu)->type == GPU_CPU)
        return level;
    level = GPU_LEVEL_FLOOR;
    for (uint32_t i = 0; i < kernel->shader->n_modules; i++)
        if (kernel->shader->modules[i].level != GPU_LEVEL_SUBGROUP &&
            gpu_level_allowed(gpu, kernel->shader->modules[i].level))
            level = kernel->shader->modules[i].level;
    return level;
}

bool linalg_matrix_is_fours(const struct linalg_matrix *matrix)
{
    return matrix->cols % 4 == 0 && matrix->stride % 4 == 0 && matrix->offset % 4 == 0;
}
