/* Recording: command buffers, descriptor sets, barriers, records of what is timed. */
#include "base/memory.h"
#include "base/platform.h"
#include "gpu/internal.h"
#include "gpu/testing.h"

#include <string.h>

enum { SETS_PER_POOL = 256, MAX_DESCRIPTOR_POOLS = 64 };
/* ---- making and unmaking ---- */

static enum base_status create_submission(struct gpu *gpu, struct gpu_submission *submission)
{
    VkResult result =
        vkCreateCommandPool(gpu->device,
                            &(VkCommandPoolCreateInfo){.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                                       .flags = VK_COMMAND_POOL_CREATE_TRANSIENT_BIT,
                                                       .queueFamilyIndex = gpu->candidate.family},
                            NULL, &submission->pool);
    if (result != VK_SUCCESS) {
        submission->pool = VK_NULL_HANDLE;
        return gpu_failed(gpu, result, "vkCreateCommandPool", "start-up");
    }
    result = vkAllocateCommandBuffers(
        gpu->device,
        &(VkCommandBufferAllocateInfo){.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                       .commandPool = submission->pool,
                                       .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                       .commandBufferCount = 1},
        &submission->commands);
    if (result != VK_SUCCESS)
        return gpu_failed(gpu, result, "vkAllocateCommandBuffers", "start-up");
    if (!gpu->information.capabilities.timestamps)
        return BASE_OK;
    result = vkCreateQueryPool(gpu->device,
                               &(VkQueryPoolCreateInfo){.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
                                                        .queryType = VK_QUERY_TYPE_TIMESTAMP,
                                                        .queryCount = GPU_MAX_RECORDS + 1},
                               NULL, &submission->queries);
    if (result != VK_SUCCESS) {
        submission->queries = VK_NULL_HANDLE;
        return gpu_failed(gpu, result, "vkCreateQueryPool", "start-up");
    }
    vkResetQueryPool(gpu->device, submission->queries, 0, GPU_MAX_RECORDS + 1);
    return BASE_OK;
}

enum base_status gpu_commands_create(struct gpu *gpu)
{
    VkSemaphoreTypeCreateInfo type = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
                                      .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
    VkSemaphoreCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type};
    if (gpu->compile_only) /* null drivers have no semaphores */
        return BASE_OK;
    VkResult result = vkCreateSemaphore(gpu->device, &info, NULL, &gpu->timeline);
    if (result != VK_SUCCESS) {
        gpu->timeline = VK_NULL_HANDLE;
        if (gpu_failed(gpu, result, "vkCreateSemaphore", "start-up") != BASE_ERROR_INTERNAL)
            return gpu_failed(gpu, result, "vkCreateSemaphore", "start-up");
        return base_fail(BASE_ERROR_NO_DEVICE,
                         "%s cannot be used: its driver makes no timeline semaphore (VkResult "
                         "%d)",
                         gpu->information.name, result);
    }
    for (uint32_t i = 0; i < GPU_SUBMISSIONS; i++)
        BASE_TRY(create_submission(gpu, &gpu->submissions[i]));
    BASE_TRY(gpu_buffer_create(gpu, "completion counters", GPU_SUBMISSIONS * sizeof(uint32_t), GPU_HOST,
                               &gpu->counters));
    memset(gpu_map(gpu->counters), 0, GPU_SUBMISSIONS * sizeof(uint32_t));
    return BASE_OK;
}

void gpu_commands_destroy(struct gpu *gpu)
{
    for (uint32_t i = 0; i < GPU_SUBMISSIONS; i++) {
        struct gpu_submission *submission = &gpu->submissions[i];
        for (uint32_t p = 0; p < submission->n_descriptor_pools; p++)
            vkDestroyDescriptorPool(gpu->device, submission->descriptor_pools[p], NULL);
        base_free(submission->descriptor_pools);
        if (submission->queries)
            vkDestroyQueryPool(gpu->device, submission->queries, NULL);
        if (submission->pool)
            vkDestroyCommandPool(gpu->device, submission->pool, NULL);
        gpu_buffer_destroy(gpu, &submission->staging);
    }
    while (gpu->staging) {
        struct gpu_buffer *staging = gpu->staging;
        gpu->staging = staging->next;
        gpu_buffer_destroy(gpu, &staging);
    }
    gpu_buffer_destroy(gpu, &gpu->counters);
    if (gpu->timeline)
        vkDestroySemaphore(gpu->device, gpu->timeline, NULL);
}

/* ---- recording ---- */

static enum base_status begin(struct gpu *gpu)
{
    BASE_TRY(gpu_await_place(gpu));
    struct gpu_submission *submission = gpu_place(gpu, gpu->next_number);
    VkResult result = vkResetCommandPool(gpu->device, submission->pool, 0);
    if (result == VK_SUCCESS)
        result = vkBeginCommandBuffer(
            submission->commands,
            &(VkCommandBufferBeginInfo){.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                        .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT});
    for (uint32_t i = 0; i < submission->n_descriptor_pools && result == VK_SUCCESS; i++)
        result = vkResetDescriptorPool(gpu->device, submission->descriptor_pools[i], 0);
    if (result != VK_SUCCESS)
        return gpu_failed(gpu, result, "vkBeginCommandBuffer", "recording");
    submission->number = gpu->next_number;
    submission->descriptor_pool = 0;
    submission->n_records = 0;
    submission->n_ticks = 0;
    submission->n_commands = 0;
    submission->expected_ns = 0;
    submission->has_dispatch = false;
    submission->staging_used = 0;
    if (submission->queries)
        vkCmdWriteTimestamp(submission->commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, submission->queries, 0);
    gpu->recording = true;
    return BASE_OK;
}

enum base_status gpu_recording(struct gpu *gpu, struct gpu_submission **out)
{
    const struct gpu_submission *present = gpu_place(gpu, gpu->next_number);
    if (gpu->recording && !gpu->drawing &&
        (present->n_records == GPU_MAX_RECORDS || present->n_commands >= GPU_MAX_COMMANDS))
        BASE_TRY(gpu_submit(gpu));
    if (!gpu->recording)
        BASE_TRY(begin(gpu));
    *out = gpu_place(gpu, gpu->next_number);
    gpu->n_noted = 0;
    return BASE_OK;
}

static enum base_status add_descriptor_pool(struct gpu *gpu, struct gpu_submission *submission)
{
    if (submission->n_descriptor_pools == MAX_DESCRIPTOR_POOLS)
        return base_fail(BASE_ERROR_INTERNAL, "too many descriptor sets in one submission");
    if (!submission->descriptor_pools)
        BASE_TRY(base_allocate(&submission->descriptor_pools, MAX_DESCRIPTOR_POOLS,
                               sizeof *submission->descriptor_pools, "descriptor pools"));
    VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, SETS_PER_POOL * GPU_MAX_BINDINGS};
    VkDescriptorPoolCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
                                       .maxSets = SETS_PER_POOL,
                                       .poolSizeCount = 1,
                                       .pPoolSizes = &size};
    VkResult result = vkCreateDescriptorPool(gpu->device, &info, NULL,
                                             &submission->descriptor_pools[submission->n_descriptor_pools]);
    if (result != VK_SUCCESS)
        return gpu_failed(gpu, result, "vkCreateDescriptorPool", "recording");
    submission->n_descriptor_pools++;
    return BASE_OK;
}

enum base_status gpu_descriptor_set(struct gpu *gpu, struct gpu_submission *submission,
                                    const struct gpu_layout *layout, const struct gpu_range *ranges,
                                    VkDescriptorSet *out)
{
    VkDescriptorBufferInfo buffers[GPU_MAX_BINDINGS];
    VkWriteDescriptorSet writes[GPU_MAX_BINDINGS];
    for (;;) {
        if (submission->descriptor_pool == submission->n_descriptor_pools)
            BASE_TRY(add_descriptor_pool(gpu, submission));
        VkDescriptorSetAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
                                            .descriptorPool =
                                                submission->descriptor_pools[submission->descriptor_pool],
                                            .descriptorSetCount = 1,
                                            .pSetLayouts = &layout->set};
        VkResult result = vkAllocateDescriptorSets(gpu->device, &info, out);
        if (result == VK_SUCCESS)
            break;
        if (result != VK_ERROR_OUT_OF_POOL_MEMORY && result != VK_ERROR_FRAGMENTED_POOL)
            return gpu_failed(gpu, result, "vkAllocateDescriptorSets", "recording");
        submission->descriptor_pool++;
    }
    for (uint32_t i = 0; i < layout->n_bindings; i++) {
        buffers[i] = (VkDescriptorBufferInfo){ranges[i].buffer->handle, ranges[i].offset, ranges[i].bytes};
        writes[i] = (VkWriteDescriptorSet){.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                           .dstSet = *out,
                                           .dstBinding = i,
                                           .descriptorCount = 1,
                                           .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                           .pBufferInfo = &buffers[i]};
    }
    vkUpdateDescriptorSets(gpu->device, layout->n_bindings, writes, 0, NULL);
    return BASE_OK;
}

/* ---- barriers ----
 * Commands are numbered. Every buffer keeps the number of the last command that wrote it and that read it, by
 * use; synced[from][to] is the number up to which commands of one use are known to precede those of another.
 * A command needs a barrier against a use when a number it depends on lies above that. */

static const VkPipelineStageFlags stages_of[GPU_USES] = {
    [GPU_USE_COMPUTE] = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
    [GPU_USE_TRANSFER] = VK_PIPELINE_STAGE_TRANSFER_BIT,
    [GPU_USE_DRAW] = VK_PIPELINE_STAGE_VERTEX_SHADER_BIT | VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT,
};
static const VkAccessFlags writes_of[GPU_USES] = {
    [GPU_USE_COMPUTE] = VK_ACCESS_SHADER_WRITE_BIT,
    [GPU_USE_TRANSFER] = VK_ACCESS_TRANSFER_WRITE_BIT,
    [GPU_USE_DRAW] = 0,
};
static const VkAccessFlags accesses_of[GPU_USES] = {
    [GPU_USE_COMPUTE] = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT,
    [GPU_USE_TRANSFER] = VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
    [GPU_USE_DRAW] = VK_ACCESS_SHADER_READ_BIT,
};

void gpu_note(struct gpu *gpu, struct gpu_buffer *buffer, enum gpu_access access)
{
    gpu->noted[gpu->n_noted].buffer = buffer;
    gpu->noted[gpu->n_noted].access = access;
    gpu->n_noted++;
}

/* True when the noted accesses depend on commands of use `from` that are not yet known to precede use `to`.
 */
static bool depends_on(const struct gpu *gpu, enum gpu_use from, enum gpu_use to)
{
    for (uint32_t i = 0; i < gpu->n_noted; i++) {
        const struct gpu_buffer *buffer = gpu->noted[i].buffer;
        if (buffer->wrote[from] > gpu->synced[from][to])
            return true;
        if ((gpu->noted[i].access & GPU_WRITE) && buffer->read[from] > gpu->synced[from][to])
            return true;
    }
    return false;
}

void gpu_close_record(struct gpu_submission *submission)
{
    if (submission->n_records == 0)
        return;
    submission->records[submission->n_records - 1].tick = ++submission->n_ticks;
    if (submission->queries)
        vkCmdWriteTimestamp(submission->commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, submission->queries,
                            submission->n_ticks);
}

/* CPU drivers collect what is drawn and rasterise it at once; a timestamp between draws makes them wait for
 * all threads. So they time one pass in seventeen draw by draw, and of the others only the whole, which is
 * divided by what the draws took then. */
static bool pass_is_whole(const struct gpu *gpu)
{
    enum { PASSES = 17 }; /* odd: pictures of several passes have each of theirs timed */
    return gpu->drawing && gpu->drawn && gpu->information.type == GPU_CPU && gpu->n_passes % PASSES != 1;
}

/* A timestamp costs as much as a small dispatch on some devices, so there is one where the pipeline changes.
 * Draws of one image cannot be submitted apart; when they fill the records, the last one takes what is left.
 */
static void add_to_records(const struct gpu *gpu, struct gpu_submission *submission,
                           const struct gpu_record *record)
{
    struct gpu_record *last = submission->records + submission->n_records - 1;
    submission->expected_ns += record->expected_ns;
    submission->n_commands++;
    if (submission->n_records > 0 &&
        (last->pipeline == record->pipeline || submission->n_records == GPU_MAX_RECORDS)) {
        last->work += record->work;
        last->expected_ns += record->expected_ns;
        last->dispatches += record->dispatches;
        return;
    }
    if (!pass_is_whole(gpu))
        gpu_close_record(submission);
    submission->records[submission->n_records++] = *record;
}

void gpu_command(struct gpu *gpu, struct gpu_submission *submission, enum gpu_use use,
                 const struct gpu_record *record)
{
    VkPipelineStageFlags stages = 0;
    VkMemoryBarrier barrier = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .dstAccessMask = accesses_of[use]};
    add_to_records(gpu, submission, record);
    gpu->drawn = use == GPU_USE_DRAW;
    for (int from = 0; from < GPU_USES; from++)
        if (depends_on(gpu, (enum gpu_use)from, use)) {
            stages |= stages_of[from];
            barrier.srcAccessMask |= writes_of[from];
            gpu->synced[from][use] = gpu->n_commands;
        }
    if (stages && !gpu_testing.no_barriers)
        vkCmdPipelineBarrier(submission->commands, stages, stages_of[use], 0, 1, &barrier, 0, NULL, 0, NULL);
    gpu->n_commands++;
    for (uint32_t i = 0; i < gpu->n_noted; i++) {
        struct gpu_buffer *buffer = gpu->noted[i].buffer;
        buffer->submission = submission->number;
        if (gpu->noted[i].access & GPU_READ)
            buffer->read[use] = gpu->n_commands;
        if (gpu->noted[i].access & GPU_WRITE)
            buffer->wrote[use] = gpu->n_commands;
    }
    gpu->n_noted = 0;
}

void gpu_barrier_before_draws(struct gpu *gpu, struct gpu_submission *submission)
{
    VkMemoryBarrier barrier = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                               .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
                               .dstAccessMask = accesses_of[GPU_USE_DRAW]};
    vkCmdPipelineBarrier(submission->commands, stages_of[GPU_USE_COMPUTE] | stages_of[GPU_USE_TRANSFER],
                         stages_of[GPU_USE_DRAW], 0, 1, &barrier, 0, NULL, 0, NULL);
    gpu->synced[GPU_USE_COMPUTE][GPU_USE_DRAW] = gpu->n_commands;
    gpu->synced[GPU_USE_TRANSFER][GPU_USE_DRAW] = gpu->n_commands;
}
