/* What the commands of trained autoencoders begin with: the autoencoder, the rows, the device. */
#ifndef ARCLIGHT_CLI_SAE_INPUT_H
#define ARCLIGHT_CLI_SAE_INPUT_H

#include "cli/values.h"
#include "sae/walk.h"

struct cli_sae_input {
    const char *path; /* of the autoencoder, as it was given */
    struct sae_model model;
    struct data_activations *activations; /* NULL: none were asked for */
    struct gpu *gpu;
    struct sae_inference *inference;
};

/* Reads the weights at `path` and refuses NaN and Inf in them. */
enum base_status cli_sae_read(const char *path, struct sae_model *model);

/* --basis sae:DIR[:decoder|encoder], whole, for rows of `width`: the autoencoder, and its directions
 * [d_sae, width], which are the model's. sae_model_free in every case. */
enum base_status cli_sae_read_directions(const char *text, uint32_t width, struct sae_model *model,
                                         const float **directions);

/* Reads the autoencoder named first, opens the activations named behind it (`with_rows`) with --rows and
 * --step, and checks their width. Neither needs the device: what is wrong with them is said before it is
 * opened. cli_sae_close in every case. */
enum base_status cli_sae_open_files(const struct cli_values *values, bool with_rows,
                                    struct cli_sae_input *input);
/* Opens the device and uploads the weights. */
enum base_status cli_sae_open_device(const struct cli_values *values, struct cli_sae_input *input);
void cli_sae_close(struct cli_sae_input *input);

/* FILE, FILE:TENSOR or folder of another set beside the activations, with the same --rows and --step: `what`
 * ("--target") is for messages, `width` what its rows must have. */
enum base_status cli_sae_open_beside(const struct cli_values *values, const char *what, const char *argument,
                                     uint32_t width, struct data_activations **out);

/* --max-norm as a norm: that multiple of the median norm, INFINITY for 0. *median: NaN for 0. */
enum base_status cli_sae_norm_bound(const struct cli_values *values, struct data_activations *activations,
                                    double *bound, double *median);

/* "topk, 576 -> 768 latents, k 32" into text[bytes]. */
void cli_sae_describe(const struct sae_model *model, char *text, size_t bytes);
/* The same as a JSON object. */
json_t *cli_sae_description(const char *path, const struct sae_model *model);
/* Shards as a JSON array. */
json_t *cli_sae_shards(const struct data_activations *activations);

#endif
