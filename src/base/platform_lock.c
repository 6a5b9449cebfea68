/* Locks of folders: a file that one process at a time holds. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "base/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct base_lock {
    int descriptor;
    bool exclusive;
    char *path;
};

/* Whoever held the file may have removed it between its opening here and the lock. */
static bool is_still_there(int descriptor, const char *path)
{
    struct stat held, named;
    return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

/* *descriptor: -1 when another has it. */
static enum base_status lock_file(const char *path, int *descriptor, bool *exclusive)
{
    enum { MOST_TRIES = 100, PATIENCE = 50 };
    for (int tries = 1;; tries++) {
        *descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (*descriptor < 0)
            return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: %s", path, strerror(errno));
        *exclusive = flock(*descriptor, LOCK_EX | LOCK_NB) == 0;
        bool held_elsewhere = !*exclusive && errno == EWOULDBLOCK;
        if (!held_elsewhere && (is_still_there(*descriptor, path) || tries == MOST_TRIES))
            return BASE_OK;
        close(*descriptor);
        *descriptor = -1;
        if (held_elsewhere && tries >= PATIENCE)
            return BASE_OK;
        if (held_elsewhere) /* it may be someone who only looks */
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

bool base_lock_is_held(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    bool free = flock(descriptor, LOCK_SH | LOCK_NB) == 0;
    close(descriptor);
    return !free;
}

enum base_status base_lock_take(const char *path, struct base_lock **out)
{
    struct base_lock *lock;
    int descriptor;
    bool exclusive;
    *out = NULL;
    BASE_TRY(lock_file(path, &descriptor, &exclusive));
    if (descriptor < 0)
        return BASE_OK;
    enum base_status status = base_allocate(&lock, 1, sizeof *lock, path);
    if (status != BASE_OK) {
        close(descriptor);
        return status;
    }
    lock->descriptor = descriptor;
    lock->exclusive = exclusive;
    lock->path = base_copy_string(path);
    *out = lock;
    return BASE_OK;
}

bool base_lock_is_exclusive(const struct base_lock *lock)
{
    return lock->exclusive;
}

void base_lock_release(struct base_lock **lock)
{
    if (!*lock)
        return;
    if ((*lock)->path)
        unlink((*lock)->path);
    close((*lock)->descriptor);
    base_free((*lock)->path);
    base_free(*lock);
    *lock = NULL;
}
