/* The angles between basis vectors, in double precision and on demand: the whole Gram matrix is never made.
 */
#ifndef ARCLIGHT_SRM_GRAM_H
#define ARCLIGHT_SRM_GRAM_H

#include "srm/basis.h"
#include "srm/pair.h"
#include "srm/planes.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Cosine between vectors i and j, in [-1, 1]: exactly 1 for i == j, exactly 0 between two of an orthonormal
 * basis. */
double srm_gram_cosine(const struct srm_basis *basis, uint32_t i, uint32_t j);

/* cosines[count] between vector i and the vectors [first, first + count). */
void srm_gram_row(const struct srm_basis *basis, uint32_t i, uint32_t first, uint32_t count, double *cosines);

/* pairs[n] of planes[n]; runs of planes (i, j), (i, j + 1), ... are the fast case. */
void srm_gram_pairs(const struct srm_basis *basis, const struct srm_plane *planes, uint64_t n,
                    struct srm_pair *pairs);

#ifdef __cplusplus
}
#endif
#endif
