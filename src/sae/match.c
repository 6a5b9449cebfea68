#include "sae/match.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void sae_match_free(struct sae_match *match)
{
    base_free(match->greatest_a);
    base_free(match->greatest_b);
    base_free(match->pairs);
    *match = (struct sae_match){0};
}

/* ---- the best assignment ---- */

/* Room of the method: index 0 stands for "none yet", rows and columns count from 1. */
struct assignment {
    double *row_potential, *column_potential, *slack;
    uint32_t *row_of, *came_from;
    bool *done;
};

/* Grows the alternating tree from `row` until a free column is reached, and turns the path. False when no
 * column can be reached: some gain is not a number. */
static bool add_row(struct assignment *a, const float *gains, uint32_t columns, uint32_t row)
{
    uint32_t column = 0;
    a->row_of[0] = row;
    for (uint32_t j = 0; j <= columns; j++) {
        a->slack[j] = INFINITY;
        a->done[j] = false;
    }
    do {
        uint32_t next = 0, i = a->row_of[column];
        double least = INFINITY;
        a->done[column] = true;
        for (uint32_t j = 1; j <= columns; j++) {
            if (a->done[j])
                continue;
            double reduced = -(double)gains[(size_t)(i - 1) * columns + j - 1] - a->row_potential[i] -
                             a->column_potential[j];
            if (reduced < a->slack[j]) {
                a->slack[j] = reduced;
                a->came_from[j] = column;
            }
            if (a->slack[j] < least) {
                least = a->slack[j];
                next = j;
            }
        }
        for (uint32_t j = 0; j <= columns; j++) {
            if (a->done[j]) {
                a->row_potential[a->row_of[j]] += least;
                a->column_potential[j] -= least;
            } else {
                a->slack[j] -= least;
            }
        }
        if (next == 0)
            return false;
        column = next;
    } while (a->row_of[column] != 0);
    while (column != 0) {
        uint32_t before = a->came_from[column];
        a->row_of[column] = a->row_of[before];
        column = before;
    }
    return true;
}

enum base_status sae_assign(const float *gains, uint32_t rows, uint32_t columns, uint32_t *assigned)
{
    enum base_status status;
    static const char what[] = "the assignment";
    struct assignment a = {0};
    const size_t n = (size_t)columns + 1;
    BASE_CHECK(base_allocate(&a.row_potential, (size_t)rows + 1, sizeof(double), what));
    BASE_CHECK(base_allocate(&a.column_potential, n, sizeof(double), what));
    BASE_CHECK(base_allocate(&a.slack, n, sizeof(double), what));
    BASE_CHECK(base_allocate(&a.row_of, n, sizeof(uint32_t), what));
    BASE_CHECK(base_allocate(&a.came_from, n, sizeof(uint32_t), what));
    BASE_CHECK(base_allocate(&a.done, n, sizeof(bool), what));
    for (uint32_t row = 1; row <= rows; row++)
        if (!add_row(&a, gains, columns, row))
            BASE_CHECK(base_fail(BASE_ERROR_NUMERIC, "directions hold NaN or Inf and cannot be matched"));
    for (uint32_t j = 1; j <= columns; j++)
        if (a.row_of[j] != 0)
            assigned[a.row_of[j] - 1] = j - 1;
error:
    base_free(a.row_potential);
    base_free(a.column_potential);
    base_free(a.slack);
    base_free(a.row_of);
    base_free(a.came_from);
    base_free(a.done);
    return status;
}

/* ---- pairs ---- */

struct sides {
    struct gpu *gpu;
    float *a, *b; /* of unit length */
    uint32_t n_a, n_b, width;
    struct sae_product *nearest_a, *nearest_b;
};

static int compare_pairs(const void *left, const void *right)
{
    const struct sae_pair *x = left, *y = right;
    if (x->cosine != y->cosine)
        return x->cosine < y->cosine ? 1 : -1;
    if (x->a != y->a)
        return x->a > y->a ? 1 : -1;
    return (x->b > y->b) - (x->b < y->b);
}

static int compare_places(const void *left, const void *right)
{
    const struct sae_pair *x = left, *y = right;
    return (x->a > y->a) - (x->a < y->a);
}

static enum base_status pair_greedily(const struct sides *sides, struct sae_match *match)
{
    enum base_status status;
    static const char what[] = "pairs of directions";
    struct sae_pair *candidates = NULL;
    bool *used_a = NULL, *used_b = NULL;
    size_t n = 0;
    BASE_CHECK(base_allocate(&candidates, (size_t)sides->n_a * SAE_MATCH_NEAREST, sizeof *candidates, what));
    BASE_CHECK(base_allocate(&used_a, sides->n_a, sizeof *used_a, what));
    BASE_CHECK(base_allocate(&used_b, sides->n_b, sizeof *used_b, what));
    for (uint32_t i = 0; i < sides->n_a; i++)
        for (uint32_t k = 0; k < SAE_MATCH_NEAREST; k++) {
            struct sae_product product = sides->nearest_a[(size_t)i * SAE_MATCH_NEAREST + k];
            if (product.index != UINT32_MAX)
                candidates[n++] = (struct sae_pair){i, product.index, (double)product.value};
        }
    qsort(candidates, n, sizeof *candidates, compare_pairs);
    for (size_t c = 0; c < n; c++) {
        if (used_a[candidates[c].a] || used_b[candidates[c].b])
            continue;
        used_a[candidates[c].a] = used_b[candidates[c].b] = true;
        match->pairs[match->n_pairs++] = candidates[c];
    }
error:
    base_free(candidates);
    base_free(used_a);
    base_free(used_b);
    return status;
}

static bool zero(const float *row, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++)
        if (row[i] != 0)
            return false;
    return true;
}

/* The side with fewer directions gives the rows. */
static enum base_status pair_optimally(const struct sides *sides, struct sae_match *match)
{
    enum base_status status;
    static const char what[] = "cosines of all pairs";
    const bool turned = sides->n_a > sides->n_b;
    const float *few = turned ? sides->b : sides->a, *many = turned ? sides->a : sides->b;
    const uint32_t rows = turned ? sides->n_b : sides->n_a, columns = turned ? sides->n_a : sides->n_b;
    float *gains = NULL;
    uint32_t *assigned = NULL;
    BASE_CHECK(base_allocate(&gains, (size_t)rows * columns, sizeof *gains, what));
    BASE_CHECK(base_allocate(&assigned, rows, sizeof *assigned, what));
    for (uint32_t i = 0; i < rows; i++)
        for (uint32_t j = 0; j < columns; j++) {
            double sum = 0;
            for (uint32_t k = 0; k < sides->width; k++)
                sum += (double)few[(size_t)i * sides->width + k] * (double)many[(size_t)j * sides->width + k];
            gains[(size_t)i * columns + j] = (float)sum;
        }
    BASE_CHECK(sae_assign(gains, rows, columns, assigned));
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t j = assigned[i];
        if (zero(few + (size_t)i * sides->width, sides->width) ||
            zero(many + (size_t)j * sides->width, sides->width))
            continue;
        match->pairs[match->n_pairs++] =
            (struct sae_pair){turned ? j : i, turned ? i : j, (double)gains[(size_t)i * columns + j]};
    }
error:
    base_free(gains);
    base_free(assigned);
    return status;
}

/* ---- both ways ---- */

static double mean_greatest(const struct sae_product *nearest, uint32_t count, uint32_t stride,
                            float *greatest)
{
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        greatest[i] = nearest[(size_t)i * stride].value;
        if (nearest[(size_t)i * stride].index == UINT32_MAX)
            continue;
        sum += (double)greatest[i];
        n++;
    }
    return n > 0 ? sum / n : NAN;
}

static enum base_status find_nearest(struct sides *sides, struct sae_match *match)
{
    static const char what[] = "nearest directions";
    BASE_TRY(base_allocate(&sides->nearest_a, (size_t)sides->n_a * SAE_MATCH_NEAREST,
                           sizeof *sides->nearest_a, what));
    BASE_TRY(base_allocate(&sides->nearest_b, sides->n_b, sizeof *sides->nearest_b, what));
    BASE_TRY(base_allocate(&match->greatest_a, sides->n_a, sizeof(float), what));
    BASE_TRY(base_allocate(&match->greatest_b, sides->n_b, sizeof(float), what));
    BASE_TRY(base_allocate(&match->pairs, sides->n_a, sizeof *match->pairs, what));
    BASE_TRY(sae_greatest_products(sides->gpu, &(struct sae_products_call){.a = sides->a,
                                                                           .b = sides->b,
                                                                           .n_a = sides->n_a,
                                                                           .n_b = sides->n_b,
                                                                           .width = sides->width,
                                                                           .count = SAE_MATCH_NEAREST,
                                                                           .greatest = sides->nearest_a}));
    BASE_TRY(sae_greatest_products(sides->gpu, &(struct sae_products_call){.a = sides->b,
                                                                           .b = sides->a,
                                                                           .n_a = sides->n_b,
                                                                           .n_b = sides->n_a,
                                                                           .width = sides->width,
                                                                           .count = 1,
                                                                           .greatest = sides->nearest_b}));
    match->mmcs_a = mean_greatest(sides->nearest_a, sides->n_a, SAE_MATCH_NEAREST, match->greatest_a);
    match->mmcs_b = mean_greatest(sides->nearest_b, sides->n_b, 1, match->greatest_b);
    return BASE_OK;
}

enum base_status sae_match(struct gpu *gpu, const float *a, uint32_t n_a, const float *b, uint32_t n_b,
                           uint32_t width, struct sae_match *match)
{
    enum base_status status;
    struct sides sides = {.gpu = gpu, .n_a = n_a, .n_b = n_b, .width = width};
    *match = (struct sae_match){.optimal = n_a <= SAE_MATCH_OPTIMAL && n_b <= SAE_MATCH_OPTIMAL};
    BASE_CHECK(sae_unit_rows(a, n_a, width, &sides.a));
    BASE_CHECK(sae_unit_rows(b, n_b, width, &sides.b));
    BASE_CHECK(find_nearest(&sides, match));
    BASE_CHECK(match->optimal ? pair_optimally(&sides, match) : pair_greedily(&sides, match));
    if (match->n_pairs > 1)
        qsort(match->pairs, match->n_pairs, sizeof *match->pairs, compare_places);
    for (uint32_t p = 0; p < match->n_pairs; p++)
        match->mean_cosine += match->pairs[p].cosine / match->n_pairs;
error:
    base_free(sides.a);
    base_free(sides.b);
    base_free(sides.nearest_a);
    base_free(sides.nearest_b);
    if (status != BASE_OK)
        sae_match_free(match);
    return status;
}
