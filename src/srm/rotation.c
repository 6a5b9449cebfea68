#include "srm/rotation.h"

#include "base/memory.h"
#include "base/random.h"
#include "srm/dense.h"

#include <math.h>

/* Rows orthogonalised together against all rows before them. */
enum { BLOCK = 32 };

/* Below this part of its length a row has lost digits to cancellation, and is orthogonalised once more. */
static const double cancelled = 0.1;
static const double dependent = 1e-10;

static double length_of(const double *row, uint32_t width)
{
    return sqrt(srm_dense_dot(row, row, width));
}

static void fill_normal(uint64_t seed, uint32_t copy, uint64_t first, uint64_t count, double *out)
{
    for (uint64_t k = 0; k < count; k++)
        out[k] = base_random_normal(seed, BASE_STREAM_ROTATION, ((uint64_t)copy << 40) + first + k);
}

/* Removes from row `index` its components along rows [from, index). */
static void remove_components(double *rows, uint32_t from, uint32_t index, uint32_t width, double *weights)
{
    double *row = rows + (uint64_t)index * width;
    const double *before = rows + (uint64_t)from * width;
    srm_dense_dots(row, 1, before, index - from, width, weights, index - from);
    srm_dense_add(row, 1, weights, index - from, -1, before, index - from, width, width);
}

/* Row `index`, already orthogonal to the rows before `block`, becomes a unit vector orthogonal to all before
 * it. `length` is the row's before anything was removed. */
static void finish_row(double *rows, uint32_t block, uint32_t index, uint32_t width, double length,
                       uint64_t seed, double *weights)
{
    double *row = rows + (uint64_t)index * width;
    remove_components(rows, block, index, width, weights);
    double left = length_of(row, width);
    for (uint32_t attempt = 0; !(left > cancelled * length); attempt++) {
        if (!(left > dependent * length) || attempt > 8) {
            fill_normal(seed, UINT16_MAX, ((uint64_t)index * 16 + attempt % 16) * width, width, row);
            left = length_of(row, width);
        }
        length = left;
        remove_components(rows, 0, index, width, weights);
        left = length_of(row, width);
    }
    for (uint32_t k = 0; k < width; k++)
        row[k] /= left;
}

enum base_status srm_rotation_orthonormalise(double *rows, uint32_t first, uint32_t count, uint32_t width,
                                             uint64_t seed)
{
    double *weights;
    uint32_t end = first + count;
    BASE_TRY(base_allocate(&weights, (size_t)BLOCK * (end + 1), sizeof *weights, "orthogonalisation"));
    for (uint32_t block = first; block < end; block += BLOCK) {
        uint32_t size = end - block < BLOCK ? end - block : BLOCK;
        double *own = rows + (uint64_t)block * width, lengths[BLOCK];
        for (uint32_t r = 0; r < size; r++)
            lengths[r] = length_of(own + (uint64_t)r * width, width);
        srm_dense_dots(own, size, rows, block, width, weights, block);
        srm_dense_add(own, size, weights, block, -1, rows, block, width, width);
        for (uint32_t r = 0; r < size; r++)
            finish_row(rows, block, block + r, width, lengths[r], seed, weights);
    }
    base_free(weights);
    return BASE_OK;
}

enum base_status srm_rotation_frame(uint64_t seed, uint32_t copy, uint32_t count, uint32_t width,
                                    double *frame)
{
    fill_normal(seed, copy, 0, (uint64_t)count * width, frame);
    return srm_rotation_orthonormalise(frame, 0, count, width, seed);
}
