/* The two measures of a device that every benchmark is compared with, as benchmarks themselves. */
#ifndef ARCLIGHT_GPU_BENCHMARKS_H
#define ARCLIGHT_GPU_BENCHMARKS_H

#include "gpu/benchmark.h"
#include "gpu/selftest.h"

#ifdef __cplusplus
extern "C" {
#endif

/* gpu_copy (its bytes a second are the copy bandwidth), gpu_multiply_add and gpu_multiply_add_fused (the
 * better of their operations a second is the arithmetic peak); ended by a NULL name. */
extern const struct gpu_benchmark gpu_benchmarks[];

extern const struct gpu_selftest gpu_selftests[]; /* of the same kernels; ended by a NULL name */

#ifdef __cplusplus
}
#endif
#endif
