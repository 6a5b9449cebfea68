/* Transposition. */
#ifndef ARCLIGHT_LINALG_TRANSPOSE_H
#define ARCLIGHT_LINALG_TRANSPOSE_H

#include "linalg/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* destination [cols, rows] = source [rows, cols] transposed, bit for bit (any 4-byte elements). The two share
 * no element. Sizes of 0 do nothing. BASE_ERROR_INTERNAL for shapes that do not fit each other or their
 * buffers. */
enum base_status linalg_transpose(struct gpu *gpu, const struct linalg_matrix *source,
                                  const struct linalg_matrix *destination);

#ifdef __cplusplus
}
#endif
#endif
