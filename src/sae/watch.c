/* What onlookers see of a step's values: sums by latent, and one latent's values row by row. */
#include "base/memory.h"
#include "sae/kernels.h"
#include "sae/params.h"
#include "sae/trainer_internal.h"

enum base_status sae_trainer_watch(struct sae_trainer *trainer, uint32_t latent)
{
    struct gpu *gpu = trainer->gpu;
    struct sae_step *step = &trainer->step;
    const struct sae_config *config = &trainer->config;
    step->watched_latent = latent < config->architecture.d_sae ? latent : SAE_WATCH_NONE;
    if (step->value_sums)
        return BASE_OK;
    BASE_TRY(
        gpu_buffer_create(gpu, "a latent's values", (uint64_t)config->batch * 4, GPU_DEVICE, &step->watched));
    BASE_TRY(gpu_fill(gpu, step->watched, 0, (uint64_t)config->batch * 4, 0));
    if (sae_norm_blocks(&config->architecture, config->decoder_norm == SAE_NORM_UNIT) > 1) {
        BASE_TRY(gpu_buffer_create(gpu, "decoder rows' norms", (uint64_t)config->architecture.d_sae * 4,
                                   GPU_DEVICE, &step->row_norms));
        BASE_TRY(sae_weights_row_norms(gpu, &trainer->weights, step->row_norms));
    }
    return gpu_buffer_create(gpu, "latents' values", (uint64_t)config->architecture.d_sae * 4, GPU_DEVICE,
                             &step->value_sums);
}

enum base_status sae_watch_pairs(struct gpu *gpu, struct sae_step *step)
{
    if (!step->value_sums)
        return BASE_OK;
    uint32_t threads = linalg_group_size(gpu, 64), n = step->config->architecture.d_sae;
    struct sae_watch_pairs_params params = {.n = n, .watched = step->watched_latent};
    BASE_TRY(gpu_fill(gpu, step->watched, 0, (uint64_t)step->config->batch * 4, 0));
    return gpu_dispatch(
        gpu,
        &(struct gpu_dispatch_parameters){
            .kernel = &sae_watch_pairs_kernel,
            .constants = {threads},
            .n_constants = 1,
            .params = &params,
            .ranges = (struct gpu_range[]){gpu_whole(step->back.starts), gpu_whole(step->back.order),
                                           gpu_whole(step->lists.pair_rows), gpu_whole(step->lists.values),
                                           gpu_whole(step->value_sums), gpu_whole(step->watched)},
            .n_groups = base_divide_up(n, threads),
        });
}

enum base_status sae_watch_block(struct gpu *gpu, struct sae_step *step, uint32_t first, uint32_t rows)
{
    if (!step->value_sums)
        return BASE_OK;
    uint32_t threads = linalg_group_size(gpu, 64), n = step->config->architecture.d_sae;
    struct sae_watch_block_params params = {
        .n = n, .rows = rows, .first_row = first, .watched = step->watched_latent};
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_watch_block_kernel,
                 .constants = {threads},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(step->dense_values), gpu_whole(step->value_sums),
                                                gpu_whole(step->watched)},
                 .n_groups = base_divide_up(n, threads),
             });
}
