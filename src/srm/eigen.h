/* Eigenvalues and eigenvectors of symmetric matrices, for the PCA basis. */
#ifndef ARCLIGHT_SRM_EIGEN_H
#define ARCLIGHT_SRM_EIGEN_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All eigenpairs of the symmetric matrix[n, n], of which the lower triangle is read and which is overwritten:
 * values[n] in descending order, vectors[n, n] with eigenvector k in row k, unit length, its component of
 * largest magnitude positive (the first such). Householder tridiagonalisation and the implicit QL method
 * (Golub and Van Loan, "Matrix Computations", 8.3). BASE_ERROR_NUMERIC for NaN or Inf entries,
 * BASE_ERROR_FILE_SYSTEM without memory. */
enum base_status srm_eigen_symmetric(double *matrix, uint32_t n, double *values, double *vectors);

/* The `count` <= n largest eigenpairs of the symmetric, positive semidefinite matrix[n, n] (both triangles
 * are read, nothing is changed): values[count] descending, vectors[count, n] as above. Few of many come from
 * a block Krylov space with restarts, to a residual of 1e-10 of the largest eigenvalue; otherwise, and where
 * that converges slowly, from srm_eigen_symmetric on a copy. */
enum base_status srm_eigen_leading(const double *matrix, uint32_t n, uint32_t count, double *values,
                                   double *vectors);

#ifdef __cplusplus
}
#endif
#endif
