/* Prefix sums. */
#ifndef ARCLIGHT_LINALG_SCAN_H
#define ARCLIGHT_LINALG_SCAN_H

#include "linalg/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

enum linalg_scan_kind {
    LINALG_EXCLUSIVE, /* destination[i] = source[0] + … + source[i − 1] */
    LINALG_INCLUSIVE, /* destination[i] = source[0] + … + source[i] */
};

/* Prefix sums of uint32 modulo 2^32, of any length.
 *
 *   source       a vector [1, n]
 *   destination  a vector [1, n]; may be the source itself, otherwise shares no element with it
 *
 * BASE_ERROR_INTERNAL for vectors that do not fit each other or their buffers; BASE_ERROR_DEVICE_MEMORY when
 * there is no room for the blocks' totals (n / 1,024 words). */
enum base_status linalg_scan(struct gpu *gpu, enum linalg_scan_kind kind, const struct linalg_matrix *source,
                             const struct linalg_matrix *destination);

#ifdef __cplusplus
}
#endif
#endif
