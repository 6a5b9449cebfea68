/* The self-tests of linalg/ kernels. */
#ifndef ARCLIGHT_LINALG_SELFTEST_H
#define ARCLIGHT_LINALG_SELFTEST_H

#include "gpu/selftest.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ended by a row whose name is NULL. */
extern const struct gpu_selftest linalg_selftests[];

#ifdef __cplusplus
}
#endif
#endif
