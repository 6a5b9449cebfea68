/* What a kernel is: one record a kernel, owned by the room it belongs to. gpu/ knows the type and no kernel.
 *
 * A kernel is three things and nothing else:
 *   1. one shader file   shaders/<room>/<kernel>.comp           (a draw: <draw>.vert and <draw>.frag)
 *   2. one struct        struct <room>_<kernel>_params in shaders/<room>/params.h, 4-byte scalars only,
 *                        included by C and by GLSL
 *   3. one row           GPU_KERNEL(...) in src/<room>/kernels.def
 * The build compiles the shader (each level named in its `// levels:` line), validates it and embeds it as
 * `const struct gpu_shader <room>_<kernel>_shader`. A room's kernels.h and kernels.c read kernels.def through
 * gpu/declare_kernels.h and gpu/define_kernels.h, a few lines that do not change when a kernel is added. */
#ifndef ARCLIGHT_GPU_KERNEL_H
#define ARCLIGHT_GPU_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Variants of one source, slowest and most portable first. Each is used only when the capabilities allow it
 * (gpu_level_allowed). The names are those of --limits and of the `// levels:` line. */
enum gpu_level {
    GPU_LEVEL_FLOOR, /* 128 invocations, 16 KiB shared memory, no subgroup operations: every Vulkan 1.2 device
                      */
    GPU_LEVEL_VEC4,  /* f32 in 16-byte loads, up to 256 invocations and 32 KiB shared memory */
    GPU_LEVEL_SUBGROUP, /* subgroup operations (basic, ballot, shuffle) in workgroups of whole subgroups of
                           exactly gpu_capabilities()->subgroup_size invocations, and reads by gpu_address */
    GPU_LEVELS
};

/* One compiled variant: SPIR-V words. */
struct gpu_module {
    enum gpu_level level;
    const uint32_t *words;
    size_t bytes;
};

/* One shader file with its variants, made by the build from shaders/. Modules are ordered by level. A draw
 * has exactly one level and both stages: modules[0] is the vertex stage, modules[1] the fragment stage. */
struct gpu_shader {
    const char *name;
    const struct gpu_module *modules;
    uint32_t n_modules;
};

enum gpu_access {
    GPU_READ = 1,
    GPU_WRITE = 2,
    GPU_READ_WRITE = 3,
};

enum { GPU_MAX_BINDINGS = 8, GPU_MAX_PARAMS_BYTES = 128, GPU_MAX_CONSTANTS = 8 };

/* A storage buffer at set 0, binding = position in the row. */
struct gpu_binding {
    const char *name;
    enum gpu_access access;
};

/* The row. `params_bytes` is the size of the push-constant block (0: none). `draw` rows have a vertex and a
 * fragment stage; their bindings are read only. */
struct gpu_kernel {
    const char *name;
    const struct gpu_shader *shader;
    struct gpu_binding bindings[GPU_MAX_BINDINGS];
    uint32_t n_bindings;
    uint32_t params_bytes;
    uint32_t draw; /* 0: compute, 1: draw */
};

/* Row makers for kernels.def. The varargs are bindings: GPU_BIND(READ, rows), GPU_BIND(WRITE, sums), …
 *   GPU_KERNEL(room, kernel, GPU_BIND(...), ...)   with params struct room_kernel_params
 *   GPU_DRAW(room, draw, GPU_BIND(...), ...)       the same for a draw
 * Each row gives one object, `const struct gpu_kernel <room>_<kernel>_kernel` (linalg_transpose_kernel), so
 * that the plain name is free for the function that calls it. Every kernel has a params struct. */
#define GPU_BIND(access_, name_)                                                                             \
    {                                                                                                        \
        .name = #name_, .access = GPU_##access_                                                              \
    }
#define GPU_ROW_DECLARE(room, kernel, ...) extern const struct gpu_kernel room##_##kernel##_kernel;
#define GPU_ROW_DEFINE(room, kernel, draw_, ...)                                                             \
    extern const struct gpu_shader room##_##kernel##_shader;                                                 \
    const struct gpu_kernel room##_##kernel##_kernel = {                                                     \
        .name = #room "_" #kernel,                                                                           \
        .shader = &room##_##kernel##_shader,                                                                 \
        .bindings = {__VA_ARGS__},                                                                           \
        .n_bindings = sizeof((const struct gpu_binding[]){__VA_ARGS__}) / sizeof(struct gpu_binding),        \
        .params_bytes = sizeof(struct room##_##kernel##_params),                                             \
        .draw = draw_,                                                                                       \
    };
#define GPU_ROW_LIST(room, kernel, ...) &room##_##kernel##_kernel,

/* A room's list: `const struct gpu_kernel *const <room>_kernels[]`, ended by NULL, in the order of the rows.
 */
#define GPU_LIST_NAME(room) room##_kernels
#define GPU_LIST_DECLARE(room) extern const struct gpu_kernel *const GPU_LIST_NAME(room)[];
#define GPU_LIST_OPEN(room) const struct gpu_kernel *const GPU_LIST_NAME(room)[] = {
#define GPU_LIST_CLOSE                                                                                       \
    NULL                                                                                                     \
    }                                                                                                        \
    ;

#ifdef __cplusplus
}
#endif
#endif
