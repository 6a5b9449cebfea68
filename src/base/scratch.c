#include "base/scratch.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char suffix[] = ".lock";

struct base_scratch {
    char *path;
    struct base_lock *lock;
};

/* ---- what others left ---- */

/* "view-12" of "view-12" or of "view-12.lock"; false for names of another noun. */
static bool folder_of(const char *name, const char *noun, char folder[64])
{
    const size_t length = strlen(noun), all = strlen(name), end = sizeof suffix - 1;
    const size_t kept = all > end && strcmp(name + all - end, suffix) == 0 ? all - end : all;
    if (strncmp(name, noun, length) != 0 || name[length] != '-' || kept >= 64 ||
        strspn(name + length + 1, "0123456789") != kept - length - 1)
        return false;
    snprintf(folder, 64, "%.*s", (int)kept, name);
    return true;
}

/* The path of the lock that stands for a folder. */
static char *lock_path(const char *path)
{
    char *name = NULL;
    const size_t bytes = strlen(path) + sizeof suffix;
    if (base_allocate(&name, bytes, 1, path) == BASE_OK)
        snprintf(name, bytes, "%s%s", path, suffix);
    return name;
}

/* Removes the folder unless somebody holds it. */
static void remove_stale(const char *cache, const char *folder)
{
    char *path = base_path_join(cache, folder), *name = path ? lock_path(path) : NULL;
    struct base_lock *lock = NULL;
    if (name && base_lock_take(name, &lock) == BASE_OK && lock) {
        if (base_lock_is_exclusive(lock) && base_is_folder(path) && base_folder_remove(path) != BASE_OK)
            base_log(BASE_LOG_NORMAL, "%s", base_message());
        base_lock_release(&lock);
    }
    base_free(name);
    base_free(path);
}

static void sweep(const char *cache, const char *noun)
{
    char **names = NULL, folder[64];
    size_t count = 0;
    if (base_folder_list(cache, &names, &count) != BASE_OK)
        return;
    for (size_t i = 0; i < count; i++)
        if (folder_of(names[i], noun, folder))
            remove_stale(cache, folder);
    base_list_free(&names, count);
}

/* ---- one's own ---- */

/* The lock comes first: a folder without one is nobody's. */
static enum base_status make(struct base_scratch *scratch, const char *cache, const char *noun)
{
    char name[64];
    snprintf(name, sizeof name, "%.24s-%" PRIu64, noun, base_clock_ns());
    scratch->path = base_path_join(cache, name);
    char *lock = scratch->path ? lock_path(scratch->path) : NULL;
    if (!lock)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    enum base_status status = base_lock_take(lock, &scratch->lock);
    if (status == BASE_OK && !scratch->lock)
        status = base_fail(BASE_ERROR_FILE_SYSTEM, "%s is another process's; try again", lock);
    base_free(lock);
    return status == BASE_OK ? base_folder_make(scratch->path) : status;
}

enum base_status base_scratch_make(const char *noun, struct base_scratch **out)
{
    struct base_scratch *scratch = NULL;
    char *cache = base_cache_folder();
    enum base_status status;
    *out = NULL;
    if (!cache)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "there is no cache folder to write in (HOME is not set, or "
                                                 "it cannot be written)");
    sweep(cache, noun);
    BASE_CHECK(base_allocate(&scratch, 1, sizeof *scratch, "a scratch folder"));
    BASE_CHECK(make(scratch, cache, noun));
    *out = scratch;
    scratch = NULL;
error:
    base_scratch_release(&scratch);
    base_free(cache);
    return status;
}

const char *base_scratch_path(const struct base_scratch *scratch)
{
    return scratch->path;
}

/* What fails here says nothing of what failed before. */
void base_scratch_release(struct base_scratch **handle)
{
    struct base_scratch *scratch = *handle;
    if (!scratch)
        return;
    *handle = NULL;
    char *failure = base_copy_string(base_message());
    /* Without a lock it is another's, or was never made. */
    if (scratch->lock && base_is_folder(scratch->path) && base_folder_remove(scratch->path) != BASE_OK)
        base_log(BASE_LOG_NORMAL, "what is not kept was left behind: %s", base_message());
    if (failure)
        (void)base_fail(BASE_OK, "%s", failure);
    base_free(failure);
    base_lock_release(&scratch->lock);
    base_free(scratch->path);
    base_free(scratch);
}
