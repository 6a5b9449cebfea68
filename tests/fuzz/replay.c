/* Runs files, and all files of folders, through a fuzz target. Exit code 0 when there was something to run; a
 * target reports a finding by the sanitizer or by abort. */
#include "fuzz.h"

#include "base/memory.h"
#include "base/platform.h"

#include <stdio.h>

static uint64_t replayed;

static enum base_status replay_file(const char *path)
{
    struct base_file *file;
    uint8_t *bytes;
    BASE_TRY(base_file_open(path, &file));
    size_t size = (size_t)base_file_size(file);
    enum base_status status = base_allocate(&bytes, size, 1, path);
    if (status == BASE_OK)
        status = base_file_read(file, 0, bytes, size);
    if (status == BASE_OK)
        LLVMFuzzerTestOneInput(bytes, size);
    base_free(bytes);
    base_file_close(&file);
    replayed++;
    return status;
}

static enum base_status replay_folder(const char *path)
{
    char **names;
    size_t count;
    BASE_TRY(base_folder_list(path, &names, &count));
    enum base_status status = BASE_OK;
    for (size_t i = 0; i < count && status == BASE_OK; i++) {
        char *file = base_path_join(path, names[i]);
        status = file ? replay_file(file) : BASE_ERROR_FILE_SYSTEM;
        base_free(file);
    }
    base_list_free(&names, count);
    return status;
}

int main(int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        enum base_status status =
            base_is_folder(arguments[i]) ? replay_folder(arguments[i]) : replay_file(arguments[i]);
        if (status != BASE_OK) {
            fprintf(stderr, "%s\n", base_message());
            return status;
        }
    }
    printf("%llu inputs replayed\n", (unsigned long long)replayed);
    return replayed > 0 ? 0 : 1;
}
