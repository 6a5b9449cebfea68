/* The weights of one autoencoder on the host, whatever file they come from or go to. */
#ifndef ARCLIGHT_SAE_MODEL_H
#define ARCLIGHT_SAE_MODEL_H

#include "sae/kinds.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is done to an input row before the encoder and, but for transcoders, undone behind the decoder, at
 * inference. */
enum sae_input_scaling {
    SAE_SCALING_NONE,
    SAE_SCALING_EXPECTED_AVERAGE_NORM, /* x * sqrt(d_in) / mean |x|: one factor for all rows, folded into the
                                          weights at save, so no file has it */
    SAE_SCALING_LAYER_NORM,    /* (x - mean(x)) / (sd(x) + 1e-5), sd with n - 1; undone by * sd + mean */
    SAE_SCALING_CONSTANT_NORM, /* x * sqrt(d_in) / |x|; undone by * |x| / sqrt(d_in) */
};

/* "none", "expected-average-norm", "layer-norm", "constant-norm". */
const char *sae_input_scaling_name(enum sae_input_scaling scaling);

/* The shape and the arithmetic of an autoencoder at inference:
 *   x' = scaling(x),  pi = (x' - a b_dec) W_enc + b_enc,  f = activation(pi),
 *   y' = f W_dec + b_dec (+ W_skip x'),  reconstruction = undo(y'); a transcoder's is y', since its input's
 * mean and length say nothing of its output (as in SAELens).
 * With layer-norm and constant-norm an autoencoder's decoding needs the input row. */
struct sae_architecture {
    enum sae_activation activation; /* of files: never SAE_BATCHTOPK, which is saved as SAE_JUMPRELU */
    uint32_t d_in;                  /* of a crosscoder: all inputs side by side */
    uint32_t d_out;                 /* d_in but for transcoders */
    uint32_t d_sae;
    double k;                     /* TOPK, BATCHTOPK (which allows fractions); else 0 */
    bool rescale_by_decoder_norm; /* TOPK, BATCHTOPK: selection by pi |D_i|, the latent f = pi |D_i|, decoded
                                     by D_i / |D_i| (SAELens's rescale_acts_by_decoder_norm); JUMPRELU that
                                     comes from BATCHTOPK: pi |D_i| > threshold, until norms are folded */
    bool apply_b_dec_to_input;
    bool transcoder;
    bool skip;
    uint32_t n_inputs; /* crosscoder: blocks of d_in / n_inputs; else 1 */
    enum sae_input_scaling scaling;
};

/* Whether decoding undoes a scaling by row, for which it needs the input. */
bool sae_undoes_scaling(const struct sae_architecture *architecture);

/* All matrices are row-major f32. Latents are rows in both: W_enc here is the transpose of SAELens's.
 * Members that the architecture does not have are NULL. */
struct sae_model {
    struct sae_architecture architecture;
    float *W_enc;     /* [d_sae, d_in] */
    float *b_enc;     /* [d_sae]; NULL for gated */
    float *W_dec;     /* [d_sae, d_out] */
    float *b_dec;     /* [d_out] */
    float *threshold; /* [d_sae], jumprelu */
    float *b_gate;    /* [d_sae], gated, as the next two */
    float *b_mag;
    float *r_mag;
    float *W_skip;  /* [d_out, d_in], skip */
    char *metadata; /* JSON text of the object that goes into cfg.json's "metadata"; NULL: none */
};

/* Allocates all members of `architecture`, zeroed. BASE_ERROR_FILE_SYSTEM when memory is exhausted. The
 * caller frees with sae_model_free. */
enum base_status sae_model_create(const struct sae_architecture *architecture, struct sae_model *model);
void sae_model_free(struct sae_model *model); /* NULL-safe members */
enum base_status sae_model_copy(const struct sae_model *from, struct sae_model *to);

/* One row a tensor that the architecture has, in a fixed order, for whoever walks them all: files,
 * checkpoints, optimiser. `values` points into the model. */
struct sae_tensor {
    const char *name; /* "W_enc", "b_enc", … */
    float *values;
    uint64_t rows, cols; /* of vectors: 1, length */
};
enum { SAE_MOST_TENSORS = 9 };
uint32_t sae_model_tensors(const struct sae_model *model, struct sae_tensor tensors[SAE_MOST_TENSORS]);

/* Least and greatest norm of the decoder's rows, rows of zeros left out; both 1 when all are zero. */
void sae_decoder_norms(const struct sae_model *model, double *least, double *greatest);

/* ---- folding (reference: SAELens' process_sae_for_saving and fold_W_dec_norm; sae.md section 2.10) ---- */

/* Takes the training factors into the weights: the model was trained on s_in x -> s_out y and is to take x
 * and give y. A threshold in units of pi |D_i| (rescale_by_decoder_norm) is divided by s_out, one of
 * pre-activations stays. Where b_dec is subtracted from the input the two factors must be equal. Call it
 * before norms are folded. Scaling becomes NONE where it was EXPECTED_AVERAGE_NORM. */
void sae_fold_scale(struct sae_model *model, double scale_in, double scale_out);

/* Unit decoder rows (crosscoder: of the whole row): W_enc, b_enc, threshold, b_gate, b_mag times |D_i|,
 * W_dec rows divided by it, r_mag unchanged. Latents change by the factor |D_i|, reconstructions do not. A
 * row of norm 0 is left as it is. With rescale_by_decoder_norm, which becomes false, latents and threshold
 * (already in units of pi |D_i|) stay too, and a row of norm 0 gets an encoder of zeros. TOPK and BATCHTOPK
 * without it are left alone: other latents would be the k greatest. */
void sae_fold_decoder_norm(struct sae_model *model);

#ifdef __cplusplus
}
#endif
#endif
