/* Rate and time left on standard error, on a terminal only. */
#ifndef ARCLIGHT_CLI_PROGRESS_H
#define ARCLIGHT_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_progress {
    const char *what; /* "counting"; not owned */
    const char *unit; /* "rows", plural; not owned */
    uint64_t last_ns;
    uint64_t last_done;
    double rate; /* units a second, smoothed; 0: not known yet */
};

/* `done` of `total` units are done; may be called as often as one likes. `now_ns` is base_clock_ns(). */
void cli_progress_begin(struct cli_progress *progress, const char *what, const char *unit, uint64_t now_ns);
void cli_progress_update(struct cli_progress *progress, uint64_t done, uint64_t total, uint64_t now_ns);
/* Takes the line away. */
void cli_progress_end(struct cli_progress *progress);

/* The line's text: "counting  42 %  1.25 M rows/s  0:31 left". */
void cli_progress_text(const struct cli_progress *progress, uint64_t done, uint64_t total, char *text,
                       size_t bytes);

/* "0:31", "12:05", "3:20:00". */
void cli_duration_text(double seconds, char *text, size_t bytes);
/* Three figures and a prefix of a thousand: "999", "1.25 k", "83.1 M", "2.00 G". */
void cli_quantity_text(double value, char *text, size_t bytes);

#endif
