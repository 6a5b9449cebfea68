#include "sae/readers.h"

static const struct sae_weight_name names[] = {
    {"W_enc", "W_enc", true, false},          {"b_enc", "b_enc", false, false},
    {"W_dec", "W_dec", false, false},         {"b_dec", "b_dec", false, false},
    {"threshold", "threshold", false, false}, {NULL, NULL, false, false},
};

/* Some releases write the matrices in small letters. */
static const struct sae_weight_name small_names[] = {
    {"W_enc", "w_enc", true, false},          {"b_enc", "b_enc", false, false},
    {"W_dec", "w_dec", false, false},         {"b_dec", "b_dec", false, false},
    {"threshold", "threshold", false, false}, {NULL, NULL, false, false},
};

enum base_status gemma_scope_read(const char *weights_path, struct sae_model *model)
{
    enum base_status status;
    struct io_file *file = NULL;
    uint64_t d_in, d_out, d_sae, again;
    *model = (struct sae_model){0};
    BASE_CHECK(io_open(weights_path, &file));
    bool small = sae_weight_file_find(file, "w_enc") != NULL;
    BASE_CHECK(sae_weight_file_matrix(file, small ? "w_enc" : "W_enc", &d_in, &d_sae));
    BASE_CHECK(sae_weight_file_matrix(file, small ? "w_dec" : "W_dec", &again, &d_out));
    const struct sae_architecture architecture = {.activation = SAE_JUMPRELU,
                                                  .d_in = (uint32_t)d_in,
                                                  .d_out = (uint32_t)d_out,
                                                  .d_sae = (uint32_t)d_sae,
                                                  .transcoder = d_in != d_out,
                                                  .n_inputs = 1};
    status = sae_weight_file_read(file, &architecture, small ? small_names : names, NULL,
                                  "a Gemma Scope autoencoder", model);
error:
    io_close(&file);
    return status;
}
