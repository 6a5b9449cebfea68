#include "base/memory.h"
#include "common/count_bins.h"
#include "srm/kernels.h"
#include "srm/live_state.h"
#include "srm/params.h"
#include "srm/threshold.h"

#include <math.h>
#include <string.h>

enum { WORKGROUP = 64, SUMS = 6 };

/* ---- memory ---- */

static uint64_t curve_bytes(const struct srm_live_parameters *parameters)
{
    return 4u * (uint64_t)parameters->angles;
}

uint64_t live_show_bytes(const struct srm_live_parameters *parameters)
{
    struct srm_counter one = {.parameters = {.angles = parameters->angles, .n_epsilons = 1}};
    return srm_target_bytes(&one, parameters->n_planes) + /* the typed epsilon's */
           parameters->n_planes * (curve_bytes(parameters) + 4) +
           curve_bytes(parameters) * (SUMS + COUNT_BINS + SRM_LIVE_CURVES) + 4u * SRM_EXTENTS * LIVE_EXTENTS +
           8u * (uint64_t)parameters->ring_rows;
}

enum base_status live_show_create(struct srm_live *live)
{
    struct gpu *gpu = live->gpu;
    struct srm_live_shown *shown = &live->shown;
    uint32_t planes = live->parameters.n_planes;
    uint64_t a_curve = curve_bytes(&live->parameters);
    *shown = (struct srm_live_shown){.angles = live->parameters.angles, .planes = planes};
    live->shown_version = UINT64_MAX;
    BASE_TRY(gpu_buffer_create(gpu, "counts shown", planes * a_curve, GPU_DEVICE, &shown->counts));
    BASE_TRY(gpu_buffer_create(gpu, "sums shown", SUMS * a_curve, GPU_DEVICE, &shown->sums));
    BASE_TRY(gpu_buffer_create(gpu, "curves shown", SRM_LIVE_CURVES * a_curve, GPU_DEVICE, &shown->curves));
    BASE_TRY(gpu_buffer_create(gpu, "density shown", COUNT_BINS * a_curve, GPU_DEVICE, &shown->density));
    BASE_TRY(gpu_buffer_create(gpu, "strength shown", 4u * (uint64_t)planes, GPU_DEVICE, &shown->strength));
    BASE_TRY(gpu_buffer_create(gpu, "no strength", 4, GPU_DEVICE, &live->no_strength));
    BASE_TRY(
        gpu_buffer_create(gpu, "extents shown", 4u * SRM_EXTENTS * LIVE_EXTENTS, GPU_HOST, &live->extents));
    /* Nothing is drawn before the first show but zeros. */
    struct gpu_buffer *const drawn[] = {shown->counts, shown->sums, shown->curves, shown->density,
                                        shown->strength};
    for (size_t i = 0; i < sizeof drawn / sizeof drawn[0]; i++)
        BASE_TRY(gpu_fill(gpu, drawn[i], 0, gpu_buffer_bytes(drawn[i]), 0));
    live->shown_target = (struct srm_target){
        .listed = true, .planes = planes, .geometry = live->target.geometry, .counts = shown->counts};
    live->sums = (struct srm_sums){.sums = shown->sums, .density = shown->density};
    return BASE_OK;
}

void live_show_destroy(struct srm_live *live)
{
    struct srm_live_shown *shown = &live->shown;
    struct gpu_buffer **const owned[] = {&shown->counts,  &shown->sums,     &shown->curves,
                                         &shown->density, &shown->strength, &live->extents,
                                         &live->xy,       &live->grid,      &live->no_strength};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        gpu_buffer_destroy(live->gpu, owned[i]);
}

/* ---- a show ---- */

static struct gpu_range geometry_of(const struct srm_live *live)
{
    return gpu_whole(live->target.geometry ? live->target.geometry : live->counter.no_geometry);
}

/* A processor's lanes are few, and each invocation adds up what the others before it found. */
static uint32_t scan_workgroup(const struct gpu *gpu)
{
    return gpu_information(gpu)->type == GPU_CPU ? 16 : WORKGROUP;
}

enum base_status live_cumulate(struct srm_live *live, const struct srm_target *from, uint32_t curves,
                               uint32_t together, uint32_t epsilon, struct gpu_buffer *counts,
                               struct gpu_buffer *strength)
{
    const struct srm_cumulate_params params = {
        .planes = curves,
        .angles = live->shown.angles,
        .first_curve = epsilon * curves * together,
        .together = together,
        .strengths = strength != NULL,
        .oblique = live->target.geometry != NULL,
        .fixed_scale = live->counter.fixed_scale,
    };
    return gpu_dispatch(
        live->gpu, &(struct gpu_dispatch_parameters){
                       .kernel = &srm_cumulate_kernel,
                       .constants = {scan_workgroup(live->gpu)},
                       .n_constants = 1,
                       .params = &params,
                       .ranges = (struct gpu_range[]){gpu_whole(from->counts), gpu_whole(from->stats),
                                                      geometry_of(live), gpu_whole(counts),
                                                      gpu_whole(strength ? strength : live->no_strength)},
                       .n_groups = curves,
                   });
}

static enum base_status summarise(struct srm_live *live, uint32_t report)
{
    const struct srm_summarise_params params = {
        .planes = live->shown.planes,
        .angles = live->shown.angles,
        .rows = live->held,
        .oblique = live->target.geometry != NULL,
        .controls = live->controls.n,
        .control_planes = live->controls.planes,
        .extents_first = report * SRM_EXTENTS,
    };
    return gpu_dispatch(
        live->gpu,
        &(struct gpu_dispatch_parameters){
            .kernel = &srm_summarise_kernel,
            .constants = {WORKGROUP},
            .n_constants = 1,
            .params = &params,
            .ranges =
                (struct gpu_range[]){
                    gpu_whole(live->shown.sums), gpu_whole(live->shown.strength), geometry_of(live),
                    gpu_whole(live->controls.counts ? live->controls.counts : live->counter.no_geometry),
                    gpu_whole(live->shown.curves), gpu_whole(live->extents), gpu_whole(live->shown.counts)},
            .n_groups = 1,
        });
}

/* Takes over what the device has finished: the newest of the reports that it has passed. */
static void look(struct srm_live *live)
{
    const uint32_t *words = gpu_map(live->extents);
    for (uint32_t back = 0; back < LIVE_EXTENTS; back++) {
        uint32_t at = (live->report + LIVE_EXTENTS - back) % LIVE_EXTENTS;
        const struct live_report *report = &live->reports[at];
        float values[SRM_EXTENTS];
        if (!report->mark || !gpu_passed(live->gpu, report->mark))
            continue;
        memcpy(values, words + (size_t)at * SRM_EXTENTS, sizeof values);
        live->latest = (struct srm_live_extents){
            .epsilon = report->epsilon,
            .rows = report->rows,
            .planes = words[(size_t)at * SRM_EXTENTS + SRM_EXTENT_PLANES],
            .mean_high = values[SRM_EXTENT_MEAN],
            .band_high = values[SRM_EXTENT_BAND],
            .greatest = values[SRM_EXTENT_GREATEST],
            .control_high = values[SRM_EXTENT_CONTROL],
            .strength_low = values[SRM_EXTENT_STRENGTH],
            .strength_high = values[SRM_EXTENT_STRENGTHS],
            .peak_plane = words[(size_t)at * SRM_EXTENTS + SRM_EXTENT_PEAK] / live->shown.angles,
            .peak_angle = words[(size_t)at * SRM_EXTENTS + SRM_EXTENT_PEAK] % live->shown.angles,
        };
        live->known = true;
        for (; back < LIVE_EXTENTS; back++)
            live->reports[(live->report + LIVE_EXTENTS - back) % LIVE_EXTENTS].mark = 0;
    }
}

/* A place that the device no longer writes. With all of them on their way the newest is written again: its
 * mark then is that of the later show. */
static uint32_t next_report(struct srm_live *live)
{
    look(live);
    uint32_t next = (live->report + 1) % LIVE_EXTENTS;
    return live->reports[next].mark ? live->report : next;
}

static enum base_status count_typed(struct srm_live *live, double epsilon)
{
    double *kept = (double *)(uintptr_t)live->typed.parameters.epsilons;
    if (live->typed_current && *kept == epsilon)
        return BASE_OK;
    struct srm_threshold threshold = srm_threshold_make(epsilon);
    const float words[2] = {threshold.epsilon2, (float)threshold.sign};
    *kept = epsilon;
    BASE_TRY(gpu_upload(live->gpu, live->typed.thresholds, 0, words, sizeof words));
    BASE_TRY(live_recount(live, &live->typed, &live->typed_target));
    BASE_TRY(live_control_recount_typed(live));
    live->typed_current = true;
    return BASE_OK;
}

enum base_status srm_live_show(struct srm_live *live, double epsilon)
{
    struct srm_live_shown *shown = &live->shown;
    uint32_t e = srm_live_nearest(epsilon);
    bool of_grid = fabs(srm_live_epsilon(e) - epsilon) <= 1e-9;
    if (!(epsilon >= -1 && epsilon <= 1))
        return base_fail(BASE_ERROR_USAGE, "epsilon is %g; it is a cosine, from -1 to 1", epsilon);
    if (of_grid)
        epsilon = srm_live_epsilon(e);
    if (live->busy || (live->shown_version == live->version && shown->epsilon == epsilon))
        return BASE_OK;
    if (of_grid)
        live->typed_current = false;
    else
        BASE_TRY(count_typed(live, epsilon));
    BASE_TRY(live_cumulate(live, of_grid ? &live->target : &live->typed_target, shown->planes, 1,
                           of_grid ? e : 0, shown->counts, shown->strength));
    BASE_TRY(live_control_cumulate(live, !of_grid, e));
    BASE_TRY(gpu_fill(live->gpu, shown->sums, 0, gpu_buffer_bytes(shown->sums), 0));
    BASE_TRY(gpu_fill(live->gpu, shown->density, 0, gpu_buffer_bytes(shown->density), 0));
    BASE_TRY(srm_sums_add(live->gpu, &live->typed, &live->shown_target, &live->sums));
    uint32_t report = next_report(live);
    BASE_TRY(summarise(live, report));
    live->report = report;
    live->reports[report] = (struct live_report){gpu_mark(live->gpu), epsilon, live->held};
    live->shown_version = live->version;
    shown->epsilon = epsilon;
    shown->rows = live->held;
    return BASE_OK;
}

const struct srm_live_shown *srm_live_shown(const struct srm_live *live)
{
    return &live->shown;
}

bool srm_live_extents(struct srm_live *live, struct srm_live_extents *extents)
{
    look(live);
    *extents = live->latest;
    return live->known;
}

void srm_live_forget(struct srm_live *live)
{
    for (uint32_t r = 0; r < LIVE_EXTENTS; r++)
        live->reports[r].mark = 0;
    live->latest = (struct srm_live_extents){0};
    live->known = false;
}

/* ---- one plane's cloud ---- */

static enum base_status cloud_buffers(struct srm_live *live, uint32_t cells)
{
    if (!live->xy)
        BASE_TRY(gpu_buffer_create(live->gpu, "cloud", 8u * (uint64_t)live->parameters.ring_rows, GPU_DEVICE,
                                   &live->xy));
    if (live->grid && live->grid_cells == cells)
        return BASE_OK;
    gpu_buffer_destroy(live->gpu, &live->grid);
    live->grid_cells = cells;
    return gpu_buffer_create(live->gpu, "density of the cloud", 4u * (uint64_t)cells * cells, GPU_DEVICE,
                             &live->grid);
}

enum base_status srm_live_cloud(struct srm_live *live, uint32_t position, uint32_t cells, double reach,
                                struct srm_live_cloud *cloud)
{
    if (position >= live->shown.planes || cells < 1 || cells > 4096 || !(reach > 0))
        return base_fail(BASE_ERROR_INTERNAL, "srm_live_cloud: plane %u, %u cells, reach %g", position, cells,
                         reach);
    if (live->busy && live->cloud.xy) {
        *cloud = live->cloud;
        return BASE_OK;
    }
    BASE_TRY(cloud_buffers(live, cells));
    const struct srm_cloud_params params = {
        .rows = live->held,
        .stride = live->ring.stride,
        .plane = position,
        .oblique = live->target.geometry != NULL,
        .cells = cells,
        .reach = (float)reach,
    };
    BASE_TRY(gpu_fill(live->gpu, live->grid, 0, gpu_buffer_bytes(live->grid), 0));
    BASE_TRY(gpu_dispatch(
        live->gpu,
        &(struct gpu_dispatch_parameters){
            .kernel = &srm_cloud_kernel,
            .constants = {WORKGROUP},
            .n_constants = 1,
            .params = &params,
            .ranges = (struct gpu_range[]){gpu_whole(live->target.list), gpu_whole(live->ring.coordinates),
                                           gpu_whole(live->ring.norms), geometry_of(live),
                                           gpu_whole(live->xy), gpu_whole(live->grid)},
            .n_groups = base_divide_up(live->held, WORKGROUP),
        }));
    live->cloud = (struct srm_live_cloud){
        .position = position,
        .points = live->held,
        .xy = live->xy,
        .grid = live->grid,
        .cells = cells,
        .reach = reach,
    };
    *cloud = live->cloud;
    return BASE_OK;
}
