/* Random rows of known distributions against the Monte-Carlo table of srm.md 3.3 (8 dimensions, standard
 * basis, mean over all ordered pairs), and what the statistics say of them. */
#include "base/memory.h"
#include "base/random.h"
#include "srm/null.h"
#include "srm/ranking.h"
#include "srm/reference.h"
#include "support/test.h"

#define PI 3.14159265358979323846

enum { WIDTH = 8, PAIRS = 28, ANGLES = 16 };

enum kind { NORMAL, TANH, RELU, LEAKY, LAPLACE, CAUCHY };

static float draw(enum kind kind, uint64_t seed, uint64_t index)
{
    double x = base_random_normal(seed, BASE_STREAM_TEST, index);
    double u = base_random_uniform(seed + 1000, BASE_STREAM_TEST, index) - 0.5;
    switch (kind) {
    case NORMAL:
        return (float)x;
    case TANH:
        return (float)tanh(x);
    case RELU:
        return x > 0 ? (float)x : 0.0f;
    case LEAKY:
        return (float)(x > 0 ? x : 0.01 * x);
    case LAPLACE:
        return (float)(copysign(1, u) * -log1p(-2 * fabs(u)));
    case CAUCHY:
        return (float)tan(PI * u);
    }
    return 0;
}

/* Prepared rows of one distribution, and all 28 planes of the standard basis. */
struct sample {
    uint32_t n_rows;
    float *rows, *norms;
    struct srm_pair pairs[PAIRS];
};

static struct sample sample_make(enum kind kind, uint32_t n_rows, uint64_t seed)
{
    struct sample sample = {.n_rows = n_rows};
    assert_ok(base_allocate(&sample.rows, (size_t)n_rows * WIDTH, sizeof(float), "rows"));
    assert_ok(base_allocate(&sample.norms, n_rows, sizeof(float), "norms"));
    for (uint64_t k = 0; k < (uint64_t)n_rows * WIDTH; k++)
        sample.rows[k] = draw(kind, seed, k);
    srm_reference_prepare(sample.rows, n_rows, WIDTH, sample.rows, sample.norms);
    for (uint32_t i = 0, p = 0; i < WIDTH; i++) {
        for (uint32_t j = i + 1; j < WIDTH; j++)
            sample.pairs[p++] = (struct srm_pair){i, j, 0};
    }
    return sample;
}

static void sample_free(struct sample *sample)
{
    base_free(sample->rows);
    base_free(sample->norms);
}

static struct srm_reference_input input_of(const struct sample *sample, uint32_t from, uint32_t n_rows,
                                           const double *epsilon)
{
    return (struct srm_reference_input){.projections = sample->rows + (size_t)from * WIDTH,
                                        .squared_norms = sample->norms + from,
                                        .n_rows = n_rows,
                                        .n_vectors = WIDTH,
                                        .pairs = sample->pairs,
                                        .n_pairs = PAIRS,
                                        .epsilons = epsilon,
                                        .n_epsilons = 1,
                                        .n_angles = ANGLES};
}

/* means[ANGLES] over all ordered pairs, and the standard error of each from batches of rows: rows are
 * independent, planes are not. */
static void mean_curve(const struct sample *sample, double epsilon, double *means, double *errors)
{
    enum { batches = 40 };
    uint32_t size = sample->n_rows / batches;
    uint32_t counts[PAIRS * ANGLES];
    double squares[ANGLES] = {0};
    memset(means, 0, ANGLES * sizeof *means);
    for (uint32_t b = 0; b < batches; b++) {
        struct srm_reference_input input = input_of(sample, b * size, size, &epsilon);
        assert_ok(srm_reference_counts_fast(&input, counts));
        for (uint32_t k = 0; k < ANGLES; k++) {
            double sum = 0;
            for (uint32_t p = 0; p < PAIRS; p++)
                sum += counts[p * ANGLES + k] + counts[p * ANGLES + (ANGLES + ANGLES / 4 - k) % ANGLES];
            sum /= 2.0 * PAIRS * size;
            means[k] += sum / batches;
            squares[k] += sum * sum / batches;
        }
    }
    for (uint32_t k = 0; k < ANGLES; k++)
        errors[k] = sqrt(fmax(0, squares[k] - means[k] * means[k]) / (batches - 1));
}

/* 0, 22.5, 45, 90, 135, 180, 225 degrees. The table's own values came from 400,000 rows. */
static void monte_carlo_table(void **state)
{
    (void)state;
    static const uint32_t angle[7] = {0, 1, 2, 4, 6, 8, 10};
    static const struct {
        enum kind kind;
        double epsilon, digit, values[7];
    } table[] = {
        {NORMAL, .75, 1e-4, {.0101, .0100, .0100, .0101, .0100, .0101, .0100}},
        {NORMAL, .90, 1e-5, {.00045, .00047, .00048, .00045, .00048, .00044, .00047}},
        {TANH, .75, 1e-5, {.00034, .00118, .00292, .00034, .00289, .00033, .00289}},
        {RELU, .75, 1e-4, {.0740, .0810, .0534, .0740, 0, 0, 0}},
        {RELU, .90, 1e-4, {.0277, .0233, .0144, .0277, 0, 0, 0}},
        {LEAKY, .75, 1e-4, {.0738, .0804, .0534, .0738, .00023, .00008, .00017}},
        {LAPLACE, .75, 1e-4, {.0231, .0191, .0134, .0231, .0133, .0230, .0134}},
        {LAPLACE, .90, 1e-4, {.0039, .0021, .0012, .0039, .0013, .0039, .0013}},
        {CAUCHY, .75, 1e-4, {.0429, .0378, .0136, .0429, .0136, .0429, .0136}},
    };
    const uint32_t n_rows = 100000;
    for (size_t r = 0; r < sizeof table / sizeof *table; r++) {
        struct sample sample = sample_make(table[r].kind, n_rows, 100 + (uint64_t)table[r].kind);
        double means[ANGLES], errors[ANGLES];
        mean_curve(&sample, table[r].epsilon, means, errors);
        for (int a = 0; a < 7; a++) {
            /* Five standard errors of the difference, and the table's rounding: values below 0.001 have five
             * places. */
            double value = table[r].values[a], digit = value < 0.001 ? 1e-5 : table[r].digit;
            double both = errors[angle[a]] * sqrt(1 + n_rows / 400000.0);
            assert_in_double(means[angle[a]], value, 5 * both + 0.5001 * digit);
        }
        sample_free(&sample);
    }
}

/* Isotropic rows: every angle at p0, to the accuracy of the mean itself. */
static void isotropic_rows_are_at_the_null(void **state)
{
    (void)state;
    const double epsilons[] = {0.9, 0.75, 0.3, 0, -0.3};
    struct sample sample = sample_make(NORMAL, 60000, 7);
    for (int e = 0; e < 5; e++) {
        double means[ANGLES], errors[ANGLES];
        mean_curve(&sample, epsilons[e], means, errors);
        for (int k = 0; k < ANGLES; k++) {
            assert_in_double(means[k], srm_null_probability(epsilons[e], WIDTH), 5 * errors[k] + 1e-12);
            assert_true(errors[k] < 0.1 * means[k]);
        }
    }
    sample_free(&sample);
}

/* One sample's statistics at one epsilon, by way of the integers that a device gives. */
static void statistics_of(const struct sample *sample, double epsilon,
                          struct srm_plane_statistics *statistics)
{
    struct srm_reference_sums sums[PAIRS];
    struct srm_reference_input input = input_of(sample, 0, sample->n_rows, &epsilon);
    srm_reference_sums(&input, sums);
    for (int p = 0; p < PAIRS; p++) {
        struct srm_curve_statistics found = {.hits = (uint32_t)sums[p].hits,
                                             .cosine1 = (int32_t)lround(sums[p].cosine1 * 16384),
                                             .cosine2 = (int32_t)lround(sums[p].cosine2 * 16384),
                                             .cosine4 = (int32_t)lround(sums[p].cosine4 * 16384)};
        statistics[p] = srm_statistics_make(found, 16384);
    }
}

/* z of isotropic rows: mean 0, standard deviation 1. Four planes without a common vector a trial, next to
 * independent. */
static void z_is_standard_normal(void **state)
{
    (void)state;
    enum { trials = 400 };
    const int planes[4] = {0, 13, 22, 27}; /* 01, 23, 45, 67 */
    double sum = 0, squares = 0;
    for (uint64_t t = 0; t < trials; t++) {
        struct sample sample = sample_make(NORMAL, 1000, 20000 + t);
        struct srm_plane_statistics statistics[PAIRS];
        statistics_of(&sample, 0.75, statistics);
        for (int p = 0; p < 4; p++) {
            assert_true(sample.pairs[planes[p]].j == sample.pairs[planes[p]].i + 1);
            sum += statistics[planes[p]].z;
            squares += statistics[planes[p]].z * statistics[planes[p]].z;
        }
        sample_free(&sample);
    }
    const double n = 4 * trials;
    assert_in_double(sum / n, 0, 5 / sqrt(n));
    assert_in_double(squares / n, 1, 5 * sqrt(2 / n));
}

/* srm.md 4.6: tanh C4 = -0.72 (M = 87 of 5,000), Laplace C4 = 0.26 (M = 654); relu is one-sided. */
static void statistics_of_distributions(void **state)
{
    (void)state;
    const enum kind kinds[] = {TANH, LAPLACE, RELU, NORMAL};
    double c4[4] = {0}, c1[4] = {0}, hits[4] = {0};
    for (int d = 0; d < 4; d++) {
        struct sample sample = sample_make(kinds[d], 20000, 40);
        struct srm_plane_statistics statistics[PAIRS];
        statistics_of(&sample, 0.75, statistics);
        for (int p = 0; p < PAIRS; p++) {
            c4[d] += statistics[p].c4 / PAIRS;
            c1[d] += statistics[p].c1 / PAIRS;
            hits[d] += statistics[p].hits / (double)sample.n_rows / PAIRS;
        }
        sample_free(&sample);
    }
    assert_in_double(c4[0], -0.72, 0.05);
    assert_in_double(hits[0], 87 / 5000.0, 0.003);
    assert_in_double(c4[1], 0.26, 0.06);
    assert_in_double(hits[1], 654 / 5000.0, 0.008);
    assert_true(c1[2] > 0.5 && fabs(c1[1]) < 0.02);
    assert_in_double(c4[3], 0, 0.02);
    assert_in_double(hits[3], srm_null_plane_fraction(0.75, WIDTH), 0.002);
}

/* 2 % of rows along e_i + e_j, 64 dimensions: the plane heads the anti-aligned list, with its peak at 45
 * degrees. */
static void planted_diagonal_is_found(void **state)
{
    (void)state;
    enum { n = 64, n_rows = 4000, angles = 360, n_planes = n * (n - 1) / 2 };
    float *rows, *norms;
    uint32_t *counts;
    struct srm_pair *pairs;
    struct srm_reference_sums *sums;
    struct srm_plane_statistics *statistics;
    assert_ok(base_allocate(&rows, n_rows * n, sizeof *rows, "rows"));
    assert_ok(base_allocate(&norms, n_rows, sizeof *norms, "norms"));
    assert_ok(base_allocate(&counts, n_planes * angles, sizeof *counts, "counts"));
    assert_ok(base_allocate(&pairs, n_planes, sizeof *pairs, "pairs"));
    assert_ok(base_allocate(&sums, n_planes, sizeof *sums, "sums"));
    assert_ok(base_allocate(&statistics, n_planes, sizeof *statistics, "statistics"));
    for (uint32_t r = 0; r < n_rows; r++) {
        for (uint32_t i = 0; i < n; i++)
            rows[r * n + i] = (float)base_random_normal(55, BASE_STREAM_TEST, (uint64_t)r * n + i);
        if (r % 50 == 0) {
            rows[r * n + 17] += 30;
            rows[r * n + 41] += 30;
        }
    }
    for (uint32_t i = 0, p = 0; i < n; i++) {
        for (uint32_t j = i + 1; j < n; j++)
            pairs[p++] = (struct srm_pair){i, j, 0};
    }
    const double epsilon = srm_null_automatic_epsilon(n);
    srm_reference_prepare(rows, n_rows, n, rows, norms);
    struct srm_reference_input input = {rows, norms, n_rows, n, pairs, n_planes, &epsilon, 1, angles};
    assert_ok(srm_reference_counts_fast(&input, counts));
    srm_reference_sums(&input, sums);
    for (uint32_t p = 0; p < n_planes; p++) {
        struct srm_curve_statistics found = {.hits = (uint32_t)sums[p].hits,
                                             .cosine4 = (int32_t)lround(sums[p].cosine4 * 16384)};
        for (uint32_t k = 0; k < angles; k++) {
            if ((int32_t)counts[p * angles + k] > found.peak) {
                found.peak = (int32_t)counts[p * angles + k];
                found.peak_angle = k;
            }
        }
        statistics[p] = srm_statistics_make(found, 16384);
    }
    struct srm_ranking_input ranked = {statistics, NULL, n_planes};
    struct srm_ranking ranking;
    assert_ok(srm_ranking_make(&ranked, &ranking));
    assert_true(srm_ranking_count(&ranking, SRM_LIST_ANTI_ALIGNED) > 0);
    uint64_t first = ranking.positions[ranking.starts[SRM_LIST_ANTI_ALIGNED]];
    assert_true(pairs[first].i == 17 && pairs[first].j == 41);
    assert_true(statistics[first].z < -5 && statistics[first].peak >= n_rows / 50);
    /* In a cone this wide the planted rows are a plateau around 45 degrees, and chance picks its highest
     * angle. */
    assert_true(fabs(remainder(statistics[first].peak_angle - 45.0, 360)) < acos(epsilon) * 180 / PI);
    assert_true(counts[first * angles + 45] >= 0.9 * statistics[first].peak);
    assert_true(counts[first * angles + 225] < 0.3 * statistics[first].peak);
    double lift = srm_statistics_lift(&statistics[first], n_rows, srm_null_probability(epsilon, n));
    assert_true(lift > 10);
    srm_ranking_free(&ranking);
    base_free(rows);
    base_free(norms);
    base_free(counts);
    base_free(pairs);
    base_free(sums);
    base_free(statistics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monte_carlo_table),         cmocka_unit_test(isotropic_rows_are_at_the_null),
        cmocka_unit_test(z_is_standard_normal),      cmocka_unit_test(statistics_of_distributions),
        cmocka_unit_test(planted_diagonal_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
