/* Measures that walk the rows, against the same in double precision on the CPU: how rows lie to the axes, the
 * projection onto planes, the rows in a cone. Rows in one block and in several, orthonormal and oblique
 * pairs. */
#include "base/random.h"
#include "srm/basis.h"
#include "srm/gram.h"
#include "srm/reference.h"
#include "srm/walk.h"
#include "support/analysis.h"
#include "support/device.h"
#include "support/test.h"

#include <stdlib.h>

#define PI 3.14159265358979323846

static struct gpu *gpu;

enum { ROWS = 700, WIDTH = 11, VECTORS = 15, ANGLES = 72, PAIRS = 12, CELLS = 24 };

static const double epsilons[2] = {0.5, 0.75};

/* Rows of many lengths, some zero, two of them equal; their coordinates in a basis; a stream over them. */
struct scene {
    float *rows;
    uint64_t n;
    uint32_t vectors;
    struct srm_basis basis;
    double *coordinates, *norms; /* [n, vectors], |x| [n] */
    struct srm_pair pairs[PAIRS];
    struct data_activations *activations;
    struct srm_counter counter;
    struct srm_stream stream;
};

enum { TWIN = 20, OTHER_TWIN = 533 };

static void make_rows(struct scene *s)
{
    s->n = ROWS;
    s->rows = calloc((size_t)ROWS * WIDTH, sizeof *s->rows);
    for (uint32_t r = 0; r < ROWS; r++) {
        double length = exp(base_random_normal(41, BASE_STREAM_TEST, r));
        for (uint32_t i = 0; i < WIDTH && r % 50 != 7; i++)
            s->rows[r * WIDTH + i] =
                (float)(length * base_random_normal(42, BASE_STREAM_TEST, (uint64_t)r * WIDTH + i) *
                        (i == r % WIDTH ? 3 : 1));
    }
    memcpy(s->rows + OTHER_TWIN * WIDTH, s->rows + TWIN * WIDTH, WIDTH * sizeof *s->rows);
}

static void make_basis(struct scene *s, bool oblique)
{
    s->vectors = oblique ? VECTORS : WIDTH;
    if (oblique) {
        float vectors[VECTORS * WIDTH];
        for (uint32_t i = 0; i < VECTORS * WIDTH; i++)
            vectors[i] = (float)base_random_normal(43, BASE_STREAM_TEST, i);
        assert_ok(srm_basis_from_rows(vectors, VECTORS, WIDTH, "the test's basis", &s->basis));
    } else {
        assert_ok(srm_basis_standard(WIDTH, &s->basis));
    }
    for (uint32_t p = 0; p < PAIRS; p++) {
        uint32_t i = p % (s->vectors - 1), j = i + 1 + p % (s->vectors - 1 - i);
        s->pairs[p] = (struct srm_pair){i, j, srm_gram_cosine(&s->basis, i, j)};
    }
}

static void project_rows(struct scene *s)
{
    s->coordinates = calloc((size_t)ROWS * s->vectors, sizeof *s->coordinates);
    s->norms = calloc(ROWS, sizeof *s->norms);
    srm_reference_project(s->rows, ROWS, WIDTH, s->basis.vectors, s->vectors, s->coordinates, s->norms);
    for (uint32_t r = 0; r < ROWS; r++)
        s->norms[r] = sqrt(s->norms[r]);
}

static struct scene scene_make(bool oblique, uint64_t block_bytes)
{
    struct scene s = {0};
    make_rows(&s);
    make_basis(&s, oblique);
    project_rows(&s);
    double largest = 0;
    for (uint32_t p = 0; p < PAIRS; p++)
        largest = fmax(largest, fabs(s.pairs[p].cosine));
    s.activations = test_activations("walk.npy", s.rows, ROWS, WIDTH);
    assert_ok(srm_counter_create(gpu,
                                 &(struct srm_counter_parameters){.vectors = s.vectors,
                                                                  .angles = ANGLES,
                                                                  .epsilons = epsilons,
                                                                  .n_epsilons = 2,
                                                                  .oblique = oblique,
                                                                  .largest_cosine = largest,
                                                                  .total_rows = ROWS},
                                 &s.counter));
    assert_ok(srm_stream_create(gpu,
                                &(struct srm_stream_parameters){.source = {.activations = s.activations},
                                                                .vectors = s.vectors,
                                                                .basis = s.basis.vectors,
                                                                .quantise_scale = s.counter.quantise_scale,
                                                                .most_bytes = block_bytes},
                                &s.stream));
    return s;
}

static void scene_free(struct scene *s)
{
    srm_stream_destroy(gpu, &s->stream);
    srm_counter_destroy(gpu, &s->counter);
    data_close(&s->activations);
    srm_basis_free(&s->basis);
    free(s->rows), free(s->coordinates), free(s->norms);
}

/* ---- axes ---- */

static void check_axes(bool oblique, uint64_t block_bytes)
{
    struct scene s = scene_make(oblique, block_bytes);
    struct srm_axis_means got, wanted = {0};
    assert_ok(srm_walk_axes(gpu, &s.stream, &got));
    for (uint32_t r = 0; r < ROWS; r++) {
        const double *x = s.coordinates + (size_t)r * s.vectors;
        double mean = 0, second = 0, fourth = 0, second0 = 0, fourth0 = 0, greatest = 0;
        if (s.norms[r] == 0)
            continue;
        for (uint32_t i = 0; i < s.vectors; i++)
            mean += x[i] / s.vectors;
        for (uint32_t i = 0; i < s.vectors; i++) {
            second += pow(x[i] - mean, 2);
            fourth += pow(x[i] - mean, 4);
            second0 += pow(x[i], 2);
            fourth0 += pow(x[i], 4);
            greatest = fmax(greatest, fabs(x[i]));
        }
        wanted.kurtosis += s.vectors * fourth / (second * second);
        wanted.kurtosis_uncentred += s.vectors * fourth0 / (second0 * second0);
        wanted.axis_cosine += greatest / s.norms[r];
        wanted.participation += second0 * second0 / fourth0;
        wanted.rows++;
    }
    assert_true(wanted.rows == ROWS - 14 && got.rows == wanted.rows);
    double n = (double)wanted.rows;
    assert_in_double(got.kurtosis, wanted.kurtosis / n, 1e-5);
    assert_in_double(got.kurtosis_uncentred, wanted.kurtosis_uncentred / n, 1e-5);
    assert_in_double(got.axis_cosine, wanted.axis_cosine / n, 1e-6);
    assert_in_double(got.participation, wanted.participation / n, 1e-5);
    scene_free(&s);
}

static void axes_are_measured(void **state)
{
    (void)state;
    check_axes(false, 1 << 24);
    check_axes(false, 20000);
    check_axes(true, 20000);
}

/* ---- projection ---- */

/* In-plane coordinates of a row, in the units of the data; false when it is outside the gate of the first
 * epsilon. No row of the test is within rounding of the gate. */
static bool in_plane(const struct scene *s, uint32_t r, struct srm_pair pair, double point[2])
{
    const double *x = s->coordinates + (size_t)r * s->vectors;
    point[0] = x[pair.i];
    point[1] = (x[pair.j] - pair.cosine * x[pair.i]) / sqrt(1 - pair.cosine * pair.cosine);
    double share = s->norms[r] > 0 ? hypot(point[0], point[1]) / s->norms[r] : 0;
    assert_true(fabs(share - epsilons[0]) > 1e-6);
    return share >= epsilons[0];
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static void check_reach(const struct scene *s, double reach, uint64_t points)
{
    double *radii = calloc((size_t)PAIRS * ROWS, sizeof *radii), point[2];
    uint64_t n = 0;
    for (uint32_t p = 0; p < PAIRS; p++)
        for (uint32_t r = 0; r < ROWS; r++)
            if (in_plane(s, r, s->pairs[p], point))
                radii[n++] = hypot(point[0], point[1]);
    qsort(radii, n, sizeof *radii, descending);
    double quantile = radii[n - (uint64_t)ceil(0.995 * (double)n)];
    assert_true(n > 500 && points == n);
    assert_true(reach >= quantile * (1 - 1e-4) && reach <= quantile * exp2(0.125) * (1 + 1e-4));
    free(radii);
}

/* Points within a thousandth of a cell of a line may fall on either side of it. */
static void check_grid(const struct scene *s, double reach, const uint32_t *grid)
{
    uint32_t least[CELLS * CELLS] = {0}, most[CELLS * CELLS] = {0};
    double point[2];
    for (uint32_t p = 0; p < PAIRS; p++) {
        for (uint32_t r = 0; r < ROWS; r++) {
            if (!in_plane(s, r, s->pairs[p], point))
                continue;
            double x = (point[0] / reach / 2 + 0.5) * CELLS, y = (point[1] / reach / 2 + 0.5) * CELLS;
            int low_x = (int)floor(x - 1e-3), high_x = (int)floor(x + 1e-3);
            int low_y = (int)floor(y - 1e-3), high_y = (int)floor(y + 1e-3);
            for (int j = low_y; j <= high_y; j++)
                for (int i = low_x; i <= high_x; i++)
                    if (i >= 0 && i < CELLS && j >= 0 && j < CELLS) {
                        most[j * CELLS + i]++;
                        least[j * CELLS + i] += low_x == high_x && low_y == high_y;
                    }
        }
    }
    for (int c = 0; c < CELLS * CELLS; c++)
        if (grid[c] < least[c] || grid[c] > most[c])
            fail_msg("cell (%d, %d): %u points, expected %u to %u", c % CELLS, c / CELLS, grid[c], least[c],
                     most[c]);
}

static void check_projection(bool oblique, uint64_t block_bytes)
{
    struct scene s = scene_make(oblique, block_bytes);
    struct gpu_buffer *buffer;
    uint32_t grid[CELLS * CELLS];
    uint64_t points;
    double reach;
    assert_ok(
        srm_walk_projection(gpu, &s.counter, &s.stream, s.pairs, PAIRS, CELLS, &buffer, &reach, &points));
    assert_ok(gpu_download(gpu, buffer, 0, grid, sizeof grid));
    check_reach(&s, reach, points);
    check_grid(&s, reach, grid);
    gpu_buffer_destroy(gpu, &buffer);
    assert_ok(srm_walk_projection(gpu, &s.counter, &s.stream, s.pairs, 0, CELLS, &buffer, &reach, &points));
    assert_true(reach == 0 && points == 0);
    gpu_buffer_destroy(gpu, &buffer);
    scene_free(&s);
}

static void points_are_projected(void **state)
{
    (void)state;
    check_projection(false, 1 << 24);
    check_projection(false, 20000);
    check_projection(true, 20000);
}

/* ---- members ---- */

struct found {
    double cosine;
    uint32_t row;
};

static int nearest_first(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->cosine != y->cosine)
        return (x->cosine < y->cosine) - (x->cosine > y->cosine);
    return (x->row > y->row) - (x->row < y->row);
}

/* found[ROWS]: the rows of a cone, nearest first. */
static uint32_t rows_of_cone(const struct scene *s, struct srm_cone cone, struct found *found)
{
    double theta = 2 * PI * cone.angle / ANGLES, c = cone.pair.cosine;
    uint32_t n = 0;
    for (uint32_t r = 0; r < ROWS; r++) {
        const double *x = s->coordinates + (size_t)r * s->vectors;
        double a = x[cone.pair.i], b = (x[cone.pair.j] - c * a) / sqrt(1 - c * c);
        double cosine = s->norms[r] > 0 ? (a * cos(theta) + b * sin(theta)) / s->norms[r] : 0;
        assert_true(fabs(cosine - epsilons[cone.epsilon]) > 1e-6);
        if (cosine >= epsilons[cone.epsilon])
            found[n++] = (struct found){cosine, r};
    }
    qsort(found, n, sizeof *found, nearest_first);
    return n;
}

/* Cosines of the device are f32: where two rows are that near, either may come first. */
static void check_cone(const struct scene *s, struct srm_cone cone, const struct srm_member *members,
                       uint32_t each, uint64_t total)
{
    struct found found[ROWS];
    uint32_t n = rows_of_cone(s, cone, found), own[ROWS] = {0};
    assert_true(total == n);
    for (uint32_t m = 0; m < each; m++) {
        if (m >= n) {
            assert_true(members[m].row == UINT64_MAX);
            continue;
        }
        assert_true(members[m].row < ROWS && own[members[m].row]++ == 0);
        assert_in_double(members[m].cosine, found[m].cosine, 2e-6);
        uint32_t place = 0;
        while (place < n && found[place].row != members[m].row)
            place++;
        assert_true(place < n);
        assert_in_double(members[m].cosine, found[place].cosine, 2e-6);
    }
}

static void check_members(bool oblique, uint64_t block_bytes)
{
    enum { EACH = 9, CONES = 2 * PAIRS };
    struct scene s = scene_make(oblique, block_bytes);
    struct srm_cone cones[CONES];
    struct srm_member members[CONES * EACH];
    uint64_t totals[CONES], all = 0;
    for (uint32_t c = 0; c < CONES; c++)
        cones[c] = (struct srm_cone){s.pairs[c % PAIRS], c * 31 % ANGLES, c / PAIRS};
    assert_ok(srm_walk_members(gpu, &s.counter, &s.stream, cones, CONES, EACH, members, totals));
    for (uint32_t c = 0; c < CONES; c++) {
        check_cone(&s, cones[c], members + c * EACH, EACH, totals[c]);
        all += totals[c];
    }
    assert_true(all > 200);
    scene_free(&s);
}

static void members_are_found(void **state)
{
    (void)state;
    check_members(false, 1 << 24);
    check_members(false, 20000);
    check_members(true, 20000);
}

/* The twins have the same cosine to the last bit: the earlier row stands first, though in another block. */
static void equals_stand_by_row(void **state)
{
    (void)state;
    struct scene s = scene_make(false, 20000);
    const float *twin = s.rows + TWIN * WIDTH;
    uint32_t strongest = 0;
    for (uint32_t i = 1; i < WIDTH; i++)
        strongest = fabsf(twin[i]) > fabsf(twin[strongest]) ? i : strongest;
    uint32_t angle = twin[strongest] > 0 ? 0 : ANGLES / 2;
    struct srm_cone cone = {.pair = {.i = strongest, .j = (strongest + 1) % WIDTH}, .angle = angle};
    struct srm_member members[ROWS];
    uint64_t total;
    assert_true(s.stream.blocks > 1);
    assert_ok(srm_walk_members(gpu, &s.counter, &s.stream, &cone, 1, ROWS, members, &total));
    uint32_t m = 0;
    while (m < total && members[m].row != TWIN)
        m++;
    assert_true(m + 1 < total);
    assert_true(members[m + 1].row == OTHER_TWIN);
    assert_true(members[m].cosine == members[m + 1].cosine);
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes_are_measured),
        cmocka_unit_test(points_are_projected),
        cmocka_unit_test(members_are_found),
        cmocka_unit_test(equals_stand_by_row),
    };
    gpu = test_gpu();
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
