/* Autoencoders in files: SAELens v6 folders, Gemma Scope .npz, sparsify and dictionary_learning weights as
 * .safetensors. */
#ifndef ARCLIGHT_SAE_FORMATS_H
#define ARCLIGHT_SAE_FORMATS_H

#include "sae/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads what `path` holds: a folder (SAELens: cfg.json and sae_weights.safetensors; sparsify: cfg.json and
 * sae.safetensors; dictionary_learning: config.json and ae.safetensors) or a file (Gemma Scope's params.npz;
 * .safetensors of the other two with their JSON beside it). Weights of f16, bf16, f64 become f32.
 * BASE_ERROR_INPUT names file and fault; a .pt pickle is refused with the Python line that converts it. The
 * caller frees with sae_model_free. */
enum base_status sae_load(const char *path, struct sae_model *model);

/* The architecture as cfg.json names it: SAELens's ("standard", "jumprelu_transcoder", …), or one that begins
 * with "arclight_". NULL for SAE_BATCHTOPK, which no file has. */
const char *sae_architecture_name(const struct sae_architecture *architecture);

/* What goes into cfg.json's metadata so that SAELens's add_sae finds the hook; NULL members are left out. */
struct sae_save_metadata {
    const char *model_name, *hook_name, *hook_name_out;
    uint64_t context_size;             /* 0: left out */
    int prepend_bos;                   /* 0, 1; -1: left out */
    const char *training_architecture; /* "batchtopk", …; NULL: left out */
    double l0;                         /* negative: left out */
    int64_t n_dead;                    /* negative: left out */
};

/* Writes a SAELens v6 folder: cfg.json, sae_weights.safetensors, and sparsity.safetensors when
 * `firing_rate` [d_sae] is given (log10(rate + 1e-10)). The model must be folded (no scaling but layer-norm
 * and constant-norm). Metadata of the model are kept where `metadata` (may be NULL) says nothing. What
 * SAELens has no class for is written in the same form under an "arclight_…" architecture. Files appear
 * complete or not at all; BASE_ERROR_FILE_SYSTEM otherwise. */
enum base_status sae_save(const char *folder, const struct sae_model *model,
                          const struct sae_save_metadata *metadata, const float *firing_rate);

#ifdef __cplusplus
}
#endif
#endif
