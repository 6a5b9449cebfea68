/* Matrix product. */
#ifndef ARCLIGHT_LINALG_MATMUL_H
#define ARCLIGHT_LINALG_MATMUL_H

#include "linalg/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* C[m, n] = start + the sum over k of A[m, k] B[k, n], f32.
 *
 *   a     [M, K]; with a_is_columns [K, M], which gives AᵀB: gradients of weights
 *   b     [K, N]; with b_is_rows [N, K], which gives A·Bᵀ: rows times rows
 *   c     [M, N], sharing no element with a, b or bias
 *   bias  [1, N], or without elements: none
 *
 * start is C[m, n] with accumulate, bias[n] where there is a bias (not both), else 0. Each element is one
 * chain of f32 multiply-adds through k = 0, 1, …, K − 1 that begins with its start; with accumulate a long
 * sum may so be made from parts in order, bit for bit. So its bits depend on neither M, N, level, tile nor
 * the way work is cut. Whether a multiply-add is rounded once or twice is the device's: GPUs fuse it, Mesa's
 * lavapipe does not. Either way, with u = 2⁻²⁴ the error is at most (K + 1) u (1 + K u) times |start| + the
 * sum of |A[m, k] B[k, n]| (Higham, Accuracy and Stability of Numerical Algorithms, §3.1).
 *
 * The projection Y[m, rows] = Basis[m, d] · X[rows, d]ᵀ is a = Basis, b = X with b_is_rows, c = Y. */
struct linalg_matmul_call {
    struct linalg_matrix a;
    struct linalg_matrix b;
    struct linalg_matrix c;
    bool b_is_rows;
    bool accumulate;
    bool a_is_columns;
    struct linalg_matrix bias;
};

/* Records the product on the best level that device and shape allow. Sizes of 0 are allowed (K = 0 gives
 * C = start). Matrices longer than one binding are cut. BASE_ERROR_INTERNAL for
 * shapes that do not fit each other or their buffers. */
enum base_status linalg_matmul(struct gpu *gpu, const struct linalg_matmul_call *call);

/* The same on one level, which the device must allow: tests and benchmarks. Where linalg_matmul_level gives a
 * lower one for this shape, that one is taken. */
enum base_status linalg_matmul_at(struct gpu *gpu, enum gpu_level level,
                                  const struct linalg_matmul_call *call);

/* The best level at or below `level` for these shapes: GPU_LEVEL_SUBGROUP takes all, GPU_LEVEL_VEC4 wants
 * columns, strides and offsets of A and B, as they are given, that are multiples of four. */
enum gpu_level linalg_matmul_level(enum gpu_level level, const struct linalg_matmul_call *call);

#ifdef __cplusplus
}
#endif
#endif
