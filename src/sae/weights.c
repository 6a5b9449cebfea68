#include "sae/weights.h"

#include "base/memory.h"
#include "linalg/matrix.h"
#include "linalg/transpose.h"
#include "sae/kernels.h"
#include "sae/params.h"

#include <string.h>

static uint64_t latent_rows(const struct sae_architecture *architecture)
{
    return architecture->activation == SAE_GATED ? 3 : 1;
}

/* Each buffer with its size in elements, in one place for sizes, creation and destruction. */
struct member {
    const char *name;
    struct gpu_buffer **buffer;
    uint64_t elements;
};
enum { MEMBERS = 8 };

static void list_members(const struct sae_architecture *a, struct sae_weights *weights,
                         struct member members[MEMBERS])
{
    uint64_t encoder = (uint64_t)a->d_sae * a->d_in, decoder = (uint64_t)a->d_sae * a->d_out;
    uint64_t skip = a->skip ? (uint64_t)a->d_out * a->d_in : 0;
    const struct member list[MEMBERS] = {
        {"W_enc", &weights->W_enc, encoder},
        {"W_enc transposed", &weights->W_enc_product, encoder},
        {"W_dec", &weights->W_dec, decoder},
        {"W_skip", &weights->W_skip, skip},
        {"b_enc", &weights->b_enc, a->d_sae},
        {"b_dec", &weights->b_dec, a->d_out},
        {"the latents' parameters", &weights->latent, latent_rows(a) * a->d_sae},
        {"decoder norms", &weights->norms, a->d_sae},
    };
    memcpy(members, list, sizeof list);
}

uint64_t sae_weights_bytes(const struct sae_architecture *architecture)
{
    struct sae_weights none;
    struct member members[MEMBERS];
    list_members(architecture, &none, members);
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < MEMBERS; i++)
        bytes += members[i].elements * 4;
    return bytes;
}

enum base_status sae_weights_create(struct gpu *gpu, const struct sae_architecture *architecture,
                                    struct sae_weights *weights)
{
    *weights = (struct sae_weights){.architecture = *architecture};
    struct member members[MEMBERS];
    list_members(architecture, weights, members);
    enum base_status status = BASE_OK;
    for (uint32_t i = 0; i < MEMBERS; i++) {
        if (members[i].elements == 0)
            continue;
        uint64_t most = gpu_capabilities(gpu)->allocation_bytes;
        if (members[i].elements * 4 > most) {
            status = base_fail(BASE_ERROR_DEVICE_MEMORY,
                               "%s needs %llu bytes in one piece, and this device allocates at most %llu; "
                               "use a smaller --d-sae",
                               members[i].name, (unsigned long long)members[i].elements * 4,
                               (unsigned long long)most);
            goto error;
        }
        BASE_CHECK(
            gpu_buffer_create(gpu, members[i].name, members[i].elements * 4, GPU_DEVICE, members[i].buffer));
        BASE_CHECK(gpu_fill(gpu, *members[i].buffer, 0, members[i].elements * 4, 0));
    }
    return BASE_OK;
error:
    sae_weights_destroy(gpu, weights);
    return status;
}

void sae_weights_destroy(struct gpu *gpu, struct sae_weights *weights)
{
    struct member members[MEMBERS];
    list_members(&weights->architecture, weights, members);
    for (uint32_t i = 0; i < MEMBERS; i++)
        gpu_buffer_destroy(gpu, members[i].buffer);
}

uint32_t sae_weights_tensors(const struct sae_weights *weights, struct sae_weight tensors[SAE_MOST_TENSORS])
{
    const struct sae_architecture *a = &weights->architecture;
    bool gated = a->activation == SAE_GATED;
    uint32_t n = 0;
    tensors[n++] = (struct sae_weight){"W_enc", weights->W_enc, 0, a->d_sae, a->d_in};
    if (!gated)
        tensors[n++] = (struct sae_weight){"b_enc", weights->b_enc, 0, 1, a->d_sae};
    tensors[n++] = (struct sae_weight){"W_dec", weights->W_dec, 0, a->d_sae, a->d_out};
    tensors[n++] = (struct sae_weight){"b_dec", weights->b_dec, 0, 1, a->d_out};
    if (a->activation == SAE_JUMPRELU)
        tensors[n++] = (struct sae_weight){"threshold", weights->latent, 0, 1, a->d_sae};
    if (gated) {
        tensors[n++] = (struct sae_weight){"b_gate", weights->latent, 0, 1, a->d_sae};
        tensors[n++] = (struct sae_weight){"b_mag", weights->latent, a->d_sae, 1, a->d_sae};
        tensors[n++] = (struct sae_weight){"r_mag", weights->latent, 2 * (uint64_t)a->d_sae, 1, a->d_sae};
    }
    if (a->skip)
        tensors[n++] = (struct sae_weight){"W_skip", weights->W_skip, 0, a->d_out, a->d_in};
    return n;
}

/* Model and device list the same tensors in the same order: the architectures agree. */
static enum base_status pair_up(const struct sae_weights *weights, const struct sae_model *model,
                                struct sae_weight *on_device, struct sae_tensor *on_host, uint32_t *count)
{
    *count = sae_weights_tensors(weights, on_device);
    bool same = sae_model_tensors(model, on_host) == *count;
    for (uint32_t i = 0; same && i < *count; i++)
        same = strcmp(on_device[i].name, on_host[i].name) == 0 && on_device[i].rows == on_host[i].rows &&
               on_device[i].cols == on_host[i].cols;
    return same ? BASE_OK : base_fail(BASE_ERROR_INTERNAL, "weights of another architecture");
}

enum base_status sae_weights_upload(struct gpu *gpu, struct sae_weights *weights,
                                    const struct sae_model *model)
{
    struct sae_weight to[SAE_MOST_TENSORS];
    struct sae_tensor from[SAE_MOST_TENSORS];
    uint32_t count;
    BASE_TRY(pair_up(weights, model, to, from, &count));
    for (uint32_t i = 0; i < count; i++)
        BASE_TRY(
            gpu_upload(gpu, to[i].buffer, to[i].offset * 4, from[i].values, to[i].rows * to[i].cols * 4));
    return sae_weights_refresh(gpu, weights, SAE_ROWS_FREE);
}

enum base_status sae_weights_download(struct gpu *gpu, const struct sae_weights *weights,
                                      struct sae_model *model)
{
    struct sae_weight from[SAE_MOST_TENSORS];
    struct sae_tensor to[SAE_MOST_TENSORS];
    uint32_t count;
    BASE_TRY(pair_up(weights, model, from, to, &count));
    for (uint32_t i = 0; i < count; i++)
        BASE_TRY(gpu_download(gpu, from[i].buffer, from[i].offset * 4, to[i].values,
                              from[i].rows * from[i].cols * 4));
    return BASE_OK;
}

uint32_t sae_norm_blocks(const struct sae_architecture *a, bool unit)
{
    return unit || sae_selects(a->activation) ? 1 : a->n_inputs;
}

enum gpu_level sae_block_level(const struct gpu *gpu, const struct gpu_kernel *kernel, uint32_t block_cols)
{
    return block_cols % 4 == 0 ? linalg_best_level(gpu, kernel) : GPU_LEVEL_FLOOR;
}

static enum base_status decoder_norms(struct gpu *gpu, struct sae_weights *weights, enum sae_rows rows,
                                      uint32_t blocks, struct gpu_buffer *norms)
{
    const struct sae_architecture *a = &weights->architecture;
    struct linalg_matrix w = linalg_matrix_of(weights->W_dec, a->d_sae, a->d_out);
    for (uint32_t low = 0, high; low < a->d_sae; low = high) {
        high = sae_span_end(gpu, low, a->d_sae, a->d_out);
        struct linalg_window window = linalg_window_of(gpu, &w, low, high - low, 0, a->d_out);
        struct sae_decoder_norms_params params = {
            .low = low,
            .high = high,
            .cols = a->d_out,
            .blocks = blocks,
            .w_base = window.base,
            .unit = rows != SAE_ROWS_FREE,
            .divide = rows == SAE_ROWS_MAKE_UNIT,
        };
        BASE_TRY(
            gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                  .kernel = &sae_decoder_norms_kernel,
                                  .level = sae_block_level(gpu, &sae_decoder_norms_kernel, a->d_out / blocks),
                                  .constants = {sae_threads_of_a_row(gpu)},
                                  .n_constants = 1,
                                  .params = &params,
                                  .ranges = (struct gpu_range[]){window.range, gpu_whole(norms)},
                                  .n_groups = high - low,
                              }));
    }
    return BASE_OK;
}

enum base_status sae_weights_row_norms(struct gpu *gpu, struct sae_weights *weights,
                                       struct gpu_buffer *row_norms)
{
    return decoder_norms(gpu, weights, SAE_ROWS_FREE, 1, row_norms);
}

enum base_status sae_weights_refresh(struct gpu *gpu, struct sae_weights *weights, enum sae_rows rows)
{
    uint32_t blocks = sae_norm_blocks(&weights->architecture, rows != SAE_ROWS_FREE);
    BASE_TRY(decoder_norms(gpu, weights, rows, blocks, weights->norms));
    return sae_weights_derive(gpu, weights);
}

enum base_status sae_weights_derive(struct gpu *gpu, struct sae_weights *weights)
{
    const struct sae_architecture *a = &weights->architecture;
    if (sae_selects(a->activation)) {
        const uint32_t one = 0x3f800000u;
        if (a->rescale_by_decoder_norm)
            BASE_TRY(gpu_copy(gpu, weights->norms, 0, weights->latent, 0, (uint64_t)a->d_sae * 4));
        else
            BASE_TRY(gpu_fill(gpu, weights->latent, 0, (uint64_t)a->d_sae * 4, one));
    }
    struct linalg_matrix from = linalg_matrix_of(weights->W_enc, a->d_sae, a->d_in);
    struct linalg_matrix to = linalg_matrix_of(weights->W_enc_product, a->d_in, a->d_sae);
    return linalg_transpose(gpu, &from, &to);
}

uint32_t sae_span_end(const struct gpu *gpu, uint32_t low, uint32_t bound, uint32_t cols)
{
    uint64_t most = base_maximum(1, linalg_largest_span(gpu) / cols);
    return (uint32_t)base_minimum(bound, low + most);
}

/* The vectors of CPU devices hold 4, 8 or 16; what a thread has of a row is to stay within bounds. */
static uint32_t threads_of_a_vector(const struct gpu *gpu)
{
    return base_maximum(8, base_minimum(gpu_capabilities(gpu)->subgroup_size, 16));
}

uint32_t sae_threads_of_a_row(const struct gpu *gpu)
{
    return linalg_group_size(gpu, gpu_information(gpu)->type == GPU_CPU ? threads_of_a_vector(gpu) : 128);
}

uint32_t sae_threads_of_entries(const struct gpu *gpu, uint32_t entries)
{
    enum { MOST_ROUNDS = 1 << 15 };
    uint32_t threads = sae_threads_of_a_row(gpu);
    while (entries / threads >= MOST_ROUNDS && linalg_group_size(gpu, 2 * (uint64_t)threads) > threads)
        threads *= 2;
    return threads;
}

struct sae_row_layout sae_row_layout(const struct gpu *gpu, const struct gpu_kernel *kernel, uint32_t cols)
{
    /* A CPU device runs a workgroup as a loop over its vectors, and each pays for what the threads have in
     * common (which pair, which coefficient): one vector, if it can be, with much in registers. */
    enum { LEAST = 16, MOST = 128, MOST_FLOATS_ON_CPU = 128 };
    bool cpu = gpu_information(gpu)->type == GPU_CPU;
    uint64_t least = cpu ? threads_of_a_vector(gpu) : LEAST;
    struct sae_row_layout layout = {.level = linalg_best_level(gpu, kernel), .staged = !cpu};
    if (layout.level == GPU_LEVEL_VEC4 && cols % 4 != 0)
        layout.level = GPU_LEVEL_FLOOR;
    uint32_t width = layout.level == GPU_LEVEL_VEC4 ? 4 : 1;
    uint64_t elements = cols / width;
    uint64_t most = linalg_group_size(gpu, MOST);
    if (cpu)
        most = base_minimum(most, base_round_up(base_divide_up(cols, MOST_FLOATS_ON_CPU), least));
    layout.slices = (uint32_t)base_maximum(1, base_divide_up(elements, most));
    /* As few idle threads as whole vectors allow. */
    uint64_t threads = base_round_up(base_divide_up(elements, layout.slices), least);
    layout.threads = (uint32_t)base_minimum(base_maximum(threads, least), most);
    return layout;
}
