/* What must not change a count: turning rows and basis together, the length of basis vectors; and bases with
 * more vectors than dimensions or with opposite vectors. Through the f32 reference with projections made in
 * f32, as a device makes them. */
#include "base/memory.h"
#include "base/random.h"
#include "srm/gram.h"
#include "srm/reference.h"
#include "support/test.h"

#include <stdlib.h>

enum { WIDTH = 6, ROWS = 2000, ANGLES = 72 };
static const double epsilons[] = {0.8, 0.4, -0.2};
enum { EPSILONS = 3 };

struct counted {
    uint32_t *counts, *near;
    struct srm_pair *pairs;
    uint32_t n_pairs;
};

/* Counts of rows[ROWS, WIDTH] in all planes of a basis, and how many rows are near the threshold in double
 * precision. */
static struct counted count(const float *rows, const struct srm_basis *basis)
{
    struct counted c = {.n_pairs = basis->n_vectors * (basis->n_vectors - 1) / 2};
    uint32_t n = basis->n_vectors;
    size_t cells = (size_t)EPSILONS * c.n_pairs * ANGLES;
    float *scaled, *norms, *vectors, *projections;
    double *exact, *exact_norms;
    struct srm_plane *planes;
    struct srm_planes all;
    struct srm_plane_choice choice = {.kind = SRM_PLANES_ALL};
    assert_ok(base_allocate(&c.counts, cells, sizeof(uint32_t), "counts"));
    assert_ok(base_allocate(&c.near, 2 * cells, sizeof(uint32_t), "counts"));
    assert_ok(base_allocate(&c.pairs, c.n_pairs, sizeof *c.pairs, "pairs"));
    assert_ok(base_allocate(&planes, c.n_pairs, sizeof *planes, "planes"));
    assert_ok(base_allocate(&scaled, ROWS * WIDTH, sizeof(float), "rows"));
    assert_ok(base_allocate(&norms, ROWS, sizeof(float), "norms"));
    assert_ok(base_allocate(&vectors, (size_t)n * WIDTH, sizeof(float), "vectors"));
    assert_ok(base_allocate(&projections, (size_t)ROWS * n, sizeof(float), "projections"));
    assert_ok(base_allocate(&exact, (size_t)ROWS * n, sizeof(double), "projections"));
    assert_ok(base_allocate(&exact_norms, ROWS, sizeof(double), "norms"));
    assert_ok(srm_planes_make(&choice, n, 0, &all));
    srm_planes_fill(&all, 0, c.n_pairs, planes);
    srm_gram_pairs(basis, planes, c.n_pairs, c.pairs);
    srm_reference_prepare(rows, ROWS, WIDTH, scaled, norms);
    srm_basis_vectors(basis, 0, n, vectors);
    for (uint32_t r = 0; r < ROWS; r++) {
        for (uint32_t v = 0; v < n; v++) {
            for (uint32_t k = 0; k < WIDTH; k++)
                projections[r * n + v] += scaled[r * WIDTH + k] * vectors[v * WIDTH + k];
        }
    }
    struct srm_reference_input input = {projections, norms,    ROWS,     n,     c.pairs,
                                        c.n_pairs,   epsilons, EPSILONS, ANGLES};
    assert_ok(srm_reference_counts_fast(&input, c.counts));
    srm_reference_project(rows, ROWS, WIDTH, basis->vectors, n, exact, exact_norms);
    struct srm_double_input twice = {exact,     exact_norms, ROWS,     n,     c.pairs,
                                     c.n_pairs, epsilons,    EPSILONS, ANGLES};
    assert_ok(srm_reference_counts_double(&twice, c.near + cells, c.near));
    for (size_t cell = 0; cell < cells; cell++)
        assert_true(llabs((long long)c.counts[cell] - c.near[cells + cell]) <= c.near[cell]);
    srm_planes_free(&all);
    base_free(planes);
    base_free(scaled);
    base_free(norms);
    base_free(vectors);
    base_free(projections);
    base_free(exact);
    base_free(exact_norms);
    return c;
}

static void counted_free(struct counted *c)
{
    base_free(c->counts);
    base_free(c->near);
    base_free(c->pairs);
}

/* Equal but for the cells near the threshold in either; `least` counts are compared, or the test says
 * nothing. */
static void assert_same_counts(const struct counted *a, const struct counted *b)
{
    assert_int_equal(a->n_pairs, b->n_pairs);
    uint64_t lit = 0;
    for (size_t cell = 0; cell < (size_t)EPSILONS * a->n_pairs * ANGLES; cell++) {
        assert_true(llabs((long long)a->counts[cell] - b->counts[cell]) <= a->near[cell] + b->near[cell]);
        lit += a->counts[cell];
    }
    assert_true(lit > 100000);
}

static float *make_rows(void)
{
    float *rows;
    assert_ok(base_allocate(&rows, ROWS * WIDTH, sizeof *rows, "rows"));
    for (uint64_t k = 0; k < ROWS * WIDTH; k++) {
        double x = base_random_normal(31, BASE_STREAM_TEST, k);
        rows[k] = (float)(k / WIDTH % 2 ? x * x * x : tanh(x));
    }
    return rows;
}

static void turned_rows_and_basis(void **state)
{
    (void)state;
    float *rows = make_rows(), *turned;
    struct srm_basis rotation, standard, oblique, both;
    assert_ok(base_allocate(&turned, ROWS * WIDTH, sizeof *turned, "rows"));
    assert_ok(srm_basis_random(WIDTH, 8, &rotation));
    assert_ok(srm_basis_standard(WIDTH, &standard));
    /* x' = Q' x, so that <x', q_i> = x_i for the rows q_i of Q. */
    for (uint32_t r = 0; r < ROWS; r++) {
        for (uint32_t k = 0; k < WIDTH; k++) {
            double sum = 0;
            for (uint32_t i = 0; i < WIDTH; i++)
                sum += rows[r * WIDTH + i] * rotation.vectors[i * WIDTH + k];
            turned[r * WIDTH + k] = (float)sum;
        }
    }
    struct counted plain = count(rows, &standard), moved = count(turned, &rotation);
    assert_same_counts(&plain, &moved);
    counted_free(&plain);
    counted_free(&moved);
    float vectors[9 * WIDTH], turned_vectors[9 * WIDTH];
    for (uint64_t k = 0; k < 9 * WIDTH; k++)
        vectors[k] = (float)base_random_normal(33, BASE_STREAM_TEST, k);
    for (uint32_t v = 0; v < 9; v++) {
        for (uint32_t k = 0; k < WIDTH; k++) {
            double sum = 0;
            for (uint32_t i = 0; i < WIDTH; i++)
                sum += vectors[v * WIDTH + i] * rotation.vectors[i * WIDTH + k];
            turned_vectors[v * WIDTH + k] = (float)sum;
        }
    }
    assert_ok(srm_basis_from_rows(vectors, 9, WIDTH, "b", &oblique));
    assert_ok(srm_basis_from_rows(turned_vectors, 9, WIDTH, "b", &both));
    plain = count(rows, &oblique);
    moved = count(turned, &both);
    assert_same_counts(&plain, &moved);
    counted_free(&plain);
    counted_free(&moved);
    srm_basis_free(&rotation);
    srm_basis_free(&oblique);
    srm_basis_free(&both);
    base_free(rows);
    base_free(turned);
}

/* Powers of two change no bit of the unit vectors; any length changes no count but near the threshold. */
static void scaled_basis(void **state)
{
    (void)state;
    float *rows = make_rows(), vectors[7 * WIDTH], scaled[7 * WIDTH];
    struct srm_basis basis, other;
    for (uint64_t k = 0; k < 7 * WIDTH; k++)
        vectors[k] = (float)base_random_normal(34, BASE_STREAM_TEST, k);
    assert_ok(srm_basis_from_rows(vectors, 7, WIDTH, "b", &basis));
    struct counted plain = count(rows, &basis);
    for (int pass = 0; pass < 2; pass++) {
        for (int k = 0; k < 7 * WIDTH; k++)
            scaled[k] = vectors[k] * (pass ? 3.3f + (float)(k / WIDTH) : ldexpf(1, k / WIDTH * 20 - 60));
        assert_ok(srm_basis_from_rows(scaled, 7, WIDTH, "b", &other));
        if (pass == 0)
            assert_memory_equal(basis.vectors, other.vectors, 7 * WIDTH * sizeof(double));
        struct counted again = count(rows, &other);
        assert_same_counts(&plain, &again);
        counted_free(&again);
        srm_basis_free(&other);
    }
    counted_free(&plain);
    srm_basis_free(&basis);
    base_free(rows);
}

/* {e_i, -e_i}: n degenerate planes of the n (2n - 1); every other plane's curve is a quarter, half or
 * three-quarter turn of the standard basis's. */
static void opposite_vectors(void **state)
{
    (void)state;
    float *rows = make_rows(), vectors[2 * WIDTH][WIDTH] = {{0}};
    struct srm_basis standard, doubled;
    for (int i = 0; i < WIDTH; i++) {
        vectors[i][i] = 2;
        vectors[WIDTH + i][i] = -0.5f;
    }
    assert_ok(srm_basis_standard(WIDTH, &standard));
    assert_ok(srm_basis_from_rows(&vectors[0][0], 2 * WIDTH, WIDTH, "b", &doubled));
    struct counted plain = count(rows, &standard), twice = count(rows, &doubled);
    uint32_t degenerate = 0;
    for (uint32_t e = 0; e < EPSILONS; e++) {
        for (uint32_t p = 0; p < twice.n_pairs; p++) {
            struct srm_pair pair = twice.pairs[p];
            const uint32_t *curve = twice.counts + ((size_t)e * twice.n_pairs + p) * ANGLES;
            uint32_t i = pair.i % WIDTH, j = pair.j % WIDTH;
            degenerate += srm_pair_degenerate(pair);
            for (uint32_t k = 0; k < ANGLES; k++) {
                if (i == j) {
                    assert_int_equal(curve[k], 0);
                    continue;
                }
                /* The probe s_i e_i cos + s_j e_j sin, as an angle in the plane of i and j, then of the
                 * smaller first. */
                bool minus_i = pair.i >= WIDTH, minus_j = pair.j >= WIDTH;
                uint32_t at = minus_i != minus_j ? (ANGLES - k) % ANGLES : k;
                at = minus_i ? (at + ANGLES / 2) % ANGLES : at;
                at = i > j ? (ANGLES + ANGLES / 4 - at) % ANGLES : at;
                struct srm_plane plane = {i < j ? i : j, i < j ? j : i};
                uint64_t index = srm_planes_index(WIDTH, plane);
                assert_int_equal(curve[k], plain.counts[((size_t)e * plain.n_pairs + index) * ANGLES + at]);
            }
        }
    }
    assert_int_equal(degenerate, EPSILONS * WIDTH);
    counted_free(&plain);
    counted_free(&twice);
    srm_basis_free(&doubled);
    base_free(rows);
}

/* Unit vectors at angle alpha: the curve of (j, i) is the curve of (i, j) at alpha - theta. On the grid where
 * alpha is. */
static void swapped_oblique_pair(void **state)
{
    (void)state;
    float *rows = make_rows();
    const float vectors[2][WIDTH] = {{1}, {0.5f, 0.8660254f}};
    struct srm_basis basis;
    assert_ok(srm_basis_from_rows(&vectors[0][0], 2, WIDTH, "b", &basis));
    const uint32_t alpha = ANGLES / 6;
    struct counted plain = count(rows, &basis);
    for (int k = 0; k < WIDTH; k++) {
        double swap = basis.vectors[k];
        basis.vectors[k] = basis.vectors[WIDTH + k];
        basis.vectors[WIDTH + k] = swap;
    }
    struct counted swapped = count(rows, &basis);
    for (uint32_t e = 0; e < EPSILONS; e++) {
        for (uint32_t k = 0; k < ANGLES; k++) {
            uint32_t mirror = e * ANGLES + (ANGLES + alpha - k) % ANGLES, here = e * ANGLES + k;
            /* 60 degrees are met to 4e-8 only. */
            assert_true(llabs((long long)plain.counts[mirror] - swapped.counts[here]) <=
                        plain.near[mirror] + swapped.near[here]);
        }
    }
    counted_free(&plain);
    counted_free(&swapped);
    srm_basis_free(&basis);
    base_free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turned_rows_and_basis),
        cmocka_unit_test(scaled_basis),
        cmocka_unit_test(opposite_vectors),
        cmocka_unit_test(swapped_oblique_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
