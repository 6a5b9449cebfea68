/* The weights of one autoencoder on the device, as the kernels want them. Used by inference and training; not
 * for other rooms. */
#ifndef ARCLIGHT_SAE_WEIGHTS_H
#define ARCLIGHT_SAE_WEIGHTS_H

#include "gpu/gpu.h"
#include "sae/model.h"

struct sae_weights {
    struct sae_architecture architecture;
    struct gpu_buffer *W_enc;         /* f32 [d_sae, d_in] */
    struct gpu_buffer *W_enc_product; /* [d_in, d_sae]: the same transposed, for the encoder's product */
    struct gpu_buffer *W_dec;         /* [d_sae, d_out] */
    struct gpu_buffer *W_skip;        /* [d_out, d_in], NULL without skip */
    struct gpu_buffer *b_enc;         /* [d_sae]; zeros for gated, and never trained there */
    struct gpu_buffer *b_dec;         /* [d_out] */
    struct gpu_buffer *latent;        /* what decides activity: threshold [d_sae], {b_gate, b_mag, r_mag}
                                         [3, d_sae], TopK's weights of selection [d_sae] */
    struct gpu_buffer *norms;         /* [d_sae] of the decoder's rows, sums over a crosscoder's blocks */
};

/* Bytes of all of it on the device. */
uint64_t sae_weights_bytes(const struct sae_architecture *architecture);

/* BASE_ERROR_DEVICE_MEMORY when a matrix exceeds what the device allocates at once. */
enum base_status sae_weights_create(struct gpu *gpu, const struct sae_architecture *architecture,
                                    struct sae_weights *weights);
void sae_weights_destroy(struct gpu *gpu, struct sae_weights *weights);

/* The model's architecture must be that of the weights. Upload refreshes; download copies the trained tensors
 * into a model made by sae_model_create. */
enum base_status sae_weights_upload(struct gpu *gpu, struct sae_weights *weights,
                                    const struct sae_model *model);
enum base_status sae_weights_download(struct gpu *gpu, const struct sae_weights *weights,
                                      struct sae_model *model);

/* The decoder's rows: of any length; made one long first; or one long already, which counts as exactly 1. */
enum sae_rows { SAE_ROWS_FREE, SAE_ROWS_MAKE_UNIT, SAE_ROWS_ARE_UNIT };

/* What is derived from the tensors: norms, TopK's weights of selection, the transposed copy. */
enum base_status sae_weights_refresh(struct gpu *gpu, struct sae_weights *weights, enum sae_rows rows);
/* The same where the norms stand already (a step of the optimiser leaves them). */
enum base_status sae_weights_derive(struct gpu *gpu, struct sae_weights *weights);
/* The lengths of whole decoder rows into f32 [d_sae], where `norms` holds the sums of blocks' lengths. */
enum base_status sae_weights_row_norms(struct gpu *gpu, struct sae_weights *weights,
                                       struct gpu_buffer *row_norms);
/* Blocks of a decoder row that have a norm each, which add up: a crosscoder's inputs where sparsity goes by
 * them. Selection goes by the whole row, and unit rows are so as a whole. */
uint32_t sae_norm_blocks(const struct sae_architecture *architecture, bool unit);
/* The level of a kernel that reads rows in blocks of `block_cols` elements from where they lie in W_dec. */
enum gpu_level sae_block_level(const struct gpu *gpu, const struct gpu_kernel *kernel, uint32_t block_cols);

/* One trained tensor on the device. */
struct sae_weight {
    const char *name;
    struct gpu_buffer *buffer;
    uint64_t offset; /* elements */
    uint64_t rows, cols;
};
/* In the order of sae_model_tensors; returns how many there are. */
uint32_t sae_weights_tensors(const struct sae_weights *weights, struct sae_weight tensors[SAE_MOST_TENSORS]);

/* ---- latents in spans: a range of latents whose decoder (and encoder) rows fit one binding ---- */

/* The end of the span that begins at `low`: at most `bound`, and as many rows of `cols` elements as one
 * binding holds. */
uint32_t sae_span_end(const struct gpu *gpu, uint32_t low, uint32_t bound, uint32_t cols);

/* Threads of a workgroup that works off one row together: a CPU device runs a workgroup in one vector unit,
 * as a loop over vectors where it has more threads than one holds, and few wait less for each other. */
uint32_t sae_threads_of_a_row(const struct gpu *gpu);
/* The same for rows of many entries that each thread goes through in one loop: some CPU drivers end a
 * shader's loops after 65,535 rounds. */
uint32_t sae_threads_of_entries(const struct gpu *gpu, uint32_t entries);

/* How a kernel that holds rows of `cols` elements in registers is laid out: level, threads, elements a
 * thread, and whether pairs go through shared memory (shaders/sae/staged.glsl). */
struct sae_row_layout {
    enum gpu_level level;
    uint32_t threads, slices;
    bool staged;
};
struct sae_row_layout sae_row_layout(const struct gpu *gpu, const struct gpu_kernel *kernel, uint32_t cols);

#endif
