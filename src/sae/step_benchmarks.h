/* Whole training steps as benchmarks; rows of sae_benchmarks. Not for other rooms. */
#ifndef ARCLIGHT_SAE_STEP_BENCHMARKS_H
#define ARCLIGHT_SAE_STEP_BENCHMARKS_H

#include "gpu/benchmark.h"

enum base_status sae_bench_setup_topk(struct gpu *gpu, struct gpu_benchmark_work *work);
enum base_status sae_bench_setup_dead(struct gpu *gpu, struct gpu_benchmark_work *work);
enum base_status sae_bench_setup_jumprelu(struct gpu *gpu, struct gpu_benchmark_work *work);
enum base_status sae_bench_setup_pairs(struct gpu *gpu, struct gpu_benchmark_work *work);
enum base_status sae_bench_setup_dense(struct gpu *gpu, struct gpu_benchmark_work *work);
enum base_status sae_bench_run_step(struct gpu *gpu, struct gpu_benchmark_work *work);
void sae_bench_teardown_step(struct gpu *gpu, struct gpu_benchmark_work *work);

#endif
