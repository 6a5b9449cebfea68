#include "linalg/selftest.h"

#include "base/memory.h"
#include "base/random.h"
#include "linalg/kernels.h"
#include "linalg/matmul.h"
#include "linalg/normalise.h"
#include "linalg/reference.h"
#include "linalg/scan.h"
#include "linalg/sort.h"
#include "linalg/sum.h"
#include "linalg/transpose.h"

#include <math.h>
#include <string.h>

/* Odd shapes that fill no tile. */
enum { ROWS = 67, COLS = 90, COUNT = 5003 };
/* The same of a product, in sizes that every level takes. */
enum { PRODUCT_ROWS = 68, PRODUCT_COLS = 92, DEPTH = 132 };

/* What every self-test holds: host and device memory of up to two inputs and two results. */
struct workbench {
    struct gpu *gpu;
    float *host[4];
    struct gpu_buffer *device[4];
};

static void clear(struct workbench *bench)
{
    for (int i = 0; i < 4; i++) {
        base_free(bench->host[i]);
        gpu_buffer_destroy(bench->gpu, &bench->device[i]);
    }
}

/* Makes place `i` with `count` normal random numbers. */
static enum base_status lay(struct workbench *bench, int i, uint64_t count)
{
    BASE_TRY(base_allocate(&bench->host[i], count, sizeof(float), "self-test"));
    for (uint64_t at = 0; at < count; at++)
        bench->host[i][at] = (float)base_random_normal(1 + (uint64_t)i, BASE_STREAM_TEST, at);
    BASE_TRY(
        gpu_buffer_create(bench->gpu, "self-test", count * sizeof(float), GPU_DEVICE, &bench->device[i]));
    return gpu_upload(bench->gpu, bench->device[i], 0, bench->host[i], count * sizeof(float));
}

static enum base_status fetch(struct workbench *bench, int i, uint64_t count)
{
    return gpu_download(bench->gpu, bench->device[i], 0, bench->host[i], count * sizeof(float));
}

static enum base_status differs(const char *what, uint64_t row, uint64_t col, double found, double wanted)
{
    return base_fail(
        BASE_ERROR_NUMERIC,
        "%s: element (%llu, %llu) is %.9g, expected %.9g: this device or its driver computes wrongly; "
        "try another driver version or --device",
        what, (unsigned long long)row, (unsigned long long)col, found, wanted);
}

/* The same numbers taken as matrices one way or the other. What is transposed or not has its sum's terms next
 * to each other in at least one operand. */
static enum base_status compare_product(const struct workbench *bench, bool a_is_columns, bool b_is_rows)
{
    for (uint64_t row = 0; row < PRODUCT_ROWS; row++)
        for (uint64_t col = 0; col < PRODUCT_COLS; col++) {
            const float *a = bench->host[0] + (a_is_columns ? row : row * DEPTH);
            const float *b = bench->host[1] + (b_is_rows ? col * DEPTH : col);
            double magnitude,
                wanted = a_is_columns ? linalg_reference_product(b, a, PRODUCT_ROWS, DEPTH, 0, &magnitude)
                                      : linalg_reference_product(a, b, b_is_rows ? 1 : PRODUCT_COLS, DEPTH, 0,
                                                                 &magnitude);
            double found = bench->host[2][row * PRODUCT_COLS + col];
            if (!(fabs(found - wanted) <= (DEPTH + 1) * 0x1p-24 * magnitude))
                return differs("linalg_matmul", row, col, found, wanted);
        }
    return BASE_OK;
}

static enum base_status test_matmul_form(struct gpu *gpu, enum gpu_level level, bool a_is_columns,
                                         bool b_is_rows)
{
    enum base_status status;
    struct workbench bench = {.gpu = gpu};
    BASE_CHECK(lay(&bench, 0, PRODUCT_ROWS * DEPTH));
    BASE_CHECK(lay(&bench, 1, PRODUCT_COLS * DEPTH));
    BASE_CHECK(lay(&bench, 2, PRODUCT_ROWS * PRODUCT_COLS));
    struct linalg_matmul_call call = {.a = linalg_matrix_of(bench.device[0],
                                                            a_is_columns ? DEPTH : PRODUCT_ROWS,
                                                            a_is_columns ? PRODUCT_ROWS : DEPTH),
                                      .b = linalg_matrix_of(bench.device[1], b_is_rows ? PRODUCT_COLS : DEPTH,
                                                            b_is_rows ? DEPTH : PRODUCT_COLS),
                                      .c = linalg_matrix_of(bench.device[2], PRODUCT_ROWS, PRODUCT_COLS),
                                      .a_is_columns = a_is_columns,
                                      .b_is_rows = b_is_rows};
    BASE_CHECK(linalg_matmul_at(gpu, level, &call));
    BASE_CHECK(fetch(&bench, 2, PRODUCT_ROWS * PRODUCT_COLS));
    BASE_CHECK(compare_product(&bench, a_is_columns, b_is_rows));
error:
    clear(&bench);
    return status;
}

/* All forms, whatever comes of the first: on a device that only compiles, each has its pipelines. */
static enum base_status test_matmul(struct gpu *gpu, enum gpu_level level)
{
    enum base_status plain = test_matmul_form(gpu, level, false, false);
    enum base_status rows = test_matmul_form(gpu, level, false, true);
    enum base_status both = test_matmul_form(gpu, level, true, true);
    return plain != BASE_OK ? plain : rows != BASE_OK ? rows : both;
}

static enum base_status test_transpose(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum base_status status;
    struct workbench bench = {.gpu = gpu};
    BASE_CHECK(lay(&bench, 0, ROWS * COLS));
    BASE_CHECK(lay(&bench, 2, ROWS * COLS));
    struct linalg_matrix source = linalg_matrix_of(bench.device[0], ROWS, COLS);
    struct linalg_matrix destination = linalg_matrix_of(bench.device[2], COLS, ROWS);
    BASE_CHECK(linalg_transpose(gpu, &source, &destination));
    BASE_CHECK(fetch(&bench, 2, ROWS * COLS));
    for (uint64_t at = 0; at < ROWS * COLS && status == BASE_OK; at++) {
        uint64_t row = at % ROWS, col = at / ROWS;
        float wanted = bench.host[0][row * COLS + col], found = bench.host[2][at];
        if (memcmp(&wanted, &found, sizeof found) != 0)
            status = differs("linalg_transpose", row, col, (double)found, (double)wanted);
    }
error:
    clear(&bench);
    return status;
}

static enum base_status test_sum(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum base_status status;
    struct workbench bench = {.gpu = gpu};
    BASE_CHECK(lay(&bench, 0, ROWS * COUNT));
    BASE_CHECK(lay(&bench, 2, ROWS));
    struct linalg_sum_call call = {.source = linalg_matrix_of(bench.device[0], COUNT, ROWS),
                                   .sums = linalg_matrix_of(bench.device[2], 1, ROWS),
                                   .direction = LINALG_DOWN};
    BASE_CHECK(linalg_sum(gpu, &call));
    BASE_CHECK(fetch(&bench, 2, ROWS));
    for (uint64_t i = 0; i < ROWS && status == BASE_OK; i++) {
        double magnitude,
            wanted = linalg_reference_sum(bench.host[0] + i, ROWS, COUNT, false, NULL, &magnitude);
        double found = bench.host[2][i];
        if (!(fabs(found - wanted) <= (double)(linalg_sum_depth(COUNT) + 1) * 0x1p-24 * magnitude))
            status = differs("linalg_sum", 0, i, found, wanted);
    }
error:
    clear(&bench);
    return status;
}

static enum base_status test_sum_counts(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum base_status status;
    struct workbench bench = {.gpu = gpu};
    uint32_t *counts = NULL;
    uint64_t found, wanted;
    BASE_CHECK(base_allocate(&counts, COUNT, sizeof *counts, "self-test"));
    for (uint32_t i = 0; i < COUNT; i++)
        counts[i] = i * 2654435761u | 0xc0000000u;
    BASE_CHECK(lay(&bench, 0, COUNT));
    BASE_CHECK(lay(&bench, 2, 2));
    BASE_CHECK(gpu_upload(gpu, bench.device[0], 0, counts, COUNT * sizeof *counts));
    struct linalg_sum_call call = {.source = linalg_matrix_of(bench.device[0], 1, COUNT),
                                   .sums = linalg_matrix_of(bench.device[2], 1, 2),
                                   .direction = LINALG_ACROSS};
    BASE_CHECK(linalg_sum_counts(gpu, &call));
    uint32_t words[2];
    BASE_CHECK(gpu_download(gpu, bench.device[2], 0, words, sizeof words));
    found = words[0] | (uint64_t)words[1] << 32;
    wanted = linalg_reference_sum_counts(counts, 1, COUNT);
    if (found != wanted)
        status = differs("linalg_sum_counts", 0, 0, (double)found, (double)wanted);
error:
    base_free(counts);
    clear(&bench);
    return status;
}

static enum base_status compare_rows(const struct workbench *bench)
{
    double unit[COLS];
    for (uint64_t row = 0; row < ROWS; row++) {
        double norm = linalg_reference_normalise(bench->host[0] + row * COLS, COLS, unit);
        double found = bench->host[1][row];
        if (!(fabs(found - norm) <= 24 * 0x1p-24 * norm))
            return differs("linalg_normalise_rows, norms", 0, row, found, norm);
        for (uint64_t col = 0; col < COLS; col++) {
            found = bench->host[2][row * COLS + col];
            if (!(fabs(found - unit[col]) <= 24 * 0x1p-24 * fabs(unit[col])))
                return differs("linalg_normalise_rows", row, col, found, unit[col]);
        }
    }
    return BASE_OK;
}

static enum base_status test_normalise_rows(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum base_status status;
    struct workbench bench = {.gpu = gpu};
    BASE_CHECK(lay(&bench, 0, ROWS * COLS));
    BASE_CHECK(lay(&bench, 1, ROWS));
    BASE_CHECK(lay(&bench, 2, ROWS * COLS));
    struct linalg_matrix source = linalg_matrix_of(bench.device[0], ROWS, COLS);
    struct linalg_matrix destination = linalg_matrix_of(bench.device[2], ROWS, COLS);
    struct linalg_matrix norms = linalg_matrix_of(bench.device[1], 1, ROWS);
    BASE_CHECK(linalg_normalise_rows(gpu, &source, &destination, &norms));
    BASE_CHECK(fetch(&bench, 1, ROWS));
    BASE_CHECK(fetch(&bench, 2, ROWS * COLS));
    BASE_CHECK(compare_rows(&bench));
error:
    clear(&bench);
    return status;
}

/* Both kernels of a scan: COUNT elements are several blocks. */
static enum base_status test_scan(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum base_status status;
    struct workbench bench = {.gpu = gpu};
    uint32_t *words = NULL, sum = 0;
    BASE_CHECK(base_allocate(&words, COUNT, sizeof *words, "self-test"));
    for (uint32_t i = 0; i < COUNT; i++)
        words[i] = i * 2654435761u;
    BASE_CHECK(lay(&bench, 0, COUNT));
    BASE_CHECK(gpu_upload(gpu, bench.device[0], 0, words, COUNT * sizeof *words));
    struct linalg_matrix vector = linalg_matrix_of(bench.device[0], 1, COUNT);
    BASE_CHECK(linalg_scan(gpu, LINALG_INCLUSIVE, &vector, &vector));
    BASE_CHECK(gpu_download(gpu, bench.device[0], 0, words, COUNT * sizeof *words));
    for (uint32_t i = 0; i < COUNT && status == BASE_OK; i++) {
        sum += i * 2654435761u;
        if (words[i] != sum)
            status = differs("linalg_scan", 0, i, words[i], sum);
    }
error:
    base_free(words);
    clear(&bench);
    return status;
}

/* Whether COUNT places stand in the order of their keys, equal ones ascending, and begin where `starts` says.
 */
static enum base_status compare_order(const uint32_t *keys, uint32_t n_keys, const uint32_t *order,
                                      const uint32_t *starts)
{
    for (uint32_t i = 0; i < COUNT; i++) {
        if (order[i] >= COUNT ||
            (i > 0 && (keys[order[i]] < keys[order[i - 1]] ||
                       (keys[order[i]] == keys[order[i - 1]] && order[i] <= order[i - 1]))))
            return base_fail(
                BASE_ERROR_NUMERIC,
                "linalg_sort: place %u is not in order: this device or its driver computes wrongly; "
                "try another driver version or --device",
                i);
        if (i < starts[keys[order[i]]] || i >= starts[keys[order[i]] + 1])
            return differs("linalg_sort, starts", 0, keys[order[i]], starts[keys[order[i]]], i);
    }
    if (starts[n_keys] != COUNT)
        return differs("linalg_sort, starts", 0, n_keys, starts[n_keys], COUNT);
    return BASE_OK;
}

/* All kernels of a sort, several passes. */
static enum base_status test_sort(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum { KEYS = 1 << 11 };
    enum base_status status;
    struct workbench bench = {.gpu = gpu};
    struct linalg_sort_scratch scratch = {0};
    struct linalg_sort_call call;
    uint32_t *keys = NULL, *result = NULL;
    BASE_CHECK(base_allocate(&keys, COUNT, sizeof *keys, "self-test"));
    BASE_CHECK(base_allocate(&result, COUNT + KEYS + 1, sizeof *result, "self-test"));
    for (uint32_t i = 0; i < COUNT; i++)
        keys[i] = (i * 2654435761u) >> 21;
    BASE_CHECK(lay(&bench, 0, COUNT));
    BASE_CHECK(lay(&bench, 1, 1));
    BASE_CHECK(lay(&bench, 2, COUNT + KEYS + 1));
    BASE_CHECK(gpu_upload(gpu, bench.device[0], 0, keys, COUNT * sizeof *keys));
    BASE_CHECK(gpu_upload(gpu, bench.device[1], 0, &(uint32_t){COUNT}, sizeof(uint32_t)));
    call = (struct linalg_sort_call){.keys = linalg_matrix_of(bench.device[0], 1, COUNT),
                                     .count = linalg_matrix_of(bench.device[1], 1, 1),
                                     .order = linalg_matrix_of(bench.device[2], 1, COUNT),
                                     .starts = linalg_matrix_of(bench.device[2], 1, KEYS + 1),
                                     .n_keys = KEYS};
    call.starts.offset = COUNT;
    BASE_CHECK(linalg_sort(gpu, &call, &scratch));
    BASE_CHECK(gpu_download(gpu, bench.device[2], 0, result, (COUNT + KEYS + 1) * sizeof *result));
    BASE_CHECK(compare_order(keys, KEYS, result, result + COUNT));
error:
    base_free(keys);
    base_free(result);
    linalg_sort_scratch_free(gpu, &scratch);
    clear(&bench);
    return status;
}

const struct gpu_selftest linalg_selftests[] = {
    {"linalg_matmul", &linalg_matmul_kernel, test_matmul},
    {"linalg_transpose", &linalg_transpose_kernel, test_transpose},
    {"linalg_sum", &linalg_sum_kernel, test_sum},
    {"linalg_sum_counts", &linalg_sum_counts_kernel, test_sum_counts},
    {"linalg_normalise_rows", &linalg_normalise_rows_kernel, test_normalise_rows},
    {"linalg_scan", &linalg_scan_kernel, test_scan},
    {"linalg_scan_add", &linalg_scan_add_kernel,
     test_scan}, /* its vector is longer than one workgroup takes */
    {"linalg_sort_count", &linalg_sort_count_kernel, test_sort},
    {"linalg_sort_scatter", &linalg_sort_scatter_kernel, test_sort},
    {"linalg_sort_tally", &linalg_sort_tally_kernel, test_sort},
    {NULL, NULL, NULL},
};
