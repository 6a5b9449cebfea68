/* The counts' CPU reference: its bit operations, its arcs against the test at every angle, and the exact
 * results of srm.md 3.2. */
#include "base/memory.h"
#include "base/random.h"
#include "srm/angles.h"
#include "srm/reference.h"
#include "srm/threshold.h"
#include "support/test.h"

#include <stdlib.h>

#define PI 3.14159265358979323846

/* ---- a small experiment: rows, planes, counts ---- */

struct experiment {
    uint32_t n_rows, width, n_angles, n_epsilons, n_pairs;
    float *scaled, *norms;
    struct srm_pair *pairs;
    double epsilons[8];
    uint32_t *counts;
};

static struct srm_reference_input input_of(const struct experiment *x)
{
    return (struct srm_reference_input){x->scaled,  x->norms,    x->n_rows,     x->width,   x->pairs,
                                        x->n_pairs, x->epsilons, x->n_epsilons, x->n_angles};
}

static uint32_t *zeroed_counts(const struct experiment *x)
{
    uint32_t *counts;
    assert_ok(
        base_allocate(&counts, (size_t)x->n_epsilons * x->n_pairs * x->n_angles, sizeof *counts, "counts"));
    return counts;
}

/* All planes i < j of the standard basis (or of `cosine` between every two vectors), counted directly. */
static struct experiment experiment_make(const float *rows, uint32_t n_rows, uint32_t width,
                                         uint32_t n_angles, const double *epsilons, uint32_t n_epsilons,
                                         double cosine)
{
    struct experiment x = {.n_rows = n_rows, .width = width, .n_angles = n_angles, .n_epsilons = n_epsilons};
    x.n_pairs = width * (width - 1) / 2;
    memcpy(x.epsilons, epsilons, n_epsilons * sizeof *epsilons);
    assert_ok(base_allocate(&x.scaled, (size_t)n_rows * width, sizeof(float), "rows"));
    assert_ok(base_allocate(&x.norms, n_rows, sizeof(float), "norms"));
    assert_ok(base_allocate(&x.pairs, x.n_pairs, sizeof *x.pairs, "pairs"));
    uint32_t p = 0;
    for (uint32_t i = 0; i < width; i++) {
        for (uint32_t j = i + 1; j < width; j++)
            x.pairs[p++] = (struct srm_pair){i, j, cosine};
    }
    srm_reference_prepare(rows, n_rows, width, x.scaled, x.norms);
    x.counts = zeroed_counts(&x);
    struct srm_reference_input input = input_of(&x);
    assert_ok(srm_reference_counts(&input, x.counts));
    return x;
}

static void experiment_free(struct experiment *x)
{
    base_free(x->scaled);
    base_free(x->norms);
    base_free(x->pairs);
    base_free(x->counts);
}

static const uint32_t *curve(const struct experiment *x, uint32_t e, uint32_t p)
{
    return x->counts + ((size_t)e * x->n_pairs + p) * x->n_angles;
}

/* Rows of several kinds in turn: normal, heavy-tailed, binary, sparse, and now and then a zero row. */
static float *mixed_rows(uint32_t n_rows, uint32_t width, uint64_t seed)
{
    float *rows;
    assert_ok(base_allocate(&rows, (size_t)n_rows * width, sizeof *rows, "rows"));
    for (uint32_t r = 0; r < n_rows; r++) {
        for (uint32_t i = 0; i < width; i++) {
            double x = base_random_normal(seed, BASE_STREAM_TEST, (uint64_t)r * width + i);
            int kind = (int)(r % 6);
            double values[6] = {x,          x * x * x, x > 0 ? 1 : -1, x > 0 ? x : 0, fabs(x) > 1.2 ? x : 0,
                                tanh(3 * x)};
            rows[(size_t)r * width + i] = r % 50 == 49 ? 0.0f : (float)values[kind];
        }
    }
    return rows;
}

static bool same_bits(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* ---- tables and preparation ---- */

static void tables_are_symmetric(void **state)
{
    (void)state;
    float c[SRM_MAX_ANGLES], s[SRM_MAX_ANGLES];
    const uint32_t sizes[] = {4, 8, 12, 72, 100, 360, 720, 1000, 2000, SRM_MAX_ANGLES};
    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
        uint32_t angles = sizes[n], quarter = angles / 4;
        srm_angles_fill(angles, c, s);
        for (uint32_t k = 0; k < angles; k++) {
            uint32_t turned = (k + quarter) % angles, mirrored = (angles + quarter - k) % angles;
            assert_true(same_bits(c[turned] + 0.0f, -s[k] + 0.0f));
            assert_true(same_bits(s[turned], c[k]));
            assert_true(same_bits(c[mirrored], s[k]));
            assert_in_double(c[k], cos(2 * PI * k / angles), 6e-8);
            assert_in_double(s[k], sin(2 * PI * k / angles), 6e-8);
        }
        const float axis[4] = {1, 0, -1, 0};
        for (uint32_t q = 0; q < 4; q++) {
            assert_true(same_bits(c[q * quarter], axis[q]));
            assert_true(same_bits(s[q * quarter], axis[(q + 3) % 4]));
        }
        if (angles % 8 == 0)
            assert_true(same_bits(c[angles / 8], s[angles / 8]));
    }
}

static void tables_of_odd_sizes(void **state)
{
    (void)state;
    float c[7], s[7];
    srm_angles_fill(7, c, s);
    for (uint32_t k = 0; k < 7; k++) {
        assert_in_double(c[k], cos(2 * PI * k / 7), 6e-8);
        assert_in_double(s[k], sin(2 * PI * k / 7), 6e-8);
    }
    assert_true(same_bits(c[2], c[5]) && same_bits(s[2], -s[5]));
}

static void scaling_is_exact(void **state)
{
    (void)state;
    /* The smallest denormal, other denormals, the smallest normal, the largest value, signs, cut-off. */
    const float rows[][3] = {{0x1p-149f, 0, -0.0f},
                             {-0x1.8p-140f, 0x1p-149f, 0x1p-130f},
                             {0x1p-126f, 0x1.8p-127f, 0x1p-149f},
                             {0x1.fffffep127f, -1, 0x1p67f},
                             {3, -1.5f, 0x1p-59f},
                             {3, 0x1.fp-60f, -0x1.fp-60f},
                             {0, 0, 0},
                             {1, 0x1p-60f, 0x1.fffffep-61f}};
    const float expected[][3] = {{1, 0, 0},
                                 {-0x1.8p-10f, 0x1p-19f, 1},
                                 {1, 0x1.8p-1f, 0x1p-23f},
                                 {0x1.fffffep0f, 0, 0x1p-60f},
                                 {1.5f, -0.75f, 0x1p-60f},
                                 {1.5f, 0, 0},
                                 {0, 0, 0},
                                 {1, 0x1p-60f, 0}};
    for (size_t r = 0; r < 8; r++) {
        float scaled[3], norm;
        srm_reference_prepare(rows[r], 1, 3, scaled, &norm);
        for (int i = 0; i < 3; i++)
            assert_true(same_bits(scaled[i], expected[r][i]));
    }
}

/* Against ldexp in double, over all exponents. */
static void scaling_agrees_with_ldexp(void **state)
{
    (void)state;
    for (uint64_t r = 0; r < 20000; r++) {
        float row[4], scaled[4], norm, largest = 0;
        for (uint64_t i = 0; i < 4; i++) {
            uint32_t words[4];
            base_random_words(3, BASE_STREAM_TEST, 4 * r + i, words);
            words[0] &= 0xff7fffffu; /* finite */
            if (r % 3 == 0)
                words[0] &= 0x81ffffffu; /* many denormals */
            memcpy(&row[i], words, sizeof(float));
            largest = fmaxf(largest, fabsf(row[i]));
        }
        srm_reference_prepare(row, 1, 4, scaled, &norm);
        int exponent;
        (void)frexp(largest, &exponent);
        for (int i = 0; i < 4; i++) {
            double value = ldexp(row[i], 1 - exponent);
            assert_true(same_bits(scaled[i], fabs(value) < 0x1p-60 ? 0.0f : (float)value));
        }
    }
}

static void squared_norm_order(void **state)
{
    (void)state;
    float row[19], scaled[19], norm, part[8] = {0};
    for (int i = 0; i < 19; i++)
        row[i] = (float)base_random_normal(4, BASE_STREAM_TEST, (uint64_t)i);
    srm_reference_prepare(row, 1, 19, scaled, &norm);
    for (int i = 0; i < 19; i++) {
        volatile float square = scaled[i] * scaled[i];
        part[i % 8] += square;
    }
    assert_true(same_bits(norm, ((part[0] + part[1]) + (part[2] + part[3])) +
                                    ((part[4] + part[5]) + (part[6] + part[7]))));
}

static void threshold_edges(void **state)
{
    (void)state;
    struct srm_threshold half = srm_threshold_make(0.5), zero = srm_threshold_make(0);
    struct srm_threshold minus = srm_threshold_make(-0.5), all = srm_threshold_make(-1);
    assert_true(srm_threshold_passed(half, 0.5f, 0.25f) && !srm_threshold_passed(half, -0.5f, 0.25f));
    assert_true(!srm_threshold_passed(half, 0, 0));
    assert_true(srm_threshold_passed(zero, 0, 0) && !srm_threshold_passed(zero, -0x1p-100f, 0));
    assert_true(srm_threshold_passed(minus, -0.5f, 0.25f) && !srm_threshold_passed(minus, -0.51f, 0.25f));
    assert_true(srm_threshold_passed(minus, 0, 0));
    assert_true(srm_threshold_passed(all, -1.0000002f, all.epsilon2));
    assert_int_equal(srm_threshold_make(1e-12).sign, 0);
    assert_int_equal(srm_threshold_make(-1e-12).sign, 0);
    assert_true(same_bits(srm_threshold_make(0.9).epsilon2, (float)(0.9 * 0.9)));
}

/* ---- the fast reference is the direct one ---- */

static void compare_fast(const float *rows, uint32_t n_rows, uint32_t width, uint32_t angles, double cosine)
{
    const double epsilons[] = {0.9, 0.3, 1, 1e-3, 0, -0.2, -0.95, -1};
    struct experiment x = experiment_make(rows, n_rows, width, angles, epsilons, 8, cosine);
    uint32_t *fast = zeroed_counts(&x);
    struct srm_reference_input input = input_of(&x);
    assert_ok(srm_reference_counts_fast(&input, fast));
    for (size_t cell = 0; cell < (size_t)x.n_epsilons * x.n_pairs * angles; cell++) {
        if (fast[cell] != x.counts[cell])
            fail_msg("%u angles, cosine %g, cell %zu: %u, directly %u", angles, cosine, cell, fast[cell],
                     x.counts[cell]);
    }
    base_free(fast);
    experiment_free(&x);
}

static void arcs_equal_angles(void **state)
{
    (void)state;
    const uint32_t angles[] = {4, 5, 7, 8, 36, 100, 360, 361};
    float *rows = mixed_rows(600, 5, 11);
    for (size_t a = 0; a < sizeof angles / sizeof *angles; a++) {
        compare_fast(rows, 600, 5, angles[a], 0);
        compare_fast(rows, 600, 5, angles[a], 0.3);
        compare_fast(rows, 600, 5, angles[a], -0.999);
        compare_fast(rows, 600, 5, angles[a], 1);
    }
    compare_fast(rows, 200, 3, SRM_MAX_ANGLES, 0);
    base_free(rows);
    /* Width 2 puts every row wholly into the plane: the threshold is met at the very top of the arc. */
    rows = mixed_rows(2000, 2, 12);
    compare_fast(rows, 2000, 2, 360, 0);
    compare_fast(rows, 300, 2, SRM_MAX_ANGLES, 0);
    base_free(rows);
}

/* Rows whose in-plane part exceeds the threshold by a rounding or two: the arc is shorter than a step. */
static void arcs_of_grazing_rows(void **state)
{
    (void)state;
    float rows[720][3];
    for (uint32_t r = 0; r < 720; r++) {
        double angle = 2 * PI * r / 720, part = 0.9 * (1 + ((int)(r % 9) - 4) * 4e-8);
        rows[r][0] = (float)(part * cos(angle));
        rows[r][1] = (float)(part * sin(angle));
        rows[r][2] = (float)sqrt(1 - part * part);
    }
    compare_fast(&rows[0][0], 720, 3, 360, 0);
    compare_fast(&rows[0][0], 720, 3, 720, 0);
    compare_fast(&rows[0][0], 720, 3, SRM_MAX_ANGLES, 0);
}

static void double_reference_bounds(void **state)
{
    (void)state;
    enum { n_rows = 3000, width = 6, angles = 72 };
    const double epsilons[] = {0.75, 0.4, 0.9, -0.3, 0};
    const double cosines[] = {0, 0.6};
    for (int c = 0; c < 2; c++) {
        float *rows = mixed_rows(n_rows, width, 13);
        struct experiment x = experiment_make(rows, n_rows, width, angles, epsilons, 5, cosines[c]);
        double *projections, *norms;
        uint32_t *counts = zeroed_counts(&x), *near = zeroed_counts(&x);
        assert_ok(base_allocate(&projections, n_rows * width, sizeof(double), "projections"));
        assert_ok(base_allocate(&norms, n_rows, sizeof(double), "norms"));
        srm_reference_project(rows, n_rows, width, NULL, width, projections, norms);
        struct srm_double_input input = {projections, norms,      n_rows,       width, x.pairs,
                                         x.n_pairs,   x.epsilons, x.n_epsilons, angles};
        assert_ok(srm_reference_counts_double(&input, counts, near));
        uint64_t total = 0, near_total = 0;
        for (size_t cell = 0; cell < (size_t)5 * x.n_pairs * angles; cell++) {
            int64_t difference = (int64_t)counts[cell] - x.counts[cell];
            assert_true(llabs(difference) <= near[cell]);
            if (cell / angles / x.n_pairs == 4)
                continue; /* at epsilon 0 the many exact zeros are all near */
            total += counts[cell];
            near_total += near[cell];
        }
        assert_true(total > 0 && near_total < total / 1000); /* else the bound says nothing */
        base_free(projections);
        base_free(norms);
        base_free(counts);
        base_free(near);
        base_free(rows);
        experiment_free(&x);
    }
}

/* A basis that is not the standard one: projections against vectors, in double and in f32. */
static void projection_is_a_product(void **state)
{
    (void)state;
    const float rows[2][3] = {{1, 2, 3}, {0, -1, 4}};
    const double vectors[2][3] = {{1, 0, 0}, {0.5, 0.25, -1}};
    double projections[4], norms[2];
    srm_reference_project(&rows[0][0], 2, 3, &vectors[0][0], 2, projections, norms);
    const double expected[4] = {1, -2, 0, -4.25};
    for (int i = 0; i < 4; i++)
        assert_in_double(projections[i], expected[i], 0);
    assert_in_double(norms[0], 14, 0);
    assert_in_double(norms[1], 17, 0);
}

/* ---- srm.md 3.2 ---- */

static double degrees_from(double angle, double landmark)
{
    return fabs(remainder(angle - landmark, 90));
}

static void axis_rows(void **state)
{
    (void)state;
    float rows[8][4] = {{0}};
    for (int i = 0; i < 4; i++) {
        rows[2 * i][i] = 1;
        rows[2 * i + 1][i] = -3;
    }
    const double epsilon = 0.75;
    struct experiment x = experiment_make(&rows[0][0], 8, 4, 360, &epsilon, 1, 0);
    for (uint32_t p = 0; p < 6; p++) {
        for (uint32_t k = 0; k < 360; k++)
            assert_int_equal(curve(&x, 0, p)[k], degrees_from(k, 0) <= acos(0.75) * 180 / PI ? 1 : 0);
    }
    experiment_free(&x);
}

static void sign_rows(void **state)
{
    (void)state;
    float rows[16][4];
    for (int r = 0; r < 16; r++) {
        for (int i = 0; i < 4; i++)
            rows[r][i] = r >> i & 1 ? 1 : -1;
    }
    const double epsilon = 0.6;
    struct experiment x = experiment_make(&rows[0][0], 16, 4, 720, &epsilon, 1, 0);
    double reach = acos(0.6 / sqrt(0.5)) * 180 / PI;
    assert_in_double(reach, 31.948, 0.001);
    for (uint32_t p = 0; p < 6; p++) {
        for (uint32_t k = 0; k < 720; k++)
            assert_int_equal(curve(&x, 0, p)[k], degrees_from(k / 2.0, 45) <= reach ? 4 : 0);
    }
    experiment_free(&x);
}

static void antipodal_rows_cancel(void **state)
{
    (void)state;
    float *rows = mixed_rows(800, 4, 17);
    for (int r = 0; r < 400; r++) {
        for (int i = 0; i < 4; i++)
            rows[(400 + r) * 4 + i] = -rows[r * 4 + i];
    }
    const double epsilons[] = {0.7, 0.2, -0.3};
    struct experiment x = experiment_make(rows, 800, 4, 360, epsilons, 3, 0);
    for (uint32_t e = 0; e < 3; e++) {
        for (uint32_t p = 0; p < 6; p++) {
            for (uint32_t k = 0; k < 360; k++)
                assert_int_equal(curve(&x, e, p)[k], curve(&x, e, p)[(k + 180) % 360]);
        }
    }
    experiment_free(&x);
    base_free(rows);
}

/* The count of <= -epsilon, made by testing the opposite probe's component, is the curve half a turn on. */
static void signed_is_a_shift(void **state)
{
    (void)state;
    enum { n_rows = 500, angles = 360 };
    float *rows = mixed_rows(n_rows, 3, 18), *negated = mixed_rows(n_rows, 3, 18);
    for (int i = 0; i < n_rows * 3; i++)
        negated[i] = -negated[i];
    const double epsilon = 0.6;
    struct experiment x = experiment_make(rows, n_rows, 3, angles, &epsilon, 1, 0);
    struct experiment y = experiment_make(negated, n_rows, 3, angles, &epsilon, 1, 0);
    for (uint32_t p = 0; p < 3; p++) {
        for (uint32_t k = 0; k < angles; k++)
            assert_int_equal(curve(&y, 0, p)[k], curve(&x, 0, p)[(k + angles / 2) % angles]);
    }
    experiment_free(&x);
    experiment_free(&y);
    base_free(rows);
    base_free(negated);
}

static void swapped_pair_is_mirrored(void **state)
{
    (void)state;
    float *rows = mixed_rows(700, 4, 19);
    const double epsilons[] = {0.8, 0.3, 0, -0.4};
    struct experiment x = experiment_make(rows, 700, 4, 360, epsilons, 4, 0);
    struct experiment y = experiment_make(rows, 700, 4, 360, epsilons, 4, 0);
    for (uint32_t p = 0; p < 6; p++)
        y.pairs[p] = (struct srm_pair){x.pairs[p].j, x.pairs[p].i, 0};
    struct srm_reference_input input = input_of(&y);
    assert_ok(srm_reference_counts(&input, y.counts));
    for (uint32_t e = 0; e < 4; e++) {
        for (uint32_t p = 0; p < 6; p++) {
            for (uint32_t k = 0; k < 360; k++)
                assert_int_equal(curve(&y, e, p)[k], curve(&x, e, p)[(360 + 90 - k) % 360]);
        }
    }
    experiment_free(&x);
    experiment_free(&y);
    base_free(rows);
}

/* Powers of two change no bit; other factors only the cells on the threshold, of which these rows have none.
 */
static void scale_does_not_matter(void **state)
{
    (void)state;
    float *rows = mixed_rows(400, 5, 20), *scaled = mixed_rows(400, 5, 20);
    const double epsilons[] = {0.77, -0.31};
    struct experiment x = experiment_make(rows, 400, 5, 360, epsilons, 2, 0);
    for (int pass = 0; pass < 2; pass++) {
        for (int r = 0; r < 400; r++) {
            for (int i = 0; i < 5; i++)
                scaled[r * 5 + i] = rows[r * 5 + i] * (pass ? 1.7f + (float)r : ldexpf(1, r % 100 - 50));
        }
        struct experiment y = experiment_make(scaled, 400, 5, 360, epsilons, 2, 0);
        assert_memory_equal(x.counts, y.counts, 2 * x.n_pairs * 360 * sizeof *x.counts);
        experiment_free(&y);
    }
    experiment_free(&x);
    base_free(rows);
    base_free(scaled);
}

static void counts_fall_with_epsilon(void **state)
{
    (void)state;
    float *rows = mixed_rows(500, 4, 21);
    const double epsilons[] = {-1, -0.6, -0.1, 0, 0.1, 0.6, 0.9, 1};
    struct experiment x = experiment_make(rows, 500, 4, 100, epsilons, 8, 0);
    for (uint32_t p = 0; p < 6; p++) {
        for (uint32_t k = 0; k < 100; k++) {
            assert_int_equal(curve(&x, 0, p)[k], 500);
            for (uint32_t e = 1; e < 8; e++)
                assert_true(curve(&x, e, p)[k] <= curve(&x, e - 1, p)[k]);
        }
    }
    experiment_free(&x);
    base_free(rows);
}

/* integral f = (2/N) sum delta_k; integral f cos(m theta) = (2/(m N)) sum sin(m delta_k) cos(m phi_k). On a
 * grid of A angles each arc's ends are rounded to the grid: an arc's integral errs by under one step, and the
 * errors of random arcs average out: 6 standard deviations of a uniform error a row are allowed. */
static void sum_rule_and_harmonics(void **state)
{
    (void)state;
    enum { n_rows = 4000, width = 4, angles = 2048 };
    float *rows = mixed_rows(n_rows, width, 22);
    const double epsilon = 0.55;
    struct experiment x = experiment_make(rows, n_rows, width, angles, &epsilon, 1, 0);
    double step = 2 * PI / angles, tolerance = 6 * step * sqrt(1.0 / 6 / n_rows);
    for (uint32_t p = 0; p < x.n_pairs; p++) {
        for (int m = 0; m <= 4; m++) {
            double found_c = 0, found_s = 0, wanted_c = 0, wanted_s = 0;
            for (uint32_t k = 0; k < angles; k++) {
                found_c += curve(&x, 0, p)[k] * cos(m * step * k) * step / n_rows;
                found_s += curve(&x, 0, p)[k] * sin(m * step * k) * step / n_rows;
            }
            for (uint32_t r = 0; r < n_rows; r++) {
                const float *row = x.scaled + r * width;
                double a = row[x.pairs[p].i], b = row[x.pairs[p].j], radius = hypot(a, b);
                double limit = epsilon * sqrt(x.norms[r]);
                if (!(radius >= limit) || radius == 0)
                    continue;
                double delta = acos(limit / radius), phi = atan2(b, a);
                double weight = m ? 2 * sin(m * delta) / m : 2 * delta;
                wanted_c += weight * cos(m * phi) / n_rows;
                wanted_s += weight * sin(m * phi) / n_rows;
            }
            assert_in_double(found_c, wanted_c, tolerance + 20 * step / n_rows);
            assert_in_double(found_s, wanted_s, tolerance + 20 * step / n_rows);
        }
    }
    experiment_free(&x);
    base_free(rows);
}

static void degenerate_pairs_count_nothing(void **state)
{
    (void)state;
    float *rows = mixed_rows(50, 3, 23);
    const double epsilons[] = {0.5, -0.5};
    const double cosines[] = {1, -1, 0.9999996};
    for (int c = 0; c < 3; c++) {
        struct experiment x = experiment_make(rows, 50, 3, 36, epsilons, 2, cosines[c]);
        struct srm_reference_sums sums[6];
        struct srm_reference_input input = input_of(&x);
        srm_reference_sums(&input, sums);
        for (int i = 0; i < 2 * 3 * 36; i++)
            assert_int_equal(x.counts[i], 0);
        for (int i = 0; i < 6; i++)
            assert_int_equal(sums[i].hits, 0);
        experiment_free(&x);
    }
    base_free(rows);
}

static void sums_of_axis_and_diagonal_rows(void **state)
{
    (void)state;
    /* Three rows on the axes, two on diagonals, one too far out of the plane, one zero. */
    const float rows[7][3] = {{2, 0, 0}, {0, -1, 0}, {0, 5, 0}, {1, 1, 0}, {-1, 1, 0}, {1, 0, 9}, {0, 0, 0}};
    const double epsilons[] = {0.5, -0.1};
    struct experiment x = experiment_make(&rows[0][0], 7, 3, 36, epsilons, 2, 0);
    struct srm_reference_sums sums[6];
    struct srm_reference_input input = input_of(&x);
    srm_reference_sums(&input, sums);
    assert_int_equal(sums[0].hits, 5);
    assert_in_double(sums[0].cosine1, 1, 1e-12);  /* 1 + 0 + 0 + 0.71 - 0.71 */
    assert_in_double(sums[0].cosine2, -1, 1e-12); /* 1 - 1 - 1 + 0 + 0 */
    assert_in_double(sums[0].cosine4, 1, 1e-12);  /* 3 - 2 */
    assert_int_equal(sums[3].hits, 6);
    experiment_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_symmetric),
        cmocka_unit_test(tables_of_odd_sizes),
        cmocka_unit_test(scaling_is_exact),
        cmocka_unit_test(scaling_agrees_with_ldexp),
        cmocka_unit_test(squared_norm_order),
        cmocka_unit_test(threshold_edges),
        cmocka_unit_test(arcs_equal_angles),
        cmocka_unit_test(arcs_of_grazing_rows),
        cmocka_unit_test(double_reference_bounds),
        cmocka_unit_test(projection_is_a_product),
        cmocka_unit_test(axis_rows),
        cmocka_unit_test(sign_rows),
        cmocka_unit_test(antipodal_rows_cancel),
        cmocka_unit_test(signed_is_a_shift),
        cmocka_unit_test(swapped_pair_is_mirrored),
        cmocka_unit_test(scale_does_not_matter),
        cmocka_unit_test(counts_fall_with_epsilon),
        cmocka_unit_test(sum_rule_and_harmonics),
        cmocka_unit_test(degenerate_pairs_count_nothing),
        cmocka_unit_test(sums_of_axis_and_diagonal_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
