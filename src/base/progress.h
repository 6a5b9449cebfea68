/* How far a long piece of work is: share, rate and time left, on standard error, on a terminal only. */
#ifndef ARCLIGHT_BASE_PROGRESS_H
#define ARCLIGHT_BASE_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct base_progress {
    const char *what; /* "counting"; not owned; NULL: no line is shown */
    const char *unit; /* "rows", plural; not owned */
    uint64_t last_ns;
    uint64_t last_done;
    double rate; /* units a second, smoothed exponentially; 0: not known yet */
};

void base_progress_begin(struct base_progress *progress, const char *what, const char *unit);
/* `done` of `total` units are done; may be called as often as one likes. */
void base_progress_update(struct base_progress *progress, uint64_t done, uint64_t total);
/* Takes the line away. */
void base_progress_end(struct base_progress *progress);

/* What base_progress_update is made of, by a clock of the caller's: takes a sample of the rate, when the last
 * one is old enough; and the line, "counting  42 %  1.25 M rows/s  0:31 left". */
void base_progress_sample(struct base_progress *progress, uint64_t done, uint64_t now_ns);
void base_progress_text(const struct base_progress *progress, uint64_t done, uint64_t total, char *text,
                        size_t bytes);

/* "0:31", "12:05", "3:20:00". */
void base_duration_text(double seconds, char *text, size_t bytes);
/* Three figures and a prefix of a thousand: "999", "1.25 k", "83.1 M", "2.00 G". */
void base_quantity_text(double value, char *text, size_t bytes);
/* A whole number with its thousands apart: "1,179,648". Returns `text`. */
enum { BASE_COUNT_BYTES = 32 };
const char *base_count_text(uint64_t number, char text[BASE_COUNT_BYTES]);

#ifdef __cplusplus
}
#endif
#endif
