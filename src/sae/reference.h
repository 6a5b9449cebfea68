/* What training and inference compute, written plainly in double precision on the CPU, in the words of the
 * kernels: for tests and self-tests. */
#ifndef ARCLIGHT_SAE_REFERENCE_H
#define ARCLIGHT_SAE_REFERENCE_H

#include "sae/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- inference ---- */

/* latents[d_sae] of one row x[d_in] (f of struct sae_architecture; with rescale_by_decoder_norm pi |D_i|).
 * TopK: ties to the lower index. Never SAE_BATCHTOPK. */
void sae_reference_encode(const struct sae_model *model, const float *x, double *latents);
/* reconstruction[d_out] from latents; `x` where skip, layer-norm or constant-norm need it, else NULL. */
void sae_reference_decode(const struct sae_model *model, const double *latents, const float *x,
                          double *reconstruction);

/* ---- one training step ---- */

/* The state beside the weights that a step's loss depends on. All rows are in the scaled space. */
struct sae_reference_batch {
    const float *x; /* [rows, d_in] */
    const float *y; /* [rows, d_out]; x itself for autoencoders */
    uint32_t rows;
    double k;                    /* of this step */
    double sparsity_coefficient; /* of this step: l1, or JumpReLU's lambda, warm-up included */
    const uint8_t *dead;         /* [d_sae]: 1 takes part in AuxK; NULL: none */
    /* Which latents are active; NULL: by the activation function. Finite differences hold selections fixed.
     */
    const uint8_t *active; /* [rows, d_sae] */
};

/* Terms of the loss, each with its coefficient in, and their sum. */
struct sae_reference_loss {
    double reconstruction; /* over all widths */
    double sparsity;
    double gate;      /* gated: the auxiliary reconstruction */
    double auxiliary; /* AuxK */
    double total;
    double l0;
};

/* Gradients of the total with the shapes of the model's tensors (sae_model_tensors' order), in double.
 * Straight-through terms as sae.md section 2.4 writes them. */
struct sae_reference_gradients {
    double *tensors[SAE_MOST_TENSORS];
    uint8_t *active; /* [rows, d_sae]: f > 0 */
};

enum base_status sae_reference_loss_of(const struct sae_config *config, const struct sae_model *model,
                                       const struct sae_reference_batch *batch,
                                       struct sae_reference_loss *loss);
/* The caller frees with sae_reference_gradients_free. */
enum base_status sae_reference_step(const struct sae_config *config, const struct sae_model *model,
                                    const struct sae_reference_batch *batch, struct sae_reference_loss *loss,
                                    struct sae_reference_gradients *gradients);
void sae_reference_gradients_free(struct sae_reference_gradients *gradients);

#ifdef __cplusplus
}
#endif
#endif
