/* Other programs: finding them, and running one to its end. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "base/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Folders may be entered, which is the same permission. */
static bool is_program(const char *path)
{
    return access(path, X_OK) == 0 && !base_is_folder(path);
}

bool base_program_exists(const char *name)
{
    const char *path = getenv("PATH");
    bool found = false;
    while (path && *path && !found) {
        const size_t length = strcspn(path, ":");
        char *folder = NULL, *program = NULL;
        if (base_allocate(&folder, length + 1, 1, "PATH") == BASE_OK) {
            memcpy(folder, path, length);
            program = base_path_join(length > 0 ? folder : ".", name);
        }
        found = program && is_program(program);
        base_free(folder);
        base_free(program);
        path += length + (path[length] == ':');
    }
    return found;
}

/* What comes through the pipe until all who may write have closed it; what does not fit is dropped. */
static void listen_to(int descriptor, char *said, size_t bytes)
{
    char rest[1024];
    size_t used = 0;
    for (;;) {
        const bool room = used + 1 < bytes;
        const ssize_t got =
            read(descriptor, room ? said + used : rest, room ? bytes - used - 1 : sizeof rest);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += room ? (size_t)got : 0;
    }
    said[used] = '\0';
}

/* Nothing on standard input; what is said on both others goes into the pipe. Ctrl-C ends the program, though
 * the thread that starts it may block that signal. */
static int start(const char *const *arguments, const int ends[2], pid_t *process)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    int failed = posix_spawnattr_init(&attributes);
    if (failed)
        return failed;
    failed = posix_spawn_file_actions_init(&actions);
    if (failed) {
        posix_spawnattr_destroy(&attributes);
        return failed;
    }
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    failed = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    for (int to = 1; to <= 2 && !failed; to++)
        failed = posix_spawn_file_actions_adddup2(&actions, ends[1], to);
    if (!failed)
        failed =
            posix_spawnp(process, arguments[0], &actions, &attributes, (char *const *)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

enum base_status base_program_run(const char *const *arguments, char *said, size_t bytes, int *code)
{
    int ends[2], state = 0;
    pid_t process;
    said[0] = '\0';
    *code = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: no pipe: %s", arguments[0], strerror(errno));
    const int failed = start(arguments, ends, &process);
    close(ends[1]);
    if (!failed)
        listen_to(ends[0], said, bytes);
    close(ends[0]);
    if (failed)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "%s cannot be run: %s", arguments[0], strerror(failed));
    pid_t ended;
    while ((ended = waitpid(process, &state, 0)) < 0 && errno == EINTR)
        ;
    if (ended < 0) /* who started this process may have had it ignore SIGCHLD */
        return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: nobody says how it ended: %s", arguments[0],
                         strerror(errno));
    *code = WIFEXITED(state) ? WEXITSTATUS(state) : 128;
    return BASE_OK;
}
