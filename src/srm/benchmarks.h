/* The benchmarks of srm/ kernels. */
#ifndef ARCLIGHT_SRM_BENCHMARKS_H
#define ARCLIGHT_SRM_BENCHMARKS_H

#include "gpu/benchmark.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ended by a row whose name is NULL. */
extern const struct gpu_benchmark srm_benchmarks[];

#ifdef __cplusplus
}
#endif
#endif
