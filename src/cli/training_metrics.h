/* metrics.jsonl read back, for pictures. */
#ifndef ARCLIGHT_CLI_TRAINING_METRICS_H
#define ARCLIGHT_CLI_TRAINING_METRICS_H

#include "cli/training_history.h"

/* Adds the records of a run's metrics.jsonl; lines that are no record are passed over. BASE_ERROR_INPUT when
 * the file cannot be read. */
enum base_status cli_training_metrics_read(const char *path, struct cli_training_history *history);

#endif
