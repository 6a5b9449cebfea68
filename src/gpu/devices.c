/* Which devices there are and what each can do. */
#include "base/memory.h"
#include "gpu/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *gpu_device_type_name(enum gpu_device_type type)
{
    switch (type) {
    case GPU_DISCRETE:
        return "discrete";
    case GPU_INTEGRATED:
        return "integrated";
    case GPU_VIRTUAL:
        return "virtual";
    case GPU_CPU:
        return "CPU";
    default:
        return "other";
    }
}

static enum gpu_device_type device_type(VkPhysicalDeviceType type)
{
    switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
        return GPU_DISCRETE;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
        return GPU_INTEGRATED;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
        return GPU_VIRTUAL;
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
        return GPU_CPU;
    default:
        return GPU_OTHER;
    }
}

static bool extension_listed(const VkExtensionProperties *list, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(list[i].extensionName, name) == 0)
            return true;
    return false;
}

static enum base_status read_extensions(struct gpu_candidate *candidate)
{
    struct gpu_capabilities *capabilities = &candidate->information.capabilities;
    uint32_t count = 0;
    VkExtensionProperties *list;
    if (vkEnumerateDeviceExtensionProperties(candidate->physical, NULL, &count, NULL) != VK_SUCCESS)
        count = 0;
    BASE_TRY(base_allocate(&list, count, sizeof *list, "the list of device extensions"));
    if (count > 0 &&
        vkEnumerateDeviceExtensionProperties(candidate->physical, NULL, &count, list) < VK_SUCCESS)
        count = 0;
    candidate->memory_budget = extension_listed(list, count, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
    candidate->swapchain =
        gpu_surfaces_exist() && extension_listed(list, count, VK_KHR_SWAPCHAIN_EXTENSION_NAME);
    candidate->portability_subset = extension_listed(list, count, "VK_KHR_portability_subset");
    candidate->pipeline_statistics =
        extension_listed(list, count, VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME);
    capabilities->subgroup_size_control =
        extension_listed(list, count, VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME);
    capabilities->cooperative_matrix = extension_listed(list, count, "VK_KHR_cooperative_matrix");
    /* Nothing rotates here. But CPU drivers that lack it (Mesa 22.3, SwiftShader) make a loop over the lanes
     * of every broadcast, which is slower than no subgroup operations at all; and every Vulkan 1.4 driver has
     * it. */
    capabilities->subgroup_operations = extension_listed(list, count, "VK_KHR_shader_subgroup_rotate");
    base_free(list);
    return BASE_OK;
}

/* An extension may be listed while its feature is off (lavapipe's cooperative matrices at a vector width of
 * 128), so the features decide. */
static void read_features(struct gpu_candidate *candidate)
{
    struct gpu_capabilities *capabilities = &candidate->information.capabilities;
    VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR statistics = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR};
    VkPhysicalDeviceSubgroupSizeControlFeaturesEXT subgroups = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES_EXT};
    VkPhysicalDeviceVulkan12Features features12 = {.sType =
                                                       VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES};
    VkPhysicalDeviceVulkan11Features features11 = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES, .pNext = &features12};
    VkPhysicalDeviceFeatures2 features = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
                                          .pNext = &features11};
    void **tail = &features12.pNext;
    if (candidate->pipeline_statistics) {
        *tail = &statistics;
        tail = &statistics.pNext;
    }
    if (capabilities->subgroup_size_control) {
        *tail = &subgroups;
        tail = &subgroups.pNext;
    }
#ifdef VK_KHR_cooperative_matrix
    VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrix = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR};
    if (capabilities->cooperative_matrix)
        *tail = &matrix;
#endif
    vkGetPhysicalDeviceFeatures2(candidate->physical, &features);
#ifdef VK_KHR_cooperative_matrix
    capabilities->cooperative_matrix = matrix.cooperativeMatrix;
#else
    capabilities->cooperative_matrix = false; /* these Vulkan headers cannot ask */
#endif
    candidate->pipeline_statistics = statistics.pipelineExecutableInfo;
    capabilities->subgroup_size_control = subgroups.subgroupSizeControl && subgroups.computeFullSubgroups;
    capabilities->storage_16bit = features11.storageBuffer16BitAccess;
    capabilities->shader_float16 = features12.shaderFloat16;
    capabilities->buffer_addresses = features12.bufferDeviceAddress;
    /* The lane of a broadcast is constant only once a driver has unrolled the loop around it. */
    capabilities->subgroup_operations &= features12.subgroupBroadcastDynamicId;
    capabilities->robust_access = features.features.robustBufferAccess;
    if (!features12.timelineSemaphore || !features12.hostQueryReset)
        candidate->information.unusable =
            "its driver lacks timeline semaphores or host query reset, which Vulkan 1.2 requires";
}

static void read_uuid(const uint8_t uuid[VK_UUID_SIZE], char text[37])
{
    char *at = text;
    for (uint32_t i = 0; i < VK_UUID_SIZE; i++)
        at += sprintf(at, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", uuid[i]);
}

/* Rounding to nearest even may be asked for f32 where it is offered and may be set for f32 alone. */
static bool offers_rounding(const VkPhysicalDeviceVulkan12Properties *properties)
{
    return properties->shaderRoundingModeRTEFloat32 &&
           properties->roundingModeIndependence != VK_SHADER_FLOAT_CONTROLS_INDEPENDENCE_NONE;
}

/* The sizes that a kernel may ask for; none where it has no choice. */
static void read_subgroup_sizes(struct gpu_candidate *candidate)
{
    struct gpu_capabilities *capabilities = &candidate->information.capabilities;
    VkPhysicalDeviceSubgroupSizeControlPropertiesEXT sizes = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES_EXT};
    VkPhysicalDeviceProperties2 properties = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                              .pNext = &sizes};
    if (!capabilities->subgroup_size_control)
        return;
    vkGetPhysicalDeviceProperties2(candidate->physical, &properties);
    capabilities->subgroup_size_control = sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT;
    candidate->subgroup_sizes[0] = sizes.minSubgroupSize;
    candidate->subgroup_sizes[1] = sizes.maxSubgroupSize;
    candidate->most_subgroups = sizes.maxComputeWorkgroupSubgroups;
}

static bool offers_subgroup_operations(const VkPhysicalDeviceVulkan11Properties *properties)
{
    const VkSubgroupFeatureFlags needed =
        VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_BALLOT_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_BIT;
    return (properties->subgroupSupportedStages & VK_SHADER_STAGE_COMPUTE_BIT) &&
           (properties->subgroupSupportedOperations & needed) == needed;
}

/* Mesa's CPU driver ended all loops of a shader after 65,535 rounds and reported success: seen in 22.3, gone
 * in 25.0. Its version stands in the text only ("Mesa 22.3.6 (LLVM 15.0.6)"). */
static bool runs_long_loops(const VkPhysicalDeviceVulkan12Properties *properties)
{
    unsigned major = 0;
    if (properties->driverID != VK_DRIVER_ID_MESA_LLVMPIPE)
        return true;
    return sscanf(properties->driverInfo, "Mesa %u.", &major) == 1 && major >= 25;
}

static void read_properties(struct gpu_candidate *candidate)
{
    struct gpu_device_information *information = &candidate->information;
    struct gpu_capabilities *capabilities = &information->capabilities;
    VkPhysicalDeviceVulkan12Properties properties12 = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES};
    VkPhysicalDeviceVulkan11Properties properties11 = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES, .pNext = &properties12};
    VkPhysicalDeviceProperties2 properties = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                              .pNext = &properties11};
    vkGetPhysicalDeviceProperties2(candidate->physical, &properties);
    const VkPhysicalDeviceProperties *core = &properties.properties;
    const VkPhysicalDeviceLimits *limits = &core->limits;
    snprintf(information->driver, sizeof information->driver, "%.120s%s%.120s", properties12.driverName,
             properties12.driverInfo[0] ? " " : "", properties12.driverInfo);
    read_uuid(properties11.deviceUUID, information->uuid);
    capabilities->max_invocations = limits->maxComputeWorkGroupInvocations;
    memcpy(capabilities->max_group_size, limits->maxComputeWorkGroupSize,
           sizeof capabilities->max_group_size);
    memcpy(capabilities->max_groups, limits->maxComputeWorkGroupCount, sizeof capabilities->max_groups);
    capabilities->shared_bytes = limits->maxComputeSharedMemorySize;
    capabilities->push_bytes = limits->maxPushConstantsSize;
    capabilities->storage_range_bytes = limits->maxStorageBufferRange;
    capabilities->allocation_bytes = properties11.maxMemoryAllocationSize;
    capabilities->offset_alignment = (uint32_t)limits->minStorageBufferOffsetAlignment;
    if (capabilities->offset_alignment < 4)
        capabilities->offset_alignment = 4;
    capabilities->subgroup_size = properties11.subgroupSize;
    capabilities->subgroup_operations &= offers_subgroup_operations(&properties11);
    capabilities->timestamp_ns = limits->timestampPeriod;
    capabilities->max_image_size = limits->maxImageDimension2D < limits->maxFramebufferWidth
                                       ? limits->maxImageDimension2D
                                       : limits->maxFramebufferWidth;
    capabilities->rounding_to_nearest_even = offers_rounding(&properties12);
    candidate->image_granularity = limits->bufferImageGranularity ? limits->bufferImageGranularity : 1;
    capabilities->long_loops = runs_long_loops(&properties12);
    candidate->preserve_nan = properties12.shaderSignedZeroInfNanPreserveFloat32;
    candidate->cache_key[0] = (uint64_t)core->vendorID << 32 | core->deviceID;
    candidate->cache_key[1] = core->driverVersion;
    memcpy(&candidate->cache_key[2], core->pipelineCacheUUID, VK_UUID_SIZE);
}

/* One queue is used. A family that also draws exists on every desktop driver; a device without one computes.
 */
static void choose_family(struct gpu_candidate *candidate)
{
    VkQueueFamilyProperties families[32];
    uint32_t count = sizeof families / sizeof families[0];
    const VkQueueFlags both = VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT;
    int best = -1;
    vkGetPhysicalDeviceQueueFamilyProperties(candidate->physical, &count, families);
    for (uint32_t i = 0; i < count; i++) {
        if (families[i].queueCount == 0 || !(families[i].queueFlags & VK_QUEUE_COMPUTE_BIT))
            continue;
        bool draws = (families[i].queueFlags & both) == both;
        if (best >= 0 && (candidate->information.capabilities.draws || !draws))
            continue;
        best = (int)i;
        candidate->information.capabilities.draws = draws;
    }
    if (best < 0) {
        candidate->information.unusable = "it has no queue that computes";
        return;
    }
    candidate->family = (uint32_t)best;
    uint32_t bits = families[best].timestampValidBits;
    candidate->information.capabilities.timestamps = bits >= 32;
    candidate->timestamp_mask = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static uint32_t largest_local_heap(const VkPhysicalDeviceMemoryProperties *memory)
{
    uint32_t best = 0;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < memory->memoryHeapCount; i++)
        if ((memory->memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) &&
            memory->memoryHeaps[i].size > bytes) {
            best = i;
            bytes = memory->memoryHeaps[i].size;
        }
    return best;
}

uint64_t gpu_free_memory(const struct gpu_candidate *candidate)
{
    VkPhysicalDeviceMemoryBudgetPropertiesEXT budget = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT};
    VkPhysicalDeviceMemoryProperties2 memory = {.sType =
                                                    VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2,
                                                .pNext = candidate->memory_budget ? &budget : NULL};
    vkGetPhysicalDeviceMemoryProperties2(candidate->physical, &memory);
    uint32_t heap = largest_local_heap(&memory.memoryProperties);
    uint64_t size = memory.memoryProperties.memoryHeaps[heap].size;
    uint64_t allowed = budget.heapBudget[heap], used = budget.heapUsage[heap];
    if (!candidate->memory_budget || allowed == 0)
        return size;
    return allowed > used ? allowed - used : 0;
}

/* A device whose every memory is device-local and reachable from the host shares it with the host. */
static void read_memory(struct gpu_candidate *candidate)
{
    struct gpu_capabilities *capabilities = &candidate->information.capabilities;
    VkPhysicalDeviceMemoryProperties memory;
    vkGetPhysicalDeviceMemoryProperties(candidate->physical, &memory);
    capabilities->memory_bytes = memory.memoryHeaps[largest_local_heap(&memory)].size;
    capabilities->memory_free_bytes = gpu_free_memory(candidate);
    enum gpu_device_type type = candidate->information.type;
    capabilities->memory_shared_with_host = type == GPU_INTEGRATED || type == GPU_CPU;
}

static const char *below_floor(const struct gpu_capabilities *capabilities)
{
    if (capabilities->max_invocations < 128 || capabilities->max_group_size[0] < 128)
        return "its workgroups are smaller than 128 invocations";
    if (capabilities->shared_bytes < 16384)
        return "it has less than 16 KiB of shared memory";
    if (capabilities->push_bytes < GPU_MAX_PARAMS_BYTES)
        return "it has less than 128 bytes of push constants";
    if (capabilities->storage_range_bytes < (UINT64_C(1) << 27))
        return "its storage buffers are smaller than 128 MiB";
    if (capabilities->offset_alignment > GPU_ALIGNMENT)
        return "its storage buffers need more than 256 bytes of alignment";
    return NULL;
}

static enum base_status read_candidate(struct gpu_candidate *candidate)
{
    struct gpu_device_information *information = &candidate->information;
    VkPhysicalDeviceProperties properties;
    vkGetPhysicalDeviceProperties(candidate->physical, &properties);
    snprintf(information->name, sizeof information->name, "%s", properties.deviceName);
    information->type = device_type(properties.deviceType);
    snprintf(information->api_version, sizeof information->api_version, "%u.%u.%u",
             VK_API_VERSION_MAJOR(properties.apiVersion), VK_API_VERSION_MINOR(properties.apiVersion),
             VK_API_VERSION_PATCH(properties.apiVersion));
    if (properties.apiVersion < VK_API_VERSION_1_2) {
        information->unusable = "its driver is older than Vulkan 1.2";
        return BASE_OK;
    }
    BASE_TRY(read_extensions(candidate));
    read_features(candidate);
    read_properties(candidate);
    read_subgroup_sizes(candidate);
    choose_family(candidate);
    read_memory(candidate);
    information->capabilities.presents = candidate->swapchain && information->capabilities.draws;
    if (!information->unusable)
        information->unusable = below_floor(&information->capabilities);
    return BASE_OK;
}

/* Insertion sort: the drivers' own order stays among devices of one type. */
static void sort_candidates(struct gpu_candidate *list, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct gpu_candidate moving = list[i];
        uint32_t at = i;
        for (; at > 0 && list[at - 1].information.type > moving.information.type; at--)
            list[at] = list[at - 1];
        list[at] = moving;
    }
    for (uint32_t i = 0; i < count; i++)
        list[i].information.index = i;
}

enum base_status gpu_candidates(VkInstance instance, struct gpu_candidate **list, uint32_t *count)
{
    *list = NULL;
    *count = 0;
    VkPhysicalDevice devices[64];
    uint32_t found = sizeof devices / sizeof devices[0];
    if (!instance)
        return BASE_OK;
    VkResult result = vkEnumeratePhysicalDevices(instance, &found, devices);
    if (result == VK_ERROR_INITIALIZATION_FAILED)
        return BASE_OK; /* drivers are installed, and none has a device */
    if (result < VK_SUCCESS)
        return base_fail(BASE_ERROR_NO_DEVICE,
                         "the Vulkan drivers list no devices (VkResult %d); check them "
                         "with vulkaninfo",
                         result);
    BASE_TRY(base_allocate(list, found, sizeof **list, "the list of devices"));
    for (uint32_t i = 0; i < found; i++) {
        (*list)[i].physical = devices[i];
        enum base_status status = read_candidate(&(*list)[i]);
        if (status != BASE_OK) {
            base_free(*list);
            *list = NULL;
            return status;
        }
    }
    sort_candidates(*list, found);
    *count = found;
    return BASE_OK;
}

enum base_status gpu_list(struct gpu_device_information **list, uint32_t *count)
{
    *list = NULL;
    *count = 0;
    VkInstance instance;
    BASE_TRY(gpu_instance_acquire(&instance));
    struct gpu_candidate *candidates = NULL;
    uint32_t found = 0;
    enum base_status status = gpu_candidates(instance, &candidates, &found);
    if (status == BASE_OK)
        status = base_allocate(list, found, sizeof **list, "the list of devices");
    if (status == BASE_OK) {
        for (uint32_t i = 0; i < found; i++)
            (*list)[i] = candidates[i].information;
        *count = found;
    }
    base_free(candidates);
    if (instance)
        gpu_instance_release();
    return status;
}
