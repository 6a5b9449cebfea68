/* Valid files cut at every byte, and with every byte changed. A cut file is always refused; a changed one is
 * refused or read, and under the sanitizers neither may touch memory that is not its own. */
#include "support/files.h"
#include "support/memory_file.h"
#include "support/test.h"

#include "base/log.h"
#include "base/memory.h"
#include "io/tensor.h"

/* The seeds of the fuzz targets are small valid files. */
static const char *const valid[] = {
    "npy/f4_fortran",
    "npy/f8_big_endian_3d",
    "npy/b1",
    "npy/version_2",
    "npz/stored",
    "npz/deflated",
    "npz/fortran_deflated",
    "safetensors/two_tensors",
    "safetensors/every_dtype",
};
enum { N_VALID = sizeof valid / sizeof valid[0] };

static uint8_t *load(int index, size_t *count)
{
    char path[512];
    snprintf(path, sizeof path, ARCLIGHT_SOURCE_FOLDER "/tests/fuzz/seeds/%s", valid[index]);
    return test_read_file(path, count);
}

/* Opens and reads everything readable. */
static enum base_status use(const char *path)
{
    static float values[1 << 16];
    struct io_file *file;
    enum base_status status = io_open(path, &file);
    for (uint64_t i = 0; status == BASE_OK && i < io_tensor_count(file); i++) {
        const struct io_tensor *tensor = io_tensor_at(file, i);
        uint64_t rows = tensor->rank ? tensor->shape[0] : 1;
        if (tensor->dtype != IO_UNREADABLE && tensor->elements <= sizeof values / sizeof values[0])
            status = io_read_rows(file, tensor, 0, rows, values);
    }
    io_close(&file);
    return status;
}

static void the_files_are_valid(void **state)
{
    (void)state;
    for (int i = 0; i < N_VALID; i++) {
        size_t count;
        uint8_t *bytes = load(i, &count);
        assert_ok(use(test_memory_file(bytes, count)));
        base_free(bytes);
    }
}

static void cut_at_every_byte(void **state)
{
    (void)state;
    for (int i = 0; i < N_VALID; i++) {
        size_t count;
        uint8_t *bytes = load(i, &count);
        for (size_t length = 0; length < count; length++)
            if (use(test_memory_file(bytes, length)) != BASE_ERROR_INPUT)
                fail_msg("%s cut to %zu of %zu bytes is accepted", valid[i], length, count);
        base_free(bytes);
    }
}

static void every_byte_changed(void **state)
{
    (void)state;
    static const uint8_t masks[] = {0x01, 0x80, 0xff};
    size_t refused = 0, read = 0;
    for (int i = 0; i < N_VALID; i++) {
        size_t count;
        uint8_t *bytes = load(i, &count);
        for (size_t place = 0; place < count; place++)
            for (int m = 0; m < 3; m++) {
                bytes[place] ^= masks[m];
                enum base_status status = use(test_memory_file(bytes, count));
                if (status != BASE_OK && status != BASE_ERROR_INPUT)
                    fail_msg("%s, byte %zu ^ %#x: status %d: %s", valid[i], place, masks[m], status,
                             base_message());
                refused += status != BASE_OK;
                read += status == BASE_OK;
                bytes[place] ^= masks[m];
            }
        base_free(bytes);
    }
    assert_true(refused > 1000 && read > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_files_are_valid),
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(every_byte_changed),
    };
    base_log_set_level(BASE_LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
