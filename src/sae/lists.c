#include "sae/lists.h"

#include "base/memory.h"
#include "sae/kernels.h"
#include "sae/params.h"

enum { MEMBERS = 7 };
struct member {
    const char *name;
    struct gpu_buffer **buffer;
    uint64_t words;
};

static uint64_t marks_of(const struct sae_lists_shape *shape)
{
    if (shape->selects)
        return (2 + (uint64_t)shape->room) * shape->rows;
    return shape->block_rows * base_divide_up(shape->n, 32);
}

static void list_members(const struct sae_lists_shape *shape, struct sae_lists *lists,
                         struct member members[MEMBERS])
{
    uint64_t rows = shape->rows, capacity = base_maximum(shape->capacity, 1);
    members[0] = (struct member){"active latents a row", &lists->counts, rows};
    members[1] = (struct member){"active latents' marks", &lists->marks, marks_of(shape)};
    members[2] = (struct member){"where rows' pairs begin", &lists->offsets, rows + 1};
    members[3] = (struct member){"pairs' latents", &lists->latents, capacity};
    members[4] = (struct member){"pairs' rows", &lists->pair_rows, capacity};
    members[5] = (struct member){"pairs' pre-activations", &lists->pre, capacity};
    members[6] = (struct member){"pairs' values", &lists->values, capacity};
}

uint64_t sae_lists_bytes(const struct sae_lists_shape *shape)
{
    struct sae_lists none;
    struct member members[MEMBERS];
    list_members(shape, &none, members);
    uint64_t words = 0;
    for (uint32_t i = 0; i < MEMBERS; i++)
        words += members[i].words;
    return words * 4;
}

enum base_status sae_lists_create(struct gpu *gpu, const struct sae_lists_shape *shape,
                                  struct sae_lists *lists)
{
    *lists = (struct sae_lists){.rows = shape->rows, .capacity = shape->capacity, .room = shape->room};
    struct member members[MEMBERS];
    list_members(shape, lists, members);
    enum base_status status;
    for (uint32_t i = 0; i < MEMBERS; i++) {
        BASE_CHECK(
            gpu_buffer_create(gpu, members[i].name, members[i].words * 4, GPU_DEVICE, members[i].buffer));
        BASE_CHECK(gpu_fill(gpu, *members[i].buffer, 0, members[i].words * 4, 0));
    }
    return BASE_OK;
error:
    sae_lists_destroy(gpu, lists);
    return status;
}

void sae_lists_destroy(struct gpu *gpu, struct sae_lists *lists)
{
    struct member members[MEMBERS];
    list_members(&(struct sae_lists_shape){0}, lists, members);
    for (uint32_t i = 0; i < MEMBERS; i++)
        gpu_buffer_destroy(gpu, members[i].buffer);
}

struct sae_select_call sae_lists_selection(const struct sae_lists *lists, const struct sae_pi_block *block,
                                           struct gpu_buffer *weights, bool chosen)
{
    uint64_t rows = block->pi.rows;
    struct sae_select_call call = {
        .pi = block->pi,
        .weights = linalg_matrix_of(weights, 1, block->pi.cols),
        .selection = linalg_matrix_of(lists->marks, 1, 2 * rows),
        .counts = linalg_matrix_of(lists->counts, 1, rows),
    };
    call.selection.offset = 2 * (uint64_t)block->first;
    call.counts.offset = block->first;
    if (chosen) {
        call.chosen = linalg_matrix_of(lists->marks, rows, lists->room);
        call.chosen.offset = 2 * (uint64_t)lists->rows + (uint64_t)block->first * lists->room;
    }
    return call;
}

static enum base_status mark(struct gpu *gpu, struct sae_lists *lists, const struct sae_rule *rule,
                             const struct sae_pi_block *block, const struct linalg_window *pi)
{
    struct sae_mark_params params = {
        .rows = (uint32_t)block->pi.rows,
        .cols = (uint32_t)block->pi.cols,
        .pi_base = pi->base,
        .pi_stride = (uint32_t)block->pi.stride,
        .first_row = block->first,
        .half_window = rule->half_window,
    };
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_mark_kernel,
                 .level = linalg_matrix_is_fours(&block->pi) ? gpu_best_level(gpu, &sae_mark_kernel)
                                                             : GPU_LEVEL_FLOOR,
                 .constants = {sae_threads_of_a_row(gpu), rule->activation},
                 .n_constants = 2,
                 .params = &params,
                 .ranges = (struct gpu_range[]){pi->range, gpu_whole(rule->latent), gpu_whole(lists->counts),
                                                gpu_whole(lists->marks)},
                 .n_groups = block->pi.rows,
             });
}

static enum base_status add_offsets(struct gpu *gpu, struct sae_lists *lists,
                                    const struct sae_pi_block *block)
{
    struct sae_offsets_params params = {.first = block->first, .rows = (uint32_t)block->pi.rows};
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_offsets_kernel,
                 .constants = {linalg_group_size(gpu, 128)},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(lists->counts), gpu_whole(lists->offsets)},
                 .n_groups = 1,
             });
}

enum base_status sae_lists_append(struct gpu *gpu, struct sae_lists *lists, const struct sae_rule *rule,
                                  const struct sae_pi_block *block)
{
    struct linalg_window pi = linalg_window_of(gpu, &block->pi, 0, block->pi.rows, 0, block->pi.cols);
    if (!sae_selects(rule->activation))
        BASE_TRY(mark(gpu, lists, rule, block, &pi));
    BASE_TRY(add_offsets(gpu, lists, block));
    struct sae_fill_params params = {
        .rows = (uint32_t)block->pi.rows,
        .cols = (uint32_t)block->pi.cols,
        .pi_base = pi.base,
        .pi_stride = (uint32_t)block->pi.stride,
        .first_row = block->first,
        .capacity = lists->capacity,
        .chosen_base = 2 * lists->rows,
        .room = rule->activation == SAE_TOPK ? lists->room : 0,
    };
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_fill_kernel,
                 .level = linalg_matrix_is_fours(&block->pi) ? gpu_best_level(gpu, &sae_fill_kernel)
                                                             : GPU_LEVEL_FLOOR,
                 .constants = {sae_threads_of_a_row(gpu), rule->activation},
                 .n_constants = 2,
                 .params = &params,
                 .ranges = (struct gpu_range[]){pi.range, gpu_whole(rule->latent), gpu_whole(lists->marks),
                                                gpu_whole(lists->offsets), gpu_whole(lists->latents),
                                                gpu_whole(lists->pair_rows), gpu_whole(lists->pre),
                                                gpu_whole(lists->values)},
                 .n_groups = block->pi.rows,
             });
}

enum base_status sae_lists_gate(struct gpu *gpu, struct sae_lists *lists, const struct sae_weights *weights,
                                uint32_t rows, struct gpu_buffer *gates)
{
    uint32_t threads = linalg_group_size(gpu, 128);
    struct sae_pairs_gate_params params = {
        .rows = rows, .n = weights->architecture.d_sae, .capacity = lists->capacity};
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_pairs_gate_kernel,
                 .constants = {threads},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(lists->offsets), gpu_whole(lists->latents),
                                                gpu_whole(lists->pre), gpu_whole(weights->latent),
                                                gpu_whole(lists->values), gpu_whole(gates)},
                 .n_groups = base_divide_up(lists->capacity, threads),
             });
}

/* The decoder's rows of a span as one binding. */
static struct linalg_window decoder_window(const struct gpu *gpu, const struct sae_weights *weights,
                                           uint32_t low, uint32_t high)
{
    struct linalg_matrix w =
        linalg_matrix_of(weights->W_dec, weights->architecture.d_sae, weights->architecture.d_out);
    return linalg_window_of(gpu, &w, low, high - low, 0, w.cols);
}

enum base_status sae_lists_decode(struct gpu *gpu, const struct sae_lists *lists,
                                  const struct sae_weights *weights, struct gpu_buffer *values, uint32_t rows,
                                  uint32_t low, uint32_t high, bool go_on, struct gpu_buffer *decoded)
{
    uint32_t cols = weights->architecture.d_out;
    struct sae_row_layout layout = sae_row_layout(gpu, &sae_decode_kernel, cols);
    for (uint32_t from = low, to; from < high; from = to) {
        to = sae_span_end(gpu, from, high, cols);
        struct linalg_window w = decoder_window(gpu, weights, from, to);
        uint64_t w_address = gpu_address(gpu, &w.range);
        struct sae_decode_params params = {
            .rows = rows,
            .cols = cols,
            .low = from,
            .high = to,
            .w_base = w.base,
            .go_on = go_on || from > low,
            .w_low = (uint32_t)w_address,
            .w_high = (uint32_t)(w_address >> 32),
        };
        BASE_TRY(gpu_dispatch(
            gpu, &(struct gpu_dispatch_parameters){
                     .kernel = &sae_decode_kernel,
                     .level = layout.level,
                     .constants = {layout.threads, layout.slices, layout.staged},
                     .n_constants = 3,
                     .params = &params,
                     .ranges = (struct gpu_range[]){gpu_whole(lists->offsets), gpu_whole(lists->latents),
                                                    gpu_whole(values), w.range, gpu_whole(weights->b_dec),
                                                    gpu_whole(decoded)},
                     .n_groups = rows,
                 }));
    }
    return BASE_OK;
}

/* Workgroups that share a row's pairs where each thread goes through a pair's elements alone: so many that
 * none has more rounds of loops than Mesa 22's CPU driver lets a shader have. */
static uint32_t parts_of(const struct sae_row_layout *layout, uint32_t latents, uint32_t cols)
{
    enum { MOST_ROUNDS = 49152 };
    if (layout->staged)
        return 1;
    uint64_t elements = layout->level == GPU_LEVEL_VEC4 ? cols / 4 : cols;
    uint64_t chunks = base_divide_up(latents, layout->threads);
    return (uint32_t)base_divide_up(chunks, base_maximum(1, MOST_ROUNDS / (elements + 1)));
}

enum base_status sae_lists_dots(struct gpu *gpu, const struct sae_lists *lists,
                                const struct sae_weights *weights, struct gpu_buffer *error, uint32_t rows,
                                uint32_t low, uint32_t high, float scale, struct gpu_range dots)
{
    uint32_t cols = weights->architecture.d_out;
    struct sae_row_layout layout = sae_row_layout(gpu, &sae_latent_gradients_kernel, cols);
    uint32_t lanes = (uint32_t)base_minimum(gpu_capabilities(gpu)->subgroup_size, 8);
    for (uint32_t from = low, to; from < high; from = to) {
        to = sae_span_end(gpu, from, high, cols);
        struct linalg_window w = decoder_window(gpu, weights, from, to);
        struct gpu_range whole = gpu_whole(error);
        uint64_t w_address = gpu_address(gpu, &w.range), error_address = gpu_address(gpu, &whole);
        struct sae_latent_gradients_params params = {
            .rows = rows,
            .cols = cols,
            .low = from,
            .high = to,
            .w_base = w.base,
            .scale = scale,
            .parts = parts_of(&layout, to - from, cols),
            .error_low = (uint32_t)error_address,
            .error_high = (uint32_t)(error_address >> 32),
            .w_low = (uint32_t)w_address,
            .w_high = (uint32_t)(w_address >> 32),
        };
        BASE_TRY(gpu_dispatch(
            gpu, &(struct gpu_dispatch_parameters){
                     .kernel = &sae_latent_gradients_kernel,
                     .level = layout.level,
                     .constants = {layout.threads, layout.slices, layout.staged, lanes},
                     .n_constants = 4,
                     .params = &params,
                     .ranges = (struct gpu_range[]){gpu_whole(lists->offsets), gpu_whole(lists->latents),
                                                    gpu_whole(error), w.range, dots},
                     .n_groups = (uint64_t)rows * params.parts,
                 }));
    }
    return BASE_OK;
}
