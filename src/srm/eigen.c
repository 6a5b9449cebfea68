#include "srm/eigen.h"

#include "base/memory.h"
#include "srm/dense.h"
#include "srm/rotation.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static enum base_status require_finite(const double *matrix, uint32_t n)
{
    for (uint64_t row = 0; row < n; row++) {
        for (uint64_t column = 0; column <= row; column++) {
            if (!isfinite(matrix[row * n + column])) {
                return base_fail(
                    BASE_ERROR_NUMERIC,
                    "the covariance matrix is not finite at (%u, %u); the rows hold values too large "
                    "for it, or NaN",
                    (unsigned)row, (unsigned)column);
            }
        }
    }
    return BASE_OK;
}

/* ---- reduction to tridiagonal form ---- */

/* A reflection I - beta v v' that maps x[n] to a multiple of its last unit vector. v replaces x; the multiple
 * is returned. */
static double make_reflection(double *x, uint32_t n, double *beta)
{
    double largest = 0;
    for (uint32_t k = 0; k + 1 < n; k++)
        largest = fmax(largest, fabs(x[k]));
    *beta = 0;
    if (largest == 0)
        return x[n - 1];
    largest = fmax(largest, fabs(x[n - 1]));
    for (uint32_t k = 0; k < n; k++)
        x[k] /= largest;
    double length = sqrt(srm_dense_dot(x, x, n));
    double image = x[n - 1] > 0 ? -length : length;
    *beta = 1 / (length * (length + fabs(x[n - 1])));
    x[n - 1] -= image;
    return image * largest;
}

/* out[n] = beta A v for the symmetric leading n x n part of matrix, from its lower triangle alone. */
static void symmetric_product(const double *matrix, uint32_t stride, uint32_t n, const double *v, double beta,
                              double *out)
{
    for (uint32_t row = 0; row < n; row++) {
        const double *a = matrix + (uint64_t)row * stride;
        double along = v[row];
        out[row] = srm_dense_dot(a, v, row) + a[row] * along;
        for (uint32_t k = 0; k < row; k++)
            out[k] += along * a[k];
    }
    for (uint32_t k = 0; k < n; k++)
        out[k] *= beta;
}

/* A -= v w' + w v' on the lower triangle. */
static void subtract_outer(double *matrix, uint32_t stride, uint32_t n, const double *v, const double *w)
{
    for (uint32_t row = 0; row < n; row++) {
        double *a = matrix + (uint64_t)row * stride;
        const double vr = v[row], wr = w[row];
        for (uint32_t k = 0; k <= row; k++)
            a[k] -= vr * w[k] + wr * v[k];
    }
}

/* Afterwards row r of matrix holds in its first r entries the vector of reflection r, betas[r] its factor,
 * and the tridiagonal matrix has diagonal[n] and, next to it, beside[r] between r - 1 and r (beside[0] = 0).
 */
static void tridiagonalise(double *matrix, uint32_t n, double *diagonal, double *beside, double *betas,
                           double *work)
{
    for (uint32_t r = n - 1; r >= 1; r--) {
        double *v = matrix + (uint64_t)r * n;
        diagonal[r] = v[r];
        beside[r] = make_reflection(v, r, &betas[r]);
        if (betas[r] == 0)
            continue;
        symmetric_product(matrix, n, r, v, betas[r], work);
        double half = betas[r] * srm_dense_dot(work, v, r) / 2;
        for (uint32_t k = 0; k < r; k++)
            work[k] -= half * v[k];
        subtract_outer(matrix, n, r, v, work);
    }
    diagonal[0] = matrix[0];
    beside[0] = 0;
    betas[0] = 0;
}

/* vectors[n, n] = transpose of the product of the reflections: row k becomes eigenvector k once the rotations
 * of the QL method have been applied to the rows. A few rows at a time, so that each reflection is read once
 * for all of them. */
static void gather_reflections(const double *matrix, const double *betas, uint32_t n, double *vectors)
{
    enum { together = 8 };
    memset(vectors, 0, (uint64_t)n * n * sizeof *vectors);
    for (uint32_t k = 0; k < n; k++)
        vectors[(uint64_t)k * n + k] = 1;
    for (uint32_t from = 0; from < n; from += together) {
        uint32_t to = n - from < together ? n : from + together;
        for (uint32_t r = from + 1; r < n; r++) {
            const double *v = matrix + (uint64_t)r * n;
            for (uint32_t k = from; k < to && k < r && betas[r] != 0; k++) {
                double *row = vectors + (uint64_t)k * n;
                double along = betas[r] * srm_dense_dot(row, v, r);
                for (uint32_t c = 0; c < r; c++)
                    row[c] -= along * v[c];
            }
        }
    }
}

/* ---- the implicit QL method ---- */

/* A rotation of rows `row` and `row` + 1 by (cosine, sine). */
struct turn {
    uint32_t row;
    double cosine, sine;
};

/* Turns wait here and are applied together, column block by column block, because the matrix of eigenvectors
 * does not fit a cache while a block of its columns does. */
struct turn_list {
    struct turn *turns;
    uint32_t count, capacity;
    double *vectors;
    uint32_t n;
};

static void apply_turns(struct turn_list *list)
{
    enum { columns = 64 };
    for (uint32_t from = 0; from < list->n; from += columns) {
        uint32_t width = list->n - from < columns ? list->n - from : columns;
        for (uint32_t t = 0; t < list->count; t++) {
            const double c = list->turns[t].cosine, s = list->turns[t].sine;
            double *restrict upper = list->vectors + (uint64_t)list->turns[t].row * list->n + from;
            double *restrict lower = upper + list->n;
            for (uint32_t k = 0; k < width; k++) {
                double below = lower[k];
                lower[k] = s * upper[k] + c * below;
                upper[k] = c * upper[k] - s * below;
            }
        }
    }
    list->count = 0;
}

static void add_turn(struct turn_list *list, uint32_t row, double cosine, double sine)
{
    if (list->count == list->capacity)
        apply_turns(list);
    list->turns[list->count++] = (struct turn){row, cosine, sine};
}

/* One sweep over the unreduced block [low, high] with the shift of its upper left corner. beside[r] couples r
 * and r + 1 here. */
static void sweep(double *diagonal, double *beside, uint32_t low, uint32_t high, struct turn_list *list)
{
    double slope = (diagonal[low + 1] - diagonal[low]) / (2 * beside[low]);
    double root = hypot(slope, 1);
    double shift = diagonal[low] - beside[low] / (slope + copysign(root, slope));
    double g = diagonal[high] - shift, s = 1, c = 1, removed = 0;
    for (uint32_t k = high; k-- > low;) {
        double f = s * beside[k], b = c * beside[k];
        double radius = hypot(f, g);
        beside[k + 1] = radius;
        if (radius == 0) { /* the block splits here */
            diagonal[k + 1] -= removed;
            beside[high] = 0;
            return;
        }
        s = f / radius;
        c = g / radius;
        g = diagonal[k + 1] - removed;
        double t = (diagonal[k] - g) * s + 2 * c * b;
        removed = s * t;
        diagonal[k + 1] = g + removed;
        g = c * t - b;
        add_turn(list, k, c, s);
    }
    diagonal[low] -= removed;
    beside[low] = g;
    beside[high] = 0;
}

static enum base_status diagonalise(double *diagonal, double *beside, uint32_t n, struct turn_list *list)
{
    for (uint32_t k = 1; k < n; k++)
        beside[k - 1] = beside[k];
    beside[n - 1] = 0;
    double scale =
        0; /* a coupling of 1e-20 of this is rounding, even between two diagonal elements that are 0 */
    for (uint32_t k = 0; k < n; k++)
        scale = fmax(scale, fabs(diagonal[k]) + fabs(beside[k]));
    for (uint32_t low = 0; low < n; low++) {
        for (int sweeps = 0;; sweeps++) {
            uint32_t high = low;
            while (high + 1 < n &&
                   fabs(beside[high]) >
                       0x1p-53 * (fabs(diagonal[high]) + fabs(diagonal[high + 1])) + 1e-20 * scale)
                high++;
            if (high == low)
                break;
            if (sweeps == 100)
                return base_fail(BASE_ERROR_NUMERIC,
                                 "the eigenvalues of the covariance matrix do not converge");
            sweep(diagonal, beside, low, high, list);
        }
    }
    apply_turns(list);
    return BASE_OK;
}

/* ---- order and sign ---- */

struct ordered_value {
    double value;
    uint32_t index;
};

static int compare_values(const void *left, const void *right)
{
    const struct ordered_value *a = left, *b = right;
    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static void fix_sign(double *vector, uint32_t n)
{
    double largest = 0;
    for (uint32_t k = 0; k < n; k++)
        largest = fabs(vector[k]) > fabs(largest) ? vector[k] : largest;
    for (uint32_t k = 0; k < n && largest < 0; k++)
        vector[k] = -vector[k];
}

/* Sorts values and rows of vectors; `spare` is room for all rows. */
static enum base_status sort_pairs(double *values, double *vectors, uint32_t n, double *spare)
{
    struct ordered_value *order;
    BASE_TRY(base_allocate(&order, n, sizeof *order, "the eigenvalues"));
    for (uint32_t k = 0; k < n; k++)
        order[k] = (struct ordered_value){values[k], k};
    qsort(order, n, sizeof *order, compare_values);
    memcpy(spare, vectors, (uint64_t)n * n * sizeof *spare);
    for (uint32_t k = 0; k < n; k++) {
        values[k] = order[k].value;
        memcpy(vectors + (uint64_t)k * n, spare + (uint64_t)order[k].index * n, n * sizeof *vectors);
        fix_sign(vectors + (uint64_t)k * n, n);
    }
    base_free(order);
    return BASE_OK;
}

enum base_status srm_eigen_symmetric(double *matrix, uint32_t n, double *values, double *vectors)
{
    enum base_status status;
    double *work = NULL;
    struct turn_list list = {.capacity = 1u << 17, .vectors = vectors, .n = n};
    if (n == 0)
        return BASE_OK;
    BASE_CHECK(require_finite(matrix, n));
    BASE_CHECK(base_allocate(&work, 3 * (size_t)n, sizeof *work, "the eigenvalues"));
    BASE_CHECK(base_allocate(&list.turns, list.capacity, sizeof *list.turns, "the eigenvectors"));
    double *beside = work, *betas = work + n;
    tridiagonalise(matrix, n, values, beside, betas, work + 2 * n);
    gather_reflections(matrix, betas, n, vectors);
    BASE_CHECK(diagonalise(values, beside, n, &list));
    BASE_CHECK(sort_pairs(values, vectors, n, matrix));
error:
    base_free(list.turns);
    base_free(work);
    return status;
}

/* ---- a few of many ---- */

/* Blocks of the Krylov space, spare directions beside the wanted ones, and restarts before giving up. */
enum { BLOCKS = 5, SPARE = 8, RESTARTS = 12 };
#define RESIDUAL 1e-10

struct krylov {
    const double *matrix;  /* [n, n] */
    uint32_t n, block;     /* vectors a block */
    double *space, *image; /* [BLOCKS block, n]: orthonormal rows, and matrix times each */
    double *small, *ritz;  /* [BLOCKS block, BLOCKS block]: the matrix seen in the space, its eigenvectors */
    double *values;        /* [BLOCKS block] */
};

static void krylov_free(struct krylov *krylov)
{
    base_free(krylov->space);
    base_free(krylov->image);
    base_free(krylov->small);
    base_free(krylov->ritz);
    base_free(krylov->values);
}

static enum base_status krylov_make(const double *matrix, uint32_t n, uint32_t block, struct krylov *krylov)
{
    size_t size = (size_t)BLOCKS * block;
    *krylov = (struct krylov){.matrix = matrix, .n = n, .block = block};
    BASE_TRY(base_allocate(&krylov->space, size * n, sizeof(double), "principal components"));
    BASE_TRY(base_allocate(&krylov->image, size * n, sizeof(double), "principal components"));
    BASE_TRY(base_allocate(&krylov->small, size * size, sizeof(double), "principal components"));
    BASE_TRY(base_allocate(&krylov->ritz, size * size, sizeof(double), "principal components"));
    return base_allocate(&krylov->values, size, sizeof(double), "principal components");
}

/* From the first block of the space, the others: each is the matrix times the one before. Then the eigenpairs
 * of the matrix restricted to the space. */
static enum base_status krylov_grow(struct krylov *krylov)
{
    uint32_t n = krylov->n, block = krylov->block, size = BLOCKS * block;
    for (uint32_t b = 0; b < BLOCKS; b++) {
        uint64_t at = (uint64_t)b * block * n;
        srm_dense_dots(krylov->space + at, block, krylov->matrix, n, n, krylov->image + at, n);
        if (b + 1 == BLOCKS)
            break;
        memcpy(krylov->space + at + (uint64_t)block * n, krylov->image + at,
               (uint64_t)block * n * sizeof(double));
        BASE_TRY(srm_rotation_orthonormalise(krylov->space, (b + 1) * block, block, n, 1));
    }
    srm_dense_dots(krylov->space, size, krylov->image, size, n, krylov->small, size);
    return srm_eigen_symmetric(krylov->small, size, krylov->values, krylov->ritz);
}

/* Replaces the first block by the best vectors of the space; the largest residual |A u - lambda u| of the
 * first `wanted` of them is returned. `scratch` is [block, n]. */
static double krylov_restart(struct krylov *krylov, uint32_t wanted, double *scratch)
{
    uint32_t n = krylov->n, block = krylov->block, size = BLOCKS * block;
    uint64_t bytes = (uint64_t)block * n * sizeof(double);
    double worst = 0;
    memset(scratch, 0, bytes);
    srm_dense_add(scratch, block, krylov->ritz, size, 1, krylov->image, size, n, n);
    memcpy(krylov->image, scratch, bytes);
    memset(scratch, 0, bytes);
    srm_dense_add(scratch, block, krylov->ritz, size, 1, krylov->space, size, n, n);
    memcpy(krylov->space, scratch, bytes);
    for (uint32_t v = 0; v < wanted; v++) {
        const double *vector = krylov->space + (uint64_t)v * n, *image = krylov->image + (uint64_t)v * n;
        double square = 0;
        for (uint32_t k = 0; k < n; k++) {
            double difference = image[k] - krylov->values[v] * vector[k];
            square += difference * difference;
        }
        worst = fmax(worst, sqrt(square));
    }
    return worst;
}

/* Sets *converged; values and vectors are filled only then. */
static enum base_status leading_by_krylov(const double *matrix, uint32_t n, uint32_t count, double *values,
                                          double *vectors, bool *converged)
{
    enum base_status status;
    struct krylov krylov;
    double *scratch = NULL;
    *converged = false;
    BASE_CHECK(krylov_make(matrix, n, count + SPARE, &krylov));
    BASE_CHECK(base_allocate(&scratch, (size_t)krylov.block * n, sizeof *scratch, "principal components"));
    BASE_CHECK(srm_rotation_frame(0, 0, krylov.block, n, krylov.space));
    for (int restart = 0; restart < RESTARTS && !*converged; restart++) {
        BASE_CHECK(krylov_grow(&krylov));
        double residual = krylov_restart(&krylov, count, scratch);
        *converged = residual <= RESIDUAL * krylov.values[0];
        BASE_CHECK(srm_rotation_orthonormalise(krylov.space, 0, krylov.block, n, 1));
    }
    if (*converged) {
        memcpy(values, krylov.values, count * sizeof *values);
        memcpy(vectors, krylov.space, (uint64_t)count * n * sizeof *vectors);
        for (uint32_t v = 0; v < count; v++)
            fix_sign(vectors + (uint64_t)v * n, n);
    }
error:
    base_free(scratch);
    krylov_free(&krylov);
    return status;
}

enum base_status srm_eigen_leading(const double *matrix, uint32_t n, uint32_t count, double *values,
                                   double *vectors)
{
    enum base_status status;
    double *copy = NULL, *all_values = NULL, *all_vectors = NULL;
    bool converged = false;
    BASE_TRY(require_finite(matrix, n));
    if ((uint64_t)(count + SPARE) * BLOCKS <= n / 2)
        BASE_TRY(leading_by_krylov(matrix, n, count, values, vectors, &converged));
    if (converged)
        return BASE_OK;
    BASE_CHECK(base_allocate(&copy, (size_t)n * n, sizeof *copy, "principal components"));
    BASE_CHECK(base_allocate(&all_values, n, sizeof *all_values, "principal components"));
    BASE_CHECK(base_allocate(&all_vectors, (size_t)n * n, sizeof *all_vectors, "principal components"));
    memcpy(copy, matrix, (uint64_t)n * n * sizeof *copy);
    BASE_CHECK(srm_eigen_symmetric(copy, n, all_values, all_vectors));
    memcpy(values, all_values, count * sizeof *values);
    memcpy(vectors, all_vectors, (uint64_t)count * n * sizeof *vectors);
error:
    base_free(copy);
    base_free(all_values);
    base_free(all_vectors);
    return status;
}
