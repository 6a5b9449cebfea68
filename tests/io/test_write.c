/* Writing and reading back; writes that fail leave the old file whole and nothing beside it. */
#include "support/files.h"
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "base/random.h"
#include "io/tensor.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const enum io_dtype dtypes[] = {IO_BOOL, IO_U8,  IO_I8,  IO_U16, IO_I16, IO_F16, IO_BF16,
                                       IO_U32,  IO_I32, IO_F32, IO_U64, IO_I64, IO_F64};
enum { N_DTYPES = sizeof dtypes / sizeof dtypes[0], COUNT = 6 };

static uint8_t bytes_of[N_DTYPES][COUNT * 8];

static void fill(void)
{
    for (int d = 0; d < N_DTYPES; d++)
        for (uint32_t i = 0; i < COUNT * 8; i++) {
            uint32_t words[4];
            base_random_words(11, BASE_STREAM_TEST, (uint64_t)d * 1000 + i, words);
            bytes_of[d][i] = dtypes[d] == IO_BOOL ? words[0] & 1 : (uint8_t)words[0] & 0x7f;
        }
}

/* The bytes at a tensor's place in its file are those that were written. */
static void check_bytes(struct io_file *file, const struct io_tensor *tensor, int d)
{
    size_t count;
    uint8_t *whole = test_read_file(io_path(file), &count);
    assert_int_equal(tensor->dtype, dtypes[d]);
    assert_int_equal(tensor->elements, COUNT);
    assert_true(tensor->offset + COUNT * io_dtype_bytes(dtypes[d]) <= count);
    assert_memory_equal(whole + tensor->offset, bytes_of[d], COUNT * io_dtype_bytes(dtypes[d]));
    base_free(whole);
}

static void npy_round_trip(void **state)
{
    (void)state;
    static const uint64_t shapes[][3] = {{6}, {2, 3}, {1, 3, 2}};
    const char *path = test_path("round.npy");
    for (int d = 0; d < N_DTYPES; d++) {
        if (dtypes[d] == IO_BF16) {
            assert_fails(io_write_npy(path, IO_BF16, 1, shapes[0], bytes_of[d]), BASE_ERROR_INTERNAL, "BF16");
            continue;
        }
        for (uint32_t rank = 1; rank <= 3; rank++) {
            struct io_file *file;
            assert_ok(io_write_npy(path, dtypes[d], rank, shapes[rank - 1], bytes_of[d]));
            assert_ok(io_open(path, &file));
            const struct io_tensor *tensor = io_tensor_at(file, 0);
            assert_int_equal(tensor->rank, rank);
            assert_int_equal(tensor->offset % 64, 0);
            for (uint32_t i = 0; i < rank; i++)
                assert_int_equal(tensor->shape[i], shapes[rank - 1][i]);
            check_bytes(file, tensor, d);
            io_close(&file);
        }
    }
}

static void npy_of_extreme_shapes(void **state)
{
    (void)state;
    struct io_file *file;
    struct base_output *output;
    const double number = 4.5;
    const uint64_t long_shape[8] = {0, 123456789012345678u, 1, 1, 1, 1, 1, 1};
    const char *path = test_path("extreme.npy");
    assert_ok(io_write_npy(path, IO_F64, 0, NULL, &number));
    assert_ok(io_open(path, &file));
    assert_int_equal(io_tensor_at(file, 0)->rank, 0);
    io_close(&file);
    assert_ok(io_write_npy(path, IO_U8, 8, long_shape, NULL));
    assert_ok(io_open(path, &file));
    assert_int_equal(io_tensor_at(file, 0)->shape[1], long_shape[1]);
    io_close(&file);
    const uint64_t widest[8] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
                                UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    uint64_t header_bytes;
    assert_ok(base_output_open(path, &output));
    assert_ok(io_write_npy_header(output, IO_U8, 8, widest, &header_bytes));
    assert_int_equal(header_bytes % 64, 0);
    base_output_discard(&output);
}

static void safetensors_round_trip(void **state)
{
    (void)state;
    struct io_named_array arrays[N_DTYPES];
    char names[N_DTYPES][32];
    const char *const metadata[] = {"z", "first", "quote \"", "\xe2\x82\xac \\ \n"};
    const char *path = test_path("round.safetensors"), *key, *value;
    struct io_file *file;
    for (int d = 0; d < N_DTYPES; d++) {
        snprintf(names[d], sizeof names[d], "tensor/%d \"\xc3\xa9\"", d);
        arrays[d] = (struct io_named_array){
            .name = names[d], .dtype = dtypes[d], .rank = 2, .shape = {2, 3}, .data = bytes_of[d]};
    }
    assert_ok(io_write_safetensors(path, arrays, N_DTYPES, metadata, 2));
    assert_ok(io_open(path, &file));
    assert_int_equal(io_tensor_count(file), N_DTYPES);
    for (int d = 0; d < N_DTYPES; d++) {
        const struct io_tensor *tensor;
        assert_ok(io_find(file, names[d], 2, &tensor));
        assert_int_equal(tensor->offset % io_dtype_bytes(dtypes[d]), 0);
        check_bytes(file, tensor, d);
    }
    for (uint64_t i = 0; i < 2; i++) {
        io_metadata_at(file, i, &key, &value);
        assert_string_equal(key, metadata[2 * i]);
        assert_string_equal(value, metadata[2 * i + 1]);
    }
    io_close(&file);
}

static void safetensors_that_cannot_be(void **state)
{
    (void)state;
    const char *path = test_path("impossible.safetensors");
    struct io_named_array arrays[2] = {
        {.name = "a", .dtype = IO_F32, .rank = 1, .shape = {1}, .data = bytes_of[0]},
        {.name = "a", .dtype = IO_F32, .rank = 1, .shape = {1}, .data = bytes_of[0]},
    };
    const char *const bad[] = {"key", "\xff"};
    assert_fails(io_write_safetensors(path, arrays, 2, NULL, 0), BASE_ERROR_INTERNAL, "\"a\" is taken");
    arrays[0].name = "__metadata__";
    assert_fails(io_write_safetensors(path, arrays, 1, NULL, 0), BASE_ERROR_INTERNAL, "is taken");
    arrays[0].name = "\xff";
    assert_fails(io_write_safetensors(path, arrays, 1, NULL, 0), BASE_ERROR_FILE_SYSTEM, "UTF-8");
    arrays[0] = (struct io_named_array){.name = "b", .dtype = IO_F32, .rank = 2, .shape = {UINT64_MAX, 2}};
    assert_fails(io_write_safetensors(path, arrays, 1, NULL, 0), BASE_ERROR_INTERNAL, "cannot be written");
    assert_fails(io_write_safetensors(path, NULL, 0, bad, 1), BASE_ERROR_FILE_SYSTEM, "UTF-8");
    assert_false(base_path_exists(path));
    assert_ok(io_write_safetensors(path, NULL, 0, NULL, 0));
}

static size_t files_in_folder(void)
{
    char **names;
    size_t count;
    assert_ok(base_folder_list(test_folder(), &names, &count));
    base_list_free(&names, count);
    return count;
}

static void check_old_file(const char *path)
{
    size_t count;
    uint8_t *bytes = test_read_file(path, &count);
    assert_int_equal(count, 3);
    assert_memory_equal(bytes, "old", 3);
    base_free(bytes);
}

/* A process whose files may have 1,000 bytes meets "file too large", as it would "no space left". Runs in a
 * child, which answers with the status of each write. */
static void a_write_that_fails_halfway(void **state)
{
    (void)state;
    static const char *const names[] = {"old.npy", "old.safetensors", "old.json"};
    static float data[4096];
    const uint64_t shape[1] = {4096};
    const struct io_named_array array = {
        .name = "a", .dtype = IO_F32, .rank = 1, .shape = {4096}, .data = data};
    for (int i = 0; i < 3; i++)
        assert_ok(io_write_text(test_path(names[i]), "old", 3));
    size_t files = files_in_folder();
    for (int i = 0; i < 3; i++) {
        const char *path = test_path(names[i]);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            const struct rlimit limit = {1000, 1000};
            signal(SIGXFSZ, SIG_IGN);
            setrlimit(RLIMIT_FSIZE, &limit);
            enum base_status status = i == 0   ? io_write_npy(path, IO_F32, 1, shape, data)
                                      : i == 1 ? io_write_safetensors(path, &array, 1, NULL, 0)
                                               : io_write_text(path, (const char *)data, sizeof data);
            bool named = strstr(base_message(), path) && strstr(base_message(), "cannot write");
            _exit(named ? (int)status : 99);
        }
        int how;
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFEXITED(how));
        assert_int_equal(WEXITSTATUS(how), BASE_ERROR_FILE_SYSTEM);
        check_old_file(path);
    }
    assert_int_equal(files_in_folder(), files);
}

static void places_that_cannot_be_written(void **state)
{
    (void)state;
    assert_fails(io_write_text(test_path("missing/a.json"), "x", 1), BASE_ERROR_FILE_SYSTEM, "cannot write");
    assert_fails(io_write_text(test_folder(), "x", 1), BASE_ERROR_FILE_SYSTEM,
                 "a folder of this name exists");
    assert_fails(io_write_text("/dev/full", "x", 1), BASE_ERROR_FILE_SYSTEM, "/dev/full: cannot write");
    assert_true(base_path_exists("/dev/full"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(npy_round_trip),
        cmocka_unit_test(npy_of_extreme_shapes),
        cmocka_unit_test(safetensors_round_trip),
        cmocka_unit_test(safetensors_that_cannot_be),
        cmocka_unit_test(a_write_that_fails_halfway),
        cmocka_unit_test(places_that_cannot_be_written),
    };
    fill();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
