/* metrics.jsonl read back, for pictures. */
#ifndef ARCLIGHT_LIVE_TRAINING_METRICS_H
#define ARCLIGHT_LIVE_TRAINING_METRICS_H

#include "live/training_history.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What happened at a step: "k" with the value 8 by hand, "resampled" with 12 latents. */
struct live_training_event {
    uint64_t step;
    char name[24]; /* "": none */
    double value;  /* NaN: none */
};

/* The newest of them, oldest first. Zeroed at first. */
enum { LIVE_TRAINING_EVENTS = 256 };
struct live_training_events {
    struct live_training_event list[LIVE_TRAINING_EVENTS];
    uint32_t n;
};
/* The same again at the same step takes the place of the one before. */
void live_training_add_event(struct live_training_events *events, const struct live_training_event *event);

/* Adds a line's record, measures on rows held out and snapshot, as far as it has them. A line that is no
 * record changes nothing; *event says whether it is an event (NULL: not asked). *is_json false: it is no JSON
 * object. BASE_ERROR_FILE_SYSTEM when memory is exhausted. */
enum base_status live_training_metrics_line(const char *line, size_t length,
                                            struct live_training_history *history,
                                            struct live_training_event *event, bool *is_json);

/* Adds the records of a run's metrics.jsonl, and what happened (NULL: not asked); other lines are passed
 * over. BASE_ERROR_INPUT when the file cannot be read. */
enum base_status live_training_metrics_read(const char *path, struct live_training_history *history,
                                            struct live_training_events *events);

/* The same for a run that is gone on with, whose file may have lines of this step already: of what happened,
 * that before the step is put in front of what the list holds. Records of the step and behind it give way
 * when its own is added. */
enum base_status live_training_metrics_recall(const char *path, uint64_t step,
                                              struct live_training_history *history,
                                              struct live_training_events *events);

#ifdef __cplusplus
}
#endif
#endif
