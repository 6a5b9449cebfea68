/* A kernel's shader files made to modules by the program glslang and passed by spirv-val, by the rules of the
 * build (see tools/cmake/shaders.cmake). May be used from any thread, from one at a time. */
#ifndef ARCLIGHT_LIVE_COMPILE_H
#define ARCLIGHT_LIVE_COMPILE_H

#include "gpu/kernel.h"

#include "base/status.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct live_compiler {
    char *folder;        /* of the sources, which includes are looked for in */
    const char *program; /* "glslangValidator" */
    const char *scratch; /* a folder for what is made; the caller's */
};

/* Fills all but `scratch`. BASE_ERROR_USAGE when no compiler or no spirv-val is on PATH. Freed in every case.
 */
enum base_status live_compiler_find(const char *folder, struct live_compiler *compiler);
void live_compiler_free(struct live_compiler *compiler); /* zeroed is fine */

struct live_compiled {
    struct gpu_shader shader;
    struct gpu_module modules[GPU_LEVELS];
};

/* `path`: "view/curve", without the stage. The levels are those that the kernel has. BASE_ERROR_INPUT with
 * the first line of what is wrong, "view/curve.frag:12: …". Freed in every case. */
enum base_status live_compile(const struct live_compiler *compiler, const struct gpu_kernel *kernel,
                              const char *path, struct live_compiled *compiled);
void live_compiled_free(struct live_compiled *compiled); /* zeroed is fine */

/* Whether a source of the kernel includes this file, itself or by others. */
bool live_compiler_includes(const struct live_compiler *compiler, const struct gpu_kernel *kernel,
                            const char *path, const char *name);

#ifdef __cplusplus
}
#endif
#endif
