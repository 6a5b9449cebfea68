/* Privileged bases: unit vectors whose pairs span the planes. */
#ifndef ARCLIGHT_SRM_BASIS_H
#define ARCLIGHT_SRM_BASIS_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what the user asked for ---- */

enum srm_basis_kind {
    SRM_BASIS_STANDARD,
    SRM_BASIS_FILE,
    SRM_BASIS_PCA,
    SRM_BASIS_RANDOM,
};

struct srm_basis_choice {
    enum srm_basis_kind kind;
    uint32_t count;   /* of SRM_BASIS_PCA; 0: as many as the width */
    uint64_t seed;    /* of SRM_BASIS_RANDOM */
    const char *file; /* of SRM_BASIS_FILE: FILE or FILE:TENSOR, points into the text that was parsed */
};

/* Reads the value of --basis: "standard", "pca[:COUNT]", "random[:SEED]" (0 when not given), anything else
 * names a file
 * ("./pca" for a file of that name). BASE_ERROR_USAGE for a count or seed that is none. */
enum base_status srm_basis_choice_parse(const char *text, struct srm_basis_choice *choice);

/* ---- the basis ---- */

struct srm_basis {
    uint32_t n_vectors, width;
    double *vectors;   /* [n_vectors, width], unit length; NULL for the standard basis */
    bool orthonormal;  /* every pair at a right angle: their cosines are taken to be exactly 0 */
    double *variances; /* [n_vectors] of the data along each vector, descending; NULL but for PCA */
    char name[32];     /* "standard", "pca:64", "random:7", "file" */
};

void srm_basis_free(struct srm_basis *basis); /* NULL-safe members */

/* The coordinate axes of `width` dimensions. */
enum base_status srm_basis_standard(uint32_t width, struct srm_basis *basis);

/* The directions of rows[n_rows, width], any number of them. `source` names them in messages.
 * BASE_ERROR_INPUT for a zero row or one with NaN or Inf, naming it. Rows whose cosines are all within 5e-7
 * (what f32 storage leaves of an orthonormal basis) are taken as orthonormal. */
enum base_status srm_basis_from_rows(const float *rows, uint32_t n_rows, uint32_t width, const char *source,
                                     struct srm_basis *basis);

/* The same of the matrix in FILE or FILE:TENSOR, of 2 vectors or more. BASE_ERROR_INPUT also for another
 * width. */
enum base_status srm_basis_from_file(const char *argument, uint32_t width, struct srm_basis *basis);

/* The rows of a rotation of `width` dimensions drawn from Haar's measure. 2 s for width 1,536. */
enum base_status srm_basis_random(uint32_t width, uint64_t seed, struct srm_basis *basis);

/* The `count` (0: width) leading eigenvectors of covariance[width, width] (both triangles given).
 * BASE_ERROR_USAGE when count exceeds the width. 7 s for all of width 1,536. */
enum base_status srm_basis_pca(const double *covariance, uint32_t width, uint32_t count,
                               struct srm_basis *basis);

/* Vectors [first, first + count) rounded to f32 into out[count, width], for the device. */
void srm_basis_vectors(const struct srm_basis *basis, uint32_t first, uint32_t count, float *out);

#ifdef __cplusplus
}
#endif
#endif
