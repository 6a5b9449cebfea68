/* A training step on pairs: only the encoder's product is dense. */
#include "base/memory.h"
#include "linalg/matmul.h"
#include "sae/kernels.h"
#include "sae/params.h"
#include "sae/step.h"

/* A skip's part of the decoding, which the latents' part is added to. */
static enum base_status start_with_skip(struct gpu *gpu, struct sae_step *step, struct gpu_buffer *decoded)
{
    const struct sae_architecture *a = &step->config->architecture;
    uint32_t rows = step->config->batch;
    return linalg_matmul(gpu, &(struct linalg_matmul_call){
                                  .a = linalg_matrix_of(step->forward.scaled, rows, a->d_in),
                                  .b = linalg_matrix_of(step->weights->W_skip, a->d_out, a->d_in),
                                  .b_is_rows = true,
                                  .c = linalg_matrix_of(decoded, rows, a->d_out),
                                  .bias = linalg_matrix_of(step->weights->b_dec, 1, a->d_out),
                              });
}

static uint32_t low_of(const struct sae_config *config, uint32_t group)
{
    return group > 0 ? config->widths[group - 1] : 0;
}

/* Decodes width after width, each going on from the one before. */
static enum base_status decode_widths(struct gpu *gpu, struct sae_step *step)
{
    const struct sae_config *config = step->config;
    bool skip = config->architecture.skip;
    if (skip)
        BASE_TRY(start_with_skip(gpu, step, step->decoded));
    for (uint32_t g = 0; g < config->n_widths; g++) {
        BASE_TRY(sae_lists_decode(gpu, &step->lists, step->weights, step->lists.values, config->batch,
                                  low_of(config, g), config->widths[g], skip || g > 0, step->decoded));
        BASE_TRY(sae_step_residual(gpu, step, step->decoded, step->errors[g], 0, config->batch));
        BASE_TRY(sae_step_sum_rows(gpu, step, step->squares,
                                   g + 1 == config->n_widths ? SAE_SCALAR_ERROR_SQUARES
                                                             : SAE_SCALAR_NESTED_SQUARES + g));
    }
    return BASE_OK;
}

static enum base_status decode_gates(struct gpu *gpu, struct sae_step *step)
{
    const struct sae_config *config = step->config;
    bool skip = config->architecture.skip;
    BASE_TRY(sae_lists_gate(gpu, &step->lists, step->weights, config->batch, step->gates));
    if (skip)
        BASE_TRY(start_with_skip(gpu, step, step->gate_decoded));
    BASE_TRY(sae_lists_decode(gpu, &step->lists, step->weights, step->gates, config->batch, 0,
                              config->architecture.d_sae, skip, step->gate_decoded));
    BASE_TRY(sae_step_residual(gpu, step, step->gate_decoded, step->gate_error, 0, config->batch));
    return sae_step_sum_rows(gpu, step, step->squares, SAE_SCALAR_GATE_SQUARES);
}

static enum base_status penalise(struct gpu *gpu, struct sae_step *step)
{
    const struct sae_config *config = step->config;
    bool gated = config->architecture.activation == SAE_GATED;
    struct sae_row_penalty_params params = {
        .rows = config->batch,
        .penalty = config->sparsity,
        .target = (float)config->target_l0,
        .weighted = sae_step_is_weighted(config),
    };
    BASE_TRY(gpu_dispatch(
        gpu,
        &(struct gpu_dispatch_parameters){
            .kernel = &sae_row_penalty_kernel,
            .constants = {sae_threads_of_a_row(gpu), config->architecture.activation},
            .n_constants = 2,
            .params = &params,
            .ranges = (struct gpu_range[]){gpu_whole(step->lists.offsets), gpu_whole(step->lists.latents),
                                           gpu_whole(gated ? step->gates : step->lists.values),
                                           gpu_whole(step->weights->norms), gpu_whole(step->row_l0),
                                           gpu_whole(step->penalties)},
            .n_groups = config->batch,
        }));
    return sae_step_sum_rows(gpu, step, step->penalties, SAE_SCALAR_PENALTY);
}

enum base_status sae_step_pairs_forward(struct gpu *gpu, struct sae_step *step, bool *fits)
{
    const struct sae_config *config = step->config;
    struct sae_forward_visitor visitor = sae_auxiliary_visitor(step);
    bool variable = sae_step_may_be_dense(config);
    float half_window = config->architecture.activation == SAE_JUMPRELU ? (float)config->bandwidth / 2 : 0;
    BASE_TRY(sae_forward_encode(gpu, &step->forward, step->weights, config->batch, step->k, half_window,
                                step->with_auxiliary ? &visitor : NULL, &step->lists));
    *fits = true;
    step->pairs = step->lists.capacity;
    if (variable) {
        uint32_t pairs;
        BASE_TRY(gpu_download(gpu, step->lists.offsets, (uint64_t)config->batch * 4, &pairs, 4));
        *fits = pairs <= step->lists.capacity;
        step->pairs = (uint32_t)base_maximum(pairs, 1);
        if (!*fits)
            return BASE_OK;
    }
    if (config->architecture.activation == SAE_GATED)
        BASE_TRY(decode_gates(gpu, step));
    if (variable)
        BASE_TRY(penalise(gpu, step));
    return decode_widths(gpu, step);
}

/* What latents of group g are told is the sum of the errors of all widths that hold them. */
static enum base_status sum_errors(struct gpu *gpu, struct sae_step *step)
{
    const struct sae_config *config = step->config;
    uint32_t threads = linalg_group_size(gpu, 128);
    struct sae_add_params params = {.count = config->batch * config->architecture.d_out, .scale = 1};
    for (uint32_t g = config->n_widths - 1; g > 0; g--)
        BASE_TRY(gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                       .kernel = &sae_add_kernel,
                                       .constants = {threads},
                                       .n_constants = 1,
                                       .params = &params,
                                       .ranges = (struct gpu_range[]){gpu_whole(step->errors[g]),
                                                                      gpu_whole(step->errors[g - 1])},
                                       .n_groups = base_divide_up(params.count, threads),
                                   }));
    return BASE_OK;
}

/* The dots of a gated kind's gates stand behind those of its values. */
static uint64_t gate_dots_offset(const struct sae_step *step)
{
    return base_round_up(step->lists.capacity, 64);
}

static enum base_status make_dots(struct gpu *gpu, struct sae_step *step)
{
    const struct sae_config *config = step->config;
    struct gpu_range values = {step->back.dots, 0, (uint64_t)step->lists.capacity * 4};
    for (uint32_t g = 0; g < config->n_widths; g++)
        BASE_TRY(sae_lists_dots(gpu, &step->lists, step->weights, step->errors[g], config->batch,
                                low_of(config, g), config->widths[g], 1, values));
    if (config->architecture.activation != SAE_GATED)
        return BASE_OK;
    struct gpu_range gates = {step->back.dots, gate_dots_offset(step) * 4,
                              (uint64_t)step->lists.capacity * 4};
    return sae_lists_dots(gpu, &step->lists, step->weights, step->gate_error, config->batch, 0,
                          config->architecture.d_sae, 1, gates);
}

static enum base_status pairs_backward(struct gpu *gpu, struct sae_step *step)
{
    const struct sae_config *config = step->config;
    uint32_t threads = linalg_group_size(gpu, 128);
    struct sae_pairs_backward_params params = {
        .rows = config->batch,
        .capacity = step->lists.capacity,
        .n = config->architecture.d_sae,
        .gate_dots = (uint32_t)gate_dots_offset(step),
        .sparsity = (float)(step->sparsity / config->batch),
        .bandwidth = (float)config->bandwidth,
        .penalty = config->sparsity,
        .target = (float)config->target_l0,
        .to_input = config->gradient_to_input,
        .weighted = sae_step_is_weighted(config),
    };
    return gpu_dispatch(
        gpu,
        &(struct gpu_dispatch_parameters){
            .kernel = &sae_pairs_backward_kernel,
            .constants = {threads, config->architecture.activation},
            .n_constants = 2,
            .params = &params,
            .ranges = (struct gpu_range[]){gpu_whole(step->lists.offsets), gpu_whole(step->lists.latents),
                                           gpu_whole(step->lists.pre), gpu_whole(step->weights->latent),
                                           gpu_whole(step->weights->norms), gpu_whole(step->back.dots),
                                           gpu_whole(step->row_l0), gpu_whole(step->terms)},
            .n_groups = base_divide_up(step->pairs, threads),
        });
}

enum base_status sae_step_pairs_backward(struct gpu *gpu, struct sae_step *step)
{
    const struct sae_config *config = step->config;
    const struct sae_architecture *a = &config->architecture;
    BASE_TRY(sum_errors(gpu, step));
    BASE_TRY(make_dots(gpu, step));
    BASE_TRY(pairs_backward(gpu, step));
    BASE_TRY(sae_back_sort(gpu, &step->lists, a->d_sae, step->pairs, &step->back));
    struct sae_gradient_call decoder = {
        .lists = &step->lists,
        .back = &step->back,
        .coefficients = step->lists.values,
        .stride = 1,
        .cols = a->d_out,
        .gradient = sae_optimiser_find(step->optimiser, "W_dec")->gradient,
    };
    for (uint32_t g = 0; g < config->n_widths; g++) {
        decoder.rows = step->errors[g];
        decoder.low = low_of(config, g);
        decoder.high = config->widths[g];
        BASE_TRY(sae_gradient_rows(gpu, &decoder));
    }
    struct sae_gradient_call encoder = {
        .lists = &step->lists,
        .back = &step->back,
        .coefficients = step->terms,
        .stride = SAE_TERMS,
        .first = SAE_TERM_ENCODER,
        .rows = step->forward.centred,
        .cols = a->d_in,
        .high = a->d_sae,
        .gradient = sae_optimiser_find(step->optimiser, "W_enc")->gradient,
    };
    BASE_TRY(sae_gradient_rows(gpu, &encoder));
    BASE_TRY(sae_latent_sums(gpu, step));
    return sae_watch_pairs(gpu, step);
}
