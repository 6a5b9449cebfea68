#include "sae/options.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Numbers within their ranges, words within their lists. */
static enum base_status check_value(const struct sae_option *option, const struct sae_config *config)
{
    double value = sae_option_value(option, config);
    if (option->kind == SAE_OPTION_WORD) {
        for (unsigned i = 0; option->words[i]; i++)
            if (i == (unsigned)value)
                return BASE_OK;
        return base_fail(BASE_ERROR_USAGE, "--%s has no value of number %.0f", option->name, value);
    }
    if (!(value >= option->minimum && value <= option->maximum) ||
        (option->above && value == option->minimum)) {
        if (option->maximum < 1e15)
            return base_fail(BASE_ERROR_USAGE, "--%s must be %s %.10g and at most %.10g, not %.10g",
                             option->name, option->above ? "above" : "at least", option->minimum,
                             option->maximum, value);
        return base_fail(BASE_ERROR_USAGE, "--%s must be %s %.10g, not %.10g", option->name,
                         option->above ? "above" : "at least", option->minimum, value);
    }
    return BASE_OK;
}

bool sae_config_concerns(const struct sae_config *config, const char *name)
{
    if (strcmp(name, "widths") == 0)
        return config->kind->nested;
    for (const struct sae_option *option = sae_options; option->name; option++)
        if (strcmp(option->name, name) == 0)
            return option->activations & 1u << config->architecture.activation;
    return true;
}

/* Options of other kinds are as they are where nobody asked for them, 0 or the default: what was asked for
 * must not be passed over. */
static enum base_status check_values(const struct sae_config *config)
{
    const struct sae_architecture *of = &config->architecture;
    struct sae_config defaults = {
        .kind = config->kind,
        .architecture = {.activation = of->activation,
                         .d_in = of->d_in,
                         .d_out = of->d_out,
                         .d_sae = of->d_sae,
                         .n_inputs = of->n_inputs},
        .batch = config->batch,
        .total_rows = config->total_rows,
    };
    sae_config_defaults(&defaults);
    for (const struct sae_option *option = sae_options; option->name; option++) {
        double value = sae_option_value(option, config);
        if (option->activations & 1u << of->activation)
            BASE_TRY(check_value(option, config));
        else if (value != 0 && value != sae_option_value(option, &defaults))
            return base_fail(BASE_ERROR_USAGE, "--%s has no part in --arch %s with the activation %s",
                             option->name, config->kind->name, sae_activation_name(of->activation));
    }
    return BASE_OK;
}

static enum base_status check_activation(const struct sae_config *config)
{
    const struct sae_kind *kind = config->kind;
    const struct sae_architecture *of = &config->architecture;
    if ((unsigned)of->activation > SAE_BATCHTOPK)
        return base_fail(BASE_ERROR_USAGE, "--activation has no value of number %u",
                         (unsigned)of->activation);
    if (!kind->target && !kind->several_inputs && of->activation != kind->activation)
        return base_fail(BASE_ERROR_USAGE, "--activation %s: --arch %s has the activation %s",
                         sae_activation_name(of->activation), kind->name,
                         sae_activation_name(kind->activation));
    return BASE_OK;
}

static enum base_status check_shape(const struct sae_config *config)
{
    const struct sae_kind *kind = config->kind;
    const struct sae_architecture *of = &config->architecture;
    if (of->transcoder != kind->target || of->skip != kind->skip)
        return base_fail(BASE_ERROR_USAGE, "--arch %s: the architecture is that of another kind", kind->name);
    if (of->d_out != of->d_in && !kind->target)
        return base_fail(BASE_ERROR_USAGE,
                         "--d-out %" PRIu32 ": only transcoders give another width than %" PRIu32
                         ", the input's",
                         of->d_out, of->d_in);
    if (of->apply_b_dec_to_input && kind->target)
        return base_fail(BASE_ERROR_USAGE, "--apply-b-dec-to-input: a transcoder's b_dec belongs to its "
                                           "output and cannot be subtracted from its input");
    if (of->n_inputs > 1 && !kind->several_inputs)
        return base_fail(BASE_ERROR_USAGE, "--n-inputs %" PRIu32 ": only --arch crosscoder has several",
                         of->n_inputs);
    if (of->d_in % of->n_inputs != 0)
        return base_fail(BASE_ERROR_USAGE, "--n-inputs %" PRIu32 " does not divide the width %" PRIu32,
                         of->n_inputs, of->d_in);
    if (of->scaling == SAE_SCALING_LAYER_NORM && of->d_in < 2)
        return base_fail(BASE_ERROR_USAGE, "--input-scaling layer-norm needs rows of at least 2 values");
    return BASE_OK;
}

static enum base_status check_selection(const struct sae_config *config)
{
    const struct sae_architecture *of = &config->architecture;
    if (of->k > of->d_sae)
        return base_fail(BASE_ERROR_USAGE, "--k %.10g is more than --d-sae %" PRIu32, of->k, of->d_sae);
    if (of->activation == SAE_TOPK && of->k != floor(of->k))
        return base_fail(BASE_ERROR_USAGE,
                         "--k %.10g: a fraction can only be meant with batchtopk and matryoshka", of->k);
    if (of->activation == SAE_BATCHTOPK && of->k * config->batch < 1)
        return base_fail(BASE_ERROR_USAGE, "--k %.10g and --batch %" PRIu32 " leave no active latent", of->k,
                         config->batch);
    if (config->n_widths < 1 || config->n_widths > SAE_MOST_WIDTHS)
        return base_fail(BASE_ERROR_USAGE, "--widths must be 1 to %d numbers", SAE_MOST_WIDTHS);
    if (config->n_widths > 1 && !config->kind->nested)
        return base_fail(BASE_ERROR_USAGE, "--widths: only --arch matryoshka has several");
    for (uint32_t w = 0; w < config->n_widths; w++)
        if (config->widths[w] <= (w ? config->widths[w - 1] : 0))
            return base_fail(BASE_ERROR_USAGE,
                             "--widths must be above 0 and increase: %" PRIu32 " is not above the one before",
                             config->widths[w]);
    if (config->widths[config->n_widths - 1] != of->d_sae)
        return base_fail(BASE_ERROR_USAGE, "--widths must end with --d-sae %" PRIu32 ", not with %" PRIu32,
                         of->d_sae, config->widths[config->n_widths - 1]);
    if (config->aux_coefficient > 0 && (config->k_aux < 1 || config->k_aux > of->d_sae))
        return base_fail(BASE_ERROR_USAGE, "--k-aux must be 1 to --d-sae %" PRIu32 ", not %" PRIu32,
                         of->d_sae, config->k_aux);
    return BASE_OK;
}

static enum base_status check_time(const struct sae_config *config)
{
    uint64_t steps = sae_config_steps(config);
    if (config->seed > INT64_MAX)
        return base_fail(BASE_ERROR_USAGE, "--seed must be below 2^63");
    if (config->total_rows < config->batch)
        return base_fail(BASE_ERROR_USAGE, "--total-rows %" PRIu64 " is less than --batch %" PRIu32,
                         config->total_rows, config->batch);
    if (config->warmup + config->decay > steps)
        return base_fail(BASE_ERROR_USAGE,
                         "--warmup %" PRIu64 " and --decay %" PRIu64 " are more than the %" PRIu64
                         " steps of --total-rows and --batch",
                         config->warmup, config->decay, steps);
    if (config->schedule == SAE_LINEAR && config->decay > 0)
        return base_fail(BASE_ERROR_USAGE, "--decay: --lr-schedule linear falls over the whole run already");
    if (config->k_anneal > steps || config->sparsity_warmup > steps)
        return base_fail(BASE_ERROR_USAGE, "--%s %" PRIu64 " is more than the %" PRIu64 " steps of the run",
                         config->k_anneal > steps ? "k-anneal" : "sparsity-warmup",
                         config->k_anneal > steps ? config->k_anneal : config->sparsity_warmup, steps);
    return BASE_OK;
}

static enum base_status check_target(const struct sae_config *config)
{
    if (config->max_norm > 0 && config->max_norm < 1)
        return base_fail(BASE_ERROR_USAGE,
                         "--max-norm %g would leave out most rows: it is a multiple of "
                         "their median norm, at least 1, or 0 for none",
                         config->max_norm);
    if (config->architecture.activation != SAE_JUMPRELU)
        return BASE_OK;
    if (config->sparsity == SAE_SPARSITY_QUADRATIC && config->target_l0 == 0)
        return base_fail(BASE_ERROR_USAGE, "--sparsity quadratic needs --target-l0");
    if (config->sparsity == SAE_SPARSITY_TANH && config->target_l0 > 0)
        return base_fail(BASE_ERROR_USAGE, "--target-l0 has no part in --sparsity tanh");
    if (config->target_l0 > config->architecture.d_sae)
        return base_fail(BASE_ERROR_USAGE, "--target-l0 %.10g is more than --d-sae %" PRIu32,
                         config->target_l0, config->architecture.d_sae);
    return BASE_OK;
}

enum base_status sae_config_check(const struct sae_config *config)
{
    if (!config->kind)
        return base_fail(BASE_ERROR_USAGE, "--arch is missing");
    BASE_TRY(check_activation(config));
    BASE_TRY(check_values(config));
    BASE_TRY(check_shape(config));
    BASE_TRY(check_selection(config));
    BASE_TRY(check_time(config));
    return check_target(config);
}
