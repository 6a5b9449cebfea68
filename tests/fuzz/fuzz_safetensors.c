/* .safetensors. An input that begins with '{' is taken as the header alone: its length is put before it and
 * as many zeros behind it as the largest small number in it, so that mutations of the text meet the checks
 * behind the first ones. Any other input is the file as it comes. */
#include "fuzz.h"

#include <string.h>

enum { MAX_INPUT = 1 << 15, MAX_DATA = 4096 };

static size_t largest_number(const uint8_t *text, size_t size)
{
    size_t largest = 0, number = 0;
    for (size_t i = 0; i < size; i++) {
        number = text[i] >= '0' && text[i] <= '9' ? number * 10 + (size_t)(text[i] - '0') : 0;
        if (number > MAX_DATA)
            number = 0;
        largest = number > largest ? number : largest;
    }
    return largest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[8 + MAX_INPUT + MAX_DATA];
    if (size == 0 || size > MAX_INPUT)
        return 0;
    if (data[0] != '{') {
        fuzz_use_file(test_memory_file(data, size));
        return 0;
    }
    size_t zeros = largest_number(data, size);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)size >> 8 * i);
    memcpy(bytes + 8, data, size);
    memset(bytes + 8 + size, 0, zeros);
    fuzz_use_file(test_memory_file(bytes, 8 + size + zeros));
    return 0;
}
