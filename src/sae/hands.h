/* Hands on a run while it trains: what a window asks of sae_run, and what it may look at. Everything is
 * called from sae_run's own thread, between steps. */
#ifndef ARCLIGHT_SAE_HANDS_H
#define ARCLIGHT_SAE_HANDS_H

#include "gpu/gpu.h"
#include "sae/trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is wished for the steps from now on. Changes are written into metrics.jsonl as events with the step
 * from which they hold, and kept in checkpoints, so that --resume goes on with them. */
struct sae_orders {
    bool stop;              /* end after a checkpoint, as SIGINT does */
    bool checkpoint;        /* write one before the next step; sae_run sets it back */
    double rate_factor;     /* on the schedule's learning rate; 1: as configured */
    double sparsity_factor; /* on the coefficient of sparsity (kinds with a penalty); 1: as configured */
    double k; /* TopK kinds: latents a row from now on, at most the configured k; NaN: as scheduled
               */
};

/* What a step has left on the device, for snapshots; valid within the call. Buffers are the trainer's: only
 * dispatches and copies from them may be recorded. */
struct sae_glimpse {
    const struct sae_record *record;
    const struct sae_config *config;
    uint32_t rows;                  /* of the batch */
    struct gpu_buffer *input;       /* f32 [rows, d_in], scaled */
    struct gpu_buffer *target;      /* f32 [rows, d_out], scaled; `input` but for transcoders */
    struct gpu_buffer *decoded;     /* f32 [rows, d_out], scaled */
    struct gpu_buffer *W_dec;       /* f32 [d_sae, d_out] */
    uint32_t W_dec_stride;          /* elements between its rows */
    struct gpu_buffer *fired;       /* uint [d_sae]: rows of this batch in which each latent fired */
    struct gpu_buffer *fired_total; /* uint [d_sae]: since counting began */
    struct gpu_buffer *silent;      /* uint [d_sae]: rows since it last fired */
    struct gpu_buffer *sums;        /* f32 [d_sae]: sum of its values over this batch; NULL where the step
                                       has none (dense blocks) */
    const float *host_rows;         /* [rows, width], unscaled, as they came */
};

struct sae_hands {
    void *context;
    /* Before a step. May take its time (a paused run stays in here). `orders` holds those in effect. */
    enum base_status (*before)(void *context, uint32_t run, uint64_t step, struct sae_orders *orders);
    /* After a step. */
    enum base_status (*after)(void *context, uint32_t run, const struct sae_glimpse *glimpse);
};

#ifdef __cplusplus
}
#endif
#endif
