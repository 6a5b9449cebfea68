#include "live/compile.h"

#include "base/memory.h"
#include "base/platform.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MOST_SOURCE = 1 << 20, SAID = 4096, DEPTH = 8 };

/* ---- the program ---- */

enum base_status live_compiler_find(const char *folder, struct live_compiler *compiler)
{
    static const char *const names[] = {"glslangValidator", "glslang"};
    *compiler = (struct live_compiler){0};
    for (size_t i = 0; i < sizeof names / sizeof *names && !compiler->program; i++)
        if (base_program_exists(names[i]))
            compiler->program = names[i];
    if (!compiler->program)
        return base_fail(BASE_ERROR_USAGE, "--shaders: neither glslangValidator nor glslang is on PATH to "
                                           "compile what is edited; install glslang-tools");
    if (!base_program_exists("spirv-val"))
        return base_fail(BASE_ERROR_USAGE,
                         "--shaders: spirv-val is not on PATH, and drivers are given only what "
                         "it has passed; install spirv-tools");
    compiler->folder = base_copy_string(folder);
    return compiler->folder ? BASE_OK : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
}

void live_compiler_free(struct live_compiler *compiler)
{
    base_free(compiler->folder);
    *compiler = (struct live_compiler){0};
}

/* ---- files ---- */

/* All of a file with a 0 behind it; *bytes without that. */
static enum base_status read_all(const char *path, char **text, size_t *bytes)
{
    struct base_file *file = NULL;
    enum base_status status;
    *text = NULL;
    BASE_CHECK(base_file_open(path, &file));
    *bytes = (size_t)base_file_size(file);
    if (*bytes > MOST_SOURCE) {
        status = base_fail(BASE_ERROR_INPUT, "%s: %zu bytes are too many for a shader", path, *bytes);
        goto error;
    }
    BASE_CHECK(base_allocate(text, *bytes + 1, 1, path));
    BASE_CHECK(base_file_read(file, 0, *text, *bytes));
error:
    base_file_close(&file);
    return status;
}

/* The stage's file, as the build names it. */
static void source_name(const struct gpu_kernel *kernel, const char *path, uint32_t module, char name[128])
{
    snprintf(name, 128, "%.100s.%s", path, kernel->draw ? module == 0 ? "vert" : "frag" : "comp");
}

/* ---- what is included ---- */

static bool includes(const struct live_compiler *compiler, const char *file, const char *name, int depth)
{
    char *path = base_path_join(compiler->folder, file), *text = NULL, included[96];
    size_t bytes;
    bool found = false;
    const bool read = path && depth < DEPTH && read_all(path, &text, &bytes) == BASE_OK;
    for (const char *at = read ? strstr(text, "#include \"") : NULL; at && !found;
         at = strstr(at + 1, "#include \""))
        if (sscanf(at, "#include \"%95[^\"]\"", included) == 1)
            found = strcmp(included, name) == 0 || includes(compiler, included, name, depth + 1);
    base_free(text);
    base_free(path);
    return found;
}

bool live_compiler_includes(const struct live_compiler *compiler, const struct gpu_kernel *kernel,
                            const char *path, const char *name)
{
    char file[128];
    bool found = false;
    for (uint32_t stage = 0; stage < (kernel->draw ? 2u : 1u) && !found; stage++) {
        source_name(kernel, path, stage, file);
        found = includes(compiler, file, name, 0);
    }
    return found;
}

/* ---- compiling ---- */

/* The first line that says what is wrong, without the folder and what compilers put before it:
 * "ERROR: /home/a/shaders/view/curve.frag:12: 'x' : undeclared identifier". */
static enum base_status complain(const struct live_compiler *compiler, const char *name, const char *said)
{
    const char *line = strstr(said, "ERROR: "), *place;
    line = line ? line + strlen("ERROR: ") : said;
    while (isspace((unsigned char)*line))
        line++;
    if ((place = strstr(line, name)) && (size_t)(place - line) <= strlen(compiler->folder) + 1)
        line = place;
    const int length = (int)strcspn(line, "\n");
    if (strncmp(line, name, strlen(name)) == 0)
        return base_fail(BASE_ERROR_INPUT, "%.*s", length, line);
    return base_fail(BASE_ERROR_INPUT, "%s: %.*s", name, length, length > 0 ? line : "");
}

static enum base_status run(const struct live_compiler *compiler, const char *const *arguments,
                            const char *name)
{
    char said[SAID];
    int code;
    BASE_TRY(base_program_run(arguments, said, sizeof said, &code));
    return code == 0 ? BASE_OK : complain(compiler, name, said);
}

static enum base_status compile_file(const struct live_compiler *compiler, const char *name,
                                     const char *source, const char *target, enum gpu_level level)
{
    static const char *const defines[GPU_LEVELS] = {"-DLEVEL_FLOOR", "-DLEVEL_VEC4", "-DLEVEL_SUBGROUP"};
    char *include = NULL;
    const size_t bytes = strlen(compiler->folder) + 3;
    BASE_TRY(base_allocate(&include, bytes, 1, "the compiler's arguments"));
    snprintf(include, bytes, "-I%s", compiler->folder);
    const char *const compile[] = {compiler->program, "--quiet", "--target-env", "vulkan1.2", include,
                                   defines[level],    "-o",      target,         source,      NULL};
    const char *const validate[] = {"spirv-val", "--target-env", "vulkan1.2", target, NULL};
    enum base_status status = run(compiler, compile, name);
    if (status == BASE_OK)
        status = run(compiler, validate, name);
    base_free(include);
    return status;
}

static enum base_status compile_module(const struct live_compiler *compiler, const char *name,
                                       enum gpu_level level, struct gpu_module *module)
{
    char *source = base_path_join(compiler->folder, name), *words = NULL;
    char *target = base_path_join(compiler->scratch, "module.spv");
    size_t bytes = 0;
    enum base_status status = source && target ? compile_file(compiler, name, source, target, level)
                                               : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    if (status == BASE_OK)
        status = read_all(target, &words, &bytes);
    if (target)
        (void)base_file_remove(target);
    base_free(source);
    base_free(target);
    *module = (struct gpu_module){level, (const uint32_t *)(const void *)words, bytes};
    if (status == BASE_OK && (bytes == 0 || bytes % sizeof(uint32_t) != 0))
        status = base_fail(BASE_ERROR_INPUT, "%s: the compiler made no module", name);
    return status;
}

enum base_status live_compile(const struct live_compiler *compiler, const struct gpu_kernel *kernel,
                              const char *path, struct live_compiled *compiled)
{
    char name[128];
    *compiled = (struct live_compiled){.shader = {kernel->shader->name, compiled->modules, 0}};
    for (uint32_t i = 0; i < kernel->shader->n_modules && i < GPU_LEVELS; i++) {
        source_name(kernel, path, i, name);
        compiled->shader.n_modules++;
        BASE_TRY(compile_module(compiler, name, kernel->shader->modules[i].level, &compiled->modules[i]));
    }
    return BASE_OK;
}

void live_compiled_free(struct live_compiled *compiled)
{
    for (uint32_t i = 0; i < compiled->shader.n_modules; i++)
        base_free((void *)compiled->modules[i].words);
    *compiled = (struct live_compiled){0};
}
