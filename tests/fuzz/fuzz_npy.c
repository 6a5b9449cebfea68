/* .npy: the magic is put there, so that no effort goes into finding it. */
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[1 << 16];
    if (size < 10 || size > sizeof bytes)
        return 0;
    memcpy(bytes, data, size);
    memcpy(bytes, "\x93NUMPY", 6);
    fuzz_use_file(test_memory_file(bytes, size));
    return 0;
}
