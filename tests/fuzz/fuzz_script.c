/* Scripts of events: what is read is written and read again, and must be the same. */
#define _GNU_SOURCE
#include "fuzz.h"

#include "view/script.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view_script *first, *second;
    struct view_event event, again;
    char *text = NULL;
    size_t bytes = 0;
    if (view_script_open(test_memory_file(data, size), &first) != BASE_OK)
        return 0;
    FILE *file = open_memstream(&text, &bytes);
    const uint64_t last = view_script_last_frame(first);
    uint64_t count = 0;
    for (; file && view_script_event(first, last, &event); count++)
        if (view_script_write(file, last, &event) != BASE_OK)
            abort();
    if (!file || fclose(file) != 0)
        abort();
    view_script_close(&first);
    if (view_script_open(test_memory_file(data, size), &first) != BASE_OK)
        abort();
    if (view_script_open(test_memory_file((const uint8_t *)text, bytes), &second) == BASE_OK) {
        for (; view_script_event(first, last, &event); count--)
            if (!view_script_event(second, last, &again) || memcmp(&event, &again, sizeof event) != 0)
                abort();
        if (count != 0 || view_script_event(second, last, &again))
            abort();
        view_script_close(&second);
    } else if (bytes <= 16 << 20) /* numbers may be written longer than they were */
        abort();
    view_script_close(&first);
    free(text);
    return 0;
}
