#include "linalg/matmul.h"

#include "base/memory.h"
#include "linalg/kernels.h"
#include "linalg/params.h"

/* How a workgroup is laid out: the specialisation constants of the shader, in their order. */
struct tile {
    uint32_t row_threads, col_threads;
    uint32_t rows_each, cols_each; /* of C, a thread; multiples of four */
    uint32_t depth;                /* of one step of the sum; a multiple of four below GPU_LEVEL_SUBGROUP */
};

/* A part of the product: rows of C, columns of C, and terms of the sums. */
struct piece {
    uint64_t rows, cols, depth;
};

static uint64_t depth_of(const struct linalg_matmul_call *call)
{
    return call->a_is_columns ? call->a.rows : call->a.cols;
}

static bool has_bias(const struct linalg_matmul_call *call)
{
    return !linalg_matrix_is_empty(&call->bias);
}

/* The constant FORM of the shader, for a piece whose sums begin with term `from`. */
static uint32_t form_of(const struct linalg_matmul_call *call, const struct tile *tile, uint64_t from,
                        uint64_t depth)
{
    bool biased = has_bias(call) && from == 0, accumulate = call->accumulate || from > 0;
    return (call->b_is_rows ? 1 : 0) | (call->a_is_columns ? 2 : 0) | (accumulate ? 4 : 0) |
           (biased ? 8 : 0) | (depth % tile->depth != 0 ? 16 : 0);
}

static bool fours(uint64_t a, uint64_t b, uint64_t c)
{
    return a % 4 == 0 && b % 4 == 0 && c % 4 == 0;
}

enum gpu_level linalg_matmul_level(enum gpu_level level, const struct linalg_matmul_call *call)
{
    if (level >= GPU_LEVEL_SUBGROUP)
        return GPU_LEVEL_SUBGROUP;
    if (level >= GPU_LEVEL_VEC4 && fours(call->a.cols, call->a.stride, call->a.offset) &&
        fours(call->b.cols, call->b.stride, call->b.offset))
        return GPU_LEVEL_VEC4;
    return GPU_LEVEL_FLOOR;
}

/* One subgroup a workgroup. Many rows a thread, because each load of B serves all of them. On CPU devices,
 * where sums beyond the registers cost little, as many as memory near the processor holds, and eight terms a
 * step, because Mesa's lavapipe copies every sum at a step's end; for others 128 sums and two terms, unless
 * the lanes are more than the rows have use for. */
static struct tile subgroup_tile(const struct gpu *gpu, const struct piece *piece)
{
    bool cpu = gpu_information(gpu)->type == GPU_CPU;
    uint32_t lanes = gpu_capabilities(gpu)->subgroup_size;
    uint32_t rows = piece->rows > 32 && cpu ? 64 : piece->rows > 8 ? 32 : 8;
    uint32_t depth = cpu ? (uint32_t)base_minimum(lanes, 8) : 2;
    return (struct tile){1, lanes, rows, 4, lanes > depth * rows ? lanes / rows : depth};
}

/* The tile that the level, the device and the shape have use for. On a CPU device an invocation is a lane of
 * a vector unit that runs the whole workgroup: with one row of threads the values of A are the same for all
 * lanes, which costs one load instead of one a lane. */
static struct tile tile_of(const struct gpu *gpu, enum gpu_level level, const struct piece *piece)
{
    static const struct tile cpu = {1, 16, 8, 4, 16};
    static const struct tile small = {4, 8, 4, 4, 16};
    static const struct tile floor = {8, 16, 8, 4, 16};
    static const struct tile vec4 = {16, 16, 8, 8, 16};
    if (level == GPU_LEVEL_SUBGROUP)
        return subgroup_tile(gpu, piece);
    const struct tile *wide = level >= GPU_LEVEL_VEC4 && linalg_group_size(gpu, 256) == 256 ? &vec4 : &floor;
    struct tile tile = piece->rows <= 32 || piece->cols <= 32 ? small : *wide;
    if (gpu_information(gpu)->type == GPU_CPU)
        tile = cpu;
    while (linalg_group_size(gpu, tile.row_threads * tile.col_threads) < tile.row_threads * tile.col_threads)
        *(tile.row_threads > 1 ? &tile.row_threads : &tile.col_threads) /= 2;
    return tile;
}

static struct linalg_window window_of_a(const struct gpu *gpu, const struct linalg_matmul_call *call,
                                        uint64_t row, uint64_t depth_from, const struct piece *piece)
{
    if (call->a_is_columns)
        return linalg_window_of(gpu, &call->a, depth_from, piece->depth, row, piece->rows);
    return linalg_window_of(gpu, &call->a, row, piece->rows, depth_from, piece->depth);
}

static struct linalg_window window_of_b(const struct gpu *gpu, const struct linalg_matmul_call *call,
                                        uint64_t col, uint64_t depth_from, const struct piece *piece)
{
    if (call->b_is_rows)
        return linalg_window_of(gpu, &call->b, col, piece->cols, depth_from, piece->depth);
    return linalg_window_of(gpu, &call->b, depth_from, piece->depth, col, piece->cols);
}

/* Records the piece of the product at (row, col) whose sums begin with term `from`. */
static enum base_status multiply_piece(struct gpu *gpu, const struct linalg_matmul_call *call,
                                       enum gpu_level level, uint64_t row, uint64_t col, uint64_t from,
                                       const struct piece *piece)
{
    struct tile tile = tile_of(gpu, level, piece);
    bool direct = level == GPU_LEVEL_VEC4 && !call->b_is_rows && !call->a_is_columns &&
                  gpu_information(gpu)->type == GPU_CPU;
    if (direct)
        tile.rows_each = 16; /* each load of B then serves sixteen rows */
    uint32_t last_constant = level == GPU_LEVEL_SUBGROUP ? gpu_capabilities(gpu)->subgroup_size : direct;
    struct linalg_window c = linalg_window_of(gpu, &call->c, row, piece->rows, col, piece->cols);
    /* A sum of no terms reads neither operand; something must be bound all the same. */
    struct linalg_window a = c, b = c;
    if (piece->depth > 0) {
        a = window_of_a(gpu, call, row, from, piece);
        b = window_of_b(gpu, call, col, from, piece);
    }
    struct linalg_window bias = a;
    if (has_bias(call) && from == 0)
        bias = linalg_window_of(gpu, &call->bias, 0, 1, col, piece->cols);
    uint64_t a_address = gpu_address(gpu, &a.range), b_address = gpu_address(gpu, &b.range);
    struct linalg_matmul_params params = {
        .rows = (uint32_t)piece->rows,
        .cols = (uint32_t)piece->cols,
        .depth = (uint32_t)piece->depth,
        .a_base = a.base,
        .a_stride = (uint32_t)call->a.stride,
        .b_base = b.base,
        .b_stride = (uint32_t)call->b.stride,
        .c_base = c.base,
        .c_stride = (uint32_t)call->c.stride,
        .bias_base = bias.base,
        .a_address_low = (uint32_t)a_address,
        .a_address_high = (uint32_t)(a_address >> 32),
        .b_address_low = (uint32_t)b_address,
        .b_address_high = (uint32_t)(b_address >> 32),
    };
    uint64_t tiles_down = base_divide_up(piece->rows, (uint64_t)tile.row_threads * tile.rows_each);
    uint64_t tiles_across = base_divide_up(piece->cols, (uint64_t)tile.col_threads * tile.cols_each);
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &linalg_matmul_kernel,
                                 .level = level,
                                 .constants = {tile.row_threads * tile.col_threads, tile.row_threads,
                                               tile.col_threads, tile.rows_each, tile.cols_each, tile.depth,
                                               form_of(call, &tile, from, piece->depth), last_constant},
                                 .n_constants = 8,
                                 .params = &params,
                                 .ranges = (struct gpu_range[]){a.range, b.range, bias.range, c.range},
                                 .n_groups = tiles_down * tiles_across,
                                 .group_work = (double)base_maximum(piece->depth, 1),
                             });
}

/* Halves the number of a matrix's rows or, of one row, its columns. */
static void cut(uint64_t *outer, uint64_t *inner)
{
    enum { MULTIPLE = 128 };
    uint64_t *size = *outer > 1 ? outer : inner;
    *size = linalg_half(*size, MULTIPLE);
}

/* Of the terms of one piece's sums. Mesa 22's CPU driver ends all loops of a shader after 65,535 rounds, and
 * a term takes up to six. And a row of B is a page of memory or more: on the level that goes down B's columns
 * for one tile after another, more rows than a processor remembers the pages of cost more than going through
 * C once more. */
static uint64_t most_depth(const struct gpu *gpu, enum gpu_level level, const struct linalg_matmul_call *call)
{
    if (gpu_information(gpu)->type != GPU_CPU)
        return UINT64_MAX;
    return level == GPU_LEVEL_SUBGROUP && !call->b_is_rows ? 1 << 10 : 1 << 13;
}

/* The largest piece, cut by halves, of which each matrix fits one binding. */
static struct piece piece_of(const struct gpu *gpu, enum gpu_level level,
                             const struct linalg_matmul_call *call)
{
    enum { MULTIPLE = 128 };
    uint64_t largest = linalg_largest_span(gpu);
    struct piece piece = {call->c.rows, call->c.cols, depth_of(call)};
    while (linalg_span(piece.rows, piece.cols, call->c.stride) > largest)
        cut(&piece.rows, &piece.cols);
    if (piece.depth == 0)
        return piece;
    while (piece.depth > most_depth(gpu, level, call))
        piece.depth = linalg_half(piece.depth, MULTIPLE);
    uint64_t *outer = call->a_is_columns ? &piece.depth : &piece.rows;
    uint64_t *inner = call->a_is_columns ? &piece.rows : &piece.depth;
    while (linalg_span(*outer, *inner, call->a.stride) > largest)
        cut(outer, inner);
    outer = call->b_is_rows ? &piece.cols : &piece.depth;
    inner = call->b_is_rows ? &piece.depth : &piece.cols;
    while (linalg_span(*outer, *inner, call->b.stride) > largest)
        cut(outer, inner);
    return piece;
}

static enum base_status check(const struct linalg_matmul_call *call)
{
    uint64_t rows = call->a_is_columns ? call->a.cols : call->a.rows, cols = call->c.cols;
    uint64_t depth = depth_of(call);
    BASE_TRY(linalg_matrix_check(&call->a, "linalg_matmul", "A"));
    BASE_TRY(linalg_matrix_check(&call->b, "linalg_matmul", "B"));
    BASE_TRY(linalg_matrix_check(&call->c, "linalg_matmul", "C"));
    BASE_TRY(linalg_matrix_check_shape(&call->c, rows, cols, "linalg_matmul", "C"));
    if (has_bias(call)) {
        BASE_TRY(linalg_matrix_check(&call->bias, "linalg_matmul", "the bias"));
        BASE_TRY(linalg_matrix_check_shape(&call->bias, 1, cols, "linalg_matmul", "the bias"));
        if (call->accumulate)
            return base_fail(BASE_ERROR_INTERNAL, "linalg_matmul: a bias and accumulate at once");
    }
    return linalg_matrix_check_shape(&call->b, call->b_is_rows ? cols : depth, call->b_is_rows ? depth : cols,
                                     "linalg_matmul", "B");
}

enum base_status linalg_matmul_at(struct gpu *gpu, enum gpu_level level,
                                  const struct linalg_matmul_call *call)
{
    BASE_TRY(check(call));
    uint64_t depth = depth_of(call);
    if (linalg_matrix_is_empty(&call->c) || (depth == 0 && call->accumulate))
        return BASE_OK;
    level = linalg_matmul_level(level, call);
    struct piece piece = piece_of(gpu, level, call);
    /* Pieces begin at multiples of these sizes, and whoever reads in fours begins at multiples of four. */
    bool whole_depth = piece.depth == depth, whole_cols = call->b_is_rows || piece.cols == call->c.cols,
         whole_rows = !call->a_is_columns || piece.rows == call->c.rows;
    if (level == GPU_LEVEL_VEC4 &&
        ((!whole_depth && piece.depth % 4 != 0) || (!whole_cols && piece.cols % 4 != 0) ||
         (!whole_rows && piece.rows % 4 != 0)))
        level = GPU_LEVEL_FLOOR;

    for (uint64_t row = 0; row < call->c.rows; row += piece.rows)
        for (uint64_t col = 0; col < call->c.cols; col += piece.cols) {
            uint64_t from = 0;
            do {
                struct piece part = {base_minimum(piece.rows, call->c.rows - row),
                                     base_minimum(piece.cols, call->c.cols - col),
                                     base_minimum(piece.depth, depth - from)};
                BASE_TRY(multiply_piece(gpu, call, level, row, col, from, &part));
                from += part.depth;
            } while (from < depth);
        }
    return BASE_OK;
}

enum base_status linalg_matmul(struct gpu *gpu, const struct linalg_matmul_call *call)
{
    return linalg_matmul_at(gpu, linalg_best_level(gpu, &linalg_matmul_kernel), call);
}
