/* .npy: every type in both byte orders, C and Fortran order, versions; values compared with C's own
 * conversions. */
#include "support/files.h"
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "base/random.h"
#include "io/tensor.h"

#include <stdbool.h>

static const struct {
    const char *type;
    enum io_dtype dtype;
    uint32_t bytes;
} types[] = {
    {"b1", IO_BOOL, 1}, {"u1", IO_U8, 1},  {"i1", IO_I8, 1},  {"u2", IO_U16, 2},
    {"i2", IO_I16, 2},  {"f2", IO_F16, 2}, {"u4", IO_U32, 4}, {"i4", IO_I32, 4},
    {"f4", IO_F32, 4},  {"u8", IO_U64, 8}, {"i8", IO_I64, 8}, {"f8", IO_F64, 8},
};
enum { N_TYPES = sizeof types / sizeof types[0] };

/* Half precision by its definition: (-1)^sign 2^(exponent - 15) (1 + fraction / 1024). */
static float half_by_definition(uint16_t half)
{
    int exponent = half >> 10 & 31, fraction = half & 1023;
    double sign = half & 0x8000 ? -1 : 1;
    if (exponent == 31)
        return fraction ? NAN : (float)(sign * INFINITY);
    if (exponent == 0)
        return (float)(sign * ldexp(fraction, -24));
    return (float)(sign * ldexp(1024 + fraction, exponent - 25));
}

/* One element, little-endian at `bytes`, as a number. */
static double value_of(enum io_dtype dtype, const uint8_t *bytes, int64_t *integer)
{
    uint64_t bits = 0;
    for (uint32_t i = io_dtype_bytes(dtype); i-- > 0;)
        bits = bits << 8 | bytes[i];
    float single;
    double number;
    uint32_t low = (uint32_t)bits;
    memcpy(&single, &low, 4);
    memcpy(&number, &bits, 8);
    *integer = 0;
    switch (dtype) {
    case IO_BOOL:
        return (double)(*integer = bits != 0);
    case IO_I8:
        return (double)(*integer = (int8_t)bits);
    case IO_I16:
        return (double)(*integer = (int16_t)bits);
    case IO_I32:
        return (double)(*integer = (int32_t)bits);
    case IO_I64:
        *integer = (int64_t)bits;
        return (double)(float)*integer;
    case IO_F16:
        return half_by_definition((uint16_t)bits);
    case IO_F32:
        return single;
    case IO_F64:
        return (float)number;
    default:
        *integer = (int64_t)bits;
        return (double)(float)bits;
    }
}

static bool same_float(float a, float b)
{
    return memcmp(&a, &b, 4) == 0 || (isnan(a) && isnan(b));
}

/* rows x columns random elements; U64 stays below 2^63 so that all integers can be read as such. */
static void fill(uint8_t *bytes, size_t count, uint32_t size, uint64_t seed)
{
    for (size_t i = 0; i < count * size; i++) {
        uint32_t words[4];
        base_random_words(seed, BASE_STREAM_TEST, i, words);
        bytes[i] = (uint8_t)words[0];
        if (size == 8 && i % 8 == 7)
            bytes[i] &= 0x7f;
    }
}

static void check_rows(struct io_file *file, const uint8_t *logical, size_t columns, size_t from,
                       size_t count)
{
    float values[512];
    int64_t integers[512];
    const struct io_tensor *tensor = io_tensor_at(file, 0);
    const uint32_t size = io_dtype_bytes(tensor->dtype);
    assert_ok(io_read_rows(file, tensor, from, count, values));
    if (io_dtype_is_integer(tensor->dtype))
        assert_ok(io_read_integers(file, tensor, from, count, integers));
    else
        assert_fails(io_read_integers(file, tensor, from, count, integers), BASE_ERROR_INPUT,
                     "integers are wanted");
    for (size_t i = 0; i < count * columns; i++) {
        int64_t integer;
        float wanted = (float)value_of(tensor->dtype, logical + (from * columns + i) * size, &integer);
        if (!same_float(values[i], wanted))
            fail_msg("%s: element %zu is %g, expected %g", tensor->dtype_name, i, (double)values[i],
                     (double)wanted);
        if (io_dtype_is_integer(tensor->dtype) && integers[i] != integer)
            fail_msg("%s: element %zu is %lld, expected %lld", tensor->dtype_name, i, (long long)integers[i],
                     (long long)integer);
    }
}

/* Random bytes as a 7 x 5 array in the given layout, read whole and in part. */
static void check_layout(int type, bool big_endian, bool fortran)
{
    enum { ROWS = 7, COLUMNS = 5, COUNT = ROWS * COLUMNS };
    uint8_t logical[COUNT * 8], disk[COUNT * 8];
    const uint32_t size = types[type].bytes;
    char name[32];
    fill(logical, COUNT, size, (uint64_t)type);
    for (size_t row = 0; row < ROWS; row++)
        for (size_t column = 0; column < COLUMNS; column++)
            for (uint32_t b = 0; b < size; b++) {
                size_t place = fortran ? column * ROWS + row : row * COLUMNS + column;
                disk[place * size + b] =
                    logical[(row * COLUMNS + column) * size + (big_endian ? size - 1 - b : b)];
            }
    snprintf(name, sizeof name, "%c%s", size == 1 ? '|' : big_endian ? '>' : '<', types[type].type);
    const char *path = test_npy("layout.npy", name, fortran, "(7, 5)", disk, COUNT * size);
    struct io_file *file;
    assert_ok(io_open(path, &file));
    const struct io_tensor *tensor = io_tensor_at(file, 0);
    assert_int_equal(tensor->dtype, types[type].dtype);
    assert_string_equal(tensor->dtype_name, name);
    assert_int_equal(tensor->rank, 2);
    assert_int_equal(tensor->elements, COUNT);
    assert_int_equal(tensor->big_endian, big_endian && size > 1);
    assert_int_equal(tensor->fortran_order, fortran);
    check_rows(file, logical, COLUMNS, 0, ROWS);
    check_rows(file, logical, COLUMNS, 3, 1);
    check_rows(file, logical, COLUMNS, 2, 5);
    check_rows(file, logical, COLUMNS, 7, 0);
    float value;
    assert_fails(io_read_rows(file, tensor, 7, 1, &value), BASE_ERROR_INPUT, "it has 7");
    assert_fails(io_read_rows(file, tensor, UINT64_MAX, 2, &value), BASE_ERROR_INPUT, "it has 7");
    io_close(&file);
}

static void every_type_and_layout(void **state)
{
    (void)state;
    for (int type = 0; type < N_TYPES; type++)
        for (int layout = 0; layout < 4; layout++)
            check_layout(type, layout & 1, layout & 2);
}

/* All 65,536 halves, against the definition; NaN payloads are kept, shifted. */
static void every_half(void **state)
{
    (void)state;
    enum { COUNT = 1 << 16 };
    uint16_t *halves;
    float *values;
    assert_ok(base_allocate(&halves, COUNT, 2, "halves"));
    assert_ok(base_allocate(&values, COUNT, 4, "values"));
    for (int i = 0; i < COUNT; i++)
        halves[i] = (uint16_t)i;
    struct io_file *file;
    assert_ok(io_open(test_npy("halves.npy", "<f2", 0, "(65536,)", halves, COUNT * 2), &file));
    assert_ok(io_read_rows(file, io_tensor_at(file, 0), 0, COUNT, values));
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t bits;
        memcpy(&bits, values + i, 4);
        if ((i & 0x7fff) > 0x7c00)
            assert_int_equal(bits, (i & 0x8000) << 16 | 0x7f800000u | (i & 0x3ff) << 13);
        else
            assert_true(same_float(values[i], half_by_definition((uint16_t)i)));
    }
    io_close(&file);
    base_free(halves);
    base_free(values);
}

/* Element (i, j, k) holds 100 i + 10 j + k whatever the order on disk; large enough for reads in several
 * pieces. */
static void fortran_order_of_three_axes(void **state)
{
    (void)state;
    enum { A = 6, B = 5, C = 4 };
    int16_t disk[A * B * C];
    for (int i = 0; i < A; i++)
        for (int j = 0; j < B; j++)
            for (int k = 0; k < C; k++)
                disk[i + A * (j + B * k)] = (int16_t)(100 * i + 10 * j + k);
    struct io_file *file;
    float values[A * B * C];
    assert_ok(io_open(test_npy("three.npy", "<i2", 1, "(6, 5, 4)", disk, sizeof disk), &file));
    const struct io_tensor *tensor = io_tensor_at(file, 0);
    assert_ok(io_read_rows(file, tensor, 2, 3, values));
    for (int e = 0; e < 3 * B * C; e++)
        assert_true(values[e] == (float)(100 * (2 + e / (B * C)) + 10 * (e / C % B) + e % C));
    for (uint64_t step = 0; step < A; step++) {
        assert_ok(io_read_step_rows(file, tensor, step, 1, 3, values));
        for (int e = 0; e < 3 * C; e++)
            assert_true(values[e] == (float)(100 * (int)step + 10 * (1 + e / C) + e % C));
    }
    assert_fails(io_read_step_rows(file, tensor, 6, 0, 1, values), BASE_ERROR_INPUT, "no step 6");
    io_close(&file);
}

/* With one row the columns are contiguous on disk, and yet not in the order of the rows. */
static void fortran_order_of_a_single_row(void **state)
{
    (void)state;
    const int16_t disk[6] = {0, 10, 1, 11, 2, 12}; /* (0, j, k) holds 10 j + k */
    static const float wanted[6] = {0, 1, 2, 10, 11, 12};
    struct io_file *file;
    float values[6];
    assert_ok(io_open(test_npy("single.npy", "<i2", 1, "(1, 2, 3)", disk, sizeof disk), &file));
    assert_ok(io_read_rows(file, io_tensor_at(file, 0), 0, 1, values));
    assert_memory_equal(values, wanted, sizeof wanted);
    memset(values, 0, sizeof values);
    assert_ok(io_read_step_rows(file, io_tensor_at(file, 0), 0, 0, 2, values));
    assert_memory_equal(values, wanted, sizeof wanted);
    io_close(&file);
}

/* 40,001 x 11 f8 in both orders: more than one piece, columns read together and one by one, and rows in
 * pieces. */
static void large_arrays_in_both_orders(void **state)
{
    (void)state;
    enum { ROWS = 40001, COLUMNS = 11 };
    double *disk;
    float *values;
    assert_ok(base_allocate(&disk, (size_t)ROWS * COLUMNS, 8, "array"));
    assert_ok(base_allocate(&values, (size_t)ROWS * COLUMNS, 4, "values"));
    for (int fortran = 0; fortran < 2; fortran++) {
        for (int row = 0; row < ROWS; row++)
            for (int column = 0; column < COLUMNS; column++)
                disk[fortran ? column * ROWS + row : row * COLUMNS + column] = row * 16 + column;
        struct io_file *file;
        assert_ok(io_open(
            test_npy("large.npy", "<f8", fortran, "(40001, 11)", disk, (size_t)ROWS * COLUMNS * 8), &file));
        static const int ranges[][2] = {{0, ROWS},     {1, ROWS - 1}, {5, 1},
                                        {39000, 1001}, {100, 33000},  {7, 20000}};
        for (int r = 0; r < 6; r++) {
            int from = ranges[r][0], count = ranges[r][1];
            assert_ok(io_read_rows(file, io_tensor_at(file, 0), (uint64_t)from, (uint64_t)count, values));
            for (int e = 0; e < count * COLUMNS; e++)
                if (values[e] != (float)((from + e / COLUMNS) * 16 + e % COLUMNS))
                    fail_msg("order %d, rows %d + %d: element %d is %g", fortran, from, count, e,
                             (double)values[e]);
        }
        io_close(&file);
    }
    base_free(disk);
    base_free(values);
}

/* Rows beyond 4 GiB of a sparse file of 5 GiB, in both orders. */
static void files_beyond_four_gib(void **state)
{
    (void)state;
    const uint64_t rows = 1ull << 30, bytes = 5 * rows;
    for (int fortran = 0; fortran < 2; fortran++) {
        struct base_output *output;
        struct io_file *file;
        char header[128];
        const uint8_t mark = 77;
        float values[10] = {0};
        int length = snprintf(header + 10, sizeof header - 10,
                              "{'descr': '|u1', 'fortran_order': %s, 'shape': (1073741824, 5)}",
                              fortran ? "True" : "False");
        memcpy(header, "\x93NUMPY\1\0", 8);
        header[8] = (char)length;
        header[9] = 0;
        assert_ok(base_output_open(test_path("sparse.npy"), &output));
        assert_ok(base_output_write(output, header, 10 + (size_t)length));
        assert_ok(base_output_write_at(output, 10 + (uint64_t)length + bytes - 1, &mark, 1));
        assert_ok(base_output_commit(&output));
        assert_ok(io_open(test_path("sparse.npy"), &file));
        assert_ok(io_read_rows(file, io_tensor_at(file, 0), rows - 2, 2, values));
        for (int i = 0; i < 10; i++)
            assert_true(values[i] == (i == 9 ? 77 : 0));
        io_close(&file);
    }
}

static void shapes_at_the_edge(void **state)
{
    (void)state;
    struct io_file *file;
    float value = 0;
    const float number = 2.5f;
    assert_ok(io_open(test_npy("scalar.npy", "<f4", 0, "()", &number, 4), &file));
    assert_int_equal(io_tensor_at(file, 0)->rank, 0);
    assert_int_equal(io_tensor_at(file, 0)->elements, 1);
    assert_ok(io_read_rows(file, io_tensor_at(file, 0), 0, 1, &value));
    assert_true(value == 2.5f);
    io_close(&file);
    assert_ok(io_open(test_npy("no_rows.npy", "<f4", 0, "(0, 5)", &number, 0), &file));
    assert_int_equal(io_tensor_at(file, 0)->elements, 0);
    assert_ok(io_read_rows(file, io_tensor_at(file, 0), 0, 0, NULL));
    io_close(&file);
    assert_ok(io_open(test_npy("no_columns.npy", "<f4", 1, "(5, 0)", &number, 0), &file));
    assert_ok(io_read_rows(file, io_tensor_at(file, 0), 0, 5, NULL));
    io_close(&file);
    assert_ok(io_open(test_npy("eight.npy", "<f4", 1, "(1, 1, 1, 1, 1, 1, 1, 1)", &number, 4), &file));
    assert_int_equal(io_tensor_at(file, 0)->rank, 8);
    io_close(&file);
}

static void unsigned_above_the_signed_range(void **state)
{
    (void)state;
    const uint64_t numbers[2] = {1, 1ull << 63};
    int64_t integers[2];
    float values[2];
    struct io_file *file;
    assert_ok(io_open(test_npy("beyond.npy", "<u8", 0, "(2,)", numbers, 16), &file));
    assert_ok(io_read_rows(file, io_tensor_at(file, 0), 0, 2, values));
    assert_true(values[1] == 0x1p63f);
    assert_ok(io_read_integers(file, io_tensor_at(file, 0), 0, 1, integers));
    assert_fails(io_read_integers(file, io_tensor_at(file, 0), 0, 2, integers), BASE_ERROR_INPUT,
                 "above 2^63 - 1");
    io_close(&file);
}

/* Headers as other writers make them. */
static void headers_that_are_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *version, *header;
        const char *format;
    } headers[] = {
        {"\1\0", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }          \n", "npy 1.0"},
        {"\1\0", "{\"shape\":(2L,),\"fortran_order\":False,\"descr\":\"<f4\"}", "npy 1.0"},
        {"\2\0", "{'descr': '<f4', 'fortran_order': True, 'shape': (2,)}\n", "npy 2.0"},
        {"\3\0", " {'fortran_order' : False , 'descr' : '<f4' , 'shape' : ( 2 , ) , } ", "npy 3.0"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        uint8_t bytes[256] = {0};
        size_t length = strlen(headers[i].header), start = headers[i].version[0] == 1 ? 10 : 12;
        memcpy(bytes, "\x93NUMPY", 6);
        memcpy(bytes + 6, headers[i].version, 2);
        bytes[8] = (uint8_t)length;
        memcpy(bytes + start, headers[i].header, length);
        struct io_file *file;
        assert_ok(io_open(test_file("header.npy", bytes, start + length + 8), &file));
        assert_string_equal(io_format_name(file), headers[i].format);
        assert_int_equal(io_tensor_at(file, 0)->shape[0], 2);
        assert_int_equal(io_tensor_at(file, 0)->offset, start + length);
        io_close(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_layout),       cmocka_unit_test(every_half),
        cmocka_unit_test(fortran_order_of_three_axes), cmocka_unit_test(fortran_order_of_a_single_row),
        cmocka_unit_test(large_arrays_in_both_orders), cmocka_unit_test(files_beyond_four_gib),
        cmocka_unit_test(shapes_at_the_edge),          cmocka_unit_test(unsigned_above_the_signed_range),
        cmocka_unit_test(headers_that_are_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
