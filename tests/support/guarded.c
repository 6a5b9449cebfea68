#include "support/guarded.h"

#include "base/memory.h"
#include "base/random.h"
#include "support/test.h"

#include <inttypes.h>

enum { GUARD = 64 };

/* A quiet NaN that tells its place. */
static uint32_t guard_word(uint64_t index)
{
    return 0x7fc00000u | (uint32_t)((index * 2654435761u) & 0x003fffffu);
}

struct test_matrix test_matrix_make(struct gpu *gpu, uint64_t rows, uint64_t cols, uint64_t gap,
                                    uint64_t shift)
{
    struct test_matrix made = {.gpu = gpu};
    made.matrix =
        (struct linalg_matrix){.offset = GUARD + shift, .rows = rows, .cols = cols, .stride = cols + gap};
    made.n_words = made.matrix.offset + rows * made.matrix.stride + GUARD;
    assert_ok(gpu_buffer_create(gpu, "test matrix", made.n_words * 4, GPU_DEVICE, &made.matrix.buffer));
    assert_ok(base_allocate(&made.words, made.n_words, 4, "test matrix"));
    for (uint64_t i = 0; i < made.n_words; i++)
        made.words[i] = guard_word(i);
    return made;
}

void test_matrix_free(struct test_matrix *matrix)
{
    gpu_buffer_destroy(matrix->gpu, &matrix->matrix.buffer);
    base_free(matrix->words);
    matrix->words = NULL;
}

uint32_t *test_matrix_word(struct test_matrix *matrix, uint64_t row, uint64_t col)
{
    return &matrix->words[matrix->matrix.offset + row * matrix->matrix.stride + col];
}

float test_matrix_float(struct test_matrix *matrix, uint64_t row, uint64_t col)
{
    float value;
    memcpy(&value, test_matrix_word(matrix, row, col), sizeof value);
    return value;
}

void test_matrix_set_float(struct test_matrix *matrix, uint64_t row, uint64_t col, float value)
{
    memcpy(test_matrix_word(matrix, row, col), &value, sizeof value);
}

void test_matrix_randomise(struct test_matrix *matrix, uint64_t seed)
{
    for (uint64_t row = 0; row < matrix->matrix.rows; row++)
        for (uint64_t col = 0; col < matrix->matrix.cols; col++)
            test_matrix_set_float(
                matrix, row, col,
                (float)base_random_normal(seed, BASE_STREAM_TEST, row * matrix->matrix.cols + col));
}

float *test_matrix_copy(struct test_matrix *matrix)
{
    float *copy = NULL;
    assert_ok(base_allocate(&copy, matrix->matrix.rows * matrix->matrix.cols, 4, "test matrix"));
    for (uint64_t row = 0; row < matrix->matrix.rows; row++)
        for (uint64_t col = 0; col < matrix->matrix.cols; col++)
            copy[row * matrix->matrix.cols + col] = test_matrix_float(matrix, row, col);
    return copy;
}

void test_matrix_upload(struct test_matrix *matrix)
{
    assert_ok(gpu_upload(matrix->gpu, matrix->matrix.buffer, 0, matrix->words, matrix->n_words * 4));
}

/* True for the words that are elements. */
static bool is_element(const struct linalg_matrix *matrix, uint64_t word)
{
    if (word < matrix->offset || matrix->cols == 0)
        return false;
    uint64_t at = word - matrix->offset;
    return at / matrix->stride < matrix->rows && at % matrix->stride < matrix->cols;
}

void test_matrix_download(struct test_matrix *matrix)
{
    uint32_t *found = NULL;
    assert_ok(base_allocate(&found, matrix->n_words, 4, "test matrix"));
    assert_ok(gpu_download(matrix->gpu, matrix->matrix.buffer, 0, found, matrix->n_words * 4));
    for (uint64_t i = 0; i < matrix->n_words; i++) {
        if (is_element(&matrix->matrix, i))
            matrix->words[i] = found[i];
        else if (found[i] != matrix->words[i])
            fail_msg("guard word %" PRIu64 " of [%" PRIu64 ", %" PRIu64 "] at %" PRIu64 " stride %" PRIu64
                     " was overwritten with %08x",
                     i, matrix->matrix.rows, matrix->matrix.cols, matrix->matrix.offset,
                     matrix->matrix.stride, found[i]);
    }
    base_free(found);
}
