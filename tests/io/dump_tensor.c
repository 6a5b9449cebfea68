/* For differential.py: reads and writes tensors without the program.
 *   dump_tensor values FILE[:TENSOR] OUT   all values as raw f32
 *   dump_tensor integers FILE[:TENSOR] OUT as raw i64
 *   dump_tensor copy FILE OUT              every readable tensor, as .npy or .safetensors by OUT's name
 * A failure prints the message and gives its exit code. */
#include "base/memory.h"
#include "base/platform.h"
#include "io/tensor.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static enum base_status dump(const char *argument, bool integers, const char *out)
{
    enum base_status status;
    char *path = NULL, *name = NULL;
    void *values = NULL;
    struct io_file *file = NULL;
    const struct io_tensor *tensor;
    const size_t size = integers ? sizeof(int64_t) : sizeof(float);
    BASE_CHECK(io_split_name(argument, &path, &name));
    BASE_CHECK(io_open(path, &file));
    BASE_CHECK(io_find(file, name, 0, &tensor));
    const uint64_t rows = tensor->rank ? tensor->shape[0] : 1;
    BASE_CHECK(base_allocate(&values, tensor->elements, size, path));
    BASE_CHECK(integers ? io_read_integers(file, tensor, 0, rows, values)
                        : io_read_rows(file, tensor, 0, rows, values));
    BASE_CHECK(io_write_text(out, values, tensor->elements * size));
error:
    base_free(values);
    io_close(&file);
    base_free(path);
    base_free(name);
    return status;
}

/* The bytes of a C-order tensor, as they stand in an uncompressed file. */
static enum base_status take_bytes(const char *path, const struct io_tensor *tensor, void **bytes)
{
    struct base_file *file;
    const size_t count = tensor->elements * io_dtype_bytes(tensor->dtype);
    BASE_TRY(base_file_open(path, &file));
    enum base_status status = base_allocate(bytes, count, 1, path);
    if (status == BASE_OK)
        status = base_file_read(file, tensor->offset, *bytes, count);
    base_file_close(&file);
    return status;
}

static enum base_status copy(const char *path, const char *out)
{
    enum { MAX = 64 };
    enum base_status status;
    struct io_file *file = NULL;
    struct io_named_array arrays[MAX];
    void *bytes[MAX] = {0};
    const char *metadata[2 * MAX];
    uint64_t count = 0;
    BASE_CHECK(io_open(path, &file));
    for (uint64_t i = 0; i < io_tensor_count(file) && count < MAX; i++) {
        const struct io_tensor *tensor = io_tensor_at(file, i);
        if (tensor->dtype == IO_UNREADABLE)
            continue;
        BASE_CHECK(take_bytes(path, tensor, &bytes[count]));
        arrays[count] = (struct io_named_array){
            .name = tensor->name, .dtype = tensor->dtype, .rank = tensor->rank, .data = bytes[count]};
        memcpy(arrays[count].shape, tensor->shape, sizeof tensor->shape);
        count++;
    }
    const uint64_t pairs = base_minimum(io_metadata_count(file), MAX);
    for (uint64_t i = 0; i < pairs; i++)
        io_metadata_at(file, i, &metadata[2 * i], &metadata[2 * i + 1]);
    const size_t length = strlen(out);
    if (length > 4 && strcmp(out + length - 4, ".npy") == 0)
        status = io_write_npy(out, arrays[0].dtype, arrays[0].rank, arrays[0].shape, arrays[0].data);
    else
        status = io_write_safetensors(out, arrays, count, metadata, pairs);
error:
    for (uint64_t i = 0; i < MAX; i++)
        base_free(bytes[i]);
    io_close(&file);
    return status;
}

int main(int count, char **arguments)
{
    enum base_status status = BASE_ERROR_USAGE;
    if (count == 4 && strcmp(arguments[1], "values") == 0)
        status = dump(arguments[2], false, arguments[3]);
    else if (count == 4 && strcmp(arguments[1], "integers") == 0)
        status = dump(arguments[2], true, arguments[3]);
    else if (count == 4 && strcmp(arguments[1], "copy") == 0)
        status = copy(arguments[2], arguments[3]);
    else
        base_fail(status, "usage: dump_tensor values|integers|copy FILE OUT");
    if (status != BASE_OK)
        fprintf(stderr, "%s\n", base_message());
    return (int)status;
}
