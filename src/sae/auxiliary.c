/* AuxK: dead latents explain what the living left over (Gao et al. 2024, appendix A.2), with the loss in
 * units of the targets' variance: coefficient * Var(target) / Var(r) * |r̂ - r|², r̂ without b_dec. Which
 * latents are dead is known from the steps before. */
#include "base/memory.h"
#include "linalg/matmul.h"
#include "linalg/sum.h"
#include "sae/kernels.h"
#include "sae/params.h"
#include "sae/step.h"

static enum base_status list_dead(struct gpu *gpu, void *context, const struct sae_pi_block *block)
{
    struct sae_step *step = context;
    struct sae_lists *lists = &step->aux_lists;
    const struct sae_rule rule = {SAE_TOPK, step->dead_weights, 0};
    struct sae_select_call call = sae_lists_selection(lists, block, step->dead_weights, true);
    call.candidates = step->dead;
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
                 .constants = {sae_threads_of_a_row(gpu)},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(error), gpu_whole(step->weights->b_dec),
                                                gpu_whole(step->scalars), gpu_whole(step->aux_decoded),
                                                gpu_whole(step->squares)},
                 .n_groups = config->batch,
             }));
    return sae_step_sum_rows(gpu, step, step->squares, SAE_SCALAR_AUX_SQUARES);
}

/* ---- dead latents side by side ----
 *
 * A row has up to k_aux of them, and mostly most of the dead: as pairs they would be gathered one by one,
 * which on a CPU device took thirty times as long as these products. They go in chunks of aux_cols. */

struct chunk {
    uint32_t first, cols; /* places among the dead latents */
};

/* Where all rows together choose fewer than are dead, those that no row has chosen get no place: *places is
 * how many there may be. */
static enum base_status find_chosen(struct gpu *gpu, struct sae_step *step, struct gpu_buffer **weights,
                                    uint32_t *places)
{
    uint32_t rows = step->config->batch;
    uint64_t most = (uint64_t)rows * step->config->k_aux;
    *weights = step->dead_weights;
    *places = step->dead;
    if (!step->aux_chosen || step->dead <= most)
        return BASE_OK;
    *weights = step->aux_chosen;
    *places = (uint32_t)most;
    struct sae_aux_chosen_params params = {.rows = rows};
    BASE_TRY(gpu_fill(gpu, step->aux_chosen, 0, (uint64_t)step->config->architecture.d_sae * 4, 0));
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &sae_aux_chosen_kernel,
                                 .constants = {sae_threads_of_a_row(gpu)},
                                 .n_constants = 1,
                                 .params = &params,
                                 .ranges = (struct gpu_range[]){gpu_whole(step->aux_lists.offsets),
                                                                gpu_whole(step->aux_lists.latents),
                                                                gpu_whole(step->aux_chosen)},
                                 .n_groups = rows,
                             });
}

static enum base_status find_dead(struct gpu *gpu, struct sae_step *step, uint32_t *places)
{
    uint32_t n = step->config->architecture.d_sae;
    struct sae_aux_slots_params params = {.n = n};
    struct gpu_buffer *weights;
    BASE_TRY(find_chosen(gpu, step, &weights, places));
    BASE_TRY(gpu_fill(gpu, step->aux_ids, 0, (uint64_t)n * 4, UINT32_MAX));
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &sae_aux_slots_kernel,
                                 .constants = {linalg_group_size(gpu, 128)},
                                 .n_constants = 1,
                                 .params = &params,
                                 .ranges = (struct gpu_range[]){gpu_whole(weights), gpu_whole(step->aux_ids),
                                                                gpu_whole(step->aux_slots)},
                                 .n_groups = 1,
                             });
}

static enum base_status make_values(struct gpu *gpu, struct sae_step *step, const struct chunk *chunk)
{
    uint32_t rows = step->config->batch;
    struct sae_aux_values_params params = {.rows = rows, .cols = chunk->cols, .first = chunk->first};
    BASE_TRY(gpu_fill(gpu, step->aux_values, 0, (uint64_t)rows * chunk->cols * 4, 0));
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_aux_values_kernel,
                 .constants = {sae_threads_of_a_row(gpu)},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(step->aux_lists.offsets),
                                                gpu_whole(step->aux_lists.latents),
                                                gpu_whole(step->aux_lists.values), gpu_whole(step->aux_slots),
                                                gpu_whole(step->aux_values)},
                 .n_groups = rows,
             });
}

/* The chunk's rows of `matrix` [d_sae, cols] from or to `rows`. */
static enum base_status move_rows(struct gpu *gpu, struct sae_step *step, const struct chunk *chunk,
                                  struct linalg_matrix matrix, struct gpu_buffer *rows, bool add)
{
    uint32_t cols = (uint32_t)matrix.cols;
    for (uint32_t low = 0, high; low < matrix.rows; low = high) {
        high = sae_span_end(gpu, low, (uint32_t)matrix.rows, cols);
        struct linalg_window window = linalg_window_of(gpu, &matrix, low, high - low, 0, cols);
        struct sae_aux_rows_params params = {
            .rows = chunk->cols,
            .cols = cols,
            .first = chunk->first,
            .low = low,
            .high = high,
            .matrix_base = window.base,
        };
        BASE_TRY(gpu_dispatch(
            gpu, &(struct gpu_dispatch_parameters){
                     .kernel = &sae_aux_rows_kernel,
                     .constants = {linalg_group_size(gpu, cols > 1 ? 64 : 1), add},
                     .n_constants = 2,
                     .params = &params,
                     .ranges = (struct gpu_range[]){gpu_whole(step->aux_ids), window.range, gpu_whole(rows)},
                     .n_groups = chunk->cols,
                 }));
    }
    return BASE_OK;
}

static enum base_status load_chunk(struct gpu *gpu, struct sae_step *step, const struct chunk *chunk)
{
    const struct sae_architecture *a = &step->config->architecture;
    BASE_TRY(make_values(gpu, step, chunk));
    BASE_TRY(gpu_fill(gpu, step->aux_decoder, 0, (uint64_t)chunk->cols * a->d_out * 4, 0));
    return move_rows(gpu, step, chunk, linalg_matrix_of(step->weights->W_dec, a->d_sae, a->d_out),
                     step->aux_decoder, false);
}

static enum base_status decode_chunk(struct gpu *gpu, struct sae_step *step, const struct chunk *chunk)
{
    const struct sae_architecture *a = &step->config->architecture;
    uint32_t rows = step->config->batch;
    struct linalg_matmul_call call = {
        .a = linalg_matrix_of(step->aux_values, rows, chunk->cols),
        .b = linalg_matrix_of(step->aux_decoder, chunk->cols, a->d_out),
        .c = linalg_matrix_of(step->aux_decoded, rows, a->d_out),
        .accumulate = chunk->first > 0,
    };
    if (chunk->first == 0)
        call.bias = linalg_matrix_of(step->weights->b_dec, 1, a->d_out);
    return linalg_matmul(gpu, &call);
}

/* gradient of the chunk's rows = coefficientsᵀ rows, added to the whole one. */
static enum base_status add_gradient(struct gpu *gpu, struct sae_step *step, const struct chunk *chunk,
                                     const char *name, struct gpu_buffer *coefficients,
                                     struct gpu_buffer *rows, uint32_t cols)
{
    uint32_t batch = step->config->batch;
    struct gpu_buffer *gradient = sae_optimiser_find(step->optimiser, name)->gradient;
    BASE_TRY(linalg_matmul(gpu, &(struct linalg_matmul_call){
                                    .a = linalg_matrix_of(coefficients, batch, chunk->cols),
                                    .a_is_columns = true,
                                    .b = linalg_matrix_of(rows, batch, cols),
                                    .c = linalg_matrix_of(step->aux_gradient, chunk->cols, cols),
                                }));
    return move_rows(gpu, step, chunk, linalg_matrix_of(gradient, step->config->architecture.d_sae, cols),
                     step->aux_gradient, true);
}

/* What the gradient by r̂, in aux_decoded, says to the chunk's latents. */
static enum base_status make_chunk_dots(struct gpu *gpu, struct sae_step *step, const struct chunk *chunk)
{
    const struct sae_architecture *a = &step->config->architecture;
    uint32_t rows = step->config->batch, threads = linalg_group_size(gpu, 128);
    struct sae_aux_mask_params params = {.count = rows * chunk->cols};
    BASE_TRY(linalg_matmul(gpu, &(struct linalg_matmul_call){
                                    .a = linalg_matrix_of(step->aux_decoded, rows, a->d_out),
                                    .b = linalg_matrix_of(step->aux_decoder, chunk->cols, a->d_out),
                                    .b_is_rows = true,
                                    .c = linalg_matrix_of(step->aux_dots, rows, chunk->cols),
                                }));
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_aux_mask_kernel,
                 .constants = {threads},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(step->aux_values), gpu_whole(step->aux_dots)},
                 .n_groups = base_divide_up(params.count, threads),
             });
}

static enum base_status backward_chunk(struct gpu *gpu, struct sae_step *step, const struct chunk *chunk)
{
    const struct sae_architecture *a = &step->config->architecture;
    struct linalg_matrix biases =
        linalg_matrix_of(step->optimiser->sums, a->d_sae, 1); /* SAE_TERM_ENCODER's row */
    BASE_TRY(make_chunk_dots(gpu, step, chunk));
    BASE_TRY(add_gradient(gpu, step, chunk, "W_dec", step->aux_values, step->aux_decoded, a->d_out));
    BASE_TRY(add_gradient(gpu, step, chunk, "W_enc", step->aux_dots, step->forward.centred, a->d_in));
    BASE_TRY(linalg_sum(gpu, &(struct linalg_sum_call){
                                 .source = linalg_matrix_of(step->aux_dots, step->config->batch, chunk->cols),
                                 .sums = linalg_matrix_of(step->aux_sums, 1, chunk->cols),
                                 .direction = LINALG_DOWN,
                             }));
    return move_rows(gpu, step, chunk, biases, step->aux_sums, true);
}

enum base_status sae_auxiliary_backward(struct gpu *gpu, struct sae_step *step)
{
    struct chunk chunk = {0};
    uint32_t places;
    BASE_TRY(find_dead(gpu, step, &places));
    bool one = places <= step->aux_cols;
    for (chunk.first = 0; chunk.first < places; chunk.first += chunk.cols) {
        chunk.cols = (uint32_t)base_minimum(step->aux_cols, places - chunk.first);
        BASE_TRY(load_chunk(gpu, step, &chunk));
        BASE_TRY(decode_chunk(gpu, step, &chunk));
    }
    BASE_TRY(residual(gpu, step));
    for (chunk.first = 0; chunk.first < places; chunk.first += chunk.cols) {
        chunk.cols = (uint32_t)base_minimum(step->aux_cols, places - chunk.first);
        if (!one)
            BASE_TRY(load_chunk(gpu, step, &chunk));
        BASE_TRY(backward_chunk(gpu, step, &chunk));
    }
    return BASE_OK;
}
