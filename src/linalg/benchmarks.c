#include "linalg/benchmarks.h"

#include "base/memory.h"
#include "base/random.h"
#include "linalg/matmul.h"
#include "linalg/normalise.h"
#include "linalg/scan.h"
#include "linalg/sort.h"
#include "linalg/sum.h"
#include "linalg/transpose.h"

/* The shapes of the projection of some thousand rows, and of a count table. */
enum { DEPTH = 576, ROWS = 1024, COLS = 4608, SCANNED = 1 << 23, SORTED = 1 << 17 };
/* Rows of a training step's batch, for the products of an autoencoder. */
enum { BATCH = 4096 };

/* Three buffers and the matrices in them; what each benchmark's run takes. */
struct bench {
    struct gpu_buffer *buffers[3];
    struct linalg_matrix a, b, c;
    struct linalg_sort_call sort;
    struct linalg_sort_scratch scratch;
    bool a_is_columns, b_is_rows;
};

static void teardown(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    if (bench)
        for (int i = 0; i < 3; i++)
            gpu_buffer_destroy(gpu, &bench->buffers[i]);
    if (bench)
        linalg_sort_scratch_free(gpu, &bench->scratch);
    base_free(bench);
    work->context = NULL;
}

/* Normal random numbers: a device may be faster on zeros. */
static enum base_status fill(struct gpu *gpu, struct gpu_buffer *buffer, uint64_t count)
{
    float *values;
    BASE_TRY(base_allocate(&values, count, sizeof *values, "benchmark"));
    for (uint64_t i = 0; i < count; i++)
        values[i] = (float)base_random_normal(1, BASE_STREAM_TEST, i);
    enum base_status status = gpu_upload(gpu, buffer, 0, values, count * sizeof *values);
    base_free(values);
    return status;
}

/* Buffers of the given element counts, the first two filled. */
static enum base_status setup(struct gpu *gpu, struct gpu_benchmark_work *work, uint64_t a, uint64_t b,
                              uint64_t c)
{
    enum base_status status;
    struct bench *bench = NULL;
    uint64_t counts[3] = {a, b, c};
    BASE_CHECK(base_allocate(&bench, 1, sizeof *bench, "benchmark"));
    work->context = bench;
    for (int i = 0; i < 3; i++)
        if (counts[i] > 0)
            BASE_CHECK(gpu_buffer_create(gpu, "benchmark", counts[i] * 4, GPU_DEVICE, &bench->buffers[i]));
    for (int i = 0; i < 2; i++)
        if (counts[i] > 0)
            BASE_CHECK(fill(gpu, bench->buffers[i], counts[i]));
    return BASE_OK;
error:
    teardown(gpu, work);
    return status;
}

/* C [rows, cols] from sums of `depth` terms. */
static enum base_status setup_product(struct gpu *gpu, struct gpu_benchmark_work *work, uint64_t rows,
                                      uint64_t cols, uint64_t depth, bool a_is_columns, bool b_is_rows)
{
    BASE_TRY(setup(gpu, work, rows * depth, cols * depth, rows * cols));
    struct bench *bench = work->context;
    bench->a = linalg_matrix_of(bench->buffers[0], a_is_columns ? depth : rows, a_is_columns ? rows : depth);
    bench->b = linalg_matrix_of(bench->buffers[1], b_is_rows ? cols : depth, b_is_rows ? depth : cols);
    bench->c = linalg_matrix_of(bench->buffers[2], rows, cols);
    bench->a_is_columns = a_is_columns;
    bench->b_is_rows = b_is_rows;
    work->bytes = 4 * (rows * depth + cols * depth + rows * cols);
    work->operations = 2 * rows * cols * depth;
    work->items = rows * cols * depth;
    work->unit = "multiply-adds";
    return BASE_OK;
}

static enum base_status setup_matmul(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return setup_product(gpu, work, ROWS, COLS, DEPTH, false, true);
}

static enum base_status setup_matmul_encoder(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return setup_product(gpu, work, BATCH, COLS, DEPTH, false, false);
}

static enum base_status setup_matmul_gradient(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    return setup_product(gpu, work, DEPTH, COLS, BATCH, true, false);
}

static struct linalg_matmul_call call_of(const struct bench *bench)
{
    return (struct linalg_matmul_call){.a = bench->a,
                                       .b = bench->b,
                                       .c = bench->c,
                                       .a_is_columns = bench->a_is_columns,
                                       .b_is_rows = bench->b_is_rows};
}

static enum base_status run_matmul(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct linalg_matmul_call call = call_of(work->context);
    return linalg_matmul(gpu, &call);
}

static enum base_status run_matmul_floor(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct linalg_matmul_call call = call_of(work->context);
    return linalg_matmul_at(gpu, GPU_LEVEL_FLOOR, &call);
}

static enum base_status setup_transpose(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    BASE_TRY(setup(gpu, work, (uint64_t)ROWS * COLS, 0, (uint64_t)ROWS * COLS));
    struct bench *bench = work->context;
    bench->a = linalg_matrix_of(bench->buffers[0], ROWS, COLS);
    bench->c = linalg_matrix_of(bench->buffers[2], COLS, ROWS);
    work->bytes = (uint64_t)8 * ROWS * COLS;
    work->items = (uint64_t)ROWS * COLS;
    work->unit = "elements";
    return BASE_OK;
}

static enum base_status run_transpose(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    return linalg_transpose(gpu, &bench->a, &bench->c);
}

static enum base_status setup_sum(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    BASE_TRY(setup(gpu, work, (uint64_t)ROWS * COLS, 0, COLS));
    struct bench *bench = work->context;
    bench->a = linalg_matrix_of(bench->buffers[0], ROWS, COLS);
    bench->c = linalg_matrix_of(bench->buffers[2], 1, COLS);
    work->bytes = (uint64_t)4 * (ROWS + 1) * COLS;
    work->operations = (uint64_t)ROWS * COLS;
    work->items = (uint64_t)ROWS * COLS;
    work->unit = "elements";
    return BASE_OK;
}

static enum base_status run_sum(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    return linalg_sum(
        gpu, &(struct linalg_sum_call){.source = bench->a, .sums = bench->c, .direction = LINALG_DOWN});
}

static enum base_status setup_normalise(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    BASE_TRY(setup(gpu, work, (uint64_t)ROWS * COLS, ROWS, (uint64_t)ROWS * COLS));
    struct bench *bench = work->context;
    bench->a = linalg_matrix_of(bench->buffers[0], ROWS, COLS);
    bench->b = linalg_matrix_of(bench->buffers[1], 1, ROWS);
    bench->c = linalg_matrix_of(bench->buffers[2], ROWS, COLS);
    work->bytes = (uint64_t)8 * ROWS * COLS + 4 * ROWS;
    work->operations = (uint64_t)5 * ROWS * COLS;
    work->items = ROWS;
    work->unit = "rows";
    return BASE_OK;
}

static enum base_status run_normalise(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    return linalg_normalise_rows(gpu, &bench->a, &bench->c, &bench->b);
}

static enum base_status setup_scan(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    BASE_TRY(setup(gpu, work, SCANNED, 0, SCANNED));
    struct bench *bench = work->context;
    bench->a = linalg_matrix_of(bench->buffers[0], 1, SCANNED);
    bench->c = linalg_matrix_of(bench->buffers[2], 1, SCANNED);
    work->bytes = (uint64_t)8 * SCANNED;
    work->items = SCANNED;
    work->unit = "elements";
    return BASE_OK;
}

static enum base_status run_scan(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    return linalg_scan(gpu, LINALG_INCLUSIVE, &bench->a, &bench->c);
}

/* Active latents of a training batch: keys below COLS. */
static enum base_status setup_sort(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    enum base_status status;
    uint32_t *keys = NULL;
    struct bench *bench;
    BASE_TRY(setup(gpu, work, SORTED, 1, SORTED + COLS + 1));
    bench = work->context;
    BASE_CHECK(base_allocate(&keys, SORTED, sizeof *keys, "benchmark"));
    for (uint32_t i = 0; i < SORTED; i++)
        keys[i] = (uint32_t)base_random_below(1, BASE_STREAM_TEST, i, COLS);
    BASE_CHECK(gpu_upload(gpu, bench->buffers[0], 0, keys, SORTED * sizeof *keys));
    BASE_CHECK(gpu_upload(gpu, bench->buffers[1], 0, &(uint32_t){SORTED}, sizeof(uint32_t)));
    bench->sort = (struct linalg_sort_call){.keys = linalg_matrix_of(bench->buffers[0], 1, SORTED),
                                            .count = linalg_matrix_of(bench->buffers[1], 1, 1),
                                            .order = linalg_matrix_of(bench->buffers[2], 1, SORTED),
                                            .starts = linalg_matrix_of(bench->buffers[2], 1, COLS + 1),
                                            .n_keys = COLS};
    bench->sort.starts.offset = SORTED;
    work->bytes = 4 * (2 * SORTED + COLS + 1);
    work->items = SORTED;
    work->unit = "keys";
    base_free(keys);
    return BASE_OK;
error:
    base_free(keys);
    teardown(gpu, work);
    return status;
}

static enum base_status run_sort(struct gpu *gpu, struct gpu_benchmark_work *work)
{
    struct bench *bench = work->context;
    return linalg_sort(gpu, &bench->sort, &bench->scratch);
}

const struct gpu_benchmark linalg_benchmarks[] = {
    {"linalg_matmul", "[1024, 576] times [4608, 576] transposed, f32, best level", setup_matmul, run_matmul,
     teardown},
    {"linalg_matmul_floor", "the same on the floor level", setup_matmul, run_matmul_floor, teardown},
    {"linalg_matmul_encoder", "[4096, 576] times [576, 4608], f32, best level", setup_matmul_encoder,
     run_matmul, teardown},
    {"linalg_matmul_gradient", "[4096, 576] transposed times [4096, 4608], f32, best level",
     setup_matmul_gradient, run_matmul, teardown},
    {"linalg_transpose", "[1024, 4608] transposed", setup_transpose, run_transpose, teardown},
    {"linalg_sum", "sums down the columns of [1024, 4608]", setup_sum, run_sum, teardown},
    {"linalg_normalise_rows", "[1024, 4608]", setup_normalise, run_normalise, teardown},
    {"linalg_scan", "inclusive scan of 8,388,608 words", setup_scan, run_scan, teardown},
    {"linalg_sort", "131,072 places by keys below 4,608", setup_sort, run_sort, teardown},
    {NULL, NULL, NULL, NULL, NULL},
};
