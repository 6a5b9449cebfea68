/* The numbers of one training step between its loss and its gradients. Not for other rooms. */
#ifndef ARCLIGHT_SAE_REFERENCE_STEP_H
#define ARCLIGHT_SAE_REFERENCE_STEP_H

#include "sae/reference.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sae_reference_held {
    uint8_t *active;               /* [rows, d_sae]: f may differ from 0 */
    uint8_t *gate_open;            /* [rows, d_sae], gated: pi_gate > 0 */
    uint8_t *aux_active;           /* [rows, d_sae]: takes part in AuxK */
    double *residual;              /* [rows, d_out]: r = y - y' */
    double aux_factor;             /* aux_coefficient Var(y) / Var(r); 0: no AuxK */
    double *weights;               /* [d_sae]: w of the gate's sparsity */
    float *W_dec, *b_dec, *W_skip; /* copies, gated: the decoder of the gate term; W_skip NULL without */
};

struct sae_reference_forward {
    const struct sae_config *config;
    const struct sae_architecture *shape; /* the config's */
    const struct sae_model *model;
    const struct sae_reference_batch *batch;
    const struct sae_reference_held *held; /* the batch's, or own */
    struct sae_reference_held *own;        /* NULL when the batch brings one */

    double *weights; /* [d_sae]: w */
    double *encoded; /* [rows, d_sae]: pi; gated: e = (x - a b_dec) W_enc */
    double *latents; /* [rows, d_sae]: f */
    double *gates;   /* [rows, d_sae], gated: max(pi_gate, 0) */
    double *revived; /* [rows, d_sae]: AuxK's A */

    /* [rows, d_out] each; of `errors` one a width, in order: [n_widths, rows, d_out] */
    double *errors;      /* y' - y */
    double *gate_errors; /* gated */
    double *aux_errors;  /* A W_dec - r */
};

/* The number the latent's value comes from: pi, of gated pi_mag. */
double sae_reference_magnitude(const struct sae_reference_forward *forward, uint64_t element);

/* Everything above and the loss. The caller frees with sae_reference_forward_free, on failure too. */
enum base_status sae_reference_forward_run(const struct sae_config *config, const struct sae_model *model,
                                           const struct sae_reference_batch *batch,
                                           struct sae_reference_forward *forward,
                                           struct sae_reference_loss *loss);
void sae_reference_forward_free(struct sae_reference_forward *forward);

/* The two halves of an own `held`, zeroed before: the first from weights and encoded, the second from errors.
 */
enum base_status sae_reference_hold_selection(const struct sae_reference_forward *forward,
                                              struct sae_reference_held *held);
enum base_status sae_reference_hold_residual(const struct sae_reference_forward *forward,
                                             struct sae_reference_held *held);

/* Latents of a row that are above 0. */
uint32_t sae_reference_l0(const struct sae_reference_forward *forward, uint32_t row);

#ifdef __cplusplus
}
#endif
#endif
