/* FILE:TENSOR arguments and names in messages, against a fixed file. */
#include "fuzz.h"

#include "base/memory.h"
#include "io/tensor.h"

#include <stdlib.h>
#include <string.h>

/* Two tensors, one with a name that needs care. */
static const char header[] =
    "{\"a:0\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
    "\"b\\u0007\\u009b\\u20ac\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[8,16]}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[8 + sizeof header - 1 + 16] = {sizeof header - 1};
    static char argument[4096];
    char shown[IO_PRINTABLE], *path, *tensor;
    const struct io_tensor *found;
    struct io_file *file;
    if (size >= sizeof argument)
        return 0;
    memcpy(argument, data, size);
    argument[size] = '\0';
    if (strlen(io_printable(argument, shown)) >= IO_PRINTABLE)
        abort();
    if (io_split_name(argument, &path, &tensor) != BASE_OK)
        return 0;
    if (strlen(path) + (tensor ? 1 + strlen(tensor) : 0) != strlen(argument))
        abort();
    memcpy(bytes + 8, header, sizeof header - 1);
    if (io_open(test_memory_file(bytes, sizeof bytes), &file) != BASE_OK)
        abort();
    (void)io_find(file, tensor, (uint32_t)(size % 4), &found);
    (void)io_find(file, argument, 0, &found);
    io_close(&file);
    base_free(path);
    base_free(tensor);
    return 0;
}
