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
    struct gpu_buffer *rows;   /* f32 [batch, d_in (+ d_out)] */
    struct gpu_buffer *record; /* what the host reads after a step */
};

#endif
