#include "srm/walk.h"

#include "base/memory.h"
#include "srm/kernels.h"
#include "srm/params.h"

#include <math.h>
#include <string.h>

enum { WORKGROUP = 64, RADIUS_BINS = 2048 };

static enum base_status create_filled(struct gpu *gpu, const char *name, const void *data, uint64_t bytes,
                                      struct gpu_buffer **out)
{
    BASE_TRY(gpu_buffer_create(gpu, name, bytes, GPU_DEVICE, out));
    return data ? gpu_upload(gpu, *out, 0, data, bytes) : gpu_fill(gpu, *out, 0, bytes, 0);
}

static enum base_status upload_geometry(struct gpu *gpu, const struct srm_pair *pairs, uint32_t n,
                                        struct gpu_buffer **out)
{
    struct srm_pair_constants *geometry;
    BASE_TRY(base_allocate(&geometry, n, sizeof *geometry, "geometry of planes"));
    for (uint32_t p = 0; p < n; p++)
        geometry[p] = srm_pair_constants(pairs[p]);
    enum base_status status = create_filled(gpu, "geometry", geometry, n * sizeof *geometry, out);
    base_free(geometry);
    return status;
}

/* ---- how rows lie to the axes ---- */

static enum base_status measure_axes(struct gpu *gpu, const struct srm_block *block,
                                     struct gpu_buffer *moments)
{
    const struct srm_axis_params params = {block->rows, block->vectors, block->stride};
    return gpu_dispatch(gpu, &(struct gpu_dispatch_parameters){
                                 .kernel = &srm_axis_kernel,
                                 .constants = {WORKGROUP},
                                 .n_constants = 1,
                                 .params = &params,
                                 .ranges = (struct gpu_range[]){gpu_whole(block->coordinates),
                                                                gpu_whole(block->norms), gpu_whole(moments)},
                                 .n_groups = base_divide_up(block->rows, WORKGROUP),
                             });
}

static void add_axes(const float (*moments)[4], uint32_t rows, struct srm_axis_means *sums)
{
    for (uint32_t r = 0; r < rows; r++) {
        if (moments[r][0] < 0)
            continue;
        sums->kurtosis += moments[r][0];
        sums->kurtosis_uncentred += moments[r][1];
        sums->axis_cosine += moments[r][2];
        sums->participation += moments[r][3];
        sums->rows++;
    }
}

enum base_status srm_walk_axes(struct gpu *gpu, struct srm_stream *stream, struct srm_axis_means *means)
{
    *means = (struct srm_axis_means){0};
    struct gpu_buffer *moments = NULL;
    float(*host)[4] = NULL;
    uint32_t capacity = stream->block.capacity;
    enum base_status status;
    BASE_CHECK(base_allocate(&host, capacity, sizeof *host, "axis measures"));
    BASE_CHECK(gpu_buffer_create(gpu, "axis measures", 16u * (uint64_t)capacity, GPU_HOST, &moments));
    for (uint32_t b = 0; b < stream->blocks; b++) {
        BASE_CHECK(srm_stream_load(gpu, stream, b));
        if (stream->block.rows == 0)
            continue;
        BASE_CHECK(measure_axes(gpu, &stream->block, moments));
        BASE_CHECK(gpu_download(gpu, moments, 0, host, 16u * (uint64_t)stream->block.rows));
        add_axes((const float(*)[4])host, stream->block.rows, means);
    }
    double share = means->rows ? 1 / (double)means->rows : 0;
    means->kurtosis *= share;
    means->kurtosis_uncentred *= share;
    means->axis_cosine *= share;
    means->participation *= share;
error:
    gpu_buffer_destroy(gpu, &moments);
    base_free(host);
    return status;
}

/* ---- projection onto planes ---- */

struct projection {
    const struct srm_counter *counter;
    struct srm_stream *stream;
    uint32_t n_pairs;
    struct gpu_buffer *planes, *geometry;
};

/* One walk: cells == 0 bins the radii into `target`, else the points into a grid. */
static enum base_status project(struct gpu *gpu, const struct projection *p, uint32_t cells, double reach,
                                struct gpu_buffer *target)
{
    for (uint32_t b = 0; b < p->stream->blocks; b++) {
        BASE_TRY(srm_stream_load(gpu, p->stream, b));
        const struct srm_block *block = &p->stream->block;
        const struct srm_project_params params = {block->rows, block->stride, p->n_pairs, cells,
                                                  (float)reach};
        BASE_TRY(gpu_dispatch(
            gpu,
            &(struct gpu_dispatch_parameters){
                .kernel = &srm_project_kernel,
                .constants = {WORKGROUP},
                .n_constants = 1,
                .params = &params,
                .ranges = (struct gpu_range[]){gpu_whole(p->planes), gpu_whole(block->coordinates),
                                               gpu_whole(block->norms), gpu_whole(p->counter->thresholds),
                                               gpu_whole(p->geometry), gpu_whole(target)},
                .n_groups = base_divide_up((uint64_t)block->rows * p->n_pairs, WORKGROUP),
            }));
    }
    return BASE_OK;
}

/* The upper edge of the first bin at which 99.5 % of the points are within; bins as in project.comp. */
static double reach_of(const uint32_t bins[RADIUS_BINS], uint64_t *points)
{
    uint64_t all = 0, within = 0;
    for (int b = 0; b < RADIUS_BINS; b++)
        all += bins[b];
    *points = all;
    for (int b = 0; b < RADIUS_BINS && all > 0; b++) {
        within += bins[b];
        if ((double)within >= 0.995 * (double)all)
            return exp2((b + 1) / 8.0 - 128);
    }
    return 0;
}

enum base_status srm_walk_projection(struct gpu *gpu, const struct srm_counter *counter,
                                     struct srm_stream *stream, const struct srm_pair *pairs,
                                     uint32_t n_pairs, uint32_t cells, struct gpu_buffer **grid,
                                     double *reach, uint64_t *points)
{
    struct projection p = {.counter = counter, .stream = stream, .n_pairs = n_pairs};
    struct gpu_buffer *radii = NULL;
    uint32_t bins[RADIUS_BINS], (*planes)[2] = NULL;
    enum base_status status;
    *grid = NULL;
    *reach = 0;
    *points = 0;
    BASE_CHECK(create_filled(gpu, "projection", NULL, 4u * (uint64_t)cells * cells, grid));
    if (n_pairs == 0)
        return BASE_OK;
    BASE_CHECK(base_allocate(&planes, n_pairs, sizeof *planes, "planes of the projection"));
    for (uint32_t i = 0; i < n_pairs; i++) {
        planes[i][0] = pairs[i].i;
        planes[i][1] = pairs[i].j;
    }
    BASE_CHECK(create_filled(gpu, "planes of the projection", planes, n_pairs * sizeof *planes, &p.planes));
    BASE_CHECK(upload_geometry(gpu, pairs, n_pairs, &p.geometry));
    BASE_CHECK(create_filled(gpu, "radii", NULL, sizeof bins, &radii));
    BASE_CHECK(project(gpu, &p, 0, 0, radii));
    BASE_CHECK(gpu_download(gpu, radii, 0, bins, sizeof bins));
    *reach = reach_of(bins, points);
    if (*reach > 0)
        BASE_CHECK(project(gpu, &p, cells, *reach, *grid));
error:
    if (status != BASE_OK)
        gpu_buffer_destroy(gpu, grid);
    gpu_buffer_destroy(gpu, &radii);
    gpu_buffer_destroy(gpu, &p.planes);
    gpu_buffer_destroy(gpu, &p.geometry);
    base_free(planes);
    return status;
}

/* ---- the rows behind a peak ---- */

struct cone_search {
    struct gpu_buffer *choices, *geometry, *closeness;
    float *host; /* [n_cones, capacity] */
};

static enum base_status measure_closeness(struct gpu *gpu, const struct srm_counter *counter,
                                          const struct srm_block *block, const struct cone_search *search,
                                          uint32_t n_cones)
{
    const struct srm_members_params params = {block->rows, block->stride, n_cones,
                                              counter->parameters.angles};
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &srm_members_kernel,
                 .constants = {WORKGROUP},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(search->choices), gpu_whole(block->coordinates),
                                                gpu_whole(block->norms), gpu_whole(counter->table),
                                                gpu_whole(counter->thresholds), gpu_whole(search->geometry),
                                                gpu_whole(search->closeness)},
                 .n_groups = base_divide_up((uint64_t)block->rows * n_cones, WORKGROUP),
             });
}

/* Keeps members[each] sorted, nearest first. Rows come in ascending order, so an equal one stays behind. */
static void insert_member(struct srm_member *members, uint32_t each, struct srm_member new_one)
{
    uint32_t place = each;
    while (place > 0 && (members[place - 1].row == UINT64_MAX || members[place - 1].cosine < new_one.cosine))
        place--;
    if (place == each)
        return;
    memmove(members + place + 1, members + place, (each - place - 1) * sizeof *members);
    members[place] = new_one;
}

static void take_members(const struct srm_stream *stream, const float *closeness, uint32_t each,
                         struct srm_member *members, uint64_t *total)
{
    for (uint32_t r = 0; r < stream->block.rows; r++) {
        if (closeness[r] < -1.5f) /* outside: see members.comp */
            continue;
        ++*total;
        double cosine = copysign(sqrt(fabs((double)closeness[r])), (double)closeness[r]);
        insert_member(members, each, (struct srm_member){stream->numbers[r], cosine});
    }
}

static enum base_status create_search(struct gpu *gpu, const struct srm_cone *cones, uint32_t n_cones,
                                      uint32_t capacity, struct cone_search *search)
{
    uint32_t(*choices)[4] = NULL;
    struct srm_pair *pairs = NULL;
    enum base_status status;
    BASE_CHECK(base_allocate(&choices, n_cones, sizeof *choices, "cones"));
    BASE_CHECK(base_allocate(&pairs, n_cones, sizeof *pairs, "cones"));
    for (uint32_t c = 0; c < n_cones; c++) {
        const uint32_t choice[4] = {cones[c].pair.i, cones[c].pair.j, cones[c].angle, cones[c].epsilon};
        memcpy(choices[c], choice, sizeof choice);
        pairs[c] = cones[c].pair;
    }
    BASE_CHECK(create_filled(gpu, "cones", choices, n_cones * sizeof *choices, &search->choices));
    BASE_CHECK(upload_geometry(gpu, pairs, n_cones, &search->geometry));
    BASE_CHECK(
        gpu_buffer_create(gpu, "closeness", 4u * (uint64_t)n_cones * capacity, GPU_HOST, &search->closeness));
    BASE_CHECK(base_allocate(&search->host, (size_t)n_cones * capacity, sizeof *search->host, "closeness"));
error:
    base_free(choices);
    base_free(pairs);
    return status;
}

enum base_status srm_walk_members(struct gpu *gpu, const struct srm_counter *counter,
                                  struct srm_stream *stream, const struct srm_cone *cones, uint32_t n_cones,
                                  uint32_t each, struct srm_member *members, uint64_t *totals)
{
    for (size_t m = 0; m < (size_t)n_cones * each; m++)
        members[m] = (struct srm_member){UINT64_MAX, 0};
    memset(totals, 0, n_cones * sizeof *totals);
    if (n_cones == 0)
        return BASE_OK;
    struct cone_search search = {0};
    enum base_status status;
    BASE_CHECK(create_search(gpu, cones, n_cones, stream->block.capacity, &search));
    for (uint32_t b = 0; b < stream->blocks; b++) {
        BASE_CHECK(srm_stream_load(gpu, stream, b));
        uint32_t rows = stream->block.rows;
        if (rows == 0)
            continue;
        BASE_CHECK(measure_closeness(gpu, counter, &stream->block, &search, n_cones));
        BASE_CHECK(gpu_download(gpu, search.closeness, 0, search.host, 4u * (uint64_t)n_cones * rows));
        for (uint32_t c = 0; c < n_cones; c++)
            take_members(stream, search.host + (size_t)c * rows, each, members + (size_t)c * each,
                         &totals[c]);
    }
error:
    gpu_buffer_destroy(gpu, &search.choices);
    gpu_buffer_destroy(gpu, &search.geometry);
    gpu_buffer_destroy(gpu, &search.closeness);
    base_free(search.host);
    return status;
}
