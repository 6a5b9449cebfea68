/* Sums over planes, densities and the curves made of them, against the same made on the CPU from counts read
 * back: one set and several, signed curves, several epsilons, mirrored planes. */
#include "base/random.h"
#include "common/count_bins.h"
#include "srm/curves.h"
#include "support/device.h"
#include "support/test.h"

#include <stdlib.h>

static struct gpu *gpu;

struct sums_case {
    const char *name;
    uint32_t rows, width, angles, n_epsilons;
    double epsilons[3];
    bool difference, split, mirrored;
};

/* The counts of all planes of a case, added to sums in one set or in several. */
struct scene {
    const struct sums_case *c;
    struct srm_counter counter;
    struct srm_sums sums;
    uint32_t planes;
    int64_t *values; /* [epsilons, planes, A]: counts, or differences of opposite counts */
};

static void add_target(struct scene *s, const struct srm_block *block, uint32_t first, uint32_t end)
{
    const struct sums_case *c = s->c;
    struct srm_target target;
    assert_ok(srm_target_create_run(gpu, &s->counter, first, end, NULL, &target));
    assert_ok(srm_target_add(gpu, &s->counter, block, SRM_METHOD_TILES, &target));
    assert_ok(srm_target_finish(gpu, &s->counter, &target));
    assert_ok(srm_sums_add(gpu, &s->counter, &target, &s->sums));
    size_t curves = (size_t)target.planes * c->n_epsilons;
    uint32_t *counts = calloc(curves * c->angles, sizeof *counts);
    assert_ok(gpu_download(gpu, target.counts, 0, counts, 4 * curves * c->angles));
    for (uint32_t e = 0; e < c->n_epsilons; e++)
        for (uint32_t p = 0; p < target.planes; p++)
            for (uint32_t k = 0; k < c->angles; k++) {
                const uint32_t *curve = counts + ((size_t)e * target.planes + p) * c->angles;
                int64_t value = curve[k];
                if (c->difference)
                    value -= curve[(k + c->angles / 2) % c->angles];
                s->values[((size_t)e * s->planes + target.plane_first + p) * c->angles + k] = value;
            }
    free(counts);
    srm_target_destroy(gpu, &target);
}

static struct scene scene_make(const struct sums_case *c)
{
    struct scene s = {.c = c, .planes = (uint32_t)srm_planes_count(c->width)};
    struct srm_block block;
    float *rows = calloc((size_t)c->rows * c->width, sizeof *rows);
    for (uint32_t r = 0; r < c->rows; r++) /* off centre, so that opposite angles differ */
        for (uint32_t i = 0; i < c->width; i++)
            rows[r * c->width + i] =
                (float)base_random_normal(9, BASE_STREAM_TEST, (uint64_t)r * c->width + i) +
                (i % 3 ? 0.4f : 0);
    s.values = calloc((size_t)s.planes * c->n_epsilons * c->angles, sizeof *s.values);
    assert_ok(srm_counter_create(gpu,
                                 &(struct srm_counter_parameters){.vectors = c->width,
                                                                  .angles = c->angles,
                                                                  .epsilons = c->epsilons,
                                                                  .n_epsilons = c->n_epsilons,
                                                                  .total_rows = c->rows,
                                                                  .difference = c->difference,
                                                                  .mirrored = c->mirrored},
                                 &s.counter));
    assert_ok(srm_sums_create(gpu, &s.counter, &s.sums));
    assert_ok(srm_block_create(gpu, c->rows, c->width, c->width, true, &block));
    assert_ok(srm_block_fill(gpu, &block, NULL, s.counter.quantise_scale, rows, c->rows));
    if (c->split) {
        add_target(&s, &block, 0, 8);
        add_target(&s, &block, 8, c->width);
    } else {
        add_target(&s, &block, 0, c->width);
    }
    srm_block_destroy(gpu, &block);
    free(rows);
    return s;
}

static void scene_free(struct scene *s)
{
    srm_sums_destroy(gpu, &s->sums);
    srm_counter_destroy(gpu, &s->counter);
    free(s->values);
}

/* The curves that are summed: the planes, when mirrored followed by the same from their second vectors. */
static uint32_t curves_of(const struct scene *s)
{
    return s->c->mirrored ? 2 * s->planes : s->planes;
}

static int64_t value_at(const struct scene *s, uint32_t e, uint32_t curve, uint32_t k)
{
    uint32_t angles = s->c->angles;
    if (curve >= s->planes)
        k = (angles + angles / 4 - k) % angles;
    return s->values[((size_t)e * s->planes + curve % s->planes) * angles + k];
}

static void check_sums(const struct scene *s)
{
    const struct sums_case *c = s->c;
    struct srm_angle_sums *found = calloc((size_t)c->n_epsilons * c->angles, sizeof *found);
    assert_ok(srm_sums_read(gpu, &s->counter, &s->sums, found));
    for (uint32_t e = 0; e < c->n_epsilons; e++)
        for (uint32_t k = 0; k < c->angles; k++) {
            int64_t sum = 0, least = INT64_MAX, greatest = INT64_MIN;
            uint64_t squares = 0;
            for (uint32_t p = 0; p < curves_of(s); p++) {
                int64_t value = value_at(s, e, p, k);
                sum += value;
                squares += (uint64_t)(value * value);
                least = value < least ? value : least;
                greatest = value > greatest ? value : greatest;
            }
            const struct srm_angle_sums *at = found + e * c->angles + k;
            if (at->sum != sum || at->squares != squares || at->least != least || at->greatest != greatest)
                fail_msg("%s: epsilon %g, angle %u: sum %lld, squares %llu, %d to %d; expected %lld, %llu, "
                         "%lld to "
                         "%lld",
                         c->name, c->epsilons[e], k, (long long)at->sum, (unsigned long long)at->squares,
                         at->least, at->greatest, (long long)sum, (unsigned long long)squares,
                         (long long)least, (long long)greatest);
        }
    free(found);
}

static void check_density(const struct scene *s)
{
    const struct sums_case *c = s->c;
    size_t words = (size_t)c->n_epsilons * c->angles * COUNT_BINS;
    uint32_t *found = calloc(words, sizeof *found), *wanted = calloc(words, sizeof *wanted);
    assert_ok(gpu_download(gpu, s->sums.density, 0, found, 4 * words));
    for (uint32_t e = 0; e < c->n_epsilons; e++)
        for (uint32_t p = 0; p < curves_of(s); p++)
            for (uint32_t k = 0; k < c->angles; k++) {
                int64_t value = value_at(s, e, p, k);
                wanted[((size_t)e * c->angles + k) * COUNT_BINS +
                       count_bin(value > 0 ? (uint32_t)value : 0)]++;
            }
    for (size_t w = 0; w < words; w++)
        if (found[w] != wanted[w])
            fail_msg("%s: angle %zu, bin %zu: %u planes, expected %u", c->name, w / COUNT_BINS % c->angles,
                     w % COUNT_BINS, found[w], wanted[w]);
    free(found), free(wanted);
}

/* Two passes over shares, as NumPy's mean and std do it. */
static struct srm_curve_point point_of(const struct scene *s, uint32_t e, uint32_t k)
{
    const struct sums_case *c = s->c;
    uint32_t n = curves_of(s);
    struct srm_curve_point point = {.least = INFINITY, .greatest = -INFINITY};
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t p = 0; p < n; p++) {
            double share = (double)value_at(s, e, p, k) / c->rows;
            if (pass == 0)
                point.mean += share / n;
            else
                point.deviation += (share - point.mean) * (share - point.mean) / n;
            point.least = fmin(point.least, share);
            point.greatest = fmax(point.greatest, share);
        }
    }
    point.deviation = sqrt(point.deviation);
    return point;
}

static void check_curves(const struct scene *s)
{
    const struct sums_case *c = s->c;
    struct srm_curve_point *points = calloc((size_t)c->n_epsilons * c->angles, sizeof *points);
    assert_ok(srm_curves_read(gpu, &s->counter, &s->sums, curves_of(s), c->rows, points));
    for (uint32_t e = 0; e < c->n_epsilons; e++)
        for (uint32_t k = 0; k < c->angles; k++) {
            struct srm_curve_point got = points[e * c->angles + k], wanted = point_of(s, e, k);
            assert_in_double(got.mean, wanted.mean, 1e-12);
            assert_in_double(got.deviation, wanted.deviation, 1e-9);
            assert_in_double(got.least, wanted.least, 1e-15);
            assert_in_double(got.greatest, wanted.greatest, 1e-15);
        }
    free(points);
}

static void sums_equal_those_of_the_counts(void **state)
{
    (void)state;
    static const struct sums_case cases[] = {
        {"two vectors", 50, 2, 4, 1, {0.5}, false, false, false},
        {"all planes at once", 300, 13, 360, 2, {0.6, 0.3}, false, false, false},
        {"past a group of planes", 200, 25, 100, 1, {0.4}, false, false, false},
        {"in two sets", 300, 13, 64, 3, {0.7, -0.2, 0}, false, true, false},
        {"signed", 300, 13, 90, 2, {0.6, 0.3}, true, false, false},
        {"signed, in two sets", 200, 17, 36, 1, {0.3}, true, true, false},
        {"wide squares", 70000, 3, 8, 1, {-1}, false, false, false},
        {"mirrored", 300, 13, 360, 2, {0.6, 0.3}, false, false, true},
        {"mirrored and signed, in two sets", 200, 17, 36, 2, {0.3, -0.1}, true, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene s = scene_make(&cases[i]);
        check_sums(&s);
        check_density(&s);
        check_curves(&s);
        scene_free(&s);
    }
}

static void nothing_added_reads_as_zeros(void **state)
{
    (void)state;
    struct srm_counter counter;
    struct srm_sums sums;
    struct srm_angle_sums found[5];
    struct srm_curve_point points[5];
    assert_ok(srm_counter_create(
        gpu,
        &(struct srm_counter_parameters){
            .vectors = 2, .angles = 5, .epsilons = (const double[]){0.5}, .n_epsilons = 1, .total_rows = 1},
        &counter));
    assert_ok(srm_sums_create(gpu, &counter, &sums));
    assert_ok(srm_sums_read(gpu, &counter, &sums, found));
    assert_ok(srm_curves_read(gpu, &counter, &sums, 0, 0, points));
    for (int k = 0; k < 5; k++) {
        assert_true(found[k].sum == 0 && found[k].squares == 0 && found[k].greatest == 0 &&
                    found[k].least == 0);
        assert_true(points[k].mean == 0 && points[k].deviation == 0 && points[k].greatest == 0);
    }
    srm_sums_destroy(gpu, &sums);
    srm_counter_destroy(gpu, &counter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_equal_those_of_the_counts),
        cmocka_unit_test(nothing_added_reads_as_zeros),
    };
    gpu = test_gpu();
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
