/* The other formats, each by the path of its files. BASE_ERROR_INPUT names file and fault; the caller frees
 * with sae_model_free. Not for other rooms. */
#ifndef ARCLIGHT_SAE_READERS_H
#define ARCLIGHT_SAE_READERS_H

#include "sae/weight_file.h"

struct json_t; /* jansson's */

/* Gemma Scope (Lieberum et al. 2024): params.npz with W_enc [d_in, d_sae], W_dec [d_sae, d_out], b_enc,
 * b_dec, threshold; f = JumpReLU(x W_enc + b_enc). A transcoder when d_out differs from d_in. */
enum base_status gemma_scope_read(const char *weights_path, struct sae_model *model);

/* EleutherAI's sparsify: cfg.json, and encoder.weight [d_sae, d_in], encoder.bias, W_dec [d_sae, d_out],
 * b_dec, W_skip [d_out, d_in]. */
enum base_status sparsify_read(const char *config_path, const char *weights_path, struct sae_model *model);

/* saprmarks/dictionary_learning: config.json, whose trainer.dict_class says what the tensors mean. */
enum base_status dictionary_learning_read(const char *config_path, const char *weights_path,
                                          struct sae_model *model);

/* What the two JSON files say, apart from the tensors; for tests with any bytes. `d_in` and `d_sae` are the
 * tensors'. */
enum base_status sparsify_parse(const struct json_t *config, const char *where,
                                struct sae_architecture *architecture);
struct dictionary_class;
enum base_status dictionary_learning_parse(const struct json_t *config, const char *where,
                                           const struct dictionary_class **found, char **metadata);

#endif
