/* Files of autoencoders, for tests: tensors as each tool lays them out. */
#ifndef ARCLIGHT_TEST_SAE_FILES_H
#define ARCLIGHT_TEST_SAE_FILES_H

#include "io/tensor.h"
#include "sae/model.h"

/* A folder in the test's own, made when missing. */
const char *test_sae_folder(const char *name);

/* Text under folder/name; returns the path, which lives to the end of the program. */
const char *test_sae_text(const char *folder, const char *name, const char *text);

enum { TEST_MOST_ARRAYS = 16 };

/* Tensors put together for one file. Data are copied. */
struct test_arrays {
    struct io_named_array arrays[TEST_MOST_ARRAYS];
    uint32_t count;
};

/* Adds values [rows, cols] as `dtype` (F16, BF16, F32, F64; values that the type holds exactly), transposed
 * when asked; `rank` 0 to 2 says how much of the shape is written. */
void test_arrays_add(struct test_arrays *arrays, const char *name, enum io_dtype dtype, uint32_t rank,
                     const float *values, uint64_t rows, uint64_t cols, bool transposed);
/* The tensor called `name`, NULL: none. */
struct io_named_array *test_arrays_find(struct test_arrays *arrays, const char *name);
void test_arrays_remove(struct test_arrays *arrays, const char *name);
/* Writes folder/name and frees the data. */
void test_arrays_write(struct test_arrays *arrays, const char *folder, const char *name);

/* The model's tensors as SAELens has them. */
void test_arrays_saelens(struct test_arrays *arrays, const struct sae_model *model, enum io_dtype dtype);

#endif
