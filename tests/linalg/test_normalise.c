/* Rows of unit length against a double reference. */
#include "linalg/normalise.h"

#include "base/memory.h"
#include "linalg/reference.h"
#include "support/device.h"
#include "support/guarded.h"
#include "support/test.h"

/* NaN where the reference is NaN, and within the bound of normalise.h otherwise. */
static void compare(const char *what, uint64_t rows, uint64_t cols, uint64_t row, double found, double wanted)
{
    double bound = (double)(cols / 128 + 24) * 0x1p-24 * fabs(wanted) + 0x1p-149;
    if (isnan(wanted) ? !isnan(found) : !(fabs(found - wanted) <= bound))
        fail_msg("[%d, %d] row %d: %s is %.9g, expected %.9g within %g", (int)rows, (int)cols, (int)row, what,
                 found, wanted, bound);
}

/* Rows of every size of number: row r is scaled by 2^(r % 7 * 36 - 108), so that no value is a denormal,
 * which devices may flush; the last ones are special. */
static void fill(struct test_matrix *source)
{
    test_matrix_randomise(source, 4);
    uint64_t rows = source->matrix.rows, cols = source->matrix.cols;
    for (uint64_t row = 0; row < rows; row++)
        for (uint64_t col = 0; col < cols; col++) {
            float value = test_matrix_float(source, row, col);
            value = ldexpf(value, (int)(row % 7) * 36 - 108);
            if (row % 11 == 5)
                value = 0;
            if (row % 11 == 6)
                value = 0x1p-140f;
            if (row % 11 == 7 && col == cols / 2)
                value = (float)INFINITY;
            if (row % 11 == 8 && col == cols - 1)
                value = (float)NAN;
            test_matrix_set_float(source, row, col, value);
        }
}

static void normalise_and_compare(struct gpu *gpu, uint64_t rows, uint64_t cols, bool in_place)
{
    struct test_matrix source = test_matrix_make(gpu, rows, cols, 3, 1);
    struct test_matrix destination = test_matrix_make(gpu, rows, cols, 1, 2);
    struct test_matrix norms = test_matrix_make(gpu, 1, rows, 0, 3);
    fill(&source);
    float *before = test_matrix_copy(&source);
    test_matrix_upload(&source);
    test_matrix_upload(&destination);
    test_matrix_upload(&norms);
    struct test_matrix *result = in_place ? &source : &destination;
    assert_ok(linalg_normalise_rows(gpu, &source.matrix, &result->matrix, &norms.matrix));
    test_matrix_download(&source);
    test_matrix_download(&destination);
    test_matrix_download(&norms);
    double *unit = NULL;
    assert_ok(base_allocate(&unit, cols, sizeof *unit, "reference"));
    for (uint64_t row = 0; row < rows; row++) {
        double norm = linalg_reference_normalise(before + row * cols, cols, unit);
        compare("the norm", rows, cols, row, test_matrix_float(&norms, 0, row), norm);
        for (uint64_t col = 0; col < cols; col++)
            /* Elements that are denormal or nearly so beside the largest may vanish. */
            if (isnan(unit[col]) || fabs(unit[col]) > 0x1p-100)
                compare("an element", rows, cols, row, test_matrix_float(result, row, col), unit[col]);
    }
    base_free(unit);
    base_free(before);
    test_matrix_free(&source);
    test_matrix_free(&destination);
    test_matrix_free(&norms);
}

static void rows_of_unit_length(void **state)
{
    (void)state;
    static const uint64_t sizes[][2] = {
        {0, 4},    {3, 0},    {1, 1},     {1, 2},     {4, 3},           {127, 5},
        {128, 16}, {129, 31}, {23, 127},  {23, 128},  {23, 129},        {29, 511},
        {29, 512}, {29, 513}, {12, 1536}, {3, 10007}, {128 * 65537, 1},
    };
    struct gpu *gpu = test_gpu();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        normalise_and_compare(gpu, sizes[i][0], sizes[i][1], false);
        normalise_and_compare(gpu, sizes[i][0], sizes[i][1], true);
    }
}

static void small_devices(void **state)
{
    (void)state;
    static const char *const limits[] = {"storage_range_bytes=65536", "max_invocations=128,max_groups=29",
                                         "offset_alignment=256"};
    for (int i = 0; i < 3; i++) {
        struct gpu *gpu = test_gpu_open(limits[i]);
        normalise_and_compare(gpu, 500, 101, false);
        normalise_and_compare(gpu, 66000, 1, true);
        assert_int_equal(test_gpu_close(&gpu), 0);
    }
}

static void refusals(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open("storage_range_bytes=65536");
    struct test_matrix rows = test_matrix_make(gpu, 1, 20000, 0, 0);
    struct test_matrix norms = test_matrix_make(gpu, 1, 2, 0, 0);
    assert_fails(linalg_normalise_rows(gpu, &rows.matrix, &rows.matrix, &norms.matrix), BASE_ERROR_INTERNAL,
                 "is [1, 2], not [1, 1]");
    norms.matrix.cols = 1;
    assert_fails(linalg_normalise_rows(gpu, &rows.matrix, &rows.matrix, &norms.matrix), BASE_ERROR_INTERNAL,
                 "longer than the device binds");
    test_matrix_free(&rows);
    test_matrix_free(&norms);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_unit_length),
        cmocka_unit_test(small_devices),
        cmocka_unit_test(refusals),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
