/* Rows on the device -> pairs: scaling, the encoder's product block by block, selection. What inference and
 * training share. Not for other rooms. */
#ifndef ARCLIGHT_SAE_FORWARD_H
#define ARCLIGHT_SAE_FORWARD_H

#include "sae/lists.h"

struct sae_forward {
    uint32_t rows;       /* a batch holds at most */
    uint32_t block_rows; /* of pre-activations made at once */
    uint32_t n_blocks;   /* buffers of pre-activations: all of a batch for BatchTopK, else 1 */
    struct gpu_buffer **pi;
    struct gpu_buffer *scaled;   /* f32 [rows, d_in]: rows in the scaled space */
    struct gpu_buffer *centred;  /* [rows, d_in]: less b_dec, the encoder's input */
    struct gpu_buffer *moments;  /* vec2 [rows]: what undoes the scaling of a row */
    struct gpu_buffer *smallest; /* f32: BatchTopK's smallest selected value */
    struct sae_select_scratch scratch;
};

/* Rows of pre-activations that are made at once. */
uint32_t sae_forward_block_rows(const struct gpu *gpu, const struct sae_architecture *architecture,
                                uint32_t rows);
/* Of lists for a batch's pairs; TopK: `capacity` is k a row. */
struct sae_lists_shape sae_forward_lists(const struct gpu *gpu, const struct sae_architecture *architecture,
                                         uint32_t rows, uint32_t capacity);
uint64_t sae_forward_bytes(const struct gpu *gpu, const struct sae_architecture *architecture, uint32_t rows);
enum base_status sae_forward_create(struct gpu *gpu, const struct sae_architecture *architecture,
                                    uint32_t rows, struct sae_forward *forward);
void sae_forward_destroy(struct gpu *gpu, struct sae_forward *forward);

/* Fills scaled, centred and moments from rows [rows, d_in] on the device (any offset and stride): each times
 * `factor`, or by the architecture's scaling. */
enum base_status sae_forward_prepare(struct gpu *gpu, struct sae_forward *forward,
                                     const struct sae_weights *weights, const struct linalg_matrix *source,
                                     float factor);

/* Pre-activations of rows [first, first + rows) of `centred` into buffer `index`. */
enum base_status sae_forward_block(struct gpu *gpu, struct sae_forward *forward,
                                   const struct sae_weights *weights, uint32_t first, uint32_t rows,
                                   uint32_t index, struct sae_pi_block *block);

/* What is done with each block once its pre-activations stand, before they are overwritten (AuxK). */
struct sae_forward_visitor {
    enum base_status (*visit)(struct gpu *gpu, void *context, const struct sae_pi_block *block);
    void *context;
};

/* The whole batch's pairs. `k` for TopK (a row) and BatchTopK (on average a row; SAELens rounds k times rows
 * down), `half_window` for JumpReLU. visitor NULL: none. */
enum base_status sae_forward_encode(struct gpu *gpu, struct sae_forward *forward,
                                    const struct sae_weights *weights, uint32_t rows, double k,
                                    float half_window, const struct sae_forward_visitor *visitor,
                                    struct sae_lists *lists);

#endif
