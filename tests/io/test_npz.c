/* .npz: stored and deflated members, read forwards, backwards and out of order; a large member is streamed.
 * The archives are written with libzip, whose reading side is what io/ stands on; numpy's own archives are
 * read in differential.py. */
#include "support/files.h"
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "io/tensor.h"

#include <zip.h>

struct content {
    const char *name; /* in the archive */
    const char *path; /* the file that is put there */
};

static const char *make(const char *name, const struct content *contents, int count, int method)
{
    int error;
    const char *path = test_path(name);
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    for (int i = 0; i < count; i++) {
        zip_source_t *source = zip_source_file(zip, contents[i].path, 0, -1);
        zip_int64_t index = zip_file_add(zip, contents[i].name, source, ZIP_FL_ENC_UTF_8);
        assert_true(index >= 0);
        assert_int_equal(zip_set_file_compression(zip, (zip_uint64_t)index, method, 0), 0);
    }
    assert_int_equal(zip_close(zip), 0);
    return path;
}

static const int methods[] = {ZIP_CM_STORE, ZIP_CM_DEFLATE};

static void members_by_name(void **state)
{
    (void)state;
    const float a[6] = {0, 1, 2, 3, 4, 5};
    const uint8_t b[4] = {9, 8, 7, 6};
    const struct content contents[] = {
        {"a.npy", test_npy("a.npy", "<f4", 0, "(2, 3)", a, 24)},
        {"folder/b.npy", test_npy("b.npy", "|u1", 0, "(4,)", b, 4)},
        {"f.npy", test_npy("f.npy", "<f4", 1, "(2, 3)", a, 24)},
        {"notes.txt", test_file("notes.txt", "no array", 8)},
    };
    for (int m = 0; m < 2; m++) {
        struct io_file *file;
        const struct io_tensor *tensor;
        float values[6];
        int64_t integers[4];
        assert_ok(io_open(make("members.npz", contents, 4, methods[m]), &file));
        assert_string_equal(io_format_name(file), "npz");
        assert_int_equal(io_tensor_count(file), 3);
        assert_ok(io_find(file, "folder/b", 1, &tensor));
        assert_ok(io_read_integers(file, tensor, 1, 3, integers));
        assert_int_equal(integers[2], 6);
        assert_ok(io_find(file, "a", 2, &tensor));
        assert_ok(io_read_rows(file, tensor, 1, 1, values));
        assert_true(values[0] == 3 && values[2] == 5);
        assert_ok(io_read_rows(file, tensor, 0, 2, values)); /* back to the start */
        assert_memory_equal(values, a, sizeof a);
        assert_ok(io_find(file, "f", 2, &tensor));
        assert_ok(io_read_rows(file, tensor, 0, 2, values));
        const float transposed[6] = {0, 2, 4, 1, 3, 5};
        assert_memory_equal(values, transposed, sizeof transposed);
        assert_fails(io_find(file, NULL, 2, &tensor), BASE_ERROR_INPUT,
                     "there: a <f4 [2, 3]; folder/b |u1 [4]; f <f4");
        io_close(&file);
    }
}

/* Row r of 300,000 is (r, r + 1/2, ...): every way of moving in the member must land on the right row. */
static void moving_in_a_large_member(void **state)
{
    (void)state;
    enum { ROWS = 300000, COLUMNS = 4 };
    float *array, values[3 * COLUMNS];
    assert_ok(base_allocate(&array, (size_t)ROWS * COLUMNS, sizeof *array, "array"));
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++)
        array[i] = (float)i / 2;
    const struct content content = {"a.npy", test_npy("large.npy", "<f4", 0, "(300000, 4)", array,
                                                      (size_t)ROWS * COLUMNS * sizeof *array)};
    static const uint64_t rows[] = {0, 3, 10, 299997, 5, 150000, 150003, 149000, 299997, 0};
    for (int m = 0; m < 2; m++) {
        struct io_file *file;
        assert_ok(io_open(make("large.npz", &content, 1, methods[m]), &file));
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            assert_ok(io_read_rows(file, io_tensor_at(file, 0), rows[i], 3, values));
            assert_memory_equal(values, array + rows[i] * COLUMNS, sizeof values);
        }
        io_close(&file);
    }
    base_free(array);
}

/* 64 MiB of zeros are read in blocks without being held. */
static void a_large_member_is_streamed(void **state)
{
    (void)state;
    enum { BLOCK = 1 << 8, COLUMNS = 1 << 10, BLOCKS = 64 };
    float *values;
    const uint64_t shape[2] = {BLOCK * BLOCKS, COLUMNS};
    struct base_output *output;
    const char *path = test_path("zeros.npy");
    assert_ok(base_allocate(&values, (size_t)BLOCK * COLUMNS, sizeof *values, "block"));
    assert_ok(base_output_open(path, &output));
    assert_ok(io_write_npy_header(output, IO_F32, 2, shape, NULL));
    for (int i = 0; i < BLOCKS; i++)
        assert_ok(base_output_write(output, values, (size_t)BLOCK * COLUMNS * sizeof *values));
    assert_ok(base_output_commit(&output));
    const struct content content = {"zeros.npy", path};
    struct io_file *file;
    assert_ok(io_open(make("zeros.npz", &content, 1, ZIP_CM_DEFLATE), &file));
    uint64_t before = base_peak_memory_bytes();
    for (uint64_t i = 0; i < BLOCKS; i++)
        assert_ok(io_read_rows(file, io_tensor_at(file, 0), i * BLOCK, BLOCK, values));
    assert_true(base_peak_memory_bytes() - before < 16 << 20);
    io_close(&file);
    base_free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_by_name),
        cmocka_unit_test(moving_in_a_large_member),
        cmocka_unit_test(a_large_member_is_streamed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
