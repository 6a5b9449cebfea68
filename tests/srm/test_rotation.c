/* Host products, orthonormalisation, and the moments of Haar's measure. */
#include "base/memory.h"
#include "base/random.h"
#include "srm/dense.h"
#include "srm/rotation.h"
#include "support/test.h"

static double *normal_matrix(size_t count, uint64_t seed)
{
    double *out;
    assert_ok(base_allocate(&out, count, sizeof *out, "a matrix"));
    for (size_t k = 0; k < count; k++)
        out[k] = base_random_normal(seed, BASE_STREAM_TEST, k);
    return out;
}

static double plain_dot(const double *x, const double *y, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += x[k] * y[k];
    return sum;
}

static void products_at_odd_sizes(void **state)
{
    (void)state;
    const size_t sizes[][3] = {{1, 1, 1},    {3, 5, 7}, {1, 4, 8}, {2, 9, 513},
                               {5, 4, 1030}, {7, 3, 0}, {4, 0, 5}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t n_x = sizes[s][0], n_y = sizes[s][1], width = sizes[s][2];
        double *x = normal_matrix(n_x * width, 1), *y = normal_matrix(n_y * width, 2);
        double *out = normal_matrix(n_x * (n_y + 1), 3), *sum = normal_matrix(n_x * width, 1);
        srm_dense_dots(x, n_x, y, n_y, width, out, n_y + 1);
        srm_dense_add(sum, n_x, out, n_y + 1, -1, y, n_y, width, width);
        for (size_t r = 0; r < n_x; r++) {
            for (size_t q = 0; q < n_y; q++) {
                double expected = plain_dot(x + r * width, y + q * width, width);
                assert_in_double(out[r * (n_y + 1) + q], expected, 1e-12);
                assert_in_double(srm_dense_dot(x + r * width, y + q * width, width), expected, 1e-12);
            }
            for (size_t k = 0; k < width; k++) {
                double expected = x[r * width + k];
                for (size_t q = 0; q < n_y; q++)
                    expected -= out[r * (n_y + 1) + q] * y[q * width + k];
                assert_in_double(sum[r * width + k], expected, 1e-10);
            }
        }
        base_free(x);
        base_free(y);
        base_free(out);
        base_free(sum);
    }
}

static void assert_orthonormal(const double *rows, uint32_t count, uint32_t width)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j <= i; j++)
            assert_in_double(plain_dot(rows + (size_t)i * width, rows + (size_t)j * width, width), i == j,
                             1e-12);
    }
}

static void frames_are_orthonormal(void **state)
{
    (void)state;
    const uint32_t sizes[][2] = {{1, 1},   {2, 2},    {3, 8},     {33, 33},
                                 {64, 64}, {97, 200}, {200, 200}, {300, 300}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        double *frame = normal_matrix((size_t)sizes[s][0] * sizes[s][1], 0);
        assert_ok(srm_rotation_frame(5, 1, sizes[s][0], sizes[s][1], frame));
        assert_orthonormal(frame, sizes[s][0], sizes[s][1]);
        base_free(frame);
    }
}

/* A frame is the beginning of the whole rotation. */
static void frames_begin_rotations(void **state)
{
    (void)state;
    double few[5 * 40], all[40 * 40];
    assert_ok(srm_rotation_frame(6, 2, 5, 40, few));
    assert_ok(srm_rotation_frame(6, 2, 40, 40, all));
    for (int k = 0; k < 5 * 40; k++)
        assert_in_double(few[k], all[k], 1e-13);
}

/* Haar in 3 dimensions: every entry has E[q^2] = 1/3 and E[q^4] = 1/5, entries of one row E[q1^2 q2^2] =
 * 1/15, odd moments and the products of different rows' entries vanish, the trace has variance 1, and both
 * determinants come up. */
static void haar_moments(void **state)
{
    (void)state;
    const int trials = 20000;
    double first = 0, second = 0, fourth = 0, mixed = 0, trace = 0, trace2 = 0, cross = 0, positive = 0;
    for (int t = 0; t < trials; t++) {
        double q[9];
        assert_ok(srm_rotation_frame(8, (uint32_t)t, 3, 3, q));
        for (int k = 0; k < 9; k++) {
            first += q[k] / 9;
            second += q[k] * q[k] / 9;
            fourth += q[k] * q[k] * q[k] * q[k] / 9;
        }
        mixed += (q[0] * q[0] * q[1] * q[1] + q[7] * q[7] * q[8] * q[8]) / 2;
        cross += q[0] * q[4];
        double sum = q[0] + q[4] + q[8];
        trace += sum;
        trace2 += sum * sum;
        positive += q[0] * (q[4] * q[8] - q[5] * q[7]) - q[1] * (q[3] * q[8] - q[5] * q[6]) +
                        q[2] * (q[3] * q[7] - q[4] * q[6]) >
                    0;
    }
    assert_in_double(first / trials, 0, 0.008);
    assert_in_double(second / trials, 1.0 / 3, 1e-9); /* exact: every row has length 1 */
    assert_in_double(fourth / trials, 0.2, 0.005);
    assert_in_double(mixed / trials, 1.0 / 15, 0.003);
    assert_in_double(cross / trials, 0, 0.01);
    assert_in_double(trace / trials, 0, 0.03);
    assert_in_double(trace2 / trials, 1, 0.06);
    assert_in_double(positive / trials, 0.5, 0.018);
}

/* In many dimensions: E[q^4] = 3 / (n (n + 2)), for the last row, which carries all corrections, as for the
 * first. */
static void haar_moments_of_wide_rotations(void **state)
{
    (void)state;
    enum { n = 24, trials = 3000 };
    double fourth[2] = {0}, corner = 0;
    for (uint32_t t = 0; t < trials; t++) {
        double q[n * n];
        assert_ok(srm_rotation_frame(9, t, n, n, q));
        for (int k = 0; k < n; k++) {
            fourth[0] += pow(q[k], 4) / n;
            fourth[1] += pow(q[(n - 1) * n + k], 4) / n;
        }
        corner += q[(n - 1) * n + n - 1];
    }
    for (int side = 0; side < 2; side++)
        assert_in_double(fourth[side] / trials * n * (n + 2) / 3, 1, 0.03);
    assert_in_double(corner / trials, 0, 4 / sqrt((double)n * trials));
}

static void copies_differ(void **state)
{
    (void)state;
    double a[16], b[16], c[16], d[16];
    assert_ok(srm_rotation_frame(1, 1, 4, 4, a));
    assert_ok(srm_rotation_frame(1, 2, 4, 4, b));
    assert_ok(srm_rotation_frame(2, 1, 4, 4, c));
    assert_ok(srm_rotation_frame(1, 1, 4, 4, d));
    assert_memory_equal(a, d, sizeof a);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
}

/* Nearly dependent, dependent and zero rows: the result is orthonormal all the same, and good rows keep their
 * direction. */
static void dependent_rows_are_replaced(void **state)
{
    (void)state;
    enum { count = 40, width = 50 };
    double *rows = normal_matrix(count * width, 12), *given = normal_matrix(count * width, 12);
    for (int k = 0; k < width; k++) {
        rows[3 * width + k] = rows[k] - 2 * rows[width + k];
        rows[5 * width + k] = rows[4 * width + k] * (1 + 1e-9 * k);
        rows[7 * width + k] = 0;
        rows[39 * width + k] = 1e-8 * rows[38 * width + k] + 1e-3 * rows[2 * width + k];
        rows[20 * width + k] *= 1e-200;
    }
    assert_ok(srm_rotation_orthonormalise(rows, 0, 30, width, 3));
    assert_ok(srm_rotation_orthonormalise(rows, 30, 10, width, 3));
    assert_orthonormal(rows, count, width);
    const int good[] = {0, 1, 2, 4, 6, 38};
    for (int g = 0; g < 6; g++)
        assert_true(plain_dot(rows + good[g] * width, given + good[g] * width, width) > 0);
    base_free(rows);
    base_free(given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_at_odd_sizes),          cmocka_unit_test(frames_are_orthonormal),
        cmocka_unit_test(frames_begin_rotations),         cmocka_unit_test(haar_moments),
        cmocka_unit_test(haar_moments_of_wide_rotations), cmocka_unit_test(copies_differ),
        cmocka_unit_test(dependent_rows_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
