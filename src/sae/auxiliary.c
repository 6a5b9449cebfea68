/* AuxK: dead latents explain what the living left over (Gao et al. 2024, appendix A.2), with the loss in
 * units of the targets' variance: coefficient * Var(target) / Var(r) * |r̂ - r|², r̂ without b_dec. Which
 * latents are dead is known from the steps before. */
#include "sae/kernels.h"
#include "sae/params.h"
#include "sae/step.h"

static enum base_status list_dead(struct gpu *gpu, void *context, const struct sae_pi_block *block)
{
    struct sae_step *step = context;
    struct sae_lists *lists = &step->aux_lists;
    const struct sae_rule rule = {SAE_TOPK, step->dead_weights, 0};
    struct sae_select_call call = {
        .pi = block->pi,
        .weights = linalg_matrix_of(step->dead_weights, 1, block->pi.cols),
        .selection = linalg_matrix_of(lists->selection, 1, 2 * block->pi.rows),
        .counts = linalg_matrix_of(lists->counts, 1, block->pi.rows),
    };
    call.selection.offset = 2 * (uint64_t)block->first;
    call.counts.offset = block->first;
    BASE_TRY(sae_select_rows(gpu, &call, step->config->k_aux));
    return sae_lists_append(gpu, lists, &rule, block);
}

struct sae_forward_visitor sae_auxiliary_visitor(struct sae_step *step)
{
    return (struct sae_forward_visitor){.visit = list_dead, .context = step};
}

/* The gradient of AuxK's loss by r̂, in the place of the decoding. */
static enum base_status residual(struct gpu *gpu, struct sae_step *step)
{
    const struct sae_config *config = step->config;
    struct gpu_buffer *error = step->errors[config->n_widths - 1];
    struct sae_aux_residual_params params = {
        .rows = config->batch,
        .cols = config->architecture.d_out,
        .error_scale = 2.0f / (float)config->batch,
    };
    BASE_TRY(gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_aux_residual_kernel,
                 .constants = {linalg_group_size(gpu, 64)},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(error), gpu_whole(step->weights->b_dec),
                                                gpu_whole(step->scalars), gpu_whole(step->aux_decoded),
                                                gpu_whole(step->squares)},
                 .n_groups = config->batch,
             }));
    return sae_step_sum_rows(gpu, step, step->squares, SAE_SCALAR_AUX_SQUARES);
}

enum base_status sae_auxiliary_backward(struct gpu *gpu, struct sae_step *step)
{
    const struct sae_architecture *a = &step->config->architecture;
    struct sae_lists *lists = &step->aux_lists;
    struct sae_back *back = &step->aux_back;
    uint32_t rows = step->config->batch;
    BASE_TRY(sae_lists_decode(gpu, lists, step->weights, lists->values, rows, 0, a->d_sae, false,
                              step->aux_decoded));
    BASE_TRY(residual(gpu, step));
    BASE_TRY(sae_lists_dots(gpu, lists, step->weights, step->aux_decoded, rows, 0, a->d_sae, 1,
                            gpu_whole(back->dots)));
    BASE_TRY(sae_back_sort(gpu, lists, a->d_sae, lists->capacity, back));
    struct sae_gradient_call call = {
        .lists = lists,
        .back = back,
        .coefficients = lists->values,
        .stride = 1,
        .rows = step->aux_decoded,
        .cols = a->d_out,
        .high = a->d_sae,
        .gradient = sae_optimiser_find(step->optimiser, "W_dec")->gradient,
        .accumulate = true,
    };
    BASE_TRY(sae_gradient_rows(gpu, &call));
    call.coefficients = back->dots;
    call.rows = step->forward.centred;
    call.cols = a->d_in;
    call.gradient = sae_optimiser_find(step->optimiser, "W_enc")->gradient;
    BASE_TRY(sae_gradient_rows(gpu, &call));
    return sae_latent_sums(gpu, step, lists, back, back->dots, 1, true);
}
