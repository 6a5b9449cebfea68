/* Bases, their angles, and the turned copies of the control. */
#include "base/memory.h"
#include "base/random.h"
#include "srm/basis.h"
#include "srm/control.h"
#include "srm/gram.h"
#include "support/test.h"

static double dot(const double *x, const double *y, uint32_t n)
{
    double sum = 0;
    for (uint32_t k = 0; k < n; k++)
        sum += x[k] * y[k];
    return sum;
}

static float *normal_rows(uint32_t n_rows, uint32_t width, uint64_t seed)
{
    float *rows;
    assert_ok(base_allocate(&rows, (size_t)n_rows * width, sizeof *rows, "rows"));
    for (uint32_t k = 0; k < n_rows * width; k++)
        rows[k] = (float)base_random_normal(seed, BASE_STREAM_TEST, k);
    return rows;
}

static void choices(void **state)
{
    (void)state;
    struct srm_basis_choice choice;
    assert_ok(srm_basis_choice_parse("standard", &choice));
    assert_int_equal(choice.kind, SRM_BASIS_STANDARD);
    assert_ok(srm_basis_choice_parse("pca", &choice));
    assert_true(choice.kind == SRM_BASIS_PCA && choice.count == 0);
    assert_ok(srm_basis_choice_parse("pca:64", &choice));
    assert_true(choice.kind == SRM_BASIS_PCA && choice.count == 64);
    assert_ok(srm_basis_choice_parse("random", &choice));
    assert_true(choice.kind == SRM_BASIS_RANDOM && choice.seed == 0);
    assert_ok(srm_basis_choice_parse("random:18446744073709551615", &choice));
    assert_true(choice.seed == UINT64_MAX);
    const char *files[] = {"decoder.npy", "sae.safetensors:W_dec", "./pca", "pca.npy",
                           "randomised",  "standard.npy:x"};
    for (int f = 0; f < 6; f++) {
        assert_ok(srm_basis_choice_parse(files[f], &choice));
        assert_int_equal(choice.kind, SRM_BASIS_FILE);
        assert_string_equal(choice.file, files[f]);
    }
    assert_fails(srm_basis_choice_parse("pca:1", &choice), BASE_ERROR_USAGE, "at least 2");
    assert_fails(srm_basis_choice_parse("pca:", &choice), BASE_ERROR_USAGE, "pca:");
    assert_fails(srm_basis_choice_parse("pca:x", &choice), BASE_ERROR_USAGE, "pca:x");
    assert_fails(srm_basis_choice_parse("random:-1", &choice), BASE_ERROR_USAGE, "random:-1");
    assert_fails(srm_basis_choice_parse("random:18446744073709551616", &choice), BASE_ERROR_USAGE,
                 "whole number");
    assert_fails(srm_basis_choice_parse("", &choice), BASE_ERROR_USAGE, "empty");
}

static void standard_basis(void **state)
{
    (void)state;
    struct srm_basis basis;
    float vectors[2 * 5];
    assert_ok(srm_basis_standard(5, &basis));
    srm_basis_vectors(&basis, 3, 2, vectors);
    for (int k = 0; k < 10; k++)
        assert_true(vectors[k] == (float)(k == 3 || k == 9));
    assert_true(srm_gram_cosine(&basis, 1, 1) == 1 && srm_gram_cosine(&basis, 1, 2) == 0);
    srm_basis_free(&basis);
}

static void basis_from_rows(void **state)
{
    (void)state;
    const float rows[][3] = {{3, 0, 4}, {0, -2, 0}, {1e-40f, 1e-40f, 0}, {3e38f, 0, -3e38f}};
    const double root = 0.70710678118654752440;
    const double expected[][3] = {{0.6, 0, 0.8}, {0, -1, 0}, {root, root, 0}, {root, 0, -root}};
    struct srm_basis basis;
    assert_ok(srm_basis_from_rows(&rows[0][0], 4, 3, "b.npy", &basis));
    assert_false(basis.orthonormal);
    for (int k = 0; k < 12; k++)
        assert_in_double(basis.vectors[k], expected[k / 3][k % 3], 1e-14);
    assert_in_double(srm_gram_cosine(&basis, 0, 3), -0.2 * root, 1e-14);
    assert_true(srm_gram_cosine(&basis, 2, 2) == 1);
    srm_basis_free(&basis);
    const float bad[][3] = {{1, 0, 0}, {0, 0, 0}, {1, NAN, 0}, {0, 0, -INFINITY}};
    assert_fails(srm_basis_from_rows(&bad[0][0], 4, 3, "b.npy", &basis), BASE_ERROR_INPUT,
                 "b.npy: row 1 is zero");
    assert_fails(srm_basis_from_rows(bad[2], 2, 3, "b.npy", &basis), BASE_ERROR_INPUT, "row 0 holds NaN");
    assert_fails(srm_basis_from_rows(bad[3], 1, 3, "b.npy", &basis), BASE_ERROR_INPUT, "row 0 holds NaN");
}

/* Stored as f32, a rotation is still known as one; moved by more than f32 rounding, no longer. */
static void orthonormal_rows_are_seen(void **state)
{
    (void)state;
    enum { width = 70 };
    struct srm_basis rotation, basis;
    float rows[width * width];
    assert_ok(srm_basis_random(width, 3, &rotation));
    assert_string_equal(rotation.name, "random:3");
    srm_basis_vectors(&rotation, 0, width, rows);
    assert_ok(srm_basis_from_rows(rows, width, width, "q", &basis));
    assert_true(basis.orthonormal);
    srm_basis_free(&basis);
    assert_ok(srm_basis_from_rows(rows, 20, width, "q", &basis));
    assert_true(basis.orthonormal);
    srm_basis_free(&basis);
    for (int k = 0; k < width; k++)
        rows[69 * width + k] += 2e-6f * rows[40 * width + k];
    assert_ok(srm_basis_from_rows(rows, width, width, "q", &basis));
    assert_false(basis.orthonormal);
    srm_basis_free(&basis);
    srm_basis_free(&rotation);
}

static void random_basis_is_a_rotation(void **state)
{
    (void)state;
    struct srm_basis a, b;
    assert_ok(srm_basis_random(130, 1, &a));
    assert_ok(srm_basis_random(130, 2, &b));
    for (uint32_t i = 0; i < 130; i++) {
        for (uint32_t j = 0; j <= i; j++)
            assert_in_double(dot(a.vectors + i * 130, a.vectors + j * 130, 130), i == j, 1e-12);
    }
    assert_memory_not_equal(a.vectors, b.vectors, 130 * 130 * sizeof(double));
    srm_basis_free(&a);
    srm_basis_free(&b);
}

static void pca_basis(void **state)
{
    (void)state;
    const double covariance[] = {2, 1, 0, 1, 2, 0, 0, 0, 7};
    struct srm_basis basis;
    assert_ok(srm_basis_pca(covariance, 3, 2, &basis));
    assert_string_equal(basis.name, "pca:2");
    assert_true(basis.orthonormal && basis.n_vectors == 2);
    assert_in_double(basis.variances[0], 7, 1e-14);
    assert_in_double(basis.variances[1], 3, 1e-14);
    assert_in_double(basis.vectors[2], 1, 1e-14);
    assert_in_double(basis.vectors[3], sqrt(0.5), 1e-14);
    srm_basis_free(&basis);
    assert_ok(srm_basis_pca(covariance, 3, 0, &basis));
    assert_int_equal(basis.n_vectors, 3);
    srm_basis_free(&basis);
    assert_fails(srm_basis_pca(covariance, 3, 4, &basis), BASE_ERROR_USAGE, "at most 3");
}

static void gram_rows_and_pairs(void **state)
{
    (void)state;
    enum { n = 600, width = 9, n_planes = 2000 };
    float *rows = normal_rows(n, width, 6);
    for (int k = 0; k < width; k++) {
        rows[5 * width + k] = -2 * rows[3 * width + k];   /* antiparallel */
        rows[6 * width + k] = 0.5f * rows[3 * width + k]; /* parallel */
    }
    struct srm_basis basis;
    assert_ok(srm_basis_from_rows(rows, n, width, "b", &basis));
    double cosines[n];
    srm_gram_row(&basis, 3, 0, n, cosines);
    for (uint32_t j = 0; j < n; j++)
        assert_in_double(cosines[j], dot(basis.vectors + 3 * width, basis.vectors + j * width, width), 1e-14);
    struct srm_plane_choice choice = {.kind = SRM_PLANES_ALL};
    struct srm_planes planes;
    struct srm_plane list[n_planes];
    struct srm_pair pairs[n_planes];
    assert_ok(srm_planes_make(&choice, n, 0, &planes));
    srm_planes_fill(&planes, 590, n_planes, list);
    srm_gram_pairs(&basis, list, n_planes, pairs);
    uint32_t degenerate = 0;
    for (int p = 0; p < n_planes; p++) {
        const double *u = basis.vectors + list[p].i * width, *w = basis.vectors + list[p].j * width;
        assert_true(pairs[p].i == list[p].i && pairs[p].j == list[p].j);
        assert_in_double(pairs[p].cosine, dot(u, w, width), 1e-14);
        degenerate += srm_pair_degenerate(pairs[p]);
    }
    assert_int_equal(degenerate, 2); /* 3:5 and 3:6 */
    assert_true(srm_pair_degenerate((struct srm_pair){3, 5, srm_gram_cosine(&basis, 3, 5)}));
    assert_in_double(srm_pair_angle((struct srm_pair){0, 1, 0.5}), 1.0471975511965976, 1e-15);
    srm_basis_free(&basis);
    srm_planes_free(&planes);
    base_free(rows);
}

static void control_subsets(void **state)
{
    (void)state;
    const uint64_t most[] = {1, 2, 3, 20000, 19900, 19899, 45};
    const uint32_t expected[] = {2, 2, 3, 200, 200, 199, 10};
    for (int c = 0; c < 7; c++) {
        uint32_t *subset, count;
        assert_ok(srm_control_subset(1536, most[c], 5, &subset, &count));
        assert_int_equal(count, expected[c]);
        for (uint32_t k = 0; k < count; k++)
            assert_true(subset[k] < 1536 && (k == 0 || subset[k] > subset[k - 1]));
        base_free(subset);
    }
    uint32_t *subset, count;
    assert_ok(srm_control_subset(30, 20000, 5, &subset, &count));
    assert_int_equal(count, 30);
    for (uint32_t k = 0; k < 30; k++)
        assert_int_equal(subset[k], k);
    base_free(subset);
}

/* The control keeps every angle of the subset, whatever its rank, and turns with the copy. */
static void control_keeps_angles(void **state)
{
    (void)state;
    enum { n = 60, width = 24 };
    float *rows = normal_rows(n, width, 7);
    for (int k = 0; k < width; k++)
        rows[5 * width + k] = -rows[3 * width + k];
    struct srm_basis basis, control, again, other;
    assert_ok(srm_basis_from_rows(rows, n, width, "b", &basis));
    const uint32_t counts[] = {2, 10, 24, 40, 60};
    for (int c = 0; c < 5; c++) {
        uint32_t subset[n], count = counts[c];
        for (uint32_t k = 0; k < count; k++)
            subset[k] = count == n ? k : 3 + k;
        assert_ok(srm_control_basis(&basis, subset, count, 9, 1, &control));
        assert_ok(srm_control_basis(&basis, subset, count, 9, 1, &again));
        assert_ok(srm_control_basis(&basis, subset, count, 9, 2, &other));
        assert_true(control.n_vectors == count && control.width == width && !control.orthonormal);
        double moved = 0;
        for (uint32_t i = 0; i < count; i++) {
            const double *vector = control.vectors + i * width;
            moved += dot(vector, basis.vectors + subset[i] * width, width) / count;
            assert_in_double(dot(vector, vector, width), 1, 1e-14);
            for (uint32_t j = 0; j < i; j++)
                assert_in_double(dot(vector, control.vectors + j * width, width),
                                 srm_gram_cosine(&basis, subset[i], subset[j]), 1e-7);
        }
        assert_true(fabs(moved) < 0.7);
        assert_memory_equal(control.vectors, again.vectors, count * width * sizeof(double));
        assert_memory_not_equal(control.vectors, other.vectors, count * width * sizeof(double));
        srm_basis_free(&control);
        srm_basis_free(&again);
        srm_basis_free(&other);
    }
    srm_basis_free(&basis);
    base_free(rows);
}

static void control_of_the_standard_basis(void **state)
{
    (void)state;
    struct srm_basis basis, control;
    assert_ok(srm_basis_standard(500, &basis));
    uint32_t *subset, count;
    assert_ok(srm_control_subset(500, 1000, 1, &subset, &count));
    assert_ok(srm_control_basis(&basis, subset, count, 1, 1, &control));
    assert_true(control.orthonormal && control.n_vectors == count && count == 45);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j <= i; j++)
            assert_in_double(dot(control.vectors + i * 500, control.vectors + j * 500, 500), i == j, 1e-12);
    }
    srm_basis_free(&control);
    srm_basis_free(&basis);
    base_free(subset);
}

/* The turned vectors of a subset of 2 at 60 degrees: each is uniform on the sphere. */
static void control_directions_are_uniform(void **state)
{
    (void)state;
    const float rows[][4] = {{1, 0, 0, 0}, {0.5f, 0.8660254f, 0, 0}};
    const uint32_t subset[] = {0, 1};
    struct srm_basis basis, control;
    double second[2][4] = {{0}}, fourth = 0;
    const uint32_t trials = 4000;
    assert_ok(srm_basis_from_rows(&rows[0][0], 2, 4, "b", &basis));
    for (uint32_t t = 0; t < trials; t++) {
        assert_ok(srm_control_basis(&basis, subset, 2, 2, t + 1, &control));
        for (int k = 0; k < 8; k++)
            second[k / 4][k % 4] += control.vectors[k] * control.vectors[k];
        fourth += pow(control.vectors[4], 4);
        srm_basis_free(&control);
    }
    for (int k = 0; k < 8; k++)
        assert_in_double(second[k / 4][k % 4] / trials, 0.25, 0.015);
    assert_in_double(fourth / trials, 3.0 / 24, 0.013);
    srm_basis_free(&basis);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(choices),
        cmocka_unit_test(standard_basis),
        cmocka_unit_test(basis_from_rows),
        cmocka_unit_test(orthonormal_rows_are_seen),
        cmocka_unit_test(random_basis_is_a_rotation),
        cmocka_unit_test(pca_basis),
        cmocka_unit_test(gram_rows_and_pairs),
        cmocka_unit_test(control_subsets),
        cmocka_unit_test(control_keeps_angles),
        cmocka_unit_test(control_of_the_standard_basis),
        cmocka_unit_test(control_directions_are_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
