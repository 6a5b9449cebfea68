/* The nulls of the axis measures: closed forms, known values, and agreement of the simulation with both. */
#include "base/memory.h"
#include "base/random.h"
#include "srm/axis_null.h"
#include "support/test.h"

static struct srm_axis_null simulate(const struct srm_basis *basis, uint64_t seed)
{
    struct srm_axis_null null;
    assert_ok(srm_axis_null_simulate(basis, seed, &null));
    return null;
}

static void kurtosis_in_closed_form(void **state)
{
    (void)state;
    assert_in_double(srm_axis_null_kurtosis(8), 2.3333, 5e-5);
    assert_in_double(srm_axis_null_kurtosis_uncentred(8), 2.4, 1e-15);
    assert_in_double(srm_axis_null_kurtosis(2), 1,
                     1e-15); /* two values are always one deviation from their mean */
}

static void standard_basis_of_eight(void **state)
{
    (void)state;
    struct srm_basis basis;
    assert_ok(srm_basis_standard(8, &basis));
    struct srm_axis_null null = simulate(&basis, 1), again = simulate(&basis, 1), other = simulate(&basis, 2);
    assert_in_double(null.axis_cosine, 0.6505, 5 * null.axis_cosine_error + 1e-4);
    assert_true(null.axis_cosine_error < 0.002 && null.participation_error < 0.02);
    assert_memory_equal(&null, &again, sizeof null);
    assert_true(null.axis_cosine != other.axis_cosine);
    assert_in_double(null.axis_cosine, other.axis_cosine, 6 * null.axis_cosine_error);
    /* E[1/x] > 1/E[x] */
    assert_true(null.participation > 8 / 2.4 && null.participation < 4.2);
}

/* Two dimensions: |cos| of the nearer axis averages 2 sqrt 2 / pi; participation 1 / (1 - sin^2(2 phi) / 2)
 * averages sqrt 2. */
static void plane(void **state)
{
    (void)state;
    struct srm_basis basis;
    assert_ok(srm_basis_standard(2, &basis));
    struct srm_axis_null null = simulate(&basis, 3);
    assert_in_double(null.axis_cosine, 2 * sqrt(2) / 3.14159265358979, 5 * null.axis_cosine_error);
    assert_in_double(null.participation, sqrt(2), 5 * null.participation_error);
}

/* A wide basis: sqrt(2 ln(2 n) / n) is the leading term, from above. */
static void wide_basis(void **state)
{
    (void)state;
    struct srm_basis basis;
    assert_ok(srm_basis_standard(1536, &basis));
    struct srm_axis_null null = simulate(&basis, 4);
    double leading = sqrt(2 * log(2 * 1536.0) / 1536);
    assert_true(null.axis_cosine < leading && null.axis_cosine > 0.85 * leading);
    assert_in_double(null.participation, 1538 / 3.0, 10);
    assert_true(null.samples >= 64);
}

/* An oblique basis is projected on; made of axes and one copy turned by 45 degrees, it must agree with plain
 * sums. */
static void oblique_basis(void **state)
{
    (void)state;
    const float rows[3][2] = {{1, 0}, {0, 1}, {1, 1}};
    struct srm_basis basis;
    assert_ok(srm_basis_from_rows(&rows[0][0], 3, 2, "b", &basis));
    struct srm_axis_null null = simulate(&basis, 5);
    double cosine = 0, uncentred = 0, centred = 0;
    const int steps = 100000;
    for (int s = 0; s < steps; s++) {
        double angle = 6.283185307179586 * (s + 0.5) / steps;
        double y[3] = {cos(angle), sin(angle), (cos(angle) + sin(angle)) * sqrt(0.5)};
        double mean = (y[0] + y[1] + y[2]) / 3, moments[4] = {0}, largest = 0;
        for (int k = 0; k < 3; k++) {
            largest = fmax(largest, fabs(y[k]));
            moments[0] += pow(y[k], 2);
            moments[1] += pow(y[k], 4);
            moments[2] += pow(y[k] - mean, 2);
            moments[3] += pow(y[k] - mean, 4);
        }
        cosine += largest / steps;
        uncentred += 3 * moments[1] / (moments[0] * moments[0]) / steps;
        centred += 3 * moments[3] / (moments[2] * moments[2]) / steps;
    }
    assert_in_double(null.axis_cosine, cosine, 5 * null.axis_cosine_error);
    assert_in_double(null.kurtosis_uncentred, uncentred, 0.01);
    assert_in_double(null.kurtosis, centred, 0.01);
    srm_basis_free(&basis);
}

/* The simulation of an oblique basis, given an orthonormal one, finds the closed forms. */
static void simulation_agrees_with_closed_forms(void **state)
{
    (void)state;
    struct srm_basis basis;
    assert_ok(srm_basis_random(12, 1, &basis));
    struct srm_axis_null closed = simulate(&basis, 6);
    basis.orthonormal = false;
    struct srm_axis_null null = simulate(&basis, 7);
    assert_in_double(null.kurtosis, srm_axis_null_kurtosis(12), 0.03);
    assert_in_double(null.kurtosis_uncentred, srm_axis_null_kurtosis_uncentred(12), 0.03);
    assert_in_double(null.axis_cosine, closed.axis_cosine, 6 * null.axis_cosine_error);
    assert_in_double(null.participation, closed.participation, 6 * null.participation_error);
    srm_basis_free(&basis);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kurtosis_in_closed_form),
        cmocka_unit_test(standard_basis_of_eight),
        cmocka_unit_test(plane),
        cmocka_unit_test(wide_basis),
        cmocka_unit_test(oblique_basis),
        cmocka_unit_test(simulation_agrees_with_closed_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
