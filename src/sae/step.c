#include "sae/step.h"

#include "base/memory.h"
#include "linalg/matmul.h"
#include "linalg/sum.h"
#include "sae/kernels.h"
#include "sae/params.h"

#include <math.h>

_Static_assert(SAE_SCALAR_NESTED_SQUARES + SAE_MOST_WIDTHS - 1 <= SAE_SCALARS,
               "each narrower width has a scalar");

bool sae_step_may_be_dense(const struct sae_config *config)
{
    return !sae_selects(config->architecture.activation);
}

bool sae_step_is_weighted(const struct sae_config *config)
{
    return config->decoder_norm == SAE_NORM_FREE;
}

/* The most pairs of a batch that lists hold. TopK kinds never have more than k a row (k anneals down from
 * d_in). For the others dense products win where more than an eighth of all entries is active, and 1,024 a
 * row bounds the memory. */
static uint32_t capacity_of(const struct sae_config *config)
{
    const struct sae_architecture *a = &config->architecture;
    uint64_t a_row;
    if (sae_step_may_be_dense(config)) {
        /* And so many that any device binds their gradients whole. */
        const uint64_t most = (128u << 20) / 4 / SAE_TERMS;
        a_row = base_minimum(base_maximum(a->d_sae / 8, base_minimum(a->d_sae, 64)), 1024);
        return (uint32_t)base_minimum(a_row * config->batch, most);
    } else {
        double k = a->k;
        if (config->k_anneal > 0)
            k = fmax(k, (double)base_minimum(a->d_in, a->d_sae));
        a_row = base_maximum(1, base_minimum((uint64_t)ceil(k), a->d_sae));
    }
    /* More than any device binds, so that it is refused and not cut. */
    return (uint32_t)base_minimum(a_row * config->batch, UINT32_MAX / 16);
}

static uint32_t aux_capacity_of(const struct sae_config *config)
{
    return config->aux_coefficient > 0
               ? (uint32_t)base_minimum((uint64_t)config->k_aux * config->batch, UINT32_MAX / 2)
               : 0;
}

static struct sae_lists_shape lists_of(const struct gpu *gpu, const struct sae_config *config)
{
    return sae_forward_lists(gpu, &config->architecture, config->batch, capacity_of(config));
}

static struct sae_lists_shape aux_lists_of(const struct sae_config *config)
{
    return (struct sae_lists_shape){.rows = config->batch,
                                    .capacity = aux_capacity_of(config),
                                    .selects = true,
                                    .room = aux_capacity_of(config) / config->batch};
}

/* Dead latents whose values are held at once: a matrix [batch, …] of at most 32 MiB, which one binding holds.
 */
static uint32_t aux_cols_of(const struct gpu *gpu, const struct sae_config *config)
{
    enum { MOST_WORDS = 8 << 20 };
    const struct sae_architecture *a = &config->architecture;
    uint64_t widest = base_maximum(config->batch, base_maximum(a->d_in, a->d_out));
    uint64_t words = base_minimum(MOST_WORDS, linalg_largest_span(gpu));
    return (uint32_t)base_maximum(1, base_minimum(a->d_sae, words / widest));
}

/* Each buffer with its size in words, in one place for sizes, creation and destruction. */
struct member {
    const char *name;
    struct gpu_buffer **buffer;
    uint64_t words;
    bool zeroed;
};
enum { MOST_MEMBERS = 32 + SAE_MOST_WIDTHS };

static uint32_t list_members(const struct sae_config *config, uint32_t block_rows, struct sae_step *step,
                             struct member *list)
{
    const struct sae_architecture *a = &config->architecture;
    uint64_t rows = config->batch, n = a->d_sae, capacity = base_round_up(capacity_of(config), 64);
    uint64_t aux = aux_capacity_of(config), out = rows * a->d_out;
    bool gated = a->activation == SAE_GATED, dense = sae_step_may_be_dense(config);
    uint64_t block = dense ? block_rows * n : 0;
    uint32_t count = 0;
    if (a->transcoder)
        list[count++] = (struct member){"targets", &step->target, out, false};
    list[count++] = (struct member){"decoded rows", &step->decoded, out, false};
    for (uint32_t g = 0; g < config->n_widths; g++)
        list[count++] = (struct member){"errors", &step->errors[g], out, false};
    list[count++] = (struct member){"squared errors", &step->squares, rows, false};
    list[count++] = (struct member){"penalties", &step->penalties, rows, false};
    list[count++] = (struct member){"columns' sums", &step->columns, 2 * base_round_up(a->d_out, 64), false};
    list[count++] = (struct member){"projection on b_dec", &step->projection, a->d_in, false};
    list[count++] = (struct member){"scalars", &step->scalars, SAE_SCALARS, true};
    list[count++] = (struct member){"pairs' dots", &step->back.dots, gated ? 2 * capacity : capacity, false};
    list[count++] = (struct member){"pairs by latent", &step->back.order, capacity, false};
    list[count++] = (struct member){"latents' pairs", &step->back.starts, n + 1, false};
    list[count++] = (struct member){"pairs' gradients", &step->terms, capacity * SAE_TERMS, false};
    list[count++] = (struct member){"rows' L0", &step->row_l0, base_maximum(capacity, rows), true};
    if (gated) {
        list[count++] = (struct member){"gates", &step->gates, capacity, false};
        list[count++] = (struct member){"rows decoded from gates", &step->gate_decoded, out, false};
        list[count++] = (struct member){"gates' errors", &step->gate_error, out, false};
    }
    list[count++] = (struct member){"dense values", &step->dense_values, block, false};
    list[count++] = (struct member){"dense dots", &step->dense_dots, block, false};
    list[count++] = (struct member){"dense gates", &step->dense_gates, gated ? block : 0, false};
    list[count++] = (struct member){"dense gates' dots", &step->dense_gate_dots, gated ? block : 0, false};
    uint64_t cols = aux ? step->aux_cols : 0;
    list[count++] = (struct member){"dead latents", &step->aux_ids, aux ? n : 0, false};
    list[count++] = (struct member){"dead latents' places", &step->aux_slots, aux ? n : 0, false};
    list[count++] = (struct member){"dead latents chosen", &step->aux_chosen, aux && aux < n ? n : 0, false};
    list[count++] = (struct member){"dead latents' values", &step->aux_values, rows * cols, false};
    list[count++] = (struct member){"dead latents' dots", &step->aux_dots, rows * cols, false};
    list[count++] = (struct member){"dead latents' decoder", &step->aux_decoder, cols * a->d_out, false};
    list[count++] = (struct member){"dead latents' gradient", &step->aux_gradient,
                                    cols * base_maximum(a->d_in, a->d_out), false};
    list[count++] = (struct member){"dead latents' sums", &step->aux_sums, cols, false};
    list[count++] =
        (struct member){"rows decoded from dead latents", &step->aux_decoded, aux ? out : 0, false};
    list[count++] = (struct member){"latents' firing", &step->fired, n, true};
    list[count++] = (struct member){"latents' firing in all", &step->fired_total, n, true};
    list[count++] = (struct member){"latents' silence", &step->silent, n, true};
    list[count++] = (struct member){"dead latents' weights", &step->dead_weights, n, true};
    list[count++] = (struct member){"counts", &step->counts, 2, true};
    return count;
}

static uint32_t block_rows_of(const struct gpu *gpu, const struct sae_config *config)
{
    return sae_forward_block_rows(gpu, &config->architecture, config->batch);
}

uint64_t sae_step_bytes(const struct gpu *gpu, const struct sae_config *config)
{
    struct sae_step none = {.aux_cols = aux_cols_of(gpu, config)};
    struct member list[MOST_MEMBERS];
    uint32_t count = list_members(config, block_rows_of(gpu, config), &none, list);
    uint64_t words = 0;
    struct sae_lists_shape lists = lists_of(gpu, config), aux_lists = aux_lists_of(config);
    for (uint32_t i = 0; i < count; i++)
        words += list[i].words;
    return 4 * words + linalg_sort_bytes(gpu, capacity_of(config), config->architecture.d_sae) +
           sae_forward_bytes(gpu, &config->architecture, config->batch) + sae_lists_bytes(&lists) +
           (aux_lists.capacity > 0 ? sae_lists_bytes(&aux_lists) : 0);
}

uint64_t sae_step_largest(const struct gpu *gpu, const struct sae_config *config)
{
    struct sae_step none = {.aux_cols = aux_cols_of(gpu, config)};
    struct member list[MOST_MEMBERS];
    uint32_t count = list_members(config, block_rows_of(gpu, config), &none, list);
    uint64_t words = (uint64_t)block_rows_of(gpu, config) * config->architecture.d_sae; /* pre-activations */
    for (uint32_t i = 0; i < count; i++)
        words = base_maximum(words, list[i].words);
    return 4 * words;
}

uint64_t sae_step_list_bytes(const struct sae_config *config)
{
    uint64_t pairs = base_round_up(capacity_of(config), 64);
    return 4 * base_maximum(pairs * SAE_TERMS, aux_capacity_of(config) + 2 * (uint64_t)config->batch);
}

enum base_status sae_step_create(struct gpu *gpu, const struct sae_config *config,
                                 struct sae_weights *weights, struct sae_optimiser *optimiser,
                                 struct sae_step *step)
{
    *step = (struct sae_step){.config = config, .weights = weights, .optimiser = optimiser};
    step->columns_stride = (uint32_t)base_round_up(config->architecture.d_out, 64);
    step->aux_cols = aux_cols_of(gpu, config);
    struct member list[MOST_MEMBERS];
    struct sae_lists_shape lists = lists_of(gpu, config), aux_lists = aux_lists_of(config);
    uint32_t count = list_members(config, block_rows_of(gpu, config), step, list);
    enum base_status status;
    for (uint32_t i = 0; i < count; i++) {
        if (list[i].words == 0)
            continue;
        BASE_CHECK(gpu_buffer_create(gpu, list[i].name, list[i].words * 4, GPU_DEVICE, list[i].buffer));
        if (list[i].zeroed)
            BASE_CHECK(gpu_fill(gpu, *list[i].buffer, 0, list[i].words * 4, 0));
    }
    BASE_CHECK(sae_forward_create(gpu, &config->architecture, config->batch, &step->forward));
    BASE_CHECK(sae_lists_create(gpu, &lists, &step->lists));
    BASE_CHECK(
        linalg_sort_reserve(gpu, capacity_of(config), config->architecture.d_sae, &step->back.scratch));
    if (aux_lists.capacity > 0)
        BASE_CHECK(sae_lists_create(gpu, &aux_lists, &step->aux_lists));
    if (!config->architecture.transcoder)
        step->target = step->forward.scaled;
    return BASE_OK;
error:
    sae_step_destroy(gpu, step);
    return status;
}

void sae_step_destroy(struct gpu *gpu, struct sae_step *step)
{
    if (!step->config)
        return;
    if (step->target == step->forward.scaled)
        step->target = NULL;
    struct member list[MOST_MEMBERS];
    uint32_t count = list_members(step->config, 1, step, list);
    for (uint32_t i = 0; i < count; i++)
        gpu_buffer_destroy(gpu, list[i].buffer);
    gpu_buffer_destroy(gpu, &step->value_sums);
    gpu_buffer_destroy(gpu, &step->row_norms);
    gpu_buffer_destroy(gpu, &step->watched);
    sae_forward_destroy(gpu, &step->forward);
    sae_lists_destroy(gpu, &step->lists);
    sae_lists_destroy(gpu, &step->aux_lists);
    linalg_sort_scratch_free(gpu, &step->back.scratch);
    *step = (struct sae_step){0};
}

/* ---- errors ---- */

enum base_status sae_step_target(struct gpu *gpu, struct sae_step *step, const struct linalg_matrix *source,
                                 float factor)
{
    uint32_t rows = step->config->batch, cols = step->config->architecture.d_out;
    struct linalg_window from = linalg_window_of(gpu, source, 0, rows, 0, cols);
    struct sae_prepare_params params = {
        .rows = rows,
        .cols = cols,
        .source_base = from.base,
        .source_stride = (uint32_t)source->stride,
        .factor = factor,
    };
    /* Neither scaling by row nor bias; what would be the encoder's input goes where the decoding will stand.
     */
    return gpu_dispatch(gpu,
                        &(struct gpu_dispatch_parameters){
                            .kernel = &sae_prepare_kernel,
                            .constants = {sae_threads_of_a_row(gpu), SAE_SCALING_NONE, 0},
                            .n_constants = 3,
                            .params = &params,
                            .ranges = (struct gpu_range[]){from.range, gpu_whole(step->weights->b_dec),
                                                           gpu_whole(step->target), gpu_whole(step->decoded),
                                                           gpu_whole(step->forward.moments)},
                            .n_groups = rows,
                        });
}

enum base_status sae_step_residual(struct gpu *gpu, struct sae_step *step, struct gpu_buffer *decoded,
                                   struct gpu_buffer *error, uint32_t first, uint32_t rows)
{
    uint32_t cols = step->config->architecture.d_out;
    struct sae_residual_params params = {
        .first_row = first,
        .rows = rows,
        .cols = cols,
        .scale = 2.0f / (float)step->config->batch,
    };
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &sae_residual_kernel,
                                 .constants = {sae_threads_of_a_row(gpu)},
                                 .n_constants = 1,
                                 .params = &params,
                                 .ranges = (struct gpu_range[]){gpu_whole(decoded), gpu_whole(step->target),
                                                                gpu_whole(error), gpu_whole(step->squares)},
                                 .n_groups = rows,
                             });
}

enum base_status sae_step_sum_rows(struct gpu *gpu, struct sae_step *step, struct gpu_buffer *rows,
                                   uint32_t scalar)
{
    struct linalg_sum_call call = {
        .source = linalg_matrix_of(rows, 1, step->config->batch),
        .sums = linalg_matrix_of(step->scalars, 1, 1),
        .direction = LINALG_ACROSS,
    };
    call.sums.offset = scalar;
    return linalg_sum(gpu, &call);
}

static enum base_status sum_columns(struct gpu *gpu, struct sae_step *step, struct gpu_buffer *rows,
                                    uint32_t which)
{
    uint32_t cols = step->config->architecture.d_out;
    struct linalg_sum_call call = {
        .source = linalg_matrix_of(rows, step->config->batch, cols),
        .sums = linalg_matrix_of(step->columns, 1, cols),
        .direction = LINALG_DOWN,
    };
    call.sums.offset = (uint64_t)which * step->columns_stride;
    return linalg_sum(gpu, &call);
}

enum base_status sae_step_scalars(struct gpu *gpu, struct sae_step *step)
{
    const struct sae_config *config = step->config;
    uint32_t cols = config->architecture.d_out, widest = config->n_widths - 1;
    struct linalg_sum_call squares = {
        .source = linalg_matrix_of(step->target, 1, (uint64_t)config->batch * cols),
        .sums = linalg_matrix_of(step->scalars, 1, 1),
        .direction = LINALG_ACROSS,
        .squared = true,
    };
    squares.sums.offset = SAE_SCALAR_TARGET_SQUARES;
    BASE_TRY(linalg_sum(gpu, &squares));
    BASE_TRY(sum_columns(gpu, step, step->target, 0));
    BASE_TRY(sum_columns(gpu, step, step->errors[widest], 1));
    struct sae_scalars_params params = {
        .cols = cols,
        .cols_stride = step->columns_stride,
        .rows = (float)config->batch,
        .error_scale = 2.0f / (float)config->batch,
        .coefficient = (float)config->aux_coefficient,
    };
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_scalars_kernel,
                 .constants = {sae_threads_of_a_row(gpu)},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(step->columns), gpu_whole(step->scalars)},
                 .n_groups = 1,
             });
}

/* ---- what latents' pairs add up to ---- */

enum base_status sae_back_sort(struct gpu *gpu, const struct sae_lists *lists, uint32_t d_sae, uint32_t pairs,
                               struct sae_back *back)
{
    struct linalg_sort_call call = {
        .keys = linalg_matrix_of(lists->latents, 1, pairs),
        .count = linalg_matrix_of(lists->offsets, 1, 1),
        .order = linalg_matrix_of(back->order, 1, pairs),
        .starts = linalg_matrix_of(back->starts, 1, (uint64_t)d_sae + 1),
        .n_keys = d_sae,
    };
    call.count.offset = lists->rows;
    return linalg_sort(gpu, &call, &back->scratch);
}

enum base_status sae_gradient_rows(struct gpu *gpu, const struct sae_gradient_call *call)
{
    struct sae_row_layout layout = sae_row_layout(gpu, &sae_gradient_rows_kernel, call->cols);
    struct linalg_matrix gradient = linalg_matrix_of(call->gradient, call->high, call->cols);
    struct gpu_range whole = gpu_whole(call->rows);
    uint64_t rows = gpu_address(gpu, &whole);
    for (uint32_t low = call->low, high; low < call->high; low = high) {
        high = sae_span_end(gpu, low, call->high, call->cols);
        struct linalg_window window = linalg_window_of(gpu, &gradient, low, high - low, 0, call->cols);
        struct sae_gradient_rows_params params = {
            .low = low,
            .high = high,
            .cols = call->cols,
            .gradient_base = window.base,
            .coefficient_stride = call->stride,
            .coefficient_first = call->first,
            .rows_low = (uint32_t)rows,
            .rows_high = (uint32_t)(rows >> 32),
        };
        BASE_TRY(gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                       .kernel = &sae_gradient_rows_kernel,
                                       .level = layout.level,
                                       .constants = {layout.threads, layout.slices, layout.staged},
                                       .n_constants = 3,
                                       .params = &params,
                                       .ranges = (struct gpu_range[]){gpu_whole(call->back->starts),
                                                                      gpu_whole(call->back->order),
                                                                      gpu_whole(call->lists->pair_rows),
                                                                      gpu_whole(call->coefficients),
                                                                      gpu_whole(call->rows), window.range},
                                       .n_groups = high - low,
                                   }));
    }
    return BASE_OK;
}

enum base_status sae_latent_sums(struct gpu *gpu, struct sae_step *step)
{
    uint32_t threads = linalg_group_size(gpu, 64), n = step->config->architecture.d_sae;
    struct sae_latent_sums_params params = {.n = n, .sums_stride = step->optimiser->sums_stride};
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_latent_sums_kernel,
                 .constants = {threads},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(step->back.starts), gpu_whole(step->back.order),
                                                gpu_whole(step->terms), gpu_whole(step->lists.values),
                                                gpu_whole(step->optimiser->sums), gpu_whole(step->fired)},
                 .n_groups = base_divide_up(n, threads),
             });
}

/* ---- the rest of the gradients ---- */

static enum base_status add(struct gpu *gpu, struct gpu_buffer *from, struct gpu_buffer *to, uint32_t count,
                            float scale)
{
    uint32_t threads = linalg_group_size(gpu, 128);
    struct sae_add_params params = {.count = count, .scale = scale};
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &sae_add_kernel,
                                 .constants = {threads},
                                 .n_constants = 1,
                                 .params = &params,
                                 .ranges = (struct gpu_range[]){gpu_whole(from), gpu_whole(to)},
                                 .n_groups = base_divide_up(count, threads),
                             });
}

/* b_dec is added to the decoding and taken off the encoder's input: the errors' sum, less what the
 * pre-activations' gradients say to the input. */
static enum base_status finish_b_dec(struct gpu *gpu, struct sae_step *step)
{
    const struct sae_architecture *a = &step->config->architecture;
    struct gpu_buffer *gradient = sae_optimiser_find(step->optimiser, "b_dec")->gradient;
    if (step->config->n_widths == 1) /* these were summed for the scalars */
        BASE_TRY(gpu_copy(gpu, step->columns, 4 * (uint64_t)step->columns_stride, gradient, 0,
                          4 * (uint64_t)a->d_out));
    else
        BASE_TRY(
            linalg_sum(gpu, &(struct linalg_sum_call){
                                .source = linalg_matrix_of(step->errors[0], step->config->batch, a->d_out),
                                .sums = linalg_matrix_of(gradient, 1, a->d_out),
                                .direction = LINALG_DOWN,
                            }));
    if (!a->apply_b_dec_to_input)
        return BASE_OK;
    BASE_TRY(linalg_sum(gpu, &(struct linalg_sum_call){
                                 .source = linalg_matrix_of(step->weights->W_enc, a->d_sae, a->d_in),
                                 .weights = linalg_matrix_of(step->optimiser->sums, 1, a->d_sae),
                                 .sums = linalg_matrix_of(step->projection, 1, a->d_in),
                                 .direction = LINALG_DOWN,
                             }));
    return add(gpu, step->projection, gradient, a->d_in, -1);
}

static enum base_status finish_skip(struct gpu *gpu, struct sae_step *step)
{
    const struct sae_architecture *a = &step->config->architecture;
    if (!a->skip)
        return BASE_OK;
    uint32_t rows = step->config->batch;
    return linalg_matmul(
        gpu,
        &(struct linalg_matmul_call){
            .a = linalg_matrix_of(step->errors[0], rows, a->d_out),
            .a_is_columns = true,
            .b = linalg_matrix_of(step->forward.scaled, rows, a->d_in),
            .c = linalg_matrix_of(sae_optimiser_find(step->optimiser, "W_skip")->gradient, a->d_out, a->d_in),
        });
}

enum base_status sae_step_finish(struct gpu *gpu, struct sae_step *step)
{
    BASE_TRY(finish_b_dec(gpu, step));
    return finish_skip(gpu, step);
}
