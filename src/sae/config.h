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

enum sae_schedule { SAE_CONSTANT, SAE_LINEAR, SAE_COSINE }; /* the linear one falls over the whole run */

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

/* The number of steps: total_rows / batch, at least 1. */
uint64_t sae_config_steps(const struct sae_config *config);

/* The learning rate's factor, sparsity's factor and k of step `step` (from 0). */
double sae_schedule_rate(const struct sae_config *config, uint64_t step);
double sae_schedule_sparsity(const struct sae_config *config, uint64_t step);
double sae_schedule_k(const struct sae_config *config, uint64_t step);

/* BASE_ERROR_USAGE names the option that cannot be meant. Shapes must be filled in. */
enum base_status sae_config_check(const struct sae_config *config);

/* Everything above as JSON, keys as the options are named, and back (unknown keys and wrong types are
 * BASE_ERROR_INPUT, naming `where`). A new reference; NULL when memory is exhausted. */
struct json_t *sae_config_to_json(const struct sae_config *config);
enum base_status sae_config_from_json(const struct json_t *json, const char *where,
                                      struct sae_config *config);

#ifdef __cplusplus
}
#endif
#endif
