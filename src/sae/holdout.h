/* Rows kept back from training, and how an autoencoder does on them; and the thresholds' last correction. */
#ifndef ARCLIGHT_SAE_HOLDOUT_H
#define ARCLIGHT_SAE_HOLDOUT_H

#include "gpu/gpu.h"
#include "sae/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows [count, d_in (+ d_out of a transcoder)], unscaled. Not owned. */
struct sae_holdout {
    const float *rows;
    uint64_t count;
};

struct sae_holdout_result {
    double fvu;      /* squared error over squared distance from the rows' mean */
    double l0;       /* mean */
    uint32_t silent; /* latents that fire on none of the rows */
};

/* Bytes on the device that evaluating `count` rows of what is trained takes beside whatever else is there;
 * and takes them and gives them back, so that what comes later is known to fit. */
uint64_t sae_holdout_bytes(const struct gpu *gpu, const struct sae_architecture *architecture,
                           uint64_t count);
enum base_status sae_holdout_rehearse(struct gpu *gpu, const struct sae_architecture *architecture,
                                      uint64_t count);

/* The model as files hold it, on all rows. */
enum base_status sae_holdout_evaluate(struct gpu *gpu, const struct sae_model *model,
                                      const struct sae_holdout *holdout, struct sae_holdout_result *result);

/* The factor on all of a JumpReLU model's thresholds at which the mean L0 on the rows is `l0`: the thresholds
 * learn with straight-through gradients and end near the target, not on it. At least `least` (0.25 or so):
 * entries below that are not looked at. */
enum base_status sae_threshold_factor(struct gpu *gpu, const struct sae_model *model,
                                      const struct sae_holdout *rows, double l0, double least,
                                      double *factor);

#ifdef __cplusplus
}
#endif
#endif
