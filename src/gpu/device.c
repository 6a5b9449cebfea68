/* Opening and closing one device. */
#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "gpu/internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- choice ---- */

static bool contains_ignoring_case(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (; *text; text++)
        if (strncasecmp(text, part, length) == 0)
            return true;
    return false;
}

static void describe(const struct gpu_candidate *list, uint32_t count, char *text, size_t room)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < count && used < room; i++) {
        const struct gpu_device_information *one = &list[i].information;
        used += (size_t)snprintf(text + used, room - used, "\n  %u  %s (%s) %s%s%s", one->index, one->name,
                                 gpu_device_type_name(one->type), one->uuid,
                                 one->unusable ? "; unusable: " : "", one->unusable ? one->unusable : "");
    }
}

static bool matches(const struct gpu_device_information *information, const char *wanted)
{
    if (strspn(wanted, "0123456789") == strlen(wanted))
        return strtoul(wanted, NULL, 10) == information->index;
    return strcasecmp(wanted, information->uuid) == 0 || contains_ignoring_case(information->name, wanted);
}

static enum base_status choose_named(const struct gpu_candidate *list, uint32_t count, const char *wanted,
                                     uint32_t *chosen)
{
    char known[3072];
    uint32_t found = 0;
    describe(list, count, known, sizeof known);
    for (uint32_t i = 0; i < count; i++)
        if (matches(&list[i].information, wanted)) {
            *chosen = i;
            found++;
        }
    if (wanted[0] == '\0' || found == 0)
        return base_fail(BASE_ERROR_USAGE,
                         "no device is called \"%s\"; give an index, part of a name, or a UUID of:%s", wanted,
                         known);
    if (found > 1)
        return base_fail(BASE_ERROR_USAGE, "\"%s\" fits %u devices; give the index or the UUID of one of:%s",
                         wanted, found, known);
    if (list[*chosen].information.unusable)
        return base_fail(BASE_ERROR_NO_DEVICE, "%s cannot be used: %s", list[*chosen].information.name,
                         list[*chosen].information.unusable);
    return BASE_OK;
}

enum base_status gpu_choose(const struct gpu_candidate *list, uint32_t count,
                            const struct gpu_open_parameters *parameters, uint32_t *chosen)
{
    char known[3072];
    if (count == 0)
        return base_fail(
            BASE_ERROR_NO_DEVICE,
            "no Vulkan device on this system; install a driver (mesa-vulkan-drivers has one that "
            "runs on the CPU) and look with vulkaninfo");
    if (parameters->device)
        return choose_named(list, count, parameters->device, chosen);
    for (*chosen = 0; *chosen < count; (*chosen)++)
        if (!list[*chosen].information.unusable)
            break;
    if (*chosen == count) {
        describe(list, count, known, sizeof known);
        return base_fail(BASE_ERROR_NO_DEVICE, "none of the Vulkan devices can be used:%s", known);
    }
    if (list[*chosen].information.type != GPU_CPU)
        return BASE_OK;
    if (parameters->refuse_default_cpu)
        return base_fail(
            BASE_ERROR_NO_DEVICE,
            "the only Vulkan device here runs on the CPU (%s); name it with --device %u if that is "
            "meant",
            list[*chosen].information.name, *chosen);
    if (!parameters->quiet)
        base_log(BASE_LOG_NORMAL, "no GPU with a Vulkan driver here: using %s, which runs on the CPU",
                 list[*chosen].information.name);
    return BASE_OK;
}

/* ---- open and close ---- */

static enum base_status create_device(struct gpu *gpu)
{
    const char *extensions[4];
    uint32_t n_extensions = 0;
    gpu->candidate.swapchain &= gpu->information.capabilities.presents && !gpu->compile_only;
    if (gpu->candidate.swapchain)
        extensions[n_extensions++] = VK_KHR_SWAPCHAIN_EXTENSION_NAME;
    if (gpu->candidate.portability_subset)
        extensions[n_extensions++] = "VK_KHR_portability_subset";
    VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR statistics = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR,
        .pipelineExecutableInfo = VK_TRUE};
    VkPhysicalDeviceVulkan12Features features = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
        .timelineSemaphore = VK_TRUE,
        .hostQueryReset = VK_TRUE,
        .bufferDeviceAddress = gpu_level_allowed(gpu, GPU_LEVEL_SUBGROUP),
        .subgroupBroadcastDynamicId = gpu_level_allowed(gpu, GPU_LEVEL_SUBGROUP),
    };
    VkPhysicalDeviceSubgroupSizeControlFeaturesEXT subgroups = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES_EXT,
        .subgroupSizeControl = VK_TRUE,
        .computeFullSubgroups = VK_TRUE};
    gpu->candidate.pipeline_statistics &= gpu->compile_only;
    if (gpu->candidate.pipeline_statistics) {
        extensions[n_extensions++] = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
        features.pNext = &statistics;
    }
    if (gpu_level_allowed(gpu, GPU_LEVEL_SUBGROUP)) {
        extensions[n_extensions++] = VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME;
        subgroups.pNext = features.pNext;
        features.pNext = &subgroups;
    }
    VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
        .pNext = &features,
        .queueCreateInfoCount = 1,
        .pQueueCreateInfos = &(VkDeviceQueueCreateInfo){.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                                        .queueFamilyIndex = gpu->candidate.family,
                                                        .queueCount = 1,
                                                        .pQueuePriorities = &(float){1.0f}},
        .enabledExtensionCount = n_extensions,
        .ppEnabledExtensionNames = extensions,
    };
    VkResult result = vkCreateDevice(gpu->candidate.physical, &info, NULL, &gpu->device);
    if (result != VK_SUCCESS) {
        gpu->device = VK_NULL_HANDLE;
        return gpu_failed(gpu, result, "vkCreateDevice", gpu->information.name);
    }
    vkGetDeviceQueue(gpu->device, gpu->candidate.family, 0, &gpu->queue);
    vkGetPhysicalDeviceMemoryProperties(gpu->candidate.physical, &gpu->memory);
    return BASE_OK;
}

static enum base_status open_candidate(struct gpu *gpu, const struct gpu_open_parameters *parameters)
{
    gpu->information = gpu->candidate.information;
    gpu->best_level = (enum gpu_level)(GPU_LEVELS - 1);
    gpu->compile_only = parameters->compile_only;
    gpu->next_number = 1;
    gpu->submission_limit_ns = 50000000;
    BASE_TRY(gpu_limits_apply(parameters->limits, &gpu->information.capabilities, &gpu->best_level));
    BASE_TRY(create_device(gpu));
    BASE_TRY(gpu_commands_create(gpu));
    if (parameters->no_pipeline_cache)
        gpu->cache_path = NULL;
    else
        BASE_TRY(gpu_cache_open(gpu));
    if (gpu->compile_only)
        return BASE_OK;
    BASE_TRY(gpu_self_check(gpu));
    gpu_timing_reset(gpu);
    gpu->first_dispatch_ns = 0;
    return BASE_OK;
}

enum base_status gpu_open(const struct gpu_open_parameters *parameters, struct gpu **out)
{
    *out = NULL;
    uint64_t started = base_clock_ns();
    VkInstance instance;
    BASE_TRY(gpu_instance_acquire(&instance));
    struct gpu_candidate *list = NULL;
    struct gpu *gpu = NULL;
    uint32_t count = 0, chosen = 0;
    enum base_status status;
    BASE_CHECK(gpu_candidates(instance, &list, &count));
    BASE_CHECK(gpu_choose(list, count, parameters, &chosen));
    BASE_CHECK(base_allocate(&gpu, 1, sizeof *gpu, "the device"));
    gpu->open_ns = started;
    gpu->candidate = list[chosen];
    base_free(list);
    list = NULL;
    BASE_CHECK(open_candidate(gpu, parameters));
    *out = gpu;
    return BASE_OK;
error:
    base_free(list);
    if (gpu)
        gpu_close(&gpu);
    else if (instance)
        gpu_instance_release();
    return status;
}

void gpu_close(struct gpu **handle)
{
    struct gpu *gpu = *handle;
    if (!gpu)
        return;
    gpu->between = NULL;
    if (gpu->device) {
        gpu_finish(gpu);
        gpu_cache_close(gpu);
        gpu_commands_destroy(gpu);
        gpu_buffers_collect(gpu);
        gpu_images_collect(gpu);
        gpu_pipelines_free(gpu);
        gpu_draws_destroy(gpu);
        gpu_blocks_free(gpu);
        vkDestroyDevice(gpu->device, NULL);
    }
    base_free(gpu->broken_message);
    base_free(gpu);
    *handle = NULL;
    gpu_instance_release();
}

const struct gpu_device_information *gpu_information(const struct gpu *gpu)
{
    return &gpu->information;
}

const struct gpu_capabilities *gpu_capabilities(const struct gpu *gpu)
{
    return &gpu->information.capabilities;
}

/* ---- levels ---- */

bool gpu_level_allowed(const struct gpu *gpu, enum gpu_level level)
{
    const struct gpu_capabilities *capabilities = &gpu->information.capabilities;
    uint32_t size = capabilities->subgroup_size;
    if (level > gpu->best_level)
        return false;
    switch (level) {
    case GPU_LEVEL_FLOOR:
        return true;
    case GPU_LEVEL_VEC4:
        return capabilities->max_invocations >= 256 && capabilities->max_group_size[0] >= 256 &&
               capabilities->shared_bytes >= 32768;
    case GPU_LEVEL_SUBGROUP:
        return capabilities->subgroup_operations && capabilities->buffer_addresses &&
               capabilities->subgroup_size_control && size >= gpu->candidate.subgroup_sizes[0] &&
               size <= gpu->candidate.subgroup_sizes[1] && size >= 4 && (size & (size - 1)) == 0 &&
               size <= capabilities->max_invocations && size <= capabilities->max_group_size[0];
    default:
        return false;
    }
}

enum gpu_level gpu_best_level(const struct gpu *gpu, const struct gpu_kernel *kernel)
{
    enum gpu_level best = GPU_LEVEL_FLOOR;
    for (uint32_t i = 0; i < kernel->shader->n_modules; i++)
        if (gpu_level_allowed(gpu, kernel->shader->modules[i].level))
            best = kernel->shader->modules[i].level;
    return best;
}

/* ---- failure ---- */

enum base_status gpu_usable(const struct gpu *gpu, const char *what)
{
    if (gpu->broken == BASE_OK)
        return BASE_OK;
    return base_fail(gpu->broken, "%s after an earlier failure: %s", what,
                     gpu->broken_message ? gpu->broken_message : "the device was lost");
}

enum base_status gpu_idle_of_draws(const struct gpu *gpu, const char *what)
{
    BASE_TRY(gpu_usable(gpu, what));
    if (gpu->drawing)
        return base_fail(BASE_ERROR_INTERNAL, "%s between gpu_draw_begin and gpu_draw_end", what);
    return BASE_OK;
}

enum base_status gpu_break(struct gpu *gpu, enum base_status status)
{
    if (gpu->broken == BASE_OK) {
        gpu->broken = status;
        gpu->broken_message = base_copy_string(base_message());
    }
    return status;
}

enum base_status gpu_failed(struct gpu *gpu, VkResult result, const char *call, const char *about)
{
    const char *device = gpu->information.name;
    switch (result) {
    case VK_ERROR_DEVICE_LOST:
        base_fail(
            BASE_ERROR_DEVICE_LOST,
            "%s was lost (%s, %s): the driver reset it, most often because work took too long; run again, "
            "and see dmesg for the driver's own words",
            device, call, about);
        return gpu_break(gpu, BASE_ERROR_DEVICE_LOST);
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
        return base_fail(BASE_ERROR_DEVICE_MEMORY,
                         "%s is out of device memory (%s, %s); close other programs "
                         "that use it or make the run smaller",
                         device, call, about);
    case VK_ERROR_OUT_OF_HOST_MEMORY:
        return base_fail(BASE_ERROR_DEVICE_MEMORY, "the driver of %s is out of host memory (%s, %s)", device,
                         call, about);
    default:
        return base_fail(BASE_ERROR_INTERNAL, "%s: %s, %s: VkResult %d", device, call, about, result);
    }
}
