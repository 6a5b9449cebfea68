/* Eigenpairs of matrices whose eigenpairs are known, and covariance matrices against plain sums. */
#include "base/memory.h"
#include "base/random.h"
#include "srm/covariance.h"
#include "srm/eigen.h"
#include "srm/rotation.h"
#include "support/test.h"

#define PI 3.14159265358979323846

static double *room(size_t count)
{
    double *out;
    assert_ok(base_allocate(&out, count, sizeof *out, "a matrix"));
    return out;
}

/* matrix = Q' diag(values) Q for a random rotation Q. */
static double *matrix_with(const double *values, uint32_t n)
{
    double *q = room((size_t)n * n), *matrix = room((size_t)n * n);
    assert_ok(srm_rotation_frame(4, 0, n, n, q));
    for (uint32_t k = 0; k < n; k++) {
        for (uint32_t i = 0; i < n; i++) {
            for (uint32_t j = 0; j < n; j++)
                matrix[(size_t)i * n + j] += values[k] * q[(size_t)k * n + i] * q[(size_t)k * n + j];
        }
    }
    base_free(q);
    return matrix;
}

/* A u = lambda u, unit length, right angles, order, sign. */
static void assert_eigenpairs(const double *matrix, uint32_t n, const double *values, const double *vectors,
                              uint32_t count, double scale)
{
    for (uint32_t v = 0; v < count; v++) {
        const double *u = vectors + (size_t)v * n;
        double largest = 0, square = 0;
        for (uint32_t i = 0; i < n; i++) {
            double image = 0;
            for (uint32_t j = 0; j < n; j++)
                image += matrix[(size_t)i * n + j] * u[j];
            square += pow(image - values[v] * u[i], 2);
            largest = fabs(u[i]) > fabs(largest) ? u[i] : largest;
        }
        assert_true(sqrt(square) <= scale);
        assert_true(largest > 0);
        assert_true(v == 0 || values[v] <= values[v - 1]);
        for (uint32_t w = 0; w <= v; w++) {
            double dot = 0;
            for (uint32_t i = 0; i < n; i++)
                dot += u[i] * vectors[(size_t)w * n + i];
            assert_in_double(dot, v == w, 1e-12);
        }
    }
}

static void solve_and_check(const double *matrix, uint32_t n, const double *expected, double scale)
{
    double *copy = room((size_t)n * n), *values = room(n), *vectors = room((size_t)n * n);
    memcpy(copy, matrix, (size_t)n * n * sizeof *copy);
    assert_ok(srm_eigen_symmetric(copy, n, values, vectors));
    for (uint32_t k = 0; expected && k < n; k++)
        assert_in_double(values[k], expected[k], scale);
    assert_eigenpairs(matrix, n, values, vectors, n, scale);
    base_free(copy);
    base_free(values);
    base_free(vectors);
}

static void small_matrices(void **state)
{
    (void)state;
    const double one[] = {-3};
    solve_and_check(one, 1, one, 1e-15);
    const double two[] = {2, 1, 1, 2}, two_values[] = {3, 1};
    solve_and_check(two, 2, two_values, 1e-14);
    const double swap[] = {0, 1, 1, 0}, swap_values[] = {1, -1};
    solve_and_check(swap, 2, swap_values, 1e-14);
    const double zero[9] = {0}, zeros[3] = {0};
    solve_and_check(zero, 3, zeros, 0);
    const double diagonal[] = {1, 0, 0, 0, 5, 0, 0, 0, -2}, diagonal_values[] = {5, 1, -2};
    solve_and_check(diagonal, 3, diagonal_values, 1e-15);
}

/* The second-difference matrix of order n: 2 - 2 cos(k pi / (n + 1)). */
static void second_difference(void **state)
{
    (void)state;
    enum { n = 75 };
    double *matrix = room(n * n), expected[n];
    for (int k = 0; k < n; k++) {
        matrix[k * n + k] = 2;
        if (k)
            matrix[k * n + k - 1] = matrix[(k - 1) * n + k] = -1;
        expected[k] = 2 - 2 * cos((n - k) * PI / (n + 1));
    }
    solve_and_check(matrix, n, expected, 1e-13);
    base_free(matrix);
}

static void spectra_of_every_kind(void **state)
{
    (void)state;
    enum { n = 120 };
    double values[5][n];
    for (int k = 0; k < n; k++) {
        values[0][k] = 1000.0 / (k + 1);
        values[1][k] = k < 40 ? 2 : k < 80 ? 1 : 0; /* multiple */
        values[2][k] = pow(0.5, k);                 /* graded over 36 decades */
        values[3][k] = k < 3 ? 1e6 - k : 1e-6 * (n - k);
        values[4][k] = n / 2.0 - k; /* of both signs */
    }
    for (int kind = 0; kind < 5; kind++) {
        double *matrix = matrix_with(values[kind], n);
        solve_and_check(matrix, n, values[kind], 1e-13 * (fabs(values[kind][0]) + 1));
        base_free(matrix);
    }
}

static void rank_one_and_identity(void **state)
{
    (void)state;
    enum { n = 64 };
    double *matrix = room(n * n), expected[n] = {0};
    for (int i = 0; i < n * n; i++)
        matrix[i] = 1;
    expected[0] = n;
    solve_and_check(matrix, n, expected, 1e-12);
    for (int i = 0; i < n * n; i++)
        matrix[i] = i % (n + 1) == 0;
    for (int k = 0; k < n; k++)
        expected[k] = 1;
    solve_and_check(matrix, n, expected, 0);
    base_free(matrix);
}

static void leading_pairs(void **state)
{
    (void)state;
    enum { n = 300 };
    const uint32_t counts[] = {1, 10, 22, 23, 100, 300}; /* by Krylov space to 22, whole beyond */
    double values[4][n];
    for (int k = 0; k < n; k++) {
        values[0][k] = 50.0 / (k + 1);
        values[1][k] = k < 30 ? 3 : 1;
        values[2][k] = pow(0.9, k);
        values[3][k] = 1 + 1e-3 * (n - k); /* nearly flat: too slow for the Krylov space */
    }
    for (int kind = 0; kind < 4; kind++) {
        double *matrix = matrix_with(values[kind], n);
        for (int c = 0; c < 6; c++) {
            double *found = room(n), *vectors = room((size_t)n * n);
            assert_ok(srm_eigen_leading(matrix, n, counts[c], found, vectors));
            for (uint32_t k = 0; k < counts[c]; k++)
                assert_in_double(found[k], values[kind][k], 1e-10 * values[kind][0]);
            assert_eigenpairs(matrix, n, found, vectors, counts[c], 1.1e-10 * values[kind][0]);
            base_free(found);
            base_free(vectors);
        }
        base_free(matrix);
    }
}

static void bad_matrices(void **state)
{
    (void)state;
    double matrix[4] = {1, NAN, NAN, 1}, values[2], vectors[4];
    assert_fails(srm_eigen_symmetric(matrix, 2, values, vectors), BASE_ERROR_NUMERIC, "(1, 0)");
    double infinite[4] = {INFINITY, 0, 0, 1};
    assert_fails(srm_eigen_leading(infinite, 2, 1, values, vectors), BASE_ERROR_NUMERIC, "(0, 0)");
}

static void covariance_is_a_sum(void **state)
{
    (void)state;
    const uint32_t widths[] = {1, 5, 64, 130};
    for (int w = 0; w < 4; w++) {
        uint32_t width = widths[w], n_rows = 201;
        float *rows;
        double *matrix = room((size_t)width * width), *mean = room(width);
        assert_ok(base_allocate(&rows, (size_t)n_rows * width, sizeof *rows, "rows"));
        for (size_t k = 0; k < (size_t)n_rows * width; k++)
            rows[k] = (float)(3 + base_random_normal(5, BASE_STREAM_TEST, k));
        rows[7 * width] = NAN;
        rows[100 * width + width - 1] = -INFINITY;
        for (uint32_t k = 0; k < width; k++)
            mean[k] = 3 + 0.01 * k;
        struct srm_covariance *covariance;
        assert_ok(srm_covariance_make(width, mean, &covariance));
        assert_fails(srm_covariance_read(covariance, matrix), BASE_ERROR_INPUT, "no finite row");
        srm_covariance_add(covariance, rows, 130);
        srm_covariance_add(covariance, rows + 130 * width, 71);
        assert_ok(srm_covariance_read(covariance, matrix));
        for (uint32_t i = 0; i < width; i++) {
            for (uint32_t j = 0; j < width; j++) {
                double sum = 0;
                for (uint32_t r = 0; r < n_rows; r++) {
                    if (r != 7 && r != 100)
                        sum += (rows[r * width + i] - mean[i]) * (rows[r * width + j] - mean[j]);
                }
                assert_in_double(matrix[i * width + j], sum / 199, 1e-12);
            }
        }
        srm_covariance_free(&covariance);
        srm_covariance_free(&covariance);
        base_free(rows);
        base_free(matrix);
        base_free(mean);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_matrices),        cmocka_unit_test(second_difference),
        cmocka_unit_test(spectra_of_every_kind), cmocka_unit_test(rank_one_and_identity),
        cmocka_unit_test(leading_pairs),         cmocka_unit_test(bad_matrices),
        cmocka_unit_test(covariance_is_a_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
