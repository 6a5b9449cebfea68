#include "sae/config.h"

#include "base/memory.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

uint64_t sae_config_steps(const struct sae_config *config)
{
    return base_maximum(1, config->total_rows / config->batch);
}

double sae_config_automatic_rate(uint32_t d_sae)
{
    return 2e-4 / sqrt(d_sae / 16384.0);
}

double sae_config_wanted_l0(const struct sae_config *config)
{
    const struct sae_architecture *of = &config->architecture;
    return of->activation == SAE_BATCHTOPK ? of->k : of->activation == SAE_JUMPRELU ? config->target_l0 : 0;
}

/* ---- schedules ---- */

double sae_schedule_rate(const struct sae_config *config, uint64_t step)
{
    uint64_t steps = sae_config_steps(config), warmup = config->warmup, decay = config->decay;
    if (step < warmup)
        return (double)(step + 1) / (double)warmup;
    if (step >= steps)
        return config->schedule == SAE_LINEAR || decay > 0 ? 0 : config->schedule == SAE_COSINE ? 0.1 : 1;
    if (config->schedule == SAE_LINEAR)
        return (double)(steps - step) / (double)(steps - warmup);
    if (step >= steps - decay)
        return (config->schedule == SAE_COSINE ? 0.1 : 1) * (double)(steps - step) / (double)decay;
    if (config->schedule == SAE_CONSTANT)
        return 1;
    double way = (double)(step - warmup) / (double)(steps - warmup - decay);
    return 0.1 + 0.9 * (1 + cos(pi * way)) / 2;
}

double sae_schedule_sparsity(const struct sae_config *config, uint64_t step)
{
    return step < config->sparsity_warmup ? (double)step / (double)config->sparsity_warmup : 1;
}

double sae_schedule_k(const struct sae_config *config, uint64_t step)
{
    const struct sae_architecture *of = &config->architecture;
    double first = (double)base_minimum(of->d_in, of->d_sae);
    if (step >= config->k_anneal || first <= of->k)
        return of->k;
    double k = first + (of->k - first) * (double)step / (double)config->k_anneal;
    return of->activation == SAE_TOPK ? round(k) : k;
}

/* ---- defaults ---- */

static void default_widths(struct sae_config *config)
{
    uint32_t d_sae = config->architecture.d_sae;
    config->n_widths = 0;
    for (int shift = config->kind->nested ? 4 : 0; shift >= 0; shift--)
        if (d_sae >> shift > 0 || shift == 0)
            config->widths[config->n_widths++] = d_sae >> shift;
}

void sae_config_defaults(struct sae_config *config)
{
    const struct sae_kind *kind = config->kind;
    struct sae_architecture *of = &config->architecture;
    if (!kind->target && !kind->several_inputs)
        of->activation = kind->activation;
    if (!kind->target)
        of->d_out = of->d_in;
    if (!kind->several_inputs)
        of->n_inputs = 1;
    bool selects = sae_selects(of->activation);
    bool l1 = of->activation == SAE_RELU || of->activation == SAE_GATED;
    bool steered = of->activation == SAE_JUMPRELU && config->target_l0 > 0;
    of->rescale_by_decoder_norm = selects;
    of->apply_b_dec_to_input = kind->apply_b_dec_to_input;
    of->transcoder = kind->target;
    of->skip = kind->skip;
    of->scaling = SAE_SCALING_EXPECTED_AVERAGE_NORM;
    default_widths(config);
    config->decoder_norm = SAE_NORM_FREE;
    config->bias_start = SAE_BIAS_ZEROS;
    config->decoder_start_norm = 0.1;
    config->seed = 42;
    config->batch = config->batch ? config->batch : 4096;
    config->max_norm = 10;
    config->learning_rate = 3e-4;
    config->schedule = SAE_CONSTANT;
    config->warmup = config->decay = 0;
    config->beta1 = 0.9;
    config->beta2 = 0.999;
    config->epsilon = 1e-8;
    config->clip = 1;
    config->l1 = l1 ? 1 : 0;
    config->sparsity_warmup = config->k_anneal = 0;
    config->sparsity = SAE_SPARSITY_STEP;
    config->sparsity_coefficient = steered ? 0.01 : 1;
    config->target_anneal = 0.6;
    config->bandwidth = steered ? 0.2 : 0.05;
    config->threshold_start = steered ? 0.1 : 0.01;
    config->gradient_to_input = steered;
    config->aux_coefficient = selects || steered ? 1.0 / 32 : 0;
    config->k_aux = (uint32_t)base_maximum(1, base_minimum(of->d_out / 2, of->d_sae));
    config->dead_after = base_maximum(1, base_minimum(10000000, config->total_rows / 20));
    config->resample_every = 0;
}
