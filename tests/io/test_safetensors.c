/* .safetensors: what is allowed at the edge of the format's rules, and what messages say. */
#include "support/files.h"
#include "support/test.h"

#include "io/tensor.h"

#include <stdbool.h>

static const char *make(const char *header, const void *data, size_t bytes)
{
    uint8_t whole[4096];
    size_t length = strlen(header);
    for (int i = 0; i < 8; i++)
        whole[i] = (uint8_t)((uint64_t)length >> 8 * i);
    memcpy(whole + 8, header, length);
    memcpy(whole + 8 + length, data, bytes);
    return test_file("made.safetensors", whole, 8 + length + bytes);
}

static void the_empty_file(void **state)
{
    (void)state;
    struct io_file *file;
    const struct io_tensor *tensor;
    assert_ok(io_open(make("{}      ", "", 0), &file));
    assert_string_equal(io_format_name(file), "safetensors");
    assert_int_equal(io_tensor_count(file), 0);
    assert_int_equal(io_metadata_count(file), 0);
    assert_fails(io_find(file, NULL, 2, &tensor), BASE_ERROR_INPUT, "no 2-D tensor in it; there: nothing");
    io_close(&file);
    assert_ok(io_open(make(" \n\t\r{\"__metadata__\":{}}\n", "", 0), &file));
    io_close(&file);
}

static void scalars_and_empty_tensors(void **state)
{
    (void)state;
    struct io_file *file;
    const float number = 1.5f;
    float value = 0;
    const struct io_tensor *tensor;
    assert_ok(io_open(make("{\"e\":{\"dtype\":\"F64\",\"shape\":[0,3],\"data_offsets\":[4,4]},"
                           "\"z\":{\"dtype\":\"F16\",\"shape\":[3,0],\"data_offsets\":[0,0]},"
                           "\"s\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}",
                           &number, 4),
                      &file));
    assert_int_equal(io_tensor_count(file), 3);
    assert_string_equal(io_tensor_at(file, 0)->name, "z"); /* in the order of the data, empty ones first */
    assert_ok(io_find(file, "s", 0, &tensor));
    assert_int_equal(tensor->elements, 1);
    assert_ok(io_read_rows(file, tensor, 0, 1, &value));
    assert_true(value == 1.5f);
    io_close(&file);
}

/* Alignment is no rule: an F64 may stand at an odd offset. */
static void unaligned_tensors(void **state)
{
    (void)state;
    struct io_file *file;
    uint8_t data[9] = {7};
    const double number = -3.25;
    float value = 0;
    memcpy(data + 1, &number, 8);
    assert_ok(
        io_open(make("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                     "\"b\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[1,9],\"note\":{\"x\":[1]}}}",
                     data, 9),
                &file));
    assert_ok(io_read_rows(file, io_tensor_at(file, 1), 0, 1, &value));
    assert_true(value == -3.25f);
    io_close(&file);
}

static void bfloat16_is_the_upper_half(void **state)
{
    (void)state;
    struct io_file *file;
    const uint16_t data[5] = {0x3f80, 0xc049, 0x0001, 0x7f80, 0xffc1};
    float values[5];
    assert_ok(
        io_open(make("{\"a\":{\"dtype\":\"BF16\",\"shape\":[5],\"data_offsets\":[0,10]}}", data, 10), &file));
    assert_ok(io_read_rows(file, io_tensor_at(file, 0), 0, 5, values));
    for (int i = 0; i < 5; i++) {
        uint32_t bits;
        memcpy(&bits, values + i, 4);
        assert_int_equal(bits, (uint32_t)data[i] << 16);
    }
    io_close(&file);
}

static void metadata_are_kept(void **state)
{
    (void)state;
    struct io_file *file;
    const char *key, *value;
    assert_ok(io_open(make("{\"__metadata__\":{\"b\":\"\\u20ac 5\",\"a\":\"\"}}", "", 0), &file));
    assert_int_equal(io_metadata_count(file), 2);
    io_metadata_at(file, 0, &key, &value);
    assert_string_equal(key, "b");
    assert_string_equal(value, "\xe2\x82\xac 5");
    io_metadata_at(file, 1, &key, &value);
    assert_string_equal(key, "a");
    assert_string_equal(value, "");
    io_close(&file);
}

/* Sub-byte and eight-bit floats are listed with their sizes checked, and refused by name when asked for. */
static void unreadable_types_are_listed(void **state)
{
    (void)state;
    struct io_file *file;
    const struct io_tensor *tensor;
    float value;
    assert_ok(io_open(make("{\"f8\":{\"dtype\":\"F8_E5M2\",\"shape\":[2,2],\"data_offsets\":[0,4]},"
                           "\"f4\":{\"dtype\":\"F4\",\"shape\":[4],\"data_offsets\":[4,6]},"
                           "\"f6\":{\"dtype\":\"F6_E2M3\",\"shape\":[4],\"data_offsets\":[6,9]},"
                           "\"c\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[9,17]}}",
                           "01234567890123456", 17),
                      &file));
    assert_int_equal(io_tensor_count(file), 4);
    for (uint64_t i = 0; i < 4; i++) {
        const struct io_tensor *each = io_tensor_at(file, i);
        assert_int_equal(each->dtype, IO_UNREADABLE);
        assert_fails(io_find(file, each->name, 0, &tensor), BASE_ERROR_INPUT, each->dtype_name);
        assert_fails(io_read_rows(file, each, 0, 1, &value), BASE_ERROR_INPUT, "cannot read");
    }
    assert_fails(io_find(file, NULL, 2, &tensor), BASE_ERROR_INPUT, "\"f8\" is of type F8_E5M2");
    io_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_empty_file),    cmocka_unit_test(scalars_and_empty_tensors),
        cmocka_unit_test(unaligned_tensors), cmocka_unit_test(bfloat16_is_the_upper_half),
        cmocka_unit_test(metadata_are_kept), cmocka_unit_test(unreadable_types_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
