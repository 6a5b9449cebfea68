/* A trained autoencoder on the device: rows in, active latents and reconstructions out. What eval, encode,
 * decode, latents and srm's sae: bases use. */
#ifndef ARCLIGHT_SAE_INFERENCE_H
#define ARCLIGHT_SAE_INFERENCE_H

#include "gpu/gpu.h"
#include "sae/model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sae_inference;
struct sae_trainer;

/* Uploads the weights and makes room for blocks of at most `most_rows` rows (fewer where the device's memory
 * or ranges ask for it: sae_inference_rows). The model is not needed afterwards. Destroyed by the caller
 * before the gpu is closed. BASE_ERROR_DEVICE_MEMORY says what is needed and what there is. */
enum base_status sae_inference_create(struct gpu *gpu, const struct sae_model *model, uint32_t most_rows,
                                      struct sae_inference **out);
/* The same of the autoencoder that is being trained, as it stands at each sae_inference_encode: its weights
 * are used where they are, so that only a block of rows takes memory. Latents and values are those of the
 * model that would be saved then, but for rounding. Encodes only; crosscoders are BASE_ERROR_USAGE. The
 * trainer must be there whenever it encodes, not when it is destroyed. */
enum base_status sae_inference_of_trainer(struct sae_trainer *trainer, uint32_t most_rows,
                                          struct sae_inference **out);
/* Bytes on the device that it takes at once; lists grow when more latents are active than is usual. */
uint64_t sae_inference_bytes(const struct gpu *gpu, const struct sae_architecture *architecture,
                             uint32_t most_rows);
/* Takes what sae_inference_create takes and gives it back: whether there is room, before it is needed. */
enum base_status sae_inference_rehearse(struct gpu *gpu, const struct sae_architecture *architecture,
                                        uint32_t most_rows);
void sae_inference_destroy(struct sae_inference **inference); /* NULL-safe */
uint32_t sae_inference_rows(const struct sae_inference *inference);
const struct sae_architecture *sae_inference_architecture(const struct sae_inference *inference);

/* Active latents of a block, row by row, as CSR: row r has entries row_offsets[r] to row_offsets[r + 1], in
 * ascending order of index; every value is above 0. Owned by the inference, valid until its next call. */
struct sae_latents {
    uint32_t rows;
    const uint32_t *row_offsets; /* [rows + 1] */
    const uint32_t *indices;     /* [row_offsets[rows]] */
    const float *values;
};

/* Encodes x [rows, d_in], rows <= sae_inference_rows, input scaling included. BASE_ERROR_DEVICE_MEMORY when
 * so many latents are active that their list does not fit: fewer rows may, a single one always does. */
enum base_status sae_inference_encode(struct sae_inference *inference, const float *x, uint32_t rows,
                                      struct sae_latents *latents);
/* The reconstruction [rows, d_out] of the rows just encoded, an autoencoder's scaling undone. */
enum base_status sae_inference_reconstruct(struct sae_inference *inference, float *reconstruction);
/* Decodes given latents (any order of entries in a row, indices below d_sae: BASE_ERROR_INPUT otherwise); `x`
 * [rows, d_in] where skip or scaling need it, else NULL. */
enum base_status sae_inference_decode(struct sae_inference *inference, const struct sae_latents *latents,
                                      const float *x, float *reconstruction);

#ifdef __cplusplus
}
#endif
#endif
