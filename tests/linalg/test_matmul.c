/* Matrix product against a double reference, on each level, with guards around every matrix. */
#include "linalg/matmul.h"

#include "base/memory.h"
#include "linalg/kernels.h"
#include "linalg/reference.h"
#include "support/device.h"
#include "support/guarded.h"
#include "support/test.h"

/* One product and how its matrices lie. */
struct product {
    uint64_t rows, cols, depth;
    bool b_is_rows, a_is_columns, accumulate, biased;
    uint64_t gap, shift;
};

struct operands {
    struct test_matrix a, b, c, bias;
};

static struct operands make(struct gpu *gpu, const struct product *product)
{
    uint64_t b_rows = product->b_is_rows ? product->cols : product->depth;
    uint64_t b_cols = product->b_is_rows ? product->depth : product->cols;
    uint64_t a_rows = product->a_is_columns ? product->depth : product->rows;
    uint64_t a_cols = product->a_is_columns ? product->rows : product->depth;
    struct operands made = {
        .a = test_matrix_make(gpu, a_rows, a_cols, product->gap, product->shift),
        .b = test_matrix_make(gpu, b_rows, b_cols, product->gap, product->shift),
        .c = test_matrix_make(gpu, product->rows, product->cols, 3, 1),
        .bias = test_matrix_make(gpu, 1, product->cols, 0, product->shift),
    };
    test_matrix_randomise(&made.a, 1);
    test_matrix_randomise(&made.b, 2);
    test_matrix_randomise(&made.bias, 4);
    if (product->accumulate)
        test_matrix_randomise(&made.c, 3);
    test_matrix_upload(&made.a);
    test_matrix_upload(&made.b);
    test_matrix_upload(&made.c);
    test_matrix_upload(&made.bias);
    return made;
}

static void release(struct operands *operands)
{
    test_matrix_free(&operands->a);
    test_matrix_free(&operands->b);
    test_matrix_free(&operands->c);
    test_matrix_free(&operands->bias);
}

static struct linalg_matmul_call call_of(const struct operands *operands, const struct product *product)
{
    return (struct linalg_matmul_call){
        .a = operands->a.matrix,
        .b = operands->b.matrix,
        .c = operands->c.matrix,
        .b_is_rows = product->b_is_rows,
        .a_is_columns = product->a_is_columns,
        .accumulate = product->accumulate,
        .bias = product->biased ? operands->bias.matrix : (struct linalg_matrix){0},
    };
}

/* The elements [cols, rows] of a matrix [rows, cols]; freed with base_free. */
static float *transposed(float *elements, uint64_t rows, uint64_t cols)
{
    float *turned;
    assert_ok(base_allocate(&turned, rows * cols, sizeof *turned, "transposed"));
    for (uint64_t row = 0; row < rows; row++)
        for (uint64_t col = 0; col < cols; col++)
            turned[col * rows + row] = elements[row * cols + col];
    base_free(elements);
    return turned;
}

/* Compares C with the reference; `old` is C as it was. The bound is that of matmul.h, with one more rounding
 * for the start. */
static void compare(struct operands *operands, const struct product *product, const float *old)
{
    float *a = test_matrix_copy(&operands->a), *b = test_matrix_copy(&operands->b);
    if (product->a_is_columns)
        a = transposed(a, product->depth, product->rows);
    uint64_t depth = product->depth, b_stride = product->b_is_rows ? 1 : product->cols;
    for (uint64_t row = 0; row < product->rows; row++)
        for (uint64_t col = 0; col < product->cols; col++) {
            double magnitude, start = product->accumulate ? old[row * product->cols + col]
                                      : product->biased   ? test_matrix_float(&operands->bias, 0, col)
                                                          : 0;
            const float *b_from = b + (product->b_is_rows ? col * depth : col);
            double wanted =
                linalg_reference_product(a + row * depth, b_from, b_stride, depth, start, &magnitude);
            double bound = (double)(depth + 1) * 0x1p-24 * (1 + (double)depth * 0x1p-24) * magnitude;
            double found = test_matrix_float(&operands->c, row, col);
            if (!(fabs(found - wanted) <= bound))
                fail_msg(
                    "[%d, %d, %d] b_is_rows %d a_is_columns %d accumulate %d biased %d: C[%d, %d] is %.9g, "
                    "expected %.9g within %g",
                    (int)product->rows, (int)product->cols, (int)depth, product->b_is_rows,
                    product->a_is_columns, product->accumulate, product->biased, (int)row, (int)col, found,
                    wanted, bound);
        }
    base_free(a);
    base_free(b);
}

static void multiply_and_compare(struct gpu *gpu, enum gpu_level level, const struct product *product)
{
    struct operands operands = make(gpu, product);
    float *old = test_matrix_copy(&operands.c);
    struct linalg_matmul_call call = call_of(&operands, product);
    assert_ok(linalg_matmul_at(gpu, level, &call));
    test_matrix_download(&operands.a);
    test_matrix_download(&operands.b);
    test_matrix_download(&operands.c);
    test_matrix_download(&operands.bias);
    compare(&operands, product, old);
    base_free(old);
    release(&operands);
}

/* Sizes around the tiles of 16 to 128, the runs of four and the steps of 16; primes; empty ones. Each in
 * every form; what the sums start with takes turns. */
static void shapes(struct gpu *gpu)
{
    static const uint64_t sizes[][3] = {
        {0, 5, 3},     {5, 0, 3},      {5, 3, 0},      {1, 1, 1},     {1, 1, 17},      {3, 2, 5},
        {7, 63, 15},   {8, 64, 16},    {9, 65, 17},    {31, 33, 1},   {32, 32, 64},    {63, 64, 31},
        {64, 63, 32},  {65, 65, 33},   {97, 101, 103}, {1, 257, 128}, {257, 1, 127},   {127, 128, 12},
        {128, 127, 8}, {129, 129, 20}, {2, 1009, 4},   {36, 40, 256}, {132, 260, 100},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int variant = 0; variant < 8; variant++)
            for (int level = 0; level < GPU_LEVELS; level++) {
                bool odd = variant & 4;
                uint64_t along_a = sizes[i][variant & 2 ? 0 : 2];
                size_t turn = (size_t)variant + (test_gpu_is_instrumented() ? 0 : i);
                struct product product = {.rows = sizes[i][0],
                                          .cols = sizes[i][1],
                                          .depth = sizes[i][2],
                                          .b_is_rows = variant & 1,
                                          .a_is_columns = variant & 2,
                                          .accumulate = turn % 3 == 1,
                                          .biased = turn % 3 == 2,
                                          .gap = odd ? 3 : 8 - along_a % 4,
                                          .shift = odd ? 5 : 4};
                if (gpu_level_allowed(gpu, (enum gpu_level)level))
                    multiply_and_compare(gpu, (enum gpu_level)level, &product);
            }
}

static void products(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    shapes(gpu);
}

/* Bindings of 64 KiB: every matrix is cut, the sums too. */
static void cut_into_pieces(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open("storage_range_bytes=65536");
    static const struct product cases[] = {
        {.rows = 300, .cols = 290, .depth = 301, .b_is_rows = true, .gap = 1, .shift = 3},
        {.rows = 300, .cols = 290, .depth = 301, .accumulate = true, .gap = 1, .shift = 3},
        {.rows = 3, .cols = 300, .depth = 400, .gap = 0, .shift = 0},
        {.rows = 5, .cols = 20000, .depth = 7, .gap = 3, .shift = 2},
        {.rows = 5, .cols = 20000, .depth = 8, .gap = 0, .shift = 4},
        {.rows = 3, .cols = 2, .depth = 70000, .b_is_rows = true, .gap = 0, .shift = 0},
        {.rows = 2, .cols = 3, .depth = 9000, .gap = 5, .shift = 1},
        {.rows = 2, .cols = 3, .depth = 9000, .a_is_columns = true, .biased = true},
        {.rows = 300, .cols = 292, .depth = 304, .a_is_columns = true, .biased = true},
        {.rows = 300, .cols = 292, .depth = 304, .a_is_columns = true, .b_is_rows = true, .shift = 4},
        {.rows = 20000, .cols = 5, .depth = 7, .a_is_columns = true, .accumulate = true, .gap = 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        multiply_and_compare(gpu, gpu_best_level(gpu, &linalg_matmul_kernel), &cases[i]);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

/* Sums of more terms than some CPU drivers' loops have rounds. Ones, so that a term that is missing shows. */
static void deep_sums(void **state)
{
    (void)state;
    enum { ROWS = 4, COLS = 8, DEPTH = 200000, ONE = 0x3f800000 };
    struct gpu *gpu = test_gpu();
    struct gpu_buffer *a, *b, *c;
    float sums[ROWS * COLS];
    assert_ok(gpu_buffer_create(gpu, "a", (uint64_t)ROWS * DEPTH * 4, GPU_DEVICE, &a));
    assert_ok(gpu_buffer_create(gpu, "b", (uint64_t)COLS * DEPTH * 4, GPU_DEVICE, &b));
    assert_ok(gpu_buffer_create(gpu, "c", sizeof sums, GPU_DEVICE, &c));
    assert_ok(gpu_fill(gpu, a, 0, (uint64_t)ROWS * DEPTH * 4, ONE));
    assert_ok(gpu_fill(gpu, b, 0, (uint64_t)COLS * DEPTH * 4, ONE));
    for (int form = 0; form < 4; form += test_gpu_is_instrumented() ? 3 : 1)
        for (int level = 0; level < GPU_LEVELS; level++) {
            bool b_is_rows = form & 1, a_is_columns = form & 2;
            const struct linalg_matmul_call call = {
                .a = a_is_columns ? linalg_matrix_of(a, DEPTH, ROWS) : linalg_matrix_of(a, ROWS, DEPTH),
                .b = b_is_rows ? linalg_matrix_of(b, COLS, DEPTH) : linalg_matrix_of(b, DEPTH, COLS),
                .c = linalg_matrix_of(c, ROWS, COLS),
                .a_is_columns = a_is_columns,
                .b_is_rows = b_is_rows,
            };
            if (!gpu_level_allowed(gpu, (enum gpu_level)level))
                continue;
            assert_ok(linalg_matmul_at(gpu, (enum gpu_level)level, &call));
            assert_ok(gpu_download(gpu, c, 0, sums, sizeof sums));
            for (int i = 0; i < ROWS * COLS; i++)
                assert_true(sums[i] == DEPTH);
        }
    gpu_buffer_destroy(gpu, &a);
    gpu_buffer_destroy(gpu, &b);
    gpu_buffer_destroy(gpu, &c);
}

/* The least workgroup a caller may ask for, and folded dispatches. */
static void small_device(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open("max_groups=7");
    static const struct product product = {.rows = 37, .cols = 41, .depth = 43, .b_is_rows = true};
    multiply_and_compare(gpu, GPU_LEVEL_FLOOR, &product);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

static void more_groups_than_65535(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open(NULL);
    static const struct product product = {
        .rows = 1, .cols = 4 * 65600 + 3, .depth = 2, .gap = 0, .shift = 0};
    multiply_and_compare(gpu, GPU_LEVEL_FLOOR, &product);
    assert_int_equal(test_gpu_close(&gpu), 0);
}

/* Levels, tiles and cuts give the same bits. */
static void same_bits(void **state)
{
    (void)state;
    static const char *const limits[] = {NULL, "level=vec4", "level=floor", "storage_range_bytes=65536"};
    static const struct product product = {.rows = 68, .cols = 132, .depth = 260, .b_is_rows = true};
    uint32_t *first = NULL;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct gpu *gpu = test_gpu_open(limits[i]);
        struct operands operands = make(gpu, &product);
        struct linalg_matmul_call call = call_of(&operands, &product);
        assert_ok(linalg_matmul(gpu, &call));
        test_matrix_download(&operands.c);
        if (!first) {
            assert_ok(base_allocate(&first, operands.c.n_words, 4, "first result"));
            memcpy(first, operands.c.words, operands.c.n_words * 4);
        }
        assert_memory_equal(first, operands.c.words, operands.c.n_words * 4);
        release(&operands);
        assert_int_equal(test_gpu_close(&gpu), 0);
    }
    base_free(first);
}

static void levels_by_shape(void **state)
{
    (void)state;
    struct linalg_matmul_call call = {.a = linalg_matrix_of(NULL, 3, 8),
                                      .b = linalg_matrix_of(NULL, 5, 8),
                                      .c = linalg_matrix_of(NULL, 3, 5),
                                      .b_is_rows = true};
    assert_int_equal(linalg_matmul_level(GPU_LEVEL_VEC4, &call), GPU_LEVEL_VEC4);
    assert_int_equal(linalg_matmul_level(GPU_LEVEL_SUBGROUP, &call), GPU_LEVEL_SUBGROUP);
    assert_int_equal(linalg_matmul_level(GPU_LEVEL_FLOOR, &call), GPU_LEVEL_FLOOR);
    call.a.offset = 2;
    assert_int_equal(linalg_matmul_level(GPU_LEVEL_VEC4, &call), GPU_LEVEL_FLOOR);
    call.a.offset = 4;
    call.b.stride = 9;
    assert_int_equal(linalg_matmul_level(GPU_LEVEL_VEC4, &call), GPU_LEVEL_FLOOR);
}

static void refusals(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    static const struct product product = {.rows = 4, .cols = 5, .depth = 6};
    struct operands operands = make(gpu, &product);
    struct linalg_matmul_call call = call_of(&operands, &product);
    call.b_is_rows = true;
    assert_fails(linalg_matmul(gpu, &call), BASE_ERROR_INTERNAL, "B is [6, 5], not [5, 6]");
    call.b_is_rows = false;
    call.a_is_columns = true;
    assert_fails(linalg_matmul(gpu, &call), BASE_ERROR_INTERNAL, "C is [4, 5], not [6, 5]");
    call.a_is_columns = false;
    call.bias = linalg_matrix_of(operands.bias.matrix.buffer, 1, 4);
    assert_fails(linalg_matmul(gpu, &call), BASE_ERROR_INTERNAL, "the bias is [1, 4], not [1, 5]");
    call.bias = operands.bias.matrix;
    call.accumulate = true;
    assert_fails(linalg_matmul(gpu, &call), BASE_ERROR_INTERNAL, "a bias and accumulate");
    call.accumulate = false;
    call.bias = (struct linalg_matrix){0};
    call.c.rows = 3;
    assert_fails(linalg_matmul(gpu, &call), BASE_ERROR_INTERNAL, "C is [3, 5], not [4, 5]");
    call.c.rows = 4;
    call.a.stride = 5;
    assert_fails(linalg_matmul(gpu, &call), BASE_ERROR_INTERNAL, "does not lie within its buffer");
    call.a.stride = UINT64_MAX / 2;
    assert_fails(linalg_matmul(gpu, &call), BASE_ERROR_INTERNAL, "does not lie within its buffer");
    release(&operands);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(cut_into_pieces),
        cmocka_unit_test(deep_sums),
        cmocka_unit_test(small_device),
        cmocka_unit_test(more_groups_than_65535),
        cmocka_unit_test(same_bits),
        cmocka_unit_test(levels_by_shape),
        cmocka_unit_test(refusals),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
