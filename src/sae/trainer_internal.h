/* What a trainer is made of. Not for other rooms. */
#ifndef ARCLIGHT_SAE_TRAINER_INTERNAL_H
#define ARCLIGHT_SAE_TRAINER_INTERNAL_H

#include "sae/step.h"
#include "sae/trainer.h"

/* Batches on the device: one that a step works on and one that is copied. */
enum { SAE_TRAINER_STAGES = 2 };

struct sae_trainer {
    struct gpu *gpu;
    struct sae_config config;
    struct sae_trainer_state state;
    struct sae_weights weights;
    struct sae_optimiser optimiser;
    struct sae_step step;
    struct gpu_buffer *rows[SAE_TRAINER_STAGES]; /* f32 [batch, row width] */
    uint32_t current;                            /* of them, that of the step under way */
    bool staged;                                 /* the other one holds the next step's */
    struct gpu_buffer *record;                   /* what the host reads after a step */
};

/* Values of a row that a step is given: the input, and a transcoder's target behind it. */
uint64_t sae_trainer_row_width(const struct sae_architecture *a);

/* Counts a batch of `rows` rows into how long latents have been silent and how often they fired, and finds
 * who is dead from that; 0: only the latter, anew. */
enum base_status sae_trainer_census(struct sae_trainer *trainer, uint32_t rows);

#endif
