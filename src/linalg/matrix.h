/* Matrices in device buffers: what every call of linalg/ takes. */
#ifndef ARCLIGHT_LINALG_MATRIX_H
#define ARCLIGHT_LINALG_MATRIX_H

#include "gpu/gpu.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A row-major matrix of 4-byte elements: element (r, c) is the buffer's element offset + r * stride + c.
 * Offset and stride count elements; the stride is at least `cols`. A matrix without elements needs no buffer.
 * The buffer is not owned. A vector is a matrix of one row. Any offset is allowed; no call writes between the
 * rows. */
struct linalg_matrix {
    struct gpu_buffer *buffer;
    uint64_t offset;
    uint64_t rows;
    uint64_t cols;
    uint64_t stride;
};

/* Rows without gaps from the buffer's beginning. */
struct linalg_matrix linalg_matrix_of(struct gpu_buffer *buffer, uint64_t rows, uint64_t cols);

/* True when there is no element. */
bool linalg_matrix_is_empty(const struct linalg_matrix *matrix);

/* BASE_ERROR_INTERNAL, naming `call` and `name`, when the stride is smaller than a row or the matrix reaches
 * past the end of its buffer. */
enum base_status linalg_matrix_check(const struct linalg_matrix *matrix, const char *call, const char *name);

/* BASE_ERROR_INTERNAL, naming `call` and `name`, when the shape is not [rows, cols]. */
enum base_status linalg_matrix_check_shape(const struct linalg_matrix *matrix, uint64_t rows, uint64_t cols,
                                           const char *call, const char *name);

/* A rectangle of a matrix as a kernel sees it: a range that may be bound, and the element within it at which
 * the rectangle begins. */
struct linalg_window {
    struct gpu_range range;
    uint32_t base;
};

/* The window of rows [row, row + rows) and columns [col, col + cols), neither empty, whose span
 * (linalg_span) is at most linalg_largest_span. */
struct linalg_window linalg_window_of(const struct gpu *gpu, const struct linalg_matrix *matrix, uint64_t row,
                                      uint64_t rows, uint64_t col, uint64_t cols);

/* Elements from the first to the last of a rectangle [rows, cols], both above 0. */
uint64_t linalg_span(uint64_t rows, uint64_t cols, uint64_t stride);

/* The longest span that one binding of this device holds, in elements, wherever it begins. */
uint64_t linalg_largest_span(const struct gpu *gpu);

/* A smaller size for cutting work that does not fit one binding: about half of `size` (> 1), a multiple of
 * `multiple` while that makes it smaller. */
uint64_t linalg_half(uint64_t size, uint64_t multiple);

/* The largest power of two that is at most `wanted`, and that a workgroup of this device may have. */
uint32_t linalg_group_size(const struct gpu *gpu, uint64_t wanted);

/* The best level of a kernel whose GPU_LEVEL_SUBGROUP is made for CPU devices (it spares them most of their
 * loads; others have real shared memory): other devices get GPU_LEVEL_VEC4 in its place, or the floor. */
enum gpu_level linalg_best_level(const struct gpu *gpu, const struct gpu_kernel *kernel);

/* Whether the matrix's elements can be read four at a time. */
bool linalg_matrix_is_fours(const struct linalg_matrix *matrix);

#ifdef __cplusplus
}
#endif
#endif
