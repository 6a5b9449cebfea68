#include "srm/selftest.h"

#include "base/memory.h"
#include "base/random.h"
#include "common/count_bins.h"
#include "srm/kernels.h"
#include "srm/selftest_bench.h"

#include <math.h>
#include <string.h>

static const double epsilons[SELFTEST_EPSILONS] = {0.3, 0.8};

/* ---- the bench ---- */

static void make_rows(float *rows)
{
    for (uint32_t r = 0; r < SELFTEST_ROWS; r++)
        for (uint32_t i = 0; i < SELFTEST_VECTORS; i++) {
            double x = base_random_normal(3, BASE_STREAM_TEST, (uint64_t)r * SELFTEST_VECTORS + i);
            if (r % 4 == 1)
                x = x * x * x;
            else if (r % 4 == 2)
                x = 0.02 * x + (i == r % SELFTEST_VECTORS);
            if (r % 13 == 5)
                x = 0;
            else if (r % 13 == 6)
                x *= 1e-39; /* denormal in f32 */
            rows[r * SELFTEST_VECTORS + i] = (float)x;
        }
}

static enum base_status make_reference(struct srm_selftest_bench *bench)
{
    BASE_TRY(base_allocate(&bench->rows, SELFTEST_ROWS * SELFTEST_VECTORS, sizeof(float), "self-test"));
    BASE_TRY(base_allocate(&bench->prepared, SELFTEST_ROWS * SELFTEST_VECTORS, sizeof(float), "self-test"));
    BASE_TRY(base_allocate(&bench->norms, SELFTEST_ROWS, sizeof(float), "self-test"));
    BASE_TRY(base_allocate(&bench->pairs, SELFTEST_PLANES, sizeof *bench->pairs, "self-test"));
    BASE_TRY(base_allocate(&bench->counts, SELFTEST_CURVES * SELFTEST_ANGLES, sizeof(uint32_t), "self-test"));
    make_rows(bench->rows);
    srm_reference_prepare(bench->rows, SELFTEST_ROWS, SELFTEST_VECTORS, bench->prepared, bench->norms);
    for (uint32_t p = 0; p < SELFTEST_PLANES; p++) {
        struct srm_plane plane = srm_planes_of_index(SELFTEST_VECTORS, p);
        bench->pairs[p] = (struct srm_pair){plane.i, plane.j, 0};
    }
    bench->input = (struct srm_reference_input){
        .projections = bench->prepared,
        .squared_norms = bench->norms,
        .n_rows = SELFTEST_ROWS,
        .n_vectors = SELFTEST_VECTORS,
        .pairs = bench->pairs,
        .n_pairs = SELFTEST_PLANES,
        .epsilons = epsilons,
        .n_epsilons = SELFTEST_EPSILONS,
        .n_angles = SELFTEST_ANGLES,
    };
    return srm_reference_counts(&bench->input, bench->counts);
}

/* A stream whose only block is filled here and counts as loaded, so that no file is needed. */
static enum base_status make_stream(struct srm_selftest_bench *bench)
{
    struct srm_stream *stream = &bench->stream;
    BASE_TRY(base_allocate(&stream->numbers, SELFTEST_ROWS, sizeof *stream->numbers, "self-test"));
    for (uint32_t r = 0; r < SELFTEST_ROWS; r++)
        stream->numbers[r] = r;
    stream->rows = stream->taken = SELFTEST_ROWS;
    stream->blocks = stream->walked = 1;
    BASE_TRY(srm_block_create(bench->gpu, SELFTEST_ROWS, SELFTEST_VECTORS, SELFTEST_VECTORS, true,
                              &stream->block));
    return srm_block_fill(bench->gpu, &stream->block, NULL, bench->counter.quantise_scale, bench->rows,
                          SELFTEST_ROWS);
}

enum base_status srm_selftest_bench_create(struct gpu *gpu, struct srm_selftest_bench *bench)
{
    enum base_status status;
    *bench = (struct srm_selftest_bench){.gpu = gpu};
    BASE_CHECK(make_reference(bench));
    BASE_CHECK(srm_counter_create(gpu,
                                  &(struct srm_counter_parameters){.vectors = SELFTEST_VECTORS,
                                                                   .angles = SELFTEST_ANGLES,
                                                                   .epsilons = epsilons,
                                                                   .n_epsilons = SELFTEST_EPSILONS,
                                                                   .total_rows = SELFTEST_ROWS},
                                  &bench->counter));
    BASE_CHECK(make_stream(bench));
    return BASE_OK;
error:
    srm_selftest_bench_destroy(bench);
    return status;
}

void srm_selftest_bench_destroy(struct srm_selftest_bench *bench)
{
    srm_stream_destroy(bench->gpu, &bench->stream);
    srm_counter_destroy(bench->gpu, &bench->counter);
    base_free(bench->rows);
    base_free(bench->prepared);
    base_free(bench->norms);
    base_free(bench->pairs);
    base_free(bench->counts);
    *bench = (struct srm_selftest_bench){.gpu = bench->gpu};
}

enum base_status srm_selftest_count(struct srm_selftest_bench *bench, enum srm_method method, bool listed,
                                    struct srm_target *target)
{
    enum base_status status;
    struct srm_plane planes[SELFTEST_PLANES];
    for (uint32_t p = 0; p < SELFTEST_PLANES; p++)
        planes[p] = (struct srm_plane){bench->pairs[p].i, bench->pairs[p].j};
    BASE_TRY(listed
                 ? srm_target_create_list(bench->gpu, &bench->counter, planes, SELFTEST_PLANES, NULL, target)
                 : srm_target_create_run(bench->gpu, &bench->counter, 0, SELFTEST_VECTORS, NULL, target));
    BASE_CHECK(srm_target_add(bench->gpu, &bench->counter, &bench->stream.block, method, target));
    BASE_CHECK(srm_target_finish(bench->gpu, &bench->counter, target));
    return BASE_OK;
error:
    srm_target_destroy(bench->gpu, target);
    return status;
}

/* ---- rows on the device ---- */

static enum base_status compare_prepared(const struct srm_selftest_bench *bench, const float *rows,
                                         const float (*norms)[2], uint32_t stride)
{
    for (uint32_t r = 0; r < SELFTEST_ROWS; r++) {
        if (memcmp(&norms[r][0], &bench->norms[r], sizeof(float)) != 0)
            return base_fail(BASE_ERROR_NUMERIC,
                             "srm_prepare: the squared norm of row %u is %.9g, expected %.9g", r,
                             (double)norms[r][0], (double)bench->norms[r]);
        for (uint32_t i = 0; i < SELFTEST_VECTORS; i++) {
            float found = rows[r * stride + i], wanted = bench->prepared[r * SELFTEST_VECTORS + i];
            if (memcmp(&found, &wanted, sizeof found) != 0)
                return base_fail(BASE_ERROR_NUMERIC, "srm_prepare: element [%u, %u] is %.9g, expected %.9g",
                                 r, i, (double)found, (double)wanted);
        }
    }
    return BASE_OK;
}

static enum base_status test_prepare(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum base_status status;
    struct srm_selftest_bench bench;
    float *rows = NULL, (*norms)[2] = NULL;
    BASE_TRY(srm_selftest_bench_create(gpu, &bench));
    const struct srm_block *block = &bench.stream.block;
    BASE_CHECK(base_allocate(&rows, SELFTEST_ROWS * block->stride, sizeof *rows, "self-test"));
    BASE_CHECK(base_allocate(&norms, SELFTEST_ROWS, sizeof *norms, "self-test"));
    BASE_CHECK(gpu_download(gpu, block->prepared, 0, rows, SELFTEST_ROWS * block->stride * sizeof *rows));
    BASE_CHECK(gpu_download(gpu, block->norms, 0, norms, SELFTEST_ROWS * sizeof *norms));
    BASE_CHECK(compare_prepared(&bench, rows, (const float(*)[2])norms, block->stride));
error:
    base_free(rows);
    base_free(norms);
    srm_selftest_bench_destroy(&bench);
    return status;
}

/* Each byte may be too large by one, from rounding outward, and never too small: a hit would be lost. */
static enum base_status compare_quantised(const struct srm_selftest_bench *bench, const uint32_t *words)
{
    const struct srm_block *block = &bench->stream.block;
    uint32_t dominants = 0;
    for (uint32_t r = 0; r < SELFTEST_ROWS; r++)
        for (uint32_t i = 0; i < SELFTEST_VECTORS; i++) {
            double y = (double)bench->prepared[r * SELFTEST_VECTORS + i], norm = (double)bench->norms[r];
            double exact = norm > 0 ? 127 * y * y / (epsilons[0] * epsilons[0] * norm) : 0;
            uint32_t found = words[r * block->words + i / 4] >> 8 * (i % 4) & 255;
            dominants += found >= 64;
            if (found < fmin(127, exact) || found > fmin(127, ceil(exact) + 1))
                return base_fail(BASE_ERROR_NUMERIC, "srm_quantise: byte [%u, %u] is %u, expected %.9g", r, i,
                                 found, fmin(127, ceil(exact)));
        }
    if (dominants != block->dominants)
        return base_fail(BASE_ERROR_NUMERIC, "srm_quantise: %u dominant coordinates counted, there are %u",
                         block->dominants, dominants);
    return BASE_OK;
}

static enum base_status test_quantise(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum base_status status;
    struct srm_selftest_bench bench;
    uint32_t *words = NULL;
    BASE_TRY(srm_selftest_bench_create(gpu, &bench));
    const struct srm_block *block = &bench.stream.block;
    BASE_CHECK(base_allocate(&words, SELFTEST_ROWS * block->words, sizeof *words, "self-test"));
    BASE_CHECK(gpu_download(gpu, block->quantised, 0, words, SELFTEST_ROWS * block->words * sizeof *words));
    BASE_CHECK(compare_quantised(&bench, words));
error:
    base_free(words);
    srm_selftest_bench_destroy(&bench);
    return status;
}

/* ---- counts ---- */

static enum base_status compare_counts(const struct srm_selftest_bench *bench, const char *kernel,
                                       const uint32_t *counts)
{
    for (uint32_t at = 0; at < SELFTEST_CURVES * SELFTEST_ANGLES; at++)
        if (counts[at] != bench->counts[at])
            return base_fail(
                BASE_ERROR_NUMERIC, "%s: epsilon %g, plane %u, angle %u: %u rows counted, expected %u",
                kernel, epsilons[at / SELFTEST_ANGLES / SELFTEST_PLANES],
                at / SELFTEST_ANGLES % SELFTEST_PLANES, at % SELFTEST_ANGLES, counts[at], bench->counts[at]);
    return BASE_OK;
}

/* Cosines are kept as whole numbers of 1 / fixed_scale: half of one, and f32 rounding, a row. */
static enum base_status compare_sums(const struct srm_selftest_bench *bench, const char *kernel,
                                     const struct srm_curve_statistics *found)
{
    struct srm_reference_sums wanted[SELFTEST_CURVES];
    srm_reference_sums(&bench->input, wanted);
    double scale = (double)bench->counter.fixed_scale;
    for (uint32_t c = 0; c < SELFTEST_CURVES; c++) {
        double room = (double)wanted[c].hits * (0.5 / scale + 2e-6) + 1e-9;
        if (found[c].hits != wanted[c].hits ||
            !(fabs(found[c].cosine1 / scale - wanted[c].cosine1) <= room) ||
            !(fabs(found[c].cosine2 / scale - wanted[c].cosine2) <= room) ||
            !(fabs(found[c].cosine4 / scale - wanted[c].cosine4) <= room) ||
            !(fabs(found[c].sine1 / scale - wanted[c].sine1) <= room))
            return base_fail(
                BASE_ERROR_NUMERIC,
                "%s: curve %u has M %u, cosine sums %.6g, %.6g, %.6g and sine sum %.6g; expected %llu, %.6g, "
                "%.6g, %.6g and %.6g",
                kernel, c, found[c].hits, found[c].cosine1 / scale, found[c].cosine2 / scale,
                found[c].cosine4 / scale, found[c].sine1 / scale, (unsigned long long)wanted[c].hits,
                wanted[c].cosine1, wanted[c].cosine2, wanted[c].cosine4, wanted[c].sine1);
    }
    return BASE_OK;
}

/* The peak is the greatest count, at an angle that has it. */
static enum base_status compare_peaks(const struct srm_selftest_bench *bench,
                                      const struct srm_curve_statistics *found)
{
    for (uint32_t c = 0; c < SELFTEST_CURVES; c++) {
        const uint32_t *curve = bench->counts + c * SELFTEST_ANGLES;
        uint32_t greatest = 0;
        for (uint32_t k = 0; k < SELFTEST_ANGLES; k++)
            greatest = curve[k] > greatest ? curve[k] : greatest;
        if (found[c].peak_angle >= SELFTEST_ANGLES || (uint32_t)found[c].peak != greatest ||
            curve[found[c].peak_angle] != greatest)
            return base_fail(BASE_ERROR_NUMERIC, "srm_scan: curve %u peaks with %d at angle %u, expected %u",
                             c, found[c].peak, found[c].peak_angle, greatest);
    }
    return BASE_OK;
}

static enum base_status test_count(struct gpu *gpu, const char *kernel, enum srm_method method, bool listed)
{
    enum base_status status;
    struct srm_selftest_bench bench;
    struct srm_target target = {0};
    uint32_t *counts = NULL;
    struct srm_curve_statistics found[SELFTEST_CURVES];
    BASE_TRY(srm_selftest_bench_create(gpu, &bench));
    BASE_CHECK(base_allocate(&counts, SELFTEST_CURVES * SELFTEST_ANGLES, sizeof *counts, "self-test"));
    BASE_CHECK(srm_selftest_count(&bench, method, listed, &target));
    BASE_CHECK(
        gpu_download(gpu, target.counts, 0, counts, SELFTEST_CURVES * SELFTEST_ANGLES * sizeof *counts));
    BASE_CHECK(srm_target_statistics(gpu, &bench.counter, &target, found));
    BASE_CHECK(compare_counts(&bench, kernel, counts));
    BASE_CHECK(compare_sums(&bench, kernel, found));
    BASE_CHECK(compare_peaks(&bench, found));
error:
    srm_target_destroy(gpu, &target);
    base_free(counts);
    srm_selftest_bench_destroy(&bench);
    return status;
}

static enum base_status test_tiles(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    return test_count(gpu, "srm_count_tiles", SRM_METHOD_TILES, false);
}

static enum base_status test_dominant(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    return test_count(gpu, "srm_count_dominant", SRM_METHOD_DOMINANT, false);
}

static enum base_status test_list(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    return test_count(gpu, "srm_count_list", SRM_METHOD_AUTOMATIC, true);
}

/* ---- sums over planes ---- */

static enum base_status compare_angle(const struct srm_selftest_bench *bench, uint32_t e, uint32_t k,
                                      const struct srm_angle_sums *found, const uint32_t *density)
{
    struct srm_angle_sums wanted = {.least = INT32_MAX};
    uint32_t bins[COUNT_BINS] = {0};
    for (uint32_t p = 0; p < SELFTEST_PLANES; p++) {
        uint32_t count = bench->counts[(e * SELFTEST_PLANES + p) * SELFTEST_ANGLES + k];
        wanted.sum += count;
        wanted.squares += (uint64_t)count * count;
        wanted.greatest = (int32_t)count > wanted.greatest ? (int32_t)count : wanted.greatest;
        wanted.least = (int32_t)count < wanted.least ? (int32_t)count : wanted.least;
        bins[count_bin(count)]++;
    }
    if (found->sum != wanted.sum || found->squares != wanted.squares || found->greatest != wanted.greatest ||
        found->least != wanted.least || memcmp(density, bins, sizeof bins) != 0)
        return base_fail(
            BASE_ERROR_NUMERIC,
            "srm_accumulate: epsilon %g, angle %u: sum %lld, squares %llu, %d to %d; expected %lld, "
            "%llu, %d to %d; or the bins differ",
            epsilons[e], k, (long long)found->sum, (unsigned long long)found->squares, found->least,
            found->greatest, (long long)wanted.sum, (unsigned long long)wanted.squares, wanted.least,
            wanted.greatest);
    return BASE_OK;
}

static enum base_status test_accumulate(struct gpu *gpu, enum gpu_level level)
{
    (void)level;
    enum { POINTS = SELFTEST_EPSILONS * SELFTEST_ANGLES };
    enum base_status status;
    struct srm_selftest_bench bench;
    struct srm_target target = {0};
    struct srm_sums sums = {0};
    struct srm_angle_sums found[POINTS];
    uint32_t *density = NULL;
    BASE_TRY(srm_selftest_bench_create(gpu, &bench));
    BASE_CHECK(base_allocate(&density, POINTS * COUNT_BINS, sizeof *density, "self-test"));
    BASE_CHECK(srm_selftest_count(&bench, SRM_METHOD_TILES, false, &target));
    BASE_CHECK(srm_sums_create(gpu, &bench.counter, &sums));
    BASE_CHECK(srm_sums_add(gpu, &bench.counter, &target, &sums));
    BASE_CHECK(srm_sums_read(gpu, &bench.counter, &sums, found));
    BASE_CHECK(gpu_download(gpu, sums.density, 0, density, POINTS * COUNT_BINS * sizeof *density));
    for (uint32_t at = 0; at < POINTS && status == BASE_OK; at++)
        status = compare_angle(&bench, at / SELFTEST_ANGLES, at % SELFTEST_ANGLES, &found[at],
                               density + (size_t)at * COUNT_BINS);
error:
    srm_sums_destroy(gpu, &sums);
    srm_target_destroy(gpu, &target);
    base_free(density);
    srm_selftest_bench_destroy(&bench);
    return status;
}

/* Counting goes through srm_scan as well; what is a curve's peak is its alone. The ring's three kernels stand
 * in one chain and have one result, and so do those of live resonance. */
const struct gpu_selftest srm_selftests[] = {
    {"srm_prepare", &srm_prepare_kernel, test_prepare},
    {"srm_quantise", &srm_quantise_kernel, test_quantise},
    {"srm_count_tiles", &srm_count_tiles_kernel, test_tiles},
    {"srm_count_dominant", &srm_count_dominant_kernel, test_dominant},
    {"srm_count_list", &srm_count_list_kernel, test_list},
    {"srm_scan", &srm_scan_kernel, test_tiles},
    {"srm_accumulate", &srm_accumulate_kernel, test_accumulate},
    {"srm_members", &srm_members_kernel, srm_selftest_members},
    {"srm_project", &srm_project_kernel, srm_selftest_project},
    {"srm_axis", &srm_axis_kernel, srm_selftest_axis},
    {"srm_smooth", &srm_smooth_kernel, srm_selftest_ring},
    {"srm_ring", &srm_ring_kernel, srm_selftest_ring},
    {"srm_ring_ratio", &srm_ring_ratio_kernel, srm_selftest_ring},
    {"srm_count_many", &srm_count_many_kernel, srm_selftest_live},
    {"srm_cumulate", &srm_cumulate_kernel, srm_selftest_live},
    {"srm_summarise", &srm_summarise_kernel, srm_selftest_live},
    {"srm_take", &srm_take_kernel, srm_selftest_live},
    {"srm_unit", &srm_unit_kernel, srm_selftest_live},
    {"srm_geometry", &srm_geometry_kernel, srm_selftest_live},
    {NULL, NULL, NULL},
};
