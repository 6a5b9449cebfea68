/* The random-rotation control: the same basis, turned by a Haar rotation, shows what the data give when no
 * direction of theirs has anything to do with the basis. */
#ifndef ARCLIGHT_SRM_CONTROL_H
#define ARCLIGHT_SRM_CONTROL_H

#include "srm/basis.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Vectors whose planes the control measures: so many of the basis, at least 2, that their pairs are at most
 * `most_planes` (at least 1), drawn by the seed; all of them when they are few enough. *subset[*count],
 * ascending, is freed with base_free. */
enum base_status srm_control_subset(uint32_t n_vectors, uint64_t most_planes, uint64_t seed,
                                    uint32_t **subset, uint32_t *count);

/* The vectors subset[count] of the basis as a basis of its own, turned by rotation `copy` >= 1 of `seed`.
 * Angles between the vectors stay. The rotation itself is never made: with the Gram matrix of the subset
 * written as L L' (pivoted Cholesky), the turned vectors are L R for a random orthonormal frame R of as many
 * rows as L has columns, because a fixed frame times a Haar rotation is such a frame. Time and memory:
 * O(count^2 width). */
enum base_status srm_control_basis(const struct srm_basis *basis, const uint32_t *subset, uint32_t count,
                                   uint64_t seed, uint32_t copy, struct srm_basis *control);

#ifdef __cplusplus
}
#endif
#endif
