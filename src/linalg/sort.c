#include "linalg/sort.h"

#include "base/memory.h"
#include "linalg/kernels.h"
#include "linalg/params.h"
#include "linalg/scan.h"

/* COUNTERS words are the 16 KiB that a workgroup may have on any device. On a CPU device few threads, which
 * wait for each other more cheaply, leave room for longer digits. TALLIED as EACH in the shader. */
enum { COUNTERS = 4096, THREADS = 128, CPU_THREADS = 16, TALLIED = 8 };
static const uint64_t most_capacity = UINT64_C(1) << 31, most_keys = 1 << 20;

/* How one sort is cut up. */
struct plan {
    uint32_t threads, bits; /* of a digit */
    uint32_t passes;
    uint32_t each;     /* keys of a thread */
    uint64_t blocks;   /* of threads * each keys */
    uint64_t piece;    /* blocks that one binding holds */
    uint64_t capacity; /* keys */
    uint64_t window;   /* elements of a destination that one binding holds */
};

/* One pass from keys and places to keys and places; the first has no places to come from, the last no keys to
 * go to. */
struct pass {
    uint32_t index;
    struct linalg_matrix keys, places, to_keys, to_places;
};

static uint32_t bits_of(uint32_t n_keys)
{
    uint32_t bits = 1;
    while (bits < 32 && (n_keys - 1) >> bits)
        bits++;
    return bits;
}

static struct plan plan_for(const struct gpu *gpu, uint64_t capacity, uint32_t n_keys)
{
    bool cpu = gpu_information(gpu)->type == GPU_CPU;
    struct plan plan = {.threads = linalg_group_size(gpu, cpu ? CPU_THREADS : THREADS),
                        .capacity = capacity,
                        .window = linalg_largest_span(gpu)};
    uint32_t bits = bits_of(n_keys), most = 1;
    while (plan.threads << (most + 1) <= COUNTERS && most < 8)
        most++;
    plan.passes = (uint32_t)base_divide_up(bits, most);
    plan.bits = (uint32_t)base_divide_up(bits, plan.passes);
    /* Few keys a thread give many blocks; many do where the table of blocks would not fit. */
    uint64_t most_blocks = base_maximum(base_minimum(plan.window, 1 << 20) >> plan.bits, 1);
    uint64_t each = base_divide_up(plan.capacity, most_blocks * plan.threads);
    plan.each = (uint32_t)base_maximum(each, cpu ? 32 : 8);
    uint64_t block = (uint64_t)plan.threads * plan.each;
    plan.blocks = base_divide_up(plan.capacity, block);
    plan.piece = base_maximum(plan.window / block, 1);
    return plan;
}

/* The window of the elements that `blocks` blocks from `block` on take. */
static struct linalg_window window_of_blocks(const struct gpu *gpu, const struct plan *plan,
                                             const struct linalg_matrix *vector, uint64_t block,
                                             uint64_t blocks)
{
    uint64_t size = (uint64_t)plan->threads * plan->each, first = block * size;
    return linalg_window_of(gpu, vector, 0, 1, first, base_minimum(blocks * size, plan->capacity - first));
}

static enum base_status count_digits(struct gpu *gpu, const struct linalg_sort_call *call,
                                     const struct plan *plan, const struct pass *pass,
                                     const struct linalg_matrix *table)
{
    struct linalg_window count = linalg_window_of(gpu, &call->count, 0, 1, 0, 1);
    struct linalg_window counts = linalg_window_of(gpu, table, 0, 1, 0, table->cols);
    for (uint64_t block = 0; block < plan->blocks; block += plan->piece) {
        uint64_t blocks = base_minimum(plan->piece, plan->blocks - block);
        struct linalg_window keys = window_of_blocks(gpu, plan, &pass->keys, block, blocks);
        struct linalg_sort_count_params params = {
            .capacity = (uint32_t)plan->capacity,
            .each = plan->each,
            .blocks = (uint32_t)plan->blocks,
            .first_block = (uint32_t)block,
            .n_blocks = (uint32_t)blocks,
            .shift = pass->index * plan->bits,
            .keys_base = keys.base,
            .count_base = count.base,
        };
        BASE_TRY(gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                       .kernel = &linalg_sort_count_kernel,
                                       .level = GPU_LEVEL_FLOOR,
                                       .constants = {plan->threads, plan->threads, plan->bits},
                                       .n_constants = 3,
                                       .params = &params,
                                       .ranges = (struct gpu_range[]){keys.range, count.range, counts.range},
                                       .n_groups = blocks,
                                   }));
    }
    return BASE_OK;
}

/* The blocks of one piece into one window of the destination. */
static enum base_status scatter_piece(struct gpu *gpu, const struct linalg_sort_call *call,
                                      const struct plan *plan, const struct pass *pass,
                                      const struct linalg_matrix *table, uint64_t block, uint64_t to)
{
    bool first = pass->index == 0, last = pass->index + 1 == plan->passes;
    uint64_t blocks = base_minimum(plan->piece, plan->blocks - block);
    uint64_t to_count = base_minimum(plan->window, plan->capacity - to);
    struct linalg_window count = linalg_window_of(gpu, &call->count, 0, 1, 0, 1);
    struct linalg_window offsets = linalg_window_of(gpu, table, 0, 1, 0, table->cols);
    struct linalg_window keys = window_of_blocks(gpu, plan, &pass->keys, block, blocks);
    struct linalg_window to_places = linalg_window_of(gpu, &pass->to_places, 0, 1, to, to_count);
    struct linalg_window places = keys, to_keys = to_places; /* something must be bound */
    if (!first)
        places = window_of_blocks(gpu, plan, &pass->places, block, blocks);
    if (!last)
        to_keys = linalg_window_of(gpu, &pass->to_keys, 0, 1, to, to_count);
    struct linalg_sort_scatter_params params = {
        .capacity = (uint32_t)plan->capacity,
        .each = plan->each,
        .blocks = (uint32_t)plan->blocks,
        .first_block = (uint32_t)block,
        .n_blocks = (uint32_t)blocks,
        .shift = pass->index * plan->bits,
        .keys_base = keys.base,
        .places_base = places.base,
        .count_base = count.base,
        .to_first = (uint32_t)to,
        .to_count = (uint32_t)to_count,
        .to_keys_base = to_keys.base,
        .to_places_base = to_places.base,
    };
    return gpu_dispatch(gpu,
                        &(struct gpu_dispatch_parameters){
                            .kernel = &linalg_sort_scatter_kernel,
                            .level = GPU_LEVEL_FLOOR,
                            .constants = {plan->threads, plan->threads, plan->bits, first, last},
                            .n_constants = 5,
                            .params = &params,
                            .ranges = (struct gpu_range[]){keys.range, places.range, count.range,
                                                           offsets.range, to_keys.range, to_places.range},
                            .n_groups = blocks,
                        });
}

static enum base_status record_pass(struct gpu *gpu, const struct linalg_sort_call *call,
                                    const struct plan *plan, const struct pass *pass,
                                    const struct linalg_matrix *table)
{
    BASE_TRY(count_digits(gpu, call, plan, pass, table));
    BASE_TRY(linalg_scan(gpu, LINALG_EXCLUSIVE, table, table));
    for (uint64_t block = 0; block < plan->blocks; block += plan->piece)
        for (uint64_t to = 0; to < plan->capacity; to += plan->window)
            BASE_TRY(scatter_piece(gpu, call, plan, pass, table, block, to));
    return BASE_OK;
}

/* starts[key] = how often the key occurs; the last one 0. */
static enum base_status tally(struct gpu *gpu, const struct linalg_sort_call *call, const struct plan *plan)
{
    uint32_t threads = linalg_group_size(gpu, THREADS);
    struct linalg_window count = linalg_window_of(gpu, &call->count, 0, 1, 0, 1);
    for (uint64_t key = 0; key < call->n_keys; key += plan->window)
        for (uint64_t first = 0; first < plan->capacity; first += plan->window) {
            uint64_t n_keys = base_minimum(plan->window, call->n_keys - key);
            uint64_t n = base_minimum(plan->window, plan->capacity - first);
            struct linalg_window keys = linalg_window_of(gpu, &call->keys, 0, 1, first, n);
            struct linalg_window starts = linalg_window_of(gpu, &call->starts, 0, 1, key, n_keys);
            struct linalg_sort_tally_params params = {
                .capacity = (uint32_t)plan->capacity,
                .first = (uint32_t)first,
                .n = (uint32_t)n,
                .first_key = (uint32_t)key,
                .n_keys = (uint32_t)n_keys,
                .keys_base = keys.base,
                .count_base = count.base,
                .tally_base = starts.base,
            };
            BASE_TRY(
                gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                      .kernel = &linalg_sort_tally_kernel,
                                      .level = GPU_LEVEL_FLOOR,
                                      .constants = {threads, threads},
                                      .n_constants = 2,
                                      .params = &params,
                                      .ranges = (struct gpu_range[]){keys.range, count.range, starts.range},
                                      .n_groups = base_divide_up(n, (uint64_t)threads * TALLIED),
                                  }));
        }
    return BASE_OK;
}

/* Makes a buffer of the scratch, or a larger one in its place. */
static enum base_status grow(struct gpu *gpu, const char *name, uint64_t words, struct gpu_buffer **buffer)
{
    if (*buffer && gpu_buffer_bytes(*buffer) >= words * 4)
        return BASE_OK;
    gpu_buffer_destroy(gpu, buffer);
    return gpu_buffer_create(gpu, name, words * 4, GPU_DEVICE, buffer);
}

/* Keys and places of an intermediate pass: the two halves of one buffer. */
static struct linalg_matrix half_of(const struct plan *plan, struct gpu_buffer *buffer, uint64_t index)
{
    struct linalg_matrix vector = linalg_matrix_of(buffer, 1, plan->capacity);
    vector.offset = index * base_round_up(plan->capacity, 64);
    return vector;
}

static enum base_status check(const struct linalg_sort_call *call)
{
    static const char name[] = "linalg_sort";
    uint64_t capacity = call->keys.cols;
    BASE_TRY(linalg_matrix_check(&call->keys, name, "the vector of keys"));
    BASE_TRY(linalg_matrix_check(&call->count, name, "the count"));
    BASE_TRY(linalg_matrix_check(&call->order, name, "the order"));
    BASE_TRY(linalg_matrix_check(&call->starts, name, "the vector of starts"));
    BASE_TRY(linalg_matrix_check_shape(&call->keys, 1, capacity, name, "the vector of keys"));
    BASE_TRY(linalg_matrix_check_shape(&call->count, 1, 1, name, "the count"));
    BASE_TRY(linalg_matrix_check_shape(&call->order, 1, capacity, name, "the order"));
    BASE_TRY(linalg_matrix_check_shape(&call->starts, 1, (uint64_t)call->n_keys + 1, name,
                                       "the vector of starts"));
    if (capacity > most_capacity || call->n_keys > most_keys || (call->n_keys == 0 && capacity > 0))
        return base_fail(BASE_ERROR_INTERNAL, "%s: %llu places for keys below %u are too many", name,
                         (unsigned long long)capacity, call->n_keys);
    return BASE_OK;
}

/* Words of each half of keys and places, and of the table. */
static uint64_t half_words(const struct plan *plan)
{
    return 2 * base_round_up(plan->capacity, 64);
}

static uint64_t table_words(const struct plan *plan)
{
    return plan->blocks << plan->bits;
}

uint64_t linalg_sort_bytes(const struct gpu *gpu, uint64_t capacity, uint32_t n_keys)
{
    if (capacity == 0)
        return 0;
    struct plan plan = plan_for(gpu, capacity, n_keys);
    uint64_t halves = base_minimum(plan.passes - 1, 2);
    return 4 * (table_words(&plan) + halves * half_words(&plan));
}

static enum base_status reserve(struct gpu *gpu, const struct plan *plan, struct linalg_sort_scratch *scratch)
{
    BASE_TRY(grow(gpu, "table of a sort", table_words(plan), &scratch->table));
    if (plan->passes > 1)
        BASE_TRY(grow(gpu, "keys of a sort", half_words(plan), &scratch->a));
    return plan->passes > 2 ? grow(gpu, "keys of a sort", half_words(plan), &scratch->b) : BASE_OK;
}

enum base_status linalg_sort_reserve(struct gpu *gpu, uint64_t capacity, uint32_t n_keys,
                                     struct linalg_sort_scratch *scratch)
{
    if (capacity == 0)
        return BASE_OK;
    struct plan plan = plan_for(gpu, capacity, n_keys);
    return reserve(gpu, &plan, scratch);
}

enum base_status linalg_sort(struct gpu *gpu, const struct linalg_sort_call *call,
                             struct linalg_sort_scratch *scratch)
{
    BASE_TRY(check(call));
    BASE_TRY(gpu_fill(gpu, call->starts.buffer, call->starts.offset * 4, call->starts.cols * 4, 0));
    if (call->keys.cols == 0)
        return BASE_OK;
    struct plan plan = plan_for(gpu, call->keys.cols, call->n_keys);
    uint64_t n_table = table_words(&plan);
    BASE_TRY(reserve(gpu, &plan, scratch));
    BASE_TRY(tally(gpu, call, &plan));
    BASE_TRY(linalg_scan(gpu, LINALG_EXCLUSIVE, &call->starts, &call->starts));

    struct linalg_matrix table = linalg_matrix_of(scratch->table, 1, n_table);
    struct pass pass = {.keys = call->keys};
    for (; pass.index < plan.passes; pass.index++) {
        struct gpu_buffer *to = pass.index % 2 == 0 ? scratch->a : scratch->b;
        bool last = pass.index + 1 == plan.passes;
        pass.to_keys = last ? (struct linalg_matrix){0} : half_of(&plan, to, 0);
        pass.to_places = last ? call->order : half_of(&plan, to, 1);
        BASE_TRY(record_pass(gpu, call, &plan, &pass, &table));
        pass.keys = pass.to_keys;
        pass.places = pass.to_places;
    }
    return BASE_OK;
}

void linalg_sort_scratch_free(struct gpu *gpu, struct linalg_sort_scratch *scratch)
{
    gpu_buffer_destroy(gpu, &scratch->a);
    gpu_buffer_destroy(gpu, &scratch->b);
    gpu_buffer_destroy(gpu, &scratch->table);
}
