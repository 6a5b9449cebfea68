/* Submission, and what is learnt when a submission is complete. */
#include "base/memory.h"
#include "base/platform.h"
#include "gpu/internal.h"
#include "gpu/testing.h"

static const uint64_t longest_wait_ns = UINT64_C(600000000000);

/* The submission's number, written after everything else in it: some drivers drop work that took too long and
 * report success. The same barriers hand all results to the host. */
static void record_counter(struct gpu *gpu, struct gpu_submission *submission)
{
    VkMemoryBarrier all = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                           .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
                           .dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT |
                                            VK_ACCESS_HOST_READ_BIT};
    VkMemoryBarrier counter = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                               .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
                               .dstAccessMask = VK_ACCESS_HOST_READ_BIT};
    vkCmdPipelineBarrier(submission->commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT,
                         VK_PIPELINE_STAGE_TRANSFER_BIT | VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &all, 0, NULL, 0,
                         NULL);
    for (int from = 0; from < GPU_USES; from++)
        gpu->synced[from][GPU_USE_TRANSFER] = gpu->n_commands;
    if (!gpu_testing.no_counters)
        vkCmdFillBuffer(submission->commands, gpu->counters->handle,
                        submission->number % GPU_SUBMISSIONS * sizeof(uint32_t), sizeof(uint32_t),
                        (uint32_t)submission->number);
    vkCmdPipelineBarrier(submission->commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0,
                         1, &counter, 0, NULL, 0, NULL);
}

enum base_status gpu_hand_over(struct gpu *gpu, VkSemaphore wait, VkSemaphore signal)
{
    if (!gpu->recording)
        return BASE_OK;
    struct gpu_submission *submission = gpu_place(gpu, gpu->next_number);
    gpu_close_record(submission);
    record_counter(gpu, submission);
    const VkSemaphore signals[2] = {gpu->timeline, signal};
    const uint64_t values[2] = {submission->number, 0}, no_value = 0;
    const VkPipelineStageFlags wait_stage = VK_PIPELINE_STAGE_TRANSFER_BIT;
    const uint32_t n_waits = wait ? 1 : 0, n_signals = signal ? 2 : 1;
    VkTimelineSemaphoreSubmitInfo timeline = {.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
                                              .waitSemaphoreValueCount = n_waits,
                                              .pWaitSemaphoreValues = &no_value,
                                              .signalSemaphoreValueCount = n_signals,
                                              .pSignalSemaphoreValues = values};
    VkSubmitInfo info = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
                         .pNext = &timeline,
                         .waitSemaphoreCount = n_waits,
                         .pWaitSemaphores = &wait,
                         .pWaitDstStageMask = &wait_stage,
                         .commandBufferCount = 1,
                         .pCommandBuffers = &submission->commands,
                         .signalSemaphoreCount = n_signals,
                         .pSignalSemaphores = signals};
    VkResult result = vkEndCommandBuffer(submission->commands);
    submission->submitted_ns = base_clock_ns();
    if (result == VK_SUCCESS)
        result = vkQueueSubmit(gpu->queue, 1, &info, VK_NULL_HANDLE);
    gpu->recording = false;
    if (result != VK_SUCCESS) /* what was recorded is gone, so nothing after it would be right */
        return gpu_break(gpu, gpu_failed(gpu, result, "vkQueueSubmit", "submission"));
    gpu->next_number++;
    gpu->idle_ns = base_maximum(gpu->idle_ns, submission->submitted_ns) + submission->expected_ns;
    if (submission->has_dispatch && gpu->first_dispatch_ns == 0)
        gpu->first_dispatch_ns = submission->submitted_ns - gpu->open_ns;
    return BASE_OK;
}

/* ---- between ---- */

void gpu_set_between(struct gpu *gpu, enum base_status (*between)(void *context), void *context)
{
    gpu->between = between;
    gpu->between_context = context;
    gpu->held = false;
}

void gpu_set_hold(struct gpu *gpu, bool hold)
{
    gpu->held = hold;
}

/* What `between` leaves recorded is handed over, so that the caller finds nothing half recorded either. */
static enum base_status serve(struct gpu *gpu)
{
    if (!gpu->between || gpu->serving || gpu->drawing)
        return BASE_OK;
    gpu->serving = true;
    enum base_status status = gpu->between(gpu->between_context);
    if (gpu->drawing && gpu_draw_end(gpu) == BASE_OK && status == BASE_OK)
        status = base_fail(BASE_ERROR_INTERNAL, "gpu_draw_begin without gpu_draw_end in what is called "
                                                "between submissions");
    if (status == BASE_OK)
        status = gpu_hand_over(gpu, VK_NULL_HANDLE, VK_NULL_HANDLE);
    gpu->serving = false;
    return status;
}

enum base_status gpu_submit(struct gpu *gpu)
{
    if (!gpu->recording)
        return BASE_OK;
    BASE_TRY(gpu_hand_over(gpu, VK_NULL_HANDLE, VK_NULL_HANDLE));
    return serve(gpu);
}

enum base_status gpu_attend(struct gpu *gpu)
{
    BASE_TRY(gpu_idle_of_draws(gpu, "gpu_attend"));
    return gpu->recording ? gpu_submit(gpu) : serve(gpu);
}

enum base_status gpu_may_wait(const struct gpu *gpu, const char *what)
{
    if (!gpu->serving)
        return BASE_OK;
    return base_fail(BASE_ERROR_INTERNAL, "%s waits, and was called from within what gpu_set_between set",
                     what);
}

/* ---- completion ---- */

/* The time of records [first, end) divided in proportion to what was expected. */
static void divide(const struct gpu_submission *submission, uint32_t first, uint32_t end, double elapsed,
                   double *ns)
{
    double weights = 0;
    for (uint32_t i = first; i < end; i++)
        weights += (double)submission->records[i].expected_ns + 1;
    for (uint32_t i = first; i < end; i++)
        ns[i] = elapsed * ((double)submission->records[i].expected_ns + 1) / weights;
}

/* Device time of each record, in ns. Timestamps stand after records, so differences divide the whole time
 * among them. A submission may have begun while the one before still ran; its first record then starts there.
 * Without timestamps the host's time is divided in proportion to what was expected: good enough for sizing.
 */
static bool measure(struct gpu *gpu, const struct gpu_submission *submission, double ns[GPU_MAX_RECORDS])
{
    uint64_t ticks[GPU_MAX_RECORDS + 1], mask = gpu->candidate.timestamp_mask;
    uint32_t n = submission->n_ticks, first = 0;
    if (submission->queries) {
        VkResult result =
            vkGetQueryPoolResults(gpu->device, submission->queries, 0, n + 1, (n + 1) * sizeof *ticks, ticks,
                                  sizeof *ticks, VK_QUERY_RESULT_64_BIT);
        vkResetQueryPool(gpu->device, submission->queries, 0, n + 1);
        if (result != VK_SUCCESS)
            return false;
        uint64_t before = ticks[0];
        if (gpu->last_tick && ((gpu->last_tick - before) & mask) < mask / 2)
            before = gpu->last_tick;
        for (uint32_t i = 0; i < submission->n_records; i++) {
            uint32_t tick = submission->records[i].tick;
            if (tick == 0)
                continue;
            uint64_t passed = (ticks[tick] - before) & mask;
            bool forwards = passed < mask / 2;
            divide(submission, first, i + 1,
                   forwards ? (double)passed * gpu->information.capabilities.timestamp_ns : 0, ns);
            before = forwards ? ticks[tick] : before;
            first = i + 1;
        }
        gpu->last_tick = before;
        return true;
    }
    uint64_t now = base_clock_ns(), start = base_maximum(submission->submitted_ns, gpu->last_done_ns);
    gpu->last_done_ns = now;
    divide(submission, 0, submission->n_records, (double)(now - start), ns);
    return true;
}

/* A share of a time that several records had together teaches nothing new of what each costs. */
static void learn(struct gpu *gpu, const struct gpu_submission *submission)
{
    double ns[GPU_MAX_RECORDS], all = 0;
    bool alone = true;
    if (submission->n_records == 0 && submission->queries)
        vkResetQueryPool(gpu->device, submission->queries, 0, 1);
    if (submission->n_records == 0 || !measure(gpu, submission, ns))
        return;
    for (uint32_t i = 0; i < submission->n_records; i++) {
        const struct gpu_record *record = &submission->records[i];
        all += ns[i];
        bool learns = alone && record->tick != 0;
        alone = record->tick != 0;
        if (!record->pipeline)
            continue;
        record->pipeline->timed_dispatches += record->dispatches;
        record->pipeline->timed_ns += submission->queries ? (uint64_t)ns[i] : 0;
        if (!learns)
            continue;
        record->pipeline->ns = 0.8 * record->pipeline->ns + ns[i];
        record->pipeline->work = 0.8 * record->pipeline->work + record->work;
    }
    if (submission->has_dispatch && submission->queries) {
        gpu->slices.n++;
        gpu->slices.ns += (uint64_t)all;
        gpu->slices.longest_ns = base_maximum(gpu->slices.longest_ns, (uint64_t)all);
    }
}

static enum base_status complete(struct gpu *gpu, uint64_t number)
{
    struct gpu_submission *submission = gpu_place(gpu, number);
    const volatile uint32_t *counters = gpu_map(gpu->counters);
    gpu->completed = number;
    if (counters[number % GPU_SUBMISSIONS] != (uint32_t)number) {
        base_fail(
            BASE_ERROR_DEVICE_LOST,
            "%s dropped work and reported success: a submission did not write its completion counter; its "
            "driver most likely cancelled it for taking too long (dmesg may say so). Results are not to be "
            "trusted; run again, with a smaller run if it happens again",
            gpu->information.name);
        return gpu_break(gpu, BASE_ERROR_DEVICE_LOST);
    }
    gpu_staging_give(gpu, &submission->staging);
    learn(gpu, submission);
    return BASE_OK;
}

static enum base_status complete_to(struct gpu *gpu, uint64_t number)
{
    while (gpu->completed < number)
        BASE_TRY(complete(gpu, gpu->completed + 1));
    gpu->idle_ns = base_clock_ns();
    for (uint64_t n = number + 1; n < gpu->next_number; n++)
        gpu->idle_ns += gpu_place(gpu, n)->expected_ns;
    gpu_buffers_collect(gpu);
    gpu_images_collect(gpu);
    gpu_pipelines_collect(gpu);
    return BASE_OK;
}

/* *reached false: not within `ns`. */
static enum base_status wait_for(struct gpu *gpu, uint64_t number, uint64_t ns, bool *reached)
{
    VkSemaphoreWaitInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
                                .semaphoreCount = 1,
                                .pSemaphores = &gpu->timeline,
                                .pValues = &number};
    *reached = false;
    VkResult result = vkWaitSemaphores(gpu->device, &info, ns);
    if (result == VK_TIMEOUT && ns < longest_wait_ns)
        return BASE_OK;
    if (result == VK_TIMEOUT)
        result = VK_ERROR_DEVICE_LOST;
    if (result != VK_SUCCESS)
        return gpu_break(gpu, gpu_failed(gpu, result, "vkWaitSemaphores", "waiting"));
    *reached = true;
    return gpu->completed < number ? complete_to(gpu, number) : BASE_OK;
}

enum base_status gpu_reach(struct gpu *gpu, uint64_t number)
{
    const uint64_t turn_ns = 1000000, began = base_clock_ns();
    bool reached = gpu->completed >= number;
    while (!reached && gpu->between && !gpu->serving && !gpu->drawing) {
        BASE_TRY(gpu_hand_over(gpu, VK_NULL_HANDLE, VK_NULL_HANDLE));
        BASE_TRY(serve(gpu));
        if (base_clock_ns() - began > longest_wait_ns)
            break;
        BASE_TRY(wait_for(gpu, number, turn_ns, &reached));
    }
    return reached ? BASE_OK : wait_for(gpu, number, longest_wait_ns, &reached);
}

/* With a window a second piece of work is not queued behind one that has long to run: a hand's picture would
 * stand behind both. Recording begins a little before the device is through, so that it does not stand idle
 * meanwhile. What was expected wrongly costs a pause of the device at most, never a wait for more than it
 * has; frames that follow each other without end hold the work up for `longest_ns` at a time. */
static enum base_status await_lull(struct gpu *gpu)
{
    const uint64_t turn_ns = 1000000, rest_ns = 250000, ahead_ns = 700000, longest_ns = 100000000;
    const uint64_t began = base_clock_ns();
    bool reached;
    for (;;) {
        const uint64_t now = base_clock_ns(), last = gpu->next_number - 1;
        const bool done = gpu->completed >= last, lull = done || gpu->idle_ns <= now + ahead_ns;
        if ((lull && !gpu->held) || now > began + longest_ns)
            return BASE_OK;
        if (done) /* held, with nothing to wait for but time: for what is not submitted yet */
            BASE_TRY(wait_for(gpu, last + 1, rest_ns, &reached));
        else
            BASE_TRY(wait_for(
                gpu, last, lull ? turn_ns : base_minimum(turn_ns, gpu->idle_ns - ahead_ns - now), &reached));
        BASE_TRY(serve(gpu));
    }
}

/* The target is set once, so that frames which are drawn meanwhile cannot put it off for ever. */
enum base_status gpu_await_place(struct gpu *gpu)
{
    const uint64_t in_flight = gpu->between ? GPU_IN_FLIGHT_BETWEEN : GPU_IN_FLIGHT;
    bool reached;
    if (!gpu->serving && gpu->next_number > 1 + in_flight)
        BASE_TRY(gpu_reach(gpu, gpu->next_number - 1 - in_flight));
    if (gpu->between && !gpu->serving)
        BASE_TRY(await_lull(gpu));
    if (gpu->next_number - gpu->completed <= GPU_SUBMISSIONS)
        return BASE_OK;
    return wait_for(gpu, gpu->next_number - GPU_SUBMISSIONS, longest_wait_ns, &reached);
}

/* The timeline covers all that was submitted. Only when it fails, on a lost device, the device is asked: some
 * null drivers, which compile and execute nothing, crash when they are. */
void gpu_finish(struct gpu *gpu)
{
    uint64_t last = gpu->next_number - 1;
    VkSemaphoreWaitInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
                                .semaphoreCount = 1,
                                .pSemaphores = &gpu->timeline,
                                .pValues = &last};
    if (last > 0 && vkWaitSemaphores(gpu->device, &info, longest_wait_ns) != VK_SUCCESS)
        vkDeviceWaitIdle(gpu->device);
    gpu->completed = UINT64_MAX;
}

enum base_status gpu_poll(struct gpu *gpu)
{
    uint64_t value = 0;
    if (gpu->completed + 1 == gpu->next_number)
        return BASE_OK;
    VkResult result = vkGetSemaphoreCounterValue(gpu->device, gpu->timeline, &value);
    if (result != VK_SUCCESS)
        return gpu_break(gpu, gpu_failed(gpu, result, "vkGetSemaphoreCounterValue", "waiting"));
    return complete_to(gpu, base_minimum(value, gpu->next_number - 1));
}

enum base_status gpu_flush(struct gpu *gpu)
{
    BASE_TRY(gpu_idle_of_draws(gpu, "gpu_flush"));
    return gpu_submit(gpu);
}

enum base_status gpu_wait(struct gpu *gpu)
{
    BASE_TRY(gpu_idle_of_draws(gpu, "gpu_wait"));
    BASE_TRY(gpu_may_wait(gpu, "gpu_wait"));
    BASE_TRY(gpu_submit(gpu));
    return gpu_reach(gpu, gpu->next_number - 1);
}

uint64_t gpu_mark(const struct gpu *gpu)
{
    return gpu->recording ? gpu->next_number : gpu->next_number - 1;
}

bool gpu_passed(struct gpu *gpu, uint64_t mark)
{
    if (gpu->broken == BASE_OK && gpu->completed < mark)
        (void)gpu_poll(gpu);
    return gpu->broken == BASE_OK && gpu->completed >= mark;
}

struct gpu_traffic gpu_traffic(const struct gpu *gpu)
{
    return gpu->traffic;
}

struct gpu_slices gpu_slices(const struct gpu *gpu)
{
    return gpu->slices;
}

void gpu_set_submission_limit(struct gpu *gpu, uint64_t ns)
{
    gpu->submission_limit_ns = base_maximum(ns, 1);
}

uint64_t gpu_submission_limit(const struct gpu *gpu)
{
    return gpu->submission_limit_ns;
}

uint64_t gpu_recorded_ns(const struct gpu *gpu)
{
    return gpu->recording ? gpu->submissions[gpu->next_number % GPU_SUBMISSIONS].expected_ns : 0;
}

uint64_t gpu_first_dispatch_ns(const struct gpu *gpu)
{
    return gpu->first_dispatch_ns;
}

/* ---- timing ---- */

void gpu_timing_reset(struct gpu *gpu)
{
    for (struct gpu_pipeline *pipeline = gpu->pipelines; pipeline; pipeline = pipeline->next)
        pipeline->timed_dispatches = pipeline->timed_ns = 0;
}

enum base_status gpu_timings(struct gpu *gpu, struct gpu_timing **timings, uint32_t *count)
{
    *timings = NULL;
    *count = 0;
    BASE_TRY(gpu_wait(gpu));
    return gpu_timings_so_far(gpu, timings, count);
}

enum base_status gpu_timings_so_far(struct gpu *gpu, struct gpu_timing **timings, uint32_t *count)
{
    uint32_t n_pipelines = 0;
    *timings = NULL;
    *count = 0;
    for (const struct gpu_pipeline *pipeline = gpu->pipelines; pipeline; pipeline = pipeline->next)
        n_pipelines++;
    BASE_TRY(base_allocate(timings, n_pipelines, sizeof **timings, "the timings"));
    for (const struct gpu_pipeline *pipeline = gpu->pipelines; pipeline; pipeline = pipeline->next) {
        uint32_t at = 0;
        if (pipeline->timed_dispatches == 0)
            continue;
        while (at < *count && (*timings)[at].kernel != pipeline->kernel->name)
            at++;
        *count += at == *count;
        (*timings)[at].kernel = pipeline->kernel->name;
        (*timings)[at].dispatches += pipeline->timed_dispatches;
        (*timings)[at].ns += pipeline->timed_ns;
    }
    return BASE_OK;
}
