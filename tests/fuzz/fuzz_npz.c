/* .npz: zip archives as they come. */
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[1 << 16];
    if (size < 22 || size > sizeof bytes)
        return 0;
    memcpy(bytes, data, size);
    memcpy(bytes, "PK\3\4", 4);
    fuzz_use_file(test_memory_file(bytes, size));
    return 0;
}
