#include "live/benchmarks.h"

#include "base/memory.h"
#include "base/random.h"
#include "live/app.h"
#include "live/resonance.h"

#include <math.h>
#include <stdio.h>

enum { WIDTH = 16, ROWS = 10000, ACROSS = 1280, DOWN = 720, LOWEST = 20, EPSILONS = 50 };

/* Rows that stay, and a hand that moves the slider: another epsilon each time. */
struct bench {
    struct live_scene scene;
    struct live_app app;
    uint32_t runs;
};

static enum base_status advance(struct live_scene *scene, double seconds)
{
    (void)scene;
    (void)seconds;
    return BASE_OK;
}

static enum base_status prepare(struct live_scene *scene)
{
    return live_resonance_prepare(&scene->model.resonance);
}

static void destroy(struct live_scene *scene)
{
    live_resonance_release(&scene->model.resonance);
}

static const struct live_scene_kind kind = {advance, prepare, NULL, destroy};

static void teardown(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    (void)gpu;
    if (!bench)
        return;
    live_app_show(&bench->app, NULL);
    destroy(&bench->scene);
    live_app_close(&bench->app);
    base_free(bench);
    work->context = NULL;
}

/* Rows that lean to the diagonals, as those of a tanh layer do. */
static enum base_status push_rows(struct srm_live *counts)
{
    float *rows;
    uint64_t values = (uint64_t)ROWS * WIDTH;
    BASE_TRY(base_allocate(&rows, values, sizeof *rows, "benchmark"));
    for (uint64_t i = 0; i < values; i++)
        rows[i] = (float)tanh(2 * base_random_normal(1, BASE_STREAM_TEST, i));
    enum base_status status = srm_live_push(counts, rows, ROWS);
    base_free(rows);
    return status;
}

static enum base_status make_scene(struct gpu *gpu, struct live_scene *scene)
{
    const struct live_resonance_parameters resonance = {
        .width = WIDTH,
        .vectors = WIDTH,
        .orthonormal = true,
        .basis_name = "standard basis",
        .subject = "activations",
        .rows = ROWS,
        .n_controls = 2,
        .epsilon = NAN,
    };
    *scene = (struct live_scene){.kind = &kind};
    scene->model.gpu = gpu;
    snprintf(scene->model.title, sizeof scene->model.title, "Benchmark");
    BASE_TRY(live_resonance_create(gpu, &resonance, &scene->model.resonance));
    scene->model.resonance.total_rows = ROWS;
    return push_rows(scene->model.resonance.counts);
}

static enum base_status setup(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    const struct live_app_parameters parameters = {
        .gpu = gpu,
        .stage = {.headless = true, .width = ACROSS, .height = DOWN, .scale = 1},
        .theme = "dark",
        .forgetful = true,
    };
    struct bench *bench;
    enum base_status status;
    *work = (struct gpu_benchmark_work){.unit = "pictures", .items = 1, .bytes = 4 * ACROSS * DOWN};
    BASE_TRY(base_allocate(&bench, 1, sizeof *bench, "benchmark"));
    work->context = bench;
    BASE_CHECK(live_app_open(&bench->app, &parameters));
    BASE_CHECK(make_scene(gpu, &bench->scene));
    live_app_show(&bench->app, &bench->scene);
    return BASE_OK;
error:
    teardown(gpu, work);
    return status;
}

static enum base_status run(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    (void)gpu;
    bench->scene.model.resonance.epsilon = srm_live_epsilon(LOWEST + bench->runs++ % EPSILONS);
    return live_app_pump(&bench->app);
}

const struct gpu_benchmark live_benchmarks[] = {
    {"view_dashboard",
     "a window of 1280 x 720 pixels with the dashboard of resonance, 10,000 rows of 16, another epsilon each "
     "time",
     setup, run, teardown},
    {NULL, NULL, NULL, NULL, NULL},
};
