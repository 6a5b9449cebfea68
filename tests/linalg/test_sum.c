/* Sums against double (f32) and exact (counts) references. */
#include "linalg/sum.h"

#include "base/memory.h"
#include "base/random.h"
#include "linalg/reference.h"
#include "support/device.h"
#include "support/guarded.h"
#include "support/test.h"

static const char *name_of(enum linalg_direction direction)
{
    return direction == LINALG_DOWN ? "down" : "across";
}

enum terms { PLAIN, SQUARED, WEIGHTED };

static void sum_and_compare(struct gpu *gpu, uint64_t rows, uint64_t cols, enum linalg_direction direction,
                            enum terms terms)
{
    bool down = direction == LINALG_DOWN;
    uint64_t kept = down ? cols : rows, n = down ? rows : cols;
    struct test_matrix source = test_matrix_make(gpu, rows, cols, 1, 3);
    struct test_matrix sums = test_matrix_make(gpu, 1, kept, 0, 5);
    test_matrix_randomise(&source, 1);
    test_matrix_upload(&source);
    test_matrix_upload(&sums);
    struct test_matrix weights = test_matrix_make(gpu, 1, n, 0, 7);
    test_matrix_randomise(&weights, 2);
    test_matrix_upload(&weights);
    struct linalg_sum_call call = {source.matrix, sums.matrix, direction, terms == SQUARED, {0}};
    if (terms == WEIGHTED)
        call.weights = weights.matrix;
    assert_ok(linalg_sum(gpu, &call));
    test_matrix_download(&source);
    test_matrix_download(&sums);
    test_matrix_download(&weights);
    float *values = test_matrix_copy(&source);
    float *factors = test_matrix_copy(&weights);
    for (uint64_t i = 0; i < kept; i++) {
        double magnitude, depth = (double)linalg_sum_depth(n) + (terms != PLAIN);
        double wanted =
            linalg_reference_sum(values + (down ? i : i * cols), down ? cols : 1, n, terms == SQUARED,
                                 terms == WEIGHTED ? factors : NULL, &magnitude);
        double bound = depth * 0x1p-24 * (1 + depth * 0x1p-23) * magnitude;
        double found = test_matrix_float(&sums, 0, i);
        if (!(fabs(found - wanted) <= bound))
            fail_msg("[%d, %d] %s, terms %d: sum %d is %.9g, expected %.9g within %g", (int)rows, (int)cols,
                     name_of(direction), (int)terms, (int)i, found, wanted, bound);
    }
    base_free(values);
    base_free(factors);
    test_matrix_free(&source);
    test_matrix_free(&sums);
    test_matrix_free(&weights);
}

static void count_and_compare(struct gpu *gpu, uint64_t rows, uint64_t cols, enum linalg_direction direction)
{
    bool down = direction == LINALG_DOWN;
    uint64_t kept = down ? cols : rows, n = down ? rows : cols;
    struct test_matrix source = test_matrix_make(gpu, rows, cols, 1, 3);
    struct test_matrix sums = test_matrix_make(gpu, 1, 2 * kept, 0, 5);
    for (uint64_t row = 0; row < rows; row++)
        for (uint64_t col = 0; col < cols; col++) {
            uint32_t words[4];
            base_random_words(9, BASE_STREAM_TEST, row * cols + col, words);
            /* Mostly large, so that many additions carry. */
            *test_matrix_word(&source, row, col) = words[0] | (words[1] & 0xf0000000u);
        }
    test_matrix_upload(&source);
    test_matrix_upload(&sums);
    struct linalg_sum_call call = {.source = source.matrix, .sums = sums.matrix, .direction = direction};
    assert_ok(linalg_sum_counts(gpu, &call));
    test_matrix_download(&source);
    test_matrix_download(&sums);
    for (uint64_t i = 0; i < kept; i++) {
        uint64_t wanted = 0;
        if (n > 0)
            wanted = linalg_reference_sum_counts(test_matrix_word(&source, down ? 0 : i, down ? i : 0),
                                                 down ? source.matrix.stride : 1, n);
        uint64_t found = *test_matrix_word(&sums, 0, 2 * i) | (uint64_t)*test_matrix_word(&sums, 0, 2 * i + 1)
                                                                  << 32;
        if (found != wanted)
            fail_msg("[%d, %d] %s: count %d is %llu, expected %llu", (int)rows, (int)cols, name_of(direction),
                     (int)i, (unsigned long long)found, (unsigned long long)wanted);
    }
    test_matrix_free(&source);
    test_matrix_free(&sums);
}

static void both_ways(struct gpu *gpu, uint64_t rows, uint64_t cols)
{
    for (int way = 0; way < 2; way++) {
        enum linalg_direction direction = way ? LINALG_ACROSS : LINALG_DOWN;
        for (int terms = PLAIN; terms <= WEIGHTED; terms++)
            sum_and_compare(gpu, rows, cols, direction, (enum terms)terms);
        count_and_compare(gpu, rows, cols, direction);
    }
}

/* Around the workgroup (128), the chain (256 a lane) and the chunk (32,768); primes; nothing. */
static void sums(void **state)
{
    (void)state;
    static const uint64_t sizes[][2] = {
        {0, 0},   {0, 5},   {5, 0},     {1, 1},     {1, 127},   {1, 128},   {1, 129},   {127, 1},
        {128, 1}, {129, 1}, {31, 37},   {101, 103}, {128, 128}, {129, 255}, {256, 129}, {257, 511},
        {513, 3}, {3, 513}, {2, 32767}, {2, 32769}, {32769, 2}, {65539, 3},
    };
    struct gpu *gpu = test_gpu();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        both_ways(gpu, sizes[i][0], sizes[i][1]);
}

static void more_groups_than_65535(void **state)
{
    (void)state;
    sum_and_compare(test_gpu(), 1, 128 * 65537, LINALG_DOWN, SQUARED);
    count_and_compare(test_gpu(), 1, 128 * 65537, LINALG_DOWN);
}

static void small_devices(void **state)
{
    (void)state;
    static const char *const limits[] = {"storage_range_bytes=65536", "max_invocations=128,max_groups=19",
                                         "offset_alignment=256"};
    for (int i = 0; i < 3; i++) {
        struct gpu *gpu = test_gpu_open(limits[i]);
        both_ways(gpu, 211, 307);
        both_ways(gpu, 3, 8009);
        sum_and_compare(gpu, 3, 40009, LINALG_ACROSS, WEIGHTED);
        both_ways(gpu, 40009, 3);
        both_ways(gpu, 40, 1009);
        assert_int_equal(test_gpu_close(&gpu), 0);
    }
}

static void refusals(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open("storage_range_bytes=65536");
    struct test_matrix source = test_matrix_make(gpu, 4, 5, 20000, 0);
    struct test_matrix sums_at = test_matrix_make(gpu, 1, 5, 0, 0);
    sums_at.matrix.cols = 4;
    struct linalg_sum_call call = {source.matrix, sums_at.matrix, LINALG_DOWN, false, {0}};
    assert_fails(linalg_sum(gpu, &call), BASE_ERROR_INTERNAL, "is [1, 4], not [1, 5]");
    call.direction = LINALG_ACROSS;
    assert_fails(linalg_sum_counts(gpu, &call), BASE_ERROR_INTERNAL, "is [1, 4], not [1, 8]");
    call.sums.cols = 5;
    call.direction = LINALG_DOWN;
    assert_fails(linalg_sum(gpu, &call), BASE_ERROR_INTERNAL, "further apart");
    call.squared = true;
    assert_fails(linalg_sum_counts(gpu, &call), BASE_ERROR_INTERNAL, "neither squared nor weighted");
    call.squared = false;
    call.weights = sums_at.matrix;
    assert_fails(linalg_sum_counts(gpu, &call), BASE_ERROR_INTERNAL, "neither squared nor weighted");
    call.sums.rows = 1;
    call.sums.cols = 4;
    call.direction = LINALG_ACROSS;
    call.weights.cols = 3;
    assert_fails(linalg_sum(gpu, &call), BASE_ERROR_INTERNAL, "the vector of weights is [1, 3], not [1, 5]");
    test_matrix_free(&source);
    test_matrix_free(&sums_at);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),
        cmocka_unit_test(more_groups_than_65535),
        cmocka_unit_test(small_devices),
        cmocka_unit_test(refusals),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
