/* The gradients of one training step. */
#include "sae/reference_step.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

/* Where a step's gradients go; of tensors the architecture has not, NULL. */
struct gradients {
    double *W_enc, *b_enc, *W_dec, *b_dec, *threshold, *b_gate, *b_mag, *r_mag, *W_skip;
    double *weights;   /* [d_sae]: by w, of the sparsity, not yet taken to W_dec */
    double step_slope; /* of the row at hand: dL/d[pi > threshold] of JumpReLU's sparsity; 0 with tanh */
    double *upstream;  /* [n_widths, rows, d_out]: by y' as a latent below width w and not below the one
                          before sees it, the sum over the widths from w on */
};

static double dot(const double *a, const float *b, uint32_t count)
{
    double sum = 0;
    for (uint32_t j = 0; j < count; j++)
        sum += a[j] * b[j];
    return sum;
}

/* upstream = 2/B of the errors, summed from the widest down to each width. */
static void sum_upstream(const struct sae_reference_forward *forward, double *upstream)
{
    uint32_t rows = forward->batch->rows, widths = forward->config->n_widths;
    uint64_t outputs = (uint64_t)rows * forward->shape->d_out;
    for (uint32_t w = widths; w-- > 0;)
        for (uint64_t e = 0; e < outputs; e++)
            upstream[w * outputs + e] = 2 * forward->errors[w * outputs + e] / rows +
                                        (w + 1 < widths ? upstream[(w + 1) * outputs + e] : 0);
}

/* ---- by the latents of one row ---- */

/* JumpReLU's pseudo-derivatives (sae.md section 2.4): `by_latent` is dL/df. Returns what reaches pi. */
static double jumprelu_backward(const struct sae_reference_forward *forward, uint64_t e, double by_latent,
                                struct gradients *out)
{
    const struct sae_config *config = forward->config;
    uint32_t i = (uint32_t)(e % forward->shape->d_sae);
    double threshold = forward->model->threshold[i],
           u = (forward->encoded[e] - threshold) / config->bandwidth;
    double window = u > -0.5 && u < 0.5 ? 1 / config->bandwidth : 0;
    double straight_through = window * (threshold * by_latent + out->step_slope);
    out->threshold[i] -= straight_through;
    return (forward->held->active[e] ? by_latent : 0) + (config->gradient_to_input ? straight_through : 0);
}

static double step_slope(const struct sae_reference_forward *forward, uint32_t row)
{
    const struct sae_config *config = forward->config;
    double slope = forward->batch->sparsity_coefficient / forward->batch->rows;
    if (forward->shape->activation != SAE_JUMPRELU)
        return 0;
    if (config->sparsity == SAE_SPARSITY_QUADRATIC)
        return slope * 4 / config->target_l0 * (sae_reference_l0(forward, row) - config->target_l0);
    return config->sparsity == SAE_SPARSITY_STEP ? slope : 0;
}

/* The sparsity's part of dL/df (gated: of dL/d max(pi_gate, 0)), and of the gradient by w. */
static double sparsity_backward(const struct sae_reference_forward *forward, uint64_t e,
                                struct gradients *out)
{
    enum sae_activation activation = forward->shape->activation;
    uint32_t i = (uint32_t)(e % forward->shape->d_sae);
    double slope = forward->batch->sparsity_coefficient / forward->batch->rows;
    double w = forward->weights[i], value = forward->latents[e];
    if (sae_selects(activation))
        return 0;
    if (activation == SAE_GATED)
        return slope * forward->held->weights[i];
    if (activation == SAE_JUMPRELU) {
        if (forward->config->sparsity != SAE_SPARSITY_TANH)
            return 0;
        double t = tanh(4 * value * w);
        slope *= 4 * (1 - t * t);
    }
    out->weights[i] += slope * value;
    return slope * w;
}

/* `by_latent` is the reconstruction's part of dL/df, `by_revived` AuxK's of dL/dA. Returns dL/d encoded. */
static double activation_backward(const struct sae_reference_forward *forward, uint64_t e, double by_latent,
                                  double by_revived, double by_gate, struct gradients *out)
{
    const struct sae_model *model = forward->model;
    const struct sae_reference_held *held = forward->held;
    uint32_t i = (uint32_t)(e % forward->shape->d_sae);
    double by_sparsity = sparsity_backward(forward, e, out);
    double through_aux = held->aux_active[e] ? by_revived : 0;
    if (forward->shape->activation == SAE_GATED) {
        double gate = held->gate_open[e] ? by_gate + by_sparsity : 0;
        double magnitude = (held->active[e] ? by_latent : 0) + through_aux, factor = exp(model->r_mag[i]);
        out->b_gate[i] += gate;
        out->b_mag[i] += magnitude;
        out->r_mag[i] += magnitude * factor * forward->encoded[e];
        return gate + factor * magnitude;
    }
    by_latent += by_sparsity;
    double pi = through_aux;
    if (forward->shape->activation == SAE_JUMPRELU)
        pi += jumprelu_backward(forward, e, by_latent, out);
    else
        pi += held->active[e] ? by_latent : 0;
    out->b_enc[i] += pi;
    return pi;
}

static void encoder_backward(const struct sae_reference_forward *forward, uint64_t e, double by_encoded,
                             struct gradients *out)
{
    const struct sae_architecture *shape = forward->shape;
    const struct sae_model *model = forward->model;
    uint64_t i = e % shape->d_sae, r = e / shape->d_sae;
    for (uint32_t j = 0; by_encoded != 0 && j < shape->d_in; j++) {
        double centre = shape->apply_b_dec_to_input ? model->b_dec[j] : 0;
        out->W_enc[i * shape->d_in + j] += by_encoded * (forward->batch->x[r * shape->d_in + j] - centre);
        if (shape->apply_b_dec_to_input)
            out->b_dec[j] -= by_encoded * model->W_enc[i * shape->d_in + j];
    }
}

/* One latent of one row, all terms: what reaches its decoder row, its encoder row and the biases. */
static void latent_backward(const struct sae_reference_forward *forward, uint64_t e, struct gradients *out)
{
    const struct sae_config *config = forward->config;
    const struct sae_reference_held *held = forward->held;
    uint32_t n = forward->shape->d_sae, d_out = forward->shape->d_out, rows = forward->batch->rows, width = 0;
    uint64_t i = e % n, r = e / n;
    while (width + 1 < config->n_widths && config->widths[width] <= i)
        width++;
    const float *decoder = forward->model->W_dec + i * d_out;
    const double *upstream = out->upstream + ((uint64_t)width * rows + r) * d_out;
    const double *aux_error = forward->aux_errors + r * d_out;
    double aux_slope = 2 * held->aux_factor / rows;
    for (uint32_t j = 0; forward->latents[e] != 0 && j < d_out; j++)
        out->W_dec[i * d_out + j] += forward->latents[e] * upstream[j];
    for (uint32_t j = 0; held->aux_active[e] && aux_slope != 0 && j < d_out; j++)
        out->W_dec[i * d_out + j] += forward->revived[e] * aux_slope * aux_error[j];
    double by_gate = 0;
    if (held->W_dec)
        by_gate = 2 * dot(forward->gate_errors + r * d_out, held->W_dec + i * d_out, d_out) / rows;
    double by_revived =
        held->aux_active[e] && aux_slope != 0 ? aux_slope * dot(aux_error, decoder, d_out) : 0;
    bool reaches = held->active[e] || forward->shape->activation == SAE_JUMPRELU; /* its window, that is */
    double by_latent = reaches ? dot(upstream, decoder, d_out) : 0;
    double by_encoded = activation_backward(forward, e, by_latent, by_revived, by_gate, out);
    encoder_backward(forward, e, by_encoded, out);
}

/* ---- what no latent is in ---- */

/* b_dec behind the decoder and W_skip are in every width. */
static void output_backward(const struct sae_reference_forward *forward, uint32_t row, struct gradients *out)
{
    const struct sae_architecture *shape = forward->shape;
    const float *x = forward->batch->x + (uint64_t)row * shape->d_in;
    const double *upstream = out->upstream + (uint64_t)row * shape->d_out;
    for (uint32_t j = 0; j < shape->d_out; j++) {
        out->b_dec[j] += upstream[j];
        for (uint32_t c = 0; out->W_skip && c < shape->d_in; c++)
            out->W_skip[(uint64_t)j * shape->d_in + c] += upstream[j] * x[c];
    }
}

/* w is a sum of norms of blocks of D_i; d|v| = v / |v|, and 0 where v is 0. */
static void weight_backward(const struct sae_reference_forward *forward, uint32_t i, struct gradients *out)
{
    const struct sae_architecture *shape = forward->shape;
    uint32_t block = shape->d_out / shape->n_inputs;
    if (forward->config->decoder_norm == SAE_NORM_UNIT || out->weights[i] == 0)
        return;
    for (uint32_t b = 0; b < shape->n_inputs; b++) {
        uint64_t start = (uint64_t)i * shape->d_out + (uint64_t)b * block;
        const float *values = forward->model->W_dec + start;
        double norm = 0;
        for (uint32_t j = 0; j < block; j++)
            norm += (double)values[j] * values[j];
        norm = sqrt(norm);
        for (uint32_t j = 0; norm > 0 && j < block; j++)
            out->W_dec[start + j] += out->weights[i] * values[j] / norm;
    }
}

/* ---- the whole step ---- */

static enum base_status allocate(const struct sae_config *config, const struct sae_model *model,
                                 const struct sae_reference_batch *batch, struct gradients *out,
                                 struct sae_reference_gradients *gradients)
{
    const struct sae_architecture *shape = &config->architecture;
    struct {
        const float *values;
        double **out;
    } names[] = {
        {model->W_enc, &out->W_enc}, {model->b_enc, &out->b_enc},         {model->W_dec, &out->W_dec},
        {model->b_dec, &out->b_dec}, {model->threshold, &out->threshold}, {model->b_gate, &out->b_gate},
        {model->b_mag, &out->b_mag}, {model->r_mag, &out->r_mag},         {model->W_skip, &out->W_skip},
    };
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    uint32_t n_tensors = sae_model_tensors(model, tensors);
    for (uint32_t t = 0; t < n_tensors; t++) {
        BASE_TRY(base_allocate(&gradients->tensors[t], tensors[t].rows * tensors[t].cols, sizeof(double),
                               "the gradients"));
        for (size_t m = 0; m < sizeof names / sizeof *names; m++)
            if (names[m].values == tensors[t].values)
                *names[m].out = gradients->tensors[t];
    }
    BASE_TRY(base_allocate(&gradients->active, (size_t)batch->rows * shape->d_sae, 1, "the active latents"));
    BASE_TRY(base_allocate(&out->weights, shape->d_sae, sizeof(double), "the gradients"));
    return base_allocate(&out->upstream, (size_t)config->n_widths * batch->rows * shape->d_out,
                         sizeof(double), "the gradients");
}

enum base_status sae_reference_step(const struct sae_config *config, const struct sae_model *model,
                                    const struct sae_reference_batch *batch, struct sae_reference_loss *loss,
                                    struct sae_reference_gradients *gradients)
{
    struct sae_reference_forward forward;
    struct gradients out = {0};
    *gradients = (struct sae_reference_gradients){0};
    enum base_status status = sae_reference_forward_run(config, model, batch, &forward, loss);
    if (status != BASE_OK)
        goto error;
    BASE_CHECK(allocate(config, model, batch, &out, gradients));
    sum_upstream(&forward, out.upstream);
    for (uint32_t r = 0; r < batch->rows; r++) {
        out.step_slope = step_slope(&forward, r);
        for (uint32_t i = 0; i < config->architecture.d_sae; i++)
            latent_backward(&forward, (uint64_t)r * config->architecture.d_sae + i, &out);
        output_backward(&forward, r, &out);
    }
    for (uint64_t e = 0; e < (uint64_t)batch->rows * config->architecture.d_sae; e++)
        gradients->active[e] = forward.latents[e] > 0;
    for (uint32_t i = 0; i < config->architecture.d_sae; i++)
        weight_backward(&forward, i, &out);
error:
    if (status != BASE_OK)
        sae_reference_gradients_free(gradients);
    base_free(out.weights);
    base_free(out.upstream);
    sae_reference_forward_free(&forward);
    return status;
}

void sae_reference_gradients_free(struct sae_reference_gradients *gradients)
{
    for (uint32_t t = 0; t < SAE_MOST_TENSORS; t++)
        base_free(gradients->tensors[t]);
    base_free(gradients->active);
    *gradients = (struct sae_reference_gradients){0};
}
