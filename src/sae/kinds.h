/* The kinds of autoencoder as a researcher names them (--arch), and what tells them apart. Everything that
 * differs between kinds is a field here or a case of enum sae_activation; training and evaluation are one
 * skeleton. */
#ifndef ARCLIGHT_SAE_KINDS_H
#define ARCLIGHT_SAE_KINDS_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How latents come from pre-activations pi = (x - a b_dec) W_enc + b_enc (a: apply_b_dec_to_input).
 * The numbers are the specialisation constants of shaders/sae. */
enum sae_activation {
    SAE_RELU = 0,      /* f = max(pi, 0) */
    SAE_GATED = 1,     /* f = [e + b_gate > 0] max(exp(r_mag) e + b_mag, 0), e = (x - a b_dec) W_enc
                          (Rajamanoharan et al. 2024, "Improving Dictionary Learning with Gated Sparse
                          Autoencoders", section 3.2) */
    SAE_JUMPRELU = 2,  /* f = pi [pi > threshold], the threshold one a latent (Rajamanoharan et al. 2024,
                          "Jumping Ahead", section 2) */
    SAE_TOPK = 3,      /* max(pi, 0) of the k greatest a row (Gao et al. 2024, "Scaling and evaluating sparse
                          autoencoders", section 2.3) */
    SAE_BATCHTOPK = 4, /* max(pi, 0) of the k B greatest of a batch of B rows (Bussmann, Leask and Nanda 2024,
                          "BatchTopK Sparse Autoencoders") */
};

bool sae_selects(enum sae_activation activation);                /* TopK and BatchTopK */
const char *sae_activation_name(enum sae_activation activation); /* "relu", "gated", … */

/* A row: the defaults that a name stands for. */
struct sae_kind {
    const char *name;               /* "standard", "skip-transcoder", … */
    enum sae_activation activation; /* transcoders and crosscoders: unless --activation says another */
    bool nested;                    /* Matryoshka: the losses of several widths are added */
    bool target;                    /* transcoder: predicts another tensor than its input */
    bool skip;                      /* a linear path W_skip beside the latents */
    bool several_inputs;            /* crosscoder: inputs side by side, a decoder block each */
    bool apply_b_dec_to_input;
};

extern const struct sae_kind sae_kinds[];               /* ended by a NULL name */
const struct sae_kind *sae_kind_find(const char *name); /* NULL: unknown */

#ifdef __cplusplus
}
#endif
#endif
