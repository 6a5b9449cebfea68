/* What a training run was asked for beside its configuration: inputs, outputs, rhythm. Goes into config.json
 * and into every checkpoint, so that --resume needs nothing else. */
#ifndef ARCLIGHT_CLI_TRAIN_SETTINGS_H
#define ARCLIGHT_CLI_TRAIN_SETTINGS_H

#include "cli/values.h"
#include "sae/config.h"
#include "sae/run.h"

/* In config.json and checkpoints: of the rows looked at before the start, to know changed inputs by. */
#define CLI_TRAIN_CHECKSUM "inputs-checksum"

struct cli_train_settings {
    json_t *options;    /* by option name: of --config, then of the command line; owned */
    json_t *inputs;     /* array of arguments; owned */
    json_t *given;      /* {option: true} on the command line, {option: false} in the environment; owned */
    const char *target; /* NULL: none. Text belongs to `options`, as the next ones */
    uint64_t rows_from, rows_to; /* of the whole set; rows_to 0: to the end */
    uint64_t holdout;
    uint64_t buffer_bytes;
    uint64_t step;         /* of a rank-3 tensor; UINT64_MAX: not given */
    uint64_t shuffle_seed; /* UINT64_MAX: not given, the configuration's seed */
    double max_norm;
    uint64_t checkpoint_ns, checkpoint_rows;
    uint32_t keep;
    uint64_t keep_every, log_every, eval_every; /* log, eval: 0 for the default */
    struct sae_save_metadata metadata;          /* its text belongs to `options` */
};

/* From values of `train`: --config read, the command line over it. BASE_ERROR_USAGE and BASE_ERROR_INPUT name
 * the option, or file and key. To be freed in every case. */
enum base_status cli_train_settings_read(const struct cli_values *values,
                                         struct cli_train_settings *settings);
/* From what cli_train_settings_json gave, with what the command line says of checkpoints and pictures over
 * it.
 */
enum base_status cli_train_settings_resume(const struct cli_values *values, const char *json,
                                           const char *where, struct cli_train_settings *settings);
/* The same from a file that a run wrote (config.json in its folder). */
enum base_status cli_train_settings_resume_file(const struct cli_values *values, const char *path,
                                                struct cli_train_settings *settings);
void cli_train_settings_free(struct cli_train_settings *settings);

/* The settings, with `config` (NULL: of a whole sweep) under the options' names, as one object that --config
 * reads; a new reference, NULL when memory is exhausted. */
json_t *cli_train_settings_json(const struct cli_train_settings *settings, const struct sae_config *config);

/* The configuration for data of these widths (d_target 0: no target) and `rows` training rows, with `changes`
 * (an object of options, may be NULL) over the settings. */
struct cli_train_shape {
    uint32_t d_in, d_target, n_inputs;
    uint64_t rows;
};
enum base_status cli_train_config(const struct cli_train_settings *settings,
                                  const struct cli_train_shape *shape, const json_t *changes,
                                  struct sae_config *config);

/* Takes out what the environment says of other kinds than that of `config`, so that it is not written down.
 */
void cli_train_settings_settle(struct cli_train_settings *settings, const struct sae_config *config);

/* --sweep's combinations: an array of objects {option: value}, in order, the last key fastest; NULL without
 * --sweep. Owned by the caller. */
enum base_status cli_train_sweep(const struct cli_train_settings *settings, json_t **combinations);
/* "k=16" or "k=16,lr=0.0001": a combination as the name of its folder and in tables. */
void cli_train_combination_text(const json_t *combination, char *text, size_t bytes);

#endif
