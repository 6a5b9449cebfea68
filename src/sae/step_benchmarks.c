#include "sae/step_benchmarks.h"

#include "base/memory.h"
#include "base/random.h"
#include "gpu/gpu.h"
#include "sae/start.h"
#include "sae/trainer_internal.h"

/* SmolLM2's width times eight, a batch as SAELens has it; a quarter of it where a step takes long. */
enum { BATCH = 4096, SMALL_BATCH = 1024, D_IN = 576, D_SAE = 4608, ACTIVE = 32, DEAD = 1024 };

enum way { WAY_CHOSEN, WAY_PAIRS, WAY_DENSE };

struct bench {
    struct sae_config config;
    enum way way; /* that every step is made to go */
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

struct shape {
    const char *kind;
    double k;
    double threshold, bandwidth; /* JumpReLU */
    uint32_t batch;
    enum way way;
    uint32_t dead; /* latents that are never among a row's greatest */
};

/* Rows of independent normal numbers; the encoder's directions then give normal pre-activations too. Weights
 * hardly move at this learning rate, so that every step does the same work. */
static enum base_status setup(struct gpu *gpu, struct gpu_benchmark_work *work, const struct shape *shape)
{
    struct bench *bench = NULL;
    struct sae_model start = {0};
    uint64_t rows = shape->batch;
    enum base_status status;
    BASE_CHECK(base_allocate(&bench, 1, sizeof *bench, "benchmark"));
    work->context = bench;
    bench->way = shape->way;
    bench->config.kind = sae_kind_find(shape->kind);
    bench->config.architecture =
        (struct sae_architecture){.d_in = D_IN, .d_out = D_IN, .d_sae = D_SAE, .k = shape->k};
    bench->config.batch = shape->batch;
    bench->config.total_rows = rows * 1000000;
    sae_config_defaults(&bench->config);
    bench->config.learning_rate = 1e-12;
    bench->config.dead_after = shape->dead > 0 ? 1 : 1u << 31;
    if (shape->threshold > 0) {
        bench->config.threshold_start = shape->threshold;
        bench->config.bandwidth = shape->bandwidth;
    }
    BASE_CHECK(base_allocate(&bench->rows, rows * D_IN, sizeof *bench->rows, "benchmark"));
    for (uint64_t i = 0; i < rows * D_IN; i++)
        bench->rows[i] = (float)base_random_normal(1, BASE_STREAM_TEST, i);
    BASE_CHECK(sae_start_model(&bench->config, NULL, 0, 0, &start));
    for (uint64_t i = 0; i < (uint64_t)shape->dead * D_IN; i++)
        start.W_enc[i] *= 0.25f; /* the 32nd of 4,608 lies 2.5 standard deviations up, ten of these */
    BASE_CHECK(sae_trainer_create(gpu, &bench->config, &start, 1, 1, &bench->trainer));
    /* Weights and moments are read and written, gradients made and read, pre-activations made and read twice;
     * the encoder's product is most of the operations, on dense blocks there are five of its size, and dead
     * latents take part in four such products. */
    const uint64_t weights = 2 * (uint64_t)D_IN * D_SAE;
    work->bytes = 4 * (8 * weights + 3 * rows * D_SAE);
    work->operations =
        2 * rows * D_IN * (shape->way == WAY_DENSE ? 5 * D_SAE : D_SAE + 4 * (ACTIVE + shape->dead));
    work->items = rows;
    work->unit = "rows";
error:
    sae_model_free(&start);
    if (status != BASE_OK)
        sae_bench_teardown_step(gpu, work);
    return status;
}

enum base_status sae_bench_setup_topk(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return setup(gpu, work, &(struct shape){.kind = "topk", .k = ACTIVE, .batch = BATCH});
}

enum base_status sae_bench_setup_dead(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return setup(gpu, work, &(struct shape){.kind = "topk", .k = ACTIVE, .batch = BATCH, .dead = DEAD});
}

/* Pre-activations have the standard deviation 0.1, the start's encoder norm: 2.31 of them leave 48 of 4,608
 * above. Once trained they are wide beside the straight-through window, which adds few pairs: 50.3 a row were
 * counted at an L0 of 48 (smollm2-resid15, d_sae 2,304), and this bandwidth adds as many. */
enum base_status sae_bench_setup_jumprelu(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return setup(
        gpu, work,
        &(struct shape){.kind = "jumprelu", .threshold = 0.231, .bandwidth = 0.0035, .batch = BATCH});
}

/* 1.405 standard deviations leave 8 % of all entries above. */
static enum base_status setup_way(struct gpu *gpu, struct gpu_benchmark_work *work, enum way way)
{
    return setup(
        gpu, work,
        &(struct shape){
            .kind = "jumprelu", .threshold = 0.1405, .bandwidth = 0.0035, .batch = SMALL_BATCH, .way = way});
}

enum base_status sae_bench_setup_pairs(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return setup_way(gpu, work, WAY_PAIRS);
}

enum base_status sae_bench_setup_dense(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return setup_way(gpu, work, WAY_DENSE);
}

enum base_status sae_bench_run_step(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    struct sae_record record;
    (void)gpu;
    if (bench->way != WAY_CHOSEN)
        bench->trainer->state.dense = bench->way == WAY_DENSE;
    return sae_trainer_step(bench->trainer, bench->rows, &record);
}
