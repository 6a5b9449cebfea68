/* The benchmarks of sae/ kernels. */
#ifndef ARCLIGHT_SAE_BENCHMARKS_H
#define ARCLIGHT_SAE_BENCHMARKS_H

#include "gpu/benchmark.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ended by a row whose name is NULL. */
extern const struct gpu_benchmark sae_benchmarks[];

#ifdef __cplusplus
}
#endif
#endif
