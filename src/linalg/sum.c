#include "linalg/sum.h"

#include "base/memory.h"
#include "linalg/kernels.h"
#include "linalg/params.h"

/* Additions in a row before lanes combine, and lanes of a workgroup. */
enum { CHAIN = 256, THREADS = 128 };

/* Constant 4 of shaders/linalg/sum.comp. */
enum terms { PLAIN, SQUARED, WEIGHTED };

/* One pass from a matrix to one row of sums for each chunk. `words` of an element and of a sum: 1 or 2. Both
 * matrices count 4-byte words. */
struct pass {
    const struct gpu_kernel *kernel;
    struct linalg_matrix source;
    struct linalg_matrix partials; /* [chunks, kept * partial_words] */
    enum linalg_direction direction;
    uint32_t source_words, partial_words;
    struct linalg_matrix weights; /* of WEIGHTED terms */
    uint32_t flag;                /* constant 4: terms, or PAIRS */
    uint64_t kept, summed;
    uint64_t chunk; /* elements summed by one workgroup for one line */
    uint32_t kept_lanes, summed_lanes;
};

uint64_t linalg_sum_depth(uint64_t n)
{
    uint64_t passes = 1;
    for (uint64_t left = n; left > CHAIN; left = base_divide_up(left, CHAIN))
        passes++;
    return base_minimum(n, passes * (CHAIN + 7));
}

static uint64_t power_of_two_above(uint64_t value)
{
    uint64_t power = 1;
    while (power < value)
        power *= 2;
    return power;
}

/* Neighbouring lanes read neighbouring elements: lanes go along the rows of the source. A lane that would
 * find fewer than four elements to add goes to another line instead. */
static void choose_lanes(const struct gpu *gpu, struct pass *pass)
{
    uint32_t threads = linalg_group_size(gpu, THREADS);
    if (pass->direction == LINALG_ACROSS) {
        pass->summed_lanes = linalg_group_size(gpu, base_minimum(threads, pass->summed / 4));
        pass->kept_lanes = threads / pass->summed_lanes;
    } else {
        pass->kept_lanes = (uint32_t)base_minimum(threads, power_of_two_above(pass->kept));
        pass->summed_lanes = threads / pass->kept_lanes;
    }
}

/* Words from the first to the last that a piece of the source touches. */
static uint64_t source_span(const struct pass *pass, uint64_t kept, uint64_t summed)
{
    if (pass->direction == LINALG_DOWN)
        return linalg_span(summed, kept * pass->source_words, pass->source.stride);
    return linalg_span(kept, summed * pass->source_words, pass->source.stride);
}

/* Chooses the chunk: CHAIN elements a lane, fewer when a single line of them would not fit one binding. */
static enum base_status choose_chunk(const struct gpu *gpu, struct pass *pass)
{
    pass->chunk = (uint64_t)CHAIN * pass->summed_lanes;
    uint64_t most = base_maximum(pass->summed, 1);
    while (source_span(pass, 1, base_minimum(pass->chunk, most)) > linalg_largest_span(gpu) &&
           pass->chunk > 1)
        pass->chunk = base_divide_up(base_minimum(pass->chunk, most), 2);
    if (pass->chunk < 2)
        return base_fail(
            BASE_ERROR_INTERNAL,
            "linalg_sum: two neighbours of a sum lie further apart than the device binds at once (%llu "
            "bytes); cut the matrix",
            (unsigned long long)gpu_capabilities(gpu)->storage_range_bytes);
    return BASE_OK;
}

/* Lines [line, line + kept) and the elements [from, from + summed) of each; `from` is a multiple of the
 * chunk. */
static enum base_status record_piece(struct gpu *gpu, const struct pass *pass, uint64_t line, uint64_t kept,
                                     uint64_t from, uint64_t summed)
{
    uint64_t chunks = base_maximum(base_divide_up(summed, pass->chunk), 1);
    struct linalg_window partials = linalg_window_of(gpu, &pass->partials, from / pass->chunk, chunks,
                                                     line * pass->partial_words, kept * pass->partial_words);
    struct linalg_window source = partials; /* a sum of nothing reads nothing */
    uint64_t words = pass->source_words;
    if (summed > 0 && pass->direction == LINALG_DOWN)
        source = linalg_window_of(gpu, &pass->source, from, summed, line * words, kept * words);
    else if (summed > 0)
        source = linalg_window_of(gpu, &pass->source, line, kept, from * words, summed * words);
    uint32_t stride = (uint32_t)(pass->source.stride / words);
    struct linalg_window weights = partials;
    if (summed > 0 && pass->weights.cols > 0)
        weights = linalg_window_of(gpu, &pass->weights, 0, 1, from, summed);
    uint64_t address = gpu_address(gpu, &source.range);
    _Static_assert(offsetof(struct linalg_sum_params, weights_base) ==
                       sizeof(struct linalg_sum_counts_params),
                   "the counts' kernel takes the same fields but for weights and address");
    struct linalg_sum_params params = {
        .kept = (uint32_t)kept,
        .summed = (uint32_t)summed,
        .chunk = (uint32_t)pass->chunk,
        .source_base = source.base,
        .kept_stride = pass->direction == LINALG_DOWN ? 1 : stride,
        .summed_stride = pass->direction == LINALG_DOWN ? stride : 1,
        .partials_base = partials.base,
        .partials_stride = (uint32_t)(pass->partials.stride / pass->partial_words),
        .weights_base = weights.base,
        .source_low = (uint32_t)address,
        .source_high = (uint32_t)(address >> 32),
    };
    return gpu_dispatch(gpu,
                        &(struct gpu_dispatch_parameters){
                            .kernel = pass->kernel,
                            .level = linalg_best_level(gpu, pass->kernel),
                            .constants = {pass->kept_lanes * pass->summed_lanes, pass->kept_lanes,
                                          pass->summed_lanes, pass->direction == LINALG_ACROSS, pass->flag},
                            .n_constants = 5,
                            .params = &params,
                            .ranges = (struct gpu_range[]){source.range, partials.range, weights.range},
                            .n_groups = base_divide_up(kept, pass->kept_lanes) * chunks,
                            .group_work = (double)base_minimum(summed, pass->chunk),
                        });
}

/* Records a pass, cut into pieces that fit one binding each. */
static enum base_status record_pass(struct gpu *gpu, const struct pass *pass)
{
    uint64_t largest = linalg_largest_span(gpu);
    uint64_t all_chunks = pass->partials.rows;
    uint64_t kept = pass->kept, chunks = all_chunks;
    uint64_t *outer = pass->direction == LINALG_DOWN ? &chunks : &kept;
    uint64_t *inner = pass->direction == LINALG_DOWN ? &kept : &chunks;
    while (pass->summed > 0 &&
           source_span(pass, kept, base_minimum(chunks * pass->chunk, pass->summed)) > largest) {
        uint64_t *cut = *outer > 1 ? outer : inner;
        *cut = linalg_half(*cut, cut == &kept ? pass->kept_lanes : 1);
    }
    while (linalg_span(chunks, kept * pass->partial_words, pass->partials.stride) > largest) {
        uint64_t *cut = chunks > 1 ? &chunks : &kept;
        *cut = linalg_half(*cut, cut == &kept ? pass->kept_lanes : 1);
    }
    for (uint64_t chunk = 0; chunk < all_chunks; chunk += chunks)
        for (uint64_t line = 0; line < pass->kept; line += kept) {
            uint64_t from = chunk * pass->chunk;
            BASE_TRY(record_piece(gpu, pass, line, base_minimum(kept, pass->kept - line), from,
                                  base_minimum(chunks * pass->chunk, pass->summed - from)));
        }
    return BASE_OK;
}

/* Passes until one chunk is left; `pass` holds the first one's source, direction, words and flag. */
static enum base_status record_passes(struct gpu *gpu, struct pass *pass, const struct linalg_matrix *sums)
{
    enum base_status status = BASE_OK;
    struct gpu_buffer *previous = NULL;
    uint64_t chunks;
    do {
        struct gpu_buffer *scratch = NULL;
        choose_lanes(gpu, pass);
        status = choose_chunk(gpu, pass);
        if (status != BASE_OK)
            break;
        chunks = base_maximum(base_divide_up(pass->summed, pass->chunk), 1);
        pass->partials = *sums;
        if (chunks > 1) {
            uint64_t width = pass->kept * pass->partial_words;
            status = gpu_buffer_create(gpu, "partial sums", chunks * width * 4, GPU_DEVICE, &scratch);
            if (status != BASE_OK)
                break;
            pass->partials = linalg_matrix_of(scratch, chunks, width);
        }
        status = record_pass(gpu, pass);
        gpu_buffer_destroy(gpu, &previous);
        previous = scratch;
        /* The next pass sums the partial sums, down. */
        pass->source = pass->partials;
        pass->direction = LINALG_DOWN;
        pass->source_words = pass->partial_words;
        pass->flag = pass->partial_words == 2;
        pass->weights = (struct linalg_matrix){0};
        pass->summed = chunks;
    } while (status == BASE_OK && chunks > 1);
    gpu_buffer_destroy(gpu, &previous);
    return status;
}

static enum base_status sum(struct gpu *gpu, const struct gpu_kernel *kernel,
                            const struct linalg_sum_call *call, uint32_t partial_words)
{
    bool down = call->direction == LINALG_DOWN;
    struct pass pass = {
        .kernel = kernel,
        .source = call->source,
        .direction = call->direction,
        .source_words = 1,
        .partial_words = partial_words,
        .weights = call->weights,
        .flag = call->squared            ? SQUARED
                : call->weights.cols > 0 ? WEIGHTED
                                         : PLAIN,
        .kept = down ? call->source.cols : call->source.rows,
        .summed = down ? call->source.rows : call->source.cols,
    };
    BASE_TRY(linalg_matrix_check(&call->source, kernel->name, "the source"));
    BASE_TRY(linalg_matrix_check(&call->sums, kernel->name, "the vector of sums"));
    BASE_TRY(linalg_matrix_check_shape(&call->sums, 1, pass.kept * partial_words, kernel->name,
                                       "the vector of sums"));
    BASE_TRY(linalg_matrix_check(&call->weights, kernel->name, "the vector of weights"));
    if (pass.flag == WEIGHTED)
        BASE_TRY(
            linalg_matrix_check_shape(&call->weights, 1, pass.summed, kernel->name, "the vector of weights"));
    return pass.kept == 0 ? BASE_OK : record_passes(gpu, &pass, &call->sums);
}

enum base_status linalg_sum(struct gpu *gpu, const struct linalg_sum_call *call)
{
    return sum(gpu, &linalg_sum_kernel, call, 1);
}

enum base_status linalg_sum_counts(struct gpu *gpu, const struct linalg_sum_call *call)
{
    if (call->squared || call->weights.cols > 0)
        return base_fail(BASE_ERROR_INTERNAL, "linalg_sum_counts: counts are neither squared nor weighted");
    return sum(gpu, &linalg_sum_counts_kernel, call, 2);
}
