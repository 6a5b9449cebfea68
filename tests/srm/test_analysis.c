/* Analyses as a whole: what counts.npy holds, how curves follow from it, ranking and members of a planted
 * pair, labels, samples, small devices, and what is refused. */
#include "base/memory.h"
#include "base/platform.h"
#include "base/random.h"
#include "srm/analysis.h"
#include "srm/basis.h"
#include "srm/control.h"
#include "srm/gram.h"
#include "srm/reference.h"
#include "support/analysis.h"
#include "support/device.h"
#include "support/files.h"
#include "support/test.h"

#include <stdlib.h>
#include <unistd.h>

static struct gpu *gpu;

static double normal(uint64_t seed, uint64_t index)
{
    return base_random_normal(seed, BASE_STREAM_TEST, index);
}

static float *normal_rows(uint32_t n, uint32_t width)
{
    float *rows = calloc((size_t)n * width, sizeof *rows);
    for (size_t i = 0; i < (size_t)n * width; i++)
        rows[i] = (float)(normal(61, i) + (i % width % 4 == 1 ? 0.5 : 0));
    return rows;
}

/* ---- counts.npy ---- */

struct layout_case {
    const char *name;
    uint32_t rows, width, vectors, angles; /* vectors 0: the standard basis */
    bool permutations, difference;
};

/* The pairs in the order of the file. */
static uint32_t list_pairs(const struct srm_basis *basis, bool permutations, struct srm_pair *pairs)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < basis->n_vectors; i++)
        for (uint32_t j = permutations ? 0 : i + 1; j < basis->n_vectors; j++)
            if (i != j)
                pairs[n++] = (struct srm_pair){i, j, srm_gram_cosine(basis, i, j)};
    return n;
}

static void make_basis(const struct layout_case *c, struct srm_basis *basis, const char **argument)
{
    *argument = "standard";
    if (c->vectors == 0) {
        assert_ok(srm_basis_standard(c->width, basis));
        return;
    }
    char shape[64];
    float *vectors = calloc((size_t)c->vectors * c->width, sizeof *vectors);
    for (size_t i = 0; i < (size_t)c->vectors * c->width; i++)
        vectors[i] = (float)normal(62, i);
    snprintf(shape, sizeof shape, "(%u, %u)", c->vectors, c->width);
    *argument = test_npy("basis.npy", "<f4", 0, shape, vectors, 4u * (size_t)c->vectors * c->width);
    assert_ok(srm_basis_from_rows(vectors, c->vectors, c->width, "the test's basis", basis));
    free(vectors);
}

static void check_counts(const struct layout_case *c, const struct srm_basis *basis, const float *rows,
                         const double *epsilons, const uint32_t *got)
{
    struct srm_pair *pairs = calloc((size_t)basis->n_vectors * basis->n_vectors, sizeof *pairs);
    uint32_t n = list_pairs(basis, c->permutations, pairs);
    size_t cells = (size_t)2 * n * c->angles;
    double *projections = calloc((size_t)c->rows * basis->n_vectors, sizeof *projections);
    double *norms = calloc(c->rows, sizeof *norms);
    uint32_t *wanted = calloc(cells, sizeof *wanted), *near = calloc(cells, sizeof *near);
    srm_reference_project(rows, c->rows, c->width, basis->vectors, basis->n_vectors, projections, norms);
    assert_ok(
        srm_reference_counts_double(&(struct srm_double_input){projections, norms, c->rows, basis->n_vectors,
                                                               pairs, n, epsilons, 2, c->angles},
                                    wanted, near));
    for (size_t cell = 0; cell < cells; cell++) {
        struct srm_pair pair = pairs[cell / c->angles % n];
        if ((got[cell] > wanted[cell] ? got[cell] - wanted[cell] : wanted[cell] - got[cell]) > near[cell])
            fail_msg("%s: (%u, %u), angle %zu: %u, expected %u", c->name, pair.i, pair.j, cell % c->angles,
                     got[cell], wanted[cell]);
    }
    free(pairs), free(projections), free(norms), free(wanted), free(near);
}

/* Mean and deviation over all curves of the file. */
static void check_curves(const struct layout_case *c, const struct srm_result *result, const uint32_t *counts)
{
    uint64_t n = result->curves;
    for (uint32_t at = 0; at < 2 * c->angles; at++) {
        double mean = 0, square = 0, least = INFINITY, greatest = -INFINITY;
        for (uint64_t p = 0; p < n; p++) {
            const uint32_t *curve = counts + (at / c->angles * n + p) * c->angles;
            double share = curve[at % c->angles];
            if (c->difference)
                share -= curve[(at % c->angles + c->angles / 2) % c->angles];
            share /= c->rows;
            mean += share / (double)n;
            square += share * share / (double)n;
            least = fmin(least, share);
            greatest = fmax(greatest, share);
        }
        assert_in_double(result->curve[at].mean, mean, 1e-12);
        assert_in_double(result->curve[at].deviation, sqrt(fmax(0, square - mean * mean)), 1e-7);
        assert_in_double(result->curve[at].least, least, 1e-14);
        assert_in_double(result->curve[at].greatest, greatest, 1e-14);
    }
}

/* The middle of the first run of greatest values, which may pass through angle 0. */
static uint32_t peak_of(const int64_t *values, uint32_t angles)
{
    int64_t greatest = INT64_MIN;
    uint32_t begin = 0, number = 0, before = 0;
    for (uint32_t k = 0; k < angles; k++)
        greatest = values[k] > greatest ? values[k] : greatest;
    while (values[begin] != greatest)
        begin++;
    while (begin + number < angles && values[begin + number] == greatest)
        number++;
    if (begin == 0 && number < angles)
        while (values[angles - 1 - before] == greatest)
            before++;
    return (angles + begin - before + (before + number - 1) / 2) % angles;
}

/* M and mean cosines of one ordered pair in double precision. */
static void check_direction(const struct layout_case *c, const struct srm_basis *basis, const float *rows,
                            double epsilon, struct srm_pair pair, const struct srm_plane_statistics *found)
{
    double *projections = calloc((size_t)c->rows * basis->n_vectors, sizeof *projections);
    double *norms = calloc(c->rows, sizeof *norms), c1 = 0, c2 = 0, c4 = 0;
    uint32_t hits = 0;
    srm_reference_project(rows, c->rows, c->width, basis->vectors, basis->n_vectors, projections, norms);
    for (uint32_t r = 0; r < c->rows; r++) {
        double a = projections[(size_t)r * basis->n_vectors + pair.i];
        double b = projections[(size_t)r * basis->n_vectors + pair.j];
        b = (b - pair.cosine * a) / sqrt(1 - pair.cosine * pair.cosine);
        if (a * a + b * b < epsilon * epsilon * norms[r])
            continue;
        double phi = atan2(b, a);
        hits++;
        c1 += cos(phi);
        c2 += cos(2 * phi);
        c4 += cos(4 * phi);
    }
    assert_int_equal(found->hits, hits);
    if (hits > 0) {
        assert_in_double((double)found->c1, c1 / hits, 1e-4);
        assert_in_double((double)found->c2, c2 / hits, 1e-4);
        assert_in_double((double)found->c4, c4 / hits, 1e-4);
        assert_in_double(found->z, c4 / hits * sqrt(2.0 * hits), 1e-4 * sqrt(2.0 * hits));
    }
    free(projections), free(norms);
}

/* Statistics of every curve of the file, whichever vector it is seen from. */
static void check_statistics(const struct layout_case *c, const struct srm_basis *basis, const float *rows,
                             const double *epsilons, const uint32_t *counts, const struct srm_result *result)
{
    struct srm_pair *pairs = calloc((size_t)basis->n_vectors * basis->n_vectors, sizeof *pairs);
    int64_t *values = calloc(c->angles, sizeof *values);
    uint32_t n = list_pairs(basis, c->permutations, pairs);
    assert_int_equal(result->turned != NULL, c->permutations);
    for (uint32_t at = 0; at < 2 * n; at++) {
        struct srm_pair pair = pairs[at % n];
        bool turned = pair.i > pair.j;
        struct srm_plane plane = {turned ? pair.j : pair.i, turned ? pair.i : pair.j};
        const struct srm_plane_statistics *found = (turned ? result->turned : result->statistics) +
                                                   at / n * result->planes +
                                                   srm_planes_index(basis->n_vectors, plane);
        for (uint32_t k = 0; k < c->angles; k++) {
            const uint32_t *curve = counts + (size_t)at * c->angles;
            values[k] = curve[k];
            if (c->difference)
                values[k] -= curve[(k + c->angles / 2) % c->angles];
        }
        uint32_t peak = peak_of(values, c->angles);
        assert_int_equal(found->peak_angle, peak);
        assert_int_equal(found->peak, values[peak]);
        if (n < 100)
            check_direction(c, basis, rows, epsilons[at / n], pair, found);
    }
    free(pairs), free(values);
}

static void check_layout(const struct layout_case *c)
{
    const double epsilons[] = {0.6, 0.4};
    struct srm_basis basis;
    float *rows = normal_rows(c->rows, c->width);
    struct data_activations *activations = test_activations("layout.npy", rows, c->rows, c->width);
    struct srm_parameters parameters = test_parameters(activations);
    make_basis(c, &basis, &parameters.basis);
    parameters.epsilons = epsilons;
    parameters.n_epsilons = 2;
    parameters.angles = c->angles;
    parameters.permutations = c->permutations;
    parameters.difference = c->difference;
    parameters.folder = test_folder_named("layout");
    struct srm_result result = test_analyse(gpu, &parameters);
    assert_true(result.counts_written);
    assert_int_equal(result.mirrored, c->permutations && c->vectors == 0 && c->angles % 4 == 0);
    uint64_t curves = srm_planes_count(basis.n_vectors) * (c->permutations ? 2 : 1);
    assert_true(result.curves == curves);
    uint32_t *counts = test_read_counts(parameters.folder, 2, curves, c->angles);
    check_counts(c, &basis, rows, epsilons, counts);
    check_curves(c, &result, counts);
    check_statistics(c, &basis, rows, epsilons, counts, &result);
    base_free(counts);
    srm_result_free(gpu, &result);
    srm_basis_free(&basis);
    data_close(&activations);
    free(rows);
}

static void counts_file_holds_pairs_in_order(void **state)
{
    (void)state;
    static const struct layout_case cases[] = {
        {"list", 200, 6, 0, 36, false, false},
        {"run", 40, 70, 0, 8, false, false},
        {"mirrored list", 200, 6, 0, 36, true, false},
        {"mirrored run", 40, 70, 0, 8, true, false},
        {"backward", 200, 6, 0, 30, true, false},
        {"backward run", 40, 70, 0, 10, true, false},
        {"oblique", 200, 6, 9, 36, false, false},
        {"oblique backward", 200, 6, 9, 36, true, false},
        {"oblique run backward", 40, 30, 66, 8, true, false},
        {"signed", 200, 6, 0, 36, false, true},
        {"signed and mirrored", 200, 6, 0, 36, true, true},
        {"signed and backward", 200, 6, 0, 30, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_layout(&cases[i]);
}

/* ---- the curves of controls and labels ---- */

/* The mean curve of the control over all its ordered pairs, within what the product's rounding may move. */
static void check_control(const struct layout_case *c, const float *rows)
{
    const double epsilon = 0.5;
    struct srm_basis basis, turned;
    uint32_t *subset, count;
    struct data_activations *activations = test_activations("control.npy", rows, c->rows, c->width);
    struct srm_parameters parameters = test_parameters(activations);
    make_basis(c, &basis, &parameters.basis);
    parameters.epsilons = &epsilon;
    parameters.n_epsilons = 1;
    parameters.angles = c->angles;
    parameters.permutations = c->permutations;
    parameters.controls = 1;
    struct srm_result result = test_analyse(gpu, &parameters);
    assert_ok(srm_control_subset(basis.n_vectors, SRM_MAX_CONTROL_PLANES, parameters.seed, &subset, &count));
    assert_int_equal(count, basis.n_vectors);
    assert_ok(srm_control_basis(&basis, subset, count, parameters.seed, 1, &turned));

    struct srm_pair *pairs = calloc((size_t)count * count, sizeof *pairs);
    uint32_t n = list_pairs(&turned, c->permutations, pairs);
    double *projections = calloc((size_t)c->rows * count, sizeof *projections);
    double *norms = calloc(c->rows, sizeof *norms);
    uint32_t *wanted = calloc((size_t)n * c->angles, sizeof *wanted);
    uint32_t *near = calloc((size_t)n * c->angles, sizeof *near);
    srm_reference_project(rows, c->rows, c->width, turned.vectors, count, projections, norms);
    assert_ok(srm_reference_counts_double(
        &(struct srm_double_input){projections, norms, c->rows, count, pairs, n, &epsilon, 1, c->angles},
        wanted, near));
    for (uint32_t k = 0; k < c->angles; k++) {
        double mean = 0, room = 1e-12, cells = (double)n * c->rows;
        for (uint32_t p = 0; p < n; p++) {
            mean += wanted[p * c->angles + k] / cells;
            room += near[p * c->angles + k] / cells;
        }
        assert_in_double(result.controls[0].curves[k].mean, mean, room);
    }
    free(pairs), free(projections), free(norms), free(wanted), free(near);
    base_free(subset);
    srm_result_free(gpu, &result);
    srm_basis_free(&basis), srm_basis_free(&turned);
    data_close(&activations);
}

static void controls_are_seen_as_the_basis_is(void **state)
{
    (void)state;
    static const struct layout_case cases[] = {
        {"planes", 200, 6, 0, 36, false, false},
        {"mirrored", 200, 6, 0, 36, true, false},
        {"counted from both sides", 200, 6, 0, 30, true, false},
        {"oblique", 200, 6, 9, 36, false, false},
        {"oblique from both sides", 200, 6, 9, 36, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        float *rows = normal_rows(cases[i].rows, cases[i].width);
        check_control(&cases[i], rows);
        free(rows);
    }
}

/* ---- the same by other ways ---- */

static void assert_same_counts(const char *a, const char *b)
{
    size_t bytes_a, bytes_b;
    char *path_a = base_path_join(a, "counts.npy"), *path_b = base_path_join(b, "counts.npy");
    uint8_t *file_a = test_read_file(path_a, &bytes_a), *file_b = test_read_file(path_b, &bytes_b);
    assert_int_equal(bytes_a, bytes_b);
    assert_memory_equal(file_a, file_b, bytes_a);
    base_free(file_a), base_free(file_b), base_free(path_a), base_free(path_b);
}

/* Analyses rows in a folder of that name, and gives the counts' folder. */
static const char *counts_of(struct gpu *device, struct srm_parameters parameters, const char *name)
{
    parameters.folder = test_folder_named(name);
    struct srm_result result = test_analyse(device, &parameters);
    assert_true(result.counts_written);
    srm_result_free(device, &result);
    return parameters.folder;
}

static void axes_from_a_file_are_the_standard_basis(void **state)
{
    (void)state;
    enum { WIDTH = 67 };
    float *rows = normal_rows(300, WIDTH), axes[WIDTH * WIDTH] = {0};
    for (uint32_t i = 0; i < WIDTH; i++)
        axes[i * WIDTH + i] = i % 2 ? 1.0f : 3.0f;
    struct data_activations *activations = test_activations("axes.npy", rows, 300, WIDTH);
    struct srm_parameters parameters = test_parameters(activations);
    const char *standard = counts_of(gpu, parameters, "standard");
    parameters.basis = test_npy("identity.npy", "<f4", 0, "(67, 67)", axes, sizeof axes);
    assert_same_counts(standard, counts_of(gpu, parameters, "from a file"));
    data_close(&activations);
    free(rows);
}

/* Rows in many blocks, planes in many sets, staging copies. */
static void small_devices_count_the_same(void **state)
{
    (void)state;
    enum { WIDTH = 80 };
    float *rows = normal_rows(1500, WIDTH);
    struct data_activations *activations = test_activations("small.npy", rows, 1500, WIDTH);
    struct srm_parameters parameters = test_parameters(activations);
    parameters.angles = 48;
    parameters.controls = 1;
    parameters.members = 3;
    const char *large = counts_of(gpu, parameters, "large");
    struct gpu *small = test_gpu_open(
        "storage_range_bytes=256K,memory_bytes=256M,memory_shared_with_host=0,level=floor,max_groups=256");
    assert_same_counts(large, counts_of(small, parameters, "small"));
    assert_int_equal(test_gpu_close(&small), 0);
    data_close(&activations);
    free(rows);
}

static void samples_are_of_the_whole(void **state)
{
    (void)state;
    enum { WIDTH = 40, ALL = WIDTH * (WIDTH - 1) / 2 };
    float *rows = normal_rows(200, WIDTH);
    struct data_activations *activations = test_activations("sample.npy", rows, 200, WIDTH);
    struct srm_parameters parameters = test_parameters(activations);
    uint32_t *all = test_read_counts(counts_of(gpu, parameters, "all"), 1, ALL, 360);
    parameters.planes = (struct srm_plane_choice){.kind = SRM_PLANES_SAMPLE, .count = 100};
    parameters.seed = 4;
    parameters.folder = test_folder_named("sample");
    struct srm_result result = test_analyse(gpu, &parameters);
    assert_true(result.planes == 100 && result.all_planes == ALL);
    uint32_t *some = test_read_counts(parameters.folder, 1, 100, 360);
    for (uint32_t p = 0; p < 100; p++)
        assert_memory_equal(some + p * 360, all + srm_planes_index(WIDTH, result.list[p]) * 360,
                            360 * sizeof *some);
    srm_result_free(gpu, &result);
    base_free(all), base_free(some);
    data_close(&activations);
    free(rows);
}

static void large_counts_are_left_out(void **state)
{
    (void)state;
    float *rows = normal_rows(50, 5);
    struct data_activations *activations = test_activations("left out.npy", rows, 50, 5);
    struct srm_parameters parameters = test_parameters(activations);
    parameters.folder = test_folder_named("left out");
    parameters.most_count_bytes = 10 * 360 * 4 - 1;
    struct srm_result result = test_analyse(gpu, &parameters);
    assert_false(result.counts_written);
    assert_true(result.count_bytes == 10 * 360 * 4);
    char *path = base_path_join(parameters.folder, "counts.npy");
    assert_int_equal(access(path, F_OK), -1);
    base_free(path);
    srm_result_free(gpu, &result);
    data_close(&activations);
    free(rows);
}

/* ---- a planted pair ---- */

enum { PLANTED_I = 9, PLANTED_J = 40, PLANTED_ROWS = 3000, PLANTED_WIDTH = 64, PLANTED_EVERY = 50 };

static bool is_planted(uint64_t row)
{
    return row % PLANTED_EVERY == 17;
}

static struct data_activations *planted_activations(void)
{
    float *rows = calloc((size_t)PLANTED_ROWS * PLANTED_WIDTH, sizeof *rows);
    for (uint32_t r = 0; r < PLANTED_ROWS; r++)
        for (uint32_t i = 0; i < PLANTED_WIDTH; i++)
            rows[r * PLANTED_WIDTH + i] =
                (float)(normal(71, (uint64_t)r * PLANTED_WIDTH + i) * (is_planted(r) ? 0.1 : 1) +
                        (is_planted(r) && (i == PLANTED_I || i == PLANTED_J) ? 6 : 0));
    struct data_activations *activations = test_activations("planted.npy", rows, PLANTED_ROWS, PLANTED_WIDTH);
    free(rows);
    return activations;
}

static const struct srm_best *first_of(const struct srm_result *result, enum srm_list list, uint32_t *place)
{
    for (*place = 0; *place < result->n_best; ++*place)
        if (result->best[*place].list == list && result->best[*place].rank == 1)
            return &result->best[*place];
    fail_msg("no plane heads list %d", (int)list);
    return NULL;
}

static void check_planted(const double *epsilons, uint32_t n_epsilons, double peak_tolerance)
{
    enum { EACH = PLANTED_ROWS / PLANTED_EVERY };
    struct data_activations *activations = planted_activations();
    struct srm_parameters parameters = test_parameters(activations);
    parameters.epsilons = epsilons;
    parameters.n_epsilons = n_epsilons;
    parameters.controls = 1;
    parameters.members = EACH;
    struct srm_result result = test_analyse(gpu, &parameters);
    uint32_t place;
    const struct srm_best *best = first_of(&result, SRM_LIST_ANTI_ALIGNED, &place);
    assert_int_equal(best->plane.i, PLANTED_I);
    assert_int_equal(best->plane.j, PLANTED_J);
    const struct srm_plane_statistics *found = &result.statistics[best->position];
    assert_in_double(found->peak_angle, 45, peak_tolerance);
    assert_true(found->c4 < -0.4f && found->z < -4 && found->hits >= EACH);
    assert_true(result.member_totals[place] == (uint64_t)found->peak);
    for (uint32_t m = 0; m < EACH; m++) {
        const struct srm_member *member = &result.members[place * EACH + m];
        assert_true(member->row < PLANTED_ROWS && is_planted(member->row));
    }
    srm_result_free(gpu, &result);
    data_close(&activations);
}

static void a_planted_pair_is_found(void **state)
{
    (void)state;
    check_planted(NULL, 0, 15); /* at cones this wide other rows pull the plateau */
    check_planted((const double[]){0.9, 0.6}, 2, 1);
}

/* Rows of the members are those of the file, also when the analysis takes a part of it. */
static void members_count_from_the_files_start(void **state)
{
    (void)state;
    struct data_activations *whole = planted_activations();
    data_close(&whole);
    struct data_activations *part = test_open(test_path("planted.npy"), 500, 2900);
    struct srm_parameters parameters = test_parameters(part);
    const double narrow = 0.9;
    parameters.epsilons = &narrow;
    parameters.n_epsilons = 1;
    parameters.members = 10;
    struct srm_result result = test_analyse(gpu, &parameters);
    uint32_t place;
    first_of(&result, SRM_LIST_ANTI_ALIGNED, &place);
    for (uint32_t m = 0; m < 10; m++)
        assert_true(is_planted(result.members[place * 10 + m].row) &&
                    result.members[place * 10 + m].row >= 500);
    srm_result_free(gpu, &result);
    data_close(&part);
}

/* ---- what belongs together ---- */

static void parts_of_a_result_agree(void **state)
{
    (void)state;
    enum { WIDTH = 12, PLANES = 66 };
    const double epsilons[] = {0.5, 0.7};
    float *rows = normal_rows(900, WIDTH);
    struct data_activations *activations = test_activations("parts.npy", rows, 900, WIDTH);
    struct srm_parameters parameters = test_parameters(activations);
    parameters.epsilons = epsilons;
    parameters.n_epsilons = 2;
    parameters.controls = 2;
    parameters.folder = test_folder_named("parts");
    struct srm_result result = test_analyse(gpu, &parameters);
    uint32_t *counts = test_read_counts(parameters.folder, 2, PLANES, 360);
    assert_true(result.n_ranked == result.n_aligned + result.n_anti_aligned);
    assert_true(result.n_best == result.n_ranked && result.n_ranked > 30);
    for (uint32_t e = 0; e < 2; e++)
        for (uint32_t b = 0; b < result.n_best; b++)
            assert_memory_equal(result.best_counts + ((size_t)e * result.n_best + b) * 360,
                                counts + (e * PLANES + result.best[b].position) * 360, 360 * sizeof *counts);
    for (uint32_t p = 0; p < 2 * PLANES; p++)
        assert_int_equal(counts[p * 360 + result.statistics[p].peak_angle], result.statistics[p].peak);
    double shares = 0;
    for (uint32_t v = 0; v < WIDTH; v++)
        shares += result.vector_hits[v];
    assert_in_double(shares, 2, 1e-12);
    assert_int_equal(result.n_controls, 2);
    assert_int_equal(result.controls[1].planes, PLANES);
    assert_true(
        memcmp(result.controls[0].curves, result.controls[1].curves, sizeof(struct srm_curve_point)) != 0);
    base_free(counts);
    srm_result_free(gpu, &result);
    data_close(&activations);
    free(rows);
}

static void check_labels(bool permutations, uint32_t angles)
{
    float *rows = normal_rows(500, 7);
    int32_t labels[500];
    for (int r = 0; r < 500; r++)
        labels[r] = r * r % 5 - 1;
    rows[3 * 7] = NAN;
    struct data_activations *activations = test_activations("grouped.npy", rows, 500, 7);
    struct srm_parameters parameters = test_parameters(activations);
    parameters.labels = test_npy("labels.npy", "<i4", 0, "(500,)", labels, sizeof labels);
    parameters.angles = angles;
    parameters.permutations = permutations;
    struct srm_result result = test_analyse(gpu, &parameters);
    assert_int_equal(result.n_labels, 3);
    uint64_t all = 0;
    for (uint32_t l = 0; l < 3; l++) {
        assert_true(l == 0 || result.labels[l].label > result.labels[l - 1].label);
        all += result.labels[l].rows;
    }
    assert_true(all == 499 && result.rows == 499 && result.summary.non_finite_rows == 1);
    for (uint32_t k = 0; k < angles; k++) {
        double sum = 0;
        for (uint32_t l = 0; l < 3; l++)
            sum += result.labels[l].curves[k].mean * (double)result.labels[l].rows;
        assert_in_double(sum, result.curve[k].mean * 499, 1e-9);
    }
    srm_result_free(gpu, &result);
    data_close(&activations);
    free(rows);
}

static void labels_sum_to_the_whole(void **state)
{
    (void)state;
    check_labels(false, 40);
    check_labels(true, 40); /* mirrored */
    check_labels(true, 42); /* counted from both sides */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_file_holds_pairs_in_order),
        cmocka_unit_test(controls_are_seen_as_the_basis_is),
        cmocka_unit_test(axes_from_a_file_are_the_standard_basis),
        cmocka_unit_test(small_devices_count_the_same),
        cmocka_unit_test(samples_are_of_the_whole),
        cmocka_unit_test(large_counts_are_left_out),
        cmocka_unit_test(a_planted_pair_is_found),
        cmocka_unit_test(members_count_from_the_files_start),
        cmocka_unit_test(parts_of_a_result_agree),
        cmocka_unit_test(labels_sum_to_the_whole),
    };
    gpu = test_gpu();
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
