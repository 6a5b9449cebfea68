/* Where training starts. */
#ifndef ARCLIGHT_SAE_START_H
#define ARCLIGHT_SAE_START_H

#include "sae/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The factor of expected-average-norm: sqrt(width) / mean |row| over rows [rows, width] `stride` apart; 1
 * when all are 0. */
double sae_start_scale(const float *rows, uint64_t count, uint32_t width, uint64_t stride);

/* The weights before the first step. Decoder rows point in random directions, of length 1 (unit norms) or
 * decoder_start_norm; the encoder is the decoder's transpose, but a transcoder's has directions of its own;
 * biases are 0, thresholds threshold_start, b_dec by config->bias_start from `targets` [count, d_out], rows
 * in the scaled space `stride` apart. The caller frees with sae_model_free. */
enum base_status sae_start_model(const struct sae_config *config, const float *targets, uint64_t count,
                                 uint64_t stride, struct sae_model *model);

#ifdef __cplusplus
}
#endif
#endif
