/* What a step's gradient takes as constant: which latents are active, AuxK's residual, factor and latents,
 * and the gate term's decoder. */
#include "sae/reference_step.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct candidate {
    double value;
    uint64_t element;
};

static int greater_first(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    return a->element < b->element ? -1 : 1;
}

/* Marks the `most` greatest of the candidates, ties to the lower element. */
static void mark_greatest(struct candidate *candidates, uint64_t count, double most, uint8_t *marks)
{
    qsort(candidates, count, sizeof *candidates, greater_first);
    for (uint64_t c = 0; c < count && (double)c + 1 <= most; c++)
        marks[candidates[c].element] = 1;
}

/* Rows `from` to `to` compete for `most` places; only latents marked in `among` (NULL: all), only values
 * above 0. */
static void select_rows(const struct sae_reference_forward *forward, uint32_t from, uint32_t to, double most,
                        const uint8_t *among, struct candidate *candidates, uint8_t *marks)
{
    uint32_t n = forward->shape->d_sae;
    uint64_t count = 0;
    for (uint64_t e = (uint64_t)from * n; e < (uint64_t)to * n; e++) {
        double value = sae_reference_magnitude(forward, e) * forward->weights[e % n];
        if (value > 0 && (!among || among[e % n]))
            candidates[count++] = (struct candidate){value, e};
    }
    mark_greatest(candidates, count, most, marks);
}

static enum base_status allocate_candidates(const struct sae_reference_forward *forward,
                                            struct candidate **candidates)
{
    return base_allocate(candidates, (size_t)forward->batch->rows * forward->shape->d_sae,
                         sizeof **candidates, "the latents to choose from");
}

static enum base_status select_greatest(const struct sae_reference_forward *forward, uint8_t *active)
{
    struct candidate *candidates;
    BASE_TRY(allocate_candidates(forward, &candidates));
    uint32_t rows = forward->batch->rows;
    double k = forward->batch->k;
    if (forward->shape->activation == SAE_BATCHTOPK)
        select_rows(forward, 0, rows, k * rows, NULL, candidates, active);
    else
        for (uint32_t r = 0; r < rows; r++)
            select_rows(forward, r, r + 1, k, NULL, candidates, active);
    base_free(candidates);
    return BASE_OK;
}

static void select_by_value(const struct sae_reference_forward *forward, struct sae_reference_held *held)
{
    const struct sae_model *model = forward->model;
    uint32_t n = forward->shape->d_sae;
    for (uint64_t e = 0; e < (uint64_t)forward->batch->rows * n; e++) {
        double value = sae_reference_magnitude(forward, e);
        switch (forward->shape->activation) {
        case SAE_JUMPRELU:
            held->active[e] = value > model->threshold[e % n];
            break;
        case SAE_GATED:
            held->gate_open[e] = forward->encoded[e] + model->b_gate[e % n] > 0;
            held->active[e] = held->gate_open[e] && value > 0;
            break;
        default:
            held->active[e] = value > 0;
        }
    }
}

static enum base_status copy_floats(const float *from, uint64_t count, float **to)
{
    if (!from)
        return BASE_OK;
    BASE_TRY(base_allocate(to, count, sizeof **to, "the frozen decoder"));
    memcpy(*to, from, count * sizeof **to);
    return BASE_OK;
}

enum base_status sae_reference_hold_selection(const struct sae_reference_forward *forward,
                                              struct sae_reference_held *held)
{
    const struct sae_architecture *shape = forward->shape;
    const struct sae_model *model = forward->model;
    uint64_t latents = (uint64_t)forward->batch->rows * shape->d_sae;
    BASE_TRY(base_allocate(&held->active, latents, 1, "the active latents"));
    BASE_TRY(base_allocate(&held->gate_open, latents, 1, "the open gates"));
    BASE_TRY(base_allocate(&held->aux_active, latents, 1, "the dead latents"));
    BASE_TRY(base_allocate(&held->residual, (size_t)forward->batch->rows * shape->d_out,
                           sizeof *held->residual, "the residual"));
    BASE_TRY(base_allocate(&held->weights, shape->d_sae, sizeof *held->weights, "the frozen decoder"));
    memcpy(held->weights, forward->weights, shape->d_sae * sizeof *held->weights);
    if (shape->activation == SAE_GATED) {
        BASE_TRY(copy_floats(model->W_dec, (uint64_t)shape->d_sae * shape->d_out, &held->W_dec));
        BASE_TRY(copy_floats(model->b_dec, shape->d_out, &held->b_dec));
        BASE_TRY(copy_floats(model->W_skip, (uint64_t)shape->d_out * shape->d_in, &held->W_skip));
    }
    if (sae_selects(shape->activation))
        BASE_TRY(select_greatest(forward, held->active));
    else
        select_by_value(forward, held);
    if (forward->batch->active)
        memcpy(held->active, forward->batch->active, latents);
    return BASE_OK;
}

/* 1/B sum_b |z_b - mean z|^2 of z [rows, width]. */
static double variance_of_double(const double *z, uint32_t rows, uint32_t width)
{
    double sum = 0;
    for (uint32_t j = 0; j < width; j++) {
        double mean = 0;
        for (uint32_t r = 0; r < rows; r++)
            mean += z[(uint64_t)r * width + j] / rows;
        for (uint32_t r = 0; r < rows; r++) {
            double difference = z[(uint64_t)r * width + j] - mean;
            sum += difference * difference / rows;
        }
    }
    return sum;
}

static enum base_status variance_of(const float *z, uint32_t rows, uint32_t width, double *variance)
{
    double *copy;
    BASE_TRY(base_allocate(&copy, (size_t)rows * width, sizeof *copy, "the targets"));
    for (uint64_t e = 0; e < (uint64_t)rows * width; e++)
        copy[e] = z[e];
    *variance = variance_of_double(copy, rows, width);
    base_free(copy);
    return BASE_OK;
}

enum base_status sae_reference_hold_residual(const struct sae_reference_forward *forward,
                                             struct sae_reference_held *held)
{
    const struct sae_config *config = forward->config;
    const struct sae_reference_batch *batch = forward->batch;
    uint32_t rows = batch->rows, d_out = forward->shape->d_out;
    const double *errors = forward->errors + (uint64_t)(config->n_widths - 1) * rows * d_out;
    for (uint64_t e = 0; e < (uint64_t)rows * d_out; e++)
        held->residual[e] = -errors[e];
    if (config->aux_coefficient == 0 || !batch->dead || !memchr(batch->dead, 1, forward->shape->d_sae))
        return BASE_OK;
    double variance;
    BASE_TRY(variance_of(batch->y, rows, d_out, &variance));
    double factor = config->aux_coefficient * variance / variance_of_double(held->residual, rows, d_out);
    held->aux_factor = isfinite(factor) ? factor : 0;
    struct candidate *candidates;
    BASE_TRY(allocate_candidates(forward, &candidates));
    for (uint32_t r = 0; r < rows; r++)
        select_rows(forward, r, r + 1, config->k_aux, batch->dead, candidates, held->aux_active);
    base_free(candidates);
    return BASE_OK;
}

enum base_status sae_reference_hold(const struct sae_config *config, const struct sae_model *model,
                                    const struct sae_reference_batch *batch, struct sae_reference_held **held)
{
    struct sae_reference_forward forward;
    struct sae_reference_loss loss;
    struct sae_reference_batch free_batch = *batch;
    free_batch.held = NULL;
    enum base_status status = sae_reference_forward_run(config, model, &free_batch, &forward, &loss);
    *held = status == BASE_OK ? forward.own : NULL;
    if (status == BASE_OK)
        forward.own = NULL;
    sae_reference_forward_free(&forward);
    return status;
}

void sae_reference_held_free(struct sae_reference_held **held)
{
    if (!*held)
        return;
    base_free((*held)->active);
    base_free((*held)->gate_open);
    base_free((*held)->aux_active);
    base_free((*held)->residual);
    base_free((*held)->weights);
    base_free((*held)->W_dec);
    base_free((*held)->b_dec);
    base_free((*held)->W_skip);
    base_free(*held);
    *held = NULL;
}
