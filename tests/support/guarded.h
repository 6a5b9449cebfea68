/* Matrices in device buffers with guard words before, between the rows and behind: whatever a kernel writes
 * outside the elements is found, and whatever it reads there is a NaN. */
#ifndef ARCLIGHT_TEST_GUARDED_H
#define ARCLIGHT_TEST_GUARDED_H

#include "linalg/matrix.h"

#include <stdint.h>

struct test_matrix {
    struct linalg_matrix matrix;
    struct gpu *gpu;
    uint32_t *words; /* what the buffer should hold, guards and all */
    uint64_t n_words;
};

/* A matrix [rows, cols] whose rows lie `gap` words apart, beginning `shift` words past a multiple of 64. Its
 * elements are guard words until set. */
struct test_matrix test_matrix_make(struct gpu *gpu, uint64_t rows, uint64_t cols, uint64_t gap,
                                    uint64_t shift);
void test_matrix_free(struct test_matrix *matrix);

/* The element's word on the host, and as a float. */
uint32_t *test_matrix_word(struct test_matrix *matrix, uint64_t row, uint64_t col);
float test_matrix_float(struct test_matrix *matrix, uint64_t row, uint64_t col);
void test_matrix_set_float(struct test_matrix *matrix, uint64_t row, uint64_t col, float value);

/* Sets every element to a normal random number; `seed` tells matrices apart. */
void test_matrix_randomise(struct test_matrix *matrix, uint64_t seed);

/* The elements as dense floats [rows, cols], freed with base_free. */
float *test_matrix_copy(struct test_matrix *matrix);

/* Host to device. */
void test_matrix_upload(struct test_matrix *matrix);

/* Device to host: the elements are taken over, and every guard word is checked. */
void test_matrix_download(struct test_matrix *matrix);

#endif
