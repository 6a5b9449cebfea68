/* One autoencoder in training on the device: a step at a time, rows given by the caller. The same
 * configuration, start and rows give the same bits on one device; what must be kept to go on with the same
 * bits is the state and the sections. */
#ifndef ARCLIGHT_SAE_TRAINER_H
#define ARCLIGHT_SAE_TRAINER_H

#include "gpu/gpu.h"
#include "sae/config.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sae_trainer;

/* Whether `n` trainers of these configurations, all of one batch, would fit the device together, and `beside`
 * bytes with them: what sae_trainer_create refuses is refused, for all of them, before anything is taken.
 * BASE_ERROR_DEVICE_MEMORY names the batch that would fit. */
enum base_status sae_trainers_check(struct gpu *gpu, const struct sae_config *const *configs, uint32_t n,
                                    uint64_t beside);

/* Copies the configuration and uploads the start's weights, which must be of its architecture
 * (sae_start_model makes one). Inputs are multiplied by `scale_in`, a transcoder's targets by `scale_out` (an
 * autoencoder's are its scaled inputs). Memory is planned before it is taken: BASE_ERROR_DEVICE_MEMORY names
 * the batch that would fit. The caller destroys it before the gpu is closed. */
enum base_status sae_trainer_create(struct gpu *gpu, const struct sae_config *config,
                                    const struct sae_model *start, double scale_in, double scale_out,
                                    struct sae_trainer **out);
void sae_trainer_destroy(struct sae_trainer **trainer); /* NULL-safe */

/* What a step did. Losses with their coefficients in, means over rows, in the scaled space; NaN where a kind
 * has no such term. */
struct sae_record {
    uint64_t step; /* from 0 */
    uint64_t rows; /* trained on, with this step */
    double loss, reconstruction, sparsity, gate, auxiliary;
    double fvu;  /* squared error over the targets' squared distance from their mean, of this batch */
    double l0;   /* mean over rows of latents above 0 */
    double rate; /* learning rate */
    double gradient_norm; /* before clipping */
    double k;             /* TOPK kinds */
    double coefficient;   /* of sparsity in this step; NaN for kinds that select */
    double target_l0;     /* of this step, when L0 is steered */
    uint32_t dead;        /* latents, after this step */
    bool dense;           /* on dense blocks, else on pairs */
    bool bad;             /* loss or gradient was not finite: nothing was changed */
};

/* One step on rows [batch, width] on the host: d_in columns, and for a transcoder d_out more. Waits for it.
 * Device and memory failures are passed on; a bad step is no failure. */
enum base_status sae_trainer_step(struct sae_trainer *trainer, const float *rows, struct sae_record *record);

/* The same in parts, so that the next step's rows are read and copied while the device computes this one:
 * stage, then begin, which hands the step to the device; stage the next step's rows; end, which waits.
 * *record is filled by begin and end; between them only stage may be called. `rows` may be reused on return.
 */
enum base_status sae_trainer_stage(struct sae_trainer *trainer, const float *rows);
enum base_status sae_trainer_begin(struct sae_trainer *trainer, struct sae_record *record);
enum base_status sae_trainer_end(struct sae_trainer *trainer, struct sae_record *record);

/* What holds from the next step on: factors on the learning rate and on the coefficient of sparsity, and for
 * TopK kinds the most latents a row (0: as scheduled). Kept in the state. */
void sae_trainer_order(struct sae_trainer *trainer, double rate_factor, double sparsity_factor,
                       double most_k);

/* From the next step on, steps also leave each latent's sum of values over the batch, and the values of
 * latent `latent` (SAE_WATCH_NONE: of none) row by row: sae_glimpse_of in sae/hands.h gives them. Changes no
 * bit of the training. BASE_ERROR_DEVICE_MEMORY. */
enum { SAE_WATCH_NONE = UINT32_MAX };
enum base_status sae_trainer_watch(struct sae_trainer *trainer, uint32_t latent);

/* ---- what a checkpoint holds ---- */

/* Everything that is not in a device buffer. Plain data of 8-byte members. */
struct sae_trainer_state {
    uint64_t step;    /* that comes next */
    uint64_t updates; /* steps that changed weights */
    uint64_t rows;
    uint64_t dead;
    uint64_t dense;       /* 1: the next step goes on dense blocks */
    uint64_t pairs_again; /* the first step that may be tried on pairs again */
    double coefficient;   /* steered sparsity */
    double l0_first, l0_smoothed;
    double threshold_sum, threshold_weight; /* BatchTopK: running mean of the smallest selected value */
    double scale_in, scale_out;
    double rate_factor, sparsity_factor; /* ordered by hand (sae/hands.h); 1: as configured */
    double most_k;                       /* ordered by hand; 0: as scheduled */
    uint64_t bad_steps;                  /* in a row, up to the last one */
};
struct sae_trainer_state sae_trainer_state(const struct sae_trainer *trainer);

/* A device buffer's stretch by name: weights, Adam's moments, rows since each latent fired, firing counts. */
struct sae_section {
    char name[32];
    struct gpu_buffer *buffer;
    uint64_t offset, bytes;
};
enum { SAE_MOST_SECTIONS = 3 * SAE_MOST_TENSORS + 2 };
uint32_t sae_trainer_sections(const struct sae_trainer *trainer,
                              struct sae_section sections[SAE_MOST_SECTIONS]);
/* After all sections were uploaded: takes the state and derives the rest. */
enum base_status sae_trainer_restore(struct sae_trainer *trainer, const struct sae_trainer_state *state);

/* ---- what comes out ---- */

/* The autoencoder as files hold it: scaling folded in, decoder rows of length 1, BatchTopK as JumpReLU with
 * the running threshold. `threshold_factor` multiplies JumpReLU's thresholds (1: as trained). Frees with
 * sae_model_free. */
enum base_status sae_trainer_model(struct sae_trainer *trainer, double threshold_factor,
                                   struct sae_model *model);

/* The same of weights as training has them: *trained is freed, or becomes the model. */
enum base_status sae_finished_model(const struct sae_trainer_state *state, double threshold_factor,
                                    struct sae_model *trained, struct sae_model *model);

/* Rows in which each latent fired, [d_sae], over `rows` rows; counting begins anew with `restart`. */
enum base_status sae_trainer_firing(struct sae_trainer *trainer, uint32_t *fired, bool restart);

const struct sae_config *sae_trainer_config(const struct sae_trainer *trainer);

/* Resampling (Bricken et al. 2023, "Neuron resampling"; the probability is the loss, as dictionary_learning
 * has it): each dead latent gets the direction of a row of `rows` (the last batch) that is badly
 * reconstructed, with a small encoder, and moments of 0. *resampled gets how many there were. */
enum base_status sae_trainer_resample(struct sae_trainer *trainer, const float *rows, uint32_t *resampled);

#ifdef __cplusplus
}
#endif
#endif
