#include "base/memory.h"
#include "linalg/matmul.h"
#include "srm/live_state.h"
#include "srm/rotation.h"

#include <math.h>

/* The rotations of live resonance. Only the mean over the planes of each is drawn, so only sums over planes
 * are counted, in GROUPS parts, so that more than one workgroup has something to do. */
enum { GROUPS = 8, MOST_PLANES = 1024 };

/* Planes of a rotation: as many as there are in the basis, where the width has them; the sums must stay below
 * 2^32. */
static uint32_t planes_of(const struct srm_live_parameters *parameters)
{
    uint64_t most = base_minimum(srm_planes_count(parameters->width),
                                 UINT32_MAX / base_maximum(parameters->ring_rows, 1));
    return (uint32_t)base_minimum(base_minimum(parameters->n_planes, MOST_PLANES), most);
}

/* The fewest vectors with that many pairs. */
static uint32_t vectors_of(uint32_t planes)
{
    uint32_t vectors = 2;
    while (srm_planes_count(vectors) < planes)
        vectors++;
    return vectors;
}

static uint32_t rotations_of(const struct srm_live_parameters *parameters)
{
    return planes_of(parameters) ? parameters->n_controls : 0;
}

uint64_t live_control_bytes(const struct srm_live_parameters *parameters)
{
    struct srm_counter both = {
        .parameters = {.angles = parameters->angles, .n_epsilons = SRM_LIVE_EPSILONS + 1}};
    uint32_t n = rotations_of(parameters), planes = planes_of(parameters);
    uint64_t vectors = srm_stride(n * vectors_of(planes));
    if (n == 0)
        return 0;
    return 4 * vectors * (srm_stride(parameters->width) + (uint64_t)parameters->ring_rows) +
           srm_target_bytes(&both, n * GROUPS) + 16u * (uint64_t)n * (planes + GROUPS) +
           4u * (uint64_t)n * parameters->angles;
}

uint64_t live_control_largest_bytes(const struct srm_live_parameters *parameters)
{
    uint32_t n = rotations_of(parameters);
    uint64_t vectors = n ? srm_stride(n * vectors_of(planes_of(parameters))) : 0;
    return 4 * vectors * base_maximum(srm_stride(parameters->width), parameters->ring_rows);
}

/* ---- creation ---- */

static enum base_status draw_directions(struct srm_live *live)
{
    struct live_controls *controls = &live->controls;
    uint32_t width = live->parameters.width, stride = srm_stride(width);
    uint64_t bytes = 4u * (uint64_t)srm_stride(controls->n * controls->vectors) * stride;
    double *frame = NULL;
    float *rows = NULL;
    enum base_status status;
    BASE_CHECK(base_allocate(&frame, (size_t)controls->vectors * width, sizeof *frame, "a rotation"));
    BASE_CHECK(base_allocate(&rows, bytes, 1, "rotations"));
    for (uint32_t c = 0; c < controls->n; c++) {
        float *out = rows + (size_t)c * controls->vectors * stride;
        BASE_CHECK(srm_rotation_frame(live->parameters.seed, c, controls->vectors, width, frame));
        for (uint32_t v = 0; v < controls->vectors; v++)
            for (uint32_t i = 0; i < width; i++)
                out[(size_t)v * stride + i] = (float)frame[(size_t)v * width + i];
    }
    BASE_CHECK(gpu_buffer_create(live->gpu, "rotations", bytes, GPU_DEVICE, &controls->directions));
    BASE_CHECK(gpu_upload(live->gpu, controls->directions, 0, rows, bytes));
error:
    base_free(frame);
    base_free(rows);
    return status;
}

/* pairs[n, GROUPS, together]: plane p of a rotation belongs to part p % GROUPS. */
static void list_pairs(const struct live_controls *controls, uint32_t together, struct srm_plane *pairs)
{
    for (uint32_t c = 0; c < controls->n; c++)
        for (uint32_t p = 0; p < controls->planes; p++) {
            struct srm_plane plane = srm_planes_of_index(controls->vectors, p);
            uint32_t first = c * controls->vectors;
            pairs[((size_t)c * GROUPS + p % GROUPS) * together + p / GROUPS] =
                (struct srm_plane){first + plane.i, first + plane.j};
        }
}

/* The counters' epsilons and tables, for orthonormal vectors whatever the basis is. */
static struct srm_counter flat(const struct srm_counter *counter)
{
    struct srm_counter copy = *counter;
    copy.parameters.oblique = false;
    return copy;
}

static enum base_status create_targets(struct srm_live *live)
{
    struct live_controls *controls = &live->controls;
    uint32_t curves = controls->n * GROUPS;
    uint32_t together = (uint32_t)base_divide_up(controls->planes, GROUPS);
    struct srm_counter grid = flat(&live->counter), typed = flat(&live->typed);
    struct srm_plane *pairs;
    BASE_TRY(base_allocate(&pairs, (size_t)curves * together, sizeof *pairs, "planes of rotations"));
    list_pairs(controls, together, pairs);
    enum base_status status =
        srm_target_create_sums(live->gpu, &grid, pairs, curves, together, &controls->target);
    if (status == BASE_OK)
        status = srm_target_create_sums(live->gpu, &typed, pairs, curves, together, &controls->typed_target);
    base_free(pairs);
    return status;
}

enum base_status live_control_create(struct srm_live *live)
{
    struct live_controls *controls = &live->controls;
    const struct srm_live_parameters *parameters = &live->parameters;
    controls->n = rotations_of(parameters);
    if (controls->n == 0)
        return BASE_OK;
    controls->planes = planes_of(parameters);
    controls->vectors = vectors_of(controls->planes);
    uint32_t stride = srm_stride(controls->n * controls->vectors);
    controls->ring = (struct srm_block){.capacity = parameters->ring_rows,
                                        .width = parameters->width,
                                        .vectors = controls->n * controls->vectors,
                                        .stride = stride,
                                        .prepared = live->ring.prepared,
                                        .norms = live->ring.norms};
    uint64_t bytes = 4u * (uint64_t)parameters->ring_rows * stride;
    if (live_control_largest_bytes(parameters) > gpu_largest_buffer(live->gpu))
        return base_fail(
            BASE_ERROR_DEVICE_MEMORY,
            "%u rotations of rows of %u values do not fit one binding of this device; take fewer "
            "rotations or recent rows",
            controls->n, parameters->width);
    BASE_TRY(draw_directions(live));
    BASE_TRY(
        gpu_buffer_create(live->gpu, "rows in rotations", bytes, GPU_DEVICE, &controls->ring.coordinates));
    BASE_TRY(gpu_buffer_create(live->gpu, "counts of rotations",
                               4u * (uint64_t)controls->n * parameters->angles, GPU_DEVICE,
                               &controls->counts));
    return create_targets(live);
}

void live_control_destroy(struct srm_live *live)
{
    struct live_controls *controls = &live->controls;
    srm_target_destroy(live->gpu, &controls->target);
    srm_target_destroy(live->gpu, &controls->typed_target);
    gpu_buffer_destroy(live->gpu, &controls->directions);
    gpu_buffer_destroy(live->gpu, &controls->ring.coordinates);
    gpu_buffer_destroy(live->gpu, &controls->counts);
}

/* ---- counting ---- */

enum base_status live_control_project(struct srm_live *live, uint32_t first, uint32_t n)
{
    const struct srm_block *ring = &live->controls.ring;
    uint32_t stride = srm_stride(ring->width);
    if (live->controls.n == 0 || n == 0)
        return BASE_OK;
    return linalg_matmul(
        live->gpu,
        &(struct linalg_matmul_call){
            .a = {ring->prepared, (uint64_t)first * stride, n, ring->width, stride},
            .b = {live->controls.directions, 0, ring->stride, ring->width, stride},
            .b_is_rows = true,
            .c = {ring->coordinates, (uint64_t)first * ring->stride, n, ring->stride, ring->stride},
        });
}

static enum base_status count(struct srm_live *live, const struct srm_counter *counter,
                              struct srm_target *target, uint32_t first, uint32_t rows,
                              enum srm_change change)
{
    struct srm_counter orthonormal = flat(counter);
    return srm_target_change(live->gpu, &orthonormal, &live->controls.ring, first, rows, change, target);
}

enum base_status live_control_change(struct srm_live *live, uint32_t first, uint32_t rows,
                                     enum srm_change change)
{
    struct live_controls *controls = &live->controls;
    if (controls->n == 0)
        return BASE_OK;
    BASE_TRY(count(live, &live->counter, &controls->target, first, rows, change));
    return live->typed_current ? count(live, &live->typed, &controls->typed_target, first, rows, change)
                               : BASE_OK;
}

static enum base_status recount(struct srm_live *live, const struct srm_counter *counter,
                                struct srm_target *target)
{
    if (live->controls.n == 0)
        return BASE_OK;
    BASE_TRY(gpu_fill(live->gpu, target->counts, 0, gpu_buffer_bytes(target->counts), 0));
    BASE_TRY(gpu_fill(live->gpu, target->stats, 0, gpu_buffer_bytes(target->stats), 0));
    return count(live, counter, target, 0, live->held, SRM_ROWS_COME);
}

enum base_status live_control_recount(struct srm_live *live)
{
    return recount(live, &live->counter, &live->controls.target);
}

enum base_status live_control_recount_typed(struct srm_live *live)
{
    return recount(live, &live->typed, &live->controls.typed_target);
}

enum base_status live_control_cumulate(struct srm_live *live, bool typed, uint32_t e)
{
    struct live_controls *controls = &live->controls;
    if (controls->n == 0)
        return BASE_OK;
    return live_cumulate(live, typed ? &controls->typed_target : &controls->target, controls->n, GROUPS,
                         typed ? 0 : e, controls->counts, NULL);
}
