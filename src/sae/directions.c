#include "sae/directions.h"

#include "base/memory.h"
#include "base/platform.h"
#include "linalg/matmul.h"

#include <math.h>
#include <string.h>

enum { ROWS_A = 512, ROWS_B = 4096 }; /* of a block of products */

static double dot(const float *a, const float *b, uint32_t width)
{
    double sum = 0;
    for (uint32_t i = 0; i < width; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

void sae_row_norms(const float *rows, uint32_t count, uint32_t width, double *norms)
{
    for (uint32_t r = 0; r < count; r++)
        norms[r] = sqrt(dot(rows + (size_t)r * width, rows + (size_t)r * width, width));
}

void sae_row_cosines(const float *a, const float *b, uint32_t count, uint32_t width, double *cosines)
{
    for (uint32_t r = 0; r < count; r++) {
        const float *x = a + (size_t)r * width, *y = b + (size_t)r * width;
        double norms = sqrt(dot(x, x, width)) * sqrt(dot(y, y, width));
        cosines[r] = norms > 0 ? dot(x, y, width) / norms : NAN;
    }
}

enum base_status sae_unit_rows(const float *rows, uint32_t count, uint32_t width, float **unit)
{
    BASE_TRY(base_allocate(unit, (size_t)count * width, sizeof **unit, "unit directions"));
    for (uint32_t r = 0; r < count; r++) {
        const float *from = rows + (size_t)r * width;
        double norm = sqrt(dot(from, from, width));
        for (uint32_t i = 0; norm > 0 && i < width; i++)
            (*unit)[(size_t)r * width + i] = (float)((double)from[i] / norm);
    }
    return BASE_OK;
}

/* ---- the greatest of a row ---- */

/* list[count] is sorted, greatest first (least first with sign -1). An equal one that came before stays
 * before. */
static void insert(struct sae_product *list, uint32_t count, float sign, uint32_t index, float value)
{
    uint32_t place = count;
    while (place > 0 && (list[place - 1].index == UINT32_MAX || sign * value > sign * list[place - 1].value))
        place--;
    if (place == count)
        return;
    memmove(list + place + 1, list + place, (count - place - 1) * sizeof *list);
    list[place] = (struct sae_product){index, value};
}

static bool is_zero(const float *row, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++)
        if (row[i] != 0)
            return false;
    return true;
}

struct blocks {
    const struct sae_products_call *call;
    struct gpu *gpu;
    struct gpu_buffer *a, *b, *c;
    float *products;
    bool *zero_a, *zero_b;
};

static void look_through(const struct blocks *blocks, uint32_t from_a, uint32_t rows_a, uint32_t from_b,
                         uint32_t rows_b)
{
    const struct sae_products_call *call = blocks->call;
    for (uint32_t r = 0; r < rows_a; r++) {
        uint32_t i = from_a + r;
        if (blocks->zero_a[i])
            continue;
        struct sae_product *greatest = call->greatest + (size_t)i * call->count;
        struct sae_product *least = call->least ? call->least + (size_t)i * call->count : NULL;
        for (uint32_t c = 0; c < rows_b; c++) {
            uint32_t j = from_b + c;
            float value = blocks->products[(size_t)r * rows_b + c];
            if (blocks->zero_b[j] || (call->same && i == j))
                continue;
            const struct sae_product *last = &greatest[call->count - 1];
            if (last->index == UINT32_MAX || value > last->value)
                insert(greatest, call->count, 1, j, value);
            if (least)
                insert(least, call->count, -1, j, value);
        }
    }
}

static enum base_status walk_blocks(const struct blocks *blocks)
{
    const struct sae_products_call *call = blocks->call;
    const uint32_t width = call->width;
    for (uint32_t from_b = 0; from_b < call->n_b; from_b += ROWS_B) {
        uint32_t rows_b = (uint32_t)base_minimum(ROWS_B, call->n_b - from_b);
        BASE_TRY(gpu_upload(blocks->gpu, blocks->b, 0, call->b + (size_t)from_b * width,
                            (uint64_t)rows_b * width * sizeof(float)));
        for (uint32_t from_a = 0; from_a < call->n_a; from_a += ROWS_A) {
            uint32_t rows_a = (uint32_t)base_minimum(ROWS_A, call->n_a - from_a);
            if (base_interrupted())
                return BASE_INTERRUPTED;
            BASE_TRY(gpu_upload(blocks->gpu, blocks->a, 0, call->a + (size_t)from_a * width,
                                (uint64_t)rows_a * width * sizeof(float)));
            BASE_TRY(linalg_matmul(blocks->gpu, &(struct linalg_matmul_call){
                                                    .a = linalg_matrix_of(blocks->a, rows_a, width),
                                                    .b = linalg_matrix_of(blocks->b, rows_b, width),
                                                    .c = linalg_matrix_of(blocks->c, rows_a, rows_b),
                                                    .b_is_rows = true,
                                                }));
            BASE_TRY(gpu_download(blocks->gpu, blocks->c, 0, blocks->products,
                                  (uint64_t)rows_a * rows_b * sizeof(float)));
            look_through(blocks, from_a, rows_a, from_b, rows_b);
        }
    }
    return BASE_OK;
}

static void clear(struct sae_product *list, size_t count)
{
    for (size_t i = 0; list && i < count; i++)
        list[i] = (struct sae_product){UINT32_MAX, NAN};
}

static enum base_status make_blocks(struct blocks *blocks)
{
    const struct sae_products_call *call = blocks->call;
    const uint64_t rows_a = base_minimum(ROWS_A, call->n_a), rows_b = base_minimum(ROWS_B, call->n_b);
    const uint64_t word = sizeof(float);
    BASE_TRY(
        gpu_buffer_create(blocks->gpu, "directions a", rows_a * call->width * word, GPU_DEVICE, &blocks->a));
    BASE_TRY(
        gpu_buffer_create(blocks->gpu, "directions b", rows_b * call->width * word, GPU_DEVICE, &blocks->b));
    BASE_TRY(gpu_buffer_create(blocks->gpu, "products", rows_a * rows_b * word, GPU_DEVICE, &blocks->c));
    BASE_TRY(base_allocate(&blocks->products, (size_t)(rows_a * rows_b), sizeof(float), "products"));
    BASE_TRY(base_allocate(&blocks->zero_a, call->n_a, sizeof(bool), "directions"));
    BASE_TRY(base_allocate(&blocks->zero_b, call->n_b, sizeof(bool), "directions"));
    for (uint32_t i = 0; i < call->n_a; i++)
        blocks->zero_a[i] = is_zero(call->a + (size_t)i * call->width, call->width);
    for (uint32_t j = 0; j < call->n_b; j++)
        blocks->zero_b[j] = is_zero(call->b + (size_t)j * call->width, call->width);
    return BASE_OK;
}

enum base_status sae_greatest_products(struct gpu *gpu, const struct sae_products_call *call)
{
    enum base_status status;
    struct blocks blocks = {.call = call, .gpu = gpu};
    clear(call->greatest, (size_t)call->n_a * call->count);
    clear(call->least, (size_t)call->n_a * call->count);
    if (call->n_a == 0 || call->n_b == 0 || call->width == 0 || call->count == 0)
        return BASE_OK;
    BASE_CHECK(make_blocks(&blocks));
    BASE_CHECK(walk_blocks(&blocks));
error:
    gpu_buffer_destroy(gpu, &blocks.a);
    gpu_buffer_destroy(gpu, &blocks.b);
    gpu_buffer_destroy(gpu, &blocks.c);
    base_free(blocks.products);
    base_free(blocks.zero_a);
    base_free(blocks.zero_b);
    return status;
}
