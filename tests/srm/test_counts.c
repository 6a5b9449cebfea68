/* Counts on the device against the CPU reference, bit for bit: three kernels, all signs of epsilon, sizes
 * around a workgroup, rows with denormals and zeros, orthonormal and oblique bases, blocks of any length. */
#include "base/memory.h"
#include "base/random.h"
#include "srm/angles.h"
#include "srm/reference.h"
#include "srm/run.h"
#include "support/device.h"
#include "support/test.h"

#include <stdlib.h>

static struct gpu *gpu;

struct counts_case {
    const char *name;
    uint32_t rows, vectors, angles, block_rows;
    uint32_t n_epsilons;
    double epsilons[4];
    int kind; /* of rows: see make_rows */
};

enum { GAUSSIAN, HEAVY, RECTIFIED, ONE_HOT, DENORMAL, SIGNS };

static double cube(double x)
{
    return x * x * x;
}

static void make_rows(float *rows, uint32_t n, uint32_t width, int kind)
{
    for (uint32_t r = 0; r < n; r++) {
        for (uint32_t i = 0; i < width; i++) {
            double x = base_random_normal(11, BASE_STREAM_TEST, (uint64_t)r * width + i);
            if (kind == HEAVY)
                x = cube(x) * (r % 7 == 3 ? 1e6 : 1);
            else if (kind == RECTIFIED)
                x = x > 0 ? x : 0;
            else if (kind == ONE_HOT)
                x = 0.02 * x + (i == r % width ? 1 : 0);
            else if (kind == DENORMAL)
                x *= r % 3 ? 1e-41 : 1e-38;
            else if (kind == SIGNS)
                x = x > 0 ? 1 : -1;
            rows[(size_t)r * width + i] = (float)x;
        }
        if (r % 11 == 5) /* some zero rows */
            memset(rows + (size_t)r * width, 0, width * sizeof *rows);
    }
}

static void compare(const struct counts_case *c, const char *method, const uint32_t *got,
                    const uint32_t *wanted, size_t planes)
{
    for (uint32_t e = 0; e < c->n_epsilons; e++)
        for (size_t p = 0; p < planes; p++)
            for (uint32_t k = 0; k < c->angles; k++) {
                size_t at = (e * planes + p) * c->angles + k;
                if (got[at] != wanted[at])
                    fail_msg("%s, %s: epsilon %g, plane %zu, angle %u of %u: %u, expected %u", c->name,
                             method, c->epsilons[e], p, k, c->angles, got[at], wanted[at]);
            }
}

/* Adds the rows in blocks and reads counts and statistics back. */
static void count_on_device(const struct counts_case *c, const struct srm_counter *counter, const float *rows,
                            enum srm_method method, struct srm_target *target, uint32_t *counts,
                            struct srm_curve_statistics *statistics)
{
    struct srm_block block;
    assert_ok(srm_block_create(gpu, c->block_rows, c->vectors, c->vectors, true, &block));
    for (uint32_t first = 0; first < c->rows; first += c->block_rows) {
        uint32_t n = c->rows - first < c->block_rows ? c->rows - first : c->block_rows;
        assert_ok(
            srm_block_fill(gpu, &block, NULL, counter->quantise_scale, rows + (size_t)first * c->vectors, n));
        assert_ok(srm_target_add(gpu, counter, &block, method, target));
    }
    assert_ok(srm_target_finish(gpu, counter, target));
    assert_ok(gpu_download(gpu, target->counts, 0, counts, gpu_buffer_bytes(target->counts)));
    assert_ok(srm_target_statistics(gpu, counter, target, statistics));
    srm_target_destroy(gpu, target);
    srm_block_destroy(gpu, &block);
}

/* The middle of the first run of the greatest count, a run that ends at the last angle going on at angle 0.
 */
static uint32_t peak_of(const uint32_t *counts, uint32_t angles)
{
    uint32_t greatest = 0, begin = 0, before = 0, number = 0;
    for (uint32_t k = 0; k < angles; k++)
        greatest = counts[k] > greatest ? counts[k] : greatest;
    while (counts[begin] != greatest)
        begin++;
    while (begin + number < angles && counts[begin + number] == greatest)
        number++;
    if (begin == 0 && number < angles)
        while (counts[angles - 1 - before] == greatest)
            before++;
    return (angles + begin - before + (before + number - 1) / 2) % angles;
}

static void check_statistics(const struct counts_case *c, const struct srm_counter *counter,
                             const struct srm_curve_statistics *statistics,
                             const struct srm_reference_sums *sums, const uint32_t *counts, size_t planes)
{
    for (size_t curve = 0; curve < c->n_epsilons * planes; curve++) {
        const struct srm_curve_statistics *s = statistics + curve;
        assert_int_equal(s->hits, sums[curve].hits);
        /* Half a unit of the fixed point and f32 rounding of one cosine, a hit. */
        double tolerance = (double)s->hits * (0.5 / counter->fixed_scale + 2e-6) + 1e-9;
        assert_in_double(s->cosine1 / (double)counter->fixed_scale, sums[curve].cosine1, tolerance);
        assert_in_double(s->cosine2 / (double)counter->fixed_scale, sums[curve].cosine2, tolerance);
        assert_in_double(s->cosine4 / (double)counter->fixed_scale, sums[curve].cosine4, tolerance);
        assert_in_double(s->sine1 / (double)counter->fixed_scale, sums[curve].sine1, tolerance);
        uint32_t peak = peak_of(counts + curve * c->angles, c->angles);
        assert_int_equal(s->peak_angle, peak);
        assert_int_equal(s->peak, counts[curve * c->angles + peak]);
        if (!counter->parameters.mirrored)
            continue;
        uint32_t *mirror = calloc(c->angles, sizeof *mirror);
        for (uint32_t k = 0; k < c->angles; k++)
            mirror[k] = counts[curve * c->angles + (c->angles + c->angles / 4 - k) % c->angles];
        assert_int_equal(s->mirrored_angle, peak_of(mirror, c->angles));
        free(mirror);
    }
}

static void run_case(const struct counts_case *c)
{
    size_t planes = srm_planes_count(c->vectors), cells = c->n_epsilons * planes * c->angles;
    float *rows = calloc((size_t)c->rows * c->vectors + 1, sizeof *rows);
    float *prepared = calloc((size_t)c->rows * c->vectors + 1, sizeof *prepared);
    float *norms = calloc(c->rows + 1, sizeof *norms);
    uint32_t *wanted = calloc(cells, sizeof *wanted), *got = calloc(cells, sizeof *got);
    struct srm_reference_sums *sums = calloc(c->n_epsilons * planes, sizeof *sums);
    struct srm_curve_statistics *statistics = calloc(c->n_epsilons * planes, sizeof *statistics);
    struct srm_pair *pairs = calloc(planes, sizeof *pairs);
    struct srm_plane *list = calloc(planes, sizeof *list);
    make_rows(rows, c->rows, c->vectors, c->kind);
    srm_reference_prepare(rows, c->rows, c->vectors, prepared, norms);
    for (size_t p = 0; p < planes; p++) {
        list[p] = srm_planes_of_index(c->vectors, p);
        pairs[p] = (struct srm_pair){list[p].i, list[p].j, 0};
    }
    const struct srm_reference_input input = {.projections = prepared,
                                              .squared_norms = norms,
                                              .n_rows = c->rows,
                                              .n_vectors = c->vectors,
                                              .pairs = pairs,
                                              .n_pairs = planes,
                                              .epsilons = c->epsilons,
                                              .n_epsilons = c->n_epsilons,
                                              .n_angles = c->angles};
    assert_ok(srm_reference_counts_fast(&input, wanted));
    srm_reference_sums(&input, sums);

    struct srm_counter counter;
    assert_ok(srm_counter_create(gpu,
                                 &(struct srm_counter_parameters){.vectors = c->vectors,
                                                                  .angles = c->angles,
                                                                  .epsilons = c->epsilons,
                                                                  .n_epsilons = c->n_epsilons,
                                                                  .total_rows = c->rows,
                                                                  .mirrored = c->angles % 4 == 0},
                                 &counter));
    struct srm_target target;
    const enum srm_method methods[] = {SRM_METHOD_TILES, SRM_METHOD_DOMINANT};
    for (int m = 0; m < 2; m++) {
        assert_ok(srm_target_create_run(gpu, &counter, 0, c->vectors, NULL, &target));
        count_on_device(c, &counter, rows, methods[m], &target, got, statistics);
        compare(c, m ? "dominant" : "tiles", got, wanted, planes);
        check_statistics(c, &counter, statistics, sums, got, planes);
    }
    assert_ok(srm_target_create_list(gpu, &counter, list, (uint32_t)planes, NULL, &target));
    count_on_device(c, &counter, rows, SRM_METHOD_AUTOMATIC, &target, got, statistics);
    compare(c, "list", got, wanted, planes);
    check_statistics(c, &counter, statistics, sums, got, planes);
    srm_counter_destroy(gpu, &counter);
    free(rows), free(prepared), free(norms), free(wanted), free(got), free(sums), free(statistics),
        free(pairs), free(list);
}

static void counts_equal_reference(void **state)
{
    (void)state;
    const struct counts_case cases[] = {
        {"two vectors", 100, 2, 360, 100, 1, {0.9}, GAUSSIAN},
        {"one row", 1, 3, 4, 1, 2, {0.5, 0.9}, GAUSSIAN},
        {"sixty-three rows", 63, 5, 100, 63, 1, {0.75}, GAUSSIAN},
        {"sixty-four rows", 64, 8, 7, 64, 1, {0.6}, RECTIFIED},
        {"sixty-five rows in blocks", 65, 17, 360, 7, 2, {0.3, 0.8}, HEAVY},
        {"every sign of epsilon", 97, 9, 360, 40, 4, {-0.3, 0, 0.4, 1}, GAUSSIAN},
        {"the whole sphere", 40, 6, 36, 40, 2, {-1, -0.9}, GAUSSIAN},
        {"sign vectors", 211, 6, 360, 100, 2, {0.5, 0.57735}, SIGNS},
        {"denormal rows", 120, 12, 90, 50, 1, {0.5}, DENORMAL},
        {"one hot", 500, 70, 360, 499, 2, {0.9, 0.7}, ONE_HOT},
        {"past a word", 300, 131, 360, 300, 1, {0.25}, GAUSSIAN},
        {"past a workgroup", 130, 259, 60, 64, 1, {0.18}, HEAVY},
        {"fine angles", 150, 7, SRM_MAX_ANGLES, 150, 2, {0.2, 0.95}, GAUSSIAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        run_case(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_equal_reference),
    };
    gpu = test_gpu();
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
