#include "srm/counter.h"

#include "base/memory.h"
#include "common/count_bins.h"
#include "srm/angles.h"
#include "srm/kernels.h"
#include "srm/params.h"
#include "srm/threshold.h"

#include <math.h>
#include <string.h>

enum {
    LIST_WORKGROUP = 64,
    ROW_WORKGROUP = 64,
    SCAN_WORKGROUP = 64,
};

/* ---- what a run keeps ---- */

/* The quick rejection compares y_i² + y_j² with epsilon² |x|². In a plane whose vectors have cosine c the
 * in-plane part is at most (y_i² + y_j²) / (1 - |c|), so the threshold falls by the largest |c|. The slack
 * covers rounding, of the coordinates too when they come from a product. */
static float quantise_scale(const struct srm_counter_parameters *parameters)
{
    double smallest = 1;
    for (uint32_t e = 0; e < parameters->n_epsilons; e++) {
        if (srm_threshold_make(parameters->epsilons[e]).sign <= 0)
            return 0;
        smallest = fmin(smallest, parameters->epsilons[e]);
    }
    double room = 1 - parameters->largest_cosine;
    if (room < 1e-3)
        return 0;
    return (float)(127 * 1.0001 / (smallest * smallest * room));
}

/* 2^14 where it fits: the sum of `rows` cosines must stay below 2^31. */
static float fixed_scale(uint64_t rows)
{
    int shift = 14;
    while (shift > 0 && rows >> (30 - shift))
        shift--;
    return (float)(1 << shift);
}

static enum base_status upload_new(struct gpu *gpu, const char *name, const void *data, uint64_t bytes,
                                   struct gpu_buffer **out)
{
    BASE_TRY(gpu_buffer_create(gpu, name, bytes, GPU_DEVICE, out));
    return gpu_upload(gpu, *out, 0, data, bytes);
}

static enum base_status create_table(struct gpu *gpu, struct srm_counter *counter)
{
    uint32_t angles = counter->parameters.angles;
    float *values;
    BASE_TRY(base_allocate(&values, 4 * (size_t)angles, sizeof *values, "angle table"));
    srm_angles_fill(angles, values, values + angles);
    float *pairs = values + 2 * (size_t)angles;
    for (uint32_t k = 0; k < angles; k++) {
        pairs[2 * k] = values[k];
        pairs[2 * k + 1] = values[angles + k];
    }
    enum base_status status = upload_new(gpu, "angle table", pairs, 8u * (uint64_t)angles, &counter->table);
    base_free(values);
    return status;
}

static uint64_t curve_bytes(const struct srm_counter *counter)
{
    return 4u * (uint64_t)counter->parameters.angles * counter->parameters.n_epsilons;
}

uint64_t srm_target_bytes(const struct srm_counter *counter, uint32_t planes)
{
    return planes * (curve_bytes(counter) + (4 * SRM_STATS + 16u) * counter->parameters.n_epsilons + 16);
}

/* Where one binding may have gigabytes, a set of planes still takes no more than an eighth of the memory that
 * is free; every device can bind 128 MiB. */
uint32_t srm_target_most_planes(const struct gpu *gpu, const struct srm_counter *counter)
{
    const uint64_t always = 128u << 20;
    const struct gpu_capabilities *device = gpu_capabilities(gpu);
    uint64_t bytes =
        base_minimum(device->storage_range_bytes, base_maximum(always, device->memory_free_bytes / 8));
    return (uint32_t)base_minimum(bytes / curve_bytes(counter), UINT32_MAX);
}

enum base_status srm_counter_create(struct gpu *gpu, const struct srm_counter_parameters *parameters,
                                    struct srm_counter *counter)
{
    *counter = (struct srm_counter){.parameters = *parameters};
    counter->parameters.epsilons = NULL;
    if (parameters->n_epsilons < 1 || parameters->n_epsilons > SRM_MAX_EPSILONS ||
        parameters->angles < SRM_MIN_ANGLES || parameters->angles > SRM_MAX_ANGLES ||
        parameters->vectors < 2 || (parameters->difference && parameters->angles % 2) ||
        (parameters->mirrored && (parameters->angles % 4 || parameters->oblique)))
        return base_fail(BASE_ERROR_INTERNAL, "srm_counter_create: %u epsilons, %u angles, %u vectors",
                         parameters->n_epsilons, parameters->angles, parameters->vectors);
    if (srm_target_most_planes(gpu, counter) == 0)
        return base_fail(
            BASE_ERROR_DEVICE_MEMORY,
            "%u angles at %u epsilons are %llu bytes a plane, and this device can bind %llu at once; use "
            "fewer --angles or fewer --epsilon values",
            parameters->angles, parameters->n_epsilons, (unsigned long long)curve_bytes(counter),
            (unsigned long long)gpu_capabilities(gpu)->storage_range_bytes);
    enum base_status status;
    double *epsilons;
    BASE_TRY(base_allocate(&epsilons, parameters->n_epsilons, sizeof *epsilons, "epsilons"));
    counter->parameters.epsilons = epsilons;
    float thresholds[SRM_MAX_EPSILONS][2];
    for (uint32_t e = 0; e < parameters->n_epsilons; e++) {
        epsilons[e] = parameters->epsilons[e];
        struct srm_threshold threshold = srm_threshold_make(epsilons[e]);
        thresholds[e][0] = threshold.epsilon2;
        thresholds[e][1] = (float)threshold.sign;
    }
    counter->quantise_scale = quantise_scale(parameters);
    counter->fixed_scale = fixed_scale(parameters->total_rows);
    BASE_CHECK(create_table(gpu, counter));
    BASE_CHECK(upload_new(gpu, "thresholds", thresholds, 8u * parameters->n_epsilons, &counter->thresholds));
    BASE_CHECK(upload_new(gpu, "no geometry", (const float[2]){0, 1}, 8, &counter->no_geometry));
    return BASE_OK;
error:
    srm_counter_destroy(gpu, counter);
    return status;
}

void srm_counter_destroy(struct gpu *gpu, struct srm_counter *counter)
{
    gpu_buffer_destroy(gpu, &counter->table);
    gpu_buffer_destroy(gpu, &counter->thresholds);
    gpu_buffer_destroy(gpu, &counter->no_geometry);
    base_free((void *)(uintptr_t)counter->parameters.epsilons);
    *counter = (struct srm_counter){0};
}

/* ---- sets of planes ---- */

static uint64_t planes_of_run(uint32_t vectors, uint32_t first, uint32_t end)
{
    return srm_planes_count(vectors - first) - srm_planes_count(vectors - end);
}

uint32_t srm_target_run_end(uint32_t vectors, uint32_t vector_first, uint32_t most_planes)
{
    uint32_t end = vector_first;
    while (end < vectors) {
        uint32_t next = vectors - end > 4 ? end + 4 : vectors;
        if (planes_of_run(vectors, vector_first, next) > most_planes)
            break;
        end = next;
    }
    return end;
}

/* In which a plane has a peak. */
static uint32_t directions(const struct srm_counter *counter)
{
    return counter->parameters.mirrored ? 2 : 1;
}

static enum base_status create_curves(struct gpu *gpu, const struct srm_counter *counter,
                                      const float *geometry, struct srm_target *target)
{
    uint64_t curves = (uint64_t)target->planes * counter->parameters.n_epsilons;
    if (counter->parameters.oblique)
        BASE_TRY(upload_new(gpu, "geometry", geometry, 8u * (uint64_t)target->planes, &target->geometry));
    BASE_TRY(gpu_buffer_create(gpu, "counts", curves * counter->parameters.angles * 4, GPU_DEVICE,
                               &target->counts));
    BASE_TRY(gpu_buffer_create(gpu, "curve statistics", curves * 4 * SRM_STATS, GPU_DEVICE, &target->stats));
    BASE_TRY(
        gpu_buffer_create(gpu, "curve peaks", curves * 8 * directions(counter), GPU_DEVICE, &target->peaks));
    BASE_TRY(gpu_fill(gpu, target->counts, 0, gpu_buffer_bytes(target->counts), 0));
    return gpu_fill(gpu, target->stats, 0, gpu_buffer_bytes(target->stats), 0);
}

enum base_status srm_target_create_run(struct gpu *gpu, const struct srm_counter *counter,
                                       uint32_t vector_first, uint32_t vector_end, const float *geometry,
                                       struct srm_target *target)
{
    uint32_t vectors = counter->parameters.vectors;
    *target = (struct srm_target){
        .vector_first = vector_first,
        .vector_end = vector_end,
        .plane_first = planes_of_run(vectors, 0, vector_first),
        .planes = (uint32_t)planes_of_run(vectors, vector_first, vector_end),
    };
    enum base_status status = create_curves(gpu, counter, geometry, target);
    if (status != BASE_OK)
        srm_target_destroy(gpu, target);
    return status;
}

enum base_status srm_target_create_list(struct gpu *gpu, const struct srm_counter *counter,
                                        const struct srm_plane *planes, uint32_t n_planes,
                                        const float *geometry, struct srm_target *target)
{
    *target = (struct srm_target){.listed = true, .planes = n_planes, .together = 1};
    enum base_status status;
    BASE_CHECK(upload_new(gpu, "listed planes", planes, 8u * (uint64_t)n_planes, &target->list));
    BASE_CHECK(create_curves(gpu, counter, geometry, target));
    return BASE_OK;
error:
    srm_target_destroy(gpu, target);
    return status;
}

enum base_status srm_target_create_sums(struct gpu *gpu, const struct srm_counter *counter,
                                        const struct srm_plane *pairs, uint32_t n_curves, uint32_t together,
                                        struct srm_target *target)
{
    *target = (struct srm_target){.listed = true, .planes = n_curves, .together = together};
    enum base_status status;
    BASE_CHECK(upload_new(gpu, "summed planes", pairs, 8u * (uint64_t)n_curves * together, &target->list));
    BASE_CHECK(create_curves(gpu, counter, NULL, target));
    return BASE_OK;
error:
    srm_target_destroy(gpu, target);
    return status;
}

void srm_target_destroy(struct gpu *gpu, struct srm_target *target)
{
    gpu_buffer_destroy(gpu, &target->list);
    gpu_buffer_destroy(gpu, &target->geometry);
    gpu_buffer_destroy(gpu, &target->counts);
    gpu_buffer_destroy(gpu, &target->stats);
    gpu_buffer_destroy(gpu, &target->peaks);
    *target = (struct srm_target){0};
}

/* ---- counting ---- */

static struct gpu_range geometry_of(const struct srm_counter *counter, const struct srm_target *target)
{
    return gpu_whole(target->geometry ? target->geometry : counter->no_geometry);
}

/* The ranges that all three counting kernels share, behind the first. */
static void counting_ranges(const struct srm_counter *counter, const struct srm_block *block,
                            const struct srm_target *target, struct gpu_buffer *first,
                            struct gpu_range ranges[GPU_MAX_BINDINGS])
{
    ranges[0] = gpu_whole(first);
    ranges[1] = gpu_whole(block->coordinates);
    ranges[2] = gpu_whole(block->norms);
    ranges[3] = gpu_whole(counter->table);
    ranges[4] = gpu_whole(counter->thresholds);
    ranges[5] = geometry_of(counter, target);
    ranges[6] = gpu_whole(target->counts);
    ranges[7] = gpu_whole(target->stats);
}

/* A workgroup a (epsilon, plane): few epsilons. */
static enum base_status change_by_planes(struct gpu *gpu, const struct srm_counter *counter,
                                         const struct srm_block *block, uint32_t row_first, uint32_t rows,
                                         uint32_t sign, const struct srm_target *target)
{
    const struct srm_counter_parameters *run = &counter->parameters;
    const struct srm_count_list_params params = {
        .row_first = row_first,
        .rows = row_first + rows,
        .sign = sign,
        .stride = block->stride,
        .planes = target->planes,
        .angles = run->angles,
        .epsilons = run->n_epsilons,
        .fixed_scale = counter->fixed_scale,
    };
    struct gpu_range ranges[GPU_MAX_BINDINGS];
    counting_ranges(counter, block, target, target->list, ranges);
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &srm_count_list_kernel,
                 .constants = {LIST_WORKGROUP, run->oblique, (uint32_t)base_round_up(run->angles, 4)},
                 .n_constants = 3,
                 .params = &params,
                 .ranges = ranges,
                 .n_groups = (uint64_t)target->planes * run->n_epsilons,
                 .group_work = rows,
             });
}

enum { MOST_LOOP_ROUNDS = 60000 };

/* A device with many cores is kept busy by cutting the rows too, at the price of atomic additions. */
static uint32_t slices_for(const struct gpu *gpu, uint64_t groups, uint32_t rows)
{
    enum { GROUPS_WANTED = 4096, LEAST_ROWS = 128 };
    if (gpu_information(gpu)->type == GPU_CPU || groups >= GROUPS_WANTED)
        return 1;
    uint64_t slices = base_minimum(base_divide_up(GROUPS_WANTED, groups), rows / LEAST_ROWS);
    return slices > 1 ? (uint32_t)slices : 1;
}

/* How count_many.comp is cut: the grid of srm/live.h is just one workgroup. A processor's lanes are few, and
 * what a row costs before the first epsilon is shared by all epsilons of an invocation. */
struct many_shape {
    uint32_t workgroup, most_parts;
};

static struct many_shape many_shape(const struct gpu *gpu)
{
    return gpu_information(gpu)->type == GPU_CPU ? (struct many_shape){8, 12} : (struct many_shape){32, 3};
}

/* An invocation some epsilons of a plane: many epsilons. A workgroup's walk is kept short enough for a slice
 * of a frame: it cannot be cut further. */
static enum base_status change_by_epsilons(struct gpu *gpu, const struct srm_counter *counter,
                                           const struct srm_block *block, uint32_t row_first, uint32_t rows,
                                           uint32_t sign, const struct srm_target *target)
{
    enum { MOST_GROUP_TESTS = 16384 };
    const struct srm_counter_parameters *run = &counter->parameters;
    struct many_shape shape = many_shape(gpu);
    uint32_t parts =
        (uint32_t)base_minimum(shape.most_parts, base_divide_up(run->n_epsilons, shape.workgroup));
    uint32_t groups_a_plane = (uint32_t)base_divide_up(run->n_epsilons, (uint64_t)shape.workgroup * parts);
    uint64_t groups = (uint64_t)target->planes * groups_a_plane;
    uint32_t slices = slices_for(gpu, groups, rows);
    uint64_t most = base_maximum(1, MOST_GROUP_TESTS / target->together);
    struct srm_count_many_params params = {
        .slices = slices,
        .slice_rows = (uint32_t)base_minimum(most, base_divide_up(rows, slices)),
        .sign = sign,
        .stride = block->stride,
        .planes = target->planes,
        .together = target->together,
        .angles = run->angles,
        .epsilons = run->n_epsilons,
        .groups_a_plane = groups_a_plane,
        .fixed_scale = counter->fixed_scale,
    };
    struct gpu_range ranges[GPU_MAX_BINDINGS];
    counting_ranges(counter, block, target, target->list, ranges);
    uint32_t step = params.slice_rows * slices;
    for (uint32_t done = 0; done < rows; done += step) {
        params.row_first = row_first + done;
        params.rows = rows - done < step ? row_first + rows : row_first + done + step;
        BASE_TRY(gpu_dispatch(
            gpu, &(struct gpu_dispatch_parameters){
                     .kernel = &srm_count_many_kernel,
                     .constants = {shape.workgroup, slices > 1, run->oblique, parts},
                     .n_constants = 4,
                     .params = &params,
                     .ranges = ranges,
                     .n_groups = groups * slices,
                     .group_work = (double)(params.rows - params.row_first) / slices * target->together,
                 }));
    }
    return BASE_OK;
}

enum base_status srm_target_change(struct gpu *gpu, const struct srm_counter *counter,
                                   const struct srm_block *block, uint32_t row_first, uint32_t rows,
                                   enum srm_change change, struct srm_target *target)
{
    enum { MANY = 16 };
    uint32_t sign = change == SRM_ROWS_COME ? 1 : UINT32_MAX;
    if (!target->listed)
        return base_fail(BASE_ERROR_INTERNAL, "srm_target_change: only listed planes lose rows");
    if (rows == 0 || target->planes == 0)
        return BASE_OK;
    return counter->parameters.n_epsilons >= MANY || target->together > 1
               ? change_by_epsilons(gpu, counter, block, row_first, rows, sign, target)
               : change_by_planes(gpu, counter, block, row_first, rows, sign, target);
}

/* How count_tiles.comp is cut. Its masks fill 16 KiB of shared memory: workgroup · masks = 256. A processor's
 * lanes are few, and more rows at a time keep them evenly busy; elsewhere a workgroup should fill a subgroup.
 */
struct tile_shape {
    uint32_t workgroup, masks;
};

static struct tile_shape tile_shape(const struct gpu *gpu)
{
    return gpu_information(gpu)->type == GPU_CPU ? (struct tile_shape){8, 32} : (struct tile_shape){64, 4};
}

/* Mesa's software rasterizer ends every loop of a shader after 65,535 rounds of all its loops together
 * (gallivm's LP_MAX_TGSI_LOOP_ITERATIONS), without a word. So an invocation gets no more rows than it can
 * finish within that when each of its sixteen planes is hit by every row: for each plane and epsilon a round
 * a hit, and a round a mask with some more around it, which two rounds a row cover from 96 rows on. */
static uint32_t most_rows(const struct srm_counter *counter)
{
    uint32_t rows = MOST_LOOP_ROUNDS / (1 + 18 * counter->parameters.n_epsilons);
    return rows > 32 ? rows / 32 * 32 : rows;
}

static enum base_status add_by_tiles(struct gpu *gpu, const struct srm_counter *counter,
                                     const struct srm_block *block, const struct srm_target *target)
{
    const struct srm_counter_parameters *run = &counter->parameters;
    uint32_t quads = (uint32_t)base_divide_up(target->vector_end - target->vector_first, 4);
    struct tile_shape shape = tile_shape(gpu);
    uint32_t blocks = (uint32_t)base_divide_up(block->words, shape.workgroup);
    uint64_t groups = (uint64_t)quads * blocks;
    uint32_t slices = slices_for(gpu, groups, block->rows);
    struct srm_count_tiles_params params = {
        .vectors = run->vectors,
        .stride = block->stride,
        .words = block->words,
        .quad_first = target->vector_first / 4,
        .quads = quads,
        .blocks = blocks,
        .slices = slices,
        .slice_rows = (uint32_t)base_minimum(most_rows(counter), base_divide_up(block->rows, slices)),
        .plane_first = (uint32_t)target->plane_first,
        .planes = target->planes,
        .angles = run->angles,
        .epsilons = run->n_epsilons,
        .fixed_scale = counter->fixed_scale,
    };
    struct gpu_range ranges[GPU_MAX_BINDINGS];
    counting_ranges(counter, block, target, block->quantised, ranges);
    uint32_t step = params.slice_rows * slices;
    for (uint32_t first = 0; first < block->rows; first += step) {
        params.row_first = first;
        params.rows = block->rows - first < step ? block->rows : first + step;
        BASE_TRY(gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                       .kernel = &srm_count_tiles_kernel,
                                       .constants = {shape.workgroup, slices > 1, run->oblique, shape.masks},
                                       .n_constants = 4,
                                       .params = &params,
                                       .ranges = ranges,
                                       .n_groups = groups * slices,
                                       .group_work = (double)(params.rows - first) / slices,
                                   }));
    }
    return BASE_OK;
}

static enum base_status add_by_dominants(struct gpu *gpu, const struct srm_counter *counter,
                                         const struct srm_block *block, const struct srm_target *target)
{
    const struct srm_counter_parameters *run = &counter->parameters;
    const struct srm_count_dominant_params params = {
        .rows = block->rows,
        .vectors = run->vectors,
        .stride = block->stride,
        .words = block->words,
        .vector_first = target->vector_first,
        .vector_end = target->vector_end,
        .plane_first = (uint32_t)target->plane_first,
        .planes = target->planes,
        .angles = run->angles,
        .epsilons = run->n_epsilons,
        .fixed_scale = counter->fixed_scale,
    };
    struct gpu_range ranges[GPU_MAX_BINDINGS];
    counting_ranges(counter, block, target, block->quantised, ranges);
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &srm_count_dominant_kernel,
                                 .constants = {ROW_WORKGROUP, run->oblique},
                                 .n_constants = 2,
                                 .params = &params,
                                 .ranges = ranges,
                                 .n_groups = block->rows,
                             });
}

/* Loop rounds of the busiest invocation of the dominant kernel. A dominant coordinate has y² >= 63/127
 * epsilon² |x|², so in an orthonormal basis a row has at most 127/63 / epsilon² of them; each may hit all
 * four coordinates of each of an invocation's words, at two rounds a hit and nine for the arc of each
 * epsilon.
 */
static double dominant_rounds(const struct srm_counter *counter)
{
    double rounds_a_hit = 2 + 9 * counter->parameters.n_epsilons;
    uint32_t vectors = counter->parameters.vectors;
    double most = fmin(vectors, 127.0 / 63.0 * counter->quantise_scale / 127.0);
    return most * (double)base_divide_up(vectors, 4 * ROW_WORKGROUP) * (1 + 4 * rounds_a_hit);
}

/* Costs in units of a test of the tiles, which make rows · planes of them. On a processor (measured on
 * lavapipe with 8 lanes, where a test takes 0.12 ns) a hit of the dominant kernel costs far more than one of
 * the tiles: its additions are atomic and miss the cache. Elsewhere the difference has not been measured. */
struct dominant_costs {
    double a_word, a_pair, a_hit; /* of a row; of a dominant coordinate with another; beyond the tiles' own */
};

/* The dominant kernel tests (dominants · m) pairs where the tiles test (rows · planes). */
static bool dominants_pay(const struct gpu *gpu, const struct srm_counter *counter,
                          const struct srm_block *block, uint64_t planes)
{
    const struct dominant_costs costs = gpu_information(gpu)->type == GPU_CPU
                                            ? (struct dominant_costs){400, 17, 500}
                                            : (struct dominant_costs){0, 4, 0};
    if (counter->parameters.oblique || counter->quantise_scale == 0 ||
        dominant_rounds(counter) > MOST_LOOP_ROUNDS)
        return false;
    return costs.a_word * block->rows * block->words +
               costs.a_pair * block->dominants * counter->parameters.vectors +
               costs.a_hit * block->likely_hits <
           (double)block->rows * (double)planes;
}

const char *srm_method_name(const struct gpu *gpu, const struct srm_counter *counter,
                            const struct srm_block *block, uint64_t planes)
{
    return dominants_pay(gpu, counter, block, planes) ? "dominant" : "tiles";
}

enum base_status srm_target_add(struct gpu *gpu, const struct srm_counter *counter,
                                const struct srm_block *block, enum srm_method method,
                                struct srm_target *target)
{
    if (block->rows == 0 || target->planes == 0)
        return BASE_OK;
    if (target->listed)
        return srm_target_change(gpu, counter, block, 0, block->rows, SRM_ROWS_COME, target);
    if (method == SRM_METHOD_AUTOMATIC)
        method = dominants_pay(gpu, counter, block, srm_planes_count(counter->parameters.vectors))
                     ? SRM_METHOD_DOMINANT
                     : SRM_METHOD_TILES;
    return method == SRM_METHOD_DOMINANT ? add_by_dominants(gpu, counter, block, target)
                                         : add_by_tiles(gpu, counter, block, target);
}

enum base_status srm_target_finish(struct gpu *gpu, const struct srm_counter *counter,
                                   struct srm_target *target)
{
    uint32_t curves = target->planes * counter->parameters.n_epsilons;
    const struct srm_scan_params params = {curves, counter->parameters.angles, counter->parameters.difference,
                                           counter->parameters.mirrored};
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &srm_scan_kernel,
                 .constants = {SCAN_WORKGROUP},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(target->counts), gpu_whole(target->peaks)},
                 .n_groups = base_divide_up(curves, SCAN_WORKGROUP),
             });
}

enum base_status srm_target_statistics(struct gpu *gpu, const struct srm_counter *counter,
                                       const struct srm_target *target,
                                       struct srm_curve_statistics *statistics)
{
    size_t curves = (size_t)target->planes * counter->parameters.n_epsilons;
    uint32_t *words, peak_words = 2 * directions(counter);
    BASE_TRY(base_allocate(&words, curves, 4 * (SRM_STATS + peak_words), "curve statistics"));
    uint32_t *peaks = words + SRM_STATS * curves;
    enum base_status status = gpu_download(gpu, target->stats, 0, words, 4 * SRM_STATS * curves);
    if (status == BASE_OK)
        status = gpu_download(gpu, target->peaks, 0, peaks, 4 * peak_words * curves);
    for (size_t c = 0; c < curves && status == BASE_OK; c++) {
        const uint32_t *sums = words + SRM_STATS * c;
        statistics[c] = (struct srm_curve_statistics){
            .hits = sums[0],
            .cosine1 = (int32_t)sums[1],
            .cosine2 = (int32_t)sums[2],
            .cosine4 = (int32_t)sums[3],
            .sine1 = (int32_t)sums[4],
            .peak = (int32_t)peaks[2 * c],
            .peak_angle = peaks[2 * c + 1],
            .mirrored_angle = counter->parameters.mirrored ? peaks[2 * (curves + c) + 1] : 0,
        };
    }
    base_free(words);
    return status;
}

/* ---- sums over planes ---- */

uint64_t srm_sums_bytes(const struct srm_counter *counter)
{
    return curve_bytes(counter) * (6 + COUNT_BINS);
}

enum base_status srm_sums_create(struct gpu *gpu, const struct srm_counter *counter, struct srm_sums *sums)
{
    *sums = (struct srm_sums){0};
    enum base_status status;
    BASE_CHECK(gpu_buffer_create(gpu, "sums over planes", curve_bytes(counter) * 6, GPU_HOST, &sums->sums));
    BASE_CHECK(gpu_buffer_create(gpu, "density of curves", curve_bytes(counter) * COUNT_BINS, GPU_DEVICE,
                                 &sums->density));
    BASE_CHECK(gpu_fill(gpu, sums->sums, 0, gpu_buffer_bytes(sums->sums), 0));
    BASE_CHECK(gpu_fill(gpu, sums->density, 0, gpu_buffer_bytes(sums->density), 0));
    return BASE_OK;
error:
    srm_sums_destroy(gpu, sums);
    return status;
}

void srm_sums_destroy(struct gpu *gpu, struct srm_sums *sums)
{
    gpu_buffer_destroy(gpu, &sums->sums);
    gpu_buffer_destroy(gpu, &sums->density);
}

/* How accumulate.comp is cut. Elsewhere many workgroups share an angle and add atomically. A processor has
 * few lanes, and its atomic additions are dear: there an invocation takes all planes of its angles, in passes
 * whose counts stay in cache, and enough angles to use the lines of memory that it reads. */
struct sums_shape {
    uint32_t workgroup, parts, planes_a_group, planes_a_pass;
    bool shared;
};

static struct sums_shape sums_shape(const struct gpu *gpu, uint32_t planes)
{
    return gpu_information(gpu)->type == GPU_CPU ? (struct sums_shape){8, 6, 1024, 1024, false}
                                                 : (struct sums_shape){64, 1, 256, planes, true};
}

/* Planes [first, end) of one epsilon. */
static enum base_status accumulate(struct gpu *gpu, const struct srm_counter *counter,
                                   const struct srm_target *target, const struct sums_shape *shape,
                                   uint32_t epsilon, uint32_t first, uint32_t end, struct srm_sums *sums)
{
    const struct srm_accumulate_params params = {
        .planes = target->planes,
        .plane_first = first,
        .plane_end = end,
        .epsilon = epsilon,
        .angles = counter->parameters.angles,
        .difference = counter->parameters.difference,
        .mirrored = counter->parameters.mirrored,
        .planes_a_group = shape->planes_a_group,
        .skip_degenerate = target->geometry != NULL,
    };
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &srm_accumulate_kernel,
                 .constants = {shape->workgroup, shape->shared, shape->parts},
                 .n_constants = 3,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(target->counts), geometry_of(counter, target),
                                                gpu_whole(sums->sums), gpu_whole(sums->density)},
                 .n_groups = base_divide_up(params.angles, shape->workgroup * shape->parts) *
                             base_divide_up(end - first, shape->planes_a_group),
                 .group_work = (double)base_minimum(end - first, shape->planes_a_group),
             });
}

enum base_status srm_sums_add(struct gpu *gpu, const struct srm_counter *counter,
                              const struct srm_target *target, struct srm_sums *sums)
{
    const struct sums_shape shape = sums_shape(gpu, target->planes);
    for (uint32_t e = 0; e < counter->parameters.n_epsilons; e++)
        for (uint32_t first = 0, end; first < target->planes; first = end) {
            end = (uint32_t)base_minimum(target->planes, (uint64_t)first + shape.planes_a_pass);
            BASE_TRY(accumulate(gpu, counter, target, &shape, e, first, end, sums));
        }
    return BASE_OK;
}

static int32_t unbias(uint32_t value)
{
    return (int32_t)(value - 0x80000000u);
}

enum base_status srm_sums_read(struct gpu *gpu, const struct srm_counter *counter,
                               const struct srm_sums *sums, struct srm_angle_sums *out)
{
    uint32_t angles = counter->parameters.angles;
    uint32_t *words;
    BASE_TRY(base_allocate(&words, 1, gpu_buffer_bytes(sums->sums), "sums over planes"));
    enum base_status status = gpu_download(gpu, sums->sums, 0, words, gpu_buffer_bytes(sums->sums));
    for (uint32_t e = 0; e < counter->parameters.n_epsilons && status == BASE_OK; e++) {
        const uint32_t *part = words + (size_t)e * 6 * angles;
        for (uint32_t k = 0; k < angles; k++) {
            bool any = part[4 * angles + k] | part[5 * angles + k];
            out[e * angles + k] = (struct srm_angle_sums){
                .sum = (int64_t)((uint64_t)part[angles + k] << 32 | part[k]),
                .squares = (uint64_t)part[3 * angles + k] << 32 | part[2 * angles + k],
                .greatest = any ? unbias(part[4 * angles + k]) : 0,
                .least = any ? unbias(~part[5 * angles + k]) : 0,
            };
        }
    }
    base_free(words);
    return status;
}
