#include "base/memory.h"
#include "base/platform.h"
#include "sae/formats.h"
#include "sae/saelens.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- cfg.json ---- */

static int set_text(json_t *object, const char *key, const char *text)
{
    return text ? json_object_set_new(object, key, json_string(text)) : 0;
}

/* The model's own metadata, and over them what the caller gives. *hook_z gets whether activations of
 * attention heads are to be reshaped. */
static json_t *make_metadata(const struct sae_model *model, const struct sae_save_metadata *given,
                             bool *hook_z)
{
    json_t *all = model->metadata ? json_loads(model->metadata, 0, NULL) : json_object();
    int failed = all == NULL;
    /* A file without a version is read as one from before 6.0, and loses its metadata. */
    failed |= set_text(all, "sae_lens_version", SAELENS_VERSION);
    if (!json_object_get(all, "sae_lens_training_version"))
        failed |= json_object_set_new(all, "sae_lens_training_version", json_null());
    if (given) {
        failed |= set_text(all, "model_name", given->model_name);
        failed |= set_text(all, "hook_name", given->hook_name);
        failed |= set_text(all, "hook_name_out", given->hook_name_out);
        failed |= set_text(all, "training_architecture", given->training_architecture);
        if (given->context_size > 0)
            failed |= json_object_set_new(all, "context_size", json_integer((json_int_t)given->context_size));
        if (given->prepend_bos >= 0)
            failed |= json_object_set_new(all, "prepend_bos", json_boolean(given->prepend_bos));
        if (given->l0 >= 0)
            failed |= json_object_set_new(all, "l0", json_real(given->l0));
        if (given->n_dead >= 0)
            failed |= json_object_set_new(all, "num_dead_features", json_integer(given->n_dead));
    }
    const char *hook = json_string_value(json_object_get(all, "hook_name"));
    *hook_z = hook && strlen(hook) > 2 && strcmp(hook + strlen(hook) - 2, "_z") == 0 &&
              json_object_get(all, "reshape_activations");
    json_object_del(all, "reshape_activations");
    if (failed) {
        json_decref(all);
        return NULL;
    }
    return all;
}

static json_t *make_config(const struct sae_model *model, const struct sae_save_metadata *given)
{
    const struct sae_architecture *of = &model->architecture;
    const char *scaling = of->scaling == SAE_SCALING_LAYER_NORM      ? "layer_norm"
                          : of->scaling == SAE_SCALING_CONSTANT_NORM ? "constant_norm_rescale"
                                                                     : "none";
    bool hook_z = false;
    json_t *metadata = make_metadata(model, given, &hook_z);
    json_t *config = json_object();
    int failed = !metadata || !config;
    failed |= set_text(config, "architecture", saelens_class_of(of)->name);
    failed |= json_object_set_new(config, "d_in", json_integer(of->d_in));
    if (of->transcoder)
        failed |= json_object_set_new(config, "d_out", json_integer(of->d_out));
    failed |= json_object_set_new(config, "d_sae", json_integer(of->d_sae));
    if (of->activation == SAE_TOPK) {
        failed |= json_object_set_new(config, "k", json_integer((json_int_t)of->k));
        failed |= json_object_set_new(config, "rescale_acts_by_decoder_norm",
                                      json_boolean(of->rescale_by_decoder_norm));
    }
    failed |= set_text(config, "dtype", "float32");
    failed |= set_text(config, "device", "cpu");
    failed |= json_object_set_new(config, "apply_b_dec_to_input", json_boolean(of->apply_b_dec_to_input));
    failed |= set_text(config, "normalize_activations", scaling);
    failed |= set_text(config, "reshape_activations", hook_z ? "hook_z" : "none");
    if (of->n_inputs > 1) /* SAELens drops keys it does not know */
        failed |= json_object_set_new(config, "n_inputs", json_integer(of->n_inputs));
    failed |= json_object_set(config, "metadata", metadata);
    json_decref(metadata);
    if (failed) {
        json_decref(config);
        return NULL;
    }
    return config;
}

static enum base_status write_config(const char *path, const struct sae_model *model,
                                     const struct sae_save_metadata *metadata)
{
    json_t *config = make_config(model, metadata);
    char *text = config ? json_dumps(config, JSON_INDENT(2)) : NULL;
    size_t length = text ? strlen(text) : 0;
    enum base_status status;
    if (text) {
        text[length] = '\n'; /* where the string ended */
        status = io_write_text(path, text, length + 1);
    } else {
        status =
            base_fail(BASE_ERROR_FILE_SYSTEM, "%s: out of host memory, or metadata that are not UTF-8", path);
    }
    free(text);
    json_decref(config);
    return status;
}

/* ---- tensors ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct io_named_array *)a)->name, ((const struct io_named_array *)b)->name);
}

static void transpose(const float *from, uint64_t rows, uint64_t cols, float *to)
{
    enum { TILE = 32 };
    for (uint64_t r = 0; r < rows; r += TILE)
        for (uint64_t c = 0; c < cols; c += TILE)
            for (uint64_t i = r; i < r + TILE && i < rows; i++)
                for (uint64_t j = c; j < c + TILE && j < cols; j++)
                    to[j * rows + i] = from[i * cols + j];
}

/* Sorted by name and without metadata, as SAELens's own files are: the same weights give the same bytes. */
static enum base_status write_weights(const char *path, const struct sae_model *model)
{
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    struct io_named_array arrays[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(model, tensors);
    float *turned = NULL;
    for (uint32_t i = 0; i < count; i++) {
        const struct sae_tensor *tensor = &tensors[i];
        bool matrix = tensor->name[0] == 'W';
        arrays[i] = (struct io_named_array){.name = tensor->name,
                                            .dtype = IO_F32,
                                            .rank = matrix ? 2 : 1,
                                            .shape = {matrix ? tensor->rows : tensor->cols, tensor->cols},
                                            .data = tensor->values};
        if (strcmp(tensor->name, "W_enc") != 0)
            continue;
        BASE_TRY(base_allocate(&turned, (size_t)(tensor->rows * tensor->cols), sizeof *turned,
                               "the transposed encoder"));
        transpose(tensor->values, tensor->rows, tensor->cols, turned);
        arrays[i].shape[0] = tensor->cols;
        arrays[i].shape[1] = tensor->rows;
        arrays[i].data = turned;
    }
    qsort(arrays, count, sizeof *arrays, by_name);
    enum base_status status = io_write_safetensors(path, arrays, count, NULL, 0);
    base_free(turned);
    return status;
}

static enum base_status write_sparsity(const char *path, const struct sae_model *model,
                                       const float *firing_rate)
{
    uint32_t n = model->architecture.d_sae;
    float *logarithms;
    BASE_TRY(base_allocate(&logarithms, n, sizeof *logarithms, path));
    for (uint32_t i = 0; i < n; i++)
        logarithms[i] = log10f(firing_rate[i] + 1e-10f);
    const struct io_named_array array = {
        .name = "sparsity", .dtype = IO_F32, .rank = 1, .shape = {n}, .data = logarithms};
    enum base_status status = io_write_safetensors(path, &array, 1, NULL, 0);
    base_free(logarithms);
    return status;
}

/* ---- the folder ---- */

static enum base_status check_folded(const char *folder, const struct sae_model *model)
{
    const struct sae_architecture *of = &model->architecture;
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(model, tensors);
    if (of->activation == SAE_BATCHTOPK || of->scaling == SAE_SCALING_EXPECTED_AVERAGE_NORM ||
        (of->activation == SAE_JUMPRELU && of->rescale_by_decoder_norm) || !saelens_class_of(of))
        return base_fail(BASE_ERROR_INTERNAL,
                         "%s: an autoencoder must be folded before it is saved, BatchTopK as JumpReLU",
                         folder);
    for (uint32_t t = 0; t < count; t++)
        for (uint64_t i = 0; i < tensors[t].rows * tensors[t].cols; i++)
            if (!isfinite(tensors[t].values[i]))
                return base_fail(BASE_ERROR_NUMERIC, "%s: %s has NaN or Inf and is not written", folder,
                                 tensors[t].name);
    return BASE_OK;
}

/* cfg.json comes last: a folder that has one is whole. */
static enum base_status write_files(char *const paths[3], const struct sae_model *model,
                                    const struct sae_save_metadata *metadata, const float *firing_rate)
{
    BASE_TRY(write_weights(paths[0], model));
    if (firing_rate)
        BASE_TRY(write_sparsity(paths[1], model, firing_rate));
    return write_config(paths[2], model, metadata);
}

enum base_status sae_save(const char *folder, const struct sae_model *model,
                          const struct sae_save_metadata *metadata, const float *firing_rate)
{
    enum base_status status;
    char *paths[3] = {NULL};
    static const char *const names[3] = {SAELENS_WEIGHTS, SAELENS_SPARSITY, SAELENS_CONFIG};
    BASE_CHECK(check_folded(folder, model));
    BASE_CHECK(base_folder_make(folder));
    for (int i = 0; i < 3; i++)
        if (!(paths[i] = base_path_join(folder, names[i])))
            BASE_CHECK(base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", folder));
    base_outputs_gather();
    status = write_files(paths, model, metadata, firing_rate);
    if (status == BASE_OK)
        status = base_outputs_publish();
    else
        base_outputs_abandon();
    /* Another autoencoder's, where the folder had one. */
    if (status == BASE_OK && !firing_rate)
        status = base_file_remove(paths[1]);
error:
    for (int i = 0; i < 3; i++)
        base_free(paths[i]);
    return status;
}
