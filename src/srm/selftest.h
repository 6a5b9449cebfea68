/* The self-tests of srm/ kernels. */
#ifndef ARCLIGHT_SRM_SELFTEST_H
#define ARCLIGHT_SRM_SELFTEST_H

#include "gpu/selftest.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ended by a row whose name is NULL. */
extern const struct gpu_selftest srm_selftests[];

#ifdef __cplusplus
}
#endif
#endif
