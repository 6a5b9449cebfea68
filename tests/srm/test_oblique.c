/* Bases of any vectors on the device. Given the same coordinates the counts equal the f32 reference bit for
 * bit; given the same rows they equal the double reference but for cells within the product's rounding of the
 * threshold. */
#include "base/random.h"
#include "srm/basis.h"
#include "srm/gram.h"
#include "srm/reference.h"
#include "srm/run.h"
#include "support/device.h"
#include "support/test.h"

#include <stdlib.h>

static struct gpu *gpu;

enum kind { OVERCOMPLETE, SIGNED_AXES, UNDERCOMPLETE, NEARLY_PARALLEL, ROTATED };

struct oblique_case {
    const char *name;
    enum kind kind;
    uint32_t rows, width, vectors, angles, n_epsilons;
    double epsilons[3];
};

/* Everything of one case, on the host and on the device. */
struct scene {
    const struct oblique_case *c;
    struct srm_basis basis;
    float *rows;
    struct srm_plane *planes, *turned; /* [n]; turned: (j, i) */
    struct srm_pair *pairs, *turned_pairs;
    float *geometry; /* [n][2] */
    size_t n, cells;
    uint32_t degenerate;
    struct srm_counter counter;
    struct gpu_buffer *vectors;
    struct srm_block block;
    float *coordinates, *norms; /* as the device made them */
};

static double normal(uint64_t stream, uint64_t index)
{
    return base_random_normal(23 + stream, BASE_STREAM_TEST, index);
}

static float vector_entry(const struct oblique_case *c, uint32_t v, uint32_t i)
{
    uint32_t half = c->vectors / 2;
    switch (c->kind) {
    case SIGNED_AXES: /* +e_0 ... and -e_0 ..., of lengths other than 1 */
        return i == v % half ? (v < half ? 2.0f : -0.5f) : 0.0f;
    case NEARLY_PARALLEL: /* the second half leans on the first: 1 - c² about 1e-4 */
        return (float)(normal(1, (uint64_t)(v % half) * c->width + i) +
                       (v < half ? 0 : 0.01 * normal(2, (uint64_t)v * c->width + i)));
    default:
        return (float)normal(1, (uint64_t)v * c->width + i);
    }
}

static void make_basis(struct scene *s)
{
    const struct oblique_case *c = s->c;
    if (c->kind == ROTATED) {
        assert_ok(srm_basis_random(c->width, 5, &s->basis));
        return;
    }
    float *rows = calloc((size_t)c->vectors * c->width, sizeof *rows);
    for (uint32_t v = 0; v < c->vectors; v++)
        for (uint32_t i = 0; i < c->width; i++)
            rows[(size_t)v * c->width + i] = vector_entry(c, v, i);
    assert_ok(srm_basis_from_rows(rows, c->vectors, c->width, "the test's basis", &s->basis));
    free(rows);
}

/* Some rows lie near basis vectors, so that every plane has something to count; some are zero. */
static void make_rows(struct scene *s)
{
    const struct oblique_case *c = s->c;
    s->rows = calloc((size_t)c->rows * c->width, sizeof *s->rows);
    for (uint32_t r = 0; r < c->rows; r++) {
        const double *vector = s->basis.vectors + (size_t)(r % c->vectors) * c->width;
        for (uint32_t i = 0; i < c->width && r % 13 != 7; i++)
            s->rows[(size_t)r * c->width + i] =
                (float)(normal(3, (uint64_t)r * c->width + i) * (r % 2 ? 1 : 0.1) + (r % 2 ? 0 : vector[i]));
    }
}

static void make_planes(struct scene *s)
{
    s->n = srm_planes_count(s->c->vectors);
    s->cells = s->n * s->c->n_epsilons * s->c->angles;
    s->planes = calloc(s->n, sizeof *s->planes);
    s->turned = calloc(s->n, sizeof *s->turned);
    s->pairs = calloc(s->n, sizeof *s->pairs);
    s->turned_pairs = calloc(s->n, sizeof *s->turned_pairs);
    s->geometry = calloc(s->n, 2 * sizeof *s->geometry);
    for (size_t p = 0; p < s->n; p++)
        s->planes[p] = srm_planes_of_index(s->c->vectors, p);
    srm_gram_pairs(&s->basis, s->planes, s->n, s->pairs);
    for (size_t p = 0; p < s->n; p++) {
        struct srm_pair pair = s->pairs[p];
        struct srm_pair_constants constants = srm_pair_constants(pair);
        s->turned[p] = (struct srm_plane){pair.j, pair.i};
        s->turned_pairs[p] = (struct srm_pair){pair.j, pair.i, pair.cosine};
        s->geometry[2 * p] = constants.cosine;
        s->geometry[2 * p + 1] = constants.inverse_sine;
        s->degenerate += srm_pair_degenerate(pair);
    }
}

static void fill_device(struct scene *s)
{
    const struct oblique_case *c = s->c;
    double largest = 0;
    for (size_t p = 0; p < s->n; p++)
        if (!srm_pair_degenerate(s->pairs[p]))
            largest = fmax(largest, fabs(s->pairs[p].cosine));
    assert_ok(srm_counter_create(gpu,
                                 &(struct srm_counter_parameters){.vectors = c->vectors,
                                                                  .angles = c->angles,
                                                                  .epsilons = c->epsilons,
                                                                  .n_epsilons = c->n_epsilons,
                                                                  .oblique = !s->basis.orthonormal,
                                                                  .largest_cosine = largest,
                                                                  .total_rows = c->rows},
                                 &s->counter));
    assert_ok(srm_upload_vectors(gpu, s->basis.vectors, c->vectors, c->width, &s->vectors));
    assert_ok(srm_block_create(gpu, c->rows, c->width, c->vectors, false, &s->block));
    assert_ok(srm_block_fill(gpu, &s->block, s->vectors, s->counter.quantise_scale, s->rows, c->rows));
    uint32_t stride = s->block.stride;
    float *padded = calloc((size_t)c->rows * stride, sizeof *padded);
    float *pairs = calloc(c->rows, 2 * sizeof *pairs);
    assert_ok(gpu_download(gpu, s->block.coordinates, 0, padded, 4u * (uint64_t)c->rows * stride));
    assert_ok(gpu_download(gpu, s->block.norms, 0, pairs, 8u * (uint64_t)c->rows));
    s->coordinates = calloc((size_t)c->rows * c->vectors, sizeof *s->coordinates);
    s->norms = calloc(c->rows, sizeof *s->norms);
    for (uint32_t r = 0; r < c->rows; r++) {
        memcpy(s->coordinates + (size_t)r * c->vectors, padded + (size_t)r * stride, 4u * c->vectors);
        s->norms[r] = pairs[2 * r];
    }
    free(padded), free(pairs);
}

static struct scene scene_make(const struct oblique_case *c)
{
    struct scene s = {.c = c};
    make_basis(&s);
    assert_int_equal(s.basis.orthonormal, c->kind == ROTATED);
    make_rows(&s);
    make_planes(&s);
    fill_device(&s);
    return s;
}

static void scene_free(struct scene *s)
{
    srm_block_destroy(gpu, &s->block);
    srm_counter_destroy(gpu, &s->counter);
    gpu_buffer_destroy(gpu, &s->vectors);
    srm_basis_free(&s->basis);
    free(s->rows), free(s->planes), free(s->turned), free(s->pairs), free(s->turned_pairs);
    free(s->geometry), free(s->coordinates), free(s->norms);
}

static uint32_t *count(const struct scene *s, struct srm_target *target, enum srm_method method)
{
    uint32_t *counts = calloc(s->cells, sizeof *counts);
    assert_ok(srm_target_add(gpu, &s->counter, &s->block, method, target));
    assert_ok(srm_target_finish(gpu, &s->counter, target));
    assert_ok(gpu_download(gpu, target->counts, 0, counts, 4 * s->cells));
    srm_target_destroy(gpu, target);
    return counts;
}

static uint32_t *count_run(const struct scene *s, enum srm_method method)
{
    struct srm_target target;
    assert_ok(srm_target_create_run(gpu, &s->counter, 0, s->c->vectors, s->geometry, &target));
    return count(s, &target, method);
}

static uint32_t *count_list(const struct scene *s, const struct srm_plane *planes)
{
    struct srm_target target;
    assert_ok(srm_target_create_list(gpu, &s->counter, planes, (uint32_t)s->n, s->geometry, &target));
    return count(s, &target, SRM_METHOD_AUTOMATIC);
}

/* The same arithmetic on the device's own coordinates. */
static uint32_t *count_reference(const struct scene *s, const struct srm_pair *pairs)
{
    uint32_t *counts = calloc(s->cells, sizeof *counts);
    assert_ok(srm_reference_counts_fast(&(struct srm_reference_input){.projections = s->coordinates,
                                                                      .squared_norms = s->norms,
                                                                      .n_rows = s->c->rows,
                                                                      .n_vectors = s->c->vectors,
                                                                      .pairs = pairs,
                                                                      .n_pairs = s->n,
                                                                      .epsilons = s->c->epsilons,
                                                                      .n_epsilons = s->c->n_epsilons,
                                                                      .n_angles = s->c->angles},
                                        counts));
    return counts;
}

/* `near` NULL: equal; else apart by at most near[] a cell. Degenerate planes hold nothing that is used. */
static void compare(const struct scene *s, const char *what, const uint32_t *got, const uint32_t *wanted,
                    const uint32_t *near)
{
    uint32_t angles = s->c->angles;
    for (size_t cell = 0; cell < s->cells; cell++) {
        size_t p = cell / angles % s->n;
        uint32_t apart = got[cell] > wanted[cell] ? got[cell] - wanted[cell] : wanted[cell] - got[cell];
        if (!srm_pair_degenerate(s->pairs[p]) && apart > (near ? near[cell] : 0))
            fail_msg(
                "%s, %s: epsilon %g, vectors %u and %u (cosine %g), angle %zu: %u, expected %u (%u near)",
                s->c->name, what, s->c->epsilons[cell / angles / s->n], s->pairs[p].i, s->pairs[p].j,
                s->pairs[p].cosine, cell % angles, got[cell], wanted[cell], near ? near[cell] : 0);
    }
}

static void compare_with_double(const struct scene *s, const uint32_t *got)
{
    const struct oblique_case *c = s->c;
    double *projections = calloc((size_t)c->rows * c->vectors, sizeof *projections);
    double *norms = calloc(c->rows, sizeof *norms);
    uint32_t *wanted = calloc(s->cells, sizeof *wanted), *near = calloc(s->cells, sizeof *near);
    srm_reference_project(s->rows, c->rows, c->width, s->basis.vectors, c->vectors, projections, norms);
    assert_ok(srm_reference_counts_double(&(struct srm_double_input){projections, norms, c->rows, c->vectors,
                                                                     s->pairs, s->n, c->epsilons,
                                                                     c->n_epsilons, c->angles},
                                          wanted, near));
    compare(s, "double reference", got, wanted, near);
    uint64_t all = 0, undecided = 0;
    for (size_t cell = 0; cell < s->cells; cell++) {
        if (srm_pair_degenerate(s->pairs[cell / c->angles % s->n]))
            continue;
        all += wanted[cell];
        undecided += near[cell];
    }
    /* The comparison means something: much is counted, and little of it is open to rounding (at epsilon 0 the
     * zero rows always are). */
    if (all < s->cells / 10 || undecided > all / 10)
        fail_msg("%s: %llu of %llu are near", c->name, (unsigned long long)undecided,
                 (unsigned long long)all);
    free(projections), free(norms), free(wanted), free(near);
}

static void run_case(const struct oblique_case *c)
{
    struct scene s = scene_make(c);
    uint32_t *wanted = count_reference(&s, s.pairs), *turned = count_reference(&s, s.turned_pairs);
    uint32_t *got = count_run(&s, SRM_METHOD_TILES);
    compare(&s, "tiles", got, wanted, NULL);
    compare_with_double(&s, got);
    free(got);
    got = count_run(&s, SRM_METHOD_DOMINANT);
    compare(&s, "dominant", got, wanted, NULL);
    free(got);
    got = count_list(&s, s.planes);
    compare(&s, "list", got, wanted, NULL);
    free(got);
    got = count_list(&s, s.turned);
    compare(&s, "list from the other vector", got, turned, NULL);
    free(got), free(wanted), free(turned);
    scene_free(&s);
}

static void counts_equal_references(void **state)
{
    (void)state;
    static const struct oblique_case cases[] = {
        {"overcomplete", OVERCOMPLETE, 150, 7, 19, 90, 2, {0.8, 0.4}},
        {"overcomplete past a word", OVERCOMPLETE, 70, 33, 66, 36, 1, {0.5}},
        {"signed axes", SIGNED_AXES, 131, 9, 18, 360, 2, {0.9, 0.6}},
        {"fewer than the width", UNDERCOMPLETE, 127, 20, 6, 100, 2, {0.5, 0.25}},
        {"nearly parallel", NEARLY_PARALLEL, 100, 8, 12, 60, 1, {0.7}},
        {"every sign", OVERCOMPLETE, 65, 5, 8, 45, 3, {-0.4, 0, 0.7}},
        {"rotation", ROTATED, 129, 12, 12, 360, 2, {0.75, 0.5}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        run_case(&cases[i]);
}

/* Of {+e_i, -e_i} the antiparallel pairs are degenerate; they take no part in sums over planes. */
static void degenerate_pairs_are_left_out(void **state)
{
    (void)state;
    static const struct oblique_case c = {"signed axes", SIGNED_AXES, 100, 5, 10, 72, 1, {0.5}};
    struct scene s = scene_make(&c);
    assert_int_equal(s.degenerate, 5);
    uint32_t *counts = count_reference(&s, s.pairs);
    struct srm_target target;
    struct srm_sums sums;
    struct srm_angle_sums found[72];
    assert_ok(srm_target_create_run(gpu, &s.counter, 0, c.vectors, s.geometry, &target));
    assert_ok(srm_target_add(gpu, &s.counter, &s.block, SRM_METHOD_TILES, &target));
    assert_ok(srm_target_finish(gpu, &s.counter, &target));
    assert_ok(srm_sums_create(gpu, &s.counter, &sums));
    assert_ok(srm_sums_add(gpu, &s.counter, &target, &sums));
    assert_ok(srm_sums_read(gpu, &s.counter, &sums, found));
    for (uint32_t k = 0; k < c.angles; k++) {
        int64_t sum = 0;
        int32_t least = INT32_MAX;
        for (size_t p = 0; p < s.n; p++) {
            if (srm_pair_degenerate(s.pairs[p]))
                continue;
            int32_t value = (int32_t)counts[p * c.angles + k];
            sum += value;
            least = value < least ? value : least;
        }
        assert_true(found[k].sum == sum);
        assert_int_equal(found[k].least, least);
    }
    srm_sums_destroy(gpu, &sums);
    srm_target_destroy(gpu, &target);
    free(counts);
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_equal_references),
        cmocka_unit_test(degenerate_pairs_are_left_out),
    };
    gpu = test_gpu();
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
