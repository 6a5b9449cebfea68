/* A run: one or several autoencoders trained on one stream of rows, with metrics, checkpoints and what comes
 * out of it, in a folder each. */
#ifndef ARCLIGHT_SAE_RUN_H
#define ARCLIGHT_SAE_RUN_H

#include "data/shuffle.h"
#include "sae/checkpoint.h"
#include "sae/formats.h"
#include "sae/hands.h"
#include "sae/holdout.h"
#include "sae/trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Said after each step; for progress. */
struct sae_run_news {
    uint32_t run; /* which of them */
    const struct sae_record *record;
    const struct sae_holdout_result *holdout; /* NULL: not evaluated in this step */
    uint64_t steps;                           /* of the run */
    struct data_shuffle_position position;
};

/* One of the autoencoders. */
struct sae_run_part {
    const char *folder; /* exists */
    const char *head;   /* JSON text kept in its checkpoints */
    struct sae_config config;
    struct sae_model start;            /* where to begin; not needed when there is a checkpoint */
    struct sae_checkpoint *checkpoint; /* to go on from; NULL: begin */
    struct sae_save_metadata metadata; /* for the folder's cfg.json */
    /* out, once it has ended well */
    struct sae_record last;
    struct sae_holdout_result result;      /* of what was saved, on the holdout; NaN without one */
    double threshold_factor, threshold_l0; /* by which thresholds were multiplied, to have this mean L0 */
};

struct sae_run_parameters {
    struct gpu *gpu;
    const char *name; /* of the run, for its checkpoints */
    struct data_shuffle_parameters data;
    struct sae_holdout holdout;
    struct sae_holdout calibration; /* training rows that thresholds are set on at the end */
    double scale_in, scale_out;
    uint64_t log_every;  /* steps from one line of metrics to the next; at least 1 */
    uint64_t eval_every; /* steps from one evaluation of the holdout, and density histogram, to the next */
    uint64_t checkpoint_ns, checkpoint_rows; /* time, or rows, from one to the next; 0: not by it */
    uint32_t keep_last;
    uint64_t keep_every;
    void (*tell)(void *context, const struct sae_run_news *news);
    void *context;
    const struct sae_hands *hands; /* NULL: none */
    /* Said once, before the first step, with what the device has given by then, evaluations included: more
     * than that is not taken, unless more latents are active in an evaluation than is usual. May be NULL. */
    void (*opened)(void *context, uint64_t device_bytes);
};

/* Whether runs of these configurations fit the device, with evaluations of `holdout` rows and thresholds set
 * on `calibration` rows: what sae_run would refuse, before any row is read. */
enum base_status sae_run_check(struct gpu *gpu, const struct sae_config *const *configs, uint32_t n,
                               uint64_t holdout, uint64_t calibration);

struct sae_run_figures {
    uint64_t rows;       /* trained on in this process */
    uint64_t ns;         /* of training, from the first step to the last */
    uint64_t reading_ns; /* in which rows were waited for and copied to the device */
    uint64_t waited_ns;  /* at most so much of it while the device had nothing to do */
    struct data_shuffle_position position;
    struct sae_checkpoint_figures checkpoint; /* the last one of this process */
};

/* Trains to the end and saves each part's autoencoder into its folder: SAELens's files, metrics.jsonl,
 * checkpoints. All parts have the same batch, number of rows and width. SIGINT and SIGTERM end it after the
 * step with checkpoints written, as BASE_INTERRUPTED; so does an order to stop. BASE_ERROR_NUMERIC after a
 * run of steps whose gradients were not finite, naming step and rows. */
enum base_status sae_run(const struct sae_run_parameters *parameters, struct sae_run_part *parts,
                         uint32_t n_parts, struct sae_run_figures *figures);

#ifdef __cplusplus
}
#endif
#endif
