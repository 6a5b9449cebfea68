/* What srm_ring_ratio must give, in double precision on the CPU: for tests and the self-test. */
#ifndef ARCLIGHT_SRM_RING_REFERENCE_H
#define ARCLIGHT_SRM_RING_REFERENCE_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ratio[cells, cells] from counts[cells, cells], as srm_ring_ratio describes it. BASE_ERROR_FILE_SYSTEM
 * without memory. */
enum base_status srm_ring_reference(const uint32_t *counts, uint32_t cells, uint64_t points, double *ratio);

#ifdef __cplusplus
}
#endif
#endif
