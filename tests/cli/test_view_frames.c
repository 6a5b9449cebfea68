/* Ten thousand pictures of the whole window, with hands that never rest: memory of host and device stays as
 * it was, and so does the number of what Vulkan was asked for. */
#define _GNU_SOURCE
#include "support/device.h"
#include "support/test.h"

#define STB_IMAGE_IMPLEMENTATION
#include "cli/show.h"
#include "cli/view.h"

#include "gpu/internal.h"

#include <unistd.h>

enum { FRAMES = 10000, WARM = 2000 };

static uint64_t resident_bytes(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*s %llu", &pages), 1);
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* What the device room holds of Vulkan's objects that could grow. */
struct held {
    uint64_t device_bytes, pipelines, pools, dead, staging;
};

static struct held count_held(void)
{
    const struct gpu *gpu = test_gpu();
    struct held held = {.device_bytes = gpu->allocated_bytes};
    for (const struct gpu_pipeline *one = gpu->pipelines; one; one = one->next)
        held.pipelines++;
    for (int i = 0; i < GPU_SUBMISSIONS; i++)
        held.pools += gpu->submissions[i].n_descriptor_pools;
    for (const struct gpu_buffer *one = gpu->dead_buffers; one; one = one->next)
        held.dead++;
    for (const struct gpu_image *one = gpu->dead_images; one; one = one->next)
        held.dead++;
    for (const struct gpu_buffer *one = gpu->staging; one; one = one->next)
        held.staging++;
    return held;
}

/* A key, a place of the pointer and, now and then, another size. */
static void act(struct show *show, uint64_t frame)
{
    static const char *const keys[] = {"E", "e", "p", "P",   ")", "(",     "1",     "2", "3", "4",
                                       "5", "6", "7", "tab", "m", "L",     "+",     "-", "t", "i",
                                       "i", "?", "?", "0",   "l", "enter", "enter", "v"};
    if (frame % 3 == 0)
        key(show, keys[frame / 3 % (sizeof keys / sizeof *keys)]);
    pointer(show, VIEW_EVENT_MOVE, (double)(frame * 7 % 320), (double)(frame * 5 % 240));
    if (frame % 64 == 0) {
        show->app.stage.parameters.width = (float)(320 + frame % 5 * 16);
        show->app.stage.parameters.height = (float)(240 + frame % 3 * 16);
    }
}

static void nothing_grows(void **state)
{
    (void)state;
    struct show show;
    struct held before = {0};
    uint64_t resident = 0;
    open_show(&show, 320, 240, false);
    while (show.app.frames < FRAMES) {
        if (show.app.frames == WARM) {
            assert_ok(gpu_wait(test_gpu()));
            before = count_held();
            resident = resident_bytes();
        }
        act(&show, show.app.frames);
        show.app.quit = false;
        turn(&show);
    }
    assert_ok(gpu_wait(test_gpu()));
    const struct held after = count_held();
    const uint64_t grown = resident_bytes();
    print_message(
        "%d pictures: %llu KiB of memory, then %llu; %llu KiB on the device, %llu pipelines, %llu pools\n",
        FRAMES, (unsigned long long)(resident >> 10), (unsigned long long)(grown >> 10),
        (unsigned long long)(after.device_bytes >> 10), (unsigned long long)after.pipelines,
        (unsigned long long)after.pools);
    assert_int_equal(after.device_bytes, before.device_bytes);
    assert_int_equal(after.pools, before.pools);
    assert_int_equal(after.staging, before.staging);
    assert_true(after.pipelines <= before.pipelines + 2); /* what is seen first late */
    assert_true(after.dead <= before.dead + 4);
    assert_true(grown < resident + (UINT64_C(12) << 20));
    close_show(&show);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_grows)};
    if (!test_gpu_exists())
        return 77;
    view_inputs();
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
