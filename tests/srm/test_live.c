/* Resonance that follows its rows: at every epsilon the counts of srm_analyse, whatever way the rows came and
 * went; what is drawn from them; bases that change. */
#include "base/memory.h"
#include "base/random.h"
#include "common/count_bins.h"
#include "srm/kernels.h"
#include "srm/live_state.h"
#include "srm/params.h"
#include "srm/reference.h"
#include "srm/rotation.h"
#include "support/analysis.h"
#include "support/device.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

static struct gpu *gpu;

enum { MOST_PLANES = 64, SEED = 5 };

/* Rows of different kinds: normal, leaning, sparse, zero, tiny. */
static float *make_rows(uint32_t n, uint32_t width, uint64_t seed)
{
    float *rows = calloc((size_t)n * width, sizeof *rows);
    for (uint32_t r = 0; r < n; r++)
        for (uint32_t i = 0; i < width; i++) {
            double x = base_random_normal(seed, BASE_STREAM_TEST, (uint64_t)r * width + i);
            if (r % 5 == 1)
                x = tanh(3 * x);
            if (r % 5 == 2)
                x = x > 0.8 ? x : 0;
            if (r % 11 == 3)
                x *= 1e-30;
            if (r % 17 == 4)
                x = 0;
            rows[(size_t)r * width + i] = (float)x;
        }
    return rows;
}

static uint32_t all_planes(uint32_t vectors, struct srm_plane *planes)
{
    uint32_t n = (uint32_t)srm_planes_count(vectors);
    assert_true(n <= MOST_PLANES);
    for (uint32_t p = 0; p < n; p++)
        planes[p] = srm_planes_of_index(vectors, p);
    return n;
}

struct shape {
    uint32_t rows, width, vectors, angles;
    bool orthonormal;
    uint32_t controls;
};

static struct srm_live *create(const struct shape *shape, uint32_t ring_rows)
{
    struct srm_plane planes[MOST_PLANES];
    struct srm_live *live;
    struct srm_live_parameters parameters = {
        .width = shape->width,
        .vectors = shape->vectors,
        .planes = planes,
        .n_planes = all_planes(shape->vectors, planes),
        .angles = shape->angles,
        .ring_rows = ring_rows,
        .orthonormal = shape->orthonormal,
        .n_controls = shape->controls,
        .seed = SEED,
    };
    assert_ok(srm_live_create(gpu, &parameters, &live));
    return live;
}

static void *fetch(struct gpu_buffer *buffer)
{
    void *data = malloc(gpu_buffer_bytes(buffer));
    assert_ok(gpu_download(gpu, buffer, 0, data, gpu_buffer_bytes(buffer)));
    return data;
}

/* ---- the same counts as srm_analyse ---- */

static const double off_grid[] = {0.123, 0.505, 0.37 + 1e-8, 0.98, -0.2, 0.0};
enum { OFF_GRID = sizeof off_grid / sizeof off_grid[0], EPSILONS = SRM_LIVE_EPSILONS + OFF_GRID };

static double epsilon_number(uint32_t e)
{
    char text[16];
    if (e >= SRM_LIVE_EPSILONS)
        return off_grid[e - SRM_LIVE_EPSILONS];
    (void)snprintf(text, sizeof text, "%u.%02u", (5 + e) / 100, (5 + e) % 100);
    return strtod(text, NULL); /* as --epsilon reads it */
}

/* Counts [EPSILONS, planes, A] of srm_analyse, and C4 [EPSILONS, planes]. vectors NULL: the standard basis.
 */
static uint32_t *analyse(const struct shape *shape, const float *rows, const float *vectors, float *c4)
{
    double epsilons[EPSILONS];
    for (uint32_t e = 0; e < EPSILONS; e++)
        epsilons[e] = epsilon_number(e);
    struct data_activations *activations = test_activations("live.npy", rows, shape->rows, shape->width);
    struct srm_parameters parameters = test_parameters(activations);
    parameters.angles = shape->angles;
    parameters.epsilons = epsilons;
    parameters.n_epsilons = EPSILONS;
    parameters.vectors = vectors;
    parameters.n_vectors = vectors ? shape->vectors : 0;
    if (vectors)
        parameters.basis = "the test's";
    parameters.folder = test_folder_named("live");
    struct srm_result result = test_analyse(gpu, &parameters);
    uint64_t planes = srm_planes_count(shape->vectors);
    for (uint64_t at = 0; at < EPSILONS * planes; at++)
        c4[at] = result.cosines && isnan(result.cosines[at % planes]) ? NAN : result.statistics[at].c4;
    srm_result_free(gpu, &result);
    data_close(&activations);
    return test_read_counts(parameters.folder, EPSILONS, planes, shape->angles);
}

static void compare_shown(struct srm_live *live, uint32_t e, const uint32_t *counts, const float *c4)
{
    assert_ok(srm_live_show(live, epsilon_number(e)));
    const struct srm_live_shown *shown = srm_live_shown(live);
    size_t curve = (size_t)shown->planes * shown->angles;
    uint32_t *found = fetch(shown->counts);
    float *strength = fetch(shown->strength);
    assert_true(shown->epsilon == epsilon_number(e));
    for (size_t at = 0; at < curve; at++)
        if (found[at] != counts[e * curve + at])
            fail_msg("epsilon %g, plane %zu, angle %zu: %u, expected %u", shown->epsilon, at / shown->angles,
                     at % shown->angles, found[at], counts[e * curve + at]);
    for (uint32_t p = 0; p < shown->planes; p++) {
        float wanted = c4[(size_t)e * shown->planes + p];
        if (isnan(wanted) ? !isnan(strength[p]) : !(fabsf(strength[p] - wanted) <= 1e-6f))
            fail_msg("epsilon %g, plane %u: C4 %g, expected %g", shown->epsilon, p, strength[p], wanted);
    }
    free(found), free(strength);
}

static void compare_all(const struct shape *shape, struct srm_live *live, const float *rows,
                        const float *vectors)
{
    float *c4 = calloc((size_t)EPSILONS * MOST_PLANES, sizeof *c4);
    uint32_t *counts = analyse(shape, rows, vectors, c4);
    for (uint32_t e = 0; e < EPSILONS; e++)
        compare_shown(live, e, counts, c4);
    base_free(counts);
    free(c4);
}

static void standard_counts(void **state)
{
    static const struct shape shapes[] = {
        {131, 7, 7, 72, true, 0}, {37, 5, 5, 7, false, 0}, {64, 6, 4, 24, true, 0}, {1, 2, 2, 4, true, 0}};
    (void)state;
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        struct shape narrow = shapes[s];
        float *rows = make_rows(narrow.rows, narrow.width, 3 + s);
        struct srm_live *live = create(&narrow, narrow.rows + 3);
        for (uint32_t done = 0, n = 1; done < narrow.rows; done += n, n = 1 + 2 * n % 37) {
            n = n < narrow.rows - done ? n : narrow.rows - done;
            assert_ok(srm_live_push(live, rows + (size_t)done * narrow.width, n));
        }
        assert_int_equal(srm_live_rows(live), narrow.rows);
        if (narrow.vectors == narrow.width)
            compare_all(&narrow, live, rows, NULL);
        free(rows);
        srm_live_destroy(&live);
    }
}

/* ---- bases ---- */

/* Directions of any length; with `awkward` some are parallel, antiparallel, or nearly so. */
static float *make_vectors(const struct shape *shape, bool awkward)
{
    float *vectors = calloc((size_t)shape->vectors * shape->width, sizeof *vectors);
    for (uint32_t v = 0; v < shape->vectors; v++)
        for (uint32_t i = 0; i < shape->width; i++) {
            size_t at = (size_t)v * shape->width + i, first = i;
            double length = v % 3 == 1 ? 1e-15 : v % 3 == 2 ? 3e12 : 1;
            vectors[at] = (float)(length * base_random_normal(71, BASE_STREAM_TEST, at));
            if (awkward && v == 2)
                vectors[at] = -2 * vectors[first];
            if (awkward && v == 3)
                vectors[at] = (float)(vectors[first] + 1e-4 * base_random_normal(72, BASE_STREAM_TEST, at));
            if (awkward && v == 4)
                vectors[at] = (float)(vectors[first] + 2e-2 * base_random_normal(72, BASE_STREAM_TEST, at));
        }
    return vectors;
}

static double *normalised(const struct shape *shape, const float *vectors)
{
    double *unit = calloc((size_t)shape->vectors * shape->width, sizeof *unit);
    for (uint32_t v = 0; v < shape->vectors; v++) {
        double square = 0;
        for (uint32_t i = 0; i < shape->width; i++)
            square += (double)vectors[v * shape->width + i] * vectors[v * shape->width + i];
        for (uint32_t i = 0; i < shape->width; i++)
            unit[v * shape->width + i] = vectors[v * shape->width + i] / sqrt(square);
    }
    return unit;
}

/* Vectors from element 5 on, two elements more apart than the width. */
static struct gpu_buffer *on_device(const float *values, uint32_t n, uint32_t width)
{
    struct gpu_buffer *buffer;
    size_t stride = width + 2, words = 5 + n * stride;
    float *spaced = calloc(words, sizeof *spaced);
    for (size_t w = 0; w < words; w++)
        spaced[w] = NAN;
    for (uint32_t r = 0; r < n; r++)
        memcpy(spaced + 5 + r * stride, values + (size_t)r * width, width * sizeof *values);
    assert_ok(gpu_buffer_create(gpu, "test values", words * 4, GPU_DEVICE, &buffer));
    assert_ok(gpu_upload(gpu, buffer, 0, spaced, words * 4));
    free(spaced);
    return buffer;
}

static void oblique_counts(void **state)
{
    static const struct shape shapes[] = {{97, 6, 9, 40, false, 0}, {61, 9, 5, 36, false, 0}};
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        const struct shape *shape = &shapes[s];
        float *rows = make_rows(shape->rows, shape->width, 11), *vectors = make_vectors(shape, s == 0);
        double *unit = normalised(shape, vectors);
        struct gpu_buffer *device_rows = on_device(rows, shape->rows, shape->width);
        struct gpu_buffer *device_vectors = on_device(vectors, shape->vectors, shape->width);
        struct srm_live *live = create(shape, shape->rows);
        assert_ok(srm_live_push_device(live, device_rows, 5, shape->width + 2, shape->rows));
        assert_ok(srm_live_set_basis(live, unit));
        compare_all(shape, live, rows, vectors);
        assert_ok(srm_live_clear(live));
        assert_ok(srm_live_set_basis_device(live, device_vectors, 5, shape->width + 2));
        assert_ok(srm_live_push(live, rows, 10));
        assert_ok(srm_live_push(live, rows + (size_t)10 * shape->width, shape->rows - 10));
        compare_all(shape, live, rows, vectors);
        srm_live_destroy(&live);
        gpu_buffer_destroy(gpu, &device_rows);
        gpu_buffer_destroy(gpu, &device_vectors);
        free(rows), free(vectors), free(unit);
    }
}

/* Both lives keep the same differences and statistics, bit for bit. */
static void assert_same(struct srm_live *a, struct srm_live *b)
{
    struct gpu_buffer *const pairs[3][2] = {{a->target.counts, b->target.counts},
                                            {a->target.stats, b->target.stats},
                                            {a->controls.target.counts, b->controls.target.counts}};
    assert_int_equal(srm_live_rows(a), srm_live_rows(b));
    for (int p = 0; p < 3 && pairs[p][0]; p++) {
        void *left = fetch(pairs[p][0]), *right = fetch(pairs[p][1]);
        assert_memory_equal(left, right, gpu_buffer_bytes(pairs[p][0]));
        free(left), free(right);
    }
}

static void bases_change(void **state)
{
    static const struct shape shape = {53, 8, 8, 24, false, 1};
    (void)state;
    float *rows = make_rows(shape.rows, shape.width, 21), *vectors = make_vectors(&shape, true);
    double *unit = normalised(&shape, vectors);
    struct srm_live *live = create(&shape, shape.rows), *fresh = create(&shape, shape.rows);
    assert_ok(srm_live_push(live, rows, shape.rows));
    uint64_t version = srm_live_version(live);
    assert_ok(srm_live_set_basis(live, unit));
    assert_true(srm_live_version(live) > version);
    assert_ok(srm_live_set_basis(fresh, unit));
    assert_ok(srm_live_push(fresh, rows, shape.rows));
    assert_same(live, fresh);
    assert_ok(srm_live_set_basis(live, NULL));
    assert_ok(srm_live_set_basis(fresh, NULL));
    assert_same(live, fresh);
    compare_all(&shape, live, rows, NULL);
    srm_live_destroy(&live);
    srm_live_destroy(&fresh);
    free(rows), free(vectors), free(unit);
}

/* ---- rows that come and go ---- */

static void rows_leave_by_subtraction(void **state)
{
    static const struct shape shape = {700, 5, 5, 36, true, 2};
    static const uint32_t sizes[] = {1, 7, 13, 2, 50, 3, 64, 51, 5, 0, 30};
    enum { RING = 50 };
    (void)state;
    float *rows = make_rows(shape.rows, shape.width, 31);
    struct srm_live *live = create(&shape, RING), *fresh = create(&shape, RING);
    assert_ok(srm_live_show(live, 0.333));
    for (uint32_t done = 0, turn = 0; done + 64 < shape.rows; turn++) {
        uint32_t n = sizes[turn % (sizeof sizes / sizeof sizes[0])];
        assert_ok(srm_live_push(live, rows + (size_t)done * shape.width, n));
        done += n;
        uint32_t first = done > RING ? done - RING : 0;
        assert_ok(srm_live_clear(fresh));
        assert_ok(srm_live_push(fresh, rows + (size_t)first * shape.width, done - first));
        assert_same(live, fresh);
        /* An epsilon off the grid follows too. */
        assert_ok(srm_live_show(live, 0.333));
        assert_ok(srm_live_show(fresh, 0.333));
        uint32_t *left = fetch(live->shown.counts), *right = fetch(fresh->shown.counts);
        assert_memory_equal(left, right, gpu_buffer_bytes(live->shown.counts));
        free(left), free(right);
    }
    srm_live_destroy(&live);
    srm_live_destroy(&fresh);
    free(rows);
}

/* As on a device with many cores: workgroups that share curves, each with a slice of the rows. */
static void sliced_rows_count_the_same(void **state)
{
    static const struct shape shape = {151, 5, 5, 36, true, 0};
    (void)state;
    float *rows = make_rows(shape.rows, shape.width, 35);
    struct srm_live *live = create(&shape, shape.rows), *sliced = create(&shape, shape.rows);
    assert_ok(srm_live_push(live, rows, shape.rows));
    assert_ok(srm_live_push(sliced, rows, shape.rows));
    struct srm_target *target = &sliced->target;
    const struct srm_count_many_params params = {
        .rows = shape.rows,
        .slices = 4,
        .slice_rows = 38,
        .sign = 1,
        .stride = sliced->ring.stride,
        .planes = target->planes,
        .together = 1,
        .angles = shape.angles,
        .epsilons = SRM_LIVE_EPSILONS,
        .groups_a_plane = 1,
        .fixed_scale = sliced->counter.fixed_scale,
    };
    assert_ok(gpu_fill(gpu, target->counts, 0, gpu_buffer_bytes(target->counts), 0));
    assert_ok(gpu_fill(gpu, target->stats, 0, gpu_buffer_bytes(target->stats), 0));
    assert_ok(gpu_dispatch(
        gpu,
        &(struct gpu_dispatch_parameters){
            .kernel = &srm_count_many_kernel,
            .constants = {32, 1, 0, 3},
            .n_constants = 4,
            .params = &params,
            .ranges = (struct gpu_range[]){gpu_whole(target->list), gpu_whole(sliced->ring.coordinates),
                                           gpu_whole(sliced->ring.norms), gpu_whole(sliced->counter.table),
                                           gpu_whole(sliced->counter.thresholds),
                                           gpu_whole(sliced->counter.no_geometry), gpu_whole(target->counts),
                                           gpu_whole(target->stats)},
            .n_groups = (uint64_t)target->planes * params.slices,
        }));
    assert_same(live, sliced);
    srm_live_destroy(&live);
    srm_live_destroy(&sliced);
    free(rows);
}

static void odd_rows(void **state)
{
    static const struct shape shape = {40, 6, 6, 24, true, 0};
    (void)state;
    float *rows = make_rows(shape.rows, shape.width, 41), *good = calloc(shape.rows, 4u * shape.width);
    float *zeroed = calloc(shape.rows, 4u * shape.width);
    uint32_t kept = 0;
    for (uint32_t r = 0; r < shape.rows; r++) {
        float *row = rows + (size_t)r * shape.width;
        if (r % 7 == 2)
            row[r % shape.width] = r % 2 ? NAN : -INFINITY;
        else
            memcpy(good + (size_t)kept++ * shape.width, row, 4u * shape.width);
        if (r % 7 != 2)
            memcpy(zeroed + (size_t)r * shape.width, row, 4u * shape.width);
    }
    struct srm_live *live = create(&shape, shape.rows), *fresh = create(&shape, shape.rows);
    assert_ok(srm_live_push(live, rows, shape.rows));
    assert_ok(srm_live_push(fresh, good, kept));
    assert_same(live, fresh);
    struct gpu_buffer *device_rows = on_device(rows, shape.rows, shape.width);
    assert_ok(srm_live_clear(live));
    assert_ok(srm_live_clear(fresh));
    assert_ok(srm_live_push_device(live, device_rows, 5, shape.width + 2, shape.rows));
    assert_ok(srm_live_push(fresh, zeroed, shape.rows));
    assert_same(live, fresh);
    gpu_buffer_destroy(gpu, &device_rows);
    srm_live_destroy(&live);
    srm_live_destroy(&fresh);
    free(rows), free(good), free(zeroed);
}

/* ---- what is drawn ---- */

static void check_angle(const struct srm_live_shown *shown, const uint32_t *counts, const bool *regular,
                        uint32_t rows, uint32_t k, const uint32_t *sums, const float *curves,
                        const uint32_t *density)
{
    uint64_t sum = 0, squares = 0, planes = 0, least = UINT64_MAX, greatest = 0;
    uint32_t bins[COUNT_BINS] = {0}, angles = shown->angles;
    for (uint32_t p = 0; p < shown->planes; p++) {
        uint64_t count = counts[(size_t)p * angles + k];
        if (!regular[p])
            continue;
        planes++;
        sum += count;
        squares += count * count;
        least = count < least ? count : least;
        greatest = count > greatest ? count : greatest;
        bins[count_bin((uint32_t)count)]++;
    }
    double mean = (double)sum / (double)planes, share = 1.0 / rows;
    double deviation = sqrt(fmax(0, (double)squares / (double)planes - mean * mean));
    assert_int_equal((uint64_t)sums[angles + k] << 32 | sums[k], sum);
    assert_memory_equal(density + (size_t)k * COUNT_BINS, bins, sizeof bins);
    assert_in_double(curves[SRM_LIVE_MEAN * angles + k], mean * share, 1e-6);
    assert_in_double(curves[SRM_LIVE_LOW * angles + k], fmax(0, mean - deviation) * share, 1e-6);
    assert_in_double(curves[SRM_LIVE_HIGH * angles + k], (mean + deviation) * share, 1e-6);
    assert_in_double(curves[SRM_LIVE_LEAST * angles + k], (double)least * share, 1e-7);
    assert_in_double(curves[SRM_LIVE_GREATEST * angles + k], (double)greatest * share, 1e-7);
    assert_true(isnan(curves[SRM_LIVE_CONTROL * angles + k]));
}

static double greatest_of(const float *curves, uint32_t angles, enum srm_live_curve curve)
{
    double found = 0;
    for (uint32_t k = 0; k < angles; k++)
        found = fmax(found, curves[(size_t)curve * angles + k]);
    return found;
}

/* The lowest angle at which the greatest count is found, and there the lowest plane. */
static void peak_of(const uint32_t *counts, uint32_t planes, uint32_t angles, uint32_t *plane,
                    uint32_t *angle)
{
    uint32_t greatest = 0;
    *plane = *angle = 0;
    for (uint32_t k = 0; k < angles; k++)
        for (uint32_t p = 0; p < planes; p++)
            if (counts[(size_t)p * angles + k] > greatest) {
                greatest = counts[(size_t)p * angles + k];
                *plane = p;
                *angle = k;
            }
}

static void drawn_from_counts(void **state)
{
    static const struct shape shape = {301, 6, 9, 50, false, 0};
    static const double epsilons[] = {0.05, 0.5, 0.777, 0.95};
    (void)state;
    float *rows = make_rows(shape.rows, shape.width, 51), *vectors = make_vectors(&shape, true);
    memset(vectors + (size_t)5 * shape.width, 0, 4u * shape.width); /* a zero vector too */
    struct gpu_buffer *device_vectors = on_device(vectors, shape.vectors, shape.width);
    struct srm_live *live = create(&shape, shape.rows);
    struct srm_live_extents extents;
    assert_false(srm_live_extents(live, &extents));
    assert_ok(srm_live_set_basis_device(live, device_vectors, 5, shape.width + 2));
    assert_ok(srm_live_push(live, rows, shape.rows));
    bool regular[MOST_PLANES];
    float *geometry = fetch(live->target.geometry);
    uint32_t planes = 0;
    for (uint32_t p = 0; p < srm_live_shown(live)->planes; p++)
        planes += regular[p] = geometry[2 * p + 1] != 0;
    assert_int_equal(planes, 36 - 8 - 3); /* the zero vector's; 0 and 2, 3; 2 and 3 */
    for (int e = 0; e < 4; e++) {
        assert_ok(srm_live_show(live, epsilons[e]));
        const struct srm_live_shown *shown = srm_live_shown(live);
        uint32_t *counts = fetch(shown->counts), *sums = fetch(shown->sums), *density = fetch(shown->density);
        float *curves = fetch(shown->curves), *strength = fetch(shown->strength);
        for (uint32_t k = 0; k < shape.angles; k++)
            check_angle(shown, counts, regular, shape.rows, k, sums, curves, density);
        double low = INFINITY, high = -INFINITY;
        for (uint32_t p = 0; p < shown->planes; p++) {
            low = isnan(strength[p]) ? low : fmin(low, strength[p]);
            high = isnan(strength[p]) ? high : fmax(high, strength[p]);
            assert_true(regular[p] || isnan(strength[p]));
        }
        assert_true(srm_live_extents(live, &extents));
        assert_true(extents.epsilon == epsilons[e] && extents.rows == shape.rows && extents.planes == planes);
        assert_true(extents.mean_high == greatest_of(curves, shape.angles, SRM_LIVE_MEAN));
        assert_true(extents.band_high == greatest_of(curves, shape.angles, SRM_LIVE_HIGH));
        assert_true(extents.greatest == greatest_of(curves, shape.angles, SRM_LIVE_GREATEST));
        assert_true(extents.strength_low == low && extents.strength_high == high);
        assert_true(extents.control_high == 0);
        uint32_t plane, angle;
        peak_of(counts, shown->planes, shape.angles, &plane, &angle);
        assert_true(extents.peak_plane == plane && extents.peak_angle == angle);
        free(counts), free(sums), free(density), free(curves), free(strength);
    }
    assert_fails(srm_live_show(live, 1.5), BASE_ERROR_USAGE, "1.5");
    gpu_buffer_destroy(gpu, &device_vectors);
    srm_live_destroy(&live);
    free(rows), free(vectors), free(geometry);
}

/* A frame that is served while rows change. */
struct frame_between {
    struct srm_live *live;
    uint32_t busy, idle;
};

static enum base_status serve_frame(void *context)
{
    struct frame_between *frame = context;
    struct srm_live_cloud cloud;
    const float row[5] = {1, 2, 3, 4, 5};
    bool busy = srm_live_busy(frame->live);
    double shown = srm_live_shown(frame->live)->epsilon;
    BASE_TRY(srm_live_show(frame->live, shown == 0.3 ? 0.7 : 0.3));
    BASE_TRY(srm_live_cloud(frame->live, 1, 16, 1, &cloud));
    if (busy) {
        frame->busy++;
        assert_true(srm_live_shown(frame->live)->epsilon == shown);
        assert_int_equal(cloud.points, 9);
        assert_fails(srm_live_push(frame->live, row, 1), BASE_ERROR_INTERNAL, "srm_live_push");
    } else {
        frame->idle++;
    }
    return BASE_OK;
}

static void frames_between_submissions(void **state)
{
    static const struct shape shape = {60, 5, 5, 24, true, 1};
    (void)state;
    float *rows = make_rows(shape.rows, shape.width, 91);
    struct srm_live *live = create(&shape, 40), *fresh = create(&shape, 40);
    struct srm_live_cloud cloud;
    assert_ok(srm_live_push(live, rows, 9));
    assert_ok(srm_live_show(live, 0.3));
    assert_ok(srm_live_cloud(live, 1, 16, 1, &cloud));
    assert_ok(gpu_wait(gpu));
    struct frame_between frame = {.live = live};
    gpu_set_submission_limit(gpu, 1);
    gpu_set_between(gpu, serve_frame, &frame);
    assert_ok(srm_live_push(live, rows + 9 * 5, 51));
    gpu_set_between(gpu, NULL, NULL);
    gpu_set_submission_limit(gpu, 50000000);
    assert_true(frame.busy > 0);
    assert_ok(srm_live_push(fresh, rows + 20 * 5, 40));
    assert_same(live, fresh);
    assert_ok(srm_live_show(live, 0.5));
    assert_ok(srm_live_show(fresh, 0.5));
    uint32_t *left = fetch(live->shown.counts), *right = fetch(fresh->shown.counts);
    assert_memory_equal(left, right, gpu_buffer_bytes(live->shown.counts));
    free(left), free(right), free(rows);
    srm_live_destroy(&live);
    srm_live_destroy(&fresh);
}

static void nothing_to_draw(void **state)
{
    static const struct shape shape = {0, 3, 5, 24, false, 0};
    (void)state;
    struct srm_live *live = create(&shape, 1); /* more vectors than the width: no basis yet */
    struct srm_live_extents extents;
    struct srm_live_cloud cloud;
    assert_ok(srm_live_push(live, NULL, 0));
    for (int shows = 0; shows < 20; shows++)
        assert_ok(srm_live_show(live, 0.05 + 0.01 * shows));
    assert_ok(srm_live_cloud(live, 0, 8, 1, &cloud));
    float *curves = fetch(srm_live_shown(live)->curves), *strength = fetch(srm_live_shown(live)->strength);
    for (uint32_t at = 0; at < SRM_LIVE_CONTROL * shape.angles; at++)
        assert_true(curves[at] == 0);
    assert_true(isnan(strength[0]));
    assert_true(srm_live_extents(live, &extents));
    assert_true(extents.rows == 0 && extents.mean_high == 0 && extents.strength_low == 0);
    srm_live_forget(live);
    assert_false(srm_live_extents(live, &extents));
    assert_ok(srm_live_show(live, 0.9));
    assert_ok(gpu_wait(live->gpu));
    assert_true(srm_live_extents(live, &extents) && extents.epsilon == 0.9);
    assert_int_equal(cloud.points, 0);
    free(curves), free(strength);
    srm_live_destroy(&live);
}

static void cloud_of_a_plane(void **state)
{
    static const struct shape shape = {83, 5, 5, 24, true, 0};
    enum { CELLS = 9, POSITION = 5 };
    (void)state;
    float *rows = make_rows(shape.rows, shape.width, 61);
    struct srm_plane planes[MOST_PLANES];
    struct srm_live *live = create(&shape, shape.rows + 1);
    struct srm_live_cloud cloud;
    all_planes(shape.vectors, planes);
    assert_ok(srm_live_push(live, rows, shape.rows));
    assert_ok(srm_live_cloud(live, POSITION, CELLS, 0.9, &cloud));
    assert_int_equal(cloud.points, shape.rows);
    float *xy = fetch(cloud.xy);
    uint32_t *grid = fetch(cloud.grid), wanted[CELLS * CELLS] = {0};
    for (uint32_t r = 0; r < shape.rows; r++) {
        const float *row = rows + (size_t)r * shape.width;
        double square = 0;
        for (uint32_t i = 0; i < shape.width; i++)
            square += (double)row[i] * row[i];
        double length = square > 0 ? sqrt(square) : 1;
        assert_in_double(xy[2 * r], row[planes[POSITION].i] / length, 1e-6);
        assert_in_double(xy[2 * r + 1], row[planes[POSITION].j] / length, 1e-6);
        int x = (int)floor((xy[2 * r] / 0.9 * 0.5 + 0.5) * CELLS);
        int y = (int)floor((xy[2 * r + 1] / 0.9 * 0.5 + 0.5) * CELLS);
        if (x >= 0 && x < CELLS && y >= 0 && y < CELLS)
            wanted[y * CELLS + x]++;
    }
    uint32_t differing = 0;
    for (int c = 0; c < CELLS * CELLS; c++)
        differing += grid[c] != wanted[c];
    assert_true(differing <= 2); /* a point on an edge */
    free(xy), free(grid), free(rows);
    srm_live_destroy(&live);
}

/* ---- rotations ---- */

struct frame {
    double vectors[64];
    struct srm_pair pairs[MOST_PLANES];
    uint32_t n_pairs;
};

/* A rotation as it is on the device. */
static void draw_frame(const struct shape *shape, uint32_t copy, uint32_t vectors, uint32_t planes,
                       struct frame *frame)
{
    assert_ok(srm_rotation_frame(SEED, copy, vectors, shape->width, frame->vectors));
    for (uint32_t at = 0; at < vectors * shape->width; at++)
        frame->vectors[at] = (float)frame->vectors[at];
    frame->n_pairs = planes;
    for (uint32_t p = 0; p < planes; p++) {
        struct srm_plane plane = srm_planes_of_index(vectors, p);
        frame->pairs[p] = (struct srm_pair){plane.i, plane.j, 0};
    }
}

/* Sums over the planes of one rotation [A], and by how much they may differ. */
static void reference_sums(const struct shape *shape, const float *rows, const struct frame *frame,
                           uint32_t vectors, double epsilon, uint32_t *sums, uint32_t *near)
{
    double *projections = calloc((size_t)shape->rows * vectors, sizeof *projections);
    double *norms = calloc(shape->rows, sizeof *norms);
    size_t cells = (size_t)frame->n_pairs * shape->angles;
    uint32_t *counts = calloc(cells, sizeof *counts), *margins = calloc(cells, sizeof *margins);
    srm_reference_project(rows, shape->rows, shape->width, frame->vectors, vectors, projections, norms);
    assert_ok(srm_reference_counts_double(&(struct srm_double_input){projections, norms, shape->rows, vectors,
                                                                     frame->pairs, frame->n_pairs, &epsilon,
                                                                     1, shape->angles},
                                          counts, margins));
    memset(sums, 0, shape->angles * sizeof *sums);
    memset(near, 0, shape->angles * sizeof *near);
    for (size_t cell = 0; cell < cells; cell++) {
        sums[cell % shape->angles] += counts[cell];
        near[cell % shape->angles] += margins[cell];
    }
    free(projections), free(norms), free(counts), free(margins);
}

static void compare_rotations(const struct shape *shape, struct srm_live *live, const float *rows,
                              double epsilon)
{
    uint32_t sums[64], near[64], vectors = live->controls.vectors, planes = live->controls.planes;
    double means[64] = {0}, low[64], high[64], highest = 0;
    assert_ok(srm_live_show(live, epsilon));
    uint32_t *found = fetch(live->controls.counts);
    float *curves = fetch(srm_live_shown(live)->curves);
    for (uint32_t c = 0; c < shape->controls; c++) {
        struct frame frame;
        draw_frame(shape, c, vectors, planes, &frame);
        reference_sums(shape, rows, &frame, vectors, epsilon, sums, near);
        for (uint32_t k = 0; k < shape->angles; k++) {
            uint32_t got = found[c * shape->angles + k];
            if (abs((int)got - (int)sums[k]) > (int)near[k])
                fail_msg("epsilon %g, rotation %u, angle %u: %u, expected %u", epsilon, c, k, got, sums[k]);
            double share = (double)got / ((double)planes * shape->rows);
            means[k] += share / shape->controls;
            low[k] = c == 0 ? share : fmin(low[k], share);
            high[k] = c == 0 ? share : fmax(high[k], share);
            highest = fmax(highest, high[k]);
        }
    }
    for (uint32_t k = 0; k < shape->angles; k++) {
        assert_in_double(curves[SRM_LIVE_CONTROL * shape->angles + k], means[k], 1e-6);
        assert_in_double(curves[SRM_LIVE_CONTROL_LOW * shape->angles + k], low[k], 1e-6);
        assert_in_double(curves[SRM_LIVE_CONTROL_HIGH * shape->angles + k], high[k], 1e-6);
    }
    struct srm_live_extents extents;
    assert_true(srm_live_extents(live, &extents));
    assert_in_double(extents.control_high, highest, 1e-6);
    free(found), free(curves);
}

static void rotations_are_counted_too(void **state)
{
    static const struct shape shapes[] = {
        {67, 6, 6, 24, true, 2}, {41, 3, 7, 40, false, 1}, {50, 8, 5, 36, false, 3}};
    static const uint32_t vectors[] = {6, 3, 5}, planes[] = {15, 3, 10};
    (void)state;
    for (int s = 0; s < 3; s++) {
        const struct shape *shape = &shapes[s];
        float *rows = make_rows(shape->rows, shape->width, 81);
        struct srm_live *live = create(shape, shape->rows);
        assert_int_equal(live->controls.vectors, vectors[s]);
        assert_int_equal(live->controls.planes, planes[s]);
        assert_ok(srm_live_push(live, rows, 5));
        assert_ok(srm_live_push(live, rows + (size_t)5 * shape->width, shape->rows - 5));
        for (uint32_t e = 0; e < SRM_LIVE_EPSILONS; e += 9)
            compare_rotations(shape, live, rows, srm_live_epsilon(e));
        compare_rotations(shape, live, rows, 0.4321);
        srm_live_destroy(&live);
        free(rows);
    }
}

/* ---- numbers ---- */

static void epsilons_of_the_grid(void **state)
{
    (void)state;
    for (uint32_t e = 0; e < SRM_LIVE_EPSILONS; e++) {
        assert_true(srm_live_epsilon(e) == epsilon_number(e));
        assert_int_equal(srm_live_nearest(srm_live_epsilon(e)), e);
        assert_int_equal(srm_live_nearest(srm_live_epsilon(e) + 0.0049), e);
    }
    assert_int_equal(srm_live_nearest(-3), 0);
    assert_int_equal(srm_live_nearest(7), SRM_LIVE_EPSILONS - 1);
    assert_int_equal(srm_live_nearest(NAN), 0);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    struct srm_live_parameters parameters = {
        .width = 24, .vectors = 24, .n_planes = 276, .angles = 360, .ring_rows = 8192};
    uint64_t bytes = srm_live_bytes(gpu, &parameters);
    uint32_t most = srm_live_most_planes(gpu, &parameters, bytes);
    assert_in_range(bytes, 36u << 20, 80u << 20);
    assert_int_equal(most, 276);
    assert_int_equal(srm_live_most_planes(gpu, &parameters, 1000), 0);
    parameters.n_controls = 3;
    uint64_t more = srm_live_bytes(gpu, &parameters);
    assert_true(more > bytes);
    assert_int_equal(srm_live_most_planes(gpu, &parameters, more), 276);
    assert_int_equal(srm_live_most_controls(gpu, &parameters, more), 3);
    assert_int_equal(srm_live_most_controls(gpu, &parameters, more - 1), 2);
    assert_int_equal(srm_live_most_controls(gpu, &parameters, bytes), 0);
    /* The standard basis alone takes nothing that grows with the square of the width, and takes no other. */
    static struct srm_plane planes[3];
    double vectors[9] = {0};
    struct srm_live *live;
    parameters = (struct srm_live_parameters){.width = 1u << 20,
                                              .vectors = 1u << 20,
                                              .planes = planes,
                                              .n_planes = 3,
                                              .angles = 360,
                                              .ring_rows = 2,
                                              .standard = true};
    assert_in_range(srm_live_bytes(gpu, &parameters), 8u << 20, 20u << 20);
    parameters.width = parameters.vectors = 3;
    all_planes(3, planes);
    assert_ok(srm_live_create(gpu, &parameters, &live));
    assert_fails(srm_live_set_basis(live, vectors), BASE_ERROR_INTERNAL, "only the standard one");
    assert_ok(srm_live_set_basis(live, NULL));
    srm_live_destroy(&live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(epsilons_of_the_grid),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(standard_counts),
        cmocka_unit_test(oblique_counts),
        cmocka_unit_test(bases_change),
        cmocka_unit_test(rows_leave_by_subtraction),
        cmocka_unit_test(sliced_rows_count_the_same),
        cmocka_unit_test(odd_rows),
        cmocka_unit_test(drawn_from_counts),
        cmocka_unit_test(frames_between_submissions),
        cmocka_unit_test(nothing_to_draw),
        cmocka_unit_test(cloud_of_a_plane),
        cmocka_unit_test(rotations_are_counted_too),
    };
    gpu = test_gpu();
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
