#include "sae/reference.h"

#include <math.h>
#include <string.h>

/* x'[j] = (x[j] - shift) * factor, and what undoes it behind an autoencoder's decoder: y = y' * spread +
 * shift. */
struct row_scaling {
    double shift, factor, spread;
};

static struct row_scaling scaling_of(const struct sae_architecture *of, const float *x)
{
    struct row_scaling none = {0, 1, 1};
    double sum = 0, squares = 0;
    uint32_t d = of->d_in;
    if (of->scaling != SAE_SCALING_LAYER_NORM && of->scaling != SAE_SCALING_CONSTANT_NORM)
        return none;
    for (uint32_t j = 0; j < d && of->scaling == SAE_SCALING_LAYER_NORM; j++)
        sum += x[j];
    double mean = sum / d;
    for (uint32_t j = 0; j < d; j++)
        squares += (x[j] - mean) * (x[j] - mean);
    if (of->scaling == SAE_SCALING_LAYER_NORM) {
        double deviation = d > 1 ? sqrt(squares / (d - 1)) : 0;
        return (struct row_scaling){mean, 1 / (deviation + 1e-5), deviation};
    }
    if (squares == 0) /* a row of zeros stays one, in and out */
        return (struct row_scaling){0, 0, 0};
    double factor = sqrt(d) / sqrt(squares);
    return (struct row_scaling){0, factor, 1 / factor};
}

static double decoder_norm(const struct sae_model *model, uint32_t i)
{
    uint32_t d = model->architecture.d_out;
    const float *row = model->W_dec + (uint64_t)i * d;
    double sum = 0;
    for (uint32_t j = 0; j < d; j++)
        sum += (double)row[j] * row[j];
    return sqrt(sum);
}

/* (x' - a b_dec) . W_enc[i] */
static double encoder_product(const struct sae_model *model, const float *x, struct row_scaling s, uint32_t i)
{
    const struct sae_architecture *of = &model->architecture;
    const float *row = model->W_enc + (uint64_t)i * of->d_in;
    double sum = 0;
    for (uint32_t j = 0; j < of->d_in; j++)
        sum += ((x[j] - s.shift) * s.factor - (of->apply_b_dec_to_input ? model->b_dec[j] : 0)) * row[j];
    return sum;
}

/* Zeroes all but the k greatest, ties to the lower index: k times the next one in the order of (value
 * descending, index ascending). */
static void keep_greatest(double *v, uint32_t n, uint32_t k)
{
    double value = INFINITY;
    uint32_t index = 0;
    for (uint32_t step = 0; step < k && step < n; step++) {
        uint32_t best = UINT32_MAX;
        for (uint32_t i = 0; i < n; i++) {
            bool after = v[i] < value || (v[i] == value && i > index && step > 0);
            if (after && (best == UINT32_MAX || v[i] > v[best]))
                best = i;
        }
        if (best == UINT32_MAX)
            return;
        value = v[best];
        index = best;
    }
    for (uint32_t i = 0; i < n; i++)
        if (k == 0 || v[i] < value || (v[i] == value && i > index))
            v[i] = 0;
}

void sae_reference_encode(const struct sae_model *model, const float *x, double *latents)
{
    const struct sae_architecture *of = &model->architecture;
    struct row_scaling scaling = scaling_of(of, x);
    for (uint32_t i = 0; i < of->d_sae; i++) {
        double e = encoder_product(model, x, scaling, i), f;
        if (of->activation == SAE_GATED) {
            f = e + model->b_gate[i] > 0 ? exp(model->r_mag[i]) * e + model->b_mag[i] : 0;
        } else {
            f = e + model->b_enc[i];
            if (of->rescale_by_decoder_norm)
                f *= decoder_norm(model, i);
            if (of->activation == SAE_JUMPRELU && !(f > model->threshold[i]))
                f = 0;
        }
        latents[i] = f > 0 ? f : 0;
    }
    if (of->activation == SAE_TOPK)
        keep_greatest(latents, of->d_sae, (uint32_t)of->k);
}

void sae_reference_decode(const struct sae_model *model, const double *latents, const float *x,
                          double *reconstruction)
{
    const struct sae_architecture *of = &model->architecture;
    struct row_scaling scaling = scaling_of(of, x);
    for (uint32_t j = 0; j < of->d_out; j++)
        reconstruction[j] = model->b_dec[j];
    for (uint32_t i = 0; i < of->d_sae; i++) {
        if (latents[i] == 0)
            continue;
        double norm = of->rescale_by_decoder_norm ? decoder_norm(model, i) : 1;
        double f = norm > 0 ? latents[i] / norm : 0;
        for (uint32_t j = 0; j < of->d_out; j++)
            reconstruction[j] += f * model->W_dec[(uint64_t)i * of->d_out + j];
    }
    for (uint32_t j = 0; j < of->d_out; j++) {
        for (uint32_t c = 0; c < of->d_in && of->skip; c++)
            reconstruction[j] +=
                (double)model->W_skip[(uint64_t)j * of->d_in + c] * ((x[c] - scaling.shift) * scaling.factor);
        if (!of->transcoder)
            reconstruction[j] = reconstruction[j] * scaling.spread + scaling.shift;
    }
}
