#include "srm/benchmarks.h"

#include "base/memory.h"
#include "base/random.h"
#include "srm/counter.h"
#include "srm/live_benchmarks.h"
#include "srm/null.h"

enum { ANGLES = 360, LISTED = 4096, MOST_TARGETS = 64 };

/* What is counted. Beside the standard size there are four that show how the time grows with the vectors and
 * the rows: it should be the same a test. */
struct shape {
    uint32_t rows, vectors;
    bool sparse;
};
static const struct shape standard = {8192, 512, false}, sparse = {8192, 512, true};
static const struct shape narrow = {8192, 128, false}, wide = {1024, 1536, false};
static const struct shape few_rows = {2000, 256, false}, many_rows = {60000, 256, false};

/* Rows on the device, and targets that together hold the planes to count: one where all fit one binding. */
struct bench {
    struct shape shape;
    struct srm_counter counter;
    struct srm_block block;
    struct srm_target targets[MOST_TARGETS];
    uint32_t n_targets;
    enum srm_method method;
};

static void teardown(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    for (uint32_t t = 0; bench && t < bench->n_targets; t++)
        srm_target_destroy(gpu, &bench->targets[t]);
    if (bench) {
        srm_block_destroy(gpu, &bench->block);
        srm_counter_destroy(gpu, &bench->counter);
    }
    base_free(bench);
    work->context = NULL;
}

/* Normal rows; `sparse`: their cubes above zero, as a layer with few active neurons gives them. */
static enum base_status fill(struct gpu *gpu, struct bench *bench)
{
    uint64_t values = (uint64_t)bench->shape.rows * bench->shape.vectors;
    float *rows;
    BASE_TRY(base_allocate(&rows, values, sizeof *rows, "benchmark"));
    for (uint64_t i = 0; i < values; i++) {
        double x = base_random_normal(1, BASE_STREAM_TEST, i);
        rows[i] = (float)(!bench->shape.sparse ? x : x > 0 ? x * x * x : 0);
    }
    enum base_status status =
        srm_block_fill(gpu, &bench->block, NULL, bench->counter.quantise_scale, rows, bench->shape.rows);
    base_free(rows);
    return status;
}

static enum base_status prepare(struct gpu *gpu, struct shape shape, struct gpu_benchmark_work *work)
{
    /* At the automatic epsilon sparse rows have too many dominant coordinates for that kernel to be chosen.
     */
    double epsilon = shape.sparse ? 0.5 : srm_null_automatic_epsilon(shape.vectors);
    struct bench *bench = NULL;
    *work = (struct gpu_benchmark_work){.unit = "(row, plane) tests"};
    BASE_TRY(base_allocate(&bench, 1, sizeof *bench, "benchmark"));
    work->context = bench;
    bench->shape = shape;
    /* Counts and sums of all repetitions are added up; they may wrap, which changes nothing in the work. */
    BASE_TRY(srm_counter_create(gpu,
                                &(struct srm_counter_parameters){.vectors = shape.vectors,
                                                                 .angles = ANGLES,
                                                                 .epsilons = &epsilon,
                                                                 .n_epsilons = 1,
                                                                 .total_rows = shape.rows},
                                &bench->counter));
    BASE_TRY(srm_block_create(gpu, shape.rows, shape.vectors, shape.vectors, true, &bench->block));
    return fill(gpu, bench);
}

static enum base_status add_runs(struct gpu *gpu, struct bench *bench)
{
    uint32_t most = srm_target_most_planes(gpu, &bench->counter), vectors = bench->shape.vectors;
    for (uint32_t first = 0, end; first < vectors - 1; first = end) {
        end = srm_target_run_end(vectors, first, most);
        if (end == first || bench->n_targets == MOST_TARGETS)
            return base_fail(BASE_ERROR_DEVICE_MEMORY,
                             "the planes of %u vectors do not fit %d bindings of %llu bytes", vectors,
                             MOST_TARGETS, (unsigned long long)gpu_capabilities(gpu)->storage_range_bytes);
        BASE_TRY(
            srm_target_create_run(gpu, &bench->counter, first, end, NULL, &bench->targets[bench->n_targets]));
        bench->n_targets++;
    }
    return BASE_OK;
}

/* Least traffic: the rows' bytes once, and the counts read and written once. */
static void measure(struct gpu_benchmark_work *work)
{
    const struct bench *bench = work->context;
    uint64_t planes = 0;
    for (uint32_t t = 0; t < bench->n_targets; t++)
        planes += bench->targets[t].planes;
    work->items = planes * bench->shape.rows;
    work->bytes = (uint64_t)bench->shape.rows * bench->shape.vectors + 2 * 4 * planes * ANGLES;
}

static enum base_status setup_all(struct gpu *gpu, struct gpu_benchmark_work *work, struct shape shape,
                                  enum srm_method method)
{
    enum base_status status;
    BASE_CHECK(prepare(gpu, shape, work));
    struct bench *bench = work->context;
    bench->method = method;
    BASE_CHECK(add_runs(gpu, bench));
    measure(work);
    return BASE_OK;
error:
    teardown(gpu, work);
    return status;
}

#define SETUP(name, shape, method)                                                                           \
    static enum base_status name(struct gpu *gpu, struct gpu_benchmark_work *work)                           \
    {                                                                                                        \
        return setup_all(gpu, work, shape, method);                                                          \
    }
SETUP(setup_tiles, standard, SRM_METHOD_TILES)
SETUP(setup_narrow, narrow, SRM_METHOD_TILES)
SETUP(setup_wide, wide, SRM_METHOD_TILES)
SETUP(setup_few_rows, few_rows, SRM_METHOD_TILES)
SETUP(setup_many_rows, many_rows, SRM_METHOD_TILES)
SETUP(setup_dominant, sparse, SRM_METHOD_DOMINANT)

static enum base_status setup_list(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    enum base_status status;
    struct srm_plane planes[LISTED];
    BASE_CHECK(prepare(gpu, standard, work));
    struct bench *bench = work->context;
    for (uint32_t p = 0; p < LISTED; p++)
        planes[p] = srm_planes_of_index(standard.vectors, p * (srm_planes_count(standard.vectors) / LISTED));
    BASE_CHECK(srm_target_create_list(gpu, &bench->counter, planes, LISTED, NULL, &bench->targets[0]));
    bench->n_targets = 1;
    measure(work);
    return BASE_OK;
error:
    teardown(gpu, work);
    return status;
}

static enum base_status run(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    for (uint32_t t = 0; t < bench->n_targets; t++)
        BASE_TRY(srm_target_add(gpu, &bench->counter, &bench->block, bench->method, &bench->targets[t]));
    return BASE_OK;
}

const struct gpu_benchmark srm_benchmarks[] = {
    {"srm_count_tiles", "8,192 normal rows, all planes of 512 axes, automatic epsilon, 360 angles",
     setup_tiles, run, teardown},
    {"srm_growth_narrow", "the same with 128 axes", setup_narrow, run, teardown},
    {"srm_growth_wide", "the same with 1,536 axes, 1,024 rows", setup_wide, run, teardown},
    {"srm_growth_few", "the same with 256 axes, 2,000 rows", setup_few_rows, run, teardown},
    {"srm_growth_many", "the same with 256 axes, 60,000 rows", setup_many_rows, run, teardown},
    {"srm_count_dominant",
     "all planes of 512 axes, 8,192 sparse rows, epsilon 0.5, from each row's dominant coordinates",
     setup_dominant, run, teardown},
    {"srm_count_list", "8,192 normal rows, 4,096 listed planes of 512 axes", setup_list, run, teardown},
    {"srm_live_push",
     "1,024 rows come to a ring of 8,192 and as many leave: 276 planes of 24 axes, 91 epsilons, 360 angles",
     srm_live_bench_push, srm_live_bench_push_run, srm_live_bench_end},
    {"srm_live_show", "another of the epsilons is shown", srm_live_bench_show, srm_live_bench_show_run,
     srm_live_bench_end},
    {NULL, NULL, NULL, NULL, NULL},
};
