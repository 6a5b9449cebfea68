/* SAELens v6 folders, and the architectures of our own that stand in the same form. Not for other rooms. */
#ifndef ARCLIGHT_SAE_SAELENS_H
#define ARCLIGHT_SAE_SAELENS_H

#include "sae/weight_file.h"

#define SAELENS_CONFIG "cfg.json"
#define SAELENS_WEIGHTS "sae_weights.safetensors"
#define SAELENS_SPARSITY "sparsity.safetensors"
#define SAELENS_VERSION "6.54.12" /* the one whose form is written */

/* An architecture in cfg.json. SAELens's transcoders neither undo input scaling nor subtract b_dec, so ours
 * that do have names of their own, as have activations that it has no transcoder for, and crosscoders that
 * are not its `standard`. */
struct saelens_class {
    const char *name;
    enum sae_activation activation;
    bool transcoder, skip;
    bool crosscoder; /* n_inputs above 1 is part of what it is */
    bool own;        /* SAELens does not know it */
};
extern const struct saelens_class saelens_classes[];              /* ended by a NULL name */
const struct saelens_class *saelens_class_find(const char *name); /* NULL: unknown */
/* The class that says what `architecture` computes. NULL for SAE_BATCHTOPK, which no file has. */
const struct saelens_class *saelens_class_of(const struct sae_architecture *architecture);

/* Names of the tensors, which are SAELens's W_enc [d_in, d_sae] and the model's for the rest. */
extern const struct sae_weight_name saelens_names[];

/* Reads cfg.json's object: what is computed, and the metadata as JSON text (base_free; NULL: none). Files of
 * SAELens before 6.0 have metadata and activation function at the top. BASE_ERROR_INPUT names `where`. */
enum base_status saelens_parse(const struct json_t *config, const char *where,
                               struct sae_architecture *architecture, char **metadata);

/* Reads a folder's weights by its cfg.json, both given by path. */
enum base_status saelens_read(const char *config_path, const char *weights_path, struct sae_model *model);

#endif
