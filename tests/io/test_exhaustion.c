/* Memory that runs out: everything that allocates is run with its first allocation failing, then its second,
 * and so on until it succeeds. Each failure must be told by a status, leave nothing behind (the sanitizers
 * look for leaks) and leave old files whole. The linker leads the allocations of Arclight's code here;
 * jansson is asked to take ours. */
#include "support/files.h"
#include "support/test.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "data/activations.h"
#include "data/inspect.h"
#include "io/tensor.h"
#include "sae/checkpoint_file.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

static uint64_t allocations, failing; /* counted from 1; 0: none fails */

static bool fails_now(void)
{
    return ++allocations == failing;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __real_realloc(old, size);
}

static const char *argument;
static uint64_t result; /* of what the work gave */

static uint64_t hash(uint64_t start, const void *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        start = (start ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
    return start;
}

static enum base_status read_file(void)
{
    float values[256] = {0};
    struct io_file *file;
    enum base_status status = io_open(argument, &file);
    for (uint64_t i = 0; status == BASE_OK && i < io_tensor_count(file); i++) {
        const struct io_tensor *tensor = io_tensor_at(file, i);
        assert_true(tensor->elements <= 256);
        if (tensor->dtype != IO_UNREADABLE)
            status = io_read_rows(file, tensor, 0, tensor->rank ? tensor->shape[0] : 1, values);
        result = hash(result, tensor->name, strlen(tensor->name));
        result = hash(result, values, tensor->elements * sizeof *values);
    }
    io_close(&file);
    return status;
}

static enum base_status describe_file(void)
{
    struct json_t *description;
    enum base_status status = data_inspect_json(argument, &(struct data_check_rows){0}, &description);
    if (status != BASE_OK)
        return status;
    failing = 0;
    char *text = json_dumps(description, JSON_COMPACT);
    assert_non_null(text);
    result = hash(result, text, strlen(text));
    free(text);
    json_decref(description);
    return status;
}

static enum base_status summarise(void)
{
    struct data_activations *set;
    struct data_summary summary;
    const struct data_open_parameters parameters = {
        .arguments = &argument, .n_arguments = 1, .step = UINT64_MAX};
    enum base_status status = data_open(&parameters, &set);
    if (status == BASE_OK)
        status = data_summarise(set, &summary);
    if (status == BASE_OK) {
        result = hash(result, summary.mean, data_width(set) * sizeof *summary.mean);
        data_summary_free(&summary);
    }
    data_close(&set);
    return status;
}

static enum base_status write_file(void)
{
    static const float data[4] = {1, 2, 3, 4};
    const struct io_named_array array = {
        .name = "a", .dtype = IO_F32, .rank = 2, .shape = {2, 2}, .data = data};
    const char *const metadata[] = {"key", "value"};
    return io_write_safetensors(argument, &array, 1, metadata, 1);
}

/* No memory for the newest one is no reason to take an older one, and no memory for its configuration none to
 * call it another. */
static enum base_status find_checkpoint(void)
{
    const struct sae_checkpoint_place place = {argument, "run-1"};
    struct sae_checkpoint *read;
    struct sae_config config;
    enum base_status status = sae_checkpoint_find(&place, 1, &read);
    if (status != BASE_OK)
        return status;
    result = hash(result, sae_checkpoint_path(read), strlen(sae_checkpoint_path(read)));
    status = sae_checkpoint_config(read, &config);
    if (status == BASE_OK)
        result = hash(result, config.kind->name, strlen(config.kind->name));
    sae_checkpoint_free(&read);
    return status;
}

static enum base_status store_and_prune(void)
{
    struct sae_checkpoint_layout layout = {.run = "run-1", .step = 9, .head_bytes = 2, .n_sections = 3};
    static const struct sae_checkpoint_entry sections[] = {
        {.name = "config"},
        {.name = "state", .bytes = SAE_CHECKPOINT_STATE_BYTES},
        {.name = "position", .bytes = SAE_CHECKPOINT_POSITION_BYTES}};
    static uint8_t bytes[1024];
    memcpy(layout.sections, sections, sizeof sections);
    BASE_TRY(sae_checkpoint_lay_out(&layout));
    assert_true(layout.file_bytes <= sizeof bytes);
    sae_checkpoint_put_frame(&layout, "{}", bytes);
    BASE_TRY(sae_checkpoint_store(argument, &layout, bytes));
    return sae_checkpoint_prune(argument, 9, 1, 0);
}

/* A failure may also be got round, but then the result is the one without it. */
static void fail_one_after_the_other(enum base_status (*work)(void), const char *path)
{
    argument = path;
    result = 0;
    assert_ok(work());
    const uint64_t wanted = result;
    uint64_t told = 0;
    for (uint64_t n = 1, last = n; n <= last; n++) {
        allocations = result = 0;
        failing = n;
        enum base_status status = work();
        failing = 0;
        last = allocations >= n ? n + 1 : n;
        if (status != BASE_OK && status != BASE_ERROR_FILE_SYSTEM && status != BASE_ERROR_INPUT)
            fail_msg("%s: allocation %d fails: status %d: %s", path, (int)n, status, base_message());
        if (status == BASE_OK && result != wanted)
            fail_msg("%s: allocation %d fails, and the result is another", path, (int)n);
        told += status != BASE_OK;
    }
    assert_true(told > 2);
}

static void reading(void **state)
{
    (void)state;
    static const char *const seeds[] = {"npy/f4_fortran", "npz/stored", "npz/deflated",
                                        "safetensors/two_tensors", "safetensors/every_dtype"};
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        char path[512];
        snprintf(path, sizeof path, ARCLIGHT_SOURCE_FOLDER "/tests/fuzz/seeds/%s", seeds[i]);
        fail_one_after_the_other(read_file, path);
        fail_one_after_the_other(describe_file, path);
    }
}

static void a_folder_of_shards(void **state)
{
    (void)state;
    const float data[4] = {1, 2, 3, 4};
    assert_ok(base_folder_make(test_path("set")));
    test_npy("set/a.npy", "<f4", 0, "(2, 2)", data, 16);
    test_npy("set/b.npy", "<f4", 1, "(2, 2)", data, 16);
    fail_one_after_the_other(summarise, test_path("set"));
}

static void writing(void **state)
{
    (void)state;
    const char *path = test_path("written.safetensors");
    fail_one_after_the_other(write_file, path);
    fail_one_after_the_other(read_file, path);
}

static void a_folder_of_checkpoints(void **state)
{
    (void)state;
    size_t count;
    uint8_t *bytes = test_read_file(ARCLIGHT_SOURCE_FOLDER "/tests/fuzz/seeds/checkpoint/whole", &count);
    const char *folder = test_path("checkpoints");
    assert_ok(base_folder_make(folder));
    test_file("checkpoints/checkpoint-000000007.arclight", bytes + 1, count - 1);
    fail_one_after_the_other(find_checkpoint, folder);
    fail_one_after_the_other(store_and_prune, folder);
    assert_true(base_path_exists(test_path("checkpoints/checkpoint-000000009.arclight")));
    assert_false(base_path_exists(test_path("checkpoints/checkpoint-000000007.arclight")));
    base_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading),
        cmocka_unit_test(a_folder_of_shards),
        cmocka_unit_test(writing),
        cmocka_unit_test(a_folder_of_checkpoints),
    };
    base_log_set_level(BASE_LOG_QUIET);
    json_set_alloc_funcs(__wrap_malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
