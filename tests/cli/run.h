/* Runs the program itself, as a shell would. */
#ifndef ARCLIGHT_TEST_CLI_RUN_H
#define ARCLIGHT_TEST_CLI_RUN_H

#include "support/test.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>

#define PROGRAM ARCLIGHT_BINARY_FOLDER "/arclight"
#define ASSETS ARCLIGHT_SOURCE_FOLDER "/assets"

struct run {
    int code; /* exit code; 128 + signal when one ended it */
    char *text;
    size_t bytes;
};

/* Runs a shell line and keeps what it prints to standard output; the variable A stands for the program. The
 * text is valid until the next run. */
static inline struct run run_line(const char *format, ...)
{
    static char line[4096], *text;
    va_list arguments;
    /* Drivers keep memory of their own when they are unloaded; what this process leaks is seen all the same.
     */
    size_t used =
        (size_t)snprintf(line, sizeof line, "export ASAN_OPTIONS=detect_leaks=0; A='%s'; ", PROGRAM);
    va_start(arguments, format);
    vsnprintf(line + used, sizeof line - used, format, arguments);
    va_end(arguments);
    free(text);
    text = NULL;
    struct run run = {.code = -1};
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    char part[4096];
    for (size_t got; (got = fread(part, 1, sizeof part, pipe)) > 0; run.bytes += got) {
        text = realloc(text, run.bytes + got + 1);
        assert_non_null(text);
        memcpy(text + run.bytes, part, got);
    }
    int status = pclose(pipe);
    if (!text)
        text = calloc(1, 1);
    assert_non_null(text);
    text[run.bytes] = '\0';
    run.text = text;
    run.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return run;
}

static inline void assert_contains(struct run run, const char *part)
{
    if (!strstr(run.text, part))
        fail_msg("'%s' is not in:\n%s", part, run.text);
}

static inline void assert_lacks(struct run run, const char *part)
{
    if (strstr(run.text, part))
        fail_msg("'%s' is in:\n%s", part, run.text);
}

/* Runs and checks the exit code. */
static inline struct run expect(int code, const char *line)
{
    struct run run = run_line("%s", line);
    if (run.code != code)
        fail_msg("exit code %d, expected %d: %s\n%s", run.code, code, line, run.text);
    return run;
}

#endif
