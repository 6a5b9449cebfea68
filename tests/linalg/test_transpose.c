/* Transposition, bit for bit. */
#include "linalg/transpose.h"

#include "support/device.h"
#include "support/guarded.h"
#include "support/test.h"

static void transpose_and_compare(struct gpu *gpu, uint64_t rows, uint64_t cols)
{
    struct test_matrix source = test_matrix_make(gpu, rows, cols, 2, 3);
    struct test_matrix destination = test_matrix_make(gpu, cols, rows, 5, 1);
    for (uint64_t row = 0; row < rows; row++)
        for (uint64_t col = 0; col < cols; col++)
            *test_matrix_word(&source, row, col) = (uint32_t)(row * cols + col) * 2654435761u;
    test_matrix_upload(&source);
    test_matrix_upload(&destination);
    assert_ok(linalg_transpose(gpu, &source.matrix, &destination.matrix));
    test_matrix_download(&source);
    test_matrix_download(&destination);
    for (uint64_t row = 0; row < rows; row++)
        for (uint64_t col = 0; col < cols; col++)
            if (*test_matrix_word(&destination, col, row) != *test_matrix_word(&source, row, col))
                fail_msg("[%d, %d]: element (%d, %d) is wrong", (int)rows, (int)cols, (int)row, (int)col);
    test_matrix_free(&source);
    test_matrix_free(&destination);
}

static void transpositions(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 1, 2, 31, 32, 33, 97, 127, 128, 129};
    enum { N = sizeof sizes / sizeof sizes[0] };
    struct gpu *gpu = test_gpu();
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            transpose_and_compare(gpu, sizes[i], sizes[j]);
    /* More than 65,535 tiles. */
    transpose_and_compare(gpu, 1, 32 * 65537);
    transpose_and_compare(gpu, 32 * 65537, 1);
}

static void small_devices(void **state)
{
    (void)state;
    static const char *const limits[] = {"storage_range_bytes=65536", "max_invocations=128,max_groups=31",
                                         "offset_alignment=256"};
    for (int i = 0; i < 3; i++) {
        struct gpu *gpu = test_gpu_open(limits[i]);
        transpose_and_compare(gpu, 211, 307);
        transpose_and_compare(gpu, 3, 20011);
        transpose_and_compare(gpu, 20011, 3);
        assert_int_equal(test_gpu_close(&gpu), 0);
    }
}

static void refusals(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct test_matrix source = test_matrix_make(gpu, 4, 5, 0, 0);
    struct test_matrix destination = test_matrix_make(gpu, 4, 5, 0, 0);
    assert_fails(linalg_transpose(gpu, &source.matrix, &destination.matrix), BASE_ERROR_INTERNAL,
                 "the destination is [4, 5], not [5, 4]");
    test_matrix_free(&source);
    test_matrix_free(&destination);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transpositions),
        cmocka_unit_test(small_devices),
        cmocka_unit_test(refusals),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
