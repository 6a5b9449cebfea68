/* The self-tests of sae/ kernels. */
#ifndef ARCLIGHT_SAE_SELFTEST_H
#define ARCLIGHT_SAE_SELFTEST_H

#include "gpu/selftest.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ended by a row whose name is NULL. */
extern const struct gpu_selftest sae_selftests[];

#ifdef __cplusplus
}
#endif
#endif
