#include "live/reload.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "base/scratch.h"
#include "gpu/kernels.h"
#include "linalg/kernels.h"
#include "live/compile.h"
#include "live/kernels.h"
#include "sae/kernels.h"
#include "srm/kernels.h"
#include "view/kernels.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* Editors write a file in several goes: what has changed is compiled when it has been still for a look. */
enum { LOOK_MS = 150, MOST_FILES = 512, MOST_KERNELS = 256, FAULT = 200 };

static const struct {
    const char *name;
    const struct gpu_kernel *const *kernels; /* NULL: only what others include */
} rooms[] = {{"common", NULL},     {"gpu", gpu_kernels},   {"linalg", linalg_kernels}, {"srm", srm_kernels},
             {"sae", sae_kernels}, {"view", view_kernels}, {"live", live_kernels}};
enum { ROOMS = sizeof rooms / sizeof *rooms };

struct file {
    char name[96]; /* "view/curve.frag", or a room, "view" */
    uint64_t stamp;
    bool moving; /* changed at the last look */
    bool due;    /* what is made from it is to be compiled */
};

/* A kernel that is to be compiled, and what became of it. */
struct job {
    uint32_t kernel;
    struct live_compiled compiled;
    char fault[FAULT]; /* "": compiled */
    bool taken;
};

struct live_reload {
    struct gpu *gpu;
    struct live_compiler compiler;
    struct base_scratch *scratch;
    struct file rooms[ROOMS], files[MOST_FILES];
    uint32_t n_files;
    struct {
        const struct gpu_kernel *kernel;
        char path[96];     /* "view/curve", without the stage */
        char fault[FAULT]; /* of what was saved last; "": none */
    } kernels[MOST_KERNELS];
    uint32_t n_kernels;
    char header[FAULT]; /* a fault that is no kernel's */
    char idle[FAULT];   /* why nothing is compiled just now */
    uint64_t next_ns, count;

    struct job jobs[MOST_KERNELS];
    uint32_t n_jobs;            /* 0: nothing is compiled or waits to be taken over */
    struct base_thread *thread; /* NULL: none at work */
    atomic_bool done, stop;
};

/* ---- opening ---- */

static bool is_source(const char *name)
{
    const char *dot = strrchr(name, '.');
    static const char *const ends[] = {".comp", ".vert", ".frag", ".glsl", ".h"};
    for (size_t i = 0; dot && i < sizeof ends / sizeof *ends; i++)
        if (strcmp(dot, ends[i]) == 0)
            return true;
    return false;
}

static uint64_t stamp_of(const struct live_reload *reload, const char *name)
{
    char *path = base_path_join(reload->compiler.folder, name);
    const uint64_t stamp = path ? base_path_stamp(path) : 0;
    base_free(path);
    return stamp;
}

/* Takes up a file that is not known yet. One that comes later counts as just written. */
static enum base_status add_file(struct live_reload *reload, const char *room, const char *name, bool later)
{
    struct file *file = &reload->files[reload->n_files], *known = reload->files;
    if (!is_source(name))
        return BASE_OK;
    if (reload->n_files == MOST_FILES - 1)
        return base_fail(BASE_ERROR_USAGE,
                         "--shaders %s: there are more than %d files, the most that are watched",
                         reload->compiler.folder, MOST_FILES - 1);
    snprintf(file->name, sizeof file->name, "%.31s/%.63s", room, name);
    while (strcmp(known->name, file->name) != 0)
        known++;
    if (known < file)
        return BASE_OK;
    file->stamp = stamp_of(reload, file->name);
    file->moving = later;
    reload->n_files++;
    return BASE_OK;
}

static enum base_status list_room(struct live_reload *reload, const char *room, bool later)
{
    char *path = base_path_join(reload->compiler.folder, room), **names = NULL;
    size_t count = 0;
    enum base_status status = path ? base_folder_list(path, &names, &count) : BASE_ERROR_FILE_SYSTEM;
    if (status != BASE_OK)
        status = base_fail(BASE_ERROR_USAGE,
                           "--shaders %s: this is not the folder shaders/ of the source: it has no folder %s",
                           reload->compiler.folder, room);
    for (size_t i = 0; i < count && status == BASE_OK; i++)
        status = add_file(reload, room, names[i], later);
    base_list_free(&names, count);
    base_free(path);
    return status;
}

/* A kernel's file is called as the kernel, without its room. */
static enum base_status list_kernels(struct live_reload *reload, const char *room,
                                     const struct gpu_kernel *const *list)
{
    for (; list && *list; list++) {
        if (reload->n_kernels == MOST_KERNELS)
            return base_fail(BASE_ERROR_INTERNAL, "more than %d kernels", MOST_KERNELS);
        reload->kernels[reload->n_kernels].kernel = *list;
        snprintf(reload->kernels[reload->n_kernels].path, sizeof reload->kernels->path, "%.31s/%.63s", room,
                 (*list)->name + strlen(room) + 1);
        reload->n_kernels++;
    }
    return BASE_OK;
}

enum base_status live_reload_open(struct gpu *gpu, const char *folder, struct live_reload **out)
{
    struct live_reload *reload = NULL;
    enum base_status status;
    *out = NULL;
    BASE_CHECK(base_allocate(&reload, 1, sizeof *reload, "shaders to be reloaded"));
    reload->gpu = gpu;
    BASE_CHECK(live_compiler_find(folder, &reload->compiler));
    for (int r = 0; r < ROOMS; r++) {
        snprintf(reload->rooms[r].name, sizeof reload->rooms[r].name, "%s", rooms[r].name);
        reload->rooms[r].stamp = stamp_of(reload, rooms[r].name);
        BASE_CHECK(list_room(reload, rooms[r].name, false));
        BASE_CHECK(list_kernels(reload, rooms[r].name, rooms[r].kernels));
    }
    BASE_CHECK(base_scratch_make("shaders", &reload->scratch));
    reload->compiler.scratch = base_scratch_path(reload->scratch);
    *out = reload;
    reload = NULL;
error:
    live_reload_close(&reload);
    return status;
}

static void drop_jobs(struct live_reload *reload)
{
    atomic_store(&reload->stop, true);
    base_thread_discard(&reload->thread);
    reload->thread = NULL;
    for (uint32_t i = 0; i < reload->n_jobs; i++)
        live_compiled_free(&reload->jobs[i].compiled);
    reload->n_jobs = 0;
}

void live_reload_close(struct live_reload **handle)
{
    struct live_reload *reload = *handle;
    if (!reload)
        return;
    *handle = NULL;
    drop_jobs(reload);
    base_scratch_release(&reload->scratch);
    live_compiler_free(&reload->compiler);
    base_free(reload);
}

/* ---- looking ---- */

/* Whether it has changed, and has been still for a look. */
static bool settles(const struct live_reload *reload, struct file *file)
{
    const uint64_t stamp = stamp_of(reload, file->name);
    if (stamp == 0) /* between an old and a new one */
        return false;
    const bool moves = stamp != file->stamp, settled = file->moving && !moves;
    file->stamp = stamp;
    file->moving = moves;
    return settled;
}

static bool look(struct live_reload *reload)
{
    bool changed = false;
    for (int r = 0; r < ROOMS; r++)
        if (settles(reload, &reload->rooms[r]))
            (void)list_room(reload, rooms[r].name, true); /* what is not there now may come again */
    for (uint32_t i = 0; i < reload->n_files; i++) {
        struct file *file = &reload->files[i];
        if (!settles(reload, file))
            continue;
        if (strcmp(strrchr(file->name, '.'), ".h") != 0) {
            file->due = true;
            continue;
        }
        snprintf(reload->header, sizeof reload->header,
                 "%s is part of the program as well: build it anew and begin again", file->name);
        base_log(BASE_LOG_NORMAL, "%s", reload->header);
        changed = true;
    }
    return changed;
}

/* ---- compiling, in a thread of its own ---- */

/* Whether a kernel is made from a file, itself or by others that it includes. */
static bool is_made_from(const struct live_reload *reload, uint32_t kernel, const char *name)
{
    const char *path = reload->kernels[kernel].path, *dot = strrchr(name, '.');
    const size_t stem = (size_t)(dot - name);
    if (strcmp(dot, ".glsl") == 0)
        return live_compiler_includes(&reload->compiler, reload->kernels[kernel].kernel, path, name);
    return strlen(path) == stem && strncmp(path, name, stem) == 0;
}

/* Which kernels are due is found out here as well: it means to read every source. The window's thread leaves
 * files, kernels and jobs alone until this one is done. */
static enum base_status compile_all(void *context)
{
    struct live_reload *reload = context;
    for (uint32_t k = 0; k < reload->n_kernels; k++) {
        bool due = false;
        for (uint32_t i = 0; i < reload->n_files && !due && !atomic_load(&reload->stop); i++)
            due = reload->files[i].due && is_made_from(reload, k, reload->files[i].name);
        if (due)
            reload->jobs[reload->n_jobs++] = (struct job){.kernel = k};
    }
    for (uint32_t i = 0; i < reload->n_files; i++)
        reload->files[i].due = false;
    for (uint32_t i = 0; i < reload->n_jobs && !atomic_load(&reload->stop); i++) {
        struct job *job = &reload->jobs[i];
        if (live_compile(&reload->compiler, reload->kernels[job->kernel].kernel,
                         reload->kernels[job->kernel].path, &job->compiled) != BASE_OK)
            snprintf(job->fault, sizeof job->fault, "%s", base_message());
    }
    atomic_store(&reload->done, true);
    return BASE_OK;
}

/* A thread that cannot be had is tried again at the next look, and told. True: what is told has changed. */
static bool begin(struct live_reload *reload)
{
    bool due = false, told = reload->idle[0] != '\0';
    for (uint32_t i = 0; i < reload->n_files && !due; i++)
        due = reload->files[i].due;
    if (!due)
        return false;
    atomic_store(&reload->done, false);
    atomic_store(&reload->stop, false);
    if (base_thread_start(compile_all, reload, &reload->thread) == BASE_OK) {
        reload->idle[0] = '\0';
        return told;
    }
    if (!told)
        base_log(BASE_LOG_NORMAL, "%s", base_message());
    snprintf(reload->idle, sizeof reload->idle, "%s", base_message());
    return !told;
}

/* ---- taking over ---- */

static enum base_status take(struct live_reload *reload, struct job *job)
{
    const struct gpu_kernel *kernel = reload->kernels[job->kernel].kernel;
    char *fault = reload->kernels[job->kernel].fault;
    enum base_status status = BASE_OK;
    if (job->fault[0] == '\0')
        status = gpu_shader_replace(reload->gpu, kernel, &job->compiled.shader);
    if (status == BASE_ERROR_DEVICE_LOST)
        return status;
    if (status != BASE_OK)
        snprintf(job->fault, sizeof job->fault, "%s", base_message());
    snprintf(fault, FAULT, "%s", job->fault);
    reload->count += fault[0] == '\0';
    base_log(BASE_LOG_NORMAL, "%s: %s", reload->kernels[job->kernel].path, fault[0] ? fault : "reloaded");
    return BASE_OK;
}

/* The driver's compiler runs in the window's own thread: of what draws, one a turn. Kernels that compute may
 * have to agree with each other, so they come all at once, and none amid a step that uses them. */
static enum base_status take_some(struct live_reload *reload, bool between_steps, bool *changed)
{
    bool drawn = false, left = false;
    for (uint32_t i = 0; i < reload->n_jobs; i++) {
        struct job *job = &reload->jobs[i];
        const bool draws = reload->kernels[job->kernel].kernel->draw;
        if (job->taken)
            continue;
        if (draws ? drawn : !between_steps) {
            left = true;
            continue;
        }
        BASE_TRY(take(reload, job));
        job->taken = *changed = true;
        drawn |= draws;
    }
    if (!left)
        drop_jobs(reload);
    return BASE_OK;
}

/* ---- serving ---- */

enum base_status live_reload_serve(struct live_reload *reload, bool between_steps, bool *changed)
{
    const uint64_t now = base_clock_ns();
    *changed = false;
    if (reload->thread && !atomic_load(&reload->done))
        return BASE_OK;
    BASE_TRY(base_thread_join(&reload->thread));
    if (reload->n_jobs > 0)
        return take_some(reload, between_steps, changed);
    if (now < reload->next_ns)
        return BASE_OK;
    reload->next_ns = now + LOOK_MS * UINT64_C(1000000);
    *changed = look(reload);
    *changed |= begin(reload);
    return BASE_OK;
}

const char *live_reload_fault(const struct live_reload *reload)
{
    for (uint32_t k = 0; k < reload->n_kernels; k++)
        if (reload->kernels[k].fault[0])
            return reload->kernels[k].fault;
    return reload->idle[0] ? reload->idle : reload->header;
}

uint64_t live_reload_count(const struct live_reload *reload)
{
    return reload->count;
}
