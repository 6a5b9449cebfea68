/* What inspect says, as text and as JSON, and that it fails when it cannot say it. */
#include "support/files.h"
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "data/inspect.h"
#include "io/tensor.h"

#include <jansson.h>
#include <stdlib.h>

static const char *make_file(void)
{
    static float matrix[8] = {3, 4, 0, 0, 6, 8, 0, 1};
    static const double cube[8] = {1, 0, 0, 1, 3, 4, 0, 0};
    static const int32_t tokens[4] = {-7, 0, 8, 9};
    matrix[6] = NAN;
    const struct io_named_array arrays[] = {
        {.name = "matrix", .dtype = IO_F32, .rank = 2, .shape = {4, 2}, .data = matrix},
        {.name = "cube", .dtype = IO_F64, .rank = 3, .shape = {2, 2, 2}, .data = cube},
        {.name = "tokens", .dtype = IO_I32, .rank = 1, .shape = {4}, .data = tokens},
        {.name = "scalar", .dtype = IO_I32, .rank = 0, .data = tokens},
        {.name = "empty", .dtype = IO_F32, .rank = 2, .shape = {0, 3}, .data = tokens},
    };
    const char *const metadata[] = {"model", "a \x1b[31mred one"};
    const char *path = test_path("inspect.safetensors");
    assert_ok(io_write_safetensors(path, arrays, 5, metadata, 1));
    return path;
}

static const json_t *tensor_called(const json_t *root, const char *name)
{
    const json_t *tensors = json_object_get(root, "tensors");
    for (size_t i = 0; i < json_array_size(tensors); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(tensors, i), "name")), name) == 0)
            return json_array_get(tensors, i);
    return NULL;
}

static double norm_of(const json_t *root, const char *tensor, const char *which)
{
    const json_t *norms = json_object_get(json_object_get(tensor_called(root, tensor), "check"), "row_norms");
    return json_number_value(json_object_get(norms, which));
}

static json_int_t count_of(const json_t *root, const char *tensor, const char *which)
{
    const json_t *value = json_object_get(json_object_get(tensor_called(root, tensor), "check"), which);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static void json_with_check(void **state)
{
    (void)state;
    struct json_t *root;
    assert_ok(data_inspect_json(make_file(), &(struct data_check_rows){0}, &root));
    assert_string_equal(json_string_value(json_object_get(root, "schema")), "arclight.inspect/1");
    assert_string_equal(json_string_value(json_object_get(root, "format")), "safetensors");
    assert_string_equal(json_string_value(json_object_get(json_object_get(root, "metadata"), "model")),
                        "a \x1b[31mred one");
    assert_int_equal(count_of(root, "matrix", "rows"), 4);
    assert_int_equal(count_of(root, "matrix", "nan_values"), 1);
    assert_int_equal(count_of(root, "matrix", "non_finite_rows"), 1);
    assert_int_equal(count_of(root, "matrix", "zero_rows"), 1);
    assert_in_double(norm_of(root, "matrix", "minimum"), 0, 0);
    assert_in_double(norm_of(root, "matrix", "median"), 5, 0);
    assert_in_double(norm_of(root, "matrix", "quantile_01"), 0.1, 1e-12);
    assert_in_double(norm_of(root, "matrix", "quantile_99"), 9.9, 1e-12);
    assert_in_double(norm_of(root, "matrix", "maximum"), 10, 0);
    assert_in_double(norm_of(root, "matrix", "mean"), 5, 1e-15);
    assert_in_double(norm_of(root, "matrix", "rms"), sqrt(125.0 / 3), 1e-14);
    assert_int_equal(count_of(root, "cube", "rows"), 4); /* rows along the last axis */
    assert_int_equal(count_of(root, "cube", "zero_rows"), 1);
    assert_in_double(norm_of(root, "cube", "maximum"), 5, 0);
    assert_int_equal(count_of(root, "tokens", "rows"), 4);
    assert_in_double(norm_of(root, "tokens", "maximum"), 9, 0);
    assert_null(json_object_get(tensor_called(root, "scalar"), "check"));
    assert_int_equal(count_of(root, "empty", "rows"), 0);
    const json_t *norms =
        json_object_get(json_object_get(tensor_called(root, "empty"), "check"), "row_norms");
    assert_true(json_is_null(json_object_get(norms, "median")));
    json_decref(root);
}

static void a_part_of_the_rows(void **state)
{
    (void)state;
    struct json_t *root;
    assert_ok(data_inspect_json(make_file(), &(struct data_check_rows){1, 3}, &root));
    assert_int_equal(count_of(root, "matrix", "first_row"), 1);
    assert_int_equal(count_of(root, "matrix", "rows"), 2);
    assert_int_equal(count_of(root, "matrix", "all_rows"), 4);
    assert_int_equal(count_of(root, "cube", "rows"),
                     2); /* which begin and end within an index of the first axis */
    json_decref(root);
    assert_ok(data_inspect_json(make_file(), &(struct data_check_rows){3, 0}, &root));
    assert_int_equal(count_of(root, "matrix", "rows"), 1);
    json_decref(root);
    assert_fails(data_inspect_json(make_file(), &(struct data_check_rows){4, 9}, &root), BASE_ERROR_INPUT,
                 "no tensor has a row 4; the longest has 4 rows");
}

static void text_of(const char *path, bool check, bool json, char *text, size_t room)
{
    FILE *out = tmpfile();
    assert_non_null(out);
    assert_ok(data_inspect(path, check ? &(struct data_check_rows){0} : NULL, json, out));
    rewind(out);
    text[fread(text, 1, room - 1, out)] = '\0';
    fclose(out);
}

static void text_and_its_json(void **state)
{
    (void)state;
    char text[8192];
    text_of(make_file(), true, false, text, sizeof text);
    assert_non_null(strstr(text, "inspect.safetensors: safetensors, "));
    assert_non_null(strstr(text, "5 tensors"));
    assert_non_null(strstr(text, "metadata model: a ?[31mred one")); /* no escape reaches the terminal */
    assert_null(strchr(text, '\x1b'));
    assert_non_null(
        strstr(text, "matrix   F32   [4, 2]\n      values: 1 NaN, 0 Inf (in 1 rows); zero rows: 1 of 4"));
    assert_non_null(strstr(text, "median 5, 99 % 9.9, maximum 10"));
    text_of(make_file(), false, false, text, sizeof text);
    assert_null(strstr(text, "NaN"));
    text_of(make_file(), true, true, text, sizeof text);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_int_equal(json_array_size(json_object_get(root, "tensors")), 5);
    json_decref(root);
}

static void arrays_that_cannot_be_read_are_listed(void **state)
{
    (void)state;
    char text[2048];
    text_of(test_npy("objects.npy", "|O", 0, "(3,)", "pickle", 6), true, false, text, sizeof text);
    assert_non_null(strstr(text, "(array)  |O    [3]  (cannot be read)"));
    text_of(test_npy("fortran.npy", ">f4", 1, "(1, 2)", "\x3f\x80\0\0\x40\0\0\0", 8), true, false, text,
            sizeof text);
    assert_non_null(strstr(text, "[1, 2]  (Fortran order)"));
    assert_non_null(strstr(text, "maximum 2.23607"));
}

static void failures(void **state)
{
    (void)state;
    struct json_t *root = NULL;
    assert_fails(data_inspect_json("/nonexistent.npy", &(struct data_check_rows){0}, &root), BASE_ERROR_INPUT,
                 "cannot open");
    assert_fails(data_inspect("/nonexistent.npy", &(struct data_check_rows){0}, true, stdout),
                 BASE_ERROR_INPUT, "cannot open");
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_fails(data_inspect(make_file(), NULL, false, full), BASE_ERROR_FILE_SYSTEM, "cannot be written");
    assert_fails(data_inspect(make_file(), NULL, true, full), BASE_ERROR_FILE_SYSTEM, "cannot be written");
    fclose(full);
}

/* One index of the first axis that would take gigabytes in memory: a sparse file of 4 GiB. */
static void a_row_too_wide_to_hold(void **state)
{
    (void)state;
    struct io_file *file;
    struct data_check check;
    struct base_output *output;
    uint64_t header;
    const uint64_t shape[2] = {1, 1ull << 32};
    const char *path = test_path("wide.npy");
    assert_ok(base_output_open(path, &output));
    assert_ok(io_write_npy_header(output, IO_U8, 2, shape, &header));
    assert_ok(base_output_write_at(output, header + shape[1] - 1, "", 1));
    assert_ok(base_output_commit(&output));
    assert_ok(io_open(path, &file));
    assert_fails(data_check_tensor(file, io_tensor_at(file, 0), (struct data_check_rows){0}, &check),
                 BASE_ERROR_INPUT, "too many to be checked");
    io_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_with_check),   cmocka_unit_test(a_part_of_the_rows),
        cmocka_unit_test(text_and_its_json), cmocka_unit_test(arrays_that_cannot_be_read_are_listed),
        cmocka_unit_test(failures),          cmocka_unit_test(a_row_too_wide_to_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
