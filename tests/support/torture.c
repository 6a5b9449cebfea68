#include "support/torture.h"

#include "gpu/testing.h"

#include <string.h>
#include <volk.h>

static uint64_t calls, fail_at;
static enum test_torture_kind kind_of_failure;
static bool fails_for_good, running;
static const char *victim = "";

static bool must_fail(const char *name)
{
    if (!running)
        return false;
    calls++;
    if (fail_at == 0 || (fails_for_good ? calls < fail_at : calls != fail_at))
        return false;
    if (victim[0] == '\0')
        victim = name;
    return true;
}

static VkResult failure(void)
{
    return kind_of_failure == TEST_TORTURE_MEMORY ? VK_ERROR_OUT_OF_DEVICE_MEMORY : VK_ERROR_DEVICE_LOST;
}

/* What a failed call leaves in its results is undefined. */
#define SPOIL(out) memset((out), 0x5a, sizeof *(out))

#define WRAP(name, parameters, arguments, spoil)                                                             \
    static PFN_##name real_##name;                                                                           \
    static VKAPI_ATTR VkResult VKAPI_CALL tortured_##name parameters                                         \
    {                                                                                                        \
        if (must_fail(#name)) {                                                                              \
            spoil;                                                                                           \
            return failure();                                                                                \
        }                                                                                                    \
        return real_##name arguments;                                                                        \
    }
#define CREATE(name, info, object)                                                                           \
    WRAP(name, (VkDevice d, const info *i, const VkAllocationCallbacks *a, object *o), (d, i, a, o), SPOIL(o))

CREATE(vkCreateCommandPool, VkCommandPoolCreateInfo, VkCommandPool)
CREATE(vkCreateQueryPool, VkQueryPoolCreateInfo, VkQueryPool)
CREATE(vkCreateSemaphore, VkSemaphoreCreateInfo, VkSemaphore)
CREATE(vkCreateBuffer, VkBufferCreateInfo, VkBuffer)
CREATE(vkCreateImage, VkImageCreateInfo, VkImage)
CREATE(vkCreateImageView, VkImageViewCreateInfo, VkImageView)
CREATE(vkCreateFramebuffer, VkFramebufferCreateInfo, VkFramebuffer)
CREATE(vkCreateRenderPass, VkRenderPassCreateInfo, VkRenderPass)
CREATE(vkCreateShaderModule, VkShaderModuleCreateInfo, VkShaderModule)
CREATE(vkCreateDescriptorSetLayout, VkDescriptorSetLayoutCreateInfo, VkDescriptorSetLayout)
CREATE(vkCreatePipelineLayout, VkPipelineLayoutCreateInfo, VkPipelineLayout)
CREATE(vkCreatePipelineCache, VkPipelineCacheCreateInfo, VkPipelineCache)
CREATE(vkCreateDescriptorPool, VkDescriptorPoolCreateInfo, VkDescriptorPool)
CREATE(vkAllocateMemory, VkMemoryAllocateInfo, VkDeviceMemory)
WRAP(vkCreateComputePipelines,
     (VkDevice d, VkPipelineCache c, uint32_t n, const VkComputePipelineCreateInfo *i,
      const VkAllocationCallbacks *a, VkPipeline *o),
     (d, c, n, i, a, o), SPOIL(o))
WRAP(vkCreateGraphicsPipelines,
     (VkDevice d, VkPipelineCache c, uint32_t n, const VkGraphicsPipelineCreateInfo *i,
      const VkAllocationCallbacks *a, VkPipeline *o),
     (d, c, n, i, a, o), SPOIL(o))
WRAP(vkCreateDevice,
     (VkPhysicalDevice p, const VkDeviceCreateInfo *i, const VkAllocationCallbacks *a, VkDevice *o),
     (p, i, a, o), SPOIL(o))
WRAP(vkEnumeratePhysicalDevices, (VkInstance i, uint32_t *n, VkPhysicalDevice *p), (i, n, p), SPOIL(n))
WRAP(vkEnumerateDeviceExtensionProperties,
     (VkPhysicalDevice p, const char *l, uint32_t *n, VkExtensionProperties *e), (p, l, n, e), SPOIL(n))
WRAP(vkAllocateCommandBuffers, (VkDevice d, const VkCommandBufferAllocateInfo *i, VkCommandBuffer *o),
     (d, i, o), SPOIL(o))
WRAP(vkAllocateDescriptorSets, (VkDevice d, const VkDescriptorSetAllocateInfo *i, VkDescriptorSet *o),
     (d, i, o), SPOIL(o))
WRAP(vkBindBufferMemory, (VkDevice d, VkBuffer b, VkDeviceMemory m, VkDeviceSize s), (d, b, m, s), (void)0)
WRAP(vkBindImageMemory, (VkDevice d, VkImage b, VkDeviceMemory m, VkDeviceSize s), (d, b, m, s), (void)0)
WRAP(vkMapMemory,
     (VkDevice d, VkDeviceMemory m, VkDeviceSize s, VkDeviceSize n, VkMemoryMapFlags f, void **o),
     (d, m, s, n, f, o), SPOIL(o))
WRAP(vkResetDescriptorPool, (VkDevice d, VkDescriptorPool p, VkDescriptorPoolResetFlags f), (d, p, f),
     (void)0)
WRAP(vkResetCommandPool, (VkDevice d, VkCommandPool p, VkCommandPoolResetFlags f), (d, p, f), (void)0)
WRAP(vkBeginCommandBuffer, (VkCommandBuffer c, const VkCommandBufferBeginInfo *i), (c, i), (void)0)
WRAP(vkEndCommandBuffer, (VkCommandBuffer c), (c), (void)0)
WRAP(vkQueueSubmit, (VkQueue q, uint32_t n, const VkSubmitInfo *i, VkFence f), (q, n, i, f), (void)0)
WRAP(vkWaitSemaphores, (VkDevice d, const VkSemaphoreWaitInfo *i, uint64_t t), (d, i, t), (void)0)
WRAP(vkGetSemaphoreCounterValue, (VkDevice d, VkSemaphore s, uint64_t *o), (d, s, o), SPOIL(o))
WRAP(vkGetPipelineCacheData, (VkDevice d, VkPipelineCache c, size_t *n, void *o), (d, c, n, o), SPOIL(n))
WRAP(vkGetQueryPoolResults,
     (VkDevice d, VkQueryPool p, uint32_t a, uint32_t n, size_t s, void *o, VkDeviceSize t,
      VkQueryResultFlags f),
     (d, p, a, n, s, o, t, f), (void)0)
WRAP(vkCreateInstance, (const VkInstanceCreateInfo *i, const VkAllocationCallbacks *a, VkInstance *o),
     (i, a, o), SPOIL(o))

/* Volk holds NULL for functions that are not loaded yet. */
#define INSERT(name)                                                                                         \
    if (name && name != tortured_##name) {                                                                   \
        real_##name = name;                                                                                  \
        name = tortured_##name;                                                                              \
    }

static void insert_all(void)
{
    INSERT(vkCreateCommandPool)
    INSERT(vkCreateQueryPool)
    INSERT(vkCreateSemaphore)
    INSERT(vkCreateBuffer)
    INSERT(vkCreateImage)
    INSERT(vkCreateImageView)
    INSERT(vkCreateFramebuffer)
    INSERT(vkCreateRenderPass)
    INSERT(vkCreateShaderModule)
    INSERT(vkCreateDescriptorSetLayout)
    INSERT(vkCreatePipelineLayout)
    INSERT(vkCreatePipelineCache)
    INSERT(vkCreateDescriptorPool)
    INSERT(vkAllocateMemory)
    INSERT(vkCreateComputePipelines)
    INSERT(vkCreateGraphicsPipelines)
    INSERT(vkCreateDevice)
    INSERT(vkEnumeratePhysicalDevices)
    INSERT(vkEnumerateDeviceExtensionProperties)
    INSERT(vkAllocateCommandBuffers)
    INSERT(vkAllocateDescriptorSets)
    INSERT(vkBindBufferMemory)
    INSERT(vkBindImageMemory)
    INSERT(vkMapMemory)
    INSERT(vkResetDescriptorPool)
    INSERT(vkResetCommandPool)
    INSERT(vkBeginCommandBuffer)
    INSERT(vkEndCommandBuffer)
    INSERT(vkQueueSubmit)
    INSERT(vkWaitSemaphores)
    INSERT(vkGetSemaphoreCounterValue)
    INSERT(vkGetPipelineCacheData)
    INSERT(vkGetQueryPoolResults)
    INSERT(vkCreateInstance)
}

void test_torture_start(uint64_t first, enum test_torture_kind kind, bool persistent)
{
    gpu_testing.functions_loaded = insert_all;
    calls = 0;
    fail_at = first;
    kind_of_failure = kind;
    fails_for_good = persistent;
    victim = "";
    running = true;
}

uint64_t test_torture_stop(void)
{
    running = false;
    return calls;
}

const char *test_torture_victim(void)
{
    return victim;
}
