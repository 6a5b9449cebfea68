#include "base/log.h"

#include "base/platform.h"

#include <stdarg.h>
#include <stdio.h>

static enum base_log_level current_level = BASE_LOG_NORMAL;
static bool progress_stands;
static uint64_t progress_time_ns;

void base_log_set_level(enum base_log_level level)
{
    current_level = level;
}

enum base_log_level base_log_level(void)
{
    return current_level;
}

static void clear_progress(void)
{
    if (progress_stands)
        fputs("\r\x1b[K", stderr);
    progress_stands = false;
}

void base_log(enum base_log_level level, const char *format, ...)
{
    if (level > current_level)
        return;
    clear_progress();
    fputs("arclight: ", stderr);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void base_log_progress(const char *format, ...)
{
    if (current_level < BASE_LOG_NORMAL || !base_is_terminal(2))
        return;
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (text[0] == '\0') {
        clear_progress();
        return;
    }
    uint64_t now = base_clock_ns();
    if (progress_stands && now - progress_time_ns < 100000000u)
        return;
    progress_time_ns = now;
    fprintf(stderr, "\r\x1b[K%s", text);
    fflush(stderr);
    progress_stands = true;
}
