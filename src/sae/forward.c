#include "sae/forward.h"

#include "base/memory.h"
#include "linalg/matmul.h"
#include "sae/kernels.h"
#include "sae/params.h"

#include <math.h>

/* Pre-activations made at once: large enough to keep a GPU busy, small enough to stay near its caches. */
static const uint64_t most_block_bytes = 64 << 20;

uint32_t sae_forward_block_rows(const struct gpu *gpu, const struct sae_architecture *a, uint32_t rows)
{
    uint64_t bytes = base_minimum(most_block_bytes, linalg_largest_span(gpu) * 4);
    uint64_t most = base_maximum(1, bytes / 4 / a->d_sae);
    /* Equal blocks rather than full ones and a remainder. */
    uint64_t blocks = base_divide_up(rows, most);
    return (uint32_t)base_divide_up(rows, blocks);
}

static uint32_t blocks_held(const struct gpu *gpu, const struct sae_architecture *a, uint32_t rows)
{
    return a->activation == SAE_BATCHTOPK
               ? (uint32_t)base_divide_up(rows, sae_forward_block_rows(gpu, a, rows))
               : 1;
}

struct sae_lists_shape sae_forward_lists(const struct gpu *gpu, const struct sae_architecture *a,
                                         uint32_t rows, uint32_t capacity)
{
    return (struct sae_lists_shape){
        .rows = rows,
        .capacity = capacity,
        .selects = sae_selects(a->activation),
        .room = a->activation == SAE_TOPK ? capacity / rows : 0,
        .block_rows = sae_forward_block_rows(gpu, a, rows),
        .n = a->d_sae,
    };
}

uint64_t sae_forward_bytes(const struct gpu *gpu, const struct sae_architecture *a, uint32_t rows)
{
    uint64_t pi = (uint64_t)blocks_held(gpu, a, rows) * sae_forward_block_rows(gpu, a, rows) * a->d_sae;
    uint64_t scratch =
        a->activation == SAE_BATCHTOPK ? SAE_SELECT_STATE + SAE_SELECT_BINS + (uint64_t)rows : 0;
    return 4 * (pi + 2 * (uint64_t)rows * a->d_in + 2 * (uint64_t)rows + 1 + scratch);
}

enum base_status sae_forward_create(struct gpu *gpu, const struct sae_architecture *a, uint32_t rows,
                                    struct sae_forward *forward)
{
    *forward = (struct sae_forward){.rows = rows,
                                    .block_rows = sae_forward_block_rows(gpu, a, rows),
                                    .n_blocks = blocks_held(gpu, a, rows)};
    uint64_t matrix = (uint64_t)rows * a->d_in * 4;
    enum base_status status;
    BASE_CHECK(base_allocate(&forward->pi, forward->n_blocks, sizeof *forward->pi, "blocks"));
    for (uint32_t i = 0; i < forward->n_blocks; i++)
        BASE_CHECK(gpu_buffer_create(gpu, "pre-activations", (uint64_t)forward->block_rows * a->d_sae * 4,
                                     GPU_DEVICE, &forward->pi[i]));
    BASE_CHECK(gpu_buffer_create(gpu, "scaled rows", matrix, GPU_DEVICE, &forward->scaled));
    BASE_CHECK(gpu_buffer_create(gpu, "encoder's input", matrix, GPU_DEVICE, &forward->centred));
    BASE_CHECK(gpu_buffer_create(gpu, "rows' moments", (uint64_t)rows * 8, GPU_DEVICE, &forward->moments));
    BASE_CHECK(gpu_buffer_create(gpu, "smallest selected value", 4, GPU_DEVICE, &forward->smallest));
    return BASE_OK;
error:
    sae_forward_destroy(gpu, forward);
    return status;
}

void sae_forward_destroy(struct gpu *gpu, struct sae_forward *forward)
{
    for (uint32_t i = 0; forward->pi && i < forward->n_blocks; i++)
        gpu_buffer_destroy(gpu, &forward->pi[i]);
    base_free(forward->pi);
    gpu_buffer_destroy(gpu, &forward->scaled);
    gpu_buffer_destroy(gpu, &forward->centred);
    gpu_buffer_destroy(gpu, &forward->moments);
    gpu_buffer_destroy(gpu, &forward->smallest);
    sae_select_scratch_free(gpu, &forward->scratch);
    *forward = (struct sae_forward){0};
}

enum base_status sae_forward_prepare(struct gpu *gpu, struct sae_forward *forward,
                                     const struct sae_weights *weights, const struct linalg_matrix *source,
                                     float factor)
{
    const struct sae_architecture *a = &weights->architecture;
    BASE_TRY(linalg_matrix_check(source, "sae_forward_prepare", "the rows"));
    struct linalg_window from = linalg_window_of(gpu, source, 0, source->rows, 0, source->cols);
    struct sae_prepare_params params = {
        .rows = (uint32_t)source->rows,
        .cols = a->d_in,
        .source_base = from.base,
        .source_stride = (uint32_t)source->stride,
        .factor = factor,
        .root = sqrtf((float)a->d_in),
    };
    return gpu_dispatch(
        gpu,
        &(struct gpu_dispatch_parameters){
            .kernel = &sae_prepare_kernel,
            .constants = {sae_threads_of_a_row(gpu), a->scaling, a->apply_b_dec_to_input},
            .n_constants = 3,
            .params = &params,
            .ranges = (struct gpu_range[]){from.range, gpu_whole(weights->b_dec), gpu_whole(forward->scaled),
                                           gpu_whole(forward->centred), gpu_whole(forward->moments)},
            .n_groups = source->rows,
        });
}

enum base_status sae_forward_block(struct gpu *gpu, struct sae_forward *forward,
                                   const struct sae_weights *weights, uint32_t first, uint32_t rows,
                                   uint32_t index, struct sae_pi_block *block)
{
    const struct sae_architecture *a = &weights->architecture;
    block->first = first;
    block->pi = linalg_matrix_of(forward->pi[index], rows, a->d_sae);
    struct linalg_matrix input = linalg_matrix_of(forward->centred, rows, a->d_in);
    input.offset = (uint64_t)first * a->d_in;
    return linalg_matmul(gpu, &(struct linalg_matmul_call){
                                  .a = input,
                                  .b = linalg_matrix_of(weights->W_enc_product, a->d_in, a->d_sae),
                                  .c = block->pi,
                                  .bias = linalg_matrix_of(weights->b_enc, 1, a->d_sae),
                              });
}

/* BatchTopK: all blocks first, then one threshold for all. */
static enum base_status encode_together(struct gpu *gpu, struct sae_forward *forward,
                                        const struct sae_weights *weights, uint32_t rows, double k,
                                        const struct sae_forward_visitor *visitor, struct sae_lists *lists)
{
    uint32_t blocks = (uint32_t)base_divide_up(rows, forward->block_rows);
    const struct sae_rule rule = {SAE_BATCHTOPK, weights->latent, 0};
    struct sae_pi_block *block = NULL;
    struct sae_select_call *calls = NULL;
    enum base_status status;
    BASE_CHECK(base_allocate(&block, blocks, sizeof *block, "blocks"));
    BASE_CHECK(base_allocate(&calls, blocks, sizeof *calls, "blocks"));
    for (uint32_t i = 0; i < blocks; i++) {
        uint32_t first = i * forward->block_rows;
        uint32_t count = (uint32_t)base_minimum(forward->block_rows, rows - first);
        BASE_CHECK(sae_forward_block(gpu, forward, weights, first, count, i, &block[i]));
        if (visitor)
            BASE_CHECK(visitor->visit(gpu, visitor->context, &block[i]));
        calls[i] = sae_lists_selection(lists, &block[i], weights->latent, false);
    }
    struct linalg_matrix smallest = linalg_matrix_of(forward->smallest, 1, 1);
    BASE_CHECK(sae_select_batch(gpu, calls, blocks, (uint64_t)(k * rows), &smallest, &forward->scratch));
    for (uint32_t i = 0; i < blocks; i++)
        BASE_CHECK(sae_lists_append(gpu, lists, &rule, &block[i]));
error:
    base_free(block);
    base_free(calls);
    return status;
}

enum base_status sae_forward_encode(struct gpu *gpu, struct sae_forward *forward,
                                    const struct sae_weights *weights, uint32_t rows, double k,
                                    float half_window, const struct sae_forward_visitor *visitor,
                                    struct sae_lists *lists)
{
    enum sae_activation activation = weights->architecture.activation;
    if (activation == SAE_BATCHTOPK)
        return encode_together(gpu, forward, weights, rows, k, visitor, lists);
    const struct sae_rule rule = {activation, weights->latent, half_window};
    for (uint32_t first = 0; first < rows; first += forward->block_rows) {
        struct sae_pi_block block;
        uint32_t count = (uint32_t)base_minimum(forward->block_rows, rows - first);
        BASE_TRY(sae_forward_block(gpu, forward, weights, first, count, 0, &block));
        if (activation == SAE_TOPK) {
            struct sae_select_call call = sae_lists_selection(lists, &block, weights->latent, true);
            BASE_TRY(sae_select_rows(gpu, &call, (uint64_t)k));
        }
        if (visitor)
            BASE_TRY(visitor->visit(gpu, visitor->context, &block));
        BASE_TRY(sae_lists_append(gpu, lists, &rule, &block));
    }
    return BASE_OK;
}
