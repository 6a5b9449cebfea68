/* Self-tests of the kernels that walk the rows again, and of the ring's. */
#include "base/memory.h"
#include "base/random.h"
#include "srm/ring.h"
#include "srm/ring_reference.h"
#include "srm/selftest_bench.h"
#include "srm/threshold.h"
#include "srm/walk.h"

#include <math.h>

#define PI 3.14159265358979323846

static double value_at(const struct srm_selftest_bench *bench, uint32_t row, uint32_t vector)
{
    return (double)bench->prepared[row * SELFTEST_VECTORS + vector];
}

/* ---- members ---- */

enum { CONES = 5, EACH = 12 };

/* As many members as rows counted there, none twice, each with the cosine that its row has, nearest first. */
static enum base_status compare_cone(const struct srm_selftest_bench *bench, const struct srm_cone *cone,
                                     const struct srm_member *members, uint64_t total)
{
    uint32_t plane =
        (uint32_t)srm_planes_index(SELFTEST_VECTORS, (struct srm_plane){cone->pair.i, cone->pair.j});
    uint32_t count = bench->counts[(cone->epsilon * SELFTEST_PLANES + plane) * SELFTEST_ANGLES + cone->angle];
    double angle = 2 * PI * cone->angle / SELFTEST_ANGLES, before = 1.0001;
    if (total != count)
        return base_fail(BASE_ERROR_NUMERIC, "srm_members: plane %u, angle %u holds %llu rows, expected %u",
                         plane, cone->angle, (unsigned long long)total, count);
    for (uint32_t m = 0; m < EACH && m < count; m++) {
        if (members[m].row >= SELFTEST_ROWS)
            return base_fail(BASE_ERROR_NUMERIC, "srm_members: plane %u: member %u is no row", plane, m);
        uint32_t row = (uint32_t)members[m].row;
        double inner =
            value_at(bench, row, cone->pair.i) * cos(angle) + value_at(bench, row, cone->pair.j) * sin(angle);
        double cosine = inner / sqrt((double)bench->norms[row]);
        if (!(fabs(members[m].cosine - cosine) <= 1e-5) || members[m].cosine > before)
            return base_fail(BASE_ERROR_NUMERIC,
                             "srm_members: plane %u: row %u has cosine %.9g, expected %.9g", plane, row,
                             members[m].cosine, cosine);
        before = members[m].cosine;
    }
    return BASE_OK;
}

enum base_status srm_selftest_members(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum base_status status;
    struct srm_selftest_bench bench;
    struct srm_cone cones[CONES];
    struct srm_member members[CONES * EACH];
    uint64_t totals[CONES];
    BASE_TRY(srm_selftest_bench_create(gpu, &bench));
    for (uint32_t c = 0; c < CONES; c++)
        cones[c] = (struct srm_cone){bench.pairs[c * 37 % SELFTEST_PLANES], c * 17 % SELFTEST_ANGLES, c % 2};
    BASE_CHECK(srm_walk_members(gpu, &bench.counter, &bench.stream, cones, CONES, EACH, members, totals));
    for (uint32_t c = 0; c < CONES && status == BASE_OK; c++)
        status = compare_cone(&bench, &cones[c], members + c * EACH, totals[c]);
error:
    srm_selftest_bench_destroy(&bench);
    return status;
}

/* ---- projection ---- */

enum { CELLS = 24 };

/* What each cell should hold, and how many points lie so near an edge, or the gate, that rounding may move
 * them. */
static void project_reference(const struct srm_selftest_bench *bench, double reach, uint32_t *cells,
                              uint64_t *points, uint64_t *movable)
{
    double gate = (double)srm_threshold_make(bench->input.epsilons[0]).epsilon2;
    *points = *movable = 0;
    for (uint32_t p = 0; p < SELFTEST_PLANES; p++)
        for (uint32_t r = 0; r < SELFTEST_ROWS; r++) {
            double a = value_at(bench, r, bench->pairs[p].i), b = value_at(bench, r, bench->pairs[p].j);
            double square = a * a + b * b, limit = gate * (double)bench->norms[r];
            /* The row as it was read is the scaled row times a power of two. */
            double original = (double)bench->rows[r * SELFTEST_VECTORS + bench->pairs[p].i];
            double scale = a != 0 ? original / a : 0;
            if (a == 0 && b != 0)
                scale = (double)bench->rows[r * SELFTEST_VECTORS + bench->pairs[p].j] / b;
            if (fabs(square - limit) <= 1e-5 * limit)
                ++*movable;
            if (square <= 0 || square < limit)
                continue;
            ++*points;
            double x = (a * scale / reach * 0.5 + 0.5) * CELLS, y = (b * scale / reach * 0.5 + 0.5) * CELLS;
            *movable += fabs(x - round(x)) < 1e-4 || fabs(y - round(y)) < 1e-4;
            if (x >= 0 && y >= 0 && x < CELLS && y < CELLS)
                cells[(uint32_t)y * CELLS + (uint32_t)x]++;
        }
}

enum base_status srm_selftest_project(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum base_status status;
    struct srm_selftest_bench bench;
    struct gpu_buffer *grid = NULL;
    uint32_t found[CELLS * CELLS], wanted[CELLS * CELLS] = {0};
    uint64_t points, expected, movable, differing = 0;
    double reach;
    BASE_TRY(srm_selftest_bench_create(gpu, &bench));
    BASE_CHECK(srm_walk_projection(gpu, &bench.counter, &bench.stream, bench.pairs, SELFTEST_PLANES, CELLS,
                                   &grid, &reach, &points));
    BASE_CHECK(gpu_download(gpu, grid, 0, found, sizeof found));
    project_reference(&bench, reach, wanted, &expected, &movable);
    for (uint32_t c = 0; c < CELLS * CELLS; c++)
        differing += found[c] > wanted[c] ? found[c] - wanted[c] : wanted[c] - found[c];
    if (points + movable < expected || points > expected + movable || differing > 2 * movable)
        status =
            base_fail(BASE_ERROR_NUMERIC,
                      "srm_project: %llu points, expected %llu; %llu stand in another cell, at most %llu may",
                      (unsigned long long)points, (unsigned long long)expected, (unsigned long long)differing,
                      (unsigned long long)(2 * movable));
error:
    gpu_buffer_destroy(gpu, &grid);
    srm_selftest_bench_destroy(&bench);
    return status;
}

/* ---- axes ---- */

static void axes_reference(const struct srm_selftest_bench *bench, struct srm_axis_means *means)
{
    *means = (struct srm_axis_means){0};
    for (uint32_t r = 0; r < SELFTEST_ROWS; r++) {
        double sum = 0, second = 0, fourth = 0, centred2 = 0, centred4 = 0, greatest = 0;
        for (uint32_t i = 0; i < SELFTEST_VECTORS; i++)
            sum += value_at(bench, r, i);
        for (uint32_t i = 0; i < SELFTEST_VECTORS; i++) {
            double x = value_at(bench, r, i), centred = x - sum / SELFTEST_VECTORS;
            second += x * x;
            fourth += x * x * x * x;
            centred2 += centred * centred;
            centred4 += centred * centred * centred * centred;
            greatest = fmax(greatest, fabs(x));
        }
        if (second == 0)
            continue;
        means->kurtosis += SELFTEST_VECTORS * centred4 / (centred2 * centred2);
        means->kurtosis_uncentred += SELFTEST_VECTORS * fourth / (second * second);
        means->axis_cosine += greatest / sqrt(second);
        means->participation += second * second / fourth;
        means->rows++;
    }
    means->kurtosis /= (double)means->rows;
    means->kurtosis_uncentred /= (double)means->rows;
    means->axis_cosine /= (double)means->rows;
    means->participation /= (double)means->rows;
}

enum base_status srm_selftest_axis(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum base_status status;
    struct srm_selftest_bench bench;
    struct srm_axis_means found, wanted;
    BASE_TRY(srm_selftest_bench_create(gpu, &bench));
    BASE_CHECK(srm_walk_axes(gpu, &bench.stream, &found));
    axes_reference(&bench, &wanted);
    /* Sums of 19 terms in f32, a division and an inverse square root, which Vulkan lets err by 2.5 and 2 ulp.
     */
    if (found.rows != wanted.rows || !(fabs(found.kurtosis / wanted.kurtosis - 1) <= 1e-5) ||
        !(fabs(found.kurtosis_uncentred / wanted.kurtosis_uncentred - 1) <= 1e-5) ||
        !(fabs(found.axis_cosine / wanted.axis_cosine - 1) <= 1e-5) ||
        !(fabs(found.participation / wanted.participation - 1) <= 1e-5))
        status =
            base_fail(BASE_ERROR_NUMERIC,
                      "srm_axis: %llu rows, kurtosis %.9g and %.9g, axis cosine %.9g, participation %.9g; "
                      "expected %llu, %.9g and %.9g, %.9g, %.9g",
                      (unsigned long long)found.rows, found.kurtosis, found.kurtosis_uncentred,
                      found.axis_cosine, found.participation, (unsigned long long)wanted.rows,
                      wanted.kurtosis, wanted.kurtosis_uncentred, wanted.axis_cosine, wanted.participation);
error:
    srm_selftest_bench_destroy(&bench);
    return status;
}

/* ---- ring ---- */

enum { GRID = 33, GRID_CELLS = GRID * GRID };

enum base_status srm_selftest_ring(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum base_status status;
    struct gpu_buffer *counts = NULL, *ratio = NULL;
    uint32_t grid[GRID_CELLS];
    float found[GRID_CELLS];
    double wanted[GRID_CELLS];
    uint64_t points = 0;
    for (uint32_t c = 0; c < GRID_CELLS; c++)
        points += grid[c] = (uint32_t)base_random_below(5, BASE_STREAM_TEST, c, c % 5 ? 8 : 40);
    BASE_CHECK(srm_ring_reference(grid, GRID, points, wanted));
    BASE_CHECK(gpu_buffer_create(gpu, "grid", sizeof grid, GPU_DEVICE, &counts));
    BASE_CHECK(gpu_upload(gpu, counts, 0, grid, sizeof grid));
    BASE_CHECK(srm_ring_ratio(gpu, counts, GRID, points, &ratio));
    BASE_CHECK(gpu_download(gpu, ratio, 0, found, sizeof found));
    /* exp, cos, sin and log2 on the device: 2^-11 absolute at worst. */
    for (uint32_t c = 0; c < GRID_CELLS && status == BASE_OK; c++)
        if (!(fabs((double)found[c] - wanted[c]) <= 5e-3))
            status = base_fail(BASE_ERROR_NUMERIC, "srm_ring_ratio: cell [%u, %u] is %.6g, expected %.6g",
                               c / GRID, c % GRID, (double)found[c], wanted[c]);
error:
    gpu_buffer_destroy(gpu, &counts);
    gpu_buffer_destroy(gpu, &ratio);
    return status;
}
