/* Dense double-precision products on the CPU, for bases and covariances: all that PCA, rotations and Gram
 * matrices need. Plain C whose sums run in fixed lanes, so that compilers vectorise it and every machine
 * gives the same bits. */
#ifndef ARCLIGHT_SRM_DENSE_H
#define ARCLIGHT_SRM_DENSE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* <x, y> over n elements. */
double srm_dense_dot(const double *x, const double *y, size_t n);

/* out[r * out_stride + q] = <x_r, y_q> for the rows x[n_x, width] and y[n_y, width]. */
void srm_dense_dots(const double *x, size_t n_x, const double *y, size_t n_y, size_t width, double *out,
                    size_t out_stride);

/* x_r += factor * sum_q weights[r * weights_stride + q] y_q over the first `width` elements of the rows
 * x[n_x] and y[n_y], which stand `stride` elements apart in both; factor is 1 or -1. x and y do not overlap.
 */
void srm_dense_add(double *x, size_t n_x, const double *weights, size_t weights_stride, double factor,
                   const double *y, size_t n_y, size_t width, size_t stride);

#ifdef __cplusplus
}
#endif
#endif
