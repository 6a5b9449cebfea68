/* The pipeline cache on disk: used when whole and ours, made anew when damaged, foreign or of another driver,
 * and no trouble when it cannot be written. */
#define _XOPEN_SOURCE 700
#include "support/device.h"
#include "support/kernels.h"
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "gpu/internal.h"

#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

enum { HEADER = 64, KEY = 16, CHECKSUM = 56 }; /* bytes of the file's header, and where parts of it stand */

static char folder[4096];

static struct gpu *open_with_cache(void)
{
    struct gpu *gpu;
    const char *named = getenv("ARCLIGHT_DEVICE");
    assert_ok(gpu_open(
        &(struct gpu_open_parameters){.device = named && named[0] ? named : NULL, .quiet = true}, &gpu));
    return gpu;
}

/* Opens, builds a pipeline and closes; true when the cache on disk was of use. */
static bool run_once(void)
{
    struct gpu *gpu = open_with_cache();
    bool used = gpu->cache_loaded != 0;
    assert_ok(gpu_prepare(gpu, &test_visit_kernel, GPU_LEVEL_FLOOR, (const uint32_t[]){64}, 1));
    gpu_close(&gpu);
    return used;
}

static char *cache_file(void)
{
    struct gpu *gpu = open_with_cache();
    char *path = base_copy_string(gpu->cache_path);
    gpu_close(&gpu);
    return path;
}

static unsigned char *read_file(const char *path, size_t *bytes)
{
    struct base_file *file;
    unsigned char *data;
    assert_ok(base_file_open(path, &file));
    *bytes = base_file_size(file);
    assert_ok(base_allocate(&data, *bytes + 1, 1, path));
    assert_ok(base_file_read(file, 0, data, *bytes));
    base_file_close(&file);
    return data;
}

static void write_file(const char *path, const unsigned char *data, size_t bytes)
{
    struct base_output *output;
    assert_ok(base_output_open(path, &output));
    assert_ok(base_output_write(output, data, bytes));
    assert_ok(base_output_commit(&output));
}

/* FNV-1a over what follows the header, so that only the change under test makes the file bad. */
static void seal(unsigned char *data, size_t bytes)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = HEADER; i < bytes; i++)
        hash = (hash ^ data[i]) * UINT64_C(1099511628211);
    memcpy(data + CHECKSUM, &hash, sizeof hash);
}

/* The file as given is not used, the run goes well, and the next run finds a good one again. */
static void assert_replaced(const char *path, const unsigned char *data, size_t bytes)
{
    write_file(path, data, bytes);
    assert_false(run_once());
    assert_true(run_once());
}

static void a_whole_cache_is_used(void **state)
{
    (void)state;
    char *path = cache_file();
    assert_non_null(path);
    assert_memory_equal(path, folder, strlen(folder));
    unlink(path);
    assert_false(run_once());
    assert_true(run_once());
    base_free(path);
}

static void a_damaged_cache_is_made_anew(void **state)
{
    (void)state;
    char *path = cache_file();
    size_t bytes;
    run_once();
    unsigned char *data = read_file(path, &bytes);
    assert_true(bytes > HEADER);
    const size_t cuts[] = {0, 1, HEADER - 1, HEADER, HEADER + 1, bytes - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++)
        assert_replaced(path, data, cuts[i]);
    data[bytes] = 0;
    assert_replaced(path, data, bytes + 1);
    for (size_t at = 0; at < HEADER + 8; at += 8) {
        data[at] ^= 1;
        assert_replaced(path, data, bytes);
        data[at] ^= 1;
    }
    data[bytes - 1] ^= 0x80;
    assert_replaced(path, data, bytes);
    base_free(data);
    base_free(path);
}

/* The file's name and own header say the right driver, the driver's data another: some drivers crash on such.
 */
static void a_cache_of_another_driver_is_made_anew(void **state)
{
    (void)state;
    char *path = cache_file();
    size_t bytes;
    run_once();
    static const size_t places[] = {4, 8, 12, 16, 31}; /* version, vendor, device, UUID from 16 to 31 */
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        unsigned char *data = read_file(path, &bytes);
        data[HEADER + places[i]] ^= 0x5a;
        seal(data, bytes);
        assert_replaced(path, data, bytes);
        base_free(data);
    }
    unsigned char *data = read_file(path, &bytes);
    data[KEY + 8] ^= 1; /* the driver's version */
    assert_replaced(path, data, bytes);
    base_free(data);
    base_free(path);
}

static void nowhere_to_write_is_no_failure(void **state)
{
    (void)state;
    setenv("XDG_CACHE_HOME", "/dev/null", 1);
    assert_false(run_once());
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", "/dev/null/home", 1);
    assert_false(run_once());
    setenv("XDG_CACHE_HOME", folder, 1);
    char *path = cache_file();
    unlink(path);
    assert_int_equal(setenv("XDG_CACHE_HOME", folder, 1), 0);
    /* A folder stands where the file should be. */
    assert_ok(base_folder_make(path));
    assert_false(run_once());
    assert_false(run_once());
    rmdir(path);
    assert_false(run_once());
    assert_true(run_once());
    base_free(path);
}

static void a_cache_is_left_alone_when_asked(void **state)
{
    (void)state;
    char *path = cache_file();
    unlink(path);
    struct gpu *gpu = test_gpu_open(NULL); /* without a cache */
    assert_ok(gpu_prepare(gpu, &test_visit_kernel, GPU_LEVEL_FLOOR, (const uint32_t[]){64}, 1));
    gpu_close(&gpu);
    assert_int_not_equal(access(path, F_OK), 0);
    base_free(path);
}

static int remove_entry(const char *path, const struct stat *information, int kind, struct FTW *place)
{
    (void)information;
    (void)kind;
    (void)place;
    return remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_cache_is_used),
        cmocka_unit_test(a_damaged_cache_is_made_anew),
        cmocka_unit_test(a_cache_of_another_driver_is_made_anew),
        cmocka_unit_test(nowhere_to_write_is_no_failure),
        cmocka_unit_test(a_cache_is_left_alone_when_asked),
    };
    if (!test_gpu_exists())
        return 77;
    snprintf(folder, sizeof folder, "%s/cache-of-the-test.XXXXXX", ARCLIGHT_BINARY_FOLDER);
    if (!mkdtemp(folder) || setenv("XDG_CACHE_HOME", folder, 1) != 0) {
        fprintf(stderr, "cannot make %s\n", folder);
        return 1;
    }
    int failed = test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return failed;
}
