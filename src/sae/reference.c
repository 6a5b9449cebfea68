/* The loss of one training step; its gradients are in reference_gradients.c. */
#include "sae/reference_step.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

double sae_reference_magnitude(const struct sae_reference_forward *forward, uint64_t element)
{
    const struct sae_model *model = forward->model;
    uint32_t i = (uint32_t)(element % forward->shape->d_sae);
    double encoded = forward->encoded[element];
    return forward->shape->activation == SAE_GATED ? exp(model->r_mag[i]) * encoded + model->b_mag[i]
                                                   : encoded;
}

uint32_t sae_reference_l0(const struct sae_reference_forward *forward, uint32_t row)
{
    uint32_t n = forward->shape->d_sae, l0 = 0;
    for (uint32_t i = 0; i < n; i++)
        l0 += forward->latents[(uint64_t)row * n + i] > 0;
    return l0;
}

static double norm_of(const float *values, uint32_t count)
{
    double sum = 0;
    for (uint32_t j = 0; j < count; j++)
        sum += (double)values[j] * values[j];
    return sqrt(sum);
}

static double weight_of(const struct sae_reference_forward *forward, uint32_t latent)
{
    const struct sae_architecture *shape = forward->shape;
    const float *row = forward->model->W_dec + (uint64_t)latent * shape->d_out;
    if (sae_selects(shape->activation))
        return shape->rescale_by_decoder_norm ? norm_of(row, shape->d_out) : 1;
    if (forward->config->decoder_norm == SAE_NORM_UNIT)
        return 1;
    uint32_t block = shape->d_out / shape->n_inputs;
    double sum = 0;
    for (uint32_t b = 0; b < shape->n_inputs; b++)
        sum += norm_of(row + (uint64_t)b * block, block);
    return sum;
}

static void encode_row(struct sae_reference_forward *forward, uint32_t row)
{
    const struct sae_architecture *shape = forward->shape;
    const struct sae_model *model = forward->model;
    const float *x = forward->batch->x + (uint64_t)row * shape->d_in;
    double *out = forward->encoded + (uint64_t)row * shape->d_sae;
    for (uint32_t i = 0; i < shape->d_sae; i++) {
        const float *weights = model->W_enc + (uint64_t)i * shape->d_in;
        double sum = shape->activation == SAE_GATED ? 0 : model->b_enc[i];
        for (uint32_t j = 0; j < shape->d_in; j++)
            sum += ((double)x[j] - (shape->apply_b_dec_to_input ? model->b_dec[j] : 0)) * weights[j];
        out[i] = sum;
    }
}

/* out[d_out] += the latents `from` to `to` of one row, decoded. */
static void decode_latents(const struct sae_architecture *shape, const float *W_dec, const double *latents,
                           uint32_t from, uint32_t to, double *out)
{
    for (uint32_t i = from; i < to; i++)
        if (latents[i] != 0)
            for (uint32_t j = 0; j < shape->d_out; j++)
                out[j] += latents[i] * W_dec[(uint64_t)i * shape->d_out + j];
}

/* out[d_out] = b_dec + W_skip x - y: what every reconstruction error starts from. */
static void start_error(const struct sae_reference_forward *forward, uint32_t row, const float *b_dec,
                        const float *W_skip, double *out)
{
    const struct sae_architecture *shape = forward->shape;
    const float *x = forward->batch->x + (uint64_t)row * shape->d_in;
    const float *y = forward->batch->y + (uint64_t)row * shape->d_out;
    for (uint32_t j = 0; j < shape->d_out; j++) {
        out[j] = (double)b_dec[j] - y[j];
        for (uint32_t c = 0; W_skip && c < shape->d_in; c++)
            out[j] += (double)W_skip[(uint64_t)j * shape->d_in + c] * x[c];
    }
}

static void decode_row(struct sae_reference_forward *forward, uint32_t row)
{
    const struct sae_architecture *shape = forward->shape;
    const struct sae_config *config = forward->config;
    const struct sae_model *model = forward->model;
    uint32_t rows = forward->batch->rows, d_out = shape->d_out, n = shape->d_sae;
    double *latents = forward->latents + (uint64_t)row * n;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t e = (uint64_t)row * n + i;
        latents[i] = forward->held->active[e] ? sae_reference_magnitude(forward, e) : 0;
    }
    const double *narrower = NULL;
    for (uint32_t w = 0; w < config->n_widths; w++) {
        double *error = forward->errors + ((uint64_t)w * rows + row) * d_out;
        if (narrower)
            memcpy(error, narrower, d_out * sizeof *error);
        else
            start_error(forward, row, model->b_dec, model->W_skip, error);
        uint32_t from = w ? config->widths[w - 1] : 0, to = w + 1 < config->n_widths ? config->widths[w] : n;
        decode_latents(shape, model->W_dec, latents, from, to, error);
        narrower = error;
    }
}

static void decode_gates(struct sae_reference_forward *forward, uint32_t row)
{
    const struct sae_reference_held *held = forward->held;
    uint32_t n = forward->shape->d_sae;
    double *gates = forward->gates + (uint64_t)row * n;
    double *error = forward->gate_errors + (uint64_t)row * forward->shape->d_out;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t e = (uint64_t)row * n + i;
        gates[i] = held->gate_open[e] ? forward->encoded[e] + forward->model->b_gate[i] : 0;
    }
    start_error(forward, row, held->b_dec, held->W_skip, error);
    decode_latents(forward->shape, held->W_dec, gates, 0, n, error);
}

static void decode_revived(struct sae_reference_forward *forward, uint32_t row)
{
    const struct sae_reference_held *held = forward->held;
    uint32_t n = forward->shape->d_sae, d_out = forward->shape->d_out;
    double *revived = forward->revived + (uint64_t)row * n;
    double *error = forward->aux_errors + (uint64_t)row * d_out;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t e = (uint64_t)row * n + i;
        revived[i] = held->aux_active[e] ? sae_reference_magnitude(forward, e) : 0;
    }
    for (uint32_t j = 0; j < d_out; j++)
        error[j] = -held->residual[(uint64_t)row * d_out + j];
    decode_latents(forward->shape, forward->model->W_dec, revived, 0, n, error);
}

static double mean_square(const double *errors, uint32_t rows, uint32_t width)
{
    double sum = 0;
    for (uint64_t e = 0; e < (uint64_t)rows * width; e++)
        sum += errors[e] * errors[e];
    return sum / rows;
}

static double sparsity_of_row(const struct sae_reference_forward *forward, uint32_t row)
{
    const struct sae_config *config = forward->config;
    enum sae_activation activation = forward->shape->activation;
    uint32_t n = forward->shape->d_sae;
    if (sae_selects(activation))
        return 0;
    if (activation == SAE_JUMPRELU && config->sparsity != SAE_SPARSITY_TANH) {
        double l0 = sae_reference_l0(forward, row), target = config->target_l0;
        return config->sparsity == SAE_SPARSITY_STEP ? l0 : 2 / target * (l0 - target) * (l0 - target);
    }
    bool gated = activation == SAE_GATED;
    const double *values = (gated ? forward->gates : forward->latents) + (uint64_t)row * n;
    const double *weights = gated ? forward->held->weights : forward->weights;
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        double weighted = values[i] * weights[i];
        sum += activation == SAE_JUMPRELU ? tanh(4 * weighted) : weighted;
    }
    return sum;
}

static void add_losses(const struct sae_reference_forward *forward, struct sae_reference_loss *loss)
{
    uint32_t rows = forward->batch->rows, d_out = forward->shape->d_out;
    *loss = (struct sae_reference_loss){0};
    for (uint32_t w = 0; w < forward->config->n_widths; w++)
        loss->reconstruction += mean_square(forward->errors + (uint64_t)w * rows * d_out, rows, d_out);
    for (uint32_t r = 0; r < rows; r++) {
        loss->sparsity += forward->batch->sparsity_coefficient * sparsity_of_row(forward, r) / rows;
        loss->l0 += (double)sae_reference_l0(forward, r) / rows;
    }
    if (forward->shape->activation == SAE_GATED)
        loss->gate = mean_square(forward->gate_errors, rows, d_out);
    if (forward->held->aux_factor != 0)
        loss->auxiliary = forward->held->aux_factor * mean_square(forward->aux_errors, rows, d_out);
    loss->total = loss->reconstruction + loss->sparsity + loss->gate + loss->auxiliary;
}

static enum base_status allocate(struct sae_reference_forward *forward)
{
    size_t n = forward->shape->d_sae, latents = n * forward->batch->rows;
    size_t outputs = (size_t)forward->batch->rows * forward->shape->d_out;
    struct {
        double **out;
        size_t count;
    } arrays[] = {
        {&forward->weights, n},           {&forward->encoded, latents},
        {&forward->latents, latents},     {&forward->gates, latents},
        {&forward->revived, latents},     {&forward->errors, outputs * forward->config->n_widths},
        {&forward->gate_errors, outputs}, {&forward->aux_errors, outputs},
    };
    for (size_t a = 0; a < sizeof arrays / sizeof *arrays; a++)
        BASE_TRY(base_allocate(arrays[a].out, arrays[a].count, sizeof(double), "the reference's step"));
    if (!forward->batch->held) {
        BASE_TRY(base_allocate(&forward->own, 1, sizeof *forward->own, "the reference's step"));
        forward->held = forward->own;
    }
    return BASE_OK;
}

enum base_status sae_reference_forward_run(const struct sae_config *config, const struct sae_model *model,
                                           const struct sae_reference_batch *batch,
                                           struct sae_reference_forward *forward,
                                           struct sae_reference_loss *loss)
{
    *forward = (struct sae_reference_forward){.config = config,
                                              .shape = &config->architecture,
                                              .model = model,
                                              .batch = batch,
                                              .held = batch->held};
    BASE_TRY(allocate(forward));
    for (uint32_t i = 0; i < forward->shape->d_sae; i++)
        forward->weights[i] = weight_of(forward, i);
    for (uint32_t r = 0; r < batch->rows; r++)
        encode_row(forward, r);
    if (forward->own)
        BASE_TRY(sae_reference_hold_selection(forward, forward->own));
    for (uint32_t r = 0; r < batch->rows; r++)
        decode_row(forward, r);
    if (forward->own)
        BASE_TRY(sae_reference_hold_residual(forward, forward->own));
    for (uint32_t r = 0; r < batch->rows; r++) {
        if (forward->shape->activation == SAE_GATED)
            decode_gates(forward, r);
        decode_revived(forward, r);
    }
    add_losses(forward, loss);
    return BASE_OK;
}

void sae_reference_forward_free(struct sae_reference_forward *forward)
{
    base_free(forward->weights);
    base_free(forward->encoded);
    base_free(forward->latents);
    base_free(forward->gates);
    base_free(forward->revived);
    base_free(forward->errors);
    base_free(forward->gate_errors);
    base_free(forward->aux_errors);
    sae_reference_held_free(&forward->own);
}

enum base_status sae_reference_loss_of(const struct sae_config *config, const struct sae_model *model,
                                       const struct sae_reference_batch *batch,
                                       struct sae_reference_loss *loss)
{
    struct sae_reference_forward forward;
    enum base_status status = sae_reference_forward_run(config, model, batch, &forward, loss);
    sae_reference_forward_free(&forward);
    return status;
}
