#include "sae/step_benchmarks.h"

#include "base/memory.h"
#include "base/random.h"
#include "gpu/gpu.h"
#include "sae/start.h"
#include "sae/trainer.h"

/* SmolLM2's width times eight, a batch as SAELens has it. */
enum { BATCH = 4096, D_IN = 576, D_SAE = 4608, ACTIVE = 32 };

struct bench {
    struct sae_config config;
    struct sae_trainer *trainer;
    float *rows;
};

void sae_bench_teardown_step(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    (void)gpu;
    if (bench) {
        sae_trainer_destroy(&bench->trainer);
        base_free(bench->rows);
    }
    base_free(bench);
    work->context = NULL;
}

/* Rows of independent normal numbers; the encoder's directions then give normal pre-activations too. Weights
 * hardly move at this learning rate, so that every step does the same work. */
static enum base_status setup(struct gpu *gpu, struct gpu_benchmark_work *work, const char *kind, double k,
                              double threshold)
{
    struct bench *bench = NULL;
    struct sae_model start = {0};
    enum base_status status;
    BASE_CHECK(base_allocate(&bench, 1, sizeof *bench, "benchmark"));
    work->context = bench;
    bench->config.kind = sae_kind_find(kind);
    bench->config.architecture =
        (struct sae_architecture){.d_in = D_IN, .d_out = D_IN, .d_sae = D_SAE, .k = k};
    bench->config.batch = BATCH;
    bench->config.total_rows = (uint64_t)BATCH * 1000000;
    sae_config_defaults(&bench->config);
    bench->config.learning_rate = 1e-12;
    bench->config.dead_after = 1u << 31;
    if (threshold > 0)
        bench->config.threshold_start = threshold;
    BASE_CHECK(base_allocate(&bench->rows, (size_t)BATCH * D_IN, sizeof *bench->rows, "benchmark"));
    for (uint64_t i = 0; i < (uint64_t)BATCH * D_IN; i++)
        bench->rows[i] = (float)base_random_normal(1, BASE_STREAM_TEST, i);
    BASE_CHECK(sae_start_model(&bench->config, NULL, 0, 0, &start));
    BASE_CHECK(sae_trainer_create(gpu, &bench->config, &start, 1, 1, &bench->trainer));
    /* Weights and moments are read and written, gradients made and read, pre-activations made and read twice;
     * the encoder's product is most of the operations. */
    const uint64_t weights = 2 * (uint64_t)D_IN * D_SAE;
    work->bytes = 4 * (8 * weights + 3 * (uint64_t)BATCH * D_SAE);
    work->operations = 2 * (uint64_t)BATCH * D_IN * (D_SAE + 4 * ACTIVE);
    work->items = BATCH;
    work->unit = "rows";
error:
    sae_model_free(&start);
    if (status != BASE_OK)
        sae_bench_teardown_step(gpu, work);
    return status;
}

enum base_status sae_bench_setup_topk(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return setup(gpu, work, "topk", ACTIVE, 0);
}

/* Pre-activations have the standard deviation 0.1, the start's encoder norm: 2.31 of them leave 48 of 4,608
 * above. */
enum base_status sae_bench_setup_jumprelu(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return setup(gpu, work, "jumprelu", 0, 0.231);
}

enum base_status sae_bench_run_step(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    struct sae_record record;
    (void)gpu;
    return sae_trainer_step(bench->trainer, bench->rows, &record);
}
