/* How well an autoencoder does on rows: every metric that needs no language model, summed in double on the
 * host from blocks of rows, latents and reconstructions. Names and definitions are SAELens 6.54's
 * (sae_lens/evals.py) but where its own depend on how rows fall into batches: here each is over the whole
 * set. */
#ifndef ARCLIGHT_SAE_EVALUATE_H
#define ARCLIGHT_SAE_EVALUATE_H

#include "sae/walk.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of one set of rows; y is the row to be reconstructed, r what came out, e = y - r. NaN where there is
 * nothing to divide by. */
struct sae_fit {
    uint64_t rows;
    double explained_variance;           /* 1 - sum |e|^2 / sum |y - mean|^2, the mean over the set */
    double explained_variance_legacy;    /* mean over rows of 1 - |e|^2 / |y - mean|^2 (SAEBench's paper) */
    double fvu;                          /* 1 - explained_variance */
    double mse;                          /* mean over rows of |e|^2: summed over d (SAELens since 6.45) */
    double cossim;                       /* mean of y.r / (|y| |r|) over rows where neither is zero */
    double l2_norm_in, l2_norm_out;      /* means of |y| and |r| */
    double l2_ratio;                     /* mean of |r| / |y|, |y| below 1e-4 taken as 1 */
    double relative_reconstruction_bias; /* mean |r|^2 / mean y.r (Rajamanoharan et al. 2024, equation 10):
                                            below 1 is shrinkage */
    double l0, l1;                       /* means of the number and of the sum of active latents */
};

/* Bins of the distribution of |e|^2 / |y - mean|^2 over rows: equal in log10, the first and the last hold
 * what lies beyond. */
#define SAE_FVU_LOWEST (-4.0)
#define SAE_FVU_HIGHEST 2.0
enum { SAE_FVU_BINS = 120 };

struct sae_metrics {
    struct sae_fit kept; /* rows whose norm is within the bound */
    struct sae_fit all;  /* all finite rows */

    /* by latent, [d_sae], over kept rows */
    uint64_t *fired; /* rows with f > 0 */
    double *sum, *maximum;
    double *consistent;               /* rows in which it fired over contexts in which it did (SAELens's
                                         consistent_activation_heuristic); NULL without contexts; NaN: never fired */
    uint64_t dead, dense_1, dense_10; /* latents that never fired; in more than 1 %, 10 % of the rows */

    uint64_t *l0_rows; /* [d_sae + 1] kept rows by their L0 */
    uint64_t fvu_rows[SAE_FVU_BINS];
};
void sae_metrics_free(struct sae_metrics *metrics); /* NULL-safe members */

/* Mean rows, [width] each, over all finite rows and over those within the bound; of the target where there is
 * one. BASE_ERROR_INPUT when no row is left. */
struct sae_means {
    double *kept, *all;
};
enum base_status sae_means_make(const struct sae_walk_parameters *walk, struct sae_means *means);
void sae_means_free(struct sae_means *means); /* NULL-safe members */

struct sae_evaluation;

struct sae_evaluation_parameters {
    uint32_t d_out, d_sae;
    struct sae_means means; /* borrowed, [d_out] */
    double norm_bound;
    bool contexts; /* blocks come with their contexts */
};
enum base_status sae_evaluation_create(const struct sae_evaluation_parameters *parameters,
                                       struct sae_evaluation **out);
void sae_evaluation_destroy(struct sae_evaluation **evaluation); /* NULL-safe */

/* Takes a block: reconstruction [rows, d_out]; contexts [rows], not falling, or NULL. BASE_ERROR_NUMERIC when
 * a reconstruction is not finite, naming the row. */
enum base_status sae_evaluation_add(struct sae_evaluation *evaluation, const struct sae_walk_block *block,
                                    const float *reconstruction, const uint64_t *contexts);
/* Moves what was summed into *metrics; freed with sae_metrics_free. */
void sae_evaluation_finish(struct sae_evaluation *evaluation, struct sae_metrics *metrics);

#ifdef __cplusplus
}
#endif
#endif
