#define _GNU_SOURCE
#include "base/platform.h"

#include "base/attend.h"
#include "base/memory.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct base_file {
    int descriptor;
    uint64_t size;
    int64_t modified;
    char *path;
};

struct base_output {
    int descriptor;
    enum base_status failed; /* first failure, or BASE_OK */
    char *path;
    char *temporary;
    char *folder;             /* a copy of path, for dirname, made while a failure can still be told */
    bool complete;            /* committed, and waits for base_outputs_publish */
    bool apart;               /* not in the list, which belongs to one thread */
    struct base_output *next; /* list of open outputs, for base_output_discard_all */
};

static struct base_output *open_outputs;
static bool outputs_wait;      /* between base_outputs_gather and base_outputs_publish */
static atomic_int interrupted; /* set by a signal handler, asked by all threads */

/* ---- clock, process, terminal ---- */

uint64_t base_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t base_peak_memory_bytes(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (uint64_t)usage.ru_maxrss * 1024u;
}

bool base_is_terminal(int descriptor)
{
    return isatty(descriptor) == 1;
}

bool base_reader_is_gone(int descriptor)
{
    struct pollfd entry = {.fd = descriptor, .events = POLLOUT};
    return poll(&entry, 1, 0) == 1 && (entry.revents & POLLERR);
}

/* ---- reading ---- */

enum base_status base_file_open(const char *path, struct base_file **out)
{
    *out = NULL;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return base_fail(BASE_ERROR_INPUT, "%s: cannot open: %s", path, strerror(errno));
    struct stat information;
    enum base_status status = BASE_OK;
    struct base_file *file = NULL;
    if (fstat(descriptor, &information) != 0)
        status = base_fail(BASE_ERROR_INPUT, "%s: cannot examine: %s", path, strerror(errno));
    else if (S_ISDIR(information.st_mode))
        status = base_fail(BASE_ERROR_INPUT, "%s: a folder, where a file is wanted", path);
    else if (!S_ISREG(information.st_mode))
        status = base_fail(BASE_ERROR_INPUT,
                           "%s: not a regular file (pipes and devices cannot be read at any "
                           "offset; save it to a file first)",
                           path);
    else
        status = base_allocate(&file, 1, sizeof *file, path);
    if (status == BASE_OK && !(file->path = base_copy_string(path))) {
        base_free(file);
        status = base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", path);
    }
    if (status != BASE_OK) {
        close(descriptor);
        return status;
    }
    file->descriptor = descriptor;
    file->size = (uint64_t)information.st_size;
    file->modified = (int64_t)information.st_mtime;
    *out = file;
    return BASE_OK;
}

void base_file_close(struct base_file **file)
{
    if (!*file)
        return;
    close((*file)->descriptor);
    base_free((*file)->path);
    base_free(*file);
    *file = NULL;
}

uint64_t base_file_size(const struct base_file *file)
{
    return file->size;
}

int64_t base_file_modified(const struct base_file *file)
{
    return file->modified;
}

const char *base_file_path(const struct base_file *file)
{
    return file->path;
}

enum base_status base_file_read(struct base_file *file, uint64_t offset, void *memory, size_t bytes)
{
    char *destination = memory;
    const size_t most = base_is_attended() ? 1u << 20 : 1u << 30;
    while (bytes > 0) {
        size_t chunk = bytes < most ? bytes : most;
        base_attend_quietly();
        ssize_t got = pread(file->descriptor, destination, chunk, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return base_fail(BASE_ERROR_INPUT, "%s: read failed at byte %llu: %s", file->path,
                             (unsigned long long)offset, strerror(errno));
        if (got == 0)
            return base_fail(BASE_ERROR_INPUT,
                             "%s: truncated: ends at byte %llu where %zu more bytes are needed", file->path,
                             (unsigned long long)offset, bytes);
        destination += got;
        offset += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return BASE_OK;
}

bool base_path_exists(const char *path)
{
    struct stat information;
    return stat(path, &information) == 0;
}

bool base_is_folder(const char *path)
{
    struct stat information;
    return stat(path, &information) == 0 && S_ISDIR(information.st_mode);
}

uint64_t base_path_stamp(const char *path)
{
    struct stat state;
    if (stat(path, &state) != 0)
        return 0;
    const uint64_t parts[] = {(uint64_t)state.st_mtim.tv_sec, (uint64_t)state.st_mtim.tv_nsec,
                              (uint64_t)state.st_size, (uint64_t)state.st_ino};
    uint64_t stamp = 1;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        stamp = (stamp ^ parts[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return stamp | 1;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum base_status base_folder_list(const char *path, char ***names, size_t *count)
{
    *names = NULL;
    *count = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return base_fail(BASE_ERROR_INPUT, "%s: cannot list: %s", path, strerror(errno));
    char **list = NULL;
    size_t used = 0, room = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (used == room) {
            room = room ? 2 * room : 64;
            char **larger = realloc(list, room * sizeof *list);
            if (!larger)
                goto exhausted;
            list = larger;
        }
        if (!(list[used] = base_copy_string(entry->d_name)))
            goto exhausted;
        used++;
    }
    closedir(folder);
    if (used > 0)
        qsort(list, used, sizeof *list, compare_names);
    *names = list;
    *count = used;
    return BASE_OK;
exhausted:
    closedir(folder);
    base_list_free(&list, used);
    return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory listing %s", path);
}

void base_list_free(char ***names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        base_free((*names)[i]);
    free(*names);
    *names = NULL;
}

/* ---- writing ---- */

static void output_release(struct base_output **output)
{
    struct base_output **link = &open_outputs;
    while (!(*output)->apart && *link && *link != *output)
        link = &(*link)->next;
    if (!(*output)->apart && *link)
        *link = (*output)->next;
    if ((*output)->descriptor >= 0)
        close((*output)->descriptor);
    base_free((*output)->path);
    base_free((*output)->temporary);
    base_free((*output)->folder);
    base_free(*output);
    *output = NULL;
}

enum base_status base_output_open_apart(const char *path, struct base_output **out)
{
    *out = NULL;
    struct base_output *output;
    BASE_TRY(base_allocate(&output, 1, sizeof *output, path));
    output->apart = true;
    output->descriptor = -1;
    output->path = base_copy_string(path);
    output->folder = base_copy_string(path);
    size_t room = strlen(path) + 32;
    if (base_allocate(&output->temporary, room, 1, path) != BASE_OK || !output->path || !output->folder) {
        output_release(&output);
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", path);
    }
    struct stat existing;
    if (stat(path, &existing) == 0 && !S_ISREG(existing.st_mode)) {
        output_release(&output);
        return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: cannot write: a %s of this name exists", path,
                         S_ISDIR(existing.st_mode) ? "folder" : "device or pipe");
    }
    snprintf(output->temporary, room, "%s.tmp.%ld", path, (long)getpid());
    output->descriptor = open(output->temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (output->descriptor < 0) {
        int reason = errno;
        output_release(&output);
        return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: cannot write: %s", path, strerror(reason));
    }
    *out = output;
    return BASE_OK;
}

enum base_status base_output_open(const char *path, struct base_output **out)
{
    BASE_TRY(base_output_open_apart(path, out));
    (*out)->apart = false;
    (*out)->next = open_outputs;
    open_outputs = *out;
    return BASE_OK;
}

static enum base_status output_failed(struct base_output *output, int reason)
{
    output->failed = BASE_ERROR_FILE_SYSTEM;
    return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: cannot write: %s (the earlier file, if any, is untouched)",
                     output->path, strerror(reason));
}

enum base_status base_output_write(struct base_output *output, const void *memory, size_t bytes)
{
    const char *source = memory;
    if (output->failed)
        return output->failed;
    while (bytes > 0) {
        ssize_t wrote = write(output->descriptor, source, bytes);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return output_failed(output, wrote < 0 ? errno : ENOSPC);
        source += wrote;
        bytes -= (size_t)wrote;
    }
    return BASE_OK;
}

enum base_status base_output_write_at(struct base_output *output, uint64_t offset, const void *memory,
                                      size_t bytes)
{
    const char *source = memory;
    if (output->failed)
        return output->failed;
    while (bytes > 0) {
        ssize_t wrote = pwrite(output->descriptor, source, bytes, (off_t)offset);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return output_failed(output, wrote < 0 ? errno : ENOSPC);
        source += wrote;
        offset += (uint64_t)wrote;
        bytes -= (size_t)wrote;
    }
    return BASE_OK;
}

enum base_status base_output_read_at(struct base_output *output, uint64_t offset, void *memory, size_t bytes)
{
    char *place = memory;
    while (bytes > 0) {
        ssize_t got = pread(output->descriptor, place, bytes, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: cannot read back what was written: %s",
                             output->temporary, got < 0 ? strerror(errno) : "the file was cut");
        place += got;
        offset += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return BASE_OK;
}

/* Without this the new name may be lost in a power cut although the data are on disk. Some file systems
 * refuse to flush a folder; the rename itself has happened by then, so that is no failure. */
static void flush_folder(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        (void)fsync(folder);
        close(folder);
    }
}

/* Gives a complete output its name. */
static enum base_status publish(struct base_output **output)
{
    struct base_output *o = *output;
    enum base_status status = BASE_OK;
    if (rename(o->temporary, o->path) != 0) {
        status = output_failed(o, errno);
        unlink(o->temporary);
    } else {
        flush_folder(dirname(o->folder));
    }
    output_release(output);
    return status;
}

enum base_status base_output_commit(struct base_output **output)
{
    struct base_output *o = *output;
    enum base_status status = o->failed;
    if (status == BASE_OK && fsync(o->descriptor) != 0 && errno != EINVAL && errno != EROFS)
        status = output_failed(o, errno);
    int descriptor = o->descriptor;
    o->descriptor = -1;
    if (close(descriptor) != 0 && status == BASE_OK)
        status = output_failed(o, errno);
    if (status != BASE_OK) {
        base_output_discard(output);
    } else if (!o->apart && outputs_wait) {
        o->complete = true;
        *output = NULL;
    } else {
        status = publish(output);
    }
    return status;
}

void base_outputs_gather(void)
{
    outputs_wait = true;
}

enum base_status base_outputs_publish(void)
{
    outputs_wait = false;
    for (;;) {
        struct base_output *oldest = NULL; /* the list begins with the newest */
        for (struct base_output *output = open_outputs; output; output = output->next)
            if (output->complete)
                oldest = output;
        if (!oldest)
            return BASE_OK;
        BASE_TRY(publish(&oldest));
    }
}

void base_output_discard(struct base_output **output)
{
    if (!*output)
        return;
    unlink((*output)->temporary);
    output_release(output);
}

void base_outputs_abandon(void)
{
    outputs_wait = false;
    for (struct base_output *output = open_outputs, *next; output; output = next) {
        next = output->next;
        if (output->complete)
            base_output_discard(&output);
    }
}

void base_output_discard_all(void)
{
    while (open_outputs) {
        struct base_output *output = open_outputs;
        base_output_discard(&output);
    }
}

/* Whether `name` is the temporary, of a file that is ours, of a process that has ended. */
static bool is_leftover(const char *name, bool (*is_ours)(const char *name))
{
    static const char infix[] = ".tmp.";
    const char *mark = NULL;
    for (const char *at = name; (at = strstr(at, infix)); at++)
        mark = at;
    char start[256], *end;
    size_t length = mark ? (size_t)(mark - name) : 0;
    if (!mark || length >= sizeof start)
        return false;
    memcpy(start, name, length);
    start[length] = '\0';
    const char *digits = mark + strlen(infix);
    errno = 0;
    long process = strtol(digits, &end, 10);
    if (*digits < '1' || *digits > '9' || *end != '\0' || errno != 0 || process > INT_MAX || !is_ours(start))
        return false;
    return process == getpid() || (kill((pid_t)process, 0) != 0 && errno == ESRCH);
}

enum base_status base_outputs_sweep(const char *folder, bool (*is_ours)(const char *name))
{
    char **names;
    size_t count;
    BASE_TRY(base_folder_list(folder, &names, &count));
    enum base_status status = BASE_OK;
    for (size_t i = 0; i < count && status == BASE_OK; i++) {
        if (!is_leftover(names[i], is_ours))
            continue;
        char *path = base_path_join(folder, names[i]);
        status = path ? base_file_remove(path)
                      : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", names[i]);
        base_free(path);
    }
    base_list_free(&names, count);
    return status;
}

enum base_status base_file_remove(const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: cannot remove: %s", path, strerror(errno));
    return BASE_OK;
}

enum base_status base_folder_remove(const char *path)
{
    struct stat entry;
    char **names = NULL;
    size_t count = 0;
    if (lstat(path, &entry) == 0 && !S_ISDIR(entry.st_mode))
        return base_file_remove(path);
    enum base_status status = base_folder_list(path, &names, &count);
    for (size_t i = 0; i < count && status == BASE_OK; i++) {
        char *inner = base_path_join(path, names[i]);
        status = inner ? base_folder_remove(inner) : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
        base_free(inner);
    }
    base_list_free(&names, count);
    if (status == BASE_OK && rmdir(path) != 0)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: cannot remove: %s", path, strerror(errno));
    return status;
}

enum base_status base_folder_make(const char *path)
{
    if (path[0] == '\0')
        return base_fail(BASE_ERROR_FILE_SYSTEM, "the name of the folder to make is empty");
    char *copy = base_copy_string(path);
    if (!copy)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", path);
    enum base_status status = BASE_OK;
    for (char *p = copy + 1; status == BASE_OK; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char kept = *p;
        *p = '\0';
        if (mkdir(copy, 0777) != 0 && !(errno == EEXIST && base_is_folder(copy)))
            status =
                errno == EEXIST
                    ? base_fail(BASE_ERROR_FILE_SYSTEM,
                                "%s: cannot make the folder: %s is a file; name another place", path, copy)
                    : base_fail(BASE_ERROR_FILE_SYSTEM, "%s: cannot make the folder: %s", path,
                                strerror(errno));
        *p = kept;
        if (kept == '\0')
            break;
    }
    base_free(copy);
    return status;
}

char *base_path_join(const char *folder, const char *name)
{
    size_t room = strlen(folder) + strlen(name) + 2;
    char *path = malloc(room);
    if (path)
        snprintf(path, room, "%s/%s", folder, name);
    return path;
}

/* "arclight" in the folder that `variable` names, or in `otherwise` of the home folder. */
static char *xdg_folder(const char *variable, const char *otherwise)
{
    const char *named = getenv(variable);
    const char *home = getenv("HOME");
    char *root = NULL;
    if (named && named[0] == '/')
        root = base_copy_string(named);
    else if (home && home[0] == '/')
        root = base_path_join(home, otherwise);
    if (!root)
        return NULL;
    char *folder = base_path_join(root, "arclight");
    base_free(root);
    return folder;
}

char *base_cache_folder(void)
{
    char *folder = xdg_folder("XDG_CACHE_HOME", ".cache");
    if (folder && (base_folder_make(folder) != BASE_OK || access(folder, W_OK) != 0)) {
        base_free(folder);
        return NULL;
    }
    return folder;
}

char *base_config_folder(void)
{
    return xdg_folder("XDG_CONFIG_HOME", ".config");
}

/* ---- threads ---- */

struct base_thread {
    pthread_t thread;
    enum base_status (*body)(void *context);
    void *context;
    enum base_status status;
    char *message; /* of a body that failed; NULL when there was no memory for it */
};

struct base_mutex {
    pthread_mutex_t mutex;
};

struct base_condition {
    pthread_cond_t condition;
};

static void *run_thread(void *memory)
{
    struct base_thread *thread = memory;
    thread->status = thread->body(thread->context);
    if (thread->status != BASE_OK)
        thread->message = base_copy_string(base_message());
    return NULL;
}

enum base_status base_thread_start(enum base_status (*body)(void *context), void *context,
                                   struct base_thread **out)
{
    sigset_t ours, before;
    struct base_thread *thread;
    *out = NULL;
    BASE_TRY(base_allocate(&thread, 1, sizeof *thread, "a thread"));
    thread->body = body;
    thread->context = context;
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ours, &before); /* a thread begins with its maker's mask */
    int reason = pthread_create(&thread->thread, NULL, run_thread, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (reason != 0) {
        base_free(thread);
        return base_fail(BASE_ERROR_FILE_SYSTEM, "cannot start a thread: %s", strerror(reason));
    }
    *out = thread;
    return BASE_OK;
}

static void thread_release(struct base_thread **thread)
{
    base_free((*thread)->message);
    base_free(*thread);
    *thread = NULL;
}

enum base_status base_thread_join(struct base_thread **thread)
{
    struct base_thread *t = *thread;
    if (!t)
        return BASE_OK;
    pthread_join(t->thread, NULL);
    enum base_status status = t->status;
    if (status != BASE_OK)
        base_fail(status, "%s", t->message ? t->message : "out of host memory for a thread's message");
    thread_release(thread);
    return status;
}

void base_thread_discard(struct base_thread **thread)
{
    if (!*thread)
        return;
    pthread_join((*thread)->thread, NULL);
    thread_release(thread);
}

enum base_status base_mutex_make(struct base_mutex **out)
{
    BASE_TRY(base_allocate(out, 1, sizeof **out, "a mutex"));
    int reason = pthread_mutex_init(&(*out)->mutex, NULL);
    if (reason == 0)
        return BASE_OK;
    base_free(*out);
    *out = NULL;
    return base_fail(BASE_ERROR_FILE_SYSTEM, "cannot make a mutex: %s", strerror(reason));
}

void base_mutex_free(struct base_mutex **mutex)
{
    if (*mutex)
        pthread_mutex_destroy(&(*mutex)->mutex);
    base_free(*mutex);
    *mutex = NULL;
}

void base_mutex_lock(struct base_mutex *mutex)
{
    pthread_mutex_lock(&mutex->mutex);
}

void base_mutex_unlock(struct base_mutex *mutex)
{
    pthread_mutex_unlock(&mutex->mutex);
}

enum base_status base_condition_make(struct base_condition **out)
{
    BASE_TRY(base_allocate(out, 1, sizeof **out, "a condition"));
    int reason = pthread_cond_init(&(*out)->condition, NULL);
    if (reason == 0)
        return BASE_OK;
    base_free(*out);
    *out = NULL;
    return base_fail(BASE_ERROR_FILE_SYSTEM, "cannot make a condition: %s", strerror(reason));
}

void base_condition_free(struct base_condition **condition)
{
    if (*condition)
        pthread_cond_destroy(&(*condition)->condition);
    base_free(*condition);
    *condition = NULL;
}

void base_condition_wait(struct base_condition *condition, struct base_mutex *mutex)
{
    pthread_cond_wait(&condition->condition, &mutex->mutex);
}

void base_condition_wait_ns(struct base_condition *condition, struct base_mutex *mutex, uint64_t ns)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    ns += (uint64_t)until.tv_nsec;
    until.tv_sec += (time_t)(ns / 1000000000u);
    until.tv_nsec = (long)(ns % 1000000000u);
    pthread_cond_timedwait(&condition->condition, &mutex->mutex, &until);
}

void base_condition_wake_all(struct base_condition *condition)
{
    pthread_cond_broadcast(&condition->condition);
}

/* ---- libraries ---- */

void *base_library_load(const char *name)
{
    return dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

bool base_library_find(void *library, const char *name, void *out)
{
    void *address = dlsym(library, name);
    memcpy(out, &address, sizeof address); /* C has no conversion between the two kinds of pointers */
    return address != NULL;
}

/* ---- signals ---- */

/* The second signal ends the program at once. Of the outputs it only removes the temporaries, which a signal
 * handler may; an output leaves the list before its memory is given back. */
static void on_signal(int number)
{
    if (interrupted) {
        for (const struct base_output *output = open_outputs; output; output = output->next)
            unlink(output->temporary);
        _exit(128 + number);
    }
    interrupted = 1;
}

void base_signals_install(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit then shows as a failed write */
}

bool base_interrupted(void)
{
    return interrupted != 0;
}
