/* The self-check: a driver that computes wrongly is found before it computes anything that matters. */
#include "base/memory.h"
#include "gpu/internal.h"
#include "gpu/kernels.h"
#include "gpu/params.h"

#include <string.h>

enum { GROUP_SIZE = 128, WORDS = 4 };

/* ---- the same in C; see shaders/gpu/check.comp ---- */

static uint32_t scramble(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x85ebca6bu;
    x ^= x >> 13;
    x *= 0xc2b2ae35u;
    return x ^ (x >> 16);
}

static float value(uint32_t word, uint32_t mask)
{
    uint32_t exponent = 107u + (word >> 23 & 255u) % 41u;
    uint32_t bits = (word & 0x80000000u) | exponent << 23 | (word & mask);
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static void expected_words(uint32_t i, uint32_t seed, uint32_t words[WORDS])
{
    uint32_t start = scramble(i + seed);
    bool tie = (i & 3u) == 0;
    uint32_t mask = tie ? 0x7ff800u : 0x7fffffu;
    float a = value(scramble(start + 1), mask), b = value(scramble(start + 2), mask);
    float c = value(scramble(start + 3), tie ? 0x7ff000u : mask);
    float s = value(scramble(start + 4), tie ? 0x7ff000u : mask);
    float ac = a * c, bs = b * s;
    float turned = ac + bs, squares = a * a + b * b, difference = (a - b) - c;
    words[0] = start ^ (turned * turned >= squares ? 1u : 0u) ^ (ac < bs ? 2u : 0u);
    memcpy(&words[1], &turned, sizeof turned);
    memcpy(&words[2], &squares, sizeof squares);
    memcpy(&words[3], &difference, sizeof difference);
}

/* ---- comparison ---- */

static enum base_status compare(const struct gpu *gpu, const uint32_t *words, uint32_t count, uint32_t seed)
{
    static const char *const what[WORDS] = {"integers and comparisons", "a*c + b*s", "a*a + b*b",
                                            "(a - b) - c"};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t expected[WORDS];
        expected_words(i, seed, expected);
        for (uint32_t w = 0; w < WORDS; w++)
            if (words[WORDS * i + w] != expected[w])
                return base_fail(
                    BASE_ERROR_NO_DEVICE,
                    "the self-check of %s (%s) failed: %s of element %u gave 0x%08x instead of 0x%08x, so "
                    "its results cannot be trusted; update the driver or choose another device with "
                    "--device",
                    gpu->information.name, gpu->information.driver, what[w], i, words[WORDS * i + w],
                    expected[w]);
    }
    return BASE_OK;
}

static enum base_status run_check(struct gpu *gpu, uint32_t count, uint32_t seed)
{
    enum base_status status;
    struct gpu_buffer *buffer = NULL;
    uint32_t *words = NULL;
    const uint64_t bytes = (uint64_t)count * WORDS * sizeof *words;
    const struct gpu_check_params params = {count, seed};
    BASE_CHECK(base_allocate(&words, count, WORDS * sizeof *words, "the self-check"));
    BASE_CHECK(gpu_buffer_create(gpu, "self-check", bytes, GPU_DEVICE, &buffer));
    const struct gpu_range range = gpu_whole(buffer);
    BASE_CHECK(
        gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){.kernel = &gpu_check_kernel,
                                                            .constants = {GROUP_SIZE},
                                                            .n_constants = 1,
                                                            .params = &params,
                                                            .ranges = &range,
                                                            .n_groups = base_divide_up(count, GROUP_SIZE)}));
    BASE_CHECK(gpu_download(gpu, buffer, 0, words, bytes));
    status = compare(gpu, words, count, seed);
error:
    gpu_buffer_destroy(gpu, &buffer);
    base_free(words);
    return status;
}

enum base_status gpu_self_check(struct gpu *gpu)
{
    enum base_status status = run_check(gpu, 1000, 1);
    if (status != BASE_ERROR_DEVICE_LOST)
        return status;
    return base_fail(BASE_ERROR_NO_DEVICE, "the self-check of %s (%s) failed: %s", gpu->information.name,
                     gpu->information.driver, base_message());
}

enum base_status gpu_self_check_arithmetic(struct gpu *gpu)
{
    return run_check(gpu, 1000000, 7);
}
