/* Gradients, their common length, and Adam: what turns a step's gradients into new weights. Not for other
 * rooms. */
#ifndef ARCLIGHT_SAE_OPTIMISER_H
#define ARCLIGHT_SAE_OPTIMISER_H

#include "sae/config.h"
#include "sae/weights.h"

/* One trained tensor with its gradient and moments. */
struct sae_parameter {
    struct sae_weight weight;
    struct gpu_buffer *gradient; /* owned for matrices and b_dec; a row of `sums` for the latents' vectors */
    uint64_t gradient_offset;    /* elements */
    struct gpu_buffer *first, *second; /* Adam's moments, f32 like the weight */
    bool not_negative;
};

struct sae_optimiser {
    struct sae_parameter parameters[SAE_MOST_TENSORS];
    uint32_t n_parameters;
    struct gpu_buffer *sums;    /* f32 [SAE_TERMS, sums_stride]: per latent; see shaders/sae/params.h */
    uint32_t sums_stride;       /* words, a multiple of 64 */
    struct gpu_buffer *squares; /* f32 [SAE_MOST_TENSORS] */
    struct gpu_buffer *control; /* {bad, bits of the factor, bits of the norm} */
    uint64_t updates;           /* steps that were not skipped */
    struct sae_weights *weights;
    /* What of each decoder row is added to its gradient before it is clipped, f32 [d_sae, factor_blocks], and
     * the squared lengths of these sums, f32 [d_sae]. */
    struct gpu_buffer *factors, *row_squares;
    uint32_t factor_blocks; /* 0 where nothing is added */
};

uint64_t sae_optimiser_bytes(const struct sae_architecture *architecture);
/* Moments are zeros. The weights must outlive it. */
enum base_status sae_optimiser_create(struct gpu *gpu, const struct sae_config *config,
                                      struct sae_weights *weights, struct sae_optimiser *optimiser);
void sae_optimiser_destroy(struct gpu *gpu, struct sae_optimiser *optimiser);

/* The parameter of this name; NULL when the architecture has none. */
struct sae_parameter *sae_optimiser_find(struct sae_optimiser *optimiser, const char *name);

/* Completes the decoder's gradient by what its norms say (the factors), clips all gradients, and takes one
 * step of Adam with `rate`, which leaves the decoder's norms in the weights, and its rows one long where the
 * configuration says so; unless a gradient is not finite: `control` then says bad and nothing changes.
 * `updates` is left to the caller, who counts up once it has read `control`. */
enum base_status sae_optimiser_step(struct gpu *gpu, struct sae_optimiser *optimiser,
                                    const struct sae_config *config, double rate);

/* ---- for optimiser.c, in decoder_rows.c ---- */

/* Factors and row_squares of the decoder's rows, from its gradient and the norms' term. */
enum base_status sae_decoder_factors(struct gpu *gpu, struct sae_optimiser *optimiser, bool project);
/* Adam on the decoder's rows, and their norms. `constants`: the fields from rate on. */
struct sae_adam_params;
enum base_status sae_decoder_adam(struct gpu *gpu, struct sae_optimiser *optimiser, bool unit,
                                  const struct sae_adam_params *constants);

#endif
