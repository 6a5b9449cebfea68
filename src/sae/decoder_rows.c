/* What the optimiser does to the decoder, a latent's row at a time: the norms' part of the gradient, Adam,
 * and the norm of what comes out. */
#include "base/memory.h"
#include "linalg/matrix.h"
#include "sae/kernels.h"
#include "sae/optimiser.h"
#include "sae/params.h"

enum base_status sae_decoder_factors(struct gpu *gpu, struct sae_optimiser *optimiser, bool project)
{
    const struct sae_parameter *decoder = sae_optimiser_find(optimiser, "W_dec");
    uint32_t n = (uint32_t)decoder->weight.rows, cols = (uint32_t)decoder->weight.cols;
    struct linalg_matrix w = linalg_matrix_of(decoder->weight.buffer, n, cols);
    struct linalg_matrix gradient = linalg_matrix_of(decoder->gradient, n, cols);
    enum gpu_level level = sae_block_level(gpu, &sae_decoder_factors_kernel, cols / optimiser->factor_blocks);
    for (uint32_t low = 0, high; low < n; low = high) {
        high = sae_span_end(gpu, low, n, cols);
        struct linalg_window values = linalg_window_of(gpu, &w, low, high - low, 0, cols);
        struct linalg_window from = linalg_window_of(gpu, &gradient, low, high - low, 0, cols);
        struct sae_decoder_factors_params params = {
            .low = low,
            .high = high,
            .cols = cols,
            .blocks = optimiser->factor_blocks,
            .w_base = values.base,
            .gradient_base = from.base,
            .sums_base = SAE_TERM_NORM * optimiser->sums_stride,
            .project = project,
        };
        BASE_TRY(
            gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                  .kernel = &sae_decoder_factors_kernel,
                                  .level = level,
                                  .constants = {sae_threads_of_a_row(gpu)},
                                  .n_constants = 1,
                                  .params = &params,
                                  .ranges = (struct gpu_range[]){values.range, gpu_whole(optimiser->sums),
                                                                 from.range, gpu_whole(optimiser->factors),
                                                                 gpu_whole(optimiser->row_squares)},
                                  .n_groups = high - low,
                              }));
    }
    return BASE_OK;
}

enum base_status sae_decoder_adam(struct gpu *gpu, struct sae_optimiser *optimiser, bool unit,
                                  const struct sae_adam_params *constants)
{
    struct sae_weights *weights = optimiser->weights;
    const struct sae_parameter *decoder = sae_optimiser_find(optimiser, "W_dec");
    uint32_t n = (uint32_t)decoder->weight.rows, cols = (uint32_t)decoder->weight.cols;
    uint32_t blocks = sae_norm_blocks(&weights->architecture, unit);
    enum gpu_level level = sae_block_level(gpu, &sae_adam_rows_kernel, cols / blocks);
    struct gpu_buffer *const buffers[] = {decoder->weight.buffer, decoder->first, decoder->second,
                                          decoder->gradient};
    for (uint32_t low = 0, high; low < n; low = high) {
        high = sae_span_end(gpu, low, n, cols);
        struct linalg_window windows[4];
        for (uint32_t i = 0; i < 4; i++) {
            struct linalg_matrix matrix = linalg_matrix_of(buffers[i], n, cols);
            windows[i] = linalg_window_of(gpu, &matrix, low, high - low, 0, cols);
        }
        struct sae_adam_rows_params params = {
            .low = low,
            .high = high,
            .cols = cols,
            .blocks = blocks,
            .value_base = windows[0].base,
            .first_base = windows[1].base,
            .second_base = windows[2].base,
            .gradient_base = windows[3].base,
            .with_factors = optimiser->factor_blocks > 0,
            .unit = unit,
            .rate = constants->rate,
            .root = constants->root,
            .beta1 = constants->beta1,
            .beta2 = constants->beta2,
            .new1 = constants->new1,
            .new2 = constants->new2,
            .epsilon = constants->epsilon,
        };
        BASE_TRY(gpu_dispatch(
            gpu, &(struct gpu_dispatch_parameters){
                     .kernel = &sae_adam_rows_kernel,
                     .level = level,
                     .constants = {sae_threads_of_a_row(gpu)},
                     .n_constants = 1,
                     .params = &params,
                     .ranges = (struct gpu_range[]){windows[0].range, windows[1].range, windows[2].range,
                                                    windows[3].range, gpu_whole(optimiser->control),
                                                    gpu_whole(optimiser->factors), gpu_whole(weights->norms)},
                     .n_groups = high - low,
                 }));
    }
    return BASE_OK;
}
