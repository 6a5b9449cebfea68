/* One run that uses everything, again and again, each time with another Vulkan call failing: out of memory
 * once, lost once, lost for good. Every run must end in order: right results, or a status with a message;
 * nothing is left behind (validation and the sanitizers would say so).
 *
 *   ARCLIGHT_TORTURE=N      runs N samples of calls (default 60); "all": every call
 *   ARCLIGHT_TORTURE_SEED   chooses them; the seed used is printed */
#define _XOPEN_SOURCE 700
#include "support/device.h"
#include "support/kernels.h"
#include "support/test.h"
#include "support/torture.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "base/random.h"
#include "test_params.h"

#include <stdlib.h>

enum { COUNT = 3000, SIDE = 24 };

struct things {
    struct gpu *gpu;
    struct gpu_buffer *source, *result, *counter, *colours;
    struct gpu_image *image;
    struct gpu_timing *timings;
    uint32_t found[COUNT];
    uint32_t spun[2];
    uint8_t pixels[SIDE * SIDE * 4];
};

static enum base_status dispatch(struct gpu *gpu, const struct gpu_kernel *kernel, const void *params,
                                 const struct gpu_range *ranges, uint64_t n_groups)
{
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){.kernel = kernel,
                                                               .constants = {32},
                                                               .n_constants = 1,
                                                               .params = params,
                                                               .ranges = ranges,
                                                               .n_groups = n_groups});
}

static enum base_status make(struct things *t)
{
    const char *named = getenv("ARCLIGHT_DEVICE");
    BASE_TRY(gpu_open(&(struct gpu_open_parameters){.device = named && named[0] ? named : NULL,
                                                    .limits = "memory_shared_with_host=0",
                                                    .quiet = true},
                      &t->gpu));
    gpu_set_submission_limit(t->gpu,
                             1000000000); /* so that the number of calls hardly depends on the speed */
    BASE_TRY(gpu_buffer_create(t->gpu, "source", 4 * COUNT, GPU_DEVICE, &t->source));
    BASE_TRY(gpu_buffer_create(t->gpu, "result", 4 * COUNT, GPU_DEVICE, &t->result));
    BASE_TRY(gpu_buffer_create(t->gpu, "counter", 8, GPU_HOST, &t->counter));
    BASE_TRY(gpu_buffer_create(t->gpu, "colours", 32, GPU_DEVICE, &t->colours));
    return gpu_image_create(t->gpu, SIDE, SIDE, &t->image);
}

static enum base_status compute(struct things *t)
{
    const struct test_mirror_params mirror = {COUNT, 2, 1};
    const struct test_spin_params spin = {COUNT, 50, 3};
    const struct gpu_range ranges[] = {gpu_whole(t->source), gpu_whole(t->result)};
    uint32_t words[COUNT], count;
    for (uint32_t i = 0; i < COUNT; i++)
        words[i] = i;
    BASE_TRY(gpu_upload(t->gpu, t->source, 0, words, sizeof words));
    BASE_TRY(dispatch(t->gpu, &test_spin_kernel, &spin, &ranges[1], COUNT));
    BASE_TRY(gpu_copy(t->gpu, t->result, 4, t->counter, 0, 8));
    for (int i = 0; i < 40; i++)
        BASE_TRY(dispatch(t->gpu, &test_mirror_kernel, &mirror, ranges, base_divide_up(COUNT, 32)));
    BASE_TRY(gpu_download(t->gpu, t->result, 0, t->found, sizeof t->found));
    BASE_TRY(gpu_wait(t->gpu));
    memcpy(t->spun, gpu_map(t->counter), sizeof t->spun);
    return gpu_timings(t->gpu, &t->timings, &count);
}

static enum base_status draw(struct things *t)
{
    static const float rectangle[8] = {4, 4, 20, 20}, colour[4] = {0, 0, 0, 0};
    const struct test_rectangles_params params = {SIDE, SIDE, 1};
    const struct gpu_range ranges[] = {{t->source, 0, 16}, {t->colours, 0, 16}};
    BASE_TRY(gpu_upload(t->gpu, t->source, 0, rectangle, sizeof rectangle));
    BASE_TRY(gpu_fill(t->gpu, t->colours, 0, 32, 0x3f800000u));
    BASE_TRY(gpu_draw_begin(t->gpu, t->image, colour));
    BASE_TRY(gpu_draw(t->gpu, &(struct gpu_draw_parameters){.kernel = &test_rectangles_kernel,
                                                            .params = &params,
                                                            .ranges = ranges,
                                                            .vertices = 6,
                                                            .instances = 1}));
    BASE_TRY(gpu_draw_end(t->gpu));
    return gpu_image_download(t->gpu, t->image, t->pixels);
}

static void release(struct things *t)
{
    if (t->gpu) {
        gpu_buffer_destroy(t->gpu, &t->source);
        gpu_buffer_destroy(t->gpu, &t->result);
        gpu_buffer_destroy(t->gpu, &t->counter);
        gpu_buffer_destroy(t->gpu, &t->colours);
        gpu_image_destroy(t->gpu, &t->image);
    }
    base_free(t->timings);
    gpu_close(&t->gpu);
}

static uint32_t spun(uint32_t value)
{
    for (int step = 0; step < 50; step++)
        value = value * 1664525u + 1013904223u;
    return value;
}

static void check_results(const struct things *t)
{
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(t->found[i], (COUNT - 1 - i) * 2 + 1);
    assert_int_equal(t->spun[0], spun(3 + 1));
    assert_int_equal(t->spun[1], spun(3 + 2));
    for (uint32_t y = 0; y < SIDE; y++)
        for (uint32_t x = 0; x < SIDE; x++) {
            bool inside = x >= 4 && x < 20 && y >= 4 && y < 20;
            assert_int_equal(t->pixels[4 * (y * SIDE + x)], inside ? 255 : 0);
        }
}

/* The whole run with one failure; gives the number of calls. */
static uint64_t run_with(uint64_t first, enum test_torture_kind kind, bool persistent)
{
    static struct things t;
    t = (struct things){0};
    test_torture_start(first, kind, persistent);
    enum base_status status = make(&t);
    if (status == BASE_OK)
        status = compute(&t);
    if (status == BASE_OK)
        status = draw(&t);
    release(&t);
    uint64_t calls = test_torture_stop();
    if (first == 0)
        assert_ok(status);
    if (status == BASE_OK)
        check_results(&t);
    else if (base_message()[0] == '\0')
        fail_msg("call %llu, %s: a failure without a message", (unsigned long long)first,
                 test_torture_victim());
    const bool allowed = status == BASE_OK || status == BASE_ERROR_DEVICE_LOST ||
                         status == BASE_ERROR_NO_DEVICE || status == BASE_ERROR_DEVICE_MEMORY;
    if (!allowed)
        fail_msg("call %llu, %s: status %d: %s", (unsigned long long)first, test_torture_victim(), status,
                 base_message());
    return calls;
}

static void every_way_ends_in_order(void **state)
{
    (void)state;
    const char *samples_text = getenv("ARCLIGHT_TORTURE"), *seed_text = getenv("ARCLIGHT_TORTURE_SEED");
    uint64_t seed = seed_text ? strtoull(seed_text, NULL, 10) : base_clock_ns() % 1000000;
    uint64_t calls = run_with(0, TEST_TORTURE_MEMORY, false);
    bool all = samples_text && strcmp(samples_text, "all") == 0;
    uint64_t samples = all ? 3 * calls : samples_text ? strtoull(samples_text, NULL, 10) : 60;
    print_message("%llu calls can fail; %llu samples, ARCLIGHT_TORTURE_SEED=%llu\n",
                  (unsigned long long)calls, (unsigned long long)samples, (unsigned long long)seed);
    assert_true(calls > 100);
    for (uint64_t i = 0; i < samples; i++) {
        uint64_t call = all ? 1 + i / 3 : 1 + base_random_below(seed, BASE_STREAM_TEST, i, calls);
        run_with(call, i % 3 == 0 ? TEST_TORTURE_MEMORY : TEST_TORTURE_LOST, i % 3 == 2);
    }
    run_with(0, TEST_TORTURE_MEMORY, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_way_ends_in_order)};
    if (!test_gpu_exists())
        return 77;
    setenv("XDG_CACHE_HOME", ARCLIGHT_BINARY_FOLDER "/torture-cache", 1);
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
