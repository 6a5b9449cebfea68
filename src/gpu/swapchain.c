/* Swapchains: images of a window, and how a drawn image gets there.
 *
 * Semaphores. An acquired image's semaphore is waited for by the submission that copies into it, so it may be
 * used again when that submission is complete. The semaphore that a present waits for may be used again when
 * the image that was presented has been acquired again, so there is one an image. A swapchain that is made
 * anew leaves the old one and its semaphores behind with presents on their way; they are destroyed when an
 * image of a later swapchain has been presented, acquired again and copied into: presents of one queue take
 * their turns. */
#include "base/memory.h"
#include "gpu/internal.h"
#include "gpu/testing.h"

#include <stdio.h>

enum { MAX_IMAGES = 16, MAX_RETIRED = 8, N_ACQUIRED = 4 };

struct chain {
    VkSwapchainKHR handle;
    uint32_t n_images;
    VkSemaphore presentable[MAX_IMAGES];
    uint64_t submission; /* the last that uses its images */
    uint64_t proof;      /* when this one is complete, all presents are done; 0: not known yet */
    struct chain *next;
};

struct gpu_swapchain {
    gpu_surface_maker *maker;
    void *context;
    bool vsync;
    VkSurfaceKHR surface;
    VkSurfaceFormatKHR format;
    VkPresentModeKHR mode;
    struct chain *chain; /* NULL: the window has no pixels, or none was made yet */
    VkImage images[MAX_IMAGES];
    bool presented[MAX_IMAGES];
    uint32_t width, height; /* of the images */
    uint32_t asked[2];      /* what gpu_present was given when they were made */
    bool stale, lost, forgiven;
    bool begun;      /* image `index` holds a copy that is not presented yet */
    uint32_t index;  /* of it */
    uint64_t copied; /* number of the submission that copies it */
    VkSemaphore acquired[N_ACQUIRED];
    uint64_t acquired_submission[N_ACQUIRED];
    struct chain *retired;
    uint32_t n_retired;
};

bool gpu_can_present(const struct gpu *gpu)
{
    return gpu->candidate.swapchain && gpu->information.capabilities.presents;
}

static const char *mode_name(VkPresentModeKHR mode)
{
    switch (mode) {
    case VK_PRESENT_MODE_IMMEDIATE_KHR:
        return "VK_PRESENT_MODE_IMMEDIATE_KHR";
    case VK_PRESENT_MODE_MAILBOX_KHR:
        return "VK_PRESENT_MODE_MAILBOX_KHR";
    default:
        return "VK_PRESENT_MODE_FIFO_KHR";
    }
}

void gpu_swapchain_describe(const struct gpu_swapchain *swapchain, char text[64])
{
    if (swapchain->chain)
        snprintf(text, 64, "%s, %u images", mode_name(swapchain->mode), swapchain->chain->n_images);
    else
        snprintf(text, 64, "%s, no images", mode_name(swapchain->mode));
}

/* ---- unmaking ---- */

static void destroy_chain(struct gpu *gpu, struct chain *chain)
{
    for (uint32_t i = 0; i < MAX_IMAGES; i++)
        if (chain->presentable[i])
            vkDestroySemaphore(gpu->device, chain->presentable[i], NULL);
    if (chain->handle)
        vkDestroySwapchainKHR(gpu->device, chain->handle, NULL);
    base_free(chain);
}

static void destroy_retired(struct gpu *gpu, struct gpu_swapchain *swapchain, bool all)
{
    struct chain **link = &swapchain->retired;
    while (*link) {
        struct chain *chain = *link;
        if (!all && (chain->proof == 0 || chain->proof > gpu->completed)) {
            link = &chain->next;
            continue;
        }
        *link = chain->next;
        swapchain->n_retired--;
        destroy_chain(gpu, chain);
    }
}

static void retire(struct gpu *gpu, struct gpu_swapchain *swapchain)
{
    if (!swapchain->chain)
        return;
    swapchain->begun = false; /* its image goes with it */
    swapchain->chain->next = swapchain->retired;
    swapchain->retired = swapchain->chain;
    swapchain->chain = NULL;
    swapchain->n_retired++;
    if (swapchain->n_retired > MAX_RETIRED && vkQueueWaitIdle(gpu->queue) == VK_SUCCESS)
        destroy_retired(gpu, swapchain, true);
}

static void destroy_surface(struct gpu *gpu, struct gpu_swapchain *swapchain)
{
    VkInstance instance;
    if (gpu_instance_acquire(&instance) != BASE_OK)
        return;
    (void)vkQueueWaitIdle(gpu->queue);
    retire(gpu, swapchain);
    destroy_retired(gpu, swapchain, true);
    if (swapchain->surface)
        vkDestroySurfaceKHR(instance, swapchain->surface, NULL);
    swapchain->surface = VK_NULL_HANDLE;
    gpu_instance_release();
}

void gpu_swapchain_destroy(struct gpu *gpu, struct gpu_swapchain **handle)
{
    struct gpu_swapchain *swapchain = *handle;
    if (!swapchain)
        return;
    *handle = NULL;
    destroy_surface(gpu, swapchain);
    for (uint32_t i = 0; i < N_ACQUIRED; i++)
        if (swapchain->acquired[i])
            vkDestroySemaphore(gpu->device, swapchain->acquired[i], NULL);
    base_free(swapchain);
}

/* ---- making ---- */

static enum base_status cannot(const struct gpu *gpu, const char *why)
{
    return base_fail(BASE_ERROR_NO_DEVICE, "%s cannot show anything in this window: %s",
                     gpu->information.name, why);
}

static enum base_status make_semaphore(struct gpu *gpu, VkSemaphore *out)
{
    const VkSemaphoreCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
    VkResult result = vkCreateSemaphore(gpu->device, &info, NULL, out);
    if (result == VK_SUCCESS)
        return BASE_OK;
    *out = VK_NULL_HANDLE;
    return gpu_failed(gpu, result, "vkCreateSemaphore", "window");
}

/* The shaders write values as the display takes them, so the copy must not convert: no format is chosen whose
 * values are linear. Where it has to stretch or to order the components, it is a blit. */
static enum base_status choose_format(struct gpu *gpu, struct gpu_swapchain *swapchain)
{
    static const VkFormat order[] = {GPU_IMAGE_FORMAT,
                                     VK_FORMAT_R8G8B8A8_UNORM,
                                     VK_FORMAT_A8B8G8R8_UNORM_PACK32,
                                     VK_FORMAT_A2B10G10R10_UNORM_PACK32,
                                     VK_FORMAT_A2R10G10B10_UNORM_PACK32,
                                     VK_FORMAT_R5G6B5_UNORM_PACK16};
    VkSurfaceFormatKHR formats[256];
    uint32_t count = sizeof formats / sizeof formats[0];
    VkFormatProperties of_image;
    VkResult result =
        vkGetPhysicalDeviceSurfaceFormatsKHR(gpu->candidate.physical, swapchain->surface, &count, formats);
    if (result < VK_SUCCESS)
        return gpu_failed(gpu, result, "vkGetPhysicalDeviceSurfaceFormatsKHR", "window");
    vkGetPhysicalDeviceFormatProperties(gpu->candidate.physical, GPU_IMAGE_FORMAT, &of_image);
    if (!(of_image.optimalTilingFeatures & VK_FORMAT_FEATURE_BLIT_SRC_BIT))
        return cannot(gpu, "its driver does not stretch images");
    for (size_t o = 0; o < sizeof order / sizeof order[0]; o++) {
        VkFormatProperties properties;
        vkGetPhysicalDeviceFormatProperties(gpu->candidate.physical, order[o], &properties);
        if (!(properties.optimalTilingFeatures & VK_FORMAT_FEATURE_BLIT_DST_BIT))
            continue;
        for (uint32_t i = 0; i < count; i++)
            if (formats[i].format == order[o] && formats[i].colorSpace == VK_COLOR_SPACE_SRGB_NONLINEAR_KHR) {
                swapchain->format = formats[i];
                return BASE_OK;
            }
    }
    return cannot(gpu, "it offers no format of pixels that an image can be copied to");
}

static void choose_mode(struct gpu *gpu, struct gpu_swapchain *swapchain)
{
    static const VkPresentModeKHR unthrottled[] = {VK_PRESENT_MODE_MAILBOX_KHR,
                                                   VK_PRESENT_MODE_IMMEDIATE_KHR};
    VkPresentModeKHR modes[32];
    uint32_t count = sizeof modes / sizeof modes[0];
    swapchain->mode = VK_PRESENT_MODE_FIFO_KHR; /* always there */
    if (swapchain->vsync || vkGetPhysicalDeviceSurfacePresentModesKHR(
                                gpu->candidate.physical, swapchain->surface, &count, modes) < VK_SUCCESS)
        return;
    for (size_t wish = 0; wish < sizeof unthrottled / sizeof unthrottled[0]; wish++)
        for (uint32_t i = 0; i < count; i++)
            if (modes[i] == unthrottled[wish]) {
                swapchain->mode = modes[i];
                return;
            }
}

static enum base_status make_surface(struct gpu *gpu, struct gpu_swapchain *swapchain)
{
    VkInstance instance;
    uint64_t surface = 0;
    VkBool32 supported = VK_FALSE;
    BASE_TRY(gpu_instance_acquire(&instance));
    bool made = swapchain->maker(swapchain->context, (void *)instance, &surface);
    gpu_instance_release();
    if (!made)
        return cannot(gpu, "the window system gave no surface for it");
    swapchain->surface = (VkSurfaceKHR)(uintptr_t)surface;
    VkResult result = vkGetPhysicalDeviceSurfaceSupportKHR(gpu->candidate.physical, gpu->candidate.family,
                                                           swapchain->surface, &supported);
    if (result != VK_SUCCESS)
        return gpu_failed(gpu, result, "vkGetPhysicalDeviceSurfaceSupportKHR", "window");
    if (!supported)
        return cannot(gpu, "its queue does not present there");
    BASE_TRY(choose_format(gpu, swapchain));
    choose_mode(gpu, swapchain);
    return BASE_OK;
}

/* The surface's size; VK_SUCCESS with 0 x 0 when the window has no pixels. */
static VkResult surface_extent(struct gpu *gpu, struct gpu_swapchain *swapchain, uint32_t width,
                               uint32_t height, VkSurfaceCapabilitiesKHR *capabilities, VkExtent2D *extent)
{
    VkResult result =
        vkGetPhysicalDeviceSurfaceCapabilitiesKHR(gpu->candidate.physical, swapchain->surface, capabilities);
    *extent = capabilities->currentExtent;
    if (result == VK_SUCCESS && extent->width == UINT32_MAX) { /* the swapchain decides */
        const VkExtent2D least = capabilities->minImageExtent, most = capabilities->maxImageExtent;
        extent->width = (uint32_t)base_minimum(base_maximum(width, least.width), most.width);
        extent->height = (uint32_t)base_minimum(base_maximum(height, least.height), most.height);
    }
    if (gpu_testing.no_pixels)
        *extent = (VkExtent2D){0, 0};
    return result;
}

static VkCompositeAlphaFlagBitsKHR composite_alpha(VkCompositeAlphaFlagsKHR supported)
{
    if (supported & VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR)
        return VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR;
    return (VkCompositeAlphaFlagBitsKHR)(supported & (~supported + 1));
}

static VkResult create_handle(struct gpu *gpu, struct gpu_swapchain *swapchain,
                              const VkSurfaceCapabilitiesKHR *capabilities, VkExtent2D extent,
                              VkSwapchainKHR old, VkSwapchainKHR *out)
{
    const uint32_t most = capabilities->maxImageCount ? capabilities->maxImageCount : MAX_IMAGES;
    const VkSwapchainCreateInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR,
        .surface = swapchain->surface,
        .minImageCount = (uint32_t)base_minimum(base_maximum(capabilities->minImageCount, 3), most),
        .imageFormat = swapchain->format.format,
        .imageColorSpace = swapchain->format.colorSpace,
        .imageExtent = extent,
        .imageArrayLayers = 1,
        .imageUsage = VK_IMAGE_USAGE_TRANSFER_DST_BIT,
        .imageSharingMode = VK_SHARING_MODE_EXCLUSIVE,
        .preTransform = capabilities->supportedTransforms & VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR
                            ? VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR
                            : capabilities->currentTransform,
        .compositeAlpha = composite_alpha(capabilities->supportedCompositeAlpha),
        .presentMode = swapchain->mode,
        .clipped = VK_TRUE,
        .oldSwapchain = old};
    VkResult result = vkCreateSwapchainKHR(gpu->device, &info, NULL, out);
    if (result != VK_SUCCESS)
        *out = VK_NULL_HANDLE;
    return result;
}

/* What a VkResult of the window system means: true when the swapchain or the surface is only to be made anew.
 */
static bool is_of_window(struct gpu_swapchain *swapchain, VkResult result)
{
    swapchain->stale |= result == VK_ERROR_OUT_OF_DATE_KHR;
    swapchain->lost |= result == VK_ERROR_SURFACE_LOST_KHR;
    return result == VK_ERROR_OUT_OF_DATE_KHR || result == VK_ERROR_SURFACE_LOST_KHR;
}

/* The handle and a semaphore an image. */
static enum base_status fill_chain(struct gpu *gpu, struct gpu_swapchain *swapchain, struct chain *chain)
{
    chain->n_images = MAX_IMAGES;
    VkResult result =
        vkGetSwapchainImagesKHR(gpu->device, chain->handle, &chain->n_images, swapchain->images);
    if (result == VK_INCOMPLETE)
        return cannot(gpu, "its driver makes more than 16 images");
    if (result != VK_SUCCESS)
        return gpu_failed(gpu, result, "vkGetSwapchainImagesKHR", "window");
    for (uint32_t i = 0; i < chain->n_images; i++) {
        BASE_TRY(make_semaphore(gpu, &chain->presentable[i]));
        swapchain->presented[i] = false;
    }
    return BASE_OK;
}

/* A new swapchain in the old one's place; swapchain->chain stays NULL when the window has no pixels. */
static enum base_status make_chain(struct gpu *gpu, struct gpu_swapchain *swapchain, uint32_t width,
                                   uint32_t height)
{
    VkSurfaceCapabilitiesKHR capabilities;
    VkExtent2D extent;
    VkSwapchainKHR old = VK_NULL_HANDLE, handle;
    struct chain *chain;
    VkResult result = surface_extent(gpu, swapchain, width, height, &capabilities, &extent);
    if (result != VK_SUCCESS)
        return is_of_window(swapchain, result)
                   ? BASE_OK
                   : gpu_failed(gpu, result, "vkGetPhysicalDeviceSurfaceCapabilitiesKHR", "window");
    swapchain->stale = true;
    if (extent.width == 0 || extent.height == 0)
        return BASE_OK;
    if (!(capabilities.supportedUsageFlags & VK_IMAGE_USAGE_TRANSFER_DST_BIT))
        return cannot(gpu, "nothing can be copied to its images");
    if (swapchain->chain)
        old = swapchain->chain->handle;
    result = create_handle(gpu, swapchain, &capabilities, extent, old, &handle);
    retire(gpu, swapchain);
    if (result != VK_SUCCESS)
        return is_of_window(swapchain, result) ? BASE_OK
                                               : gpu_failed(gpu, result, "vkCreateSwapchainKHR", "window");
    enum base_status status = base_allocate(&chain, 1, sizeof *chain, "a swapchain");
    if (status != BASE_OK) {
        vkDestroySwapchainKHR(gpu->device, handle, NULL);
        return status;
    }
    chain->handle = handle;
    status = fill_chain(gpu, swapchain, chain);
    if (status != BASE_OK) {
        destroy_chain(gpu, chain);
        return status;
    }
    swapchain->chain = chain;
    swapchain->width = extent.width;
    swapchain->height = extent.height;
    swapchain->asked[0] = width;
    swapchain->asked[1] = height;
    swapchain->stale = false;
    return BASE_OK;
}

enum base_status gpu_swapchain_create(struct gpu *gpu, gpu_surface_maker *maker, void *context, bool vsync,
                                      struct gpu_swapchain **out)
{
    enum base_status status;
    struct gpu_swapchain *swapchain = NULL;
    *out = NULL;
    BASE_TRY(gpu_idle_of_draws(gpu, "gpu_swapchain_create"));
    if (!gpu_can_present(gpu))
        return cannot(gpu, "its driver has no VK_KHR_swapchain");
    BASE_TRY(base_allocate(&swapchain, 1, sizeof *swapchain, "a swapchain"));
    swapchain->maker = maker;
    swapchain->context = context;
    swapchain->vsync = vsync;
    swapchain->stale = true;
    for (uint32_t i = 0; i < N_ACQUIRED; i++)
        BASE_CHECK(make_semaphore(gpu, &swapchain->acquired[i]));
    BASE_CHECK(make_surface(gpu, swapchain));
    *out = swapchain;
    return BASE_OK;
error:
    gpu_swapchain_destroy(gpu, &swapchain);
    return status;
}

/* ---- presenting ---- */

static enum base_status make_anew(struct gpu *gpu, struct gpu_swapchain *swapchain, uint32_t width,
                                  uint32_t height)
{
    if (swapchain->lost) {
        destroy_surface(gpu, swapchain);
        BASE_TRY(make_surface(gpu, swapchain));
        swapchain->lost = false;
        swapchain->stale = true;
    }
    if (swapchain->stale || swapchain->asked[0] != width || swapchain->asked[1] != height)
        BASE_TRY(make_chain(gpu, swapchain, width, height));
    return BASE_OK;
}

static VkResult take_fault(void)
{
    enum gpu_testing_fault fault = gpu_testing.next_acquire;
    gpu_testing.next_acquire = GPU_FAULT_NONE;
    switch (fault) {
    case GPU_FAULT_NOT_READY:
        return VK_NOT_READY;
    case GPU_FAULT_OUT_OF_DATE:
        return VK_ERROR_OUT_OF_DATE_KHR;
    case GPU_FAULT_SUBOPTIMAL:
        return VK_SUBOPTIMAL_KHR;
    case GPU_FAULT_SURFACE_LOST:
        return VK_ERROR_SURFACE_LOST_KHR;
    case GPU_FAULT_DEVICE_LOST:
        return VK_ERROR_DEVICE_LOST;
    default:
        return gpu_testing.no_pixels ? VK_ERROR_OUT_OF_DATE_KHR : VK_SUCCESS;
    }
}

/* Suboptimal swapchains show what they are given. One is made anew when the size has changed, and once
 * otherwise: some systems say it of every swapchain. */
static void note_suboptimal(struct gpu *gpu, struct gpu_swapchain *swapchain)
{
    VkSurfaceCapabilitiesKHR capabilities;
    VkExtent2D extent;
    VkResult result =
        surface_extent(gpu, swapchain, swapchain->width, swapchain->height, &capabilities, &extent);
    if (result != VK_SUCCESS)
        (void)is_of_window(swapchain, result);
    else if (extent.width != swapchain->width || extent.height != swapchain->height || !swapchain->forgiven)
        swapchain->stale = true;
    swapchain->forgiven = true;
}

/* A semaphore that nothing waits for; N_ACQUIRED: none. */
static uint32_t free_semaphore(const struct gpu *gpu, const struct gpu_swapchain *swapchain)
{
    uint32_t i = 0;
    while (i < N_ACQUIRED && swapchain->acquired_submission[i] > gpu->completed)
        i++;
    return i;
}

/* *index is MAX_IMAGES when no image is to be had now. */
static enum base_status acquire(struct gpu *gpu, struct gpu_swapchain *swapchain, VkSemaphore semaphore,
                                uint32_t *index)
{
    *index = MAX_IMAGES;
    VkResult fault = take_fault(), result = fault;
    if (fault >= VK_SUCCESS && fault != VK_NOT_READY) {
        result =
            vkAcquireNextImageKHR(gpu->device, swapchain->chain->handle, 0, semaphore, VK_NULL_HANDLE, index);
        result = result == VK_SUCCESS ? fault : result;
    }
    if (result == VK_SUCCESS)
        swapchain->forgiven = false;
    if (result == VK_SUBOPTIMAL_KHR)
        note_suboptimal(gpu, swapchain);
    if (result == VK_SUCCESS || result == VK_SUBOPTIMAL_KHR)
        return BASE_OK;
    *index = MAX_IMAGES;
    if (result == VK_NOT_READY || result == VK_TIMEOUT || is_of_window(swapchain, result))
        return BASE_OK;
    return gpu_failed(gpu, result, "vkAcquireNextImageKHR", "window");
}

static void change_layout(VkCommandBuffer commands, VkImage image, VkImageLayout from, VkImageLayout to)
{
    const bool first = from == VK_IMAGE_LAYOUT_UNDEFINED;
    const VkImageMemoryBarrier barrier = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
                                          .srcAccessMask = first ? 0 : VK_ACCESS_TRANSFER_WRITE_BIT,
                                          .dstAccessMask = first ? VK_ACCESS_TRANSFER_WRITE_BIT : 0,
                                          .oldLayout = from,
                                          .newLayout = to,
                                          .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                          .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
                                          .image = image,
                                          .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    /* The first one continues from the stage that waits for the acquired image. */
    vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
                         first ? VK_PIPELINE_STAGE_TRANSFER_BIT : VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, 0, 0,
                         NULL, 0, NULL, 1, &barrier);
}

static void record_copy(struct gpu *gpu, struct gpu_submission *submission, struct gpu_image *image,
                        const struct gpu_swapchain *swapchain, VkImage target)
{
    const VkImageSubresourceLayers layers = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    const bool same = image->width == swapchain->width && image->height == swapchain->height;
    const VkImageCopy as_it_is = {
        .srcSubresource = layers, .dstSubresource = layers, .extent = {image->width, image->height, 1}};
    const VkImageBlit stretched = {
        .srcSubresource = layers,
        .srcOffsets = {{0, 0, 0}, {(int32_t)image->width, (int32_t)image->height, 1}},
        .dstSubresource = layers,
        .dstOffsets = {{0, 0, 0}, {(int32_t)swapchain->width, (int32_t)swapchain->height, 1}}};
    gpu_command(gpu, submission, GPU_USE_TRANSFER,
                &(struct gpu_record){.expected_ns = (uint64_t)swapchain->width * swapchain->height});
    change_layout(submission->commands, target, VK_IMAGE_LAYOUT_UNDEFINED,
                  VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
    if (same && swapchain->format.format == GPU_IMAGE_FORMAT)
        vkCmdCopyImage(submission->commands, image->handle, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, target,
                       VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &as_it_is);
    else
        vkCmdBlitImage(submission->commands, image->handle, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, target,
                       VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &stretched,
                       same ? VK_FILTER_NEAREST : VK_FILTER_LINEAR);
    change_layout(submission->commands, target, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
                  VK_IMAGE_LAYOUT_PRESENT_SRC_KHR);
    image->submission = submission->number;
}

/* Hands over the copy into image `index`. */
static enum base_status copy(struct gpu *gpu, struct gpu_swapchain *swapchain, struct gpu_image *image,
                             uint32_t semaphore, uint32_t index)
{
    struct chain *chain = swapchain->chain;
    struct gpu_submission *submission;
    swapchain->acquired_submission[semaphore] = UINT64_MAX; /* whatever fails, it is not free again */
    BASE_TRY(gpu_recording(gpu, &submission));
    record_copy(gpu, submission, image, swapchain, swapchain->images[index]);
    const uint64_t number = submission->number;
    BASE_TRY(gpu_hand_over(gpu, swapchain->acquired[semaphore], chain->presentable[index]));
    swapchain->acquired_submission[semaphore] = chain->submission = number;
    for (struct chain *old = swapchain->retired; old && swapchain->presented[index]; old = old->next)
        old->proof = old->proof ? old->proof : number;
    swapchain->begun = true;
    swapchain->index = index;
    swapchain->copied = number;
    return BASE_OK;
}

static enum base_status finish(struct gpu *gpu, struct gpu_swapchain *swapchain, bool *shown)
{
    if (!swapchain->begun)
        return BASE_OK;
    swapchain->begun = false;
    const VkPresentInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR,
                                   .waitSemaphoreCount = 1,
                                   .pWaitSemaphores = &swapchain->chain->presentable[swapchain->index],
                                   .swapchainCount = 1,
                                   .pSwapchains = &swapchain->chain->handle,
                                   .pImageIndices = &swapchain->index};
    VkResult result = vkQueuePresentKHR(gpu->queue, &info);
    swapchain->presented[swapchain->index] = true;
    if (result == VK_SUBOPTIMAL_KHR)
        note_suboptimal(gpu, swapchain);
    if (result < VK_SUCCESS && !is_of_window(swapchain, result))
        return gpu_failed(gpu, result, "vkQueuePresentKHR", "window");
    *shown = result >= VK_SUCCESS;
    return BASE_OK;
}

static enum base_status begin(struct gpu *gpu, struct gpu_swapchain *swapchain, struct gpu_image *image,
                              uint32_t width, uint32_t height)
{
    uint32_t index = MAX_IMAGES;
    bool shown;
    BASE_TRY(gpu_hand_over(gpu, VK_NULL_HANDLE, VK_NULL_HANDLE));
    BASE_TRY(gpu_poll(gpu));
    BASE_TRY(finish(gpu, swapchain, &shown)); /* one that nobody has asked for since */
    destroy_retired(gpu, swapchain, false);
    if (width == 0 || height == 0 || gpu->next_number - gpu->completed > GPU_SUBMISSIONS)
        return BASE_OK;
    const uint32_t semaphore = free_semaphore(gpu, swapchain);
    if (semaphore == N_ACQUIRED)
        return BASE_OK;
    for (int attempt = 0; attempt < 2 && index == MAX_IMAGES; attempt++) {
        BASE_TRY(make_anew(gpu, swapchain, width, height));
        if (!swapchain->chain || swapchain->stale || swapchain->lost)
            return BASE_OK;
        BASE_TRY(acquire(gpu, swapchain, swapchain->acquired[semaphore], &index));
        if (!swapchain->stale && !swapchain->lost)
            break;
    }
    return index == MAX_IMAGES ? BASE_OK : copy(gpu, swapchain, image, semaphore, index);
}

enum base_status gpu_present_begin(struct gpu *gpu, struct gpu_swapchain *swapchain, struct gpu_image *image,
                                   uint32_t width, uint32_t height)
{
    const bool served = gpu->serving;
    BASE_TRY(gpu_idle_of_draws(gpu, "gpu_present_begin"));
    if (!image->drawn)
        return base_fail(BASE_ERROR_INTERNAL, "gpu_present_begin of an image that nothing was drawn into");
    gpu->serving = true; /* the caller is what `between` would call */
    enum base_status status = begin(gpu, swapchain, image, width, height);
    gpu->serving = served;
    return status;
}

bool gpu_present_begun(struct gpu *gpu, const struct gpu_swapchain *swapchain, bool *copied)
{
    *copied = swapchain->begun && gpu_passed(gpu, swapchain->copied);
    return swapchain->begun;
}

enum base_status gpu_present_end(struct gpu *gpu, struct gpu_swapchain *swapchain, bool *shown)
{
    *shown = false;
    BASE_TRY(gpu_usable(gpu, "gpu_present_end"));
    return finish(gpu, swapchain, shown);
}

enum base_status gpu_present(struct gpu *gpu, struct gpu_swapchain *swapchain, struct gpu_image *image,
                             uint32_t width, uint32_t height, bool *shown)
{
    *shown = false;
    BASE_TRY(gpu_present_begin(gpu, swapchain, image, width, height));
    return gpu_present_end(gpu, swapchain, shown);
}
