#include "sae/select.h"

#include "base/memory.h"
#include "linalg/scan.h"
#include "sae/kernels.h"
#include "sae/params.h"

/* SLOTS and CAPACITY as in shaders/sae/select_rows.comp. */
enum { SLOTS = 8, CAPACITY = 1024, CPU_THREADS = 8, THREADS = 128, WIDE_THREADS = 256, WIDE_COLS = 1 << 15 };
static const uint64_t most_cols = 1 << 20;

/* The kernel's groups of entries are to be several times k. On a CPU device the whole workgroup runs in one
 * vector unit, and the fewer threads wait for each other the better; but lavapipe ends a shader's loops after
 * 65,535 rounds. */
static uint32_t threads_of(const struct gpu *gpu, enum gpu_level level, uint64_t cols, uint64_t k)
{
    uint64_t threads = THREADS;
    if (gpu_information(gpu)->type == GPU_CPU) {
        threads = CPU_THREADS;
        while (threads < THREADS && (threads * SLOTS < 2 * k || cols / (threads * SLOTS) > 2048))
            threads *= 2;
    } else if (level >= GPU_LEVEL_VEC4 && cols >= WIDE_COLS) {
        threads = WIDE_THREADS;
    }
    return linalg_group_size(gpu, threads);
}

static bool is_weighted(const struct sae_select_call *call)
{
    return !linalg_matrix_is_empty(&call->weights);
}

/* `level` where the kernels have it and the call's matrices can be read at it, else the floor. A vector's
 * stride is of no account. */
static enum gpu_level level_of(enum gpu_level level, const struct sae_select_call *call)
{
    bool weights = !is_weighted(call) || call->weights.offset % 4 == 0;
    return level == GPU_LEVEL_VEC4 && linalg_matrix_is_fours(&call->pi) && weights ? GPU_LEVEL_VEC4
                                                                                   : GPU_LEVEL_FLOOR;
}

static enum base_status check(const struct gpu *gpu, const struct sae_select_call *call, const char *name)
{
    uint64_t rows = call->pi.rows, cols = call->pi.cols;
    BASE_TRY(linalg_matrix_check(&call->pi, name, "pi"));
    BASE_TRY(linalg_matrix_check(&call->weights, name, "the vector of weights"));
    BASE_TRY(linalg_matrix_check(&call->selection, name, "the selection"));
    BASE_TRY(linalg_matrix_check(&call->counts, name, "the vector of counts"));
    BASE_TRY(linalg_matrix_check_shape(&call->selection, 1, 2 * rows, name, "the selection"));
    BASE_TRY(linalg_matrix_check_shape(&call->counts, 1, rows, name, "the vector of counts"));
    BASE_TRY(linalg_matrix_check(&call->chosen, name, "the chosen columns"));
    if (is_weighted(call))
        BASE_TRY(linalg_matrix_check_shape(&call->weights, 1, cols, name, "the vector of weights"));
    if (cols > most_cols || cols > linalg_largest_span(gpu))
        return base_fail(BASE_ERROR_INTERNAL, "%s: a row of %llu entries is too long (%llu at most)", name,
                         (unsigned long long)cols,
                         (unsigned long long)base_minimum(most_cols, linalg_largest_span(gpu)));
    return BASE_OK;
}

/* How many rows one dispatch takes. */
static uint64_t rows_a_piece(const struct gpu *gpu, const struct sae_select_call *call)
{
    uint64_t rows = base_minimum(call->pi.rows, linalg_largest_span(gpu) / 2);
    while (rows > 1 && linalg_span(rows, call->pi.cols, call->pi.stride) > linalg_largest_span(gpu))
        rows = linalg_half(rows, 1);
    return rows;
}

/* The windows that every kernel that reads pi takes. */
struct piece {
    uint64_t row, rows;
    struct linalg_window pi, weights;
};

static struct piece piece_at(const struct gpu *gpu, const struct sae_select_call *call, uint64_t row,
                             uint64_t rows)
{
    struct piece piece = {.row = row, .rows = base_minimum(rows, call->pi.rows - row)};
    piece.pi = linalg_window_of(gpu, &call->pi, row, piece.rows, 0, call->pi.cols);
    piece.weights = piece.pi; /* something must be bound */
    if (is_weighted(call))
        piece.weights = linalg_window_of(gpu, &call->weights, 0, 1, 0, call->pi.cols);
    return piece;
}

/* Rows without entries select nothing. */
static enum base_status select_none(struct gpu *gpu, const struct sae_select_call *call)
{
    BASE_TRY(gpu_fill(gpu, call->counts.buffer, call->counts.offset * 4, call->counts.cols * 4, 0));
    return gpu_fill(gpu, call->selection.buffer, call->selection.offset * 4, call->selection.cols * 4, 0);
}

static enum base_status select_piece(struct gpu *gpu, enum gpu_level level,
                                     const struct sae_select_call *call, const struct piece *piece,
                                     uint64_t k)
{
    /* Few candidates are all listed at once, and no bound is looked for. */
    bool few = call->candidates > 0 && call->candidates <= CAPACITY;
    uint32_t threads = threads_of(gpu, level, call->pi.cols, few ? 0 : k);
    struct linalg_window selection =
        linalg_window_of(gpu, &call->selection, 0, 1, 2 * piece->row, 2 * piece->rows);
    struct linalg_window counts = linalg_window_of(gpu, &call->counts, 0, 1, piece->row, piece->rows);
    struct linalg_window chosen = counts; /* something must be bound */
    uint32_t room = (uint32_t)call->chosen.cols;
    if (room > 0)
        chosen = linalg_window_of(gpu, &call->chosen, piece->row, piece->rows, 0, room);
    struct sae_select_rows_params params = {
        .rows = (uint32_t)piece->rows,
        .cols = (uint32_t)call->pi.cols,
        .k = (uint32_t)base_minimum(k, call->pi.cols),
        .pi_base = piece->pi.base,
        .pi_stride = (uint32_t)call->pi.stride,
        .weights_base = piece->weights.base,
        .selection_base = selection.base,
        .counts_base = counts.base,
        .chosen_base = chosen.base,
        .room = room,
    };
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &sae_select_rows_kernel,
                                 .level = level,
                                 .constants = {threads, threads, is_weighted(call)},
                                 .n_constants = 3,
                                 .params = &params,
                                 .ranges = (struct gpu_range[]){piece->pi.range, piece->weights.range,
                                                                selection.range, counts.range, chosen.range},
                                 .n_groups = piece->rows,
                             });
}

/* Places for all that may be selected, one row behind the other. */
static enum base_status check_chosen(const struct sae_select_call *call, uint64_t k)
{
    const struct linalg_matrix *chosen = &call->chosen;
    if (chosen->cols == 0 || (chosen->rows == call->pi.rows && chosen->stride == chosen->cols &&
                              chosen->cols >= base_minimum(k, call->pi.cols)))
        return BASE_OK;
    return base_fail(BASE_ERROR_INTERNAL, "sae_select_rows: no room for the chosen columns");
}

enum base_status sae_select_rows_at(struct gpu *gpu, enum gpu_level level, const struct sae_select_call *call,
                                    uint64_t k)
{
    BASE_TRY(check(gpu, call, "sae_select_rows"));
    BASE_TRY(check_chosen(call, k));
    if (call->pi.rows == 0)
        return BASE_OK;
    if (call->pi.cols == 0)
        return select_none(gpu, call);
    level = level_of(level, call);
    uint64_t rows = rows_a_piece(gpu, call);
    for (uint64_t row = 0; row < call->pi.rows; row += rows) {
        struct piece piece = piece_at(gpu, call, row, rows);
        BASE_TRY(select_piece(gpu, level, call, &piece, k));
    }
    return BASE_OK;
}

enum base_status sae_select_rows(struct gpu *gpu, const struct sae_select_call *call, uint64_t k)
{
    return sae_select_rows_at(gpu, gpu_best_level(gpu, &sae_select_rows_kernel), call, k);
}

/* ---- over a batch ---- */

/* One call's matrices and what they are cut into. */
struct batch {
    struct gpu *gpu;
    enum gpu_level level;
    const struct sae_select_call *blocks;
    uint32_t n_blocks;
    uint64_t rows; /* of all blocks */
    uint64_t k;    /* entries to select for a row, on average, rounded up */
    struct gpu_range state;
    struct linalg_matrix ties; /* [1, rows] */
};

/* Records one pass over pi for the piece, whose rows begin at row `first` of the batch. */
typedef enum base_status batch_pass(const struct batch *batch, enum gpu_level level,
                                    const struct sae_select_call *call, const struct piece *piece,
                                    uint64_t first);

/* Calls `pass` for every piece of every block that has entries. */
static enum base_status for_each_piece(const struct batch *batch, batch_pass *pass)
{
    uint64_t first = 0;
    for (uint32_t b = 0; b < batch->n_blocks; b++) {
        const struct sae_select_call *call = &batch->blocks[b];
        enum gpu_level level = level_of(batch->level, call);
        uint64_t rows = call->pi.cols > 0 ? rows_a_piece(batch->gpu, call) : call->pi.rows;
        for (uint64_t row = 0; call->pi.cols > 0 && row < call->pi.rows; row += rows) {
            struct piece piece = piece_at(batch->gpu, call, row, rows);
            BASE_TRY(pass(batch, level, call, &piece, first + row));
        }
        first += call->pi.rows;
    }
    return BASE_OK;
}

static enum base_status maxima_pass(const struct batch *batch, enum gpu_level level,
                                    const struct sae_select_call *call, const struct piece *piece,
                                    uint64_t first)
{
    (void)first;
    uint32_t threads = threads_of(batch->gpu, level, call->pi.cols, batch->k), kept = 1;
    while (kept < SLOTS && (uint64_t)kept * threads < 4 * batch->k)
        kept *= 2;
    struct sae_select_maxima_params params = {
        .rows = (uint32_t)piece->rows,
        .cols = (uint32_t)call->pi.cols,
        .pi_base = piece->pi.base,
        .pi_stride = (uint32_t)call->pi.stride,
        .weights_base = piece->weights.base,
    };
    return gpu_dispatch(
        batch->gpu, &(struct gpu_dispatch_parameters){
                        .kernel = &sae_select_maxima_kernel,
                        .level = level,
                        .constants = {threads, threads, is_weighted(call), kept},
                        .n_constants = 4,
                        .params = &params,
                        .ranges = (struct gpu_range[]){piece->pi.range, piece->weights.range, batch->state},
                        .n_groups = piece->rows,
                    });
}

static enum base_status histogram_pass(const struct batch *batch, enum gpu_level level,
                                       const struct sae_select_call *call, const struct piece *piece,
                                       uint64_t first)
{
    (void)first;
    uint32_t threads = threads_of(batch->gpu, level, call->pi.cols, 0);
    struct sae_select_histogram_params params = {
        .rows = (uint32_t)piece->rows,
        .cols = (uint32_t)call->pi.cols,
        .pi_base = piece->pi.base,
        .pi_stride = (uint32_t)call->pi.stride,
        .weights_base = piece->weights.base,
    };
    return gpu_dispatch(
        batch->gpu, &(struct gpu_dispatch_parameters){
                        .kernel = &sae_select_histogram_kernel,
                        .level = level,
                        .constants = {threads, threads, is_weighted(call)},
                        .n_constants = 3,
                        .params = &params,
                        .ranges = (struct gpu_range[]){piece->pi.range, piece->weights.range, batch->state},
                        .n_groups = piece->rows,
                    });
}

static enum base_status count_pass(const struct batch *batch, enum gpu_level level,
                                   const struct sae_select_call *call, const struct piece *piece,
                                   uint64_t first)
{
    uint32_t threads = threads_of(batch->gpu, level, call->pi.cols, 0);
    struct linalg_window counts = linalg_window_of(batch->gpu, &call->counts, 0, 1, piece->row, piece->rows);
    struct linalg_window ties = linalg_window_of(batch->gpu, &batch->ties, 0, 1, first, piece->rows);
    struct sae_select_count_params params = {
        .rows = (uint32_t)piece->rows,
        .cols = (uint32_t)call->pi.cols,
        .pi_base = piece->pi.base,
        .pi_stride = (uint32_t)call->pi.stride,
        .weights_base = piece->weights.base,
        .counts_base = counts.base,
        .ties_base = ties.base,
    };
    return gpu_dispatch(batch->gpu,
                        &(struct gpu_dispatch_parameters){
                            .kernel = &sae_select_count_kernel,
                            .level = level,
                            .constants = {threads, threads, is_weighted(call)},
                            .n_constants = 3,
                            .params = &params,
                            .ranges = (struct gpu_range[]){piece->pi.range, piece->weights.range,
                                                           batch->state, counts.range, ties.range},
                            .n_groups = piece->rows,
                        });
}

static enum base_status quotas_pass(const struct batch *batch, enum gpu_level level,
                                    const struct sae_select_call *call, const struct piece *piece,
                                    uint64_t first)
{
    (void)level;
    uint32_t threads = linalg_group_size(batch->gpu, THREADS);
    uint64_t follows = first > 0; /* the word before is read too */
    struct linalg_window ties =
        linalg_window_of(batch->gpu, &batch->ties, 0, 1, first - follows, piece->rows + follows);
    struct linalg_window selection =
        linalg_window_of(batch->gpu, &call->selection, 0, 1, 2 * piece->row, 2 * piece->rows);
    struct linalg_window counts = linalg_window_of(batch->gpu, &call->counts, 0, 1, piece->row, piece->rows);
    struct sae_select_quotas_params params = {
        .rows = (uint32_t)piece->rows,
        .ties_base = ties.base + (uint32_t)follows,
        .follows = (uint32_t)follows,
        .selection_base = selection.base,
        .counts_base = counts.base,
    };
    return gpu_dispatch(batch->gpu, &(struct gpu_dispatch_parameters){
                                        .kernel = &sae_select_quotas_kernel,
                                        .level = GPU_LEVEL_FLOOR,
                                        .constants = {threads},
                                        .n_constants = 1,
                                        .params = &params,
                                        .ranges = (struct gpu_range[]){batch->state, ties.range,
                                                                       selection.range, counts.range},
                                        .n_groups = base_divide_up(piece->rows, threads),
                                    });
}

static enum base_status pick(const struct batch *batch, bool of_maxima, uint64_t total,
                             const struct linalg_matrix *smallest)
{
    uint32_t threads = linalg_group_size(batch->gpu, THREADS);
    struct linalg_window window = linalg_window_of(batch->gpu, smallest, 0, 1, 0, 1);
    struct sae_select_pick_params params = {
        .of_maxima = of_maxima,
        .total = (uint32_t)total,
        .smallest_base = window.base,
    };
    return gpu_dispatch(batch->gpu, &(struct gpu_dispatch_parameters){
                                        .kernel = &sae_select_pick_kernel,
                                        .level = GPU_LEVEL_FLOOR,
                                        .constants = {threads, threads},
                                        .n_constants = 2,
                                        .params = &params,
                                        .ranges = (struct gpu_range[]){batch->state, window.range},
                                        .n_groups = 1,
                                    });
}

/* Makes the scratch, or more of it. */
static enum base_status prepare_scratch(struct gpu *gpu, struct sae_select_scratch *scratch, uint64_t rows)
{
    if (!scratch->histogram)
        BASE_TRY(gpu_buffer_create(gpu, "histogram of a selection",
                                   4 * (uint64_t)(SAE_SELECT_STATE + SAE_SELECT_BINS), GPU_DEVICE,
                                   &scratch->histogram));
    if (scratch->ties && gpu_buffer_bytes(scratch->ties) >= 4 * rows)
        return BASE_OK;
    gpu_buffer_destroy(gpu, &scratch->ties);
    return gpu_buffer_create(gpu, "ties of a selection", 4 * base_maximum(rows, 1), GPU_DEVICE,
                             &scratch->ties);
}

/* Checks the blocks, and counts their rows and entries. */
static enum base_status check_batch(const struct gpu *gpu, struct batch *batch,
                                    const struct linalg_matrix *smallest, uint64_t *entries)
{
    static const char name[] = "sae_select_batch";
    *entries = 0;
    for (uint32_t b = 0; b < batch->n_blocks; b++) {
        const struct sae_select_call *call = &batch->blocks[b];
        BASE_TRY(check(gpu, call, name));
        batch->rows += call->pi.rows;
        *entries += call->pi.rows * call->pi.cols; /* within a buffer, so it cannot overflow */
        if (*entries > UINT32_MAX || batch->rows > UINT32_MAX)
            return base_fail(BASE_ERROR_INTERNAL, "%s: a batch of 2^32 entries or more", name);
    }
    BASE_TRY(linalg_matrix_check(smallest, name, "the smallest value"));
    return linalg_matrix_check_shape(smallest, 1, 1, name, "the smallest value");
}

enum base_status sae_select_batch_at(struct gpu *gpu, enum gpu_level level,
                                     const struct sae_select_call *blocks, uint32_t n_blocks, uint64_t total,
                                     const struct linalg_matrix *smallest, struct sae_select_scratch *scratch)
{
    enum { MOST_HISTOGRAMS = 3 }; /* shaders/sae/select_pick.comp */
    struct batch batch = {.gpu = gpu, .level = level, .blocks = blocks, .n_blocks = n_blocks};
    uint64_t entries;
    BASE_TRY(check_batch(gpu, &batch, smallest, &entries));
    total = base_minimum(total, entries);
    batch.k = base_divide_up(total, base_maximum(batch.rows, 1));
    BASE_TRY(prepare_scratch(gpu, scratch, batch.rows));
    batch.state = gpu_whole(scratch->histogram);
    batch.ties = linalg_matrix_of(scratch->ties, 1, batch.rows);
    BASE_TRY(gpu_fill(gpu, scratch->histogram, 0, gpu_buffer_bytes(scratch->histogram), 0));
    BASE_TRY(gpu_fill(gpu, scratch->ties, 0, gpu_buffer_bytes(scratch->ties), 0));
    for (uint32_t b = 0; b < n_blocks; b++)
        if (blocks[b].pi.cols == 0 && blocks[b].pi.rows > 0)
            BASE_TRY(select_none(gpu, &blocks[b]));

    BASE_TRY(for_each_piece(&batch, maxima_pass));
    BASE_TRY(pick(&batch, true, total, smallest));
    for (int i = 0; i < MOST_HISTOGRAMS; i++) {
        BASE_TRY(for_each_piece(&batch, histogram_pass));
        BASE_TRY(pick(&batch, false, total, smallest));
    }
    BASE_TRY(for_each_piece(&batch, count_pass));
    BASE_TRY(linalg_scan(gpu, LINALG_INCLUSIVE, &batch.ties, &batch.ties));
    return for_each_piece(&batch, quotas_pass);
}

enum base_status sae_select_batch(struct gpu *gpu, const struct sae_select_call *blocks, uint32_t n_blocks,
                                  uint64_t total, const struct linalg_matrix *smallest,
                                  struct sae_select_scratch *scratch)
{
    return sae_select_batch_at(gpu, gpu_best_level(gpu, &sae_select_histogram_kernel), blocks, n_blocks,
                               total, smallest, scratch);
}

void sae_select_scratch_free(struct gpu *gpu, struct sae_select_scratch *scratch)
{
    gpu_buffer_destroy(gpu, &scratch->histogram);
    gpu_buffer_destroy(gpu, &scratch->ties);
}
