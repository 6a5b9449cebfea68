/* Bytes go to the device and come back whole: every size and offset, through the staging buffers and without,
 * beside work that uses the same buffer; and memory is cut, given back and used again. */
#include "support/device.h"
#include "support/kernels.h"
#include "support/test.h"

#include "base/memory.h"
#include "base/random.h"
#include "gpu/internal.h"
#include "test_params.h"

static const char *const ways[] = {NULL, "memory_shared_with_host=0"};
enum { N_WAYS = 2 };

static unsigned char *noise(uint64_t bytes, uint64_t seed)
{
    unsigned char *data;
    assert_ok(base_allocate(&data, bytes + 16, 1, "noise"));
    for (uint64_t i = 0; i < bytes; i += 16) {
        uint32_t words[4];
        base_random_words(seed, BASE_STREAM_TEST, i, words);
        memcpy(data + i, words, sizeof words);
    }
    return data;
}

/* Writes the middle of a buffer and reads all of it. */
static void there_and_back(struct gpu *gpu, enum gpu_memory memory, uint64_t bytes, uint64_t before,
                           uint64_t after)
{
    struct gpu_buffer *buffer;
    uint64_t all = before + bytes + after;
    unsigned char *expected = noise(all, 1), *middle = noise(bytes, 2), *found = noise(all, 3);
    assert_ok(gpu_buffer_create(gpu, "bytes", all, memory, &buffer));
    assert_int_equal(gpu_buffer_bytes(buffer), all);
    assert_ok(gpu_upload(gpu, buffer, 0, expected, all));
    assert_ok(gpu_upload(gpu, buffer, before, middle, bytes));
    memcpy(expected + before, middle, bytes);
    assert_ok(gpu_download(gpu, buffer, 0, found, all));
    assert_memory_equal(found, expected, all);
    if (bytes > 2) {
        assert_ok(gpu_download(gpu, buffer, before + 1, found, bytes - 2));
        assert_memory_equal(found, middle + 1, bytes - 2);
    }
    if (memory == GPU_HOST)
        assert_memory_equal(gpu_map(buffer), expected, all);
    else
        assert_null(gpu_map(buffer));
    gpu_buffer_destroy(gpu, &buffer);
    base_free(expected);
    base_free(middle);
    base_free(found);
}

static void bytes_come_back(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {1, 2, 3, 4, 5, 255, 256, 257, 65537, (1 << 20) - 3};
    for (size_t way = 0; way < N_WAYS; way++) {
        struct gpu *gpu = test_gpu_open(ways[way]);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            there_and_back(gpu, GPU_DEVICE, sizes[i], 0, 0);
            there_and_back(gpu, GPU_DEVICE, sizes[i], 7, 13);
            there_and_back(gpu, GPU_HOST, sizes[i], 256, 1);
        }
        /* More than all staging buffers hold. */
        there_and_back(gpu, GPU_DEVICE, 3 * (uint64_t)GPU_STAGING_BYTES + 12345, 100, 1);
        gpu_close(&gpu);
    }
}

/* A buffer is overwritten while earlier work still reads and writes it. */
static void uploads_wait_their_turn(void **state)
{
    (void)state;
    enum { COUNT = 500000 };
    for (size_t way = 0; way < N_WAYS; way++) {
        struct gpu *gpu = test_gpu_open(ways[way]);
        struct gpu_buffer *source, *results[6];
        unsigned char *data[6];
        uint32_t *found;
        assert_ok(base_allocate(&found, COUNT, sizeof *found, "words"));
        assert_ok(gpu_buffer_create(gpu, "source", 4 * COUNT, GPU_DEVICE, &source));
        for (int i = 0; i < 6; i++) {
            /* Small uploads go through the staging buffer, large ones wait. */
            const uint64_t bytes = i % 2 ? 4 * COUNT : 4 * 1000;
            const struct test_mirror_params params = {COUNT, 1, (uint32_t)i};
            assert_ok(gpu_buffer_create(gpu, "results", 4 * COUNT, GPU_DEVICE, &results[i]));
            const struct gpu_range ranges[] = {gpu_whole(source), gpu_whole(results[i])};
            data[i] = noise(4 * COUNT, (uint64_t)i);
            if (i == 0)
                assert_ok(gpu_upload(gpu, source, 0, data[0], 4 * COUNT));
            else
                memcpy(data[i] + bytes, data[i - 1] + bytes, 4 * COUNT - bytes);
            assert_ok(gpu_upload(gpu, source, 0, data[i], bytes));
            assert_ok(
                gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){.kernel = &test_mirror_kernel,
                                                                    .constants = {128},
                                                                    .n_constants = 1,
                                                                    .params = &params,
                                                                    .ranges = ranges,
                                                                    .n_groups = base_divide_up(COUNT, 128)}));
        }
        for (uint32_t i = 0; i < 6; i++) {
            const uint32_t *words = (const uint32_t *)(const void *)data[i];
            assert_ok(gpu_download(gpu, results[i], 0, found, 4 * COUNT));
            for (uint32_t k = 0; k < COUNT; k++)
                if (found[k] != words[COUNT - 1 - k] + i)
                    fail_msg("round %u, word %u", i, k);
            gpu_buffer_destroy(gpu, &results[i]);
            base_free(data[i]);
        }
        gpu_buffer_destroy(gpu, &source);
        base_free(found);
        gpu_close(&gpu);
    }
}

static void parts_outside_the_buffer_are_refused(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct gpu_buffer *buffer, *none = NULL;
    char byte = 0;
    assert_ok(gpu_buffer_create(gpu, "ten bytes", 10, GPU_DEVICE, &buffer));
    assert_fails(gpu_upload(gpu, buffer, 10, &byte, 1), BASE_ERROR_INTERNAL, "ten bytes");
    assert_fails(gpu_download(gpu, buffer, 0, &byte, 11), BASE_ERROR_INTERNAL, "ten bytes");
    assert_fails(gpu_download(gpu, buffer, UINT64_MAX, &byte, 2), BASE_ERROR_INTERNAL, "ten bytes");
    assert_fails(gpu_fill(gpu, buffer, 0, 12, 0), BASE_ERROR_INTERNAL, "ten bytes");
    assert_fails(gpu_fill(gpu, buffer, 2, 4, 0), BASE_ERROR_INTERNAL, "multiples of 4");
    assert_fails(gpu_copy(gpu, buffer, 0, buffer, 4, 8), BASE_ERROR_INTERNAL, "ten bytes");
    assert_fails(gpu_copy(gpu, buffer, 0, buffer, 2, 4), BASE_ERROR_INTERNAL, "overlaps");
    assert_ok(gpu_upload(gpu, buffer, 10, &byte, 0));
    assert_ok(gpu_download(gpu, buffer, 10, &byte, 0));
    assert_fails(gpu_buffer_create(gpu, "empty", 0, GPU_DEVICE, &none), BASE_ERROR_INTERNAL, "empty");
    assert_fails(gpu_buffer_create(gpu, "vast", UINT64_MAX, GPU_DEVICE, &none), BASE_ERROR_INTERNAL, "vast");
    assert_null(none);
    gpu_buffer_destroy(gpu, &none);
    gpu_buffer_destroy(gpu, &buffer);
}

/* Many buffers come and go in a random order; none lies in another, and what is given back is used again. */
static void memory_is_used_again(void **state)
{
    (void)state;
    enum { LIVE = 200, STEPS = 4000 };
    struct gpu *gpu = test_gpu_open(NULL);
    struct gpu_buffer *live[LIVE] = {NULL};
    uint64_t most = 0;
    for (uint32_t step = 0; step < STEPS; step++) {
        uint64_t which = base_random_below(5, BASE_STREAM_TEST, step, LIVE);
        if (live[which]) {
            uint32_t word;
            assert_ok(gpu_download(gpu, live[which], 0, &word, 4));
            assert_int_equal(word, which);
            gpu_buffer_destroy(gpu, &live[which]);
        } else {
            uint64_t bytes = 4 + 4 * base_random_below(6, BASE_STREAM_TEST, step, step % 20 ? 5000 : 500000);
            const uint32_t word = (uint32_t)which;
            assert_ok(gpu_buffer_create(gpu, "one of many", bytes, GPU_DEVICE, &live[which]));
            assert_int_equal(live[which]->slice.offset % GPU_ALIGNMENT, 0);
            assert_ok(gpu_upload(gpu, live[which], 0, &word, 4));
            assert_ok(gpu_upload(gpu, live[which], bytes - 4, &word, 4));
        }
        if (step == STEPS / 4)
            most = gpu->allocated_bytes;
    }
    assert_true(gpu->allocated_bytes <= most + (32 << 20));
    for (int i = 0; i < LIVE; i++)
        gpu_buffer_destroy(gpu, &live[i]);
    assert_ok(gpu_wait(gpu));
    assert_true(gpu->allocated_bytes <= 16 << 20); /* one block stays */
    gpu_close(&gpu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_back),
        cmocka_unit_test(uploads_wait_their_turn),
        cmocka_unit_test(parts_outside_the_buffer_are_refused),
        cmocka_unit_test(memory_is_used_again),
    };
    if (!test_gpu_exists())
        return 77;
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
