/* What is said of training: while it goes on, and at its end. */
#ifndef ARCLIGHT_CLI_TRAIN_REPORT_H
#define ARCLIGHT_CLI_TRAIN_REPORT_H

#include "base/progress.h"
#include "cli/train_settings.h"

/* What there is to report of; borrowed. */
struct cli_train_outcome {
    struct gpu *gpu;
    const struct cli_values *values;
    const struct cli_train_settings *settings;
    const char *folder; /* of --out or --resume */
    const struct sae_run_part *parts;
    char *const *names; /* of a sweep's combinations; NULL: one run */
    uint32_t n_parts;
    const struct sae_run_figures *figures;
    uint64_t n_holdout;
    double norm_bound;
    const char *path; /* of the first input */
};

/* A line that is overwritten on a terminal; elsewhere a line every ten seconds. */
struct cli_train_progress {
    const struct cli_train_outcome *outcome;
    struct base_progress rate;
    uint64_t last_line_ns;
    double holdout_fvu; /* the last one; NaN: none */
};
void cli_train_progress_begin(struct cli_train_progress *progress, const struct cli_train_outcome *outcome);
void cli_train_opened(void *context, uint64_t device_bytes);
void cli_train_tell(void *context, const struct sae_run_news *news);
void cli_train_progress_end(struct cli_train_progress *progress);

/* After a run that ended well: pictures (unless --no-picture), and the summary or with --json a document on
 * standard output; of a sweep a table. */
enum base_status cli_train_report(const struct cli_train_outcome *outcome);

#endif
