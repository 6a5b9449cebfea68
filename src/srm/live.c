#include "srm/live.h"

#include "base/memory.h"
#include "srm/angles.h"
#include "srm/live_state.h"

#include <math.h>
#include <string.h>

double srm_live_epsilon(uint32_t e)
{
    return (5 + e) / 100.0; /* the double that "0.37" is read as: both are rounded once */
}

uint32_t srm_live_nearest(double epsilon)
{
    double place = nearbyint(epsilon * 100 - 5);
    return place > 0 ? (uint32_t)fmin(place, SRM_LIVE_EPSILONS - 1) : 0; /* NaN: 0 */
}

/* ---- memory ---- */

static uint64_t rows_bytes(const struct srm_live_parameters *parameters)
{
    return parameters->ring_rows * (4u * (uint64_t)srm_stride(parameters->width) + 8);
}

/* With coordinates of the rows, which in the standard basis are the rows themselves. */
static uint64_t basis_bytes(const struct srm_live_parameters *parameters)
{
    uint64_t a_vector = 8u * (uint64_t)srm_stride(parameters->width) + 8;
    return parameters->standard
               ? 0
               : srm_stride(parameters->vectors) * (a_vector + 4u * (uint64_t)parameters->ring_rows);
}

static uint64_t bytes_for(const struct srm_live_parameters *parameters, uint32_t planes)
{
    struct srm_live_parameters like = *parameters;
    like.n_planes = planes;
    struct srm_counter counter = {
        .parameters = {.angles = parameters->angles, .n_epsilons = SRM_LIVE_EPSILONS}};
    return rows_bytes(parameters) + basis_bytes(parameters) + srm_target_bytes(&counter, planes) +
           live_show_bytes(&like) + live_control_bytes(&like);
}

uint64_t srm_live_bytes(const struct gpu *gpu, const struct srm_live_parameters *parameters)
{
    (void)gpu;
    return bytes_for(parameters, parameters->n_planes);
}

enum base_status srm_live_plan(const struct srm_live_parameters *parameters, struct gpu_plan *plan)
{
    uint64_t stride = srm_stride(parameters->width), vectors = srm_stride(parameters->vectors);
    uint64_t basis = basis_bytes(parameters), control = live_control_bytes(parameters);
    uint64_t counts = 4u * (uint64_t)SRM_LIVE_EPSILONS * parameters->angles * parameters->n_planes;
    BASE_TRY(gpu_plan_add_several(plan, "recent rows", rows_bytes(parameters),
                                  4 * stride * parameters->ring_rows));
    BASE_TRY(gpu_plan_add_several(
        plan, "counts of planes",
        bytes_for(parameters, parameters->n_planes) - rows_bytes(parameters) - basis - control, counts));
    if (basis > 0)
        BASE_TRY(gpu_plan_add_several(plan, "basis and coordinates", basis,
                                      4 * vectors * base_maximum(stride, parameters->ring_rows)));
    return control > 0 ? gpu_plan_add_several(plan, "rotations of the control", control,
                                              live_control_largest_bytes(parameters))
                       : BASE_OK;
}

uint32_t srm_live_most_controls(const struct gpu *gpu, const struct srm_live_parameters *parameters,
                                uint64_t bytes)
{
    struct srm_live_parameters like = *parameters;
    while (like.n_controls > 0 && (srm_live_bytes(gpu, &like) > bytes ||
                                   live_control_largest_bytes(&like) > gpu_largest_buffer(gpu)))
        like.n_controls--;
    return like.n_controls;
}

uint32_t srm_live_most_planes(const struct gpu *gpu, const struct srm_live_parameters *parameters,
                              uint64_t bytes)
{
    uint64_t curves = 4u * (uint64_t)SRM_LIVE_EPSILONS * parameters->angles;
    uint32_t fits = 0;
    uint32_t too_many =
        (uint32_t)base_minimum(gpu_capabilities(gpu)->storage_range_bytes / curves, 1u << 20) + 1;
    while (too_many - fits > 1) {
        uint32_t middle = fits + (too_many - fits) / 2;
        if (bytes_for(parameters, middle) <= bytes)
            fits = middle;
        else
            too_many = middle;
    }
    return fits;
}

/* ---- creation ---- */

static enum base_status check(const struct gpu *gpu, const struct srm_live_parameters *parameters)
{
    uint64_t widest =
        srm_stride(parameters->width > parameters->vectors ? parameters->width : parameters->vectors);
    uint64_t most = gpu_capabilities(gpu)->storage_range_bytes;
    if (parameters->angles < SRM_MIN_ANGLES || parameters->angles > SRM_MAX_ANGLES ||
        parameters->n_planes < 1 || parameters->ring_rows < 1 || parameters->width < 1 ||
        ((parameters->orthonormal || parameters->standard) && parameters->vectors > parameters->width))
        return base_fail(BASE_ERROR_INTERNAL, "srm_live_create: %u planes, %u rows, %u angles, %u of %u",
                         parameters->n_planes, parameters->ring_rows, parameters->angles, parameters->vectors,
                         parameters->width);
    for (uint32_t p = 0; p < parameters->n_planes; p++)
        if (parameters->planes[p].i >= parameters->planes[p].j ||
            parameters->planes[p].j >= parameters->vectors)
            return base_fail(BASE_ERROR_INTERNAL, "srm_live_create: plane %u is (%u, %u) of %u vectors", p,
                             parameters->planes[p].i, parameters->planes[p].j, parameters->vectors);
    if (parameters->ring_rows > most / (4 * widest))
        return base_fail(BASE_ERROR_DEVICE_MEMORY,
                         "%u recent rows of %llu numbers do not fit one binding of this device (%llu bytes); "
                         "keep fewer rows",
                         parameters->ring_rows, (unsigned long long)widest, (unsigned long long)most);
    uint32_t planes = srm_live_most_planes(gpu, parameters, UINT64_MAX);
    if (parameters->n_planes > planes)
        return base_fail(BASE_ERROR_DEVICE_MEMORY,
                         "%u planes of %u angles at %u epsilons do not fit one binding of this device, which "
                         "takes %u; show fewer planes",
                         parameters->n_planes, parameters->angles, SRM_LIVE_EPSILONS, planes);
    return BASE_OK;
}

static enum base_status create_ring(struct srm_live *live)
{
    const struct srm_live_parameters *parameters = &live->parameters;
    live->ring = (struct srm_block){
        .capacity = parameters->ring_rows,
        .width = parameters->width,
        .vectors = parameters->vectors,
        .stride = srm_stride(parameters->width),
        .standard = true,
    };
    BASE_TRY(gpu_buffer_create(live->gpu, "recent rows",
                               4u * (uint64_t)parameters->ring_rows * live->ring.stride, GPU_DEVICE,
                               &live->ring.prepared));
    live->ring.coordinates = live->ring.prepared;
    return gpu_buffer_create(live->gpu, "norms of recent rows", 8u * (uint64_t)parameters->ring_rows,
                             GPU_DEVICE, &live->ring.norms);
}

/* Geometry of the standard basis; planes with a vector beyond the width span nothing. */
static enum base_status create_targets(struct srm_live *live, const struct srm_plane *planes)
{
    const struct srm_live_parameters *parameters = &live->parameters;
    double epsilons[SRM_LIVE_EPSILONS];
    struct srm_counter_parameters counter = {
        .vectors = parameters->vectors,
        .angles = parameters->angles,
        .epsilons = epsilons,
        .n_epsilons = SRM_LIVE_EPSILONS,
        .oblique = !parameters->orthonormal,
        .total_rows = parameters->ring_rows,
    };
    for (uint32_t e = 0; e < SRM_LIVE_EPSILONS; e++)
        epsilons[e] = srm_live_epsilon(e);
    float *geometry;
    enum base_status status;
    BASE_TRY(base_allocate(&geometry, parameters->n_planes, 8, "geometry of planes"));
    for (uint32_t p = 0; p < parameters->n_planes; p++)
        geometry[2 * p + 1] = planes[p].j < parameters->width ? 1.0f : 0.0f;
    BASE_CHECK(srm_counter_create(live->gpu, &counter, &live->counter));
    BASE_CHECK(srm_target_create_list(live->gpu, &live->counter, planes, parameters->n_planes, geometry,
                                      &live->target));
    counter.n_epsilons = 1;
    BASE_CHECK(srm_counter_create(live->gpu, &counter, &live->typed));
    BASE_CHECK(srm_target_create_list(live->gpu, &live->typed, planes, parameters->n_planes, geometry,
                                      &live->typed_target));
    /* Both look at the geometry of one. */
    gpu_buffer_destroy(live->gpu, &live->typed_target.geometry);
    live->typed_target.geometry = live->target.geometry;
error:
    base_free(geometry);
    return status;
}

enum base_status srm_live_create(struct gpu *gpu, const struct srm_live_parameters *parameters,
                                 struct srm_live **out)
{
    *out = NULL;
    BASE_TRY(check(gpu, parameters));
    struct srm_live *live;
    enum base_status status;
    BASE_TRY(base_allocate(&live, 1, sizeof *live, "live resonance"));
    live->gpu = gpu;
    live->parameters = *parameters;
    live->parameters.planes = NULL;
    BASE_CHECK(base_allocate(&live->planes, parameters->n_planes, sizeof *live->planes, "planes"));
    memcpy(live->planes, parameters->planes, parameters->n_planes * sizeof *live->planes);
    BASE_CHECK(create_ring(live));
    BASE_CHECK(create_targets(live, parameters->planes));
    BASE_CHECK(live_show_create(live));
    BASE_CHECK(live_control_create(live));
    if (parameters->vectors > parameters->width)
        BASE_CHECK(srm_live_set_basis(live, NULL));
    *out = live;
    return BASE_OK;
error:
    srm_live_destroy(&live);
    return status;
}

void srm_live_destroy(struct srm_live **handle)
{
    struct srm_live *live = *handle;
    if (!live)
        return;
    struct gpu *gpu = live->gpu;
    live_show_destroy(live);
    live_control_destroy(live);
    live->typed_target.geometry = NULL;
    srm_target_destroy(gpu, &live->typed_target);
    srm_target_destroy(gpu, &live->target);
    srm_counter_destroy(gpu, &live->typed);
    srm_counter_destroy(gpu, &live->counter);
    srm_block_destroy(gpu, &live->ring);
    gpu_buffer_destroy(gpu, &live->directions);
    gpu_buffer_destroy(gpu, &live->vectors);
    gpu_buffer_destroy(gpu, &live->squares);
    base_free(live->planes);
    base_free(live);
    *handle = NULL;
}
