#include "gpu/benchmarks.h"

#include "base/memory.h"
#include "base/platform.h"
#include "gpu/gpu.h"
#include "gpu/kernels.h"
#include "gpu/params.h"

#include <math.h>
#include <stdio.h>

enum { GROUP_SIZE = 128, VECTOR_BYTES = 16, VECTORS_A_LANE = 8 };
/* Of a lane: the chains of four components in the shader, and their steps, in rounds of straight code. */
enum { CHAINS = 3, STEPS_A_ROUND = 64, ROUNDS = 8 };
/* Moves every chain towards 1, so that no value overflows or becomes denormal however long the chain. */
static const float FACTOR = 0.75f, ADDEND = 0.25f;

/* ---- copy ---- */

struct copy_case {
    struct gpu_buffer *source;
    struct gpu_buffer *destination;
    uint32_t vectors;
};

static void release_copy(struct gpu *gpu, struct copy_case *c)
{
    gpu_buffer_destroy(gpu, &c->source);
    gpu_buffer_destroy(gpu, &c->destination);
}

static enum base_status make_copy(struct gpu *gpu, uint32_t vectors, struct copy_case *c)
{
    enum base_status status;
    uint64_t bytes = (uint64_t)vectors * VECTOR_BYTES;
    *c = (struct copy_case){.vectors = vectors};
    BASE_CHECK(gpu_buffer_create(gpu, "copy source", bytes, GPU_DEVICE, &c->source));
    BASE_CHECK(gpu_buffer_create(gpu, "copy destination", bytes, GPU_DEVICE, &c->destination));
    BASE_CHECK(gpu_fill(gpu, c->source, 0, bytes, 0x3f800000u));
    return BASE_OK;
error:
    release_copy(gpu, c);
    return status;
}

static enum base_status dispatch_copy(struct gpu *gpu, const struct copy_case *c)
{
    struct gpu_copy_params params = {.vectors = c->vectors};
    struct gpu_range ranges[] = {gpu_whole(c->source), gpu_whole(c->destination)};
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &gpu_copy_kernel,
                                 .level = GPU_LEVEL_FLOOR,
                                 .constants = {GROUP_SIZE},
                                 .n_constants = 1,
                                 .params = &params,
                                 .ranges = ranges,
                                 .n_groups = base_divide_up(c->vectors, GROUP_SIZE * VECTORS_A_LANE),
                             });
}

/* Large enough to be out of every cache, small enough for the least device: two buffers of at most 128 MiB,
 * and an eighth of the free memory each. */
static enum base_status copy_setup(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    const struct gpu_capabilities *capabilities = gpu_capabilities(gpu);
    uint64_t bytes = base_minimum(128u << 20, capabilities->storage_range_bytes);
    bytes = base_minimum(bytes, capabilities->allocation_bytes);
    bytes = base_minimum(bytes, capabilities->memory_free_bytes / 8);
    uint32_t vectors = (uint32_t)base_maximum(bytes / VECTOR_BYTES, 1);
    struct copy_case *c = NULL;
    BASE_TRY(base_allocate(&c, 1, sizeof *c, "the copy benchmark"));
    enum base_status status = make_copy(gpu, vectors, c);
    if (status != BASE_OK) {
        base_free(c);
        return status;
    }
    *work = (struct gpu_benchmark_work){
        .context = c,
        .bytes = 2ull * vectors * VECTOR_BYTES,
        .items = 2ull * vectors * VECTOR_BYTES,
        .unit = "bytes read or written",
    };
    return BASE_OK;
}

static enum base_status copy_run(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return dispatch_copy(gpu, work->context);
}

static void copy_teardown(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    release_copy(gpu, work->context);
    base_free(work->context);
    work->context = NULL;
}

static enum base_status copy_selftest(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum { VECTORS = GROUP_SIZE * VECTORS_A_LANE + 77 };
    enum base_status status;
    struct copy_case c = {0};
    uint32_t *data = NULL;
    BASE_CHECK(base_allocate(&data, 2 * 4 * VECTORS, sizeof *data, "the copy self-test"));
    uint32_t *copied = data + 4 * VECTORS;
    for (uint32_t i = 0; i < 4 * VECTORS; i++)
        data[i] = i * 2654435761u;
    BASE_CHECK(make_copy(gpu, VECTORS, &c));
    BASE_CHECK(gpu_upload(gpu, c.source, 0, data, VECTORS * VECTOR_BYTES));
    BASE_CHECK(dispatch_copy(gpu, &c));
    BASE_CHECK(gpu_download(gpu, c.destination, 0, copied, VECTORS * VECTOR_BYTES));
    for (uint32_t i = 0; i < 4 * VECTORS && status == BASE_OK; i++)
        if (copied[i] != data[i])
            status = base_fail(BASE_ERROR_NUMERIC, "gpu_copy: word %u is 0x%08x, written was 0x%08x", i,
                               copied[i], data[i]);
error:
    release_copy(gpu, &c);
    base_free(data);
    return status;
}

/* ---- multiply-add ---- */

struct chain_case {
    struct gpu_buffer *results;
    uint32_t lanes;
    uint32_t steps; /* of a round */
    uint32_t rounds;
    uint32_t fused;
};

static enum base_status dispatch_chain(struct gpu *gpu, const struct chain_case *c)
{
    struct gpu_multiply_add_params params = {
        .lanes = c->lanes, .rounds = c->rounds, .factor = FACTOR, .addend = ADDEND};
    struct gpu_range range = gpu_whole(c->results);
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &gpu_multiply_add_kernel,
                                 .level = GPU_LEVEL_FLOOR,
                                 .constants = {GROUP_SIZE, c->fused, c->steps},
                                 .n_constants = 3,
                                 .params = &params,
                                 .ranges = &range,
                                 .n_groups = base_divide_up(c->lanes, GROUP_SIZE),
                             });
}

/* Finds how many lanes keep the device busy for some milliseconds: a handful of processors and thousands of
 * them differ by more than any fixed size covers. */
static enum base_status size_chain(struct gpu *gpu, struct chain_case *c)
{
    enum { FEWEST = 1 << 16, MOST = 1 << 24 };
    static const uint64_t LONG_ENOUGH_NS = 5000000;
    for (c->lanes = FEWEST;; c->lanes *= 2) {
        enum base_status status =
            gpu_buffer_create(gpu, "multiply-add results", 4ull * c->lanes, GPU_DEVICE, &c->results);
        if (status == BASE_OK)
            status = dispatch_chain(gpu, c); /* the first one also builds the pipeline */
        if (status == BASE_OK)
            status = gpu_wait(gpu);
        uint64_t begin = base_clock_ns();
        if (status == BASE_OK)
            status = dispatch_chain(gpu, c);
        if (status == BASE_OK)
            status = gpu_wait(gpu);
        bool done = base_clock_ns() - begin >= LONG_ENOUGH_NS || c->lanes >= MOST;
        if (status == BASE_OK && done)
            return BASE_OK;
        gpu_buffer_destroy(gpu, &c->results);
        if (status != BASE_OK)
            return status;
    }
}

static enum base_status chain_setup(struct gpu *gpu, uint32_t fused, struct gpu_benchmark_work *work)
{
    struct chain_case *c = NULL;
    BASE_TRY(base_allocate(&c, 1, sizeof *c, "the multiply-add benchmark"));
    c->steps = STEPS_A_ROUND;
    c->rounds = ROUNDS;
    c->fused = fused;
    enum base_status status = size_chain(gpu, c);
    if (status != BASE_OK) {
        base_free(c);
        return status;
    }
    uint64_t operations = (uint64_t)c->lanes * ROUNDS * STEPS_A_ROUND * CHAINS * 4 * 2;
    *work = (struct gpu_benchmark_work){
        .context = c,
        .bytes = 4ull * c->lanes,
        .operations = operations,
        .items = operations,
        .unit = "additions and multiplications",
    };
    return BASE_OK;
}

static enum base_status plain_chain_setup(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return chain_setup(gpu, 0, work);
}

static enum base_status fused_chain_setup(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return chain_setup(gpu, 1, work);
}

static enum base_status chain_run(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return dispatch_chain(gpu, work->context);
}

static void chain_teardown(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct chain_case *c = work->context;
    gpu_buffer_destroy(gpu, &c->results);
    base_free(c);
    work->context = NULL;
}

/* In double precision: the chain x -> f x + a has the closed form 1 + f^steps (x - 1), as a = 1 - f. */
static double chain_reference(uint32_t lane, const struct chain_case *c)
{
    double sum = 0;
    for (int chain = 0; chain < CHAINS; chain++)
        for (int component = 0; component < 4; component++) {
            double start = 0.25 * component + (double)(lane & 1023u) / 1024 + chain;
            sum += 1 + pow((double)FACTOR, (double)c->steps * c->rounds) * (start - 1);
        }
    return sum;
}

/* Each step rounds once or twice to 2^-24 relative and the chain forgets its errors with ratio 3/4, so a
 * chain is within 8 x 2^-24 of its value near 1; twelve of them and their sum stay within 2e-5. */
static enum base_status chain_selftest(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum { LANES = 1061 };
    enum base_status status = BASE_OK;
    float *results = NULL;
    struct chain_case c = {.lanes = LANES, .steps = 3, .rounds = 2};
    BASE_CHECK(base_allocate(&results, LANES, sizeof *results, "the multiply-add self-test"));
    BASE_CHECK(
        gpu_buffer_create(gpu, "multiply-add results", sizeof *results * LANES, GPU_DEVICE, &c.results));
    for (c.fused = 0; c.fused < 2; c.fused++) {
        BASE_CHECK(dispatch_chain(gpu, &c));
        BASE_CHECK(gpu_download(gpu, c.results, 0, results, sizeof *results * LANES));
        for (uint32_t i = 0; i < LANES && status == BASE_OK; i++)
            if (!(fabs((double)results[i] - chain_reference(i, &c)) <= 3e-4))
                status =
                    base_fail(BASE_ERROR_NUMERIC, "gpu_multiply_add%s: lane %u gives %.9g, expected %.9g",
                              c.fused ? ", fused" : "", i, (double)results[i], chain_reference(i, &c));
        if (status != BASE_OK)
            break;
    }
error:
    gpu_buffer_destroy(gpu, &c.results);
    base_free(results);
    return status;
}

const struct gpu_benchmark gpu_benchmarks[] = {
    {"gpu_copy", "one buffer into another, 16 bytes a load", copy_setup, copy_run, copy_teardown},
    {"gpu_multiply_add", "chains of x * a + b in registers", plain_chain_setup, chain_run, chain_teardown},
    {"gpu_multiply_add_fused", "chains of fma(x, a, b) in registers", fused_chain_setup, chain_run,
     chain_teardown},
    {NULL, NULL, NULL, NULL, NULL},
};

static enum base_status arithmetic_selftest(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    return gpu_self_check_arithmetic(gpu);
}

const struct gpu_selftest gpu_selftests[] = {
    {"gpu_check", &gpu_check_kernel, arithmetic_selftest},
    {"gpu_copy", &gpu_copy_kernel, copy_selftest},
    {"gpu_multiply_add", &gpu_multiply_add_kernel, chain_selftest},
    {NULL, NULL, NULL},
};
