/* The self-tests of view/ draws: small pictures whose pixels are known. */
#ifndef ARCLIGHT_VIEW_SELFTEST_H
#define ARCLIGHT_VIEW_SELFTEST_H

#include "gpu/selftest.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ended by a row whose name is NULL. */
extern const struct gpu_selftest view_selftests[];

#ifdef __cplusplus
}
#endif
#endif
