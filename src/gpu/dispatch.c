/* Dispatches: checks, folding, cutting. */
#include "base/memory.h"
#include "gpu/internal.h"

/* A kernel whose cost is unknown starts with this many groups, alone in a submission when more follow: a
 * share of what the smallest GPU runs at a time, so its duration says what a group costs. */
enum { FIRST_GROUPS = 64 };

enum base_status gpu_check_call(const struct gpu *gpu, const struct gpu_kernel *kernel, const void *params,
                                const struct gpu_range *ranges)
{
    const struct gpu_capabilities *capabilities = &gpu->information.capabilities;
    if (kernel->params_bytes > 0 && !params)
        return base_fail(BASE_ERROR_INTERNAL, "kernel %s: no parameters given", kernel->name);
    for (uint32_t i = 0; i < kernel->n_bindings; i++) {
        const struct gpu_range *range = &ranges[i];
        const char *binding = kernel->bindings[i].name;
        uint64_t end;
        if (!range->buffer)
            return base_fail(BASE_ERROR_INTERNAL, "kernel %s: binding %s has no buffer", kernel->name,
                             binding);
        if (range->bytes == 0 || range->bytes % 4 != 0 || range->offset % capabilities->offset_alignment != 0)
            return base_fail(
                BASE_ERROR_INTERNAL,
                "kernel %s: binding %s: %llu bytes at offset %llu of \"%s\" (bytes must be a multiple "
                "of 4 above 0, offsets of %u)",
                kernel->name, binding, (unsigned long long)range->bytes, (unsigned long long)range->offset,
                range->buffer->name, capabilities->offset_alignment);
        if (BASE_ADD_OVERFLOWS(range->offset, range->bytes, &end) ||
            end > base_round_up(range->buffer->bytes, 4))
            return base_fail(BASE_ERROR_INTERNAL,
                             "kernel %s: binding %s: %llu bytes at offset %llu of \"%s\", which has %llu",
                             kernel->name, binding, (unsigned long long)range->bytes,
                             (unsigned long long)range->offset, range->buffer->name,
                             (unsigned long long)range->buffer->bytes);
        if (range->bytes > capabilities->storage_range_bytes)
            return base_fail(BASE_ERROR_INTERNAL,
                             "kernel %s: binding %s: a range of %llu bytes of \"%s\", and %s allows %llu",
                             kernel->name, binding, (unsigned long long)range->bytes, range->buffer->name,
                             gpu->information.name, (unsigned long long)capabilities->storage_range_bytes);
    }
    return BASE_OK;
}

/* ---- folding ----
 * Groups are numbered y * x_count + x. Up to the device's limit in x they stand in one row, which may be cut
 * anywhere; more are folded into rows of equal length, cut between rows. Rows are then kept short where a
 * group is dear, so that there are places to cut. */

struct fold {
    uint32_t columns, rows;
};

static enum base_status fold(const struct gpu *gpu, const struct gpu_pipeline *pipeline, uint64_t n_groups,
                             double group_work, struct fold *out)
{
    const uint32_t *most = gpu->information.capabilities.max_groups;
    uint64_t columns = FIRST_GROUPS;
    if (n_groups <= most[0]) {
        *out = (struct fold){(uint32_t)n_groups, 1};
        return BASE_OK;
    }
    if (n_groups > UINT32_MAX - most[0] || base_divide_up(n_groups, most[0]) > most[1])
        return base_fail(BASE_ERROR_INTERNAL,
                         "kernel %s: %llu groups are more than %s allows in one dispatch",
                         pipeline->kernel->name, (unsigned long long)n_groups, gpu->information.name);
    if (pipeline->work > 0) {
        double group_ns = (pipeline->ns + 1) / pipeline->work * group_work;
        double quarter = (double)gpu->submission_limit_ns / 4 / group_ns;
        columns = quarter < most[0] ? (uint64_t)quarter : most[0];
    }
    columns = base_maximum(columns, base_divide_up(n_groups, most[1]));
    columns = base_minimum(base_maximum(columns, 1), most[0]);
    uint64_t rows = base_divide_up(n_groups, columns);
    *out = (struct fold){(uint32_t)base_divide_up(n_groups, rows), (uint32_t)rows};
    return BASE_OK;
}

/* ---- recording ---- */

static double group_work(const struct gpu_dispatch_parameters *parameters)
{
    return parameters->group_work > 0 ? parameters->group_work : 1;
}

/* Expected device time of so much work; an unmeasured kernel counts as an eighth of the limit. */
static uint64_t expected_ns(const struct gpu *gpu, const struct gpu_pipeline *pipeline, double work)
{
    if (pipeline->work <= 0)
        return gpu->submission_limit_ns / 8 + 1;
    double ns = work * pipeline->ns / pipeline->work;
    return ns < 1e18 ? (uint64_t)ns : UINT64_C(1000000000000000000);
}

static enum base_status record_slice(struct gpu *gpu, const struct gpu_dispatch_parameters *parameters,
                                     struct gpu_pipeline *pipeline, const uint32_t base[2],
                                     const uint32_t count[2])
{
    const struct gpu_kernel *kernel = parameters->kernel;
    struct gpu_submission *submission;
    VkDescriptorSet set;
    double work = (double)count[0] * count[1] * group_work(parameters);
    BASE_TRY(gpu_recording(gpu, &submission));
    BASE_TRY(gpu_descriptor_set(gpu, submission, pipeline->layout, parameters->ranges, &set));
    for (uint32_t i = 0; i < kernel->n_bindings; i++)
        gpu_note(gpu, parameters->ranges[i].buffer, kernel->bindings[i].access);
    gpu_command(gpu, submission, GPU_USE_COMPUTE,
                &(struct gpu_record){.pipeline = pipeline,
                                     .work = work,
                                     .expected_ns = expected_ns(gpu, pipeline, work),
                                     .dispatches = base[0] == 0 && base[1] == 0});
    VkCommandBuffer commands = submission->commands;
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline->handle);
    vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline->layout->pipeline, 0, 1, &set,
                            0, NULL);
    if (kernel->params_bytes > 0)
        vkCmdPushConstants(commands, pipeline->layout->pipeline, VK_SHADER_STAGE_COMPUTE_BIT, 0,
                           kernel->params_bytes, parameters->params);
    vkCmdDispatchBase(commands, base[0], base[1], 0, count[0], count[1], 1);
    submission->has_dispatch = true;
    return BASE_OK;
}

/* How many of `remaining` units (groups of one row, or rows) of `groups_each` groups, `work_each` together,
 * go into the submission being recorded; 0: none, a new one is to be begun. A unit is never cut. */
static uint64_t units_that_fit(const struct gpu *gpu, const struct gpu_pipeline *pipeline, uint64_t remaining,
                               uint64_t groups_each, double work_each)
{
    const struct gpu_submission *submission = &gpu->submissions[gpu->next_number % GPU_SUBMISSIONS];
    uint64_t limit = gpu->submission_limit_ns, used = gpu->recording ? submission->expected_ns : 0;
    if (pipeline->work <= 0)
        return base_minimum(remaining, base_maximum(FIRST_GROUPS / groups_each, 1));
    if (used > 0 &&
        expected_ns(gpu, pipeline, (double)remaining * work_each) > limit - base_minimum(used, limit) &&
        used > limit / 2)
        return 0;
    double unit_ns = pipeline->ns / pipeline->work * work_each;
    double fit = (double)(limit - base_minimum(used, limit)) / (unit_ns + 1e-9);
    return fit >= (double)remaining ? remaining : base_maximum((uint64_t)fit, 1);
}

/* Submits when the recording is long enough, or when the device has nothing to do and there is something
 * worth giving it. */
static enum base_status submit_if_due(struct gpu *gpu)
{
    enum { WORTH_SUBMITTING = 16 };
    const struct gpu_submission *submission = &gpu->submissions[gpu->next_number % GPU_SUBMISSIONS];
    if (submission->expected_ns >= gpu->submission_limit_ns)
        return gpu_submit(gpu);
    if (submission->n_commands % WORTH_SUBMITTING != 0)
        return BASE_OK;
    BASE_TRY(gpu_poll(gpu));
    return gpu->completed + 1 == gpu->next_number ? gpu_submit(gpu) : BASE_OK;
}

static enum base_status record_all(struct gpu *gpu, const struct gpu_dispatch_parameters *parameters,
                                   struct gpu_pipeline *pipeline, struct fold folded)
{
    bool one_row = folded.rows == 1;
    uint64_t units = one_row ? folded.columns : folded.rows, each = one_row ? 1 : folded.columns, done = 0;
    while (done < units) {
        bool measured = pipeline->work > 0;
        uint64_t take =
            units_that_fit(gpu, pipeline, units - done, each, (double)each * group_work(parameters));
        if (take > 0) {
            uint32_t base[2] = {one_row ? (uint32_t)done : 0, one_row ? 0 : (uint32_t)done};
            uint32_t count[2] = {one_row ? (uint32_t)take : folded.columns, one_row ? 1 : (uint32_t)take};
            BASE_TRY(record_slice(gpu, parameters, pipeline, base, count));
            done += take;
        }
        if (done < units)
            BASE_TRY(gpu_submit(gpu));
        if (done < units && !measured)
            BASE_TRY(gpu_reach(gpu, gpu->next_number - 1));
    }
    return submit_if_due(gpu);
}

enum base_status gpu_dispatch(struct gpu *gpu, const struct gpu_dispatch_parameters *parameters)
{
    struct gpu_pipeline *pipeline;
    struct fold folded = {0, 0};
    BASE_TRY(gpu_idle_of_draws(gpu, "gpu_dispatch"));
    if (parameters->kernel->draw)
        return base_fail(BASE_ERROR_INTERNAL, "%s is a draw, not a kernel", parameters->kernel->name);
    BASE_TRY(gpu_pipeline_get(gpu, parameters->kernel, parameters->level, parameters->constants,
                              parameters->n_constants, &pipeline));
    BASE_TRY(gpu_check_call(gpu, parameters->kernel, parameters->params, parameters->ranges));
    if (parameters->n_groups == 0 || gpu->compile_only)
        return BASE_OK;
    BASE_TRY(fold(gpu, pipeline, parameters->n_groups, group_work(parameters), &folded));
    return record_all(gpu, parameters, pipeline, folded);
}
