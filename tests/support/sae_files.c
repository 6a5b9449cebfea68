#include "support/sae_files.h"

#include "base/platform.h"
#include "support/files.h"
#include "support/test.h"

#include <stdlib.h>

const char *test_sae_folder(const char *name)
{
    const char *folder = test_path(name);
    assert_ok(base_folder_make(folder));
    return folder;
}

const char *test_sae_text(const char *folder, const char *name, const char *text)
{
    char relative[256];
    snprintf(relative, sizeof relative, "%s/%s", strrchr(folder, '/') + 1, name);
    const char *path = test_path(relative);
    if (text)
        assert_ok(io_write_text(path, text, strlen(text)));
    return path;
}

/* Values that the narrower types hold exactly: the upper bits are moved. */
static uint16_t to_half(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t exponent = bits >> 23 & 0xff;
    if ((bits & 0x7fffffff) == 0)
        return (uint16_t)(bits >> 16);
    assert_true(exponent > 112 && exponent < 143 && (bits & 0x1fff) == 0);
    return (uint16_t)((bits >> 16 & 0x8000) | ((exponent - 112) << 10) | (bits >> 13 & 0x3ff));
}

static void put(enum io_dtype dtype, float value, void *to, uint64_t at)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (dtype == IO_F32)
        ((float *)to)[at] = value;
    else if (dtype == IO_F64)
        ((double *)to)[at] = value;
    else if (dtype == IO_F16)
        ((uint16_t *)to)[at] = to_half(value);
    else
        ((uint16_t *)to)[at] = (uint16_t)(bits >> 16);
}

void test_arrays_add(struct test_arrays *arrays, const char *name, enum io_dtype dtype, uint32_t rank,
                     const float *values, uint64_t rows, uint64_t cols, bool transposed)
{
    void *data = calloc(rows * cols, io_dtype_bytes(dtype));
    assert_true(data && arrays->count < TEST_MOST_ARRAYS);
    for (uint64_t r = 0; r < rows; r++)
        for (uint64_t c = 0; c < cols; c++)
            put(dtype, values[r * cols + c], data, transposed ? c * rows + r : r * cols + c);
    struct io_named_array *array = &arrays->arrays[arrays->count++];
    *array = (struct io_named_array){.name = name, .dtype = dtype, .rank = rank, .data = data};
    if (rank == 2)
        array->shape[0] = transposed ? cols : rows, array->shape[1] = transposed ? rows : cols;
    else if (rank == 1)
        array->shape[0] = rows * cols;
}

struct io_named_array *test_arrays_find(struct test_arrays *arrays, const char *name)
{
    for (uint32_t i = 0; i < arrays->count; i++)
        if (strcmp(arrays->arrays[i].name, name) == 0)
            return &arrays->arrays[i];
    return NULL;
}

void test_arrays_remove(struct test_arrays *arrays, const char *name)
{
    struct io_named_array *array = test_arrays_find(arrays, name);
    assert_non_null(array);
    free((void *)(uintptr_t)array->data);
    *array = arrays->arrays[--arrays->count];
}

void test_arrays_write(struct test_arrays *arrays, const char *folder, const char *name)
{
    assert_ok(
        io_write_safetensors(test_sae_text(folder, name, NULL), arrays->arrays, arrays->count, NULL, 0));
    while (arrays->count > 0)
        free((void *)(uintptr_t)arrays->arrays[--arrays->count].data);
}

void test_arrays_saelens(struct test_arrays *arrays, const struct sae_model *model, enum io_dtype dtype)
{
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(model, tensors);
    for (uint32_t t = 0; t < count; t++)
        test_arrays_add(arrays, tensors[t].name, dtype, tensors[t].name[0] == 'W' ? 2 : 1, tensors[t].values,
                        tensors[t].rows, tensors[t].cols, strcmp(tensors[t].name, "W_enc") == 0);
}
