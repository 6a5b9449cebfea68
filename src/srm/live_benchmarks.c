#include "srm/live_benchmarks.h"

#include "base/memory.h"
#include "base/random.h"
#include "srm/live.h"

#include <math.h>

enum { WIDTH = 24, PLANES = WIDTH * (WIDTH - 1) / 2, ANGLES = 360, RING = 8192, PUSHED = 1024 };

struct bench {
    struct srm_live *live;
    struct gpu_buffer *rows;
    uint32_t shows;
};

static void teardown(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    if (!bench)
        return;
    srm_live_destroy(&bench->live);
    gpu_buffer_destroy(gpu, &bench->rows);
    base_free(bench);
    work->context = NULL;
}

/* Rows that lean to the diagonals, as those of a tanh layer do. */
static enum base_status fill(struct gpu *gpu, struct bench *bench)
{
    float *rows;
    uint64_t values = (uint64_t)RING * WIDTH;
    BASE_TRY(base_allocate(&rows, values, sizeof *rows, "benchmark"));
    for (uint64_t i = 0; i < values; i++)
        rows[i] = (float)tanh(2 * base_random_normal(1, BASE_STREAM_TEST, i));
    enum base_status status = gpu_buffer_create(gpu, "benchmark rows", 4 * values, GPU_DEVICE, &bench->rows);
    if (status == BASE_OK)
        status = gpu_upload(gpu, bench->rows, 0, rows, 4 * values);
    base_free(rows);
    return status == BASE_OK ? srm_live_push_device(bench->live, bench->rows, 0, WIDTH, RING) : status;
}

static enum base_status setup(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct srm_plane planes[PLANES];
    struct bench *bench;
    for (uint32_t p = 0; p < PLANES; p++)
        planes[p] = srm_planes_of_index(WIDTH, p);
    const struct srm_live_parameters parameters = {
        .width = WIDTH,
        .vectors = WIDTH,
        .planes = planes,
        .n_planes = PLANES,
        .angles = ANGLES,
        .ring_rows = RING,
        .orthonormal = true,
    };
    enum base_status status;
    BASE_TRY(base_allocate(&bench, 1, sizeof *bench, "benchmark"));
    work->context = bench;
    BASE_CHECK(srm_live_create(gpu, &parameters, &bench->live));
    BASE_CHECK(fill(gpu, bench));
    return BASE_OK;
error:
    teardown(gpu, work);
    return status;
}

enum base_status srm_live_bench_push(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    *work = (struct gpu_benchmark_work){.unit = "(row, plane, epsilon) tests",
                                        .items = (uint64_t)PUSHED * PLANES * SRM_LIVE_EPSILONS,
                                        .bytes = 2u * 4 * PUSHED * WIDTH};
    return setup(gpu, work);
}

enum base_status srm_live_bench_push_run(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    (void)gpu;
    return srm_live_push_device(bench->live, bench->rows, 0, WIDTH, PUSHED);
}

enum base_status srm_live_bench_show(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    *work = (struct gpu_benchmark_work){
        .unit = "counts", .items = PLANES * ANGLES, .bytes = 2u * 4 * PLANES * ANGLES};
    return setup(gpu, work);
}

/* Another epsilon each time. */
enum base_status srm_live_bench_show_run(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    (void)gpu;
    return srm_live_show(bench->live, srm_live_epsilon(bench->shows++ % SRM_LIVE_EPSILONS));
}

void srm_live_bench_end(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    teardown(gpu, work);
}
