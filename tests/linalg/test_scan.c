/* Prefix sums, exactly. */
#include "linalg/scan.h"

#include "base/memory.h"
#include "base/random.h"
#include "support/device.h"
#include "support/guarded.h"
#include "support/test.h"

static void scan_and_compare(struct gpu *gpu, uint64_t n, enum linalg_scan_kind kind, bool in_place)
{
    struct test_matrix source = test_matrix_make(gpu, 1, n, 0, 3);
    struct test_matrix destination = test_matrix_make(gpu, 1, n, 0, 1);
    uint32_t *wanted = NULL, sum = 0;
    assert_ok(base_allocate(&wanted, n, 4, "reference"));
    for (uint64_t i = 0; i < n; i++) {
        /* Words of all sizes: the sums pass 2^32 many times. */
        uint32_t value = (uint32_t)(i + 1) * 2654435761u;
        *test_matrix_word(&source, 0, i) = value;
        wanted[i] = kind == LINALG_INCLUSIVE ? sum + value : sum;
        sum += value;
    }
    test_matrix_upload(&source);
    test_matrix_upload(&destination);
    struct test_matrix *result = in_place ? &source : &destination;
    assert_ok(linalg_scan(gpu, kind, &source.matrix, &result->matrix));
    test_matrix_download(&source);
    test_matrix_download(&destination);
    for (uint64_t i = 0; i < n; i++)
        if (*test_matrix_word(result, 0, i) != wanted[i])
            fail_msg("%llu elements, kind %d, in place %d: element %llu is %u, expected %u",
                     (unsigned long long)n, kind, in_place, (unsigned long long)i,
                     *test_matrix_word(result, 0, i), wanted[i]);
    base_free(wanted);
    test_matrix_free(&source);
    test_matrix_free(&destination);
}

static void all_kinds(struct gpu *gpu, uint64_t n)
{
    for (int in_place = 0; in_place < 2; in_place++) {
        scan_and_compare(gpu, n, LINALG_EXCLUSIVE, in_place);
        scan_and_compare(gpu, n, LINALG_INCLUSIVE, in_place);
    }
}

/* Around the workgroup (128), the block (1,024) and the block of blocks (2^20). */
static void scans(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {
        0,    1,    2,    7,    8,    9,     127,           128,     129,
        1009, 1023, 1024, 1025, 2048, 10007, (1 << 20) - 1, 1 << 20, (1 << 20) + 1};
    struct gpu *gpu = test_gpu();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        all_kinds(gpu, sizes[i]);
}

/* 65,536 blocks are 268 MB, more than most CPU devices bind: instead rows of few groups, so that the dispatch
 * is folded all the same. */
static void folded(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open("max_groups=61");
    all_kinds(gpu, 3 * 1024 * 1024 + 5);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

static void small_devices(void **state)
{
    (void)state;
    static const char *const limits[] = {"storage_range_bytes=65536", "max_invocations=128,max_groups=11",
                                         "offset_alignment=256"};
    for (int i = 0; i < 3; i++) {
        struct gpu *gpu = test_gpu_open(limits[i]);
        all_kinds(gpu, 100003);
        assert_int_equal(test_gpu_close(&gpu), 0);
    }
}

static void refusals(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct test_matrix source = test_matrix_make(gpu, 1, 4, 0, 0);
    struct test_matrix destination = test_matrix_make(gpu, 1, 5, 0, 0);
    assert_fails(linalg_scan(gpu, LINALG_INCLUSIVE, &source.matrix, &destination.matrix), BASE_ERROR_INTERNAL,
                 "the destination is [1, 5], not [1, 4]");
    test_matrix_free(&source);
    test_matrix_free(&destination);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scans),
        cmocka_unit_test(folded),
        cmocka_unit_test(small_devices),
        cmocka_unit_test(refusals),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
