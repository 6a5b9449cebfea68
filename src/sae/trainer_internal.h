/* What a trainer is made of. Not for other rooms. */
#ifndef ARCLIGHT_SAE_TRAINER_INTERNAL_H
#define ARCLIGHT_SAE_TRAINER_INTERNAL_H

#include "sae/step.h"
#include "sae/trainer.h"

struct sae_trainer {
    struct gpu *gpu;
    struct sae_config config;
    struct sae_trainer_state state;
    struct sae_weights weights;
    struct sae_optimiser optimiser;
    struct sae_step step;
    struct gpu_buffer
        *rows[2];     /* f32 [batch, d_in (+ d_out)]: of the step that is under way and of the next */
    uint32_t current; /* of them, the step's */
    bool staged;      /* the other one holds the next step's */
    struct gpu_buffer *record; /* what the host reads after a step */
};

/* Counts a batch of `rows` rows into how long latents have been silent and how often they fired, and finds
 * who is dead from that; 0: only the latter, anew. */
enum base_status sae_trainer_census(struct sae_trainer *trainer, uint32_t rows);

#endif
