#define _GNU_SOURCE
#include "support/files.h"

#include "base/memory.h"
#include "base/platform.h"
#include "support/test.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static char *paths[4096];
static size_t n_paths;

static int remove_entry(const char *path, const struct stat *information, int kind, struct FTW *place)
{
    (void)information;
    (void)kind;
    (void)place;
    return remove(path);
}

static pid_t owner;

static void remove_folder(void)
{
    for (size_t i = 0; i < n_paths; i++)
        free(paths[i]);
    if (getpid() == owner) /* a forked child leaves it to its parent */
        nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *test_folder(void)
{
    if (folder[0] == '\0') {
        strcpy(folder, "/tmp/arclight-test-XXXXXX");
        if (!mkdtemp(folder))
            fail_msg("no temporary folder");
        owner = getpid();
        atexit(remove_folder);
    }
    return folder;
}

const char *test_path(const char *name)
{
    char *path = base_path_join(test_folder(), name);
    assert_non_null(path);
    for (size_t i = 0; i < n_paths; i++)
        if (strcmp(paths[i], path) == 0) {
            free(path);
            return paths[i];
        }
    assert_true(n_paths < sizeof paths / sizeof paths[0]);
    return paths[n_paths++] = path;
}

const char *test_file(const char *name, const void *bytes, size_t count)
{
    const char *path = test_path(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
    return path;
}

const char *test_npy(const char *name, const char *type, int fortran_order, const char *shape,
                     const void *data, size_t bytes)
{
    char header[256];
    int length =
        snprintf(header + 10, sizeof header - 10, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n",
                 type, fortran_order ? "True" : "False", shape);
    memcpy(header, "\x93NUMPY\1\0", 8);
    header[8] = (char)length;
    header[9] = 0;
    uint8_t *whole;
    assert_ok(base_allocate(&whole, 10 + (size_t)length + bytes, 1, name));
    memcpy(whole, header, 10 + (size_t)length);
    memcpy(whole + 10 + length, data, bytes);
    const char *path = test_file(name, whole, 10 + (size_t)length + bytes);
    base_free(whole);
    return path;
}

uint8_t *test_read_file(const char *path, size_t *count)
{
    struct base_file *file;
    uint8_t *bytes;
    assert_ok(base_file_open(path, &file));
    *count = (size_t)base_file_size(file);
    assert_ok(base_allocate(&bytes, *count, 1, path));
    assert_ok(base_file_read(file, 0, bytes, *count));
    base_file_close(&file);
    return bytes;
}
