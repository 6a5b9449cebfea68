#include "sae/saelens.h"

#include "base/log.h"
#include "base/memory.h"
#include "io/json.h"

#include <jansson.h>
#include <string.h>

/* clang-format off: a table that is read across */
const struct saelens_class saelens_classes[] = {
    /* name                               activation    transcoder skip crosscoder own */
    {"standard", SAE_RELU, false, false, false, false},
    {"gated", SAE_GATED, false, false, false, false},
    {"jumprelu", SAE_JUMPRELU, false, false, false, false},
    {"topk", SAE_TOPK, false, false, false, false},
    {"transcoder", SAE_RELU, true, false, false, false},
    {"skip_transcoder", SAE_RELU, true, true, false, false},
    {"jumprelu_transcoder", SAE_JUMPRELU, true, false, false, false},
    {"jumprelu_skip_transcoder", SAE_JUMPRELU, true, true, false, false},
    {"arclight_transcoder", SAE_RELU, true, false, false, true},
    {"arclight_skip_transcoder", SAE_RELU, true, true, false, true},
    {"arclight_gated_transcoder", SAE_GATED, true, false, false, true},
    {"arclight_gated_skip_transcoder", SAE_GATED, true, true, false, true},
    {"arclight_jumprelu_transcoder", SAE_JUMPRELU, true, false, false, true},
    {"arclight_jumprelu_skip_transcoder", SAE_JUMPRELU, true, true, false, true},
    {"arclight_topk_transcoder", SAE_TOPK, true, false, false, true},
    {"arclight_topk_skip_transcoder", SAE_TOPK, true, true, false, true},
    {"arclight_gated_crosscoder", SAE_GATED, false, false, true, true},
    {"arclight_jumprelu_crosscoder", SAE_JUMPRELU, false, false, true, true},
    {"arclight_topk_crosscoder", SAE_TOPK, false, false, true, true},
    {NULL, SAE_RELU, false, false, false, false},
};
/* clang-format on */

const struct sae_weight_name saelens_names[] = {
    {"W_enc", "W_enc", true, false},          {"b_enc", "b_enc", false, false},
    {"W_dec", "W_dec", false, false},         {"b_dec", "b_dec", false, false},
    {"threshold", "threshold", false, false}, {"b_gate", "b_gate", false, false},
    {"b_mag", "b_mag", false, false},         {"r_mag", "r_mag", false, false},
    {"W_skip", "W_skip", false, false},       {NULL, NULL, false, false},
};

const struct saelens_class *saelens_class_find(const char *name)
{
    for (const struct saelens_class *row = saelens_classes; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

const struct saelens_class *saelens_class_of(const struct sae_architecture *of)
{
    bool scaled = of->scaling == SAE_SCALING_LAYER_NORM || of->scaling == SAE_SCALING_CONSTANT_NORM;
    bool crosscoder = of->n_inputs > 1 && of->activation != SAE_RELU && !of->transcoder;
    /* SAELens's skip path takes the row as it came. */
    bool own = crosscoder || (of->transcoder && (of->activation == SAE_GATED || of->activation == SAE_TOPK ||
                                                 (scaled && of->skip) || of->apply_b_dec_to_input));
    for (const struct saelens_class *row = saelens_classes; row->name; row++)
        if (row->activation == of->activation && row->transcoder == of->transcoder && row->skip == of->skip &&
            row->crosscoder == crosscoder && row->own == own)
            return row;
    return NULL;
}

/* ---- cfg.json ---- */

/* Files from before 6.0 have these at the top; SAELens moves them into the metadata. */
static const char *const old_metadata[] = {
    "model_name",   "model_class_name", "hook_name",
    "hook_layer",   "hook_head_index",  "context_size",
    "prepend_bos",  "dataset_path",     "sae_lens_training_version",
    "seqpos_slice", "neuronpedia_id",
};

static enum base_status parse_metadata(const json_t *config, const char *where, char **metadata)
{
    json_t *given = json_object_get(config, "metadata");
    if (given && !json_is_object(given) && !json_is_null(given))
        return base_fail(BASE_ERROR_INPUT, "%s: \"metadata\" must be an object", where);
    json_t *kept = json_is_object(given) ? json_copy(given) : json_object();
    if (!json_is_object(given))
        for (size_t i = 0; i < sizeof old_metadata / sizeof old_metadata[0]; i++)
            json_object_set(kept, old_metadata[i], json_object_get(config, old_metadata[i]));
    const json_t *point = json_object_get(config, "hook_point");
    if (!json_is_object(given) && point && !json_object_get(kept, "hook_name"))
        json_object_set(kept, "hook_name", json_object_get(config, "hook_point"));
    /* The model has no member for it, and rows are flat here; it comes back when a folder is written. */
    const json_t *reshape = json_object_get(config, "reshape_activations");
    if (json_is_string(reshape) && strcmp(json_string_value(reshape), "hook_z") == 0)
        json_object_set_new(kept, "reshape_activations", json_string("hook_z"));
    enum base_status status = sae_json_metadata(kept, where, metadata);
    json_decref(kept);
    return status;
}

static enum base_status parse_scaling(const json_t *config, const char *where, const char *name,
                                      struct sae_architecture *of)
{
    const char *scaling = "none";
    const json_t *field = json_object_get(config, "normalize_activations");
    char shown[IO_PRINTABLE];
    if (json_is_boolean(field)) /* before 6.0 */
        scaling = json_is_true(field) ? "expected_average_only_in" : "none";
    else
        BASE_TRY(sae_json_text(config, "normalize_activations", where, false, &scaling));
    if (strcmp(scaling, "layer_norm") == 0)
        of->scaling = SAE_SCALING_LAYER_NORM;
    else if (strcmp(scaling, "constant_norm_rescale") == 0)
        of->scaling = SAE_SCALING_CONSTANT_NORM;
    else if (strcmp(scaling, "expected_average_only_in") == 0)
        base_log(BASE_LOG_NORMAL,
                 "%s: \"normalize_activations\" is expected_average_only_in, but no file has the factor: as "
                 "in SAELens, rows are taken as they are",
                 where);
    else if (strcmp(scaling, "none") != 0)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: \"normalize_activations\" is \"%s\"; known are none, layer_norm, "
                         "constant_norm_rescale and expected_average_only_in",
                         where, io_printable(scaling, shown));
    if (of->scaling != SAE_SCALING_NONE && of->skip && !saelens_class_find(name)->own)
        return base_fail(
            BASE_ERROR_INPUT,
            "%s: \"normalize_activations\" is \"%s\", past which SAELens leads the skip path of a "
            "%s; Arclight has no such autoencoder",
            where, scaling, name);
    return BASE_OK;
}

static enum base_status parse_name(const json_t *config, const char *where, const char **name)
{
    const char *function = "relu";
    char shown[IO_PRINTABLE];
    *name = "standard"; /* before 6.0 there was none other */
    BASE_TRY(sae_json_text(config, "architecture", where, false, name));
    BASE_TRY(sae_json_text(config, "activation_fn_str", where, false, &function));
    BASE_TRY(sae_json_text(config, "activation_fn", where, false, &function));
    if (strcmp(function, "topk") == 0 && strcmp(*name, "standard") == 0)
        *name = "topk";
    else if (strcmp(function, "relu") != 0 && strcmp(function, "topk") != 0)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: the activation function \"%s\" is not known; relu and topk are", where,
                         io_printable(function, shown));
    if (strcmp(*name, "batchtopk") == 0 || strcmp(*name, "matryoshka_batchtopk") == 0)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: \"architecture\" is \"%s\", a checkpoint of SAELens's training; save it with "
                         "save_inference_model, which makes it a jumprelu",
                         where, *name);
    if (!saelens_class_find(*name))
        return base_fail(BASE_ERROR_INPUT,
                         "%s: \"architecture\" is \"%s\"; known are standard, gated, jumprelu, topk, "
                         "transcoder, skip_transcoder, jumprelu_transcoder, jumprelu_skip_transcoder, and "
                         "arclight_... ones",
                         where, io_printable(*name, shown));
    return BASE_OK;
}

static enum base_status parse_k(const json_t *config, const char *where, struct sae_architecture *of)
{
    int64_t k = 0;
    const json_t *arguments = json_object_get(config, "activation_fn_kwargs");
    if (of->activation != SAE_TOPK)
        return BASE_OK;
    if (json_object_get(arguments, "k")) /* before 6.0 */
        BASE_TRY(sae_json_integer(arguments, "k", where, true, 1, of->d_sae, &k));
    else
        BASE_TRY(sae_json_integer(config, "k", where, true, 1, of->d_sae, &k));
    of->k = (double)k;
    return sae_json_flag(config, "rescale_acts_by_decoder_norm", where, &of->rescale_by_decoder_norm);
}

static enum base_status parse_architecture(const json_t *config, const char *where,
                                           struct sae_architecture *of)
{
    const char *name, *reshape = "none";
    char shown[IO_PRINTABLE];
    int64_t d_in = 0, d_sae = 0, d_out = 0, inputs = 1;
    BASE_TRY(parse_name(config, where, &name));
    const struct saelens_class *row = saelens_class_find(name);
    BASE_TRY(sae_json_integer(config, "d_in", where, true, 1, UINT32_MAX, &d_in));
    BASE_TRY(sae_json_integer(config, "d_sae", where, true, 1, UINT32_MAX, &d_sae));
    d_out = d_in;
    if (row->transcoder)
        BASE_TRY(sae_json_integer(config, "d_out", where, true, 1, UINT32_MAX, &d_out));
    BASE_TRY(sae_json_integer(config, "n_inputs", where, false, 1, d_in, &inputs));
    *of = (struct sae_architecture){.activation = row->activation,
                                    .d_in = (uint32_t)d_in,
                                    .d_out = (uint32_t)d_out,
                                    .d_sae = (uint32_t)d_sae,
                                    .apply_b_dec_to_input = true, /* SAELens's default */
                                    .transcoder = row->transcoder,
                                    .skip = row->skip,
                                    .n_inputs = (uint32_t)inputs};
    BASE_TRY(sae_sizes_check(where, of));
    if (d_in % inputs != 0 || (row->transcoder && inputs > 1))
        return base_fail(BASE_ERROR_INPUT,
                         "%s: \"n_inputs\" cannot be meant with this \"d_in\" and architecture", where);
    BASE_TRY(sae_json_flag(config, "apply_b_dec_to_input", where, &of->apply_b_dec_to_input));
    if (row->transcoder && of->apply_b_dec_to_input && (!row->own || d_in != d_out))
        return base_fail(BASE_ERROR_INPUT, "%s: \"apply_b_dec_to_input\" must be false in a %s", where, name);
    BASE_TRY(parse_k(config, where, of));
    BASE_TRY(sae_json_text(config, "reshape_activations", where, false, &reshape));
    if (strcmp(reshape, "none") != 0 && strcmp(reshape, "hook_z") != 0)
        return base_fail(BASE_ERROR_INPUT, "%s: \"reshape_activations\" is \"%s\"; known are none and hook_z",
                         where, io_printable(reshape, shown));
    return parse_scaling(config, where, name, of);
}

enum base_status saelens_parse(const json_t *config, const char *where, struct sae_architecture *architecture,
                               char **metadata)
{
    *metadata = NULL;
    if (!json_is_object(config))
        return base_fail(BASE_ERROR_INPUT, "%s: not a JSON object", where);
    BASE_TRY(parse_architecture(config, where, architecture));
    return parse_metadata(config, where, metadata);
}

enum base_status saelens_read(const char *config_path, const char *weights_path, struct sae_model *model)
{
    enum base_status status;
    struct sae_architecture architecture;
    struct io_file *file = NULL;
    json_t *config = NULL;
    char *metadata = NULL, what[64];
    *model = (struct sae_model){0};
    BASE_CHECK(io_json_read(config_path, &config));
    BASE_CHECK(saelens_parse(config, config_path, &architecture, &metadata));
    BASE_CHECK(io_open(weights_path, &file));
    snprintf(what, sizeof what, "architecture %s", saelens_class_of(&architecture)->name);
    BASE_CHECK(sae_weight_file_read(file, &architecture, saelens_names, NULL, what, model));
    model->metadata = metadata;
    metadata = NULL;
error:
    base_free(metadata);
    io_close(&file);
    json_decref(config);
    return status;
}
