/* Off-screen images: made, destroyed, copied out. */
#include "base/memory.h"
#include "gpu/internal.h"

#include <string.h>

static enum base_status needs_graphics(const struct gpu *gpu)
{
    if (gpu->information.capabilities.draws)
        return BASE_OK;
    return base_fail(BASE_ERROR_NO_DEVICE,
                     "%s computes but cannot draw; choose another device with --device for "
                     "pictures",
                     gpu->information.name);
}

static void image_free(struct gpu *gpu, struct gpu_image *image)
{
    if (image->frame)
        vkDestroyFramebuffer(gpu->device, image->frame, NULL);
    if (image->view)
        vkDestroyImageView(gpu->device, image->view, NULL);
    if (image->handle)
        vkDestroyImage(gpu->device, image->handle, NULL);
    gpu_slice_give(gpu, &image->slice);
    base_free(image);
}

static VkResult create_handle(struct gpu *gpu, struct gpu_image *image)
{
    VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                              .imageType = VK_IMAGE_TYPE_2D,
                              .format = GPU_IMAGE_FORMAT,
                              .extent = {image->width, image->height, 1},
                              .mipLevels = 1,
                              .arrayLayers = 1,
                              .samples = VK_SAMPLE_COUNT_1_BIT,
                              .tiling = VK_IMAGE_TILING_OPTIMAL,
                              .usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT |
                                       VK_IMAGE_USAGE_TRANSFER_DST_BIT};
    return vkCreateImage(gpu->device, &info, NULL, &image->handle);
}

/* Images and buffers share blocks; the device may ask for a distance between the two. */
static enum base_status bind_memory(struct gpu *gpu, struct gpu_image *image)
{
    VkMemoryRequirements needed;
    vkGetImageMemoryRequirements(gpu->device, image->handle, &needed);
    needed.alignment = base_maximum(needed.alignment, gpu->candidate.image_granularity);
    needed.size = base_round_up(needed.size, gpu->candidate.image_granularity);
    BASE_TRY(gpu_slice_take(gpu, &needed, GPU_DEVICE, "image", &image->slice));
    VkResult result = vkBindImageMemory(gpu->device, image->handle, image->slice.memory, image->slice.offset);
    return result == VK_SUCCESS ? BASE_OK : gpu_failed(gpu, result, "vkBindImageMemory", "image");
}

static VkResult create_view(struct gpu *gpu, struct gpu_image *image)
{
    VkImageViewCreateInfo view = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
                                  .image = image->handle,
                                  .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                  .format = GPU_IMAGE_FORMAT,
                                  .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    VkResult result = vkCreateImageView(gpu->device, &view, NULL, &image->view);
    if (result != VK_SUCCESS) {
        image->view = VK_NULL_HANDLE;
        return result;
    }
    VkFramebufferCreateInfo frame = {.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO,
                                     .renderPass = gpu->render_pass,
                                     .attachmentCount = 1,
                                     .pAttachments = &image->view,
                                     .width = image->width,
                                     .height = image->height,
                                     .layers = 1};
    result = vkCreateFramebuffer(gpu->device, &frame, NULL, &image->frame);
    if (result != VK_SUCCESS)
        image->frame = VK_NULL_HANDLE;
    return result;
}

enum base_status gpu_image_create(struct gpu *gpu, uint32_t width, uint32_t height, struct gpu_image **out)
{
    enum base_status status;
    struct gpu_image *image = NULL;
    const uint32_t most = gpu->information.capabilities.max_image_size;
    VkResult result;
    *out = NULL;
    BASE_TRY(gpu_usable(gpu, "gpu_image_create"));
    BASE_TRY(needs_graphics(gpu));
    if (width == 0 || height == 0 || width > most || height > most)
        return base_fail(BASE_ERROR_USAGE, "an image of %u x %u pixels; %s draws 1 to %u along a side", width,
                         height, gpu->information.name, most);
    BASE_TRY(gpu_render_pass(gpu));
    BASE_TRY(base_allocate(&image, 1, sizeof *image, "an image"));
    image->width = width;
    image->height = height;
    if (gpu->compile_only) {
        *out = image;
        return BASE_OK;
    }
    result = create_handle(gpu, image);
    if (result != VK_SUCCESS) {
        image->handle = VK_NULL_HANDLE;
        status = gpu_failed(gpu, result, "vkCreateImage", "image");
        goto error;
    }
    BASE_CHECK(bind_memory(gpu, image));
    result = create_view(gpu, image);
    if (result != VK_SUCCESS) {
        status = gpu_failed(gpu, result, "vkCreateFramebuffer", "image");
        goto error;
    }
    *out = image;
    return BASE_OK;
error:
    image_free(gpu, image);
    return status;
}

void gpu_image_destroy(struct gpu *gpu, struct gpu_image **handle)
{
    struct gpu_image *image = *handle;
    if (!image)
        return;
    *handle = NULL;
    if (gpu->drawing == image)
        (void)gpu_draw_end(gpu);
    if (image->submission <= gpu->completed) {
        image_free(gpu, image);
        return;
    }
    image->next = gpu->dead_images;
    gpu->dead_images = image;
}

void gpu_images_collect(struct gpu *gpu)
{
    struct gpu_image **link = &gpu->dead_images;
    while (*link) {
        struct gpu_image *image = *link;
        if (image->submission > gpu->completed) {
            link = &image->next;
            continue;
        }
        *link = image->next;
        image_free(gpu, image);
    }
}

uint32_t gpu_image_width(const struct gpu_image *image)
{
    return image->width;
}

uint32_t gpu_image_height(const struct gpu_image *image)
{
    return image->height;
}

/* Copies whole rows: offset and bytes are multiples of a row. */
static void record_rows(struct gpu *gpu, struct gpu_submission *submission, void *source, uint64_t offset,
                        struct gpu_buffer *staging, uint64_t at, uint64_t bytes)
{
    struct gpu_image *image = source;
    const uint64_t row_bytes = (uint64_t)image->width * 4;
    VkBufferImageCopy region = {.bufferOffset = at,
                                .imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1},
                                .imageOffset = {0, (int32_t)(offset / row_bytes), 0},
                                .imageExtent = {image->width, (uint32_t)(bytes / row_bytes), 1}};
    gpu_command(gpu, submission, GPU_USE_TRANSFER, &(struct gpu_record){.expected_ns = bytes / 4});
    vkCmdCopyImageToBuffer(submission->commands, image->handle, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                           staging->handle, 1, &region);
    image->submission = submission->number;
}

/* Blue first becomes red first. */
static void swap_components(uint8_t *pixels, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t blue = pixels[4 * i];
        pixels[4 * i] = pixels[4 * i + 2];
        pixels[4 * i + 2] = blue;
    }
}

enum base_status gpu_image_download(struct gpu *gpu, struct gpu_image *image, uint8_t *rgba)
{
    const uint64_t row_bytes = (uint64_t)image->width * 4;
    BASE_TRY(gpu_idle_of_draws(gpu, "gpu_image_download"));
    if (!image->drawn)
        return base_fail(BASE_ERROR_INTERNAL, "gpu_image_download of an image that nothing was drawn into");
    if (gpu->compile_only) {
        memset(rgba, 0, row_bytes * image->height);
        return BASE_OK;
    }
    gpu->traffic.image_bytes += row_bytes * image->height;
    BASE_TRY(gpu_read_back(gpu, record_rows, image, 0, (char *)rgba, row_bytes * image->height,
                           GPU_STAGING_BYTES / row_bytes * row_bytes));
    swap_components(rgba, (uint64_t)image->width * image->height);
    return BASE_OK;
}

enum base_status gpu_image_copy(struct gpu *gpu, struct gpu_image *image, struct gpu_buffer *buffer)
{
    const uint64_t bytes = (uint64_t)image->width * image->height * 4;
    struct gpu_submission *submission;
    BASE_TRY(gpu_idle_of_draws(gpu, "gpu_image_copy"));
    if (!image->drawn || bytes > buffer->bytes)
        return base_fail(BASE_ERROR_INTERNAL, "gpu_image_copy of %llu bytes%s to a buffer of %llu",
                         (unsigned long long)bytes, image->drawn ? "" : ", into which nothing was drawn,",
                         (unsigned long long)buffer->bytes);
    if (gpu->compile_only)
        return BASE_OK;
    BASE_TRY(gpu_recording(gpu, &submission));
    gpu_note(gpu, buffer, GPU_WRITE);
    record_rows(gpu, submission, image, 0, buffer, 0, bytes);
    gpu->traffic.image_bytes += buffer->memory == GPU_HOST ? bytes : 0;
    return BASE_OK;
}

/* ---- from the host ---- */

static void change_layout(struct gpu_submission *submission, struct gpu_image *image, VkImageLayout from,
                          VkImageLayout to)
{
    const VkPipelineStageFlags before =
        VK_PIPELINE_STAGE_TRANSFER_BIT |
        (from == VK_IMAGE_LAYOUT_UNDEFINED ? VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT : 0);
    const VkImageMemoryBarrier barrier = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
        .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT |
                         (from == VK_IMAGE_LAYOUT_UNDEFINED ? VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT : 0),
        .dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
        .oldLayout = from,
        .newLayout = to,
        .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .image = image->handle,
        .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    vkCmdPipelineBarrier(submission->commands, before, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 0, NULL, 0, NULL, 1,
                         &barrier);
}

/* As many rows as a staging buffer holds. */
static enum base_status upload_rows(struct gpu *gpu, struct gpu_image *image, uint32_t first, uint32_t rows,
                                    const uint8_t *bgra)
{
    const uint64_t bytes = (uint64_t)image->width * 4 * rows;
    struct gpu_submission *submission;
    struct gpu_buffer *staging;
    uint64_t at;
    BASE_TRY(gpu_staging(gpu, bytes, &staging, &at));
    BASE_TRY(gpu_recording(gpu, &submission));
    memcpy((char *)gpu_map(staging) + at, bgra, bytes);
    if (first == 0)
        change_layout(submission, image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
    gpu_command(gpu, submission, GPU_USE_TRANSFER, &(struct gpu_record){.expected_ns = bytes / 4});
    vkCmdCopyBufferToImage(submission->commands, staging->handle, image->handle,
                           VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1,
                           &(VkBufferImageCopy){.bufferOffset = at,
                                                .imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1},
                                                .imageOffset = {0, (int32_t)first, 0},
                                                .imageExtent = {image->width, rows, 1}});
    if (first + rows == image->height)
        change_layout(submission, image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
                      VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL);
    image->submission = submission->number;
    return BASE_OK;
}

enum base_status gpu_image_upload(struct gpu *gpu, struct gpu_image *image, const uint8_t *bgra)
{
    const uint64_t row_bytes = (uint64_t)image->width * 4;
    const uint32_t most = (uint32_t)base_minimum(GPU_STAGING_BYTES / row_bytes, image->height);
    const bool served = gpu->serving;
    enum base_status status = gpu_idle_of_draws(gpu, "gpu_image_upload");
    gpu->serving = true; /* nobody may see the image half written */
    for (uint32_t row = 0; row < image->height && status == BASE_OK && !gpu->compile_only; row += most)
        status = upload_rows(gpu, image, row, (uint32_t)base_minimum(most, image->height - row),
                             bgra + row * row_bytes);
    gpu->serving = served;
    image->drawn |= status == BASE_OK;
    return status;
}
