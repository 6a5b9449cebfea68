/* Other code for a kernel while it is in use: for the development of shaders. */
#include "base/memory.h"
#include "gpu/internal.h"
#include "gpu/spirv.h"

#include <string.h>

/* A kernel's code that stands in the place of what the build embedded. */
struct gpu_replacement {
    const struct gpu_kernel *kernel;
    struct gpu_shader shader; /* modules and words are owned */
    struct gpu_replacement *next;
};

/* A pipeline that commands on their way may still use. */
struct gpu_dead_pipeline {
    VkPipeline handle;
    uint64_t submission;
    struct gpu_dead_pipeline *next;
};

/* ---- the code ---- */

const struct gpu_shader *gpu_shader_of(const struct gpu *gpu, const struct gpu_kernel *kernel)
{
    for (const struct gpu_replacement *one = gpu->replacements; one; one = one->next)
        if (one->kernel == kernel)
            return &one->shader;
    return kernel->shader;
}

static void free_modules(struct gpu_shader *shader)
{
    for (uint32_t i = 0; shader->modules && i < shader->n_modules; i++)
        base_free((uint32_t *)shader->modules[i].words);
    base_free((struct gpu_module *)shader->modules);
    *shader = (struct gpu_shader){0};
}

static enum base_status copy_shader(const struct gpu_shader *from, struct gpu_shader *to)
{
    struct gpu_module *modules = NULL;
    BASE_TRY(base_allocate(&modules, from->n_modules, sizeof *modules, from->name));
    *to = (struct gpu_shader){from->name, modules, from->n_modules};
    for (uint32_t i = 0; i < from->n_modules; i++) {
        uint32_t *words = NULL;
        BASE_TRY(base_allocate(&words, from->modules[i].bytes, 1, from->name));
        memcpy(words, from->modules[i].words, from->modules[i].bytes);
        modules[i] = (struct gpu_module){from->modules[i].level, words, from->modules[i].bytes};
    }
    return BASE_OK;
}

/* What a driver would believe without a look: the row's bindings and parameters are all there are. */
static enum base_status check_interface(const struct gpu_kernel *kernel, const struct gpu_shader *shader)
{
    if (shader->n_modules != kernel->shader->n_modules)
        return base_fail(BASE_ERROR_INPUT, "%s has %u modules, not %u: build the program anew", kernel->name,
                         shader->n_modules, kernel->shader->n_modules);
    for (uint32_t i = 0; i < shader->n_modules; i++) {
        const struct gpu_module *module = &shader->modules[i];
        const size_t n_words = module->bytes / sizeof *module->words;
        struct gpu_spirv_block block;
        uint32_t bindings;
        if (module->level != kernel->shader->modules[i].level)
            return base_fail(BASE_ERROR_INPUT,
                             "%s: module %u is of another level than the program's: build it anew",
                             kernel->name, i);
        BASE_TRY(gpu_spirv_push_block(module->words, n_words, &block));
        BASE_TRY(gpu_spirv_bindings(module->words, n_words, &bindings));
        const bool unread = kernel->draw && block.n_members == 0;
        if (!unread && (block.n_members * 4 != kernel->params_bytes || !block.all_words))
            return base_fail(BASE_ERROR_INPUT,
                             "%s: its parameters are not those the program was built with: build it anew",
                             kernel->name);
        if (bindings > kernel->n_bindings)
            return base_fail(
                BASE_ERROR_INPUT,
                "%s: binding %u is not in its row of kernels.def, which has %u: add it there and "
                "build the program anew",
                kernel->name, bindings - 1, kernel->n_bindings);
    }
    return BASE_OK;
}

/* ---- the pipelines ---- */

void gpu_pipelines_collect(struct gpu *gpu)
{
    struct gpu_dead_pipeline **link = &gpu->dead_pipelines;
    while (*link) {
        struct gpu_dead_pipeline *dead = *link;
        if (dead->submission > gpu->completed) {
            link = &dead->next;
            continue;
        }
        *link = dead->next;
        vkDestroyPipeline(gpu->device, dead->handle, NULL);
        base_free(dead);
    }
}

/* A new pipeline for each that the kernel has, in their order, in the records that take the old ones. */
static enum base_status build_all(struct gpu *gpu, const struct gpu_kernel *kernel,
                                  struct gpu_dead_pipeline **first)
{
    struct gpu_dead_pipeline **link = first;
    for (struct gpu_pipeline *one = gpu->pipelines; one; one = one->next) {
        if (one->kernel != kernel)
            continue;
        struct gpu_pipeline copy = *one;
        BASE_TRY(base_allocate(link, 1, sizeof **link, kernel->name));
        BASE_TRY(gpu_pipeline_build(gpu, &copy));
        (*link)->handle = copy.handle;
        link = &(*link)->next;
    }
    return BASE_OK;
}

static void unbuild(struct gpu *gpu, struct gpu_dead_pipeline *first)
{
    while (first) {
        struct gpu_dead_pipeline *one = first;
        first = one->next;
        vkDestroyPipeline(gpu->device, one->handle, NULL);
        base_free(one);
    }
}

static void exchange_all(struct gpu *gpu, const struct gpu_kernel *kernel, struct gpu_dead_pipeline *built)
{
    for (struct gpu_pipeline *one = gpu->pipelines; one; one = one->next) {
        if (one->kernel != kernel)
            continue;
        struct gpu_dead_pipeline *dead = built;
        const VkPipeline handle = dead->handle;
        built = dead->next;
        *dead = (struct gpu_dead_pipeline){one->handle, gpu_mark(gpu), gpu->dead_pipelines};
        gpu->dead_pipelines = dead;
        one->handle = handle;
    }
}

static void drop_first(struct gpu *gpu)
{
    struct gpu_replacement *first = gpu->replacements;
    gpu->replacements = first->next;
    free_modules(&first->shader);
    base_free(first);
}

/* The newest stands first and is found first; what it replaces goes. */
static void drop_older(struct gpu *gpu, const struct gpu_kernel *kernel)
{
    struct gpu_replacement **link = &gpu->replacements->next;
    while (*link && (*link)->kernel != kernel)
        link = &(*link)->next;
    struct gpu_replacement *older = *link;
    if (!older)
        return;
    *link = older->next;
    free_modules(&older->shader);
    base_free(older);
}

enum base_status gpu_shader_replace(struct gpu *gpu, const struct gpu_kernel *kernel,
                                    const struct gpu_shader *shader)
{
    struct gpu_replacement *replacement;
    struct gpu_dead_pipeline *built = NULL;
    BASE_TRY(gpu_idle_of_draws(gpu, "gpu_shader_replace"));
    BASE_TRY(check_interface(kernel, shader));
    BASE_TRY(base_allocate(&replacement, 1, sizeof *replacement, kernel->name));
    replacement->kernel = kernel;
    replacement->next = gpu->replacements;
    gpu->replacements = replacement;
    enum base_status status = copy_shader(shader, &replacement->shader);
    if (status == BASE_OK)
        status = build_all(gpu, kernel, &built);
    if (status != BASE_OK) {
        unbuild(gpu, built);
        drop_first(gpu);
        return status;
    }
    drop_older(gpu, kernel);
    exchange_all(gpu, kernel, built);
    return BASE_OK;
}

void gpu_replacements_free(struct gpu *gpu)
{
    gpu_pipelines_collect(gpu);
    while (gpu->replacements)
        drop_first(gpu);
}
