#include "sae/benchmarks.h"

#include "base/memory.h"
#include "base/random.h"
#include "sae/select.h"
#include "sae/step_benchmarks.h"

/* A training batch of SmolLM2's width times eight. */
enum { ROWS = 4096, COLS = 4608, ACTIVE = 32 };

struct bench {
    struct gpu_buffer *pi, *results;
    struct sae_select_call call;
    struct linalg_matrix smallest;
    struct sae_select_scratch scratch;
};

static void teardown(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    if (bench) {
        gpu_buffer_destroy(gpu, &bench->pi);
        gpu_buffer_destroy(gpu, &bench->results);
        sae_select_scratch_free(gpu, &bench->scratch);
    }
    base_free(bench);
    work->context = NULL;
}

/* Normal random numbers, the same in each of several blocks of rows. */
static enum base_status fill(struct gpu *gpu, struct gpu_buffer *buffer)
{
    enum { BLOCKS = 8 };
    const uint64_t count = (uint64_t)ROWS / BLOCKS * COLS;
    float *values;
    BASE_TRY(base_allocate(&values, count, sizeof *values, "benchmark"));
    for (uint64_t i = 0; i < count; i++)
        values[i] = (float)base_random_normal(1, BASE_STREAM_TEST, i);
    enum base_status status = BASE_OK;
    for (uint64_t block = 0; block < BLOCKS && status == BASE_OK; block++)
        status = gpu_upload(gpu, buffer, block * count * sizeof *values, values, count * sizeof *values);
    base_free(values);
    return status;
}

static enum base_status setup_select(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    enum base_status status;
    struct bench *bench = NULL;
    BASE_CHECK(base_allocate(&bench, 1, sizeof *bench, "benchmark"));
    work->context = bench;
    BASE_CHECK(gpu_buffer_create(gpu, "benchmark", (uint64_t)4 * ROWS * COLS, GPU_DEVICE, &bench->pi));
    BASE_CHECK(gpu_buffer_create(gpu, "benchmark", 4 * (3 * ROWS + 1), GPU_DEVICE, &bench->results));
    BASE_CHECK(fill(gpu, bench->pi));
    bench->call.pi = linalg_matrix_of(bench->pi, ROWS, COLS);
    bench->call.selection = linalg_matrix_of(bench->results, 1, 2 * ROWS);
    bench->call.counts = linalg_matrix_of(bench->results, 1, ROWS);
    bench->call.counts.offset = 2 * ROWS;
    bench->smallest = linalg_matrix_of(bench->results, 1, 1);
    bench->smallest.offset = 3 * ROWS;
    work->bytes = (uint64_t)4 * ROWS * COLS + 12 * ROWS;
    work->items = (uint64_t)ROWS * COLS;
    work->unit = "entries";
    return BASE_OK;
error:
    teardown(gpu, work);
    return status;
}

static enum base_status run_rows(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    return sae_select_rows(gpu, &bench->call, ACTIVE);
}

static enum base_status run_batch(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    return sae_select_batch(gpu, &bench->call, 1, (uint64_t)ROWS * ACTIVE, &bench->smallest, &bench->scratch);
}

const struct gpu_benchmark sae_benchmarks[] = {
    {"sae_select_rows", "the 32 greatest of each of 4,096 rows of 4,608", setup_select, run_rows, teardown},
    {"sae_select_batch", "the 131,072 greatest of 4,096 rows of 4,608 together", setup_select, run_batch,
     teardown},
    {"sae_step_topk", "a training step: TopK 32, 576 -> 4,608, 4,096 rows, without dead latents",
     sae_bench_setup_topk, sae_bench_run_step, sae_bench_teardown_step},
    {"sae_step_dead", "the same with 1,024 dead latents, which AuxK trains", sae_bench_setup_dead,
     sae_bench_run_step, sae_bench_teardown_step},
    {"sae_step_jumprelu", "a training step: JumpReLU at an L0 of 48, 576 -> 4,608, 4,096 rows",
     sae_bench_setup_jumprelu, sae_bench_run_step, sae_bench_teardown_step},
    {"sae_step_pairs", "a training step: JumpReLU, 8 % of latents active, 1,024 rows, on pairs",
     sae_bench_setup_pairs, sae_bench_run_step, sae_bench_teardown_step},
    {"sae_step_dense", "the same on dense blocks", sae_bench_setup_dense, sae_bench_run_step,
     sae_bench_teardown_step},
    {0},
};
