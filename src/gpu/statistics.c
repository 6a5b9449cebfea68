/* What the driver's compiler says of the pipelines. */
#include "base/memory.h"
#include "gpu/internal.h"

#include <stdio.h>
#include <string.h>

struct collection {
    struct gpu_statistic *list;
    uint32_t n, room;
};

static enum base_status append(struct collection *all, const struct gpu_statistic *one)
{
    if (all->n == all->room) {
        struct gpu_statistic *larger;
        uint32_t room = all->room ? 2 * all->room : 256;
        BASE_TRY(base_allocate(&larger, room, sizeof *larger, "pipeline statistics"));
        if (all->n > 0)
            memcpy(larger, all->list, all->n * sizeof *larger);
        base_free(all->list);
        all->list = larger;
        all->room = room;
    }
    all->list[all->n++] = *one;
    return BASE_OK;
}

static uint64_t whole_value(const VkPipelineExecutableStatisticKHR *statistic)
{
    switch (statistic->format) {
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR:
        return statistic->value.b32;
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_INT64_KHR:
        return (uint64_t)statistic->value.i64;
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_FLOAT64_KHR:
        return (uint64_t)statistic->value.f64;
    default:
        return statistic->value.u64;
    }
}

static enum base_status collect_executable(struct gpu *gpu, const struct gpu_pipeline *pipeline,
                                           uint32_t index, const char *stage, struct collection *all)
{
    VkPipelineExecutableStatisticKHR statistics[64];
    uint32_t count = sizeof statistics / sizeof statistics[0];
    VkPipelineExecutableInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR,
                                        .pipeline = pipeline->handle,
                                        .executableIndex = index};
    for (uint32_t i = 0; i < count; i++)
        statistics[i] =
            (VkPipelineExecutableStatisticKHR){.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR};
    VkResult result = vkGetPipelineExecutableStatisticsKHR(gpu->device, &info, &count, statistics);
    if (result < VK_SUCCESS)
        return gpu_failed(gpu, result, "vkGetPipelineExecutableStatisticsKHR", pipeline->kernel->name);
    for (uint32_t i = 0; i < count; i++) {
        struct gpu_statistic one = {
            .kernel = pipeline->kernel->name, .level = pipeline->level, .value = whole_value(&statistics[i])};
        snprintf(one.stage, sizeof one.stage, "%.63s", stage);
        snprintf(one.name, sizeof one.name, "%.63s", statistics[i].name);
        BASE_TRY(append(all, &one));
    }
    return BASE_OK;
}

static enum base_status collect_pipeline(struct gpu *gpu, const struct gpu_pipeline *pipeline,
                                         struct collection *all)
{
    VkPipelineExecutablePropertiesKHR executables[8];
    uint32_t count = sizeof executables / sizeof executables[0];
    VkPipelineInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, .pipeline = pipeline->handle};
    for (uint32_t i = 0; i < count; i++)
        executables[i] = (VkPipelineExecutablePropertiesKHR){
            .sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR};
    VkResult result = vkGetPipelineExecutablePropertiesKHR(gpu->device, &info, &count, executables);
    if (result < VK_SUCCESS)
        return gpu_failed(gpu, result, "vkGetPipelineExecutablePropertiesKHR", pipeline->kernel->name);
    for (uint32_t i = 0; i < count; i++)
        BASE_TRY(collect_executable(gpu, pipeline, i, executables[i].name, all));
    return BASE_OK;
}

enum base_status gpu_statistics(struct gpu *gpu, struct gpu_statistic **list, uint32_t *count)
{
    struct collection all = {0};
    enum base_status status = BASE_OK;
    *list = NULL;
    *count = 0;
    if (gpu->candidate.pipeline_statistics)
        for (const struct gpu_pipeline *pipeline = gpu->pipelines; pipeline && status == BASE_OK;
             pipeline = pipeline->next)
            status = collect_pipeline(gpu, pipeline, &all);
    if (status != BASE_OK) {
        base_free(all.list);
        return status;
    }
    *list = all.list;
    *count = all.n;
    return BASE_OK;
}
