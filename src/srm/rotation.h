/* Random rotations and orthonormal frames. */
#ifndef ARCLIGHT_SRM_ROTATION_H
#define ARCLIGHT_SRM_ROTATION_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes rows [first, first + count) of rows[first + count, width] orthonormal, to each other and to the rows
 * before, which are orthonormal already (Gram and Schmidt in blocks, repeated where cancellation asks for
 * it). Each row keeps its own direction's sign: its component along what it was is positive. A row that
 * depends on those before it (less than 1e-10 of it remains) is replaced by a random direction orthogonal to
 * them, drawn from `seed`. first + count <= width. Orthogonal to about 1e-14. BASE_ERROR_FILE_SYSTEM without
 * memory. */
enum base_status srm_rotation_orthonormalise(double *rows, uint32_t first, uint32_t count, uint32_t width,
                                             uint64_t seed);

/* frame[count, width], count <= width: the first rows of a rotation drawn from Haar's measure, a pure
 * function of (seed, copy). Normal entries, orthonormalised with a positive diagonal (Mezzadri, "How to
 * generate random matrices from the classical compact groups", Notices of the AMS 54, 2007). Copies of one
 * seed are independent. */
enum base_status srm_rotation_frame(uint64_t seed, uint32_t copy, uint32_t count, uint32_t width,
                                    double *frame);

#ifdef __cplusplus
}
#endif
#endif
