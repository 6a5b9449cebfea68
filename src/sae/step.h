/* One training step on the device, in parts: what is held between them, and the two ways through it (on
 * pairs, or on dense blocks) that end in the same gradients. Not for other rooms.
 *
 * The errors stand multiplied by 2 / rows, so that everything behind them is a gradient of the mean over rows
 * of the squared length. With Matryoshka there is one error a width; after sae_step_errors errors[g] holds
 * the sum of those of the widths from g on, which is what the latents of group g are told. */
#ifndef ARCLIGHT_SAE_STEP_H
#define ARCLIGHT_SAE_STEP_H

#include "linalg/sort.h"
#include "sae/forward.h"
#include "sae/optimiser.h"

/* Pairs sorted by latent, and what the errors say to them. */
struct sae_back {
    struct gpu_buffer *dots;   /* f32 [capacity]; gated: [2, capacity padded], the gate's behind */
    struct gpu_buffer *order;  /* uint [capacity] */
    struct gpu_buffer *starts; /* uint [d_sae + 1] */
    struct linalg_sort_scratch scratch;
};

struct sae_step {
    const struct sae_config *config;
    struct sae_weights *weights;
    struct sae_optimiser *optimiser;
    struct sae_forward forward;
    struct gpu_buffer *target;                  /* [batch, d_out]; forward.scaled but for transcoders */
    struct gpu_buffer *decoded;                 /* [batch, d_out] */
    struct gpu_buffer *errors[SAE_MOST_WIDTHS]; /* [batch, d_out] */
    struct gpu_buffer *squares;                 /* [batch]: of a row's error, without the factor */
    struct gpu_buffer *penalties;               /* [batch] */
    struct gpu_buffer *columns;                 /* [2, columns_stride]: sums of the targets, of the errors */
    struct gpu_buffer *projection;              /* [d_in] */
    struct gpu_buffer *scalars;                 /* SAE_SCALAR_… */
    uint32_t columns_stride;
    /* on pairs */
    struct sae_lists lists;
    struct sae_back back;
    struct gpu_buffer *terms;                     /* [capacity, SAE_TERMS] */
    struct gpu_buffer *row_l0;                    /* uint, by pair; on dense blocks by row */
    struct gpu_buffer *gates;                     /* gated: [capacity] */
    struct gpu_buffer *gate_decoded, *gate_error; /* gated: [batch, d_out] */
    /* on dense blocks [block_rows, d_sae]; NULL for TopK kinds */
    struct gpu_buffer *dense_values, *dense_dots, *dense_gates, *dense_gate_dots;
    /* AuxK: dead latents side by side, so that dense products do; see auxiliary.c */
    struct sae_lists aux_lists;
    struct gpu_buffer *aux_decoded;
    struct gpu_buffer *aux_ids, *aux_slots;                   /* uint [d_sae] */
    struct gpu_buffer *aux_chosen;                            /* f32 [d_sae]; NULL: rows may choose all */
    struct gpu_buffer *aux_values, *aux_dots;                 /* f32 [batch, aux_cols] */
    struct gpu_buffer *aux_decoder, *aux_gradient, *aux_sums; /* [aux_cols, d], [aux_cols] */
    uint32_t aux_cols;                                        /* dead latents at once */
    uint32_t dead;                                            /* of this step */
    /* latents */
    struct gpu_buffer *fired, *fired_total, *silent; /* uint [d_sae] */
    struct gpu_buffer *dead_weights;                 /* f32 [d_sae] */
    struct gpu_buffer *counts;                       /* {dead latents, active pairs} */
    /* for onlookers (sae_trainer_watch); NULL: nobody looks */
    struct gpu_buffer *value_sums; /* f32 [d_sae]: of the values of a latent over the batch */
    struct gpu_buffer *watched;    /* f32 [batch]: the values of one latent, 0 where it does not fire */
    uint32_t watched_latent;       /* UINT32_MAX: none */
    struct gpu_buffer *row_norms; /* f32 [d_sae]: of whole decoder rows; NULL: the weights' norms are those */
    /* of this step */
    double k, sparsity; /* sparsity: its coefficient */
    bool with_auxiliary;
    uint32_t pairs; /* bound on the pairs of the lists that the host knows */
};

uint64_t sae_step_bytes(const struct gpu *gpu, const struct sae_config *config);
/* Of the largest list of pairs, which is bound whole. */
uint64_t sae_step_list_bytes(const struct sae_config *config);
/* Of its largest buffer. */
uint64_t sae_step_largest(const struct gpu *gpu, const struct sae_config *config);
enum base_status sae_step_create(struct gpu *gpu, const struct sae_config *config,
                                 struct sae_weights *weights, struct sae_optimiser *optimiser,
                                 struct sae_step *step);
void sae_step_destroy(struct gpu *gpu, struct sae_step *step);

/* True for kinds whose pairs may be too many for lists. */
bool sae_step_may_be_dense(const struct sae_config *config);
/* Whether sparsity weighs latents by their decoder norm. */
bool sae_step_is_weighted(const struct sae_config *config);

/* On pairs. *fits false: the pairs do not fit the lists, nothing else was done (never for TopK kinds). */
enum base_status sae_step_pairs_forward(struct gpu *gpu, struct sae_step *step, bool *fits);
enum base_status sae_step_pairs_backward(struct gpu *gpu, struct sae_step *step);
/* On dense blocks, forward and backward. */
enum base_status sae_step_dense(struct gpu *gpu, struct sae_step *step);

/* Transcoders: the batch's targets [batch, d_out] (any offset and stride) times `factor`. */
enum base_status sae_step_target(struct gpu *gpu, struct sae_step *step, const struct linalg_matrix *source,
                                 float factor);

/* What both share: decoded -> errors[width] and the rows' squares, summed into the scalar `scalar` (added to
 * it for all but the widest); the factor of AuxK; sums over widths. */
enum base_status sae_step_residual(struct gpu *gpu, struct sae_step *step, struct gpu_buffer *decoded,
                                   struct gpu_buffer *error, uint32_t first, uint32_t rows);
enum base_status sae_step_sum_rows(struct gpu *gpu, struct sae_step *step, struct gpu_buffer *rows,
                                   uint32_t scalar);
enum base_status sae_step_scalars(struct gpu *gpu, struct sae_step *step);

/* AuxK: the visitor that lists dead latents block by block, and, once the errors stand, its loss and what it
 * adds to the gradients. */
struct sae_forward_visitor sae_auxiliary_visitor(struct sae_step *step);
enum base_status sae_auxiliary_backward(struct gpu *gpu, struct sae_step *step);

/* b_dec, W_skip, the decoder's norms: what is left once errors and latents' gradients stand. */
enum base_status sae_step_finish(struct gpu *gpu, struct sae_step *step);

/* Sorts lists' pairs (at most `pairs`) by latent. */
enum base_status sae_back_sort(struct gpu *gpu, const struct sae_lists *lists, uint32_t d_sae, uint32_t pairs,
                               struct sae_back *back);
/* gradient[latents, cols] = the latents' pairs' coefficients times rows; see gradient_rows.comp. */
struct sae_gradient_call {
    const struct sae_lists *lists;
    const struct sae_back *back;
    struct gpu_buffer *coefficients;
    uint32_t stride, first;  /* of coefficients */
    struct gpu_buffer *rows; /* [batch, cols] */
    uint32_t cols;
    uint32_t low, high;          /* latents */
    struct gpu_buffer *gradient; /* [d_sae, cols] */
};
enum base_status sae_gradient_rows(struct gpu *gpu, const struct sae_gradient_call *call);
/* For onlookers, when there are any: sums and values from the pairs; from a dense block, added to those of
 * the blocks before. */
enum base_status sae_watch_pairs(struct gpu *gpu, struct sae_step *step);
enum base_status sae_watch_block(struct gpu *gpu, struct sae_step *step, uint32_t first, uint32_t rows);
/* The latents' sums of the pairs' terms. */
enum base_status sae_latent_sums(struct gpu *gpu, struct sae_step *step);

#endif
