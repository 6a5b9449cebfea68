/* Selections of the greatest entries, index for index. */
#include "sae/select.h"

#include "base/memory.h"
#include "base/random.h"
#include "sae/params.h"
#include "support/device.h"
#include "support/guarded.h"
#include "support/test.h"

#include <float.h>
#include <stdlib.h>

/* What a matrix is filled with. */
enum kind {
    NORMAL,
    LEVELS,       /* a few values only, so that ties are everywhere */
    ONE_VALUE,    /* all equal */
    NEGATIVE,     /* nothing to select */
    SPARSE,       /* one entry in fifty is positive */
    BITS,         /* any bits: NaN, denormal numbers, all exponents */
    SPECIAL,      /* NaN, infinities, zeros, numbers about the smallest normal one */
    CONCENTRATED, /* the greatest entries stand together */
    KINDS
};

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint32_t element(enum kind kind, uint64_t seed, uint64_t row, uint64_t col, uint64_t cols)
{
    static const uint32_t special[] = {0x7fc00000, 0xffc00001, 0x7f800001, 0x7f800000, 0xff800000, 0,
                                       0x80000000, 1,          0x007fffff, 0x00800000, 0x00800001, 0x80800001,
                                       0x7f7fffff, 0xff7fffff, 0x3f800000, 0x3f800001};
    uint32_t words[4];
    base_random_words(seed, BASE_STREAM_TEST, row * cols + col, words);
    /* Near enough: a sum of three uniform numbers, times two. */
    double normal = ((double)words[1] + words[2] + words[3]) * 0x1p-31 - 3;
    switch (kind) {
    case LEVELS:
        return bits_of((float)(floor(normal * 2) / 2));
    case ONE_VALUE:
        return bits_of(0.75f);
    case NEGATIVE:
        return bits_of((float)-fabs(normal));
    case SPARSE:
        return bits_of(words[0] % 50 == 0 ? (float)fabs(normal) : -1.0f);
    case BITS:
        return words[0];
    case SPECIAL:
        return special[words[0] % (sizeof special / sizeof special[0])];
    case CONCENTRATED:
        return bits_of((float)normal + (col < cols / 3 ? 1000.0f : 0.0f));
    default:
        return bits_of((float)normal);
    }
}

/* ---- the reference ---- */

/* The header's rule, in numbers. */
static float value_of(float pi, float weight)
{
    if (isnan(pi) || isnan(weight) || fabsf(pi) < FLT_MIN || fabsf(weight) < FLT_MIN)
        return 0;
    float value = pi * weight;
    return value > FLT_MIN ? value : 0;
}

struct entry {
    float value;
    uint32_t place; /* row * cols + col, rows counted over all blocks */
};

static int descending(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? 1 : -1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* Marks the k greatest positive of `n` entries; gives the smallest of them, or 0. */
static float mark(struct entry *entries, uint64_t n, uint64_t k, uint8_t *marks)
{
    float smallest = 0;
    qsort(entries, n, sizeof *entries, descending);
    for (uint64_t i = 0; i < n && i < k && entries[i].value > 0; i++) {
        marks[entries[i].place] = 1;
        smallest = entries[i].value;
    }
    return smallest;
}

/* ---- one block ---- */

struct block {
    struct test_matrix pi, weights, selection, counts;
    bool weighted;
};

static struct block block_make(struct gpu *gpu, enum kind kind, uint64_t rows, uint64_t cols, uint64_t gap,
                               uint64_t shift, bool weighted, uint64_t seed)
{
    struct block block = {.weighted = weighted};
    block.pi = test_matrix_make(gpu, rows, cols, gap, shift);
    block.weights = test_matrix_make(gpu, 1, cols, 0, shift);
    block.selection = test_matrix_make(gpu, 1, 2 * rows, 0, 5);
    block.counts = test_matrix_make(gpu, 1, rows, 0, 3);
    for (uint64_t row = 0; row < rows; row++)
        for (uint64_t col = 0; col < cols; col++)
            *test_matrix_word(&block.pi, row, col) = element(kind, seed, row, col, cols);
    for (uint64_t col = 0; col < cols; col++)
        *test_matrix_word(&block.weights, 0, col) = kind == BITS || kind == SPECIAL
                                                        ? element(kind, seed + 1, 0, col, cols)
                                                        : bits_of(0.5f + (float)(col % 3) * 0.25f);
    test_matrix_upload(&block.pi);
    test_matrix_upload(&block.weights);
    test_matrix_upload(&block.selection);
    test_matrix_upload(&block.counts);
    return block;
}

static struct sae_select_call call_of(const struct block *block)
{
    struct sae_select_call call = {
        .pi = block->pi.matrix, .selection = block->selection.matrix, .counts = block->counts.matrix};
    if (block->weighted)
        call.weights = block->weights.matrix;
    return call;
}

static void block_download(struct block *block)
{
    test_matrix_download(&block->pi);
    test_matrix_download(&block->weights);
    test_matrix_download(&block->selection);
    test_matrix_download(&block->counts);
}

static void block_free(struct block *block)
{
    test_matrix_free(&block->pi);
    test_matrix_free(&block->weights);
    test_matrix_free(&block->selection);
    test_matrix_free(&block->counts);
}

static float block_value(struct block *block, uint64_t row, uint64_t col)
{
    return value_of(test_matrix_float(&block->pi, row, col),
                    block->weighted ? test_matrix_float(&block->weights, 0, col) : 1.0f);
}

/* Compares what the pairs of words select with the marks of the block's entries. */
static void compare(struct block *block, const uint8_t *marks, const char *what)
{
    uint64_t cols = block->pi.matrix.cols;
    for (uint64_t row = 0; row < block->pi.matrix.rows; row++) {
        float threshold = test_matrix_float(&block->selection, 0, 2 * row);
        uint32_t quota = *test_matrix_word(&block->selection, 0, 2 * row + 1), ties = 0, count = 0;
        for (uint64_t col = 0; col < cols; col++) {
            float value = block_value(block, row, col);
            bool selected = value > threshold || (value == threshold && ties < quota);
            ties += value == threshold;
            count += selected;
            if (selected != marks[row * cols + col])
                fail_msg("%s: entry (%llu, %llu) = %.9g of %llu: selected %d; threshold %.9g, quota %u", what,
                         (unsigned long long)row, (unsigned long long)col, (double)value,
                         (unsigned long long)cols, selected, (double)threshold, quota);
        }
        if (*test_matrix_word(&block->counts, 0, row) != count)
            fail_msg("%s: row %llu counts %u selected, not %u", what, (unsigned long long)row,
                     *test_matrix_word(&block->counts, 0, row), count);
        assert_true(threshold > 0 || cols == 0);
    }
}

/* Compares the chosen columns with the marks; `must` be there, but for rows that select nothing. */
static void compare_chosen(struct test_matrix *chosen, struct block *block, const uint8_t *marks, bool must,
                           const char *what)
{
    uint64_t cols = block->pi.matrix.cols;
    for (uint64_t row = 0; row < block->pi.matrix.rows; row++) {
        uint32_t count = *test_matrix_word(&block->counts, 0, row);
        if (count == 0)
            continue;
        if (*test_matrix_word(chosen, row, 0) == SAE_SELECT_UNLISTED) {
            if (must)
                fail_msg("%s: row %llu has no chosen columns", what, (unsigned long long)row);
            continue;
        }
        uint8_t *seen = NULL;
        assert_ok(base_allocate(&seen, cols, 1, "marks"));
        for (uint32_t j = 0; j < count; j++) {
            uint32_t col = *test_matrix_word(chosen, row, j);
            if (col >= cols || seen[col] || !marks[row * cols + col])
                fail_msg("%s: row %llu chose column %u", what, (unsigned long long)row, col);
            seen[col] = 1;
        }
        base_free(seen);
    }
}

/* ---- rows ---- */

struct rows_case {
    enum kind kind;
    uint64_t rows, cols, k, gap, shift;
    bool weighted;
    enum gpu_level level;
};

static void rows_and_compare(struct gpu *gpu, const struct rows_case *c)
{
    char what[160];
    snprintf(what, sizeof what, "rows, kind %d [%llu, %llu] k %llu gap %llu shift %llu weighted %d level %s",
             c->kind, (unsigned long long)c->rows, (unsigned long long)c->cols, (unsigned long long)c->k,
             (unsigned long long)c->gap, (unsigned long long)c->shift, c->weighted, gpu_level_name(c->level));
    struct block block = block_make(gpu, c->kind, c->rows, c->cols, c->gap, c->shift, c->weighted, 7 + c->k);
    struct sae_select_call call = call_of(&block);
    uint64_t room =
        (c->k + c->cols) % 3 ? base_minimum(c->k, c->cols) : 0; /* without, the rest is the same */
    struct test_matrix chosen = test_matrix_make(gpu, c->rows, room, 0, 3);
    test_matrix_upload(&chosen);
    call.chosen = chosen.matrix;
    call.candidates = c->k % 2 ? base_minimum(c->cols, 1000) : 0; /* whether it is so or not */
    assert_ok(sae_select_rows_at(gpu, c->level, &call, c->k));
    block_download(&block);
    test_matrix_download(&chosen);
    uint8_t *marks = NULL;
    struct entry *entries = NULL;
    assert_ok(base_allocate(&marks, c->rows * c->cols, 1, "marks"));
    assert_ok(base_allocate(&entries, c->cols, sizeof *entries, "entries"));
    for (uint64_t row = 0; row < c->rows; row++) {
        for (uint64_t col = 0; col < c->cols; col++)
            entries[col] = (struct entry){block_value(&block, row, col), (uint32_t)col};
        mark(entries, c->cols, c->k, marks + row * c->cols);
    }
    compare(&block, marks, what);
    if (room > 0)
        compare_chosen(&chosen, &block, marks, c->kind == NORMAL && c->k < 100, what);
    base_free(marks);
    base_free(entries);
    block_free(&block);
    test_matrix_free(&chosen);
}

/* At every level the device has. */
static void rows_at_all_levels(struct gpu *gpu, struct rows_case c)
{
    for (int level = 0; level < GPU_LEVELS; level++)
        if (gpu_level_allowed(gpu, (enum gpu_level)level)) {
            c.level = (enum gpu_level)level;
            if (test_gpu_is_instrumented()) /* half of the pipelines */
                c.weighted = c.level == GPU_LEVEL_FLOOR;
            rows_and_compare(gpu, &c);
        }
}

/* Around the round of a workgroup (128, 1,024), and primes; each with some of the kinds in turn. */
static void rows_of_many_shapes(void **state)
{
    (void)state;
    static const uint64_t cols[] = {1, 2, 3, 4, 5, 8, 61, 127, 128, 129, 132, 1009, 1023, 1024, 1025, 4608};
    for (size_t i = 0; i < sizeof cols / sizeof cols[0]; i += test_gpu_is_instrumented() ? 3 : 1) {
        uint64_t n = cols[i], ks[] = {0, 1, 2, 32, n / 2, n - 1, n, n + 5};
        for (size_t j = 0; j < sizeof ks / sizeof ks[0]; j++)
            for (size_t kind = (i + j) % 3; kind < KINDS; kind += 3)
                rows_at_all_levels(test_gpu(), (struct rows_case){.kind = (enum kind)kind,
                                                                  .rows = 3,
                                                                  .cols = n,
                                                                  .k = ks[j],
                                                                  .gap = (j % 3) * 4,
                                                                  .shift = (j % 2) * 4,
                                                                  .weighted = (j + kind) % 2});
    }
}

static void rows_of_odd_strides(void **state)
{
    (void)state;
    for (uint64_t gap = 0; gap < 5; gap++)
        for (uint64_t shift = 0; shift < 5; shift += 2)
            for (int weighted = 0; weighted < 2; weighted++)
                rows_at_all_levels(test_gpu(), (struct rows_case){.kind = LEVELS,
                                                                  .rows = 7,
                                                                  .cols = 260,
                                                                  .k = 17,
                                                                  .gap = gap,
                                                                  .shift = shift,
                                                                  .weighted = weighted});
}

/* More keys than a workgroup lists, in every way that can be. */
static void long_rows(void **state)
{
    (void)state;
    static const uint64_t ks[] = {1, 32, 2047, 2048, 2049, 30000, 69999, 70000};
    for (size_t j = 0; j < sizeof ks / sizeof ks[0]; j += test_gpu_is_instrumented() ? 3 : 1)
        for (size_t kind = j % 2; kind < KINDS; kind += 2)
            rows_at_all_levels(
                test_gpu(),
                (struct rows_case){
                    .kind = (enum kind)kind, .rows = 1, .cols = 70000, .k = ks[j], .weighted = j % 2});
}

static void longest_rows(void **state)
{
    (void)state;
    static const enum kind kinds[] = {NORMAL, LEVELS, BITS, ONE_VALUE};
    for (size_t i = 0; i < 4; i++)
        rows_at_all_levels(
            test_gpu(),
            (struct rows_case){.kind = kinds[i], .rows = 2, .cols = 1 << 20, .k = i == 0 ? 64 : 100003});
}

/* More rows than groups fit one row of a dispatch. */
static void many_rows(void **state)
{
    (void)state;
    rows_at_all_levels(test_gpu(), (struct rows_case){.kind = LEVELS, .rows = 65537, .cols = 8, .k = 3});
    struct gpu *gpu = test_gpu_open("max_groups=61");
    rows_at_all_levels(gpu, (struct rows_case){.kind = NORMAL, .rows = 3001, .cols = 12, .k = 5});
    assert_int_equal(test_gpu_close(&gpu), 0);
}

static void rows_of_nothing(void **state)
{
    (void)state;
    rows_at_all_levels(test_gpu(), (struct rows_case){.rows = 0, .cols = 9, .k = 2});
    rows_at_all_levels(test_gpu(), (struct rows_case){.rows = 3, .cols = 0, .k = 2});
}

/* ---- a batch ---- */

static void batch_and_compare(struct gpu *gpu, enum gpu_level level, struct block *blocks, uint32_t n_blocks,
                              uint64_t total, struct sae_select_scratch *scratch, const char *what)
{
    struct test_matrix smallest = test_matrix_make(gpu, 1, 1, 0, 9);
    test_matrix_upload(&smallest);
    struct sae_select_call calls[4];
    for (uint32_t b = 0; b < n_blocks; b++)
        calls[b] = call_of(&blocks[b]);
    assert_ok(sae_select_batch_at(gpu, level, calls, n_blocks, total, &smallest.matrix, scratch));
    test_matrix_download(&smallest);
    uint64_t n = 0;
    for (uint32_t b = 0; b < n_blocks; b++) {
        block_download(&blocks[b]);
        n += blocks[b].pi.matrix.rows * blocks[b].pi.matrix.cols;
    }
    uint8_t *marks = NULL;
    struct entry *entries = NULL;
    assert_ok(base_allocate(&marks, n, 1, "marks"));
    assert_ok(base_allocate(&entries, n, sizeof *entries, "entries"));
    uint64_t at = 0;
    for (uint32_t b = 0; b < n_blocks; b++)
        for (uint64_t row = 0; row < blocks[b].pi.matrix.rows; row++)
            for (uint64_t col = 0; col < blocks[b].pi.matrix.cols; col++, at++)
                entries[at] = (struct entry){block_value(&blocks[b], row, col), (uint32_t)at};
    float wanted = mark(entries, n, total, marks);
    at = 0;
    for (uint32_t b = 0; b < n_blocks; b++) {
        compare(&blocks[b], marks + at, what);
        at += blocks[b].pi.matrix.rows * blocks[b].pi.matrix.cols;
    }
    if (bits_of(test_matrix_float(&smallest, 0, 0)) != bits_of(wanted))
        fail_msg("%s: the smallest is %.9g, not %.9g", what, (double)test_matrix_float(&smallest, 0, 0),
                 (double)wanted);
    base_free(marks);
    base_free(entries);
    test_matrix_free(&smallest);
}

/* Three blocks, of which one may be empty; the scratch goes from total to total. */
static void batches_of(struct gpu *gpu, enum kind kind, const uint64_t rows[3], uint64_t cols, uint64_t gap,
                       bool weighted)
{
    struct block blocks[3];
    struct sae_select_scratch scratch = {0};
    uint64_t n = 0;
    for (uint64_t b = 0; b < 3; b++) {
        blocks[b] = block_make(gpu, kind, rows[b], cols, gap, 4 * b, weighted, 40 + b);
        n += rows[b] * cols;
    }
    uint64_t totals[] = {0, 1, n / 40, n / 3, n / 3 + 1, n, n + 9, n / 40};
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++)
        for (int level = (int)i % 2; level < GPU_LEVELS; level += 2)
            if (gpu_level_allowed(gpu, (enum gpu_level)level)) {
                char what[160];
                snprintf(what, sizeof what,
                         "batch, kind %d, rows %llu, cols %llu, gap %llu, total %llu, level %s", kind,
                         (unsigned long long)rows[0], (unsigned long long)cols, (unsigned long long)gap,
                         (unsigned long long)totals[i], gpu_level_name((enum gpu_level)level));
                batch_and_compare(gpu, (enum gpu_level)level, blocks, 3, totals[i], &scratch, what);
            }
    for (int b = 0; b < 3; b++)
        block_free(&blocks[b]);
    sae_select_scratch_free(gpu, &scratch);
}

static void batches_of_many_kinds(void **state)
{
    (void)state;
    static const uint64_t rows[][3] = {{1, 0, 0}, {5, 0, 3}, {3, 40, 1}, {131, 2, 7}};
    static const uint64_t cols[] = {1, 4, 61, 260};
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < 4; i++)
            batches_of(test_gpu(), (enum kind)kind, rows[i], cols[(i + (size_t)kind) % 4], i, kind % 2);
}

static void large_batches(void **state)
{
    (void)state;
    batches_of(test_gpu(), NORMAL, (const uint64_t[]){70, 31, 1}, 4608, 0, false);
    batches_of(test_gpu(), LEVELS, (const uint64_t[]){66000, 1, 2}, 4, 0, false);
    batches_of(test_gpu(), NORMAL, (const uint64_t[]){0, 1, 0}, 300000, 0, true);
}

static void batches_of_nothing(void **state)
{
    (void)state;
    batches_of(test_gpu(), NORMAL, (const uint64_t[]){0, 0, 0}, 5, 0, false);
    batches_of(test_gpu(), NORMAL, (const uint64_t[]){2, 3, 1}, 0, 0, false);
}

/* ---- small devices, and what is refused ---- */

static void small_devices(void **state)
{
    (void)state;
    static const char *const limits[] = {"storage_range_bytes=65536", "max_invocations=128,max_groups=61",
                                         "offset_alignment=256,level=floor"};
    for (int i = 0; i < 3; i++) {
        struct gpu *gpu = test_gpu_open(limits[i]);
        for (int kind = 0; kind < KINDS; kind++) {
            rows_at_all_levels(
                gpu, (struct rows_case){.kind = (enum kind)kind, .rows = 37, .cols = 4608, .k = 32});
            rows_at_all_levels(
                gpu, (struct rows_case){.kind = (enum kind)kind, .rows = 5, .cols = 9001, .k = 3000});
        }
        batches_of(gpu, NORMAL, (const uint64_t[]){37, 3, 5}, 4608, 4, true);
        batches_of(gpu, LEVELS, (const uint64_t[]){3001, 3, 5}, 7, 1, false);
        assert_int_equal(test_gpu_close(&gpu), 0);
    }
}

static void refusals(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct block block = block_make(gpu, NORMAL, 2, 9, 0, 0, true, 1);
    struct sae_select_call call = call_of(&block);
    struct sae_select_scratch scratch = {0};
    struct linalg_matrix two = {.buffer = block.pi.matrix.buffer, .rows = 1, .cols = 2, .stride = 2};
    assert_fails(sae_select_batch(gpu, &call, 1, 3, &two, &scratch), BASE_ERROR_INTERNAL,
                 "the smallest value is [1, 2], not [1, 1]");
    call.weights.cols = 8;
    assert_fails(sae_select_rows(gpu, &call, 3), BASE_ERROR_INTERNAL,
                 "the vector of weights is [1, 8], not [1, 9]");
    call = call_of(&block);
    call.selection.cols = 3;
    assert_fails(sae_select_rows(gpu, &call, 3), BASE_ERROR_INTERNAL, "the selection is [1, 3], not [1, 4]");
    call = call_of(&block);
    call.counts.cols = 1;
    assert_fails(sae_select_batch(gpu, &call, 1, 3, &two, &scratch), BASE_ERROR_INTERNAL,
                 "the vector of counts is [1, 1], not [1, 2]");
    block_free(&block);
    block = block_make(gpu, NORMAL, 1, (1 << 20) + 1, 0, 0, false, 1);
    call = call_of(&block);
    assert_fails(sae_select_rows(gpu, &call, 3), BASE_ERROR_INTERNAL, "a row of 1048577 entries is too long");
    block_free(&block);
    sae_select_scratch_free(gpu, &scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_many_shapes),
        cmocka_unit_test(rows_of_odd_strides),
        cmocka_unit_test(long_rows),
        cmocka_unit_test(longest_rows),
        cmocka_unit_test(many_rows),
        cmocka_unit_test(rows_of_nothing),
        cmocka_unit_test(batches_of_many_kinds),
        cmocka_unit_test(large_batches),
        cmocka_unit_test(batches_of_nothing),
        cmocka_unit_test(small_devices),
        cmocka_unit_test(refusals),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
