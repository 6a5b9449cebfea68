#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum base_status base_allocate(void *out, size_t count, size_t size, const char *what)
{
    size_t bytes;
    void *memory = NULL;
    if (!BASE_MULTIPLY_OVERFLOWS(count, size, &bytes))
        memory = calloc(1, bytes ? bytes : 1);
    memcpy(out, &memory, sizeof memory);
    if (!memory)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory: %zu elements of %zu bytes for %s",
                         count, size, what);
    return BASE_OK;
}

void base_free(void *memory)
{
    free(memory);
}

char *base_copy_string(const char *text)
{
    size_t length = strlen(text) + 1;
    char *copy = malloc(length);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}
