/* Proof that the validation runs can fail: kernels and command orders that are wrong on purpose must be
 * caught, and their right twins must pass in silence.
 *
 *   test_gpu_broken          all faults that the environment's validation can see; 77 (skipped) when it sees
 * none
 *
 * Faults between dispatches need synchronisation validation (VK_LAYER_VALIDATE_SYNC=1 and
 * VK_LAYER_SYNCVAL_SHADER_ACCESSES_HEURISTIC=1), faults inside kernels GPU-assisted validation
 * (VK_LAYER_GPUAV_ENABLE=1 and VK_LAYER_GPUAV_SHARED_MEMORY_DATA_RACE=1), both ARCLIGHT_VALIDATION=1 and a
 * layer of 1.4 or newer: Debian 12's own, 1.3.239, misses some of them. The messages printed here are meant.
 */
#include "support/device.h"
#include "support/kernels.h"
#include "support/test.h"

#include "gpu/internal.h"
#include "gpu/testing.h"
#include "test_params.h"

#include <stdlib.h>

enum { COUNT = 4096, GROUP = 128 };

static uint32_t seen_faults;

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && strcmp(value, "1") == 0;
}

/* The layer's version by its manifest. */
static bool layer_is_new(void)
{
    VkLayerProperties layers[64];
    uint32_t count = sizeof layers / sizeof layers[0];
    bool found = false;
    if (vkEnumerateInstanceLayerProperties(&count, layers) < VK_SUCCESS)
        return false;
    for (uint32_t i = 0; i < count; i++)
        found |= strcmp(layers[i].layerName, "VK_LAYER_KHRONOS_validation") == 0 &&
                 layers[i].specVersion >= VK_MAKE_API_VERSION(0, 1, 4, 0);
    return found;
}

static struct gpu *open_or_skip(const char *first, const char *second)
{
    if (!is_set("ARCLIGHT_VALIDATION") || !is_set(first) || !is_set(second))
        skip();
    struct gpu *gpu = test_gpu_open(NULL);
    if (!layer_is_new()) {
        gpu_close(&gpu);
        skip();
    }
    return gpu;
}

static void dispatch(struct gpu *gpu, const struct gpu_kernel *kernel, const void *params,
                     const struct gpu_range *ranges)
{
    assert_ok(gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){.kernel = kernel,
                                                                  .constants = {GROUP},
                                                                  .n_constants = 1,
                                                                  .params = params,
                                                                  .ranges = ranges,
                                                                  .n_groups = COUNT / GROUP}));
}

typedef void work(struct gpu *gpu, struct gpu_buffer *buffers[2], bool broken);

/* Runs the work right and then broken: silence, then a message. */
static void must_be_caught(work *run, const char *first, const char *second)
{
    struct gpu *gpu = open_or_skip(first, second);
    struct gpu_buffer *buffers[2];
    uint64_t messages[3];
    for (int b = 0; b < 2; b++) {
        assert_ok(gpu_buffer_create(gpu, "broken", 4 * COUNT, GPU_DEVICE, &buffers[b]));
        assert_ok(gpu_fill(gpu, buffers[b], 0, 4 * COUNT, 1));
    }
    messages[0] = gpu_validation_messages();
    for (int broken = 0; broken < 2; broken++) {
        assert_ok(gpu_wait(gpu));
        gpu_testing.silent = broken;
        run(gpu, buffers, broken);
        assert_ok(gpu_wait(gpu));
        gpu_testing.silent = false;
        messages[broken + 1] = gpu_validation_messages();
    }
    for (int b = 0; b < 2; b++)
        gpu_buffer_destroy(gpu, &buffers[b]);
    gpu_close(&gpu);
    assert_int_equal(messages[1], messages[0]);
    assert_true(messages[2] > messages[1]);
    seen_faults++;
}

static void read_after_write(struct gpu *gpu, struct gpu_buffer *buffers[2], bool broken)
{
    const struct test_mirror_params params = {COUNT, 1, 1};
    const struct gpu_range there[] = {gpu_whole(buffers[0]), gpu_whole(buffers[1])};
    const struct gpu_range back[] = {gpu_whole(buffers[1]), gpu_whole(buffers[0])};
    gpu_testing.no_barriers = broken;
    dispatch(gpu, &test_mirror_kernel, &params, there);
    dispatch(gpu, &test_mirror_kernel, &params, back);
    gpu_testing.no_barriers = false;
}

static void in_place(struct gpu *gpu, struct gpu_buffer *buffers[2], bool broken)
{
    const struct test_in_place_params params = {COUNT, 3, 1};
    const struct gpu_range range = gpu_whole(buffers[0]);
    gpu_testing.no_barriers = broken;
    dispatch(gpu, &test_in_place_kernel, &params, &range);
    dispatch(gpu, &test_in_place_kernel, &params, &range);
    gpu_testing.no_barriers = false;
}

static void race(struct gpu *gpu, struct gpu_buffer *buffers[2], bool broken)
{
    const struct test_race_params params = {COUNT, !broken};
    const struct gpu_range range = gpu_whole(buffers[0]);
    dispatch(gpu, &test_race_kernel, &params, &range);
}

/* The binding is the first half of the buffer, so nothing outside the buffer is touched. */
static void outside(struct gpu *gpu, struct gpu_buffer *buffers[2], bool broken)
{
    const struct test_outside_params params = {COUNT / 2, broken ? 64 : 0};
    const struct gpu_range range = {buffers[0], 0, 2 * COUNT};
    dispatch(gpu, &test_outside_kernel, &params, &range);
}

static void missing_barrier_is_caught(void **state)
{
    (void)state;
    must_be_caught(read_after_write, "VK_LAYER_VALIDATE_SYNC", "VK_LAYER_SYNCVAL_SHADER_ACCESSES_HEURISTIC");
}

static void in_place_hazard_is_caught(void **state)
{
    (void)state;
    must_be_caught(in_place, "VK_LAYER_VALIDATE_SYNC", "VK_LAYER_SYNCVAL_SHADER_ACCESSES_HEURISTIC");
}

static void race_in_shared_memory_is_caught(void **state)
{
    (void)state;
    must_be_caught(race, "VK_LAYER_GPUAV_ENABLE", "VK_LAYER_GPUAV_SHARED_MEMORY_DATA_RACE");
}

static void access_out_of_bounds_is_caught(void **state)
{
    (void)state;
    must_be_caught(outside, "VK_LAYER_GPUAV_ENABLE", "VK_LAYER_GPUAV_SHARED_MEMORY_DATA_RACE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_barrier_is_caught),
        cmocka_unit_test(in_place_hazard_is_caught),
        cmocka_unit_test(race_in_shared_memory_is_caught),
        cmocka_unit_test(access_out_of_bounds_is_caught),
    };
    if (!test_gpu_exists())
        return 77;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed == 0 && seen_faults == 0) {
        fprintf(stderr,
                "SKIPPED: no validation that sees the faults (tools/drivers run lavapipe+sync, +gpuav)\n");
        return 77;
    }
    return failed;
}
