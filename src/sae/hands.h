/* Hands on a run while it trains: what a window asks of sae_run, and what it may look at. Everything is
 * called from sae_run's own thread, between steps. */
#ifndef ARCLIGHT_SAE_HANDS_H
#define ARCLIGHT_SAE_HANDS_H

#include "gpu/gpu.h"
#include "sae/density.h"
#include "sae/holdout.h"
#include "sae/trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sae_metrics_file;

/* What is wished for the steps from now on. Changes of the factors and of k are written into metrics.jsonl
 * with the step from which they hold, {"step": 40, "event": "rate_factor", "value": 0.5} (without a value: k
 * as scheduled), and kept in checkpoints, so that --resume goes on with them. */
struct sae_orders {
    bool stop; /* end after a checkpoint, as SIGINT does; changes asked for in the same call are not made */
    bool checkpoint; /* write one before the next step and before the changes hold; sae_run sets it back once
                        it has been begun, which waits while steps are bad */
    double rate_factor;     /* on the schedule's learning rate, 0 to 1e6; 1: as configured */
    double sparsity_factor; /* on the coefficient of sparsity (kinds with a penalty), 0 to 1e6; 1: as
                               configured. Where L0 is steered, the steering goes on from there. */
    double k; /* TopK kinds: latents a row from now on, above 0, at most the configured k; TopK rounds it, to
                 at least 1, and the k of the end is the saved one's. NaN: as scheduled. */
    uint32_t watched; /* the latent whose values a glimpse brings, SAE_WATCH_NONE: none. Changes nothing of
                         the training and is written nowhere. */
};

/* What a step has left on the device, for snapshots; valid within the call. Buffers are the trainer's: only
 * dispatches and copies from them may be recorded.
 *
 * Latents' values stand in the trainer's units. What a saved autoencoder gives, whose decoder rows are 1 long
 * and whose scaling is folded in, is value * norms[latent] / scale_out. */
struct sae_glimpse {
    const struct sae_record *record;
    const struct sae_config *config;
    const char *folder;             /* the run's: metrics.jsonl in it has what went before this step, and
                                       this step's line where there is one */
    uint32_t rows;                  /* of the batch */
    double scale_in, scale_out;     /* that the rows were multiplied by */
    struct gpu_buffer *input;       /* f32 [rows, d_in], scaled */
    struct gpu_buffer *target;      /* f32 [rows, d_out], scaled; `input` but for transcoders */
    struct gpu_buffer *decoded;     /* f32 [rows, d_out], scaled */
    struct gpu_buffer *W_dec;       /* f32 [d_sae, d_out] */
    uint32_t W_dec_stride;          /* elements between its rows */
    struct gpu_buffer *norms;       /* f32 [d_sae]: of the rows of W_dec */
    struct gpu_buffer *fired;       /* uint [d_sae]: rows of this batch in which each latent fired */
    struct gpu_buffer *fired_total; /* uint [d_sae]: since counting began */
    struct gpu_buffer *silent;      /* uint [d_sae]: rows since it last fired */
    struct gpu_buffer *sums;        /* f32 [d_sae]: sum of its values over this batch */
    struct gpu_buffer *values;      /* f32 [rows]: the watched latent's; not above 0 where it did not fire */
    uint32_t watched;               /* which that is; SAE_WATCH_NONE: `values` means nothing */
    struct sae_trainer
        *trainer; /* for sae_glimpse_watch and sae_inference_of_trainer; there until sae_run is over */
    const float *host_rows;                   /* [rows, width], unscaled, as they came */
    const struct sae_holdout_result *holdout; /* NULL: not evaluated in this step */
    const uint32_t
        *density; /* [SAE_DENSITY_BINS] latents by how often they fired of late; NULL: not counted */
    const uint32_t *resampled; /* latents that were after this step; NULL: it was not due */
};

/* Has a glimpse bring another latent's values, of the same step: what a step left on the device stands until
 * the next one is begun, so this may be called from within `before` as well. *known false: the
 * step went by dense blocks, of which nothing is left; the next one brings them. Records work. */
enum base_status sae_glimpse_watch(struct sae_glimpse *glimpse, uint32_t latent, bool *known);

struct sae_hands {
    void *context;
    /* Before a step, and once more when a checkpoint that it asked for was begun. May take its time (a paused
     * run stays in here; SIGINT is looked at when it returns). `orders` holds those in effect, the second
     * time those of the first. */
    enum base_status (*before)(void *context, uint32_t run, uint64_t step, struct sae_orders *orders);
    /* After a step; NULL: nobody looks. */
    enum base_status (*after)(void *context, uint32_t run, const struct sae_glimpse *glimpse);
};

/* ---- for sae_run ---- */

/* The orders that a trainer follows; nothing to stop and no checkpoint. */
struct sae_orders sae_orders_of(const struct sae_trainer *trainer);
/* Has it follow these, but for stop and checkpoint, and writes what changes into the metrics.
 * BASE_ERROR_INTERNAL for numbers out of range. */
enum base_status sae_orders_follow(struct sae_trainer *trainer, const struct sae_orders *orders,
                                   struct sae_metrics_file *metrics);
/* After a step of a trainer that is watched. */
struct sae_glimpse sae_glimpse_of(struct sae_trainer *trainer, const struct sae_record *record,
                                  const float *rows);

#ifdef __cplusplus
}
#endif
#endif
