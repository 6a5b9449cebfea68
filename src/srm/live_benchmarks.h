/* Benchmarks of live resonance, for the table in benchmarks.c: 276 planes of 24 axes, 360 angles, a ring of
 * 8,192 rows. */
#ifndef ARCLIGHT_SRM_LIVE_BENCHMARKS_H
#define ARCLIGHT_SRM_LIVE_BENCHMARKS_H

#include "gpu/benchmark.h"

/* 1,024 rows come to a full ring and as many leave it. */
enum base_status srm_live_bench_push(struct gpu *gpu, struct gpu_benchmark_work *work);
enum base_status srm_live_bench_push_run(struct gpu *gpu, struct gpu_benchmark_work *work);
/* One epsilon is shown. */
enum base_status srm_live_bench_show(struct gpu *gpu, struct gpu_benchmark_work *work);
enum base_status srm_live_bench_show_run(struct gpu *gpu, struct gpu_benchmark_work *work);
/* Ends either. */
void srm_live_bench_end(struct gpu *gpu, struct gpu_benchmark_work *work);

#endif
