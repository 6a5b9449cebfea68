#include "sae/optimiser.h"

#include "base/memory.h"
#include "linalg/sum.h"
#include "sae/kernels.h"
#include "sae/params.h"

#include <math.h>
#include <string.h>

static uint32_t stride_of(uint32_t d_sae)
{
    return (uint32_t)base_round_up(d_sae, 64);
}

uint64_t sae_optimiser_bytes(const struct sae_architecture *a)
{
    uint64_t matrices =
        (uint64_t)a->d_sae * (a->d_in + a->d_out) + (a->skip ? (uint64_t)a->d_in * a->d_out : 0);
    uint64_t vectors = 4 * (uint64_t)a->d_sae + a->d_out;
    uint64_t factors = (uint64_t)a->d_sae * (a->n_inputs + 1);
    return 4 * (3 * matrices + 3 * vectors + factors + SAE_TERMS * (uint64_t)stride_of(a->d_sae));
}

/* The row of `sums` that is a vector's gradient; -1: the tensor has a gradient of its own. */
static int term_of(const char *name)
{
    static const struct {
        const char *name;
        uint32_t term;
    } terms[] = {
        {"b_enc", SAE_TERM_ENCODER},   {"threshold", SAE_TERM_THRESHOLD}, {"b_gate", SAE_TERM_THRESHOLD},
        {"b_mag", SAE_TERM_MAGNITUDE}, {"r_mag", SAE_TERM_SCALE},
    };
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++)
        if (strcmp(name, terms[i].name) == 0)
            return (int)terms[i].term;
    return -1;
}

static enum base_status create_parameter(struct gpu *gpu, struct sae_optimiser *optimiser,
                                         struct sae_parameter *parameter)
{
    uint64_t bytes = parameter->weight.rows * parameter->weight.cols * 4;
    int term = term_of(parameter->weight.name);
    parameter->not_negative = strcmp(parameter->weight.name, "threshold") == 0;
    BASE_TRY(gpu_buffer_create(gpu, "Adam's first moment", bytes, GPU_DEVICE, &parameter->first));
    BASE_TRY(gpu_buffer_create(gpu, "Adam's second moment", bytes, GPU_DEVICE, &parameter->second));
    BASE_TRY(gpu_fill(gpu, parameter->first, 0, bytes, 0));
    BASE_TRY(gpu_fill(gpu, parameter->second, 0, bytes, 0));
    if (term >= 0) {
        parameter->gradient = optimiser->sums;
        parameter->gradient_offset = (uint64_t)term * optimiser->sums_stride;
        return BASE_OK;
    }
    BASE_TRY(gpu_buffer_create(gpu, "gradient", bytes, GPU_DEVICE, &parameter->gradient));
    return gpu_fill(gpu, parameter->gradient, 0, bytes, 0);
}

enum base_status sae_optimiser_create(struct gpu *gpu, const struct sae_config *config,
                                      struct sae_weights *weights, struct sae_optimiser *optimiser)
{
    const struct sae_architecture *a = &weights->architecture;
    *optimiser = (struct sae_optimiser){.sums_stride = stride_of(a->d_sae), .weights = weights};
    if (config->decoder_norm == SAE_NORM_UNIT)
        optimiser->factor_blocks = 1;
    else if (!sae_selects(a->activation))
        optimiser->factor_blocks = sae_norm_blocks(a, false);
    uint64_t sums_bytes = SAE_TERMS * (uint64_t)optimiser->sums_stride * 4;
    struct sae_weight tensors[SAE_MOST_TENSORS];
    uint32_t count = sae_weights_tensors(weights, tensors);
    enum base_status status;
    BASE_CHECK(gpu_buffer_create(gpu, "latents' sums", sums_bytes, GPU_DEVICE, &optimiser->sums));
    BASE_CHECK(gpu_fill(gpu, optimiser->sums, 0, sums_bytes, 0));
    BASE_CHECK(
        gpu_buffer_create(gpu, "squared norms", SAE_MOST_TENSORS * 4, GPU_DEVICE, &optimiser->squares));
    BASE_CHECK(gpu_buffer_create(gpu, "the step's control", 16, GPU_DEVICE, &optimiser->control));
    BASE_CHECK(gpu_buffer_create(gpu, "the decoder rows' factors",
                                 4 * (uint64_t)a->d_sae * base_maximum(1, optimiser->factor_blocks),
                                 GPU_DEVICE, &optimiser->factors));
    BASE_CHECK(gpu_buffer_create(gpu, "the decoder rows' squares", 4 * (uint64_t)a->d_sae, GPU_DEVICE,
                                 &optimiser->row_squares));
    for (uint32_t i = 0; i < count; i++) {
        optimiser->parameters[i].weight = tensors[i];
        optimiser->n_parameters = i + 1;
        BASE_CHECK(create_parameter(gpu, optimiser, &optimiser->parameters[i]));
    }
    return BASE_OK;
error:
    sae_optimiser_destroy(gpu, optimiser);
    return status;
}

void sae_optimiser_destroy(struct gpu *gpu, struct sae_optimiser *optimiser)
{
    for (uint32_t i = 0; i < optimiser->n_parameters; i++) {
        struct sae_parameter *parameter = &optimiser->parameters[i];
        gpu_buffer_destroy(gpu, &parameter->first);
        gpu_buffer_destroy(gpu, &parameter->second);
        if (parameter->gradient != optimiser->sums)
            gpu_buffer_destroy(gpu, &parameter->gradient);
    }
    gpu_buffer_destroy(gpu, &optimiser->sums);
    gpu_buffer_destroy(gpu, &optimiser->squares);
    gpu_buffer_destroy(gpu, &optimiser->control);
    gpu_buffer_destroy(gpu, &optimiser->factors);
    gpu_buffer_destroy(gpu, &optimiser->row_squares);
    *optimiser = (struct sae_optimiser){0};
}

struct sae_parameter *sae_optimiser_find(struct sae_optimiser *optimiser, const char *name)
{
    for (uint32_t i = 0; i < optimiser->n_parameters; i++)
        if (strcmp(optimiser->parameters[i].weight.name, name) == 0)
            return &optimiser->parameters[i];
    return NULL;
}

static bool is_decoder(const struct sae_parameter *parameter)
{
    return strcmp(parameter->weight.name, "W_dec") == 0;
}

static enum base_status clip(struct gpu *gpu, struct sae_optimiser *optimiser, double greatest)
{
    for (uint32_t i = 0; i < optimiser->n_parameters; i++) {
        const struct sae_parameter *parameter = &optimiser->parameters[i];
        struct linalg_sum_call call = {
            .source =
                linalg_matrix_of(parameter->gradient, 1, parameter->weight.rows * parameter->weight.cols),
            .sums = linalg_matrix_of(optimiser->squares, 1, 1),
            .direction = LINALG_ACROSS,
            .squared = true,
        };
        call.source.offset = parameter->gradient_offset;
        if (optimiser->factor_blocks > 0 && is_decoder(parameter)) {
            call.source = linalg_matrix_of(optimiser->row_squares, 1, parameter->weight.rows);
            call.squared = false;
        }
        call.sums.offset = i;
        BASE_TRY(linalg_sum(gpu, &call));
    }
    struct sae_clip_params params = {.parts = optimiser->n_parameters, .clip = (float)greatest};
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_clip_kernel,
                 .constants = {1},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(optimiser->squares), gpu_whole(optimiser->control)},
                 .n_groups = 1,
             });
}

/* Elements [from, from + count) of a buffer as a window. */
static struct linalg_window stretch(const struct gpu *gpu, struct gpu_buffer *buffer, uint64_t from,
                                    uint64_t count)
{
    struct linalg_matrix vector = {
        .buffer = buffer, .offset = from, .rows = 1, .cols = count, .stride = count};
    return linalg_window_of(gpu, &vector, 0, 1, 0, count);
}

static struct sae_adam_params constants_of(const struct sae_optimiser *optimiser,
                                           const struct sae_config *config, double rate)
{
    double t = (double)optimiser->updates + 1;
    return (struct sae_adam_params){
        .rate = (float)(rate / (1 - pow(config->beta1, t))),
        .root = (float)(1 / sqrt(1 - pow(config->beta2, t))),
        .beta1 = (float)config->beta1,
        .beta2 = (float)config->beta2,
        .new1 = (float)(1 - config->beta1),
        .new2 = (float)(1 - config->beta2),
        .epsilon = (float)config->epsilon,
    };
}

static enum base_status adam(struct gpu *gpu, struct sae_optimiser *optimiser,
                             struct sae_parameter *parameter, struct sae_adam_params params)
{
    enum { EACH = 4 }; /* elements a thread, adam.comp */
    uint64_t count = parameter->weight.rows * parameter->weight.cols;
    uint64_t most = linalg_largest_span(gpu) / 64 * 64;
    uint32_t threads = linalg_group_size(gpu, 128);
    bool fours = count % 4 == 0 && parameter->weight.offset % 4 == 0 && parameter->gradient_offset % 4 == 0;
    enum gpu_level level = fours ? gpu_best_level(gpu, &sae_adam_kernel) : GPU_LEVEL_FLOOR;
    uint32_t width = level >= GPU_LEVEL_VEC4 ? 4 : 1;
    params.not_negative = parameter->not_negative;
    for (uint64_t from = 0; from < count; from += most) {
        uint64_t n = base_minimum(most, count - from);
        struct linalg_window value =
            stretch(gpu, parameter->weight.buffer, parameter->weight.offset + from, n);
        struct linalg_window gradient =
            stretch(gpu, parameter->gradient, parameter->gradient_offset + from, n);
        struct linalg_window first = stretch(gpu, parameter->first, from, n);
        struct linalg_window second = stretch(gpu, parameter->second, from, n);
        params.count = (uint32_t)n;
        params.value_base = value.base;
        params.gradient_base = gradient.base;
        BASE_TRY(gpu_dispatch(
            gpu, &(struct gpu_dispatch_parameters){
                     .kernel = &sae_adam_kernel,
                     .level = level,
                     .constants = {threads},
                     .n_constants = 1,
                     .params = &params,
                     .ranges = (struct gpu_range[]){value.range, first.range, second.range, gradient.range,
                                                    gpu_whole(optimiser->control)},
                     .n_groups = base_divide_up(n / width, (uint64_t)threads * EACH),
                 }));
    }
    return BASE_OK;
}

enum base_status sae_optimiser_step(struct gpu *gpu, struct sae_optimiser *optimiser,
                                    const struct sae_config *config, double rate)
{
    bool unit = config->decoder_norm == SAE_NORM_UNIT;
    struct sae_adam_params constants = constants_of(optimiser, config, rate);
    if (optimiser->factor_blocks > 0)
        BASE_TRY(sae_decoder_factors(gpu, optimiser, unit));
    BASE_TRY(clip(gpu, optimiser, config->clip));
    for (uint32_t i = 0; i < optimiser->n_parameters; i++) {
        struct sae_parameter *parameter = &optimiser->parameters[i];
        if (is_decoder(parameter))
            BASE_TRY(sae_decoder_adam(gpu, optimiser, unit, &constants));
        else
            BASE_TRY(adam(gpu, optimiser, parameter, constants));
    }
    return BASE_OK;
}
