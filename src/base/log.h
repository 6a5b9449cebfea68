/* Words to the user, on standard error; results never come this way. */
#ifndef ARCLIGHT_BASE_LOG_H
#define ARCLIGHT_BASE_LOG_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum base_log_level {
    BASE_LOG_QUIET = 0, /* errors only */
    BASE_LOG_NORMAL = 1,
    BASE_LOG_VERBOSE = 2,
};

/* Process-wide; BASE_LOG_NORMAL at start. A library user who wants silence sets BASE_LOG_QUIET. */
void base_log_set_level(enum base_log_level level);
enum base_log_level base_log_level(void);

/* Prints "arclight: " and the text and a newline when `level` is at or below the level set.
 * Clears a progress line that is standing there first. */
void base_log(enum base_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A progress line that the next one overwrites; only on a terminal and at BASE_LOG_NORMAL or above, at most
 * ten a second. An empty text clears it. */
void base_log_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

#ifdef __cplusplus
}
#endif
#endif
