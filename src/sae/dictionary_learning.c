#include "base/memory.h"
#include "io/json.h"
#include "sae/readers.h"

#include <jansson.h>
#include <string.h>

/* Layers of torch.nn are [out, in]: encoders as here, decoders transposed. */
static const struct sae_weight_name standard_names[] = {
    {"W_enc", "encoder.weight", false, false},
    {"b_enc", "encoder.bias", false, false},
    {"W_dec", "decoder.weight", true, false},
    {"b_dec", "bias", false, false},
    {NULL, NULL, false, false},
};
static const struct sae_weight_name new_names[] = {
    {"W_enc", "encoder.weight", false, false},
    {"b_enc", "encoder.bias", false, false},
    {"W_dec", "decoder.weight", true, false},
    {"b_dec", "decoder.bias", false, false},
    {NULL, NULL, false, false},
};
static const struct sae_weight_name gated_names[] = {
    {"W_enc", "encoder.weight", false, false},
    {"W_dec", "decoder.weight", true, false},
    {"b_dec", "decoder_bias", false, false},
    {"b_gate", "gate_bias", false, false},
    {"b_mag", "mag_bias", false, false},
    {"r_mag", "r_mag", false, false},
    {NULL, NULL, false, false},
};
static const struct sae_weight_name jumprelu_names[] = {
    {"W_enc", "W_enc", true, false},          {"b_enc", "b_enc", false, false},
    {"W_dec", "W_dec", false, false},         {"b_dec", "b_dec", false, false},
    {"threshold", "threshold", false, false}, {NULL, NULL, false, false},
};
static const struct sae_weight_name topk_names[] = {
    {"W_enc", "encoder.weight", false, false}, {"b_enc", "encoder.bias", false, false},
    {"W_dec", "decoder.weight", true, false},  {"b_dec", "b_dec", false, false},
    {"threshold", "threshold", false, true},   {NULL, NULL, false, false},
};
static const struct sae_weight_name matryoshka_names[] = {
    {"W_enc", "W_enc", true, false},         {"b_enc", "b_enc", false, false},
    {"W_dec", "W_dec", false, false},        {"b_dec", "b_dec", false, false},
    {"threshold", "threshold", false, true}, {NULL, NULL, false, false},
};

/* What training wrote beside the weights. TopK has a threshold that its encoder uses on request only. */
static const char *const no_rest[] = {NULL};
static const char *const topk_rest[] = {"k", "threshold", NULL};
static const char *const batch_rest[] = {"k", NULL};
static const char *const matryoshka_rest[] = {"k", "group_sizes", NULL};

/* BatchTopK and Matryoshka encode one row by their threshold: a JumpReLU with one threshold for all. */
struct dictionary_class {
    const char *name;
    enum sae_activation activation;
    bool apply_b_dec_to_input;
    const struct sae_weight_name *names;
    const char *const *rest;
};

static const struct dictionary_class classes[] = {
    {"AutoEncoder", SAE_RELU, true, standard_names, no_rest},
    {"AutoEncoderNew", SAE_RELU, false, new_names, no_rest},
    {"GatedAutoEncoder", SAE_GATED, true, gated_names, no_rest},
    {"JumpReluAutoEncoder", SAE_JUMPRELU, false, jumprelu_names, no_rest},
    {"AutoEncoderTopK", SAE_TOPK, true, topk_names, topk_rest},
    {"BatchTopKSAE", SAE_JUMPRELU, true, topk_names, batch_rest},
    {"MatryoshkaBatchTopKSAE", SAE_JUMPRELU, true, matryoshka_names, matryoshka_rest},
};
enum { N_CLASSES = sizeof classes / sizeof classes[0] };

static enum base_status make_metadata(const json_t *config, const char *where, char **metadata)
{
    json_t *trainer = json_object_get(config, "trainer"), *kept = json_object();
    json_t *model = json_object_get(trainer, "lm_name");
    json_t *context = json_object_get(json_object_get(config, "buffer"), "ctx_len");
    if (json_is_string(model))
        json_object_set(kept, "model_name", model);
    if (json_is_integer(context) && json_integer_value(context) > 0)
        json_object_set(kept, "context_size", context);
    enum base_status status = sae_json_metadata(kept, where, metadata);
    json_decref(kept);
    return status;
}

enum base_status dictionary_learning_parse(const json_t *config, const char *where,
                                           const struct dictionary_class **found, char **metadata)
{
    const json_t *trainer = json_object_get(config, "trainer");
    const char *name = "";
    char shown[IO_PRINTABLE];
    *metadata = NULL;
    if (!json_is_object(trainer))
        return base_fail(BASE_ERROR_INPUT, "%s: \"trainer\" is missing or no object", where);
    BASE_TRY(sae_json_text(trainer, "dict_class", where, true, &name));
    for (int i = 0; i < N_CLASSES; i++)
        if (strcmp(classes[i].name, name) == 0) {
            *found = &classes[i];
            return make_metadata(config, where, metadata);
        }
    return base_fail(BASE_ERROR_INPUT,
                     "%s: \"dict_class\" is \"%s\"; known are AutoEncoder, AutoEncoderNew, GatedAutoEncoder, "
                     "JumpReluAutoEncoder, AutoEncoderTopK, BatchTopKSAE and MatryoshkaBatchTopKSAE",
                     where, io_printable(name, shown));
}

/* Stands in the weights as well as in the configuration. */
static enum base_status read_k(struct io_file *file, const json_t *config, const char *where,
                               struct sae_architecture *of)
{
    const struct io_tensor *tensor = sae_weight_file_find(file, "k");
    int64_t k = 0;
    if (of->activation != SAE_TOPK)
        return BASE_OK;
    if (!tensor)
        BASE_TRY(sae_json_integer(json_object_get(config, "trainer"), "k", where, true, 1, of->d_sae, &k));
    else if (tensor->elements == 1)
        BASE_TRY(io_read_integers(file, tensor, 0, 1, &k));
    if (k < 1 || k > of->d_sae)
        return base_fail(BASE_ERROR_INPUT, "%s: k must be one whole number from 1 to %u", io_path(file),
                         of->d_sae);
    of->k = (double)k;
    return BASE_OK;
}

enum base_status dictionary_learning_read(const char *config_path, const char *weights_path,
                                          struct sae_model *model)
{
    enum base_status status;
    struct io_file *file = NULL;
    json_t *config = NULL;
    char *metadata = NULL;
    const struct dictionary_class *found;
    uint64_t rows, cols;
    *model = (struct sae_model){0};
    BASE_CHECK(io_json_read(config_path, &config));
    BASE_CHECK(dictionary_learning_parse(config, config_path, &found, &metadata));
    BASE_CHECK(io_open(weights_path, &file));
    BASE_CHECK(sae_weight_file_matrix(file, found->names[0].in_file, &rows, &cols));
    bool turned = found->names[0].transposed;
    struct sae_architecture architecture = {.activation = found->activation,
                                            .d_in = (uint32_t)(turned ? rows : cols),
                                            .d_sae = (uint32_t)(turned ? cols : rows),
                                            .apply_b_dec_to_input = found->apply_b_dec_to_input,
                                            .n_inputs = 1};
    architecture.d_out = architecture.d_in;
    BASE_CHECK(read_k(file, config, config_path, &architecture));
    BASE_CHECK(sae_weight_file_read(file, &architecture, found->names, found->rest, found->name, model));
    model->metadata = metadata;
    metadata = NULL;
error:
    base_free(metadata);
    io_close(&file);
    json_decref(config);
    return status;
}
