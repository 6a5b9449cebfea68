#include "sae/weight_file.h"

#include "base/memory.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SIZE = 1 << 20, BLOCK_ELEMENTS = 1 << 20 };

enum base_status sae_sizes_check(const char *where, const struct sae_architecture *architecture)
{
    const struct {
        const char *name;
        uint32_t size;
    } sizes[] = {
        {"d_in", architecture->d_in}, {"d_out", architecture->d_out}, {"d_sae", architecture->d_sae}};
    for (int i = 0; i < 3; i++)
        if (sizes[i].size < 1 || sizes[i].size > MOST_SIZE)
            return base_fail(BASE_ERROR_INPUT, "%s: %s is %" PRIu32 "; it must be 1 to %d", where,
                             sizes[i].name, sizes[i].size, MOST_SIZE);
    return BASE_OK;
}

/* ---- tensors ---- */

const struct io_tensor *sae_weight_file_find(const struct io_file *file, const char *name)
{
    for (uint64_t i = 0; i < io_tensor_count(file); i++)
        if (strcmp(io_tensor_at(file, i)->name, name) == 0)
            return io_tensor_at(file, i);
    return NULL;
}

enum base_status sae_weight_file_matrix(const struct io_file *file, const char *name, uint64_t *rows,
                                        uint64_t *cols)
{
    const struct io_tensor *tensor = sae_weight_file_find(file, name);
    char shape[IO_SHAPE_TEXT];
    if (!tensor)
        return base_fail(BASE_ERROR_INPUT, "%s: the tensor \"%s\" is missing", io_path(file), name);
    if (tensor->rank != 2 || tensor->shape[0] < 1 || tensor->shape[1] < 1 || tensor->shape[0] > MOST_SIZE ||
        tensor->shape[1] > MOST_SIZE)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: the tensor \"%s\" has the shape %s where a matrix with sizes of 1 to %d is "
                         "wanted",
                         io_path(file), name, io_shape_text(tensor, shape), MOST_SIZE);
    *rows = tensor->shape[0];
    *cols = tensor->shape[1];
    return BASE_OK;
}

static const struct sae_weight_name *name_of(const struct sae_weight_name *names, const char *member)
{
    while (names->in_file && strcmp(names->member, member) != 0)
        names++;
    return names->in_file ? names : NULL;
}

/* The shape that the file must have, as text. */
static bool shape_fits(const struct io_tensor *tensor, const struct sae_weight_name *name,
                       const struct sae_tensor *wanted, char text[IO_SHAPE_TEXT])
{
    struct io_tensor expected = {.rank = 2, .shape = {wanted->rows, wanted->cols}};
    if (name->transposed) {
        expected.shape[0] = wanted->cols;
        expected.shape[1] = wanted->rows;
    } else if (wanted->rows == 1 && wanted->name[0] != 'W') {
        expected.rank = name->scalar ? 0 : 1;
        expected.shape[0] = wanted->cols;
    }
    io_shape_text(&expected, text);
    bool one = name->scalar && tensor->elements == 1;
    return one || (tensor->rank == expected.rank &&
                   memcmp(tensor->shape, expected.shape, expected.rank * sizeof *tensor->shape) == 0);
}

static enum base_status check_tensor(const struct io_file *file, const struct sae_weight_name *names,
                                     const struct sae_tensor *wanted, const char *what)
{
    const struct sae_weight_name *name = name_of(names, wanted->name);
    const struct io_tensor *tensor = name ? sae_weight_file_find(file, name->in_file) : NULL;
    char expected[IO_SHAPE_TEXT], shape[IO_SHAPE_TEXT];
    if (!tensor)
        return base_fail(BASE_ERROR_INPUT, "%s: the tensor \"%s\" is missing; %s has one", io_path(file),
                         name ? name->in_file : wanted->name, what);
    if (tensor->dtype != IO_F16 && tensor->dtype != IO_BF16 && tensor->dtype != IO_F32 &&
        tensor->dtype != IO_F64)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: the tensor \"%s\" is of type %s; weights are read as F32, F16, BF16 and F64",
                         io_path(file), name->in_file, tensor->dtype_name);
    if (!shape_fits(tensor, name, wanted, expected))
        return base_fail(BASE_ERROR_INPUT, "%s: the tensor \"%s\" has the shape %s where %s is wanted of %s",
                         io_path(file), name->in_file, io_shape_text(tensor, shape), expected, what);
    return BASE_OK;
}

static enum base_status check_strangers(const struct io_file *file, const struct sae_weight_name *names,
                                        const struct sae_tensor *wanted, uint32_t count,
                                        const char *const *ignored, const char *what)
{
    char shown[IO_PRINTABLE];
    for (uint64_t i = 0; i < io_tensor_count(file); i++) {
        const char *stranger = io_tensor_at(file, i)->name;
        bool known = false;
        for (uint32_t t = 0; t < count; t++)
            known |= strcmp(name_of(names, wanted[t].name)->in_file, stranger) == 0;
        for (const char *const *name = ignored; name && *name; name++)
            known |= strcmp(*name, stranger) == 0;
        if (!known)
            return base_fail(BASE_ERROR_INPUT, "%s: the tensor \"%s\" is none that %s has", io_path(file),
                             io_printable(stranger, shown), what);
    }
    return BASE_OK;
}

static enum base_status check_finite(const struct io_file *file, const char *name, const float *values,
                                     uint64_t count, uint64_t first, uint64_t cols)
{
    for (uint64_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return base_fail(BASE_ERROR_INPUT,
                             "%s: the tensor \"%s\" has %s at [%" PRIu64 ", %" PRIu64
                             "]; an autoencoder with such a weight cannot be used",
                             io_path(file), name, isnan(values[i]) ? "NaN" : "an infinite value",
                             first + i / cols, i % cols);
    return BASE_OK;
}

/* Rows of the file go into columns of the model, a block of rows at a time. */
static enum base_status read_transposed(struct io_file *file, const struct io_tensor *tensor, float *out)
{
    uint64_t rows = tensor->shape[0], cols = tensor->shape[1];
    uint64_t most = base_minimum(rows, base_maximum(1, BLOCK_ELEMENTS / cols));
    enum base_status status;
    float *block;
    BASE_TRY(base_allocate(&block, (size_t)(most * cols), sizeof *block, "a block of weights"));
    for (uint64_t from = 0; from < rows; from += most) {
        uint64_t some = base_minimum(most, rows - from);
        BASE_CHECK(io_read_rows(file, tensor, from, some, block));
        BASE_CHECK(check_finite(file, tensor->name, block, some * cols, from, cols));
        for (uint64_t c = 0; c < cols; c++)
            for (uint64_t r = 0; r < some; r++)
                out[c * rows + from + r] = block[r * cols + c];
    }
    status = BASE_OK;
error:
    base_free(block);
    return status;
}

static enum base_status read_tensor(struct io_file *file, const struct sae_weight_name *names,
                                    const struct sae_tensor *to)
{
    const struct sae_weight_name *name = name_of(names, to->name);
    const struct io_tensor *tensor = sae_weight_file_find(file, name->in_file);
    uint64_t count = to->rows * to->cols;
    if (name->transposed)
        return read_transposed(file, tensor, to->values);
    if (name->scalar && tensor->elements == 1) {
        BASE_TRY(io_read_rows(file, tensor, 0, 1, to->values));
        for (uint64_t i = 1; i < count; i++)
            to->values[i] = to->values[0];
        return check_finite(file, tensor->name, to->values, 1, 0, 1);
    }
    BASE_TRY(io_read_rows(file, tensor, 0, tensor->shape[0], to->values));
    return check_finite(file, tensor->name, to->values, count, 0, tensor->rank == 1 ? 1 : to->cols);
}

enum base_status sae_weight_file_read(struct io_file *file, const struct sae_architecture *architecture,
                                      const struct sae_weight_name *names, const char *const *ignored,
                                      const char *what, struct sae_model *model)
{
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    const struct sae_model shape = {.architecture = *architecture};
    uint32_t count = sae_model_tensors(&shape, tensors);
    enum base_status status;
    *model = (struct sae_model){0};
    BASE_TRY(sae_sizes_check(io_path(file), architecture));
    for (uint32_t i = 0; i < count; i++)
        BASE_TRY(check_tensor(file, names, &tensors[i], what));
    BASE_TRY(check_strangers(file, names, tensors, count, ignored, what));
    BASE_TRY(sae_model_create(architecture, model));
    sae_model_tensors(model, tensors);
    for (uint32_t i = 0; i < count; i++)
        BASE_CHECK(read_tensor(file, names, &tensors[i]));
    return BASE_OK;
error:
    sae_model_free(model);
    return status;
}

/* ---- fields ---- */

static enum base_status wrong(const char *where, const char *key, const char *wanted)
{
    return base_fail(BASE_ERROR_INPUT, "%s: \"%s\" must be %s", where, key, wanted);
}

enum base_status sae_json_integer(const json_t *object, const char *key, const char *where, bool needed,
                                  int64_t least, int64_t most, int64_t *value)
{
    const json_t *field = json_object_get(object, key);
    char wanted[96];
    if (!needed && (!field || json_is_null(field)))
        return BASE_OK;
    snprintf(wanted, sizeof wanted, "a whole number from %" PRId64 " to %" PRId64, least, most);
    if (!field)
        return base_fail(BASE_ERROR_INPUT, "%s: \"%s\" is missing; it must be %s", where, key, wanted);
    if (!json_is_integer(field) || json_integer_value(field) < least || json_integer_value(field) > most)
        return wrong(where, key, wanted);
    *value = json_integer_value(field);
    return BASE_OK;
}

enum base_status sae_json_flag(const json_t *object, const char *key, const char *where, bool *value)
{
    const json_t *field = json_object_get(object, key);
    if (!field || json_is_null(field))
        return BASE_OK;
    if (!json_is_boolean(field))
        return wrong(where, key, "true or false");
    *value = json_is_true(field);
    return BASE_OK;
}

enum base_status sae_json_text(const json_t *object, const char *key, const char *where, bool needed,
                               const char **value)
{
    const json_t *field = json_object_get(object, key);
    if (!needed && (!field || json_is_null(field)))
        return BASE_OK;
    if (!field)
        return base_fail(BASE_ERROR_INPUT, "%s: \"%s\" is missing", where, key);
    if (!json_is_string(field))
        return wrong(where, key, "a string");
    *value = json_string_value(field);
    return BASE_OK;
}

enum base_status sae_json_metadata(const json_t *object, const char *where, char **metadata)
{
    *metadata = NULL;
    if (json_object_size(object) == 0)
        return BASE_OK;
    char *text = json_dumps(object, JSON_COMPACT);
    *metadata = text ? base_copy_string(text) : NULL;
    free(text);
    return *metadata ? BASE_OK
                     : base_fail(BASE_ERROR_FILE_SYSTEM, "%s: out of host memory for the metadata", where);
}
