/* Rows of unit length. */
#ifndef ARCLIGHT_LINALG_NORMALISE_H
#define ARCLIGHT_LINALG_NORMALISE_H

#include "linalg/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* destination[r, :] = source[r, :] / norms[r] with norms[r] the Euclidean norm of row r.
 *
 *   source       [rows, cols] f32
 *   destination  [rows, cols] f32; may be the source itself, otherwise shares no element with it
 *   norms        a vector [1, rows] f32
 *
 * A row whose every element is below 2^-126 in magnitude (zero or denormal) gives zeros and norm 0. A row
 * with NaN or Inf gives NaN everywhere, and norm NaN. Rows of no elements have norm 0. Neither overflow nor
 * underflow of squares matters, and with n = min(cols, 4 + cols / 128) additions in a chain the relative
 * error is at most (n + 15) 2⁻²⁴, in which sqrt and division are allowed what Vulkan allows them (precision
 * of SPIR-V instructions). */
enum base_status linalg_normalise_rows(struct gpu *gpu, const struct linalg_matrix *source,
                                       const struct linalg_matrix *destination,
                                       const struct linalg_matrix *norms);

#ifdef __cplusplus
}
#endif
#endif
