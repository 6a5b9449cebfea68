/* What the kernels of linalg/ compute, written plainly in double precision on the CPU: for self-tests and
 * tests. */
#ifndef ARCLIGHT_LINALG_REFERENCE_H
#define ARCLIGHT_LINALG_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One element of a product: start + the sum over k < depth of a[k] b[k * b_stride]. *magnitude: |start| + the
 * sum of the terms' magnitudes, to which the error bound is proportional. */
double linalg_reference_product(const float *a, const float *b, uint64_t b_stride, uint64_t depth,
                                double start, double *magnitude);

/* The sum of n values `stride` apart, of their squares, or of them times weights [n] (NULL: none), and of the
 * terms' magnitudes. */
double linalg_reference_sum(const float *values, uint64_t stride, uint64_t n, bool squared,
                            const float *weights, double *magnitude);

/* The same over counts. */
uint64_t linalg_reference_sum_counts(const uint32_t *values, uint64_t stride, uint64_t n);

/* unit[cols] = row[cols] / norm; returns the norm. Zeros and 0, or NaN and NaN, for the rows that
 * linalg_normalise_rows names. */
double linalg_reference_normalise(const float *row, uint64_t cols, double *unit);

#ifdef __cplusplus
}
#endif
#endif
