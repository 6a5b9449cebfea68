/* The benchmark of the live window. */
#ifndef ARCLIGHT_LIVE_BENCHMARKS_H
#define ARCLIGHT_LIVE_BENCHMARKS_H

#include "gpu/benchmark.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ended by a row whose name is NULL. */
extern const struct gpu_benchmark live_benchmarks[];

#ifdef __cplusplus
}
#endif
#endif
