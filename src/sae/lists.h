/* Active latents as lists on the device: for each row of a batch its (row, latent) pairs in ascending order
 * of latent, and what decoder and gradients do with them. Sums over a row's pairs go in that order, so that
 * they do not depend on how latents are cut into spans. Not for other rooms. */
#ifndef ARCLIGHT_SAE_LISTS_H
#define ARCLIGHT_SAE_LISTS_H

#include "gpu/gpu.h"
#include "linalg/matrix.h"
#include "sae/select.h"
#include "sae/weights.h"

struct sae_lists {
    uint32_t rows;              /* of a batch */
    uint32_t capacity;          /* pairs; what does not fit is counted by `offsets` and not written */
    uint32_t room;              /* for a row's selected columns, where a rule selects */
    struct gpu_buffer *counts;  /* uint [rows] */
    struct gpu_buffer *marks;   /* uint: a bit an entry of a block's rows; where a rule selects {threshold,
                                   quota}   [rows] and the selected columns [rows, room] */
    struct gpu_buffer *offsets; /* uint [rows + 1] */
    struct gpu_buffer *latents; /* uint [capacity], as the next three */
    struct gpu_buffer *pair_rows;
    struct gpu_buffer *pre;    /* f32: the pre-activation */
    struct gpu_buffer *values; /* f32: what is decoded; 0 in JumpReLU's window below the threshold */
};

struct sae_lists_shape {
    uint32_t rows, capacity;
    bool selects;           /* the rule does */
    uint32_t room;          /* if so: for a row's selected columns, when they are wanted */
    uint32_t block_rows, n; /* if not: of the largest block of pre-activations */
};
uint64_t sae_lists_bytes(const struct sae_lists_shape *shape);
enum base_status sae_lists_create(struct gpu *gpu, const struct sae_lists_shape *shape,
                                  struct sae_lists *lists);
void sae_lists_destroy(struct gpu *gpu, struct sae_lists *lists);

/* A block of pre-activations: rows [first, first + rows) of the batch. */
struct sae_pi_block {
    struct linalg_matrix pi; /* [rows, d_sae] */
    uint32_t first;
};

/* Which entries are active: RELU, GATED and JUMPRELU by their rule, TOPK and BATCHTOPK by what sae_select
 * made of the block with a call from sae_lists_selection. */
struct sae_rule {
    enum sae_activation activation;
    struct gpu_buffer *latent; /* as in struct sae_weights */
    float half_window;         /* JumpReLU: of the straight-through terms; 0: none */
};

/* A selection of the block's entries by pre-activation times weight, into the lists; `chosen`: with the
 * columns, which only sae_select_rows writes. */
struct sae_select_call sae_lists_selection(const struct sae_lists *lists, const struct sae_pi_block *block,
                                           struct gpu_buffer *weights, bool chosen);

/* Appends a block's active entries; blocks in order. */
enum base_status sae_lists_append(struct gpu *gpu, struct sae_lists *lists, const struct sae_rule *rule,
                                  const struct sae_pi_block *block);

/* Gated kinds, after all blocks: values, and the gates' pre-activations into `gates` f32 [capacity]. */
enum base_status sae_lists_gate(struct gpu *gpu, struct sae_lists *lists, const struct sae_weights *weights,
                                uint32_t rows, struct gpu_buffer *gates);

/* decoded[rows, d_out] (+)= the values times decoder rows of latents in [low, high); starts from b_dec
 * unless `go_on`. `values` is lists->values or another vector of the pairs. */
enum base_status sae_lists_decode(struct gpu *gpu, const struct sae_lists *lists,
                                  const struct sae_weights *weights, struct gpu_buffer *values, uint32_t rows,
                                  uint32_t low, uint32_t high, bool go_on, struct gpu_buffer *decoded);

/* dots[first + pair] = scale * <error[row], W_dec[latent]> for the pairs of latents in [low, high). */
enum base_status sae_lists_dots(struct gpu *gpu, const struct sae_lists *lists,
                                const struct sae_weights *weights, struct gpu_buffer *error, uint32_t rows,
                                uint32_t low, uint32_t high, float scale, struct gpu_range dots);

#endif
