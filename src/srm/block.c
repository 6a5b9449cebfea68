#include "srm/block.h"

#include "base/memory.h"
#include "linalg/matmul.h"
#include "srm/kernels.h"
#include "srm/params.h"

#include <string.h>

enum { WORKGROUP = 64 };

uint32_t srm_stride(uint32_t width)
{
    return (uint32_t)base_round_up(width, 4);
}

static uint64_t words_of(uint32_t vectors)
{
    return base_divide_up(vectors, 4);
}

uint64_t srm_block_bytes(uint32_t capacity, uint32_t width, uint32_t vectors, bool standard)
{
    uint64_t a_row = 4u * (uint64_t)srm_stride(width) + 8 + 4 * words_of(vectors);
    if (!standard)
        a_row += 4u * (uint64_t)srm_stride(vectors);
    return capacity * a_row + 4;
}

uint32_t srm_block_most_rows(const struct gpu *gpu, uint32_t width, uint32_t vectors)
{
    uint64_t widest = srm_stride(width > vectors ? width : vectors);
    uint64_t rows = gpu_capabilities(gpu)->storage_range_bytes / (4 * widest);
    /* 2^26: a queue entry of count_tiles.comp keeps five bits for the plane. */
    return (uint32_t)base_minimum(rows, 1u << 26);
}

enum base_status srm_block_create(struct gpu *gpu, uint32_t capacity, uint32_t width, uint32_t vectors,
                                  bool standard, struct srm_block *block)
{
    *block = (struct srm_block){
        .capacity = capacity,
        .width = width,
        .vectors = vectors,
        .stride = srm_stride(vectors),
        .words = (uint32_t)words_of(vectors),
        .standard = standard,
    };
    enum base_status status;
    BASE_CHECK(gpu_buffer_create(gpu, "prepared rows", 4u * (uint64_t)capacity * srm_stride(width),
                                 GPU_DEVICE, &block->prepared));
    BASE_CHECK(gpu_buffer_create(gpu, "norms", 8u * (uint64_t)capacity, GPU_DEVICE, &block->norms));
    block->coordinates = block->prepared;
    if (!standard) {
        block->coordinates = NULL;
        BASE_CHECK(gpu_buffer_create(gpu, "coordinates", 4u * (uint64_t)capacity * block->stride, GPU_DEVICE,
                                     &block->coordinates));
    }
    BASE_CHECK(gpu_buffer_create(gpu, "quantised coordinates", 4u * (uint64_t)capacity * block->words,
                                 GPU_DEVICE, &block->quantised));
    BASE_CHECK(gpu_buffer_create(gpu, "dominant count", 4, GPU_HOST, &block->dominant_count));
    return BASE_OK;
error:
    srm_block_destroy(gpu, block);
    return status;
}

void srm_block_destroy(struct gpu *gpu, struct srm_block *block)
{
    if (block->coordinates != block->prepared)
        gpu_buffer_destroy(gpu, &block->coordinates);
    gpu_buffer_destroy(gpu, &block->prepared);
    gpu_buffer_destroy(gpu, &block->norms);
    gpu_buffer_destroy(gpu, &block->quantised);
    gpu_buffer_destroy(gpu, &block->dominant_count);
    *block = (struct srm_block){0};
}

/* Rows on the device are padded to a multiple of four elements. */
static enum base_status upload_rows(struct gpu *gpu, struct gpu_buffer *buffer, const float *rows, uint32_t n,
                                    uint32_t width)
{
    uint32_t stride = srm_stride(width);
    if (stride == width)
        return gpu_upload(gpu, buffer, 0, rows, 4u * (uint64_t)n * width);
    enum { ROWS_AT_ONCE = 1024 };
    float *padded;
    BASE_TRY(base_allocate(&padded, (size_t)ROWS_AT_ONCE * stride, sizeof *padded, "padded rows"));
    enum base_status status = BASE_OK;
    for (uint32_t first = 0; first < n && status == BASE_OK; first += ROWS_AT_ONCE) {
        uint32_t number = n - first < ROWS_AT_ONCE ? n - first : ROWS_AT_ONCE;
        for (uint32_t r = 0; r < number; r++)
            memcpy(padded + (size_t)r * stride, rows + (size_t)(first + r) * width, 4 * (size_t)width);
        status =
            gpu_upload(gpu, buffer, 4u * (uint64_t)first * stride, padded, 4u * (uint64_t)number * stride);
    }
    base_free(padded);
    return status;
}

enum base_status srm_upload_vectors(struct gpu *gpu, const double *vectors, uint32_t m, uint32_t width,
                                    struct gpu_buffer **out)
{
    *out = NULL;
    float *turned;
    size_t stride = srm_stride(m);
    BASE_TRY(base_allocate(&turned, width * stride, sizeof *turned, "basis vectors in f32"));
    for (size_t v = 0; v < m; v++)
        for (size_t i = 0; i < width; i++)
            turned[i * stride + v] = (float)vectors[v * width + i];
    enum base_status status = gpu_buffer_create(gpu, "basis", 4u * (uint64_t)width * stride, GPU_DEVICE, out);
    if (status == BASE_OK)
        status = gpu_upload(gpu, *out, 0, turned, 4u * (uint64_t)width * stride);
    if (status != BASE_OK)
        gpu_buffer_destroy(gpu, out);
    base_free(turned);
    return status;
}

static enum base_status prepare(struct gpu *gpu, const struct srm_block *block)
{
    const struct srm_prepare_params params = {0, block->rows, block->width, srm_stride(block->width)};
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &srm_prepare_kernel,
                 .constants = {WORKGROUP},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(block->prepared), gpu_whole(block->norms)},
                 .n_groups = base_divide_up(block->rows, WORKGROUP),
             });
}

static enum base_status quantise(struct gpu *gpu, const struct srm_block *block, float scale)
{
    const struct srm_quantise_params params = {block->rows, block->vectors, block->stride, block->words,
                                               scale};
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &srm_quantise_kernel,
                                 .constants = {WORKGROUP},
                                 .n_constants = 1,
                                 .params = &params,
                                 .ranges =
                                     (struct gpu_range[]){
                                         gpu_whole(block->coordinates),
                                         gpu_whole(block->norms),
                                         gpu_whole(block->quantised),
                                         gpu_whole(block->dominant_count),
                                     },
                                 .n_groups = base_divide_up((uint64_t)block->rows * block->words, WORKGROUP),
                             });
}

/* Pairs of a row's bytes that may hit: those with a sum of at least 127. */
static uint64_t passing_pairs(const uint8_t *bytes, uint32_t n)
{
    uint64_t of_value[128] = {0}, above = 0, twice = 0;
    for (uint32_t i = 0; i < n; i++)
        of_value[bytes[i] & 127]++;
    for (uint32_t value = 0; value < 128; value++) {
        above += of_value[127 - value]; /* bytes that with this one reach 127 */
        twice += of_value[value] * (above - (value >= 64));
    }
    return twice / 2;
}

/* What a hit costs decides between the kernels, so their number is estimated from rows spread evenly. */
static enum base_status estimate_hits(struct gpu *gpu, struct srm_block *block)
{
    enum { SAMPLED_ROWS = 32 };
    uint32_t sample = (uint32_t)base_minimum(SAMPLED_ROWS, block->rows);
    uint64_t passing = 0, row_bytes = 4u * (uint64_t)block->words;
    uint8_t *bytes;
    BASE_TRY(base_allocate(&bytes, row_bytes, 1, "sampled rows"));
    enum base_status status = BASE_OK;
    for (uint32_t s = 0; s < sample && status == BASE_OK; s++) {
        uint64_t row = (uint64_t)block->rows * s / sample;
        status = gpu_download(gpu, block->quantised, row * row_bytes, bytes, row_bytes);
        passing += passing_pairs(bytes, block->vectors);
    }
    block->likely_hits = (double)passing * block->rows / sample;
    base_free(bytes);
    return status;
}

enum base_status srm_block_fill(struct gpu *gpu, struct srm_block *block, struct gpu_buffer *basis,
                                float scale, const float *rows, uint32_t n)
{
    block->rows = n;
    block->dominants = 0;
    if (n == 0)
        return BASE_OK;
    BASE_TRY(upload_rows(gpu, block->prepared, rows, n, block->width));
    BASE_TRY(prepare(gpu, block));
    if (!block->standard)
        BASE_TRY(linalg_matmul(gpu, &(struct linalg_matmul_call){
                                        .a = {block->prepared, 0, n, block->width, srm_stride(block->width)},
                                        .b = {basis, 0, block->width, block->stride, block->stride},
                                        .c = {block->coordinates, 0, n, block->stride, block->stride},
                                    }));
    BASE_TRY(gpu_fill(gpu, block->dominant_count, 0, 4, 0));
    BASE_TRY(quantise(gpu, block, scale));
    BASE_TRY(gpu_download(gpu, block->dominant_count, 0, &block->dominants, 4));
    return estimate_hits(gpu, block);
}
