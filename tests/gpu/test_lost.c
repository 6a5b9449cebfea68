/* Lost work and lost devices: a submission whose completion counter was not written, and a driver that says
 * so itself. Either stays: every later call fails with BASE_ERROR_DEVICE_LOST, and closing is in order. */
#include "support/device.h"
#include "support/kernels.h"
#include "support/test.h"

#include "base/memory.h"
#include "gpu/internal.h"
#include "gpu/testing.h"
#include "test_params.h"

#include <stdlib.h>

static enum base_status visit(struct gpu *gpu, struct gpu_buffer *buffer)
{
    const struct test_visit_params params = {100};
    const struct gpu_range range = gpu_whole(buffer);
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){.kernel = &test_visit_kernel,
                                                               .constants = {64},
                                                               .n_constants = 1,
                                                               .params = &params,
                                                               .ranges = &range,
                                                               .n_groups = 100});
}

static void assert_everything_fails(struct gpu *gpu, struct gpu_buffer *buffer, struct gpu_image *image)
{
    const float colour[4] = {0, 0, 0, 1};
    uint8_t pixels[8 * 8 * 4];
    uint32_t word = 0, count;
    struct gpu_buffer *other;
    struct gpu_image *picture;
    struct gpu_timing *timings;
    const enum base_status lost = BASE_ERROR_DEVICE_LOST;
    const uint32_t constants[1] = {32};
    for (int twice = 0; twice < 2; twice++) {
        assert_fails(visit(gpu, buffer), lost, "after an earlier failure");
        assert_fails(gpu_wait(gpu), lost, "after");
        assert_fails(gpu_flush(gpu), lost, "after");
        assert_fails(gpu_upload(gpu, buffer, 0, &word, 4), lost, "after");
        assert_fails(gpu_download(gpu, buffer, 0, &word, 4), lost, "after");
        assert_fails(gpu_fill(gpu, buffer, 0, 4, 0), lost, "after");
        assert_fails(gpu_copy(gpu, buffer, 0, buffer, 8, 4), lost, "after");
        assert_fails(gpu_buffer_create(gpu, "other", 4, GPU_DEVICE, &other), lost, "after");
        assert_fails(gpu_prepare(gpu, &test_visit_kernel, GPU_LEVEL_FLOOR, constants, 1), lost, "after");
        assert_fails(gpu_timings(gpu, &timings, &count), lost, "after");
        assert_fails(gpu_draw_begin(gpu, image, colour), lost, "after");
        assert_fails(gpu_draw_end(gpu), lost, "after");
        assert_fails(gpu_image_create(gpu, 8, 8, &picture), lost, "after");
        assert_fails(gpu_image_download(gpu, image, pixels), lost, "after");
    }
}

static void work_that_was_dropped_is_noticed(void **state)
{
    (void)state;
    struct gpu *gpu = test_gpu_open(NULL);
    struct gpu_buffer *buffer;
    struct gpu_image *image;
    gpu_set_submission_limit(gpu, UINT64_C(1000000000000)); /* nothing is cut, however slow the machine is */
    assert_ok(gpu_buffer_create(gpu, "visits", 400, GPU_DEVICE, &buffer));
    assert_ok(gpu_image_create(gpu, 8, 8, &image));
    assert_ok(visit(gpu, buffer));
    assert_ok(gpu_wait(gpu));
    gpu_testing.no_counters = true;
    /* On a busy machine the work is submitted, and its loss seen, before anybody waits. */
    enum base_status status = visit(gpu, buffer);
    if (status == BASE_OK)
        status = gpu_wait(gpu);
    assert_fails(status, BASE_ERROR_DEVICE_LOST, "completion counter");
    gpu_testing.no_counters = false;
    assert_everything_fails(gpu, buffer, image);
    assert_non_null(strstr(base_message(), "completion counter"));
    gpu_image_destroy(gpu, &image);
    gpu_buffer_destroy(gpu, &buffer);
    gpu_close(&gpu);
}

static void a_device_that_executes_nothing_is_refused(void **state)
{
    (void)state;
    struct gpu *gpu;
    const char *named = getenv("ARCLIGHT_DEVICE");
    const struct gpu_open_parameters parameters = {
        .device = named && named[0] ? named : NULL, .quiet = true, .no_pipeline_cache = true};
    gpu_testing.no_counters = true;
    assert_fails(gpu_open(&parameters, &gpu), BASE_ERROR_NO_DEVICE, "self-check");
    gpu_testing.no_counters = false;
    assert_null(gpu);
}

/* ---- a driver that says it ---- */

static PFN_vkQueueSubmit real_submit;
static PFN_vkWaitSemaphores real_wait;
static int calls_until_lost; /* 0: never */

static VkResult VKAPI_CALL losing_submit(VkQueue queue, uint32_t count, const VkSubmitInfo *submits,
                                         VkFence fence)
{
    if (calls_until_lost > 0 && --calls_until_lost == 0)
        return VK_ERROR_DEVICE_LOST;
    return real_submit(queue, count, submits, fence);
}

static VkResult VKAPI_CALL losing_wait(VkDevice device, const VkSemaphoreWaitInfo *info, uint64_t timeout)
{
    VkResult result = real_wait(device, info, timeout);
    return calls_until_lost > 0 && --calls_until_lost == 0 ? VK_ERROR_DEVICE_LOST : result;
}

static void lose(bool at_wait)
{
    struct gpu *gpu = test_gpu_open(NULL);
    struct gpu_buffer *buffer;
    struct gpu_image *image;
    enum base_status status = BASE_OK;
    assert_ok(gpu_buffer_create(gpu, "visits", 400, GPU_DEVICE, &buffer));
    assert_ok(gpu_image_create(gpu, 8, 8, &image));
    real_submit = vkQueueSubmit;
    real_wait = vkWaitSemaphores;
    if (at_wait)
        vkWaitSemaphores = losing_wait;
    else
        vkQueueSubmit = losing_submit;
    calls_until_lost = 3;
    for (int i = 0; i < 10 && status == BASE_OK; i++) {
        status = visit(gpu, buffer);
        if (status == BASE_OK)
            status = gpu_wait(gpu);
    }
    assert_int_equal(status, BASE_ERROR_DEVICE_LOST);
    assert_non_null(strstr(base_message(), "was lost"));
    assert_everything_fails(gpu, buffer, image);
    vkQueueSubmit = real_submit;
    vkWaitSemaphores = real_wait;
    gpu_image_destroy(gpu, &image);
    gpu_buffer_destroy(gpu, &buffer);
    gpu_close(&gpu);
}

static void a_loss_at_submission_stays(void **state)
{
    (void)state;
    lose(false);
}

static void a_loss_while_waiting_stays(void **state)
{
    (void)state;
    lose(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_that_was_dropped_is_noticed),
        cmocka_unit_test(a_device_that_executes_nothing_is_refused),
        cmocka_unit_test(a_loss_at_submission_stays),
        cmocka_unit_test(a_loss_while_waiting_stays),
    };
    if (!test_gpu_exists())
        return 77;
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
