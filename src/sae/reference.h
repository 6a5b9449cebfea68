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

/* The loss, with B rows; sums over d_out are sums, over rows means. w_i is |D_i| with free norms (crosscoder:
 * the sum of its blocks' norms), 1 with unit norms; for TOPK and BATCHTOPK |D_i| of the whole row where
 * rescale_by_decoder_norm, else 1. sg() is held constant in the gradient, and so is every selection.
 *   reconstruction  sum over the widths m of 1/B sum_b |y'_b - y_b|^2, y' from the latents below m alone
 *   sparsity        RELU: l1/B sum f_i w_i; GATED: l1/B sum max(pi_gate, 0)_i sg(w_i);
 *                   JUMPRELU: enum sae_sparsity
 *   gate            1/B sum_b |max(pi_gate, 0) sg(W_dec) + sg(b_dec + W_skip x) - y|^2: the decoder is frozen
 *                   (Rajamanoharan et al. 2024, "Gated", section 3.2), so with free norms w must be as well:
 *                   l1 would shrink |D_i| without end, exp(r_mag) making up for it in the reconstruction
 *   auxiliary       a sg(Var(y) / Var(r)) 1/B sum_b |A W_dec - sg(r)|^2 with a the aux_coefficient,
 *                   r = y - y', Var(z) = 1/B sum_b |z_b - mean z|^2, and A: of each row the k_aux greatest
 *                   max(pi, 0) w among dead latents, with value max(pi, 0) (gated: of pi_mag); 0 when none is
 *                   dead or the factor is not finite (Gao et al. 2024, appendix A.2; sae.md section 2.6) */

/* What a step's gradient takes as constant: selections, AuxK's residual and factor, the gate term's decoder.
 */
struct sae_reference_held;

/* The state beside the weights that a step's loss depends on. All rows are in the scaled space. */
struct sae_reference_batch {
    const float *x;              /* [rows, d_in] */
    const float *y;              /* [rows, d_out]; x itself for autoencoders */
    uint32_t rows;               /* at least 1 */
    double k;                    /* of this step: TOPK floor(k) a row, BATCHTOPK floor(k rows) a batch */
    double sparsity_coefficient; /* of this step: l1, or JumpReLU's lambda, warm-up included */
    const uint8_t *dead;         /* [d_sae]: 1 takes part in AuxK; NULL: none */
    const uint8_t *active;       /* [rows, d_sae]: where f may differ from 0; NULL: by the activation */
    /* NULL: as it is at these weights. Finite differences hold it where the gradient was taken. */
    const struct sae_reference_held *held;
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
 * JumpReLU's straight-through terms are sae.md section 2.4's, the window strict on both sides. With unit
 * norms W_dec's is not yet projected. */
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

/* The caller frees with sae_reference_held_free (NULL-safe). */
enum base_status sae_reference_hold(const struct sae_config *config, const struct sae_model *model,
                                    const struct sae_reference_batch *batch,
                                    struct sae_reference_held **held);
void sae_reference_held_free(struct sae_reference_held **held);

#ifdef __cplusplus
}
#endif
#endif
