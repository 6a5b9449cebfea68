#include "io/tensor.h"

#include "base/memory.h"
#include "base/platform.h"
#include "io/file.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *npy_type(enum io_dtype dtype)
{
    switch (dtype) {
    case IO_BOOL:
        return "|b1";
    case IO_U8:
        return "|u1";
    case IO_I8:
        return "|i1";
    case IO_U16:
        return "<u2";
    case IO_I16:
        return "<i2";
    case IO_F16:
        return "<f2";
    case IO_U32:
        return "<u4";
    case IO_I32:
        return "<i4";
    case IO_F32:
        return "<f4";
    case IO_U64:
        return "<u8";
    case IO_I64:
        return "<i8";
    case IO_F64:
        return "<f8";
    case IO_BF16:
    case IO_UNREADABLE:
        break;
    }
    return NULL;
}

/* A header is at most IO_MAX_RANK sizes of 20 digits, so version 1.0 always suffices. It is padded so that
 * the data begin at a multiple of 64 bytes, as numpy's reader likes for mapping. */
enum base_status io_write_npy_header(struct base_output *output, enum io_dtype dtype, uint32_t rank,
                                     const uint64_t *shape, uint64_t *header_bytes)
{
    char header[512], sizes[IO_MAX_RANK * 22 + 1] = "";
    const char *type = npy_type(dtype);
    if (!type || rank > IO_MAX_RANK)
        return base_fail(BASE_ERROR_INTERNAL, ".npy cannot hold dtype %s of rank %u", io_dtype_name(dtype),
                         rank);
    size_t used = 0;
    for (uint32_t i = 0; i < rank; i++)
        used += (size_t)snprintf(sizes + used, sizeof sizes - used, "%s%" PRIu64, i ? ", " : "", shape[i]);
    int length = snprintf(header + 10, sizeof header - 10,
                          "{'descr': '%s', 'fortran_order': False, 'shape': (%s%s), }", type, sizes,
                          rank == 1 ? "," : "");
    size_t total = (size_t)base_round_up(10 + (uint64_t)length + 1, 64);
    memcpy(header, "\x93NUMPY\1\0", 8);
    header[8] = (char)((total - 10) & 0xff);
    header[9] = (char)((total - 10) >> 8);
    memset(header + 10 + length, ' ', total - 10 - (size_t)length);
    header[total - 1] = '\n';
    if (header_bytes)
        *header_bytes = total;
    return base_output_write(output, header, total);
}

/* Ends an output that was written with this status. */
static enum base_status finish(struct base_output **output, enum base_status status)
{
    if (status == BASE_OK)
        return base_output_commit(output);
    base_output_discard(output);
    return status;
}

enum base_status io_write_npy(const char *path, enum io_dtype dtype, uint32_t rank, const uint64_t *shape,
                              const void *data)
{
    struct base_output *output;
    uint64_t elements;
    if (rank > IO_MAX_RANK || !io_count_elements(rank, shape, 8 * io_dtype_bytes(dtype), &elements))
        return base_fail(BASE_ERROR_INTERNAL, "%s: an array of this shape cannot be written", path);
    BASE_TRY(base_output_open(path, &output));
    enum base_status status = io_write_npy_header(output, dtype, rank, shape, NULL);
    if (status == BASE_OK)
        status = base_output_write(output, data, (size_t)(elements * io_dtype_bytes(dtype)));
    return finish(&output, status);
}

enum base_status io_write_text(const char *path, const char *text, size_t bytes)
{
    struct base_output *output;
    BASE_TRY(base_output_open(path, &output));
    return finish(&output, base_output_write(output, text, bytes));
}

/* ---- .safetensors ---- */

/* Wide elements first, so that every tensor stands aligned to its own elements. */
static const uint32_t widths[] = {8, 4, 2, 1};
enum { N_WIDTHS = sizeof widths / sizeof widths[0] };

static enum base_status add_entry(json_t *root, const char *path, const struct io_named_array *array,
                                  uint64_t *offset, uint64_t *data_bytes)
{
    uint64_t elements;
    if (array->rank > IO_MAX_RANK ||
        !io_count_elements(array->rank, array->shape, 8 * io_dtype_bytes(array->dtype), &elements))
        return base_fail(BASE_ERROR_INTERNAL, "%s: tensor \"%s\" has a shape that cannot be written", path,
                         array->name);
    if (strcmp(array->name, "__metadata__") == 0 || json_object_get(root, array->name))
        return base_fail(BASE_ERROR_INTERNAL, "%s: the name \"%s\" is taken", path, array->name);
    *data_bytes = elements * io_dtype_bytes(array->dtype);
    json_t *shape = json_array();
    int failed = shape == NULL;
    for (uint32_t i = 0; i < array->rank; i++)
        failed |= json_array_append_new(shape, json_integer((json_int_t)array->shape[i]));
    json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", io_dtype_name(array->dtype), "shape", shape,
                              "data_offsets", (json_int_t)*offset, (json_int_t)(*offset + *data_bytes));
    failed |= json_object_set_new(root, array->name, entry);
    if (failed)
        return base_fail(BASE_ERROR_FILE_SYSTEM,
                         "%s: tensor \"%s\": no memory for its entry, or its name is not UTF-8", path,
                         array->name);
    *offset += *data_bytes;
    return BASE_OK;
}

/* The header's text, padded with spaces so that the data begin at a multiple of 8 bytes; *text is freed by
 * free. */
static enum base_status make_header(const char *path, const struct io_named_array *arrays, uint64_t n_arrays,
                                    const char *const *metadata, uint64_t n_metadata, char **text)
{
    enum base_status status = BASE_OK;
    json_t *root = json_object(), *pairs = json_object();
    uint64_t offset = 0, bytes;
    int failed = root == NULL || pairs == NULL;
    for (uint64_t i = 0; i < n_metadata; i++)
        failed |= json_object_set_new(pairs, metadata[2 * i], json_string(metadata[2 * i + 1]));
    if (n_metadata > 0)
        failed |= json_object_set(root, "__metadata__", pairs);
    for (int w = 0; w < N_WIDTHS; w++)
        for (uint64_t i = 0; i < n_arrays; i++)
            if (io_dtype_bytes(arrays[i].dtype) == widths[w])
                BASE_CHECK(add_entry(root, path, &arrays[i], &offset, &bytes));
    *text = failed ? NULL : json_dumps(root, JSON_COMPACT);
    if (!*text)
        status = base_fail(BASE_ERROR_FILE_SYSTEM,
                           "%s: no memory for the header, or metadata that are not UTF-8", path);
    else if (strlen(*text) > IO_MAX_HEADER - 8)
        status = base_fail(BASE_ERROR_INTERNAL, "%s: the header would be larger than readers accept", path);
error:
    json_decref(pairs);
    json_decref(root);
    return status;
}

enum base_status io_safetensors_header(const char *path, const struct io_named_array *arrays,
                                       uint64_t n_arrays, const char *const *metadata, uint64_t n_metadata,
                                       char **text, uint64_t *bytes)
{
    char *json = NULL;
    *text = NULL;
    BASE_TRY(make_header(path, arrays, n_arrays, metadata, n_metadata, &json));
    const size_t length = strlen(json);
    const uint64_t least = base_round_up(8 + (uint64_t)length, 8), all = *bytes > 0 ? *bytes : least;
    enum base_status status = BASE_OK;
    if (all < least || all % 8 != 0)
        status = base_fail(BASE_ERROR_INTERNAL, "%s: a header of %llu bytes does not fit into %llu", path,
                           (unsigned long long)least, (unsigned long long)all);
    if (status == BASE_OK)
        status = base_allocate(text, (size_t)all, 1, path);
    if (status == BASE_OK) {
        for (int i = 0; i < 8; i++)
            (*text)[i] = (char)((all - 8) >> 8 * i & 0xff);
        memset(*text + 8, ' ', (size_t)(all - 8));
        memcpy(*text + 8, json, length);
        *bytes = all;
    }
    free(json);
    return status;
}

enum base_status io_write_safetensors(const char *path, const struct io_named_array *arrays,
                                      uint64_t n_arrays, const char *const *metadata, uint64_t n_metadata)
{
    enum base_status status;
    struct base_output *output = NULL;
    char *header = NULL;
    uint64_t header_bytes = 0;
    BASE_CHECK(io_safetensors_header(path, arrays, n_arrays, metadata, n_metadata, &header, &header_bytes));
    BASE_CHECK(base_output_open(path, &output));
    BASE_CHECK(base_output_write(output, header, (size_t)header_bytes));
    for (int w = 0; w < N_WIDTHS; w++)
        for (uint64_t i = 0; i < n_arrays; i++) {
            uint64_t elements;
            if (io_dtype_bytes(arrays[i].dtype) != widths[w] ||
                !io_count_elements(arrays[i].rank, arrays[i].shape, 8 * widths[w], &elements))
                continue;
            BASE_CHECK(base_output_write(output, arrays[i].data, (size_t)(elements * widths[w])));
        }
    status = base_output_commit(&output);
error:
    base_output_discard(&output);
    base_free(header);
    return status;
}
