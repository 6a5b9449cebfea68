/* Draws into an image: render pass, pipelines, recording. */
#include "base/memory.h"
#include "gpu/internal.h"

/* The image, or a part of it, is cleared at the start and left ready to be copied from. The dependencies
 * order it after an earlier copy or draw of the same image and before a later one. */
static enum base_status create_pass(struct gpu *gpu, VkImageLayout before, VkRenderPass *out)
{
    const VkAttachmentDescription attachment = {.format = GPU_IMAGE_FORMAT,
                                                .samples = VK_SAMPLE_COUNT_1_BIT,
                                                .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                                .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
                                                .stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE,
                                                .stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE,
                                                .initialLayout = before,
                                                .finalLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL};
    const VkAttachmentReference colour = {0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    const VkSubpassDescription subpass = {.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS,
                                          .colorAttachmentCount = 1,
                                          .pColorAttachments = &colour};
    const VkSubpassDependency dependencies[2] = {
        {.srcSubpass = VK_SUBPASS_EXTERNAL,
         .srcStageMask = VK_PIPELINE_STAGE_TRANSFER_BIT | VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT,
         .dstStageMask = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT,
         .srcAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
         .dstAccessMask = VK_ACCESS_COLOR_ATTACHMENT_READ_BIT | VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT},
        {.dstSubpass = VK_SUBPASS_EXTERNAL,
         .srcStageMask = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT,
         .dstStageMask = VK_PIPELINE_STAGE_TRANSFER_BIT,
         .srcAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
         .dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT},
    };
    VkRenderPassCreateInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO,
                                   .attachmentCount = 1,
                                   .pAttachments = &attachment,
                                   .subpassCount = 1,
                                   .pSubpasses = &subpass,
                                   .dependencyCount = 2,
                                   .pDependencies = dependencies};
    VkResult result = vkCreateRenderPass(gpu->device, &info, NULL, out);
    if (result == VK_SUCCESS)
        return BASE_OK;
    *out = VK_NULL_HANDLE;
    return gpu_failed(gpu, result, "vkCreateRenderPass", "drawing");
}

/* They differ in the image's layout before alone: framebuffers and pipelines suit both. */
enum base_status gpu_render_pass(struct gpu *gpu)
{
    if (!gpu->render_pass)
        BASE_TRY(create_pass(gpu, VK_IMAGE_LAYOUT_UNDEFINED, &gpu->render_pass));
    return gpu->keeping_pass ? BASE_OK
                             : create_pass(gpu, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, &gpu->keeping_pass);
}

void gpu_draws_destroy(struct gpu *gpu)
{
    if (gpu->render_pass)
        vkDestroyRenderPass(gpu->device, gpu->render_pass, NULL);
    if (gpu->keeping_pass)
        vkDestroyRenderPass(gpu->device, gpu->keeping_pass, NULL);
    gpu->render_pass = gpu->keeping_pass = VK_NULL_HANDLE;
}

/* ---- pipelines ---- */

static VkResult create_pipeline(struct gpu *gpu, const VkShaderModule modules[2],
                                const struct gpu_layout *layout, VkPipeline *out)
{
    const VkPipelineShaderStageCreateInfo stages[2] = {
        {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
         .stage = VK_SHADER_STAGE_VERTEX_BIT,
         .module = modules[0],
         .pName = "main"},
        {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
         .stage = VK_SHADER_STAGE_FRAGMENT_BIT,
         .module = modules[1],
         .pName = "main"},
    };
    const VkPipelineVertexInputStateCreateInfo input = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO};
    const VkPipelineInputAssemblyStateCreateInfo assembly = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO,
        .topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST};
    const VkPipelineViewportStateCreateInfo viewport = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO,
        .viewportCount = 1,
        .scissorCount = 1};
    const VkPipelineRasterizationStateCreateInfo raster = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO, .lineWidth = 1};
    const VkPipelineMultisampleStateCreateInfo samples = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO,
        .rasterizationSamples = VK_SAMPLE_COUNT_1_BIT};
    const VkPipelineColorBlendAttachmentState over = {
        .blendEnable = VK_TRUE,
        .srcColorBlendFactor = VK_BLEND_FACTOR_SRC_ALPHA,
        .dstColorBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA,
        .srcAlphaBlendFactor = VK_BLEND_FACTOR_ONE,
        .dstAlphaBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA,
        .colorWriteMask = VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT | VK_COLOR_COMPONENT_B_BIT |
                          VK_COLOR_COMPONENT_A_BIT};
    const VkPipelineColorBlendStateCreateInfo blend = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO,
        .attachmentCount = 1,
        .pAttachments = &over};
    const VkDynamicState states[2] = {VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
    const VkPipelineDynamicStateCreateInfo dynamic = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO,
        .dynamicStateCount = 2,
        .pDynamicStates = states};
    VkGraphicsPipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO,
        .flags = gpu->candidate.pipeline_statistics ? VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR : 0,
        .stageCount = 2,
        .pStages = stages,
        .pVertexInputState = &input,
        .pInputAssemblyState = &assembly,
        .pViewportState = &viewport,
        .pRasterizationState = &raster,
        .pMultisampleState = &samples,
        .pColorBlendState = &blend,
        .pDynamicState = &dynamic,
        .layout = layout->pipeline,
        .renderPass = gpu->render_pass,
        .basePipelineIndex = -1};
    return vkCreateGraphicsPipelines(gpu->device, gpu->cache, 1, &info, NULL, out);
}

enum base_status gpu_draw_pipeline(struct gpu *gpu, const struct gpu_kernel *kernel,
                                   const struct gpu_layout *layout, VkPipeline *out)
{
    enum base_status status;
    const struct gpu_shader *shader = gpu_shader_of(gpu, kernel);
    VkShaderModule modules[2] = {VK_NULL_HANDLE, VK_NULL_HANDLE};
    VkResult result;
    if (shader->n_modules != 2)
        return base_fail(BASE_ERROR_INTERNAL, "draw %s has %u stages, not 2", kernel->name,
                         shader->n_modules);
    BASE_CHECK(gpu_render_pass(gpu));
    BASE_CHECK(gpu_module_create(gpu, kernel, &shader->modules[0], &modules[0]));
    BASE_CHECK(gpu_module_create(gpu, kernel, &shader->modules[1], &modules[1]));
    result = create_pipeline(gpu, modules, layout, out);
    if (result != VK_SUCCESS)
        status = gpu_failed(gpu, result, "vkCreateGraphicsPipelines", kernel->name);
error:
    for (int i = 0; i < 2; i++)
        if (modules[i])
            vkDestroyShaderModule(gpu->device, modules[i], NULL);
    return status;
}

/* ---- recording ---- */

static bool clip(const struct gpu_image *image, const uint32_t *scissor, VkRect2D *out);

enum base_status gpu_draw_begin_in(struct gpu *gpu, struct gpu_image *image, const float colour[4],
                                   const uint32_t area[4])
{
    struct gpu_submission *submission;
    VkRect2D within;
    BASE_TRY(gpu_idle_of_draws(gpu, "gpu_draw_begin"));
    if (!gpu->compile_only)
        BASE_TRY(gpu_recording(gpu, &submission));
    const bool keeps = area && image->drawn;
    if (!clip(image, keeps ? area : NULL, &within))
        return base_fail(BASE_ERROR_INTERNAL, "gpu_draw_begin_in: the area lies outside the image");
    image->drawn = true;
    gpu->drawing = image;
    gpu->drawn = false;
    gpu->n_passes++;
    if (gpu->compile_only)
        return BASE_OK;
    gpu_barrier_before_draws(gpu, submission);
    const VkClearValue clear = {.color.float32 = {colour[0], colour[1], colour[2], colour[3]}};
    const VkViewport viewport = {0, 0, (float)image->width, (float)image->height, 0, 1};
    VkRenderPassBeginInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO,
                                  .renderPass = keeps ? gpu->keeping_pass : gpu->render_pass,
                                  .framebuffer = image->frame,
                                  .renderArea = within,
                                  .clearValueCount = 1,
                                  .pClearValues = &clear};
    vkCmdBeginRenderPass(submission->commands, &info, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdSetViewport(submission->commands, 0, 1, &viewport);
    image->submission = submission->number;
    return BASE_OK;
}

enum base_status gpu_draw_begin(struct gpu *gpu, struct gpu_image *image, const float colour[4])
{
    return gpu_draw_begin_in(gpu, image, colour, NULL);
}

/* The part of the scissor inside the image; false when nothing is left. */
static bool clip(const struct gpu_image *image, const uint32_t *scissor, VkRect2D *out)
{
    *out = (VkRect2D){{0, 0}, {image->width, image->height}};
    if (!scissor)
        return true;
    if (scissor[0] >= image->width || scissor[1] >= image->height || scissor[2] == 0 || scissor[3] == 0)
        return false;
    out->offset = (VkOffset2D){(int32_t)scissor[0], (int32_t)scissor[1]};
    out->extent.width = (uint32_t)base_minimum(scissor[2], image->width - scissor[0]);
    out->extent.height = (uint32_t)base_minimum(scissor[3], image->height - scissor[1]);
    return true;
}

enum base_status gpu_draw(struct gpu *gpu, const struct gpu_draw_parameters *parameters)
{
    const struct gpu_kernel *kernel = parameters->kernel;
    struct gpu_submission *submission;
    struct gpu_pipeline *pipeline;
    VkDescriptorSet set;
    VkRect2D scissor;
    BASE_TRY(gpu_usable(gpu, "gpu_draw"));
    if (!gpu->drawing || !kernel->draw)
        return base_fail(BASE_ERROR_INTERNAL, "gpu_draw of %s: %s", kernel->name,
                         kernel->draw ? "not between gpu_draw_begin and gpu_draw_end"
                                      : "a kernel, not a draw");
    BASE_TRY(gpu_pipeline_get(gpu, kernel, GPU_LEVEL_FLOOR, NULL, 0, &pipeline));
    BASE_TRY(gpu_check_call(gpu, kernel, parameters->params, parameters->ranges));
    if (gpu->compile_only || parameters->vertices == 0 || parameters->instances == 0 ||
        !clip(gpu->drawing, parameters->scissor, &scissor))
        return BASE_OK;
    BASE_TRY(gpu_recording(gpu, &submission));
    BASE_TRY(gpu_descriptor_set(gpu, submission, pipeline->layout, parameters->ranges, &set));
    for (uint32_t i = 0; i < kernel->n_bindings; i++)
        gpu_note(gpu, parameters->ranges[i].buffer, GPU_READ);
    gpu_command(gpu, submission, GPU_USE_DRAW,
                &(struct gpu_record){.pipeline = pipeline,
                                     .work = 1,
                                     .expected_ns =
                                         pipeline->work > 0 ? (uint64_t)(pipeline->ns / pipeline->work) : 0,
                                     .dispatches = 1});
    VkCommandBuffer commands = submission->commands;
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline->handle);
    vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline->layout->pipeline, 0, 1, &set,
                            0, NULL);
    if (kernel->params_bytes > 0)
        vkCmdPushConstants(commands, pipeline->layout->pipeline,
                           VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0, kernel->params_bytes,
                           parameters->params);
    vkCmdSetScissor(commands, 0, 1, &scissor);
    vkCmdDraw(commands, parameters->vertices, parameters->instances, 0, 0);
    return BASE_OK;
}

enum base_status gpu_draw_end(struct gpu *gpu)
{
    struct gpu_submission *submission;
    BASE_TRY(gpu_usable(gpu, "gpu_draw_end"));
    if (!gpu->drawing)
        return base_fail(BASE_ERROR_INTERNAL, "gpu_draw_end without gpu_draw_begin");
    /* While gpu->drawing is set nothing is submitted: a render pass cannot be cut. */
    enum base_status status = gpu->compile_only ? BASE_OK : gpu_recording(gpu, &submission);
    gpu->drawing = NULL;
    if (status == BASE_OK && !gpu->compile_only)
        vkCmdEndRenderPass(submission->commands);
    return status;
}
