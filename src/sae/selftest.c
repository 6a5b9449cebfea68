#include "sae/selftest.h"

#include "base/memory.h"
#include "base/random.h"
#include "sae/kernels.h"
#include "sae/select.h"

#include <string.h>

/* Values of few levels, so that ties are everywhere; several rounds of a workgroup. */
enum { ROWS = 5, COLS = 2052, ACTIVE = 19 };

struct workbench {
    struct gpu *gpu;
    float *pi;
    struct gpu_buffer *device, *results;
    struct sae_select_call call;
    struct linalg_matrix smallest;
    uint32_t words[3 * ROWS + 1]; /* selection, counts, smallest */
};

static void clear(struct workbench *bench)
{
    base_free(bench->pi);
    gpu_buffer_destroy(bench->gpu, &bench->device);
    gpu_buffer_destroy(bench->gpu, &bench->results);
}

static enum base_status lay(struct workbench *bench)
{
    BASE_TRY(base_allocate(&bench->pi, ROWS * COLS, sizeof(float), "self-test"));
    for (uint64_t i = 0; i < ROWS * COLS; i++)
        bench->pi[i] = (float)(base_random_below(3, BASE_STREAM_TEST, i, 64)) - 32.0f;
    BASE_TRY(
        gpu_buffer_create(bench->gpu, "self-test", sizeof(float) * ROWS * COLS, GPU_DEVICE, &bench->device));
    BASE_TRY(gpu_buffer_create(bench->gpu, "self-test", sizeof bench->words, GPU_DEVICE, &bench->results));
    bench->call.pi = linalg_matrix_of(bench->device, ROWS, COLS);
    bench->call.selection = linalg_matrix_of(bench->results, 1, 2 * ROWS);
    bench->call.counts = linalg_matrix_of(bench->results, 1, ROWS);
    bench->call.counts.offset = 2 * ROWS;
    bench->smallest = linalg_matrix_of(bench->results, 1, 1);
    bench->smallest.offset = 3 * ROWS;
    return gpu_upload(bench->gpu, bench->device, 0, bench->pi, sizeof(float) * ROWS * COLS);
}

/* The value of rank `rank` among the `n` values, all positive ones being whole numbers below 32; and how many
 * are greater. */
static float value_of_rank(const float *values, uint64_t n, uint64_t rank, uint64_t *greater)
{
    uint64_t reached = 0;
    for (int level = 31; level > 0; level--) {
        *greater = reached;
        for (uint64_t i = 0; i < n; i++)
            reached += values[i] == (float)level;
        if (reached >= rank)
            return (float)level;
    }
    return 0;
}

/* Compares row `row` with `threshold` and `quota`. */
static enum base_status compare(const struct workbench *bench, const char *what, uint64_t row,
                                float threshold, uint32_t quota)
{
    float found;
    memcpy(&found, &bench->words[2 * row], sizeof found);
    uint32_t count = 0, ties = 0;
    for (uint64_t col = 0; col < COLS; col++) {
        float value = bench->pi[row * COLS + col];
        count += value > threshold || (value == threshold && ties < quota);
        ties += value == threshold;
    }
    if (found == threshold && bench->words[2 * row + 1] == quota && bench->words[2 * ROWS + row] == count)
        return BASE_OK;
    return base_fail(BASE_ERROR_NUMERIC,
                     "%s: row %llu has threshold %.9g, quota %u and %u selected, expected %.9g, %u and %u: "
                     "this device or its driver computes wrongly; try another driver version or --device",
                     what, (unsigned long long)row, (double)found, bench->words[2 * row + 1],
                     bench->words[2 * ROWS + row], (double)threshold, quota, count);
}

static enum base_status test_rows(struct gpu *gpu, enum gpu_level level)
{
    enum base_status status;
    struct workbench bench = {.gpu = gpu};
    BASE_CHECK(lay(&bench));
    BASE_CHECK(sae_select_rows_at(gpu, level, &bench.call, ACTIVE));
    BASE_CHECK(gpu_download(gpu, bench.results, 0, bench.words, 4 * 3 * ROWS));
    for (uint64_t row = 0; row < ROWS; row++) {
        uint64_t greater = 0;
        float threshold = value_of_rank(bench.pi + row * COLS, COLS, ACTIVE, &greater);
        BASE_CHECK(compare(&bench, "sae_select_rows", row, threshold, (uint32_t)(ACTIVE - greater)));
    }
error:
    clear(&bench);
    return status;
}

/* All kernels of a batch. */
static enum base_status test_batch(struct gpu *gpu, enum gpu_level level)
{
    enum { TOTAL = ROWS * ACTIVE };
    enum base_status status;
    struct workbench bench = {.gpu = gpu};
    struct sae_select_scratch scratch = {0};
    uint64_t greater = 0, left;
    float threshold, smallest;
    BASE_CHECK(lay(&bench));
    BASE_CHECK(sae_select_batch_at(gpu, level, &bench.call, 1, TOTAL, &bench.smallest, &scratch));
    BASE_CHECK(gpu_download(gpu, bench.results, 0, bench.words, sizeof bench.words));
    threshold = value_of_rank(bench.pi, ROWS * COLS, TOTAL, &greater);
    memcpy(&smallest, &bench.words[3 * ROWS], sizeof smallest);
    if (smallest != threshold)
        BASE_CHECK(
            base_fail(BASE_ERROR_NUMERIC,
                      "sae_select_batch: the smallest is %.9g, expected %.9g: this device or its driver "
                      "computes wrongly; try another driver version or --device",
                      (double)smallest, (double)threshold));
    left = TOTAL - greater;
    for (uint64_t row = 0; row < ROWS; row++) {
        uint64_t ties = 0;
        for (uint64_t col = 0; col < COLS; col++)
            ties += bench.pi[row * COLS + col] == threshold;
        uint64_t quota = base_minimum(ties, left);
        BASE_CHECK(compare(&bench, "sae_select_batch", row, threshold, (uint32_t)quota));
        left -= quota;
    }
error:
    sae_select_scratch_free(gpu, &scratch);
    clear(&bench);
    return status;
}

const struct gpu_selftest sae_selftests[] = {
    {"sae_select_rows", &sae_select_rows_kernel, test_rows},
    {"sae_select_maxima", &sae_select_maxima_kernel, test_batch},
    {"sae_select_histogram", &sae_select_histogram_kernel, test_batch},
    {"sae_select_pick", &sae_select_pick_kernel, test_batch},
    {"sae_select_count", &sae_select_count_kernel, test_batch},
    {"sae_select_quotas", &sae_select_quotas_kernel, test_batch},
    {NULL, NULL, NULL},
};
