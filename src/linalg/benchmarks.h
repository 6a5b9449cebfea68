/* The benchmarks of linalg/ kernels. */
#ifndef ARCLIGHT_LINALG_BENCHMARKS_H
#define ARCLIGHT_LINALG_BENCHMARKS_H

#include "gpu/benchmark.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ended by a row whose name is NULL. */
extern const struct gpu_benchmark linalg_benchmarks[];

#ifdef __cplusplus
}
#endif
#endif
