/* A training step on dense blocks of rows, for kinds while more latents fire than lists hold: activation,
 * decoding and gradients as matrix products, block by block, each sum over rows going on where the block
 * before left it. */
#include "base/memory.h"
#include "linalg/matmul.h"
#include "sae/kernels.h"
#include "sae/params.h"
#include "sae/step.h"

/* Rows [first, first + rows) of a matrix [batch, cols]. */
static struct linalg_matrix rows_of(struct gpu_buffer *buffer, uint32_t first, uint64_t rows, uint32_t cols)
{
    struct linalg_matrix matrix = linalg_matrix_of(buffer, rows, cols);
    matrix.offset = (uint64_t)first * cols;
    return matrix;
}

static enum base_status activate(struct gpu *gpu, struct sae_step *step, const struct sae_pi_block *block)
{
    const struct sae_config *config = step->config;
    struct sae_dense_activate_params params = {
        .rows = (uint32_t)block->pi.rows,
        .n = config->architecture.d_sae,
        .first_row = block->first,
        .penalty = config->sparsity,
        .target = (float)config->target_l0,
        .weighted = sae_step_is_weighted(config),
    };
    bool gated = config->architecture.activation == SAE_GATED;
    struct gpu_buffer *gates = gated ? step->dense_gates : step->dense_dots;
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_dense_activate_kernel,
                 .constants = {sae_threads_of_entries(gpu, params.n), config->architecture.activation},
                 .n_constants = 2,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(block->pi.buffer), gpu_whole(step->weights->latent),
                                                gpu_whole(step->weights->norms),
                                                gpu_whole(step->dense_values), gpu_whole(gates),
                                                gpu_whole(step->row_l0), gpu_whole(step->penalties)},
                 .n_groups = block->pi.rows,
             });
}

/* decoded = b_dec (+ W_skip x) + values W_dec, the error, and what it says to the values: dots. */
static enum base_status decode(struct gpu *gpu, struct sae_step *step, const struct sae_pi_block *block,
                               struct gpu_buffer *values, struct gpu_buffer *decoded,
                               struct gpu_buffer *error, struct gpu_buffer *dots)
{
    const struct sae_architecture *a = &step->config->architecture;
    uint64_t rows = block->pi.rows;
    struct linalg_matrix W_dec = linalg_matrix_of(step->weights->W_dec, a->d_sae, a->d_out);
    struct linalg_matmul_call product = {
        .a = linalg_matrix_of(values, rows, a->d_sae),
        .b = W_dec,
        .c = rows_of(decoded, block->first, rows, a->d_out),
    };
    if (a->skip) {
        BASE_TRY(linalg_matmul(gpu, &(struct linalg_matmul_call){
                                        .a = rows_of(step->forward.scaled, block->first, rows, a->d_in),
                                        .b = linalg_matrix_of(step->weights->W_skip, a->d_out, a->d_in),
                                        .b_is_rows = true,
                                        .c = product.c,
                                        .bias = linalg_matrix_of(step->weights->b_dec, 1, a->d_out),
                                    }));
        product.accumulate = true;
    } else {
        product.bias = linalg_matrix_of(step->weights->b_dec, 1, a->d_out);
    }
    BASE_TRY(linalg_matmul(gpu, &product));
    BASE_TRY(sae_step_residual(gpu, step, decoded, error, block->first, (uint32_t)rows));
    return linalg_matmul(gpu, &(struct linalg_matmul_call){
                                  .a = rows_of(error, block->first, rows, a->d_out),
                                  .b = W_dec,
                                  .b_is_rows = true,
                                  .c = linalg_matrix_of(dots, rows, a->d_sae),
                              });
}

static enum base_status backward(struct gpu *gpu, struct sae_step *step, const struct sae_pi_block *block)
{
    const struct sae_config *config = step->config;
    uint32_t threads = linalg_group_size(gpu, 64), n = config->architecture.d_sae;
    struct sae_dense_backward_params params = {
        .rows = (uint32_t)block->pi.rows,
        .n = n,
        .first_row = block->first,
        .sums_stride = step->optimiser->sums_stride,
        .sparsity = (float)(step->sparsity / config->batch),
        .bandwidth = (float)config->bandwidth,
        .penalty = config->sparsity,
        .target = (float)config->target_l0,
        .to_input = config->gradient_to_input,
        .weighted = sae_step_is_weighted(config),
    };
    bool gated = config->architecture.activation == SAE_GATED;
    struct gpu_buffer *gate_dots = gated ? step->dense_gate_dots : step->dense_values;
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_dense_backward_kernel,
                 .constants = {threads, config->architecture.activation},
                 .n_constants = 2,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(block->pi.buffer), gpu_whole(step->weights->latent),
                                                gpu_whole(step->weights->norms), gpu_whole(step->dense_dots),
                                                gpu_whole(gate_dots), gpu_whole(step->row_l0),
                                                gpu_whole(step->optimiser->sums), gpu_whole(step->fired)},
                 .n_groups = base_divide_up(n, threads),
             });
}

/* gradient[d_sae, cols] (+)= coefficients[rows, d_sae]ᵀ rows. */
static enum base_status add_gradient(struct gpu *gpu, struct sae_step *step, const struct sae_pi_block *block,
                                     const char *name, struct gpu_buffer *coefficients,
                                     struct gpu_buffer *rows, uint32_t cols)
{
    uint32_t n = step->config->architecture.d_sae;
    return linalg_matmul(
        gpu, &(struct linalg_matmul_call){
                 .a = linalg_matrix_of(coefficients, block->pi.rows, n),
                 .a_is_columns = true,
                 .b = rows_of(rows, block->first, block->pi.rows, cols),
                 .c = linalg_matrix_of(sae_optimiser_find(step->optimiser, name)->gradient, n, cols),
                 .accumulate = block->first > 0,
             });
}

static enum base_status pass_block(struct gpu *gpu, struct sae_step *step, const struct sae_pi_block *block)
{
    const struct sae_architecture *a = &step->config->architecture;
    BASE_TRY(activate(gpu, step, block));
    if (a->activation == SAE_GATED)
        BASE_TRY(decode(gpu, step, block, step->dense_gates, step->gate_decoded, step->gate_error,
                        step->dense_gate_dots));
    BASE_TRY(decode(gpu, step, block, step->dense_values, step->decoded, step->errors[0], step->dense_dots));
    BASE_TRY(add_gradient(gpu, step, block, "W_dec", step->dense_values, step->errors[0], a->d_out));
    BASE_TRY(sae_watch_block(gpu, step, block->first, (uint32_t)block->pi.rows));
    BASE_TRY(backward(gpu, step, block));
    return add_gradient(gpu, step, block, "W_enc", step->dense_dots, step->forward.centred, a->d_in);
}

/* The gate's squares are summed last, since the rows' squares are one vector for both. */
static enum base_status sum_gate_squares(struct gpu *gpu, struct sae_step *step)
{
    BASE_TRY(sae_step_residual(gpu, step, step->gate_decoded, step->gate_error, 0, step->config->batch));
    return sae_step_sum_rows(gpu, step, step->squares, SAE_SCALAR_GATE_SQUARES);
}

enum base_status sae_step_dense(struct gpu *gpu, struct sae_step *step)
{
    const struct sae_config *config = step->config;
    struct sae_forward_visitor visitor = sae_auxiliary_visitor(step);
    for (uint32_t first = 0; first < config->batch; first += step->forward.block_rows) {
        struct sae_pi_block block;
        uint32_t rows = (uint32_t)base_minimum(step->forward.block_rows, config->batch - first);
        BASE_TRY(sae_forward_block(gpu, &step->forward, step->weights, first, rows, 0, &block));
        if (step->with_auxiliary)
            BASE_TRY(visitor.visit(gpu, visitor.context, &block));
        BASE_TRY(pass_block(gpu, step, &block));
    }
    BASE_TRY(sae_step_sum_rows(gpu, step, step->squares, SAE_SCALAR_ERROR_SQUARES));
    if (config->architecture.activation == SAE_GATED)
        BASE_TRY(sum_gate_squares(gpu, step));
    return sae_step_sum_rows(gpu, step, step->penalties, SAE_SCALAR_PENALTY);
}
