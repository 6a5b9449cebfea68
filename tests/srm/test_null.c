/* The isotropic null: the table of srm.md 1.8, closed forms, and the binomial quantiles against plain sums.
 */
#include "srm/null.h"
#include "support/test.h"

#define PI 3.14159265358979323846

static void probability_table(void **state)
{
    (void)state;
    /* width, epsilon, p0, plane fraction (negative: not in the table) */
    const double table[][4] = {{2, 0.90, 0.1435662931, 1},
                               {3, 0.90, 0.05, 0.43589},
                               {4, 0.90, 0.01869303673, 0.19},
                               {8, 0.75, 0.009971063066, 0.0837402},
                               {8, 0.90, 0.0004715311612, 0.006859},
                               {16, 0.75, 0.000262865395, 0.00306794},
                               {16, 0.85, 7.786080684e-06, 0.000126719},
                               {16, 0.90, 4.327330944e-07, 8.93872e-06},
                               {64, 0.50, 1.11376022e-05, 0.000133937},
                               {512, 0.15, 0.0003266762315, 0.00301839},
                               {768, 0.10, 0.002755557909, 0.0212951},
                               {8, -0.30, 0.7835773366, -1}};
    for (size_t r = 0; r < sizeof table / sizeof *table; r++) {
        uint32_t width = (uint32_t)table[r][0];
        double p = srm_null_probability(table[r][1], width), fraction = table[r][3];
        assert_in_double(p / table[r][2], 1, 1e-9);
        assert_in_double(exp(srm_null_log_probability(table[r][1], width)) / p, 1, 1e-12);
        if (fraction >= 0)
            assert_in_double(srm_null_plane_fraction(table[r][1], width) / fraction, 1, 4e-6);
    }
}

static void closed_forms(void **state)
{
    (void)state;
    for (int step = -100; step <= 100; step++) {
        double epsilon = step / 100.0;
        assert_in_double(srm_null_probability(epsilon, 2), acos(epsilon) / PI, 1e-13);
        assert_in_double(srm_null_probability(epsilon, 3), (1 - epsilon) / 2, 1e-13);
        /* Width 5: the area of a cap of the 4-sphere in closed form. */
        double cap = 0.5 - 0.25 * epsilon * (3 - epsilon * epsilon);
        assert_in_double(srm_null_probability(epsilon, 5), cap, 1e-13);
    }
    for (uint32_t width = 2; width < 5000; width = width * 3 / 2) {
        assert_in_double(srm_null_probability(0, width), 0.5, 1e-12);
        assert_in_double(srm_null_probability(-1, width), 1, 0);
        assert_in_double(srm_null_probability(1, width), 0, 0);
        double below = srm_null_probability(-0.2, width), above = srm_null_probability(0.2, width);
        assert_in_double(below + above, 1, 1e-12);
    }
}

/* By Simpson's rule over the density (1 - t^2)^((width - 3) / 2). */
static void probability_is_an_integral(void **state)
{
    (void)state;
    const uint32_t widths[] = {6, 33, 100, 1536};
    const double epsilons[] = {0.02, 0.1, 0.3};
    for (int w = 0; w < 4; w++) {
        for (int e = 0; e < 3; e++) {
            const int steps = 200000;
            double whole = 0, part = 0, power = (widths[w] - 3) / 2.0;
            for (int s = 0; s <= steps; s++) {
                double weight = s == 0 || s == steps ? 1 : s % 2 ? 4 : 2;
                double t = (double)s / steps, u = epsilons[e] + (1 - epsilons[e]) * t;
                whole += weight * exp(power * log1p(-t * t + 1e-300));
                part += weight * (1 - epsilons[e]) * exp(power * log1p(-u * u + 1e-300));
            }
            double p = srm_null_probability(epsilons[e], widths[w]);
            assert_in_double(p / (part / whole / 2), 1, 1e-8);
        }
    }
}

static void logarithm_beyond_doubles(void **state)
{
    (void)state;
    /* ln p0 ~ (n - 1) / 2 ln(1 - eps^2) - ln(2 eps sqrt(pi n / 2)) */
    double found = srm_null_log_probability(0.9, 4096);
    double expected = 2047.5 * log(0.19) - log(2 * 0.9 * sqrt(PI * 4096 / 2));
    assert_in_double(found, expected, 0.01);
    assert_in_double(srm_null_probability(0.9, 4096), 0, 0);
    assert_true(isinf(srm_null_log_probability(1, 8)));
}

static void automatic_epsilon(void **state)
{
    (void)state;
    const double table[][2] = {{2, 0.9},     {3, 0.9},     {8, 0.886},    {16, 0.694},
                               {32, 0.514},  {64, 0.372},  {128, 0.266},  {256, 0.189},
                               {512, 0.134}, {768, 0.109}, {1024, 0.095}, {4096, 0.05}};
    for (size_t r = 0; r < sizeof table / sizeof *table; r++) {
        uint32_t width = (uint32_t)table[r][0];
        double epsilon = srm_null_automatic_epsilon(width);
        assert_in_double(epsilon, table[r][1], 5.1e-4);
        if (width >= 8 && width <= 1024)
            assert_in_double(srm_null_plane_fraction(epsilon, width), 0.01, 1e-12);
    }
}

static void binomial_bands(void **state)
{
    (void)state;
    const uint64_t rows[] = {1, 10, 137, 1000};
    const double probabilities[] = {0.0004, 0.01, 0.3, 0.9};
    for (int n = 0; n < 4; n++) {
        for (int p = 0; p < 4; p++) {
            struct srm_null_band band = srm_null_binomial_band(rows[n], probabilities[p], 0.95);
            double below = 0, within = 0; /* P(X < low), P(X <= high) */
            double q = probabilities[p];
            for (uint64_t k = 0; k <= band.high; k++) {
                double choose =
                    lgamma((double)rows[n] + 1) - lgamma((double)k + 1) - lgamma((double)(rows[n] - k) + 1);
                double mass = exp(choose + (double)k * log(q) + (double)(rows[n] - k) * log1p(-q));
                below += k < band.low ? mass : 0;
                within += mass;
            }
            assert_true(below < 0.025 + 1e-12 && within >= 0.975 - 1e-12);
        }
    }
    struct srm_null_band none = srm_null_binomial_band(1000, 0, 0.95);
    assert_true(none.low == 0 && none.high == 0);
    struct srm_null_band all = srm_null_binomial_band(1000, 1, 0.95);
    assert_true(all.low == 1000 && all.high == 1000);
    /* Many rows: the normal approximation, half-width 1.96 sqrt(N p q) = 3038.5. */
    struct srm_null_band many = srm_null_binomial_band(10000000, 0.4, 0.95);
    assert_in_double((double)many.low, 4000000 - 3036.4, 3);
    assert_in_double((double)many.high, 4000000 + 3036.4, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probability_table),          cmocka_unit_test(closed_forms),
        cmocka_unit_test(probability_is_an_integral), cmocka_unit_test(logarithm_beyond_doubles),
        cmocka_unit_test(automatic_epsilon),          cmocka_unit_test(binomial_bands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
