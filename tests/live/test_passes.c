/* Which kernels take the device's time in pictures. */
#include "live/passes.h"

#include "base/memory.h"
#include "support/device.h"
#include "support/test.h"
#include "view/histogram.h"

#include <string.h>

enum { NUMBERS = 4096 };

/* Counted in pictures' own kernels alone, for each picture, and not anew without one. */
static void greatest_first(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu();
    struct gpu_buffer *numbers = NULL, *counts = NULL;
    static struct live_passes passes;
    if (!gpu_capabilities(gpu)->timestamps)
        skip();
    assert_ok(gpu_buffer_create(gpu, "numbers", NUMBERS * 4, GPU_DEVICE, &numbers));
    assert_ok(gpu_buffer_create(gpu, "counts", VIEW_BINS * 4, GPU_DEVICE, &counts));
    assert_ok(gpu_fill(gpu, numbers, 0, NUMBERS * 4, 0));
    const struct view_values values = {.buffer = numbers, .count = NUMBERS, .number = VIEW_F32};
    const struct view_axis axis = {.low = 0, .high = 1};
    gpu_timing_reset(gpu);
    for (int i = 0; i < 6; i++)
        assert_ok(view_histogram(gpu, &values, &axis, NUMBERS, counts, 0));
    assert_ok(view_quantiles(gpu, &values, 100, NUMBERS, counts, 0));
    assert_ok(gpu_wait(gpu));
    assert_ok(live_passes_take(&passes, gpu, 3));
    assert_int_equal(passes.n, 2);
    assert_true(passes.greatest[0].ns >= passes.greatest[1].ns && passes.greatest[1].ns > 0);
    double sum = 0, all = 0;
    for (uint32_t i = 0; i < passes.n; i++) {
        assert_int_equal(strncmp(passes.greatest[i].kernel, "view_", 5), 0);
        sum += passes.greatest[i].ns;
    }
    struct gpu_timing *timings;
    uint32_t count;
    assert_ok(gpu_timings(gpu, &timings, &count));
    for (uint32_t i = 0; i < count; i++)
        all += (double)timings[i].ns;
    base_free(timings);
    assert_in_double(sum, all / 3, 1);
    const struct live_passes before = passes;
    assert_ok(view_histogram(gpu, &values, &axis, NUMBERS, counts, 0));
    assert_ok(gpu_wait(gpu));
    assert_ok(live_passes_take(&passes, gpu, 3));
    assert_memory_equal(&passes, &before, sizeof passes);
    gpu_buffer_destroy(gpu, &numbers);
    gpu_buffer_destroy(gpu, &counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(greatest_first)};
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
