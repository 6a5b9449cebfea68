#include "support/synthetic_result.h"

#include "base/memory.h"
#include "base/random.h"
#include "common/count_bins.h"
#include "srm/null.h"
#include "srm/reference.h"
#include "support/test.h"

#include <string.h>

/* One basis's share of the work: its planes, counts and sums. */
struct counted {
    struct srm_pair *pairs;
    uint64_t n_pairs;
    uint32_t *counts; /* [epsilons, pairs, angles] */
    struct srm_reference_sums *sums;
    float *projections; /* [rows, vectors] */
};

static void *allocate(size_t count, size_t size)
{
    void *memory;
    assert_ok(base_allocate(&memory, count, size, "synthetic result"));
    return memory;
}

static float element(enum synthetic_kind kind, uint64_t index)
{
    double normal = base_random_normal(7, BASE_STREAM_TEST, index);
    switch (kind) {
    case SYNTHETIC_TANH:
        return (float)tanh(1.5 * normal);
    case SYNTHETIC_RELU:
        return (float)fmax(0, normal);
    case SYNTHETIC_LAPLACE:
        return (float)(normal * sqrt(-log(1 - base_random_uniform(8, BASE_STREAM_TEST, index))));
    case SYNTHETIC_ZERO:
        return 0;
    case SYNTHETIC_NORMAL:
        break;
    }
    return (float)normal;
}

/* Rows of an orthogonal matrix: normal numbers made orthonormal one after another. */
static double *rotation(uint32_t n, uint64_t seed)
{
    double *q = allocate((size_t)n * n, sizeof *q);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < n; k++)
            q[i * n + k] = base_random_normal(seed, BASE_STREAM_ROTATION, (uint64_t)i * n + k);
        for (uint32_t j = 0; j < i; j++) {
            double dot = 0;
            for (uint32_t k = 0; k < n; k++)
                dot += q[i * n + k] * q[j * n + k];
            for (uint32_t k = 0; k < n; k++)
                q[i * n + k] -= dot * q[j * n + k];
        }
        double square = 0;
        for (uint32_t k = 0; k < n; k++)
            square += q[i * n + k] * q[i * n + k];
        for (uint32_t k = 0; k < n; k++)
            q[i * n + k] /= sqrt(square);
    }
    return q;
}

static void count(const struct synthetic_parameters *synthetic, const float *rows, const float *norms,
                  const double *vectors, double cosine, struct counted *counted)
{
    uint32_t n = synthetic->vectors;
    counted->n_pairs = synthetic->planes ? synthetic->planes : srm_planes_count(n);
    counted->pairs = allocate(counted->n_pairs, sizeof *counted->pairs);
    counted->projections = allocate((size_t)synthetic->rows * n, sizeof(float));
    for (uint64_t p = 0; p < counted->n_pairs; p++) {
        struct srm_plane plane = srm_planes_of_index(n, p);
        counted->pairs[p] = (struct srm_pair){plane.i, plane.j, plane.i == 0 && plane.j == 1 ? cosine : 0};
    }
    for (uint64_t r = 0; r < synthetic->rows; r++)
        for (uint32_t i = 0; i < n; i++) {
            double sum = 0;
            for (uint32_t k = 0; vectors && k < n; k++)
                sum += vectors[i * n + k] * rows[r * n + k];
            counted->projections[r * n + i] = vectors ? (float)sum : rows[r * n + i];
        }
    uint64_t curves = synthetic->n_epsilons * counted->n_pairs;
    counted->counts = allocate(curves * synthetic->angles, sizeof(uint32_t));
    counted->sums = allocate(curves, sizeof *counted->sums);
    struct srm_reference_input input = {
        .projections = counted->projections,
        .squared_norms = norms,
        .n_rows = synthetic->rows,
        .n_vectors = n,
        .pairs = counted->pairs,
        .n_pairs = counted->n_pairs,
        .epsilons = synthetic->epsilons,
        .n_epsilons = synthetic->n_epsilons,
        .n_angles = synthetic->angles,
    };
    assert_ok(srm_reference_counts_fast(&input, counted->counts));
    srm_reference_sums(&input, counted->sums);
}

static void counted_free(struct counted *counted)
{
    base_free(counted->pairs);
    base_free(counted->projections);
    base_free(counted->counts);
    base_free(counted->sums);
}

static struct srm_curve_point *curves_of(const struct synthetic_parameters *synthetic,
                                         const struct counted *counted)
{
    uint32_t angles = synthetic->angles;
    struct srm_curve_point *points = allocate((size_t)synthetic->n_epsilons * angles, sizeof *points);
    for (uint32_t e = 0; e < synthetic->n_epsilons; e++)
        for (uint32_t k = 0; k < angles; k++) {
            struct srm_curve_point *point = &points[e * angles + k];
            double sum = 0, squares = 0;
            point->least = INFINITY;
            for (uint64_t p = 0; p < counted->n_pairs; p++) {
                double share =
                    counted->counts[(e * counted->n_pairs + p) * angles + k] / (double)synthetic->rows;
                sum += share;
                squares += share * share;
                point->least = fmin(point->least, share);
                point->greatest = fmax(point->greatest, share);
            }
            point->mean = sum / (double)counted->n_pairs;
            point->deviation = sqrt(fmax(0, squares / (double)counted->n_pairs - point->mean * point->mean));
        }
    return points;
}

static void statistics_of(const struct synthetic_parameters *synthetic, const struct counted *counted,
                          struct srm_plane_statistics *statistics)
{
    for (uint64_t c = 0; c < synthetic->n_epsilons * counted->n_pairs; c++) {
        const struct srm_reference_sums *sums = &counted->sums[c];
        const uint32_t *counts = counted->counts + c * synthetic->angles;
        double hits = (double)sums->hits;
        statistics[c] = (struct srm_plane_statistics){.z = NAN, .c1 = NAN, .c2 = NAN, .c4 = NAN, .q = NAN};
        statistics[c].hits = (uint32_t)sums->hits;
        for (uint32_t k = 0; k < synthetic->angles; k++)
            if ((int32_t)counts[k] > statistics[c].peak) {
                statistics[c].peak = (int32_t)counts[k];
                statistics[c].peak_angle = k;
            }
        if (sums->hits == 0)
            continue;
        statistics[c].c1 = (float)(sums->cosine1 / hits);
        statistics[c].c2 = (float)(sums->cosine2 / hits);
        statistics[c].c4 = (float)(sums->cosine4 / hits);
        statistics[c].z = sums->cosine4 / hits * sqrt(2 * hits);
    }
}

static void count_findings(struct srm_result *result, const struct srm_ranking *ranking)
{
    result->n_ranked = ranking->starts[SRM_LISTS];
    result->n_aligned = srm_ranking_count(ranking, SRM_LIST_ALIGNED);
    result->n_anti_aligned = srm_ranking_count(ranking, SRM_LIST_ANTI_ALIGNED);
    for (uint64_t k = 0; k < result->n_ranked; k++) {
        bool significant = result->statistics[ranking->positions[k]].q < 0.05f;
        bool aligned = k < ranking->starts[SRM_LIST_ALIGNED + 1];
        bool anti = !aligned && k < ranking->starts[SRM_LIST_ANTI_ALIGNED + 1];
        result->n_significant += significant;
        result->n_significant_aligned += significant && aligned;
        result->n_significant_anti_aligned += significant && anti;
        result->n_sure_aligned += significant && aligned;
        result->n_sure_anti_aligned += significant && anti;
    }
}

static void rank(struct srm_result *result, const struct counted *counted)
{
    struct srm_ranking_input input = {result->statistics, result->cosines, result->planes};
    struct srm_ranking ranking;
    double *scores = allocate(result->planes, sizeof *scores);
    float *q = allocate(result->planes, sizeof *q);
    srm_ranking_scores(&input, false, scores);
    if (result->n_controls > 0) {
        const struct srm_control *control = &result->controls[0];
        assert_ok(srm_ranking_q(scores, result->planes, control->absolute_z, control->planes, q));
        for (uint64_t p = 0; p < result->planes; p++)
            if (!isnan(scores[p]))
                result->statistics[p].q = q[p];
    }
    assert_ok(srm_ranking_make(&input, &ranking));
    count_findings(result, &ranking);
    uint32_t *ranks = allocate(result->planes, sizeof *ranks);
    uint64_t positions[SRM_BEST_PLANES];
    enum srm_list lists[SRM_BEST_PLANES];
    srm_ranking_ranks(&ranking, result->planes, ranks);
    result->best = allocate(SRM_BEST_PLANES, sizeof *result->best);
    result->n_best = (uint32_t)srm_ranking_best(&ranking, SRM_BEST_PLANES, positions, lists);
    for (uint32_t b = 0; b < result->n_best; b++) {
        struct srm_pair pair = counted->pairs[positions[b]];
        result->best[b] = (struct srm_best){.position = positions[b],
                                            .plane = {pair.i, pair.j},
                                            .cosine = pair.cosine,
                                            .list = lists[b],
                                            .rank = ranks[positions[b]]};
    }
    srm_ranking_free(&ranking);
    base_free(ranks);
    base_free(scores);
    base_free(q);
}

/* Of rows of the standard basis. */
static void fill_projection(const struct srm_result *result, const struct counted *counted, const float *rows,
                            uint32_t *cells)
{
    const double reach = result->projection_reach;
    for (uint64_t p = 0; p < counted->n_pairs; p++)
        for (uint64_t r = 0; r < result->rows; r++) {
            const float *row = rows + r * result->vectors;
            double a = row[counted->pairs[p].i], b = row[counted->pairs[p].j], square = 0;
            for (uint32_t k = 0; k < result->vectors; k++)
                square += (double)row[k] * row[k];
            if (a * a + b * b < result->epsilons[0] * result->epsilons[0] * square || square == 0)
                continue;
            int x = (int)floor((a / reach + 1) / 2 * SRM_PROJECTION_CELLS);
            int y = (int)floor((b / reach + 1) / 2 * SRM_PROJECTION_CELLS);
            if (x >= 0 && y >= 0 && x < SRM_PROJECTION_CELLS && y < SRM_PROJECTION_CELLS)
                cells[y * SRM_PROJECTION_CELLS + x]++;
        }
}

static struct gpu_buffer *buffer_of(struct gpu *gpu, const char *name, const void *data, uint64_t bytes)
{
    struct gpu_buffer *buffer;
    assert_ok(gpu_buffer_create(gpu, name, bytes, GPU_DEVICE, &buffer));
    assert_ok(gpu_upload(gpu, buffer, 0, data, bytes));
    return buffer;
}

static void fill_device(struct gpu *gpu, struct srm_result *result, const struct counted *counted,
                        const float *rows)
{
    uint32_t angles = result->angles;
    uint64_t bins = (uint64_t)result->n_epsilons * angles * COUNT_BINS;
    uint32_t *density = allocate(bins, sizeof *density);
    for (uint32_t e = 0; e < result->n_epsilons; e++)
        for (uint64_t p = 0; p < counted->n_pairs; p++)
            for (uint32_t k = 0; k < angles; k++)
                density[((uint64_t)e * angles + k) * COUNT_BINS +
                        count_bin(counted->counts[(e * counted->n_pairs + p) * angles + k])]++;
    result->sums.density = buffer_of(gpu, "density", density, bins * sizeof *density);
    base_free(density);
    if (result->n_best > 0) {
        result->best_target.planes = result->n_best;
        result->best_target.counts =
            buffer_of(gpu, "best counts", result->best_counts,
                      (uint64_t)result->n_epsilons * result->n_best * angles * sizeof(uint32_t));
    }
    uint64_t cells = SRM_PROJECTION_CELLS * SRM_PROJECTION_CELLS;
    uint32_t *projection = allocate(cells, sizeof *projection);
    result->projection_reach = 4;
    fill_projection(result, counted, rows, projection);
    for (uint64_t i = 0; i < cells; i++)
        result->projection_points += projection[i];
    result->projection_planes = (uint32_t)counted->n_pairs;
    result->projection = buffer_of(gpu, "projection", projection, cells * sizeof *projection);
    base_free(projection);
}

static void make_control(const struct synthetic_parameters *synthetic, const float *rows, const float *norms,
                         uint32_t index, struct srm_control *control)
{
    struct counted counted;
    double *turned = rotation(synthetic->vectors, 100 + index);
    count(synthetic, rows, norms, turned, 0, &counted);
    *control = (struct srm_control){
        .seed = 100 + index, .vectors = synthetic->vectors, .planes = (uint32_t)counted.n_pairs};
    control->curves = curves_of(synthetic, &counted);
    struct srm_plane_statistics *statistics =
        allocate(synthetic->n_epsilons * counted.n_pairs, sizeof *statistics);
    statistics_of(synthetic, &counted, statistics);
    control->absolute_z = allocate(counted.n_pairs, sizeof(double));
    control->peaks = allocate(counted.n_pairs, sizeof(double));
    for (uint64_t p = 0; p < counted.n_pairs; p++)
        control->peaks[p] = NAN;
    for (uint64_t p = 0; p < counted.n_pairs; p++)
        control->absolute_z[p] = statistics[p].hits >= SRM_LEAST_HITS ? fabs(statistics[p].z) : NAN;
    base_free(statistics);
    base_free(turned);
    counted_free(&counted);
}

static void fill_shape(const struct synthetic_parameters *synthetic, struct srm_parameters *parameters,
                       struct srm_result *result)
{
    uint32_t n = synthetic->vectors;
    *parameters = (struct srm_parameters){.basis = "standard",
                                          .epsilons = synthetic->epsilons,
                                          .n_epsilons = synthetic->n_epsilons,
                                          .angles = synthetic->angles,
                                          .controls = synthetic->controls};
    *result = (struct srm_result){
        .rows = synthetic->rows,
        .width = n,
        .vectors = n,
        .angles = synthetic->angles,
        .n_epsilons = synthetic->n_epsilons,
        .summary = {.rows = synthetic->rows, .rms = sqrt(n), .norm_median = sqrt(n)},
        .basis_name = base_copy_string("standard"),
        .standard = synthetic->cosine == 0,
        .orthonormal = synthetic->cosine == 0,
        .planes = synthetic->planes ? synthetic->planes : srm_planes_count(n),
        .all_planes = srm_planes_count(n),
        .method = "list",
        .count_bytes = 1,
        .kurtosis = {3, 3.0 * (n - 1) / (n + 1)},
        .axis_cosine = {0.5, NAN},
    };
    result->curves = result->planes;
    result->epsilons = allocate(synthetic->n_epsilons, sizeof(double));
    memcpy(result->epsilons, synthetic->epsilons, synthetic->n_epsilons * sizeof(double));
    result->null_share = allocate(synthetic->n_epsilons, sizeof(double));
    result->null_low = allocate(synthetic->n_epsilons, sizeof(double));
    result->null_high = allocate(synthetic->n_epsilons, sizeof(double));
    for (uint32_t e = 0; e < synthetic->n_epsilons; e++) {
        double share = srm_null_probability(synthetic->epsilons[e], n);
        struct srm_null_band band = srm_null_binomial_band(synthetic->rows, share, 0.99);
        result->null_share[e] = share;
        result->null_low[e] = (double)band.low / synthetic->rows;
        result->null_high[e] = (double)band.high / synthetic->rows;
    }
    result->vector_hits = allocate(n, sizeof(double));
}

static void fill_vector_hits(struct srm_result *result, const struct counted *counted)
{
    double all = 0;
    for (uint64_t p = 0; p < result->planes; p++)
        all += result->statistics[p].hits;
    for (uint64_t p = 0; p < result->planes && all > 0; p++) {
        result->vector_hits[counted->pairs[p].i] += result->statistics[p].hits / all;
        result->vector_hits[counted->pairs[p].j] += result->statistics[p].hits / all;
    }
    if (result->planes > 0)
        result->median_hits = result->statistics[result->planes / 2].hits;
}

void synthetic_result_make(struct gpu *gpu, const struct synthetic_parameters *synthetic,
                           struct srm_parameters *parameters, struct srm_result *result)
{
    uint32_t n = synthetic->vectors, angles = synthetic->angles;
    float *rows = allocate((size_t)synthetic->rows * n, sizeof *rows);
    float *norms = allocate(synthetic->rows, sizeof *norms);
    for (uint64_t i = 0; i < (uint64_t)synthetic->rows * n; i++)
        rows[i] = element(synthetic->kind, i);
    float *prepared = allocate((size_t)synthetic->rows * n, sizeof *prepared);
    srm_reference_prepare(rows, synthetic->rows, n, prepared, norms);
    fill_shape(synthetic, parameters, result);

    struct counted counted;
    count(synthetic, prepared, norms, NULL, synthetic->cosine, &counted);
    if (synthetic->planes) {
        result->list = allocate(synthetic->planes, sizeof *result->list);
        for (uint32_t p = 0; p < synthetic->planes; p++)
            result->list[p] = (struct srm_plane){counted.pairs[p].i, counted.pairs[p].j};
    }
    if (!result->orthonormal) {
        result->cosines = allocate(result->planes, sizeof(double));
        for (uint64_t p = 0; p < result->planes; p++)
            result->cosines[p] = counted.pairs[p].cosine;
    }
    result->n_controls = synthetic->controls;
    result->controls = allocate(synthetic->controls, sizeof *result->controls);
    for (uint32_t c = 0; c < synthetic->controls; c++)
        make_control(synthetic, prepared, norms, c, &result->controls[c]);
    result->curve = curves_of(synthetic, &counted);
    result->statistics = allocate(synthetic->n_epsilons * result->planes, sizeof *result->statistics);
    statistics_of(synthetic, &counted, result->statistics);
    fill_vector_hits(result, &counted);
    rank(result, &counted);
    result->best_counts = allocate((size_t)synthetic->n_epsilons * result->n_best * angles, sizeof(uint32_t));
    for (uint32_t e = 0; e < synthetic->n_epsilons; e++)
        for (uint32_t b = 0; b < result->n_best; b++)
            memcpy(result->best_counts + ((size_t)e * result->n_best + b) * angles,
                   counted.counts + (e * counted.n_pairs + result->best[b].position) * angles,
                   angles * sizeof(uint32_t));
    if (gpu)
        fill_device(gpu, result, &counted, rows);
    base_free(prepared);
    counted_free(&counted);
    base_free(rows);
    base_free(norms);
}

void synthetic_result_free(struct gpu *gpu, struct srm_result *result)
{
    if (gpu) {
        gpu_buffer_destroy(gpu, &result->sums.density);
        gpu_buffer_destroy(gpu, &result->best_target.counts);
        gpu_buffer_destroy(gpu, &result->projection);
    }
    for (uint32_t c = 0; c < result->n_controls; c++) {
        base_free(result->controls[c].curves);
        base_free(result->controls[c].absolute_z);
        base_free(result->controls[c].peaks);
    }
    base_free(result->controls);
    base_free(result->basis_name);
    base_free(result->epsilons);
    base_free(result->list);
    base_free(result->cosines);
    base_free(result->curve);
    base_free(result->null_share);
    base_free(result->null_low);
    base_free(result->null_high);
    base_free(result->statistics);
    base_free(result->best);
    base_free(result->best_counts);
    base_free(result->vector_hits);
    *result = (struct srm_result){0};
}
