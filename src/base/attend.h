/* What long work on the host does for others as it goes on. Loops that read files or go through many numbers
 * call base_attend now and again; whoever wants to be served meanwhile, a window, is set as the thread's
 * attendant. Threads without one pay a test. */
#ifndef ARCLIGHT_BASE_ATTEND_H
#define ARCLIGHT_BASE_ATTEND_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `what` is done, in words ("reading rows"), NULL where only time passes; `done` of `total` of it, total 0:
 * nobody knows. A failure ends the work and is what it gives. */
typedef enum base_status base_attendant(void *context, const char *what, uint64_t done, uint64_t total);

/* Of the calling thread; NULL: none. */
void base_set_attendant(base_attendant *attendant, void *context);

/* Calls the attendant, when it has not been called for BASE_ATTEND_NS; never from within itself.
 * BASE_INTERRUPTED after Ctrl-C, whether there is an attendant or not. */
enum { BASE_ATTEND_NS = 2000000 };
enum base_status base_attend(const char *what, uint64_t done, uint64_t total);

/* In the midst of something that must not fail: calls the attendant, whose failure comes with the next
 * base_attend. */
void base_attend_quietly(void);
bool base_is_attended(void);

#ifdef __cplusplus
}
#endif
#endif
