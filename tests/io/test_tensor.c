/* Finding a tensor, splitting FILE:TENSOR, and words fit for a terminal. */
#include "support/files.h"
#include "support/test.h"

#include "base/memory.h"
#include "io/tensor.h"

static const float numbers[6] = {0, 1, 2, 3, 4, 5};
static const int32_t tokens[2] = {7, 8};

static const char *two_matrices(void)
{
    const struct io_named_array arrays[] = {
        {.name = "layer:0", .dtype = IO_F32, .rank = 2, .shape = {2, 3}, .data = numbers},
        {.name = "layer:1", .dtype = IO_F32, .rank = 2, .shape = {3, 2}, .data = numbers},
        {.name = "tokens", .dtype = IO_I32, .rank = 1, .shape = {2}, .data = tokens},
    };
    const char *path = test_path("two.safetensors");
    assert_ok(io_write_safetensors(path, arrays, 3, NULL, 0));
    return path;
}

static void finding(void **state)
{
    (void)state;
    struct io_file *file;
    const struct io_tensor *tensor;
    assert_ok(io_open(two_matrices(), &file));
    assert_ok(io_find(file, "layer:1", 2, &tensor));
    assert_int_equal(tensor->shape[0], 3);
    assert_ok(io_find(file, "", 1, &tensor));
    assert_string_equal(tensor->name, "tokens");
    assert_ok(io_find(file, NULL, 1, &tensor));
    assert_fails(
        io_find(file, NULL, 2, &tensor), BASE_ERROR_INPUT,
        "2 tensors could be meant; choose one as FILE:TENSOR; there: layer:0 F32 [2, 3]; layer:1 F32 [3, 2]; "
        "tokens I32 [2]");
    assert_null(tensor);
    assert_fails(io_find(file, NULL, 0, &tensor), BASE_ERROR_INPUT, "3 tensors could be meant");
    assert_fails(io_find(file, NULL, 3, &tensor), BASE_ERROR_INPUT, "no 3-D tensor in it; there: layer:0");
    assert_fails(io_find(file, "layer", 2, &tensor), BASE_ERROR_INPUT,
                 "no tensor \"layer\"; there: layer:0 F32 [2, 3]");
    assert_fails(io_find(file, "tokens", 2, &tensor), BASE_ERROR_INPUT,
                 "is 1-D, [2], where a 2-D one is wanted");
    assert_true(io_modified(file) > 1600000000);
    io_close(&file);
    assert_null(file);
    io_close(&file);
}

/* The list in a message is cut, and says how much is left out. */
static void a_long_list_is_cut(void **state)
{
    (void)state;
    enum { COUNT = 500 };
    struct io_named_array arrays[COUNT];
    char names[COUNT][16];
    struct io_file *file;
    const struct io_tensor *tensor;
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "tensor_%d", i);
        arrays[i] = (struct io_named_array){
            .name = names[i], .dtype = IO_F32, .rank = 2, .shape = {1, 1}, .data = numbers};
    }
    const char *path = test_path("many.safetensors");
    assert_ok(io_write_safetensors(path, arrays, COUNT, NULL, 0));
    assert_ok(io_open(path, &file));
    assert_fails(io_find(file, NULL, 2, &tensor), BASE_ERROR_INPUT, "500 tensors could be meant");
    assert_non_null(strstr(base_message(), " more"));
    io_close(&file);
}

static void check_split(const char *argument, const char *path, const char *tensor)
{
    char *got_path, *got_tensor;
    assert_ok(io_split_name(argument, &got_path, &got_tensor));
    assert_string_equal(got_path, path);
    if (tensor)
        assert_string_equal(got_tensor, tensor);
    else
        assert_null(got_tensor);
    base_free(got_path);
    base_free(got_tensor);
}

static void splitting(void **state)
{
    (void)state;
    char argument[512];
    const char *colon = test_npy("with:colon.npy", "<f4", 0, "(2, 3)", numbers, 24);
    check_split("missing.npy", "missing.npy", NULL);
    check_split("missing.npy:a", "missing.npy", "a");
    check_split("missing:b.npy:a", "missing:b.npy", "a");
    check_split("missing.npy:", "missing.npy", "");
    check_split(":a", "", "a");
    check_split(colon, colon, NULL);
    snprintf(argument, sizeof argument, "%s:a", colon);
    check_split(argument, colon, "a");
    const char *two = two_matrices();
    snprintf(argument, sizeof argument, "%s:layer:1", two);
    check_split(argument, two, "layer:1");
    snprintf(argument, sizeof argument, "%s:x", test_folder());
    check_split(argument, test_folder(), "x");
}

static void printable(void **state)
{
    (void)state;
    char buffer[IO_PRINTABLE], text[1000];
    assert_string_equal(io_printable("plain \xe2\x82\xac", buffer), "plain \xe2\x82\xac");
    assert_string_equal(io_printable("\x1b[31m\x7f\n", buffer), "?[31m??");
    assert_string_equal(io_printable("a\xc2\x9b"
                                     "2J",
                                     buffer),
                        "a?2J");
    assert_string_equal(io_printable("\xc2\xa0", buffer), "\xc2\xa0");
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    io_printable(text, buffer);
    assert_true(strlen(buffer) < IO_PRINTABLE);
    assert_string_equal(buffer + strlen(buffer) - 4, "x...");
    for (int i = 0; i + 3 < 1000; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3);
    text[999] = '\0';
    io_printable(text, buffer);
    assert_int_equal(strlen(buffer) % 3, 0); /* whole characters and three dots */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finding),
        cmocka_unit_test(a_long_list_is_cut),
        cmocka_unit_test(splitting),
        cmocka_unit_test(printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
