/* How an autoencoder is trained: every option of `arclight train` that is about the mathematics, in one
 * struct that goes into configuration files, checkpoints and records. Units: coefficients are SAELens's
 * (squared error summed over d, mean over rows), in the scaled space of --input-scaling. */
#ifndef ARCLIGHT_SAE_CONFIG_H
#define ARCLIGHT_SAE_CONFIG_H

#include "sae/model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_t; /* jansson's */

enum sae_decoder_norm {
    SAE_NORM_FREE, /* sparsity and selection weighted by |D_i|, folded at save (SAELens) */
    SAE_NORM_UNIT, /* gradient projected off D_i, rows renormalised after each step (Bricken et al. 2023) */
};

enum sae_sparsity {
    SAE_SPARSITY_STEP,      /* coefficient * mean over rows of L0 */
    SAE_SPARSITY_TANH,      /* coefficient * mean over rows of sum_i tanh(4 f_i |D_i|) */
    SAE_SPARSITY_QUADRATIC, /* coefficient * mean over rows of 2 / target_l0 * (L0 - target_l0)^2 */
};

enum sae_schedule {
    SAE_CONSTANT,
    SAE_LINEAR,
    SAE_COSINE
}; /* behind the warm-up; SAE_LINEAR falls to 0 at the end of the run */

enum sae_bias_start { SAE_BIAS_ZEROS, SAE_BIAS_MEAN, SAE_BIAS_GEOMETRIC_MEDIAN };

enum { SAE_MOST_WIDTHS = 16 };

struct sae_config {
    const struct sae_kind *kind;
    struct sae_architecture architecture; /* in training; BatchTopK stays BatchTopK here */
    uint32_t widths[SAE_MOST_WIDTHS];     /* Matryoshka: strictly increasing, the last one d_sae */
    uint32_t n_widths;                    /* 1 but for Matryoshka */
    enum sae_decoder_norm decoder_norm;
    enum sae_bias_start bias_start;
    double decoder_start_norm; /* |D_i| of the start with free norms: 0.1 */

    uint64_t seed;
    uint32_t batch;      /* rows */
    uint64_t total_rows; /* rows trained on */
    double max_norm;     /* rows above this multiple of the median norm are left out; 0: none are */

    double learning_rate; /* at its height */
    enum sae_schedule schedule;
    uint64_t warmup, decay;       /* steps: linear from 1/warmup; linear to 0 over the last `decay` */
    double beta1, beta2, epsilon; /* Adam: 0.9, 0.999, 1e-8 */
    double clip;                  /* greatest global norm of the gradient; 0: not clipped */

    double l1;                   /* RELU, GATED */
    uint64_t sparsity_warmup;    /* steps over which l1 or the sparsity coefficient grows from 0 */
    uint64_t k_anneal;           /* steps over which k falls from d_in (at most d_sae) to k; 0: none */
    enum sae_sparsity sparsity;  /* JUMPRELU from here on */
    double sparsity_coefficient; /* of the start, when target_l0 steers it (step) */
    double target_l0;            /* 0: none */
    double target_anneal;        /* share of the run over which the target falls from the first L0: 0.6 */
    double bandwidth;            /* of the straight-through window on pre-activations */
    double threshold_start;      /* 0.1 */
    bool gradient_to_input;      /* the threshold's straight-through term also reaches pi, negated (sae.md
                                    section 2.4) */

    double aux_coefficient;  /* AuxK; 0: off */
    uint32_t k_aux;          /* dead latents a row that take part: d_out / 2 */
    uint64_t dead_after;     /* rows without f > 0 after which a latent counts as dead */
    uint64_t resample_every; /* steps; RELU, GATED; 0: never */
};

/* Fills in everything else, given kind, the architecture's d_in, d_out (of transcoders), d_sae, n_inputs (of
 * crosscoders), activation (of both) and k, total_rows, batch (0: 4,096) and target_l0: SAELens 6.54's values
 * (l1 and sparsity coefficient 1, lr 3e-4, Adam 0.9 and 0.999, clipping at 1, decoder rows of norm 0.1) but
 * for these. Input scaling is expected-average-norm and max_norm 10. Kinds that select have AuxK with 1/32
 * and a dead window of the lesser of 10,000,000 rows and a twentieth of the run. JumpReLU with a target has
 * these too, and a coefficient that starts at 0.01, bandwidth 0.2, threshold 0.1, gradient to the input.
 * Matryoshka has five widths, each twice the one before; SAELens has d_sae alone. */
void sae_config_defaults(struct sae_config *config);

/* 2e-4 / sqrt(d_sae / 2^14): --lr auto (dictionary_learning's rule; Gao et al. 2024, section 3.1, for its
 * form). */
double sae_config_automatic_rate(uint32_t d_sae);

/* The number of steps: total_rows / batch, at least 1. */
uint64_t sae_config_steps(const struct sae_config *config);

/* The mean L0 that the saved autoencoder is to have: jumprelu's target, batchtopk's k; 0: none. */
double sae_config_wanted_l0(const struct sae_config *config);

/* Whether the option of that name has a part in training this kind with this activation. Names that are not
 * of struct sae_config have. */
bool sae_config_concerns(const struct sae_config *config, const char *name);

/* The learning rate's factor of step `step` (from 0), as SAELens's schedulers give it: (step + 1) / warmup,
 * then 1, or the cosine from 1 to 1/10; over the last `decay` steps linearly from there to 0, which the step
 * after the last would have. */
double sae_schedule_rate(const struct sae_config *config, uint64_t step);
/* The factor of l1 and of the sparsity coefficient: step / sparsity_warmup, at most 1. */
double sae_schedule_sparsity(const struct sae_config *config, uint64_t step);
/* k of the step: linearly from d_in (at most d_sae) to k over k_anneal steps; TOPK: rounded. */
double sae_schedule_k(const struct sae_config *config, uint64_t step);

/* BASE_ERROR_USAGE names the option that cannot be meant. Shapes must be filled in. */
enum base_status sae_config_check(const struct sae_config *config);

/* Everything above as JSON, keys as the options are named (sae/options.c lists them), and back. Keys that are
 * not there leave their members as they are; unknown keys, wrong types and numbers out of range are
 * BASE_ERROR_INPUT, naming `where` and key. A new reference; NULL when memory is exhausted. */
struct json_t *sae_config_to_json(const struct sae_config *config);
enum base_status sae_config_from_json(const struct json_t *json, const char *where,
                                      struct sae_config *config);

#ifdef __cplusplus
}
#endif
#endif
