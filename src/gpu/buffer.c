/* Buffers and the transfers between them and the host. */
#include "base/memory.h"
#include "gpu/internal.h"

#include <string.h>

/* Below this a busy buffer is written through the staging buffer; above it, waiting is cheaper than copying
 * twice where the host reaches the memory anyway. */
enum { SMALL_UPLOAD_BYTES = 1 << 20 };

static void buffer_free(struct gpu *gpu, struct gpu_buffer *buffer)
{
    if (buffer->handle) {
        gpu_name_object(gpu->device, VK_OBJECT_TYPE_BUFFER, (uint64_t)(uintptr_t)buffer->handle, NULL);
        vkDestroyBuffer(gpu->device, buffer->handle, NULL);
    }
    gpu_slice_give(gpu, &buffer->slice);
    base_free(buffer->stand_in);
    base_free(buffer->name);
    base_free(buffer);
}

enum base_status gpu_buffer_create(struct gpu *gpu, const char *name, uint64_t bytes, enum gpu_memory memory,
                                   struct gpu_buffer **out)
{
    enum base_status status;
    struct gpu_buffer *buffer = NULL;
    VkMemoryRequirements needed;
    VkResult result;
    VkBufferUsageFlags addressed =
        gpu_level_allowed(gpu, GPU_LEVEL_SUBGROUP) ? VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT : 0;
    *out = NULL;
    BASE_TRY(gpu_usable(gpu, "gpu_buffer_create"));
    if (bytes == 0 || bytes > UINT64_MAX / 2)
        return base_fail(BASE_ERROR_INTERNAL, "buffer \"%s\" of %llu bytes", name, (unsigned long long)bytes);
    if (bytes > gpu->information.capabilities.allocation_bytes && !gpu->compile_only)
        return base_fail(
            BASE_ERROR_DEVICE_MEMORY,
            "buffer \"%s\" needs %.1f MiB and %s allows %.1f MiB in one allocation; make the run "
            "smaller",
            name, (double)bytes / 1048576, gpu->information.name,
            (double)gpu->information.capabilities.allocation_bytes / 1048576);
    BASE_CHECK(base_allocate(&buffer, 1, sizeof *buffer, name));
    buffer->bytes = bytes;
    buffer->memory = memory;
    if (!(buffer->name = base_copy_string(name))) {
        status = base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for a buffer's name");
        goto error;
    }
    if (gpu->compile_only) {
        if (memory == GPU_HOST)
            BASE_CHECK(base_allocate(&buffer->stand_in, bytes, 1, name));
        *out = buffer;
        return BASE_OK;
    }
    result = vkCreateBuffer(gpu->device,
                            &(VkBufferCreateInfo){.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
                                                  .size = base_round_up(bytes, 4),
                                                  .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
                                                           VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                                                           VK_BUFFER_USAGE_TRANSFER_DST_BIT | addressed,
                                                  .sharingMode = VK_SHARING_MODE_EXCLUSIVE},
                            NULL, &buffer->handle);
    if (result != VK_SUCCESS) {
        buffer->handle = VK_NULL_HANDLE;
        status = gpu_failed(gpu, result, "vkCreateBuffer", name);
        goto error;
    }
    vkGetBufferMemoryRequirements(gpu->device, buffer->handle, &needed);
    BASE_CHECK(gpu_slice_take(gpu, &needed, memory, name, &buffer->slice));
    result = vkBindBufferMemory(gpu->device, buffer->handle, buffer->slice.memory, buffer->slice.offset);
    if (result != VK_SUCCESS) {
        status = gpu_failed(gpu, result, "vkBindBufferMemory", name);
        goto error;
    }
    gpu_name_object(gpu->device, VK_OBJECT_TYPE_BUFFER, (uint64_t)(uintptr_t)buffer->handle, name);
    *out = buffer;
    return BASE_OK;
error:
    if (buffer)
        buffer_free(gpu, buffer);
    return status;
}

uint64_t gpu_address(const struct gpu *gpu, const struct gpu_range *range)
{
    if (gpu->compile_only || !gpu_level_allowed(gpu, GPU_LEVEL_SUBGROUP))
        return 0;
    return vkGetBufferDeviceAddress(
               gpu->device,
               &(VkBufferDeviceAddressInfo){.sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO,
                                            .buffer = range->buffer->handle}) +
           range->offset;
}

void gpu_buffer_destroy(struct gpu *gpu, struct gpu_buffer **handle)
{
    struct gpu_buffer *buffer = *handle;
    if (!buffer)
        return;
    *handle = NULL;
    if (buffer->submission <= gpu->completed) {
        buffer_free(gpu, buffer);
        return;
    }
    buffer->next = gpu->dead_buffers;
    gpu->dead_buffers = buffer;
}

void gpu_buffers_collect(struct gpu *gpu)
{
    struct gpu_buffer **link = &gpu->dead_buffers;
    while (*link) {
        struct gpu_buffer *buffer = *link;
        if (buffer->submission > gpu->completed) {
            link = &buffer->next;
            continue;
        }
        *link = buffer->next;
        buffer_free(gpu, buffer);
    }
}

uint64_t gpu_buffer_bytes(const struct gpu_buffer *buffer)
{
    return buffer->bytes;
}

uint64_t gpu_buffer_version(const struct gpu_buffer *buffer)
{
    uint64_t last = buffer->uploaded;
    if (buffer->memory == GPU_HOST)
        return 0;
    for (int use = 0; use < GPU_USES; use++)
        last = base_maximum(last, buffer->wrote[use]);
    return last + 1;
}

void *gpu_map(struct gpu_buffer *buffer)
{
    if (buffer->stand_in)
        return buffer->stand_in;
    return buffer->memory == GPU_HOST ? buffer->slice.mapped : NULL;
}

struct gpu_range gpu_whole(struct gpu_buffer *buffer)
{
    return (struct gpu_range){buffer, 0, base_round_up(buffer->bytes, 4)};
}

/* ---- transfers ---- */

static enum base_status check_part(const struct gpu *gpu, const struct gpu_buffer *buffer, uint64_t offset,
                                   uint64_t bytes, const char *what)
{
    uint64_t end;
    BASE_TRY(gpu_idle_of_draws(gpu, what));
    if (BASE_ADD_OVERFLOWS(offset, bytes, &end) || end > buffer->bytes)
        return base_fail(BASE_ERROR_INTERNAL, "%s: bytes %llu to %llu of buffer \"%s\", which has %llu", what,
                         (unsigned long long)offset, (unsigned long long)(offset + bytes), buffer->name,
                         (unsigned long long)buffer->bytes);
    return BASE_OK;
}

/* True where the host may touch the buffer's memory itself, in between the device's commands. */
static bool is_direct(const struct gpu *gpu, const struct gpu_buffer *buffer)
{
    return buffer->slice.mapped &&
           (buffer->memory == GPU_HOST || gpu->information.capabilities.memory_shared_with_host);
}

void gpu_staging_give(struct gpu *gpu, struct gpu_buffer **staging)
{
    if (!*staging)
        return;
    (*staging)->next = gpu->staging;
    gpu->staging = *staging;
    *staging = NULL;
}

uint64_t gpu_staging_to_come(const struct gpu *gpu)
{
    uint64_t there = 0, most = GPU_IN_FLIGHT + 1; /* one is being recorded */
    for (const struct gpu_buffer *one = gpu->staging; one; one = one->next)
        there++;
    for (uint32_t i = 0; i < GPU_SUBMISSIONS; i++)
        there += gpu->submissions[i].staging != NULL;
    return there < most ? (most - there) * GPU_STAGING_BYTES : 0;
}

enum base_status gpu_staging_reserve(struct gpu *gpu)
{
    while (gpu_staging_to_come(gpu) > 0) {
        struct gpu_buffer *one;
        BASE_TRY(gpu_buffer_create(gpu, "staging", GPU_STAGING_BYTES, GPU_HOST, &one));
        gpu_staging_give(gpu, &one);
    }
    return BASE_OK;
}

enum base_status gpu_staging(struct gpu *gpu, uint64_t bytes, struct gpu_buffer **buffer, uint64_t *offset)
{
    struct gpu_submission *submission;
    BASE_TRY(gpu_recording(gpu, &submission));
    if (submission->staging_used + bytes > GPU_STAGING_BYTES) {
        BASE_TRY(gpu_submit(gpu));
        BASE_TRY(gpu_recording(gpu, &submission));
    }
    if (!submission->staging && gpu->staging) {
        submission->staging = gpu->staging;
        gpu->staging = submission->staging->next;
    }
    if (!submission->staging)
        BASE_TRY(gpu_buffer_create(gpu, "staging", GPU_STAGING_BYTES, GPU_HOST, &submission->staging));
    *buffer = submission->staging;
    *offset = submission->staging_used;
    submission->staging_used += base_round_up(bytes, GPU_ALIGNMENT);
    submission->staging->submission = submission->number;
    return BASE_OK;
}

static void record_copy(struct gpu *gpu, struct gpu_submission *submission, struct gpu_buffer *from,
                        uint64_t from_offset, struct gpu_buffer *to, uint64_t to_offset, uint64_t bytes)
{
    gpu_command(gpu, submission, GPU_USE_TRANSFER, &(struct gpu_record){.expected_ns = bytes / 4});
    vkCmdCopyBuffer(submission->commands, from->handle, to->handle, 1,
                    &(VkBufferCopy){from_offset, to_offset, bytes});
}

static enum base_status upload_staged(struct gpu *gpu, struct gpu_buffer *buffer, uint64_t offset,
                                      const char *data, uint64_t bytes)
{
    while (bytes > 0) {
        uint64_t piece = base_minimum(bytes, GPU_STAGING_BYTES), at;
        struct gpu_buffer *staging;
        struct gpu_submission *submission;
        BASE_TRY(gpu_staging(gpu, piece, &staging, &at));
        BASE_TRY(gpu_recording(gpu, &submission));
        memcpy((char *)gpu_map(staging) + at, data, piece);
        gpu_note(gpu, buffer, GPU_WRITE);
        record_copy(gpu, submission, staging, at, buffer, offset, piece);
        data += piece;
        offset += piece;
        bytes -= piece;
    }
    return BASE_OK;
}

enum base_status gpu_upload(struct gpu *gpu, struct gpu_buffer *buffer, uint64_t offset, const void *data,
                            uint64_t bytes)
{
    BASE_TRY(check_part(gpu, buffer, offset, bytes, "gpu_upload"));
    if (bytes == 0 || gpu->compile_only)
        return BASE_OK;
    if (!is_direct(gpu, buffer))
        return upload_staged(gpu, buffer, offset, data, bytes);
    if (buffer->submission > gpu->completed)
        BASE_TRY(gpu_poll(gpu));
    if (buffer->submission > gpu->completed) {
        if (bytes <= SMALL_UPLOAD_BYTES || gpu->serving)
            return upload_staged(gpu, buffer, offset, data, bytes);
        BASE_TRY(gpu_submit(gpu));
        BASE_TRY(gpu_reach(gpu, buffer->submission));
        if (buffer->submission > gpu->completed) /* `between` has found a use for it meanwhile */
            return upload_staged(gpu, buffer, offset, data, bytes);
    }
    memcpy((char *)buffer->slice.mapped + offset, data, bytes);
    buffer->uploaded = ++gpu->n_commands;
    return BASE_OK;
}

/* A piece on its way to the host. It holds the staging buffer, since `between` may use the submission's place
 * again before the host has looked. */
struct piece {
    uint64_t submission; /* 0: none */
    struct gpu_buffer *staging;
    const char *from;
    char *to;
    uint64_t bytes;
};

static enum base_status fetch(struct gpu *gpu, struct piece *piece)
{
    if (piece->submission == 0)
        return BASE_OK;
    BASE_TRY(gpu_reach(gpu, piece->submission));
    memcpy(piece->to, piece->from, piece->bytes);
    gpu_staging_give(gpu, &piece->staging);
    piece->submission = 0;
    return BASE_OK;
}

/* One piece is copied by the device while the host takes the one before out of its staging buffer. */
enum base_status gpu_read_back(struct gpu *gpu, gpu_record_piece *record, void *source, uint64_t offset,
                               char *data, uint64_t bytes, uint64_t piece_bytes)
{
    struct piece before = {0};
    enum base_status status = gpu_may_wait(gpu, "a download");
    while (status == BASE_OK && bytes > 0) {
        uint64_t piece = base_minimum(bytes, piece_bytes), at;
        struct gpu_buffer *staging;
        struct gpu_submission *submission;
        BASE_CHECK(gpu_staging(gpu, piece, &staging, &at));
        BASE_CHECK(gpu_recording(gpu, &submission));
        record(gpu, submission, source, offset, staging, at, piece);
        submission->staging = NULL;
        struct piece now = {submission->number, staging, (const char *)gpu_map(staging) + at, data, piece};
        status = gpu_submit(gpu);
        if (status == BASE_OK)
            status = fetch(gpu, &before);
        gpu_buffer_destroy(gpu, &before.staging); /* not fetched: a failure */
        before = now;
        data += piece;
        offset += piece;
        bytes -= piece;
    }
    if (status == BASE_OK)
        status = fetch(gpu, &before);
error:
    gpu_buffer_destroy(gpu, &before.staging);
    return status;
}

static void record_buffer_piece(struct gpu *gpu, struct gpu_submission *submission, void *source,
                                uint64_t offset, struct gpu_buffer *staging, uint64_t at, uint64_t bytes)
{
    gpu_note(gpu, source, GPU_READ);
    record_copy(gpu, submission, source, offset, staging, at, bytes);
}

enum base_status gpu_download(struct gpu *gpu, struct gpu_buffer *buffer, uint64_t offset, void *data,
                              uint64_t bytes)
{
    BASE_TRY(check_part(gpu, buffer, offset, bytes, "gpu_download"));
    if (gpu->compile_only)
        memset(data, 0, bytes);
    if (bytes == 0 || gpu->compile_only)
        return BASE_OK;
    BASE_TRY(gpu_may_wait(gpu, "gpu_download"));
    gpu->traffic.buffer_bytes += bytes;
    if (!is_direct(gpu, buffer) || !buffer->slice.cached)
        return gpu_read_back(gpu, record_buffer_piece, buffer, offset, data, bytes, GPU_STAGING_BYTES);
    if (buffer->submission == gpu->next_number)
        BASE_TRY(gpu_submit(gpu));
    BASE_TRY(gpu_reach(gpu, buffer->submission));
    memcpy(data, (const char *)buffer->slice.mapped + offset, bytes);
    return BASE_OK;
}

enum base_status gpu_fill(struct gpu *gpu, struct gpu_buffer *buffer, uint64_t offset, uint64_t bytes,
                          uint32_t word)
{
    struct gpu_submission *submission;
    if (offset % 4 != 0 || bytes % 4 != 0)
        return base_fail(BASE_ERROR_INTERNAL, "gpu_fill of \"%s\": offset and bytes are not multiples of 4",
                         buffer->name);
    BASE_TRY(check_part(gpu, buffer, offset, bytes, "gpu_fill"));
    if (bytes == 0 || gpu->compile_only)
        return BASE_OK;
    BASE_TRY(gpu_recording(gpu, &submission));
    gpu_note(gpu, buffer, GPU_WRITE);
    gpu_command(gpu, submission, GPU_USE_TRANSFER, &(struct gpu_record){.expected_ns = bytes / 8});
    vkCmdFillBuffer(submission->commands, buffer->handle, offset, bytes, word);
    return BASE_OK;
}

enum base_status gpu_copy(struct gpu *gpu, struct gpu_buffer *from, uint64_t from_offset,
                          struct gpu_buffer *to, uint64_t to_offset, uint64_t bytes)
{
    struct gpu_submission *submission;
    BASE_TRY(check_part(gpu, from, from_offset, bytes, "gpu_copy"));
    BASE_TRY(check_part(gpu, to, to_offset, bytes, "gpu_copy"));
    if (from == to && from_offset < to_offset + bytes && to_offset < from_offset + bytes)
        return base_fail(BASE_ERROR_INTERNAL, "gpu_copy within \"%s\" overlaps", from->name);
    if (bytes == 0 || gpu->compile_only)
        return BASE_OK;
    BASE_TRY(gpu_recording(gpu, &submission));
    gpu_note(gpu, from, GPU_READ);
    gpu_note(gpu, to, GPU_WRITE);
    record_copy(gpu, submission, from, from_offset, to, to_offset, bytes);
    return BASE_OK;
}
