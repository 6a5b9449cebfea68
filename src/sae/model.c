#include "sae/model.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

const char *sae_input_scaling_name(enum sae_input_scaling scaling)
{
    static const char *const names[] = {"none", "expected-average-norm", "layer-norm", "constant-norm"};
    return names[scaling];
}

bool sae_undoes_scaling(const struct sae_architecture *architecture)
{
    return !architecture->transcoder && (architecture->scaling == SAE_SCALING_LAYER_NORM ||
                                         architecture->scaling == SAE_SCALING_CONSTANT_NORM);
}

/* ---- members ---- */

/* A tensor that some architecture has: where it stands in struct sae_model, and its shape in this one (rows
 * 0: not there). */
struct member {
    const char *name;
    float **values;
    uint64_t rows, cols;
};

static void list_members(struct sae_model *model, struct member members[SAE_MOST_TENSORS])
{
    const struct sae_architecture *of = &model->architecture;
    uint64_t n = of->d_sae, gated = of->activation == SAE_GATED, jump = of->activation == SAE_JUMPRELU;
    const struct member all[SAE_MOST_TENSORS] = {
        {"W_enc", &model->W_enc, n, of->d_in},
        {"b_enc", &model->b_enc, !gated, n},
        {"W_dec", &model->W_dec, n, of->d_out},
        {"b_dec", &model->b_dec, 1, of->d_out},
        {"threshold", &model->threshold, jump, n},
        {"b_gate", &model->b_gate, gated, n},
        {"b_mag", &model->b_mag, gated, n},
        {"r_mag", &model->r_mag, gated, n},
        {"W_skip", &model->W_skip, of->skip ? of->d_out : 0, of->d_in},
    };
    memcpy(members, all, sizeof all);
}

uint32_t sae_model_tensors(const struct sae_model *model, struct sae_tensor tensors[SAE_MOST_TENSORS])
{
    struct member members[SAE_MOST_TENSORS];
    struct sae_model view = *model;
    uint32_t count = 0;
    list_members(&view, members);
    for (int i = 0; i < SAE_MOST_TENSORS; i++)
        if (members[i].rows > 0)
            tensors[count++] =
                (struct sae_tensor){members[i].name, *members[i].values, members[i].rows, members[i].cols};
    return count;
}

enum base_status sae_model_create(const struct sae_architecture *architecture, struct sae_model *model)
{
    enum base_status status;
    struct member members[SAE_MOST_TENSORS];
    *model = (struct sae_model){.architecture = *architecture};
    list_members(model, members);
    for (int i = 0; i < SAE_MOST_TENSORS; i++)
        if (members[i].rows > 0)
            BASE_CHECK(base_allocate(members[i].values, (size_t)(members[i].rows * members[i].cols),
                                     sizeof(float), "an autoencoder's weights"));
    return BASE_OK;
error:
    sae_model_free(model);
    return status;
}

void sae_model_free(struct sae_model *model)
{
    struct member members[SAE_MOST_TENSORS];
    list_members(model, members);
    for (int i = 0; i < SAE_MOST_TENSORS; i++) {
        base_free(*members[i].values);
        *members[i].values = NULL;
    }
    base_free(model->metadata);
    model->metadata = NULL;
}

enum base_status sae_model_copy(const struct sae_model *from, struct sae_model *to)
{
    struct sae_tensor source[SAE_MOST_TENSORS], target[SAE_MOST_TENSORS];
    BASE_TRY(sae_model_create(&from->architecture, to));
    uint32_t count = sae_model_tensors(from, source);
    sae_model_tensors(to, target);
    for (uint32_t i = 0; i < count; i++)
        memcpy(target[i].values, source[i].values, (size_t)(source[i].rows * source[i].cols) * sizeof(float));
    if (from->metadata && !(to->metadata = base_copy_string(from->metadata))) {
        sae_model_free(to);
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for an autoencoder's metadata");
    }
    return BASE_OK;
}

/* ---- folding ---- */

static void scale(float *values, uint64_t count, double factor)
{
    for (uint64_t i = 0; i < count; i++)
        values[i] = (float)(values[i] * factor);
}

/* Pre-activations stay what they were: the encoder takes the input's factor, and the bias that it subtracts
 * is the decoder's, divided. A threshold on pre-activations stays therefore; one on pi |D_i| shrinks with
 * D. */
void sae_fold_scale(struct sae_model *model, double scale_in, double scale_out)
{
    struct sae_architecture *of = &model->architecture;
    uint64_t n = of->d_sae;
    scale(model->W_enc, n * of->d_in, scale_in);
    scale(model->W_dec, n * of->d_out, 1 / scale_out);
    scale(model->b_dec, of->d_out, 1 / scale_out);
    if (model->threshold && of->rescale_by_decoder_norm)
        scale(model->threshold, n, 1 / scale_out);
    if (model->W_skip)
        scale(model->W_skip, (uint64_t)of->d_out * of->d_in, scale_in / scale_out);
    if (of->scaling == SAE_SCALING_EXPECTED_AVERAGE_NORM)
        of->scaling = SAE_SCALING_NONE;
}

static double norm_of(const float *values, uint64_t count)
{
    double sum = 0;
    for (uint64_t i = 0; i < count; i++)
        sum += (double)values[i] * values[i];
    return sqrt(sum);
}

void sae_decoder_norms(const struct sae_model *model, double *least, double *greatest)
{
    uint32_t d = model->architecture.d_out;
    *least = INFINITY;
    *greatest = 0;
    for (uint64_t i = 0; i < model->architecture.d_sae; i++) {
        double norm = norm_of(model->W_dec + i * d, d);
        *least = norm > 0 ? fmin(*least, norm) : *least;
        *greatest = fmax(*greatest, norm);
    }
    if (*greatest == 0)
        *least = *greatest = 1;
}

void sae_fold_decoder_norm(struct sae_model *model)
{
    struct sae_architecture *of = &model->architecture;
    bool selects = sae_selects(of->activation);
    bool rescaled = of->rescale_by_decoder_norm;
    if (selects && !rescaled)
        return;
    for (uint64_t i = 0; i < of->d_sae; i++) {
        float *row = model->W_dec + i * of->d_out;
        double norm = norm_of(row, of->d_out);
        /* With selection by pi |D_i| a row of norm 0 is never chosen, and its encoder must say so once the
         * norm is no longer asked. */
        if (norm == 0 && !rescaled)
            continue;
        scale(model->W_enc + i * of->d_in, of->d_in, norm);
        float *biases[] = {model->b_enc, model->b_gate, model->b_mag, rescaled ? NULL : model->threshold};
        for (size_t b = 0; b < sizeof biases / sizeof biases[0]; b++)
            if (biases[b])
                scale(biases[b] + i, 1, norm);
        if (norm > 0)
            scale(row, of->d_out, 1 / norm);
    }
    of->rescale_by_decoder_norm = false;
}
