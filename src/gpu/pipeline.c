/* Pipelines: modules, layouts, specialisation, and what a compiler says of them. */
#include "base/memory.h"
#include "gpu/internal.h"
#include "gpu/spirv.h"

#include <stdio.h>
#include <string.h>

enum base_status gpu_module_create(struct gpu *gpu, const struct gpu_kernel *kernel,
                                   const struct gpu_module *source, VkShaderModule *out)
{
    struct gpu_spirv_controls controls = {
        .round_to_nearest_even = !kernel->draw && gpu->information.capabilities.rounding_to_nearest_even,
        .preserve_nan = !kernel->draw && gpu->candidate.preserve_nan,
    };
    uint32_t *words;
    size_t n_words;
    BASE_TRY(gpu_spirv_add_controls(source->words, source->bytes / sizeof *source->words, controls, &words,
                                    &n_words));
    VkShaderModuleCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
                                     .codeSize = n_words * sizeof *words,
                                     .pCode = words};
    VkResult result = vkCreateShaderModule(gpu->device, &info, NULL, out);
    base_free(words);
    if (result == VK_SUCCESS)
        return BASE_OK;
    *out = VK_NULL_HANDLE;
    return gpu_failed(gpu, result, "vkCreateShaderModule", kernel->name);
}

/* ---- layouts ---- */

/* Kernels with as many bindings and parameter bytes share a layout. */
static enum base_status layout_get(struct gpu *gpu, const struct gpu_kernel *kernel,
                                   const struct gpu_layout **out)
{
    const VkShaderStageFlags stages = kernel->draw ? VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT
                                                   : VK_SHADER_STAGE_COMPUTE_BIT;
    VkDescriptorSetLayoutBinding bindings[GPU_MAX_BINDINGS];
    for (uint32_t i = 0; i < gpu->n_layouts; i++) {
        *out = &gpu->layouts[i];
        if ((*out)->n_bindings == kernel->n_bindings && (*out)->params_bytes == kernel->params_bytes &&
            (*out)->draw == kernel->draw)
            return BASE_OK;
    }
    struct gpu_layout *layout = &gpu->layouts[gpu->n_layouts];
    if (gpu->n_layouts == sizeof gpu->layouts / sizeof gpu->layouts[0])
        return base_fail(BASE_ERROR_INTERNAL, "too many different pipeline layouts");
    *layout = (struct gpu_layout){kernel->n_bindings, kernel->params_bytes, kernel->draw, VK_NULL_HANDLE,
                                  VK_NULL_HANDLE};
    for (uint32_t i = 0; i < kernel->n_bindings; i++)
        bindings[i] = (VkDescriptorSetLayoutBinding){.binding = i,
                                                     .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                                     .descriptorCount = 1,
                                                     .stageFlags = stages};
    VkResult result = vkCreateDescriptorSetLayout(
        gpu->device,
        &(VkDescriptorSetLayoutCreateInfo){.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
                                           .bindingCount = kernel->n_bindings,
                                           .pBindings = bindings},
        NULL, &layout->set);
    if (result != VK_SUCCESS)
        return gpu_failed(gpu, result, "vkCreateDescriptorSetLayout", kernel->name);
    result = vkCreatePipelineLayout(
        gpu->device,
        &(VkPipelineLayoutCreateInfo){.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
                                      .setLayoutCount = 1,
                                      .pSetLayouts = &layout->set,
                                      .pushConstantRangeCount = kernel->params_bytes > 0,
                                      .pPushConstantRanges =
                                          &(VkPushConstantRange){stages, 0, kernel->params_bytes}},
        NULL, &layout->pipeline);
    if (result != VK_SUCCESS) {
        vkDestroyDescriptorSetLayout(gpu->device, layout->set, NULL);
        return gpu_failed(gpu, result, "vkCreatePipelineLayout", kernel->name);
    }
    gpu->n_layouts++;
    *out = layout;
    return BASE_OK;
}

/* ---- compute pipelines ---- */

/* Mesa's lavapipe keeps compiled code on disk by a key that knows nothing of the vectors' width, so that what
 * one LP_NATIVE_VECTOR_WIDTH left there runs under another at the old width (seen in 25.0; no report of it is
 * known). With the subgroups' size in it the key differs. */
static bool names_subgroup_size(const struct gpu *gpu, const struct gpu_pipeline *pipeline)
{
    return gpu->information.type == GPU_CPU && gpu_level_allowed(gpu, GPU_LEVEL_SUBGROUP) &&
           pipeline->constants[0] <=
               gpu->information.capabilities.subgroup_size * gpu->candidate.most_subgroups;
}

static enum base_status create_compute(struct gpu *gpu, struct gpu_pipeline *pipeline,
                                       const struct gpu_module *source)
{
    const struct gpu_kernel *kernel = pipeline->kernel;
    VkSpecializationMapEntry entries[GPU_MAX_CONSTANTS];
    VkShaderModule module;
    BASE_TRY(gpu_module_create(gpu, kernel, source, &module));
    for (uint32_t i = 0; i < pipeline->n_constants; i++)
        entries[i] = (VkSpecializationMapEntry){i, i * (uint32_t)sizeof(uint32_t), sizeof(uint32_t)};
    VkSpecializationInfo specialisation = {pipeline->n_constants, entries,
                                           pipeline->n_constants * sizeof(uint32_t), pipeline->constants};
    /* Without this a driver may run subgroups of another size than it reports, or leave some partly empty. */
    VkPipelineShaderStageRequiredSubgroupSizeCreateInfoEXT size = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO_EXT,
        .requiredSubgroupSize = gpu->information.capabilities.subgroup_size};
    bool whole_subgroups = pipeline->level == GPU_LEVEL_SUBGROUP;
    bool sized = whole_subgroups || names_subgroup_size(gpu, pipeline);
    VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .flags = VK_PIPELINE_CREATE_DISPATCH_BASE_BIT |
                 (gpu->candidate.pipeline_statistics ? VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR : 0),
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                  .pNext = sized ? &size : NULL,
                  .flags =
                      whole_subgroups ? VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT_EXT : 0,
                  .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .module = module,
                  .pName = "main",
                  .pSpecializationInfo = &specialisation},
        .layout = pipeline->layout->pipeline,
        .basePipelineIndex = -1,
    };
    VkResult result = vkCreateComputePipelines(gpu->device, gpu->cache, 1, &info, NULL, &pipeline->handle);
    vkDestroyShaderModule(gpu->device, module, NULL);
    if (result == VK_SUCCESS)
        return BASE_OK;
    pipeline->handle = VK_NULL_HANDLE;
    return gpu_failed(gpu, result, "vkCreateComputePipelines", kernel->name);
}

static const struct gpu_module *find_module(const struct gpu *gpu, const struct gpu_kernel *kernel,
                                            enum gpu_level level)
{
    const struct gpu_shader *shader = gpu_shader_of(gpu, kernel);
    for (uint32_t i = 0; i < shader->n_modules; i++)
        if (shader->modules[i].level == level)
            return &shader->modules[i];
    return NULL;
}

enum base_status gpu_pipeline_build(struct gpu *gpu, struct gpu_pipeline *pipeline)
{
    const struct gpu_kernel *kernel = pipeline->kernel;
    BASE_TRY(kernel->draw ? gpu_draw_pipeline(gpu, kernel, pipeline->layout, &pipeline->handle)
                          : create_compute(gpu, pipeline, find_module(gpu, kernel, pipeline->level)));
    gpu_name_object(gpu->device, VK_OBJECT_TYPE_PIPELINE, (uint64_t)(uintptr_t)pipeline->handle,
                    kernel->name);
    gpu->cache_grew = true;
    return BASE_OK;
}

static enum base_status check_request(const struct gpu *gpu, const struct gpu_kernel *kernel,
                                      enum gpu_level level, const uint32_t *constants, uint32_t n_constants)
{
    const struct gpu_capabilities *capabilities = &gpu->information.capabilities;
    if (!find_module(gpu, kernel, level))
        return base_fail(BASE_ERROR_INTERNAL, "kernel %s has no level %s", kernel->name,
                         gpu_level_name(level));
    if (!gpu_level_allowed(gpu, level))
        return base_fail(BASE_ERROR_INTERNAL, "kernel %s: level %s is beyond what %s may use", kernel->name,
                         gpu_level_name(level), gpu->information.name);
    if (kernel->n_bindings > GPU_MAX_BINDINGS || kernel->params_bytes > capabilities->push_bytes ||
        kernel->params_bytes > GPU_MAX_PARAMS_BYTES || kernel->params_bytes % 4 != 0)
        return base_fail(BASE_ERROR_INTERNAL, "kernel %s: its row has %u bindings and %u parameter bytes",
                         kernel->name, kernel->n_bindings, kernel->params_bytes);
    if (kernel->draw)
        return n_constants == 0 ? BASE_OK
                                : base_fail(BASE_ERROR_INTERNAL, "draw %s takes no constants", kernel->name);
    if (n_constants == 0 || n_constants > GPU_MAX_CONSTANTS)
        return base_fail(BASE_ERROR_INTERNAL, "kernel %s: %u constants; the first is the workgroup size",
                         kernel->name, n_constants);
    if (constants[0] == 0 || constants[0] > capabilities->max_invocations ||
        constants[0] > capabilities->max_group_size[0])
        return base_fail(BASE_ERROR_INTERNAL, "kernel %s: a workgroup of %u, and %s allows %u", kernel->name,
                         constants[0], gpu->information.name, capabilities->max_invocations);
    if (level == GPU_LEVEL_SUBGROUP &&
        (constants[0] % capabilities->subgroup_size != 0 ||
         constants[0] / capabilities->subgroup_size > gpu->candidate.most_subgroups))
        return base_fail(BASE_ERROR_INTERNAL,
                         "kernel %s: a workgroup of %u is not 1 to %u whole subgroups of %u", kernel->name,
                         constants[0], gpu->candidate.most_subgroups, capabilities->subgroup_size);
    return BASE_OK;
}

static struct gpu_pipeline *find_pipeline(struct gpu *gpu, const struct gpu_kernel *kernel,
                                          enum gpu_level level, const uint32_t *constants,
                                          uint32_t n_constants)
{
    for (struct gpu_pipeline *pipeline = gpu->pipelines; pipeline; pipeline = pipeline->next)
        if (pipeline->kernel == kernel && pipeline->level == level && pipeline->n_constants == n_constants &&
            (n_constants == 0 ||
             memcmp(pipeline->constants, constants, n_constants * sizeof *constants) == 0))
            return pipeline;
    return NULL;
}

enum base_status gpu_pipeline_get(struct gpu *gpu, const struct gpu_kernel *kernel, enum gpu_level level,
                                  const uint32_t *constants, uint32_t n_constants, struct gpu_pipeline **out)
{
    struct gpu_pipeline *pipeline;
    if ((*out = find_pipeline(gpu, kernel, level, constants, n_constants)))
        return BASE_OK;
    BASE_TRY(check_request(gpu, kernel, level, constants, n_constants));
    BASE_TRY(base_allocate(&pipeline, 1, sizeof *pipeline, kernel->name));
    pipeline->kernel = kernel;
    pipeline->level = level;
    pipeline->n_constants = n_constants;
    if (n_constants > 0)
        memcpy(pipeline->constants, constants, n_constants * sizeof *constants);
    enum base_status status = layout_get(gpu, kernel, &pipeline->layout);
    if (status == BASE_OK)
        status = gpu_pipeline_build(gpu, pipeline);
    if (status != BASE_OK) {
        base_free(pipeline);
        return status;
    }
    pipeline->next = gpu->pipelines;
    gpu->pipelines = pipeline;
    *out = pipeline;
    return BASE_OK;
}

enum base_status gpu_prepare(struct gpu *gpu, const struct gpu_kernel *kernel, enum gpu_level level,
                             const uint32_t *constants, uint32_t n_constants)
{
    struct gpu_pipeline *pipeline;
    BASE_TRY(gpu_usable(gpu, "gpu_prepare"));
    return gpu_pipeline_get(gpu, kernel, level, constants, n_constants, &pipeline);
}

void gpu_pipelines_free(struct gpu *gpu)
{
    gpu_replacements_free(gpu);
    while (gpu->pipelines) {
        struct gpu_pipeline *pipeline = gpu->pipelines;
        gpu->pipelines = pipeline->next;
        vkDestroyPipeline(gpu->device, pipeline->handle, NULL);
        base_free(pipeline);
    }
    for (uint32_t i = 0; i < gpu->n_layouts; i++) {
        vkDestroyPipelineLayout(gpu->device, gpu->layouts[i].pipeline, NULL);
        vkDestroyDescriptorSetLayout(gpu->device, gpu->layouts[i].set, NULL);
    }
    gpu->n_layouts = 0;
}
