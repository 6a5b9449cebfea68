#include "live/resonance.h"

#include "base/log.h"
#include "base/memory.h"
#include "srm/null.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ANGLES = 360, CPU_VECTORS = 32, GPU_VECTORS = 96, VECTOR_STREAM = 1 };

uint32_t live_resonance_vectors(const struct gpu *gpu)
{
    return gpu_information(gpu)->type == GPU_CPU ? CPU_VECTORS : GPU_VECTORS;
}

/* ---- which planes ---- */

/* Vectors drawn by the seed, ascending, all of them where they are few; and all their pairs. */
static enum base_status choose_vectors(struct live_resonance *resonance, uint32_t most, uint64_t seed)
{
    uint64_t *drawn = NULL;
    enum base_status status;
    uint32_t n = (uint32_t)base_minimum(resonance->vectors, base_maximum(most, 2)), at = 0;
    BASE_CHECK(base_allocate(&drawn, n, sizeof *drawn, "chosen vectors"));
    BASE_CHECK(base_allocate(&resonance->chosen, n, sizeof *resonance->chosen, "chosen vectors"));
    BASE_CHECK(srm_planes_sample(seed, VECTOR_STREAM, n, resonance->vectors, drawn));
    resonance->n_chosen = n;
    resonance->n_planes = n * (n - 1) / 2;
    BASE_CHECK(base_allocate(&resonance->planes, resonance->n_planes, sizeof *resonance->planes, "planes"));
    for (uint32_t i = 0; i < n; i++)
        resonance->chosen[i] = (uint32_t)drawn[i];
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = i + 1; j < n; j++)
            resonance->planes[at++] = (struct srm_plane){resonance->chosen[i], resonance->chosen[j]};
error:
    base_free(drawn);
    return status;
}

static enum base_status take_list(struct live_resonance *resonance,
                                  const struct live_resonance_parameters *parameters)
{
    for (uint32_t p = 0; p < parameters->n_listed; p++)
        if (parameters->listed[p].j >= resonance->vectors)
            return base_fail(BASE_ERROR_USAGE, "--planes: there is no vector %u, the basis has %u",
                             parameters->listed[p].j, resonance->vectors);
    resonance->n_planes = parameters->n_listed;
    BASE_TRY(base_allocate(&resonance->planes, resonance->n_planes, sizeof *resonance->planes, "planes"));
    memcpy(resonance->planes, parameters->listed, resonance->n_planes * sizeof *resonance->planes);
    return BASE_OK;
}

/* ---- making it ---- */

static double first_epsilon(const struct live_resonance_parameters *parameters)
{
    if (!isnan(parameters->epsilon))
        return parameters->epsilon;
    return srm_live_epsilon(srm_live_nearest(srm_null_automatic_epsilon(parameters->width)));
}

/* The band of rotations is company for the curves, not the thing itself: a device without room for all of
 * them counts fewer, or none. */
static void lessen_controls(const struct gpu *gpu, struct live_resonance *resonance,
                            struct srm_live_parameters *counts)
{
    uint32_t asked = counts->n_controls;
    uint64_t room = gpu_room(gpu), others = room / 8 + gpu_staging_to_come(gpu); /* pictures, transfers */
    counts->n_controls = srm_live_most_controls(gpu, counts, room > others ? room - others : 0);
    resonance->n_controls = counts->n_controls;
    if (counts->n_controls == 0 && asked > 0)
        base_log(BASE_LOG_NORMAL,
                 "the control is left out: the device has no room for its %u rotations of rows of %u values",
                 asked, counts->width);
    else if (counts->n_controls < asked)
        base_log(
            BASE_LOG_NORMAL,
            "%u of %u rotations of the control are counted: the device has no room for more at rows of %u "
            "values",
            counts->n_controls, asked, counts->width);
}

static enum base_status plan_memory(const struct gpu *gpu, const struct srm_live_parameters *counts)
{
    struct gpu_plan *plan = NULL;
    enum base_status status;
    BASE_CHECK(gpu_plan_create(&plan));
    BASE_CHECK(srm_live_plan(counts, plan));
    BASE_CHECK(gpu_plan_add(plan, "staging", gpu_staging_to_come(gpu)));
    BASE_CHECK(
        gpu_plan_check(gpu, plan, "fewer --vectors, --planes, --ring rows, --angles or --control need less"));
error:
    gpu_plan_destroy(&plan);
    return status;
}

enum base_status live_resonance_create(struct gpu *gpu, const struct live_resonance_parameters *parameters,
                                       struct live_resonance *resonance)
{
    *resonance = (struct live_resonance){.width = parameters->width,
                                         .vectors = parameters->vectors,
                                         .angles = parameters->angles ? parameters->angles : ANGLES,
                                         .n_controls = parameters->n_controls,
                                         .orthonormal = parameters->orthonormal,
                                         .epsilon = first_epsilon(parameters)};
    snprintf(resonance->basis, sizeof resonance->basis, "%s", parameters->basis_name);
    snprintf(resonance->subject, sizeof resonance->subject, "%s", parameters->subject);
    if (parameters->listed)
        BASE_TRY(take_list(resonance, parameters));
    else
        BASE_TRY(choose_vectors(
            resonance, parameters->most_vectors ? parameters->most_vectors : live_resonance_vectors(gpu),
            parameters->seed));
    struct srm_live_parameters counts = {
        .width = parameters->width,
        .vectors = parameters->vectors,
        .planes = resonance->planes,
        .n_planes = resonance->n_planes,
        .angles = resonance->angles,
        .ring_rows = parameters->rows,
        .n_controls = parameters->n_controls,
        .seed = parameters->seed,
        .orthonormal = parameters->orthonormal,
        .standard = !parameters->basis && !parameters->from_device,
    };
    lessen_controls(gpu, resonance, &counts);
    BASE_TRY(plan_memory(gpu, &counts));
    BASE_TRY(srm_live_create(gpu, &counts, &resonance->counts));
    return parameters->basis ? srm_live_set_basis(resonance->counts, parameters->basis) : BASE_OK;
}

void live_resonance_release(struct live_resonance *resonance)
{
    srm_live_destroy(&resonance->counts);
    base_free(resonance->planes);
    base_free(resonance->chosen);
    *resonance = (struct live_resonance){0};
}

/* ---- a frame ---- */

/* The disc's part that is worth showing: the lit caps, and the bulk of isotropic rows. */
static double cloud_reach(const struct live_resonance *resonance)
{
    double bulk = 5.5 / sqrt(resonance->width);
    return fmin(1.02, fmax(1.5 * resonance->epsilon, bulk));
}

/* Cells along each side of the cloud's grid: some pixels each, more where rows are few, since small cells
 * would hold one or none. In steps, for a window is resized pixel by pixel. */
static uint32_t cloud_cells(const struct live_resonance *resonance)
{
    enum { LEAST = 64, STEP = 32, PIXELS = 3 };
    const uint64_t rows = resonance->total_rows;
    uint32_t most = rows <= 5000 ? 64 : rows <= 20000 ? 96 : rows <= 60000 ? 160 : rows <= 250000 ? 320 : 512;
    double wanted = resonance->cloud_side > 0 ? (double)resonance->cloud_side / PIXELS : 128;
    return (uint32_t)fmin(fmax(LEAST, ceil(wanted / STEP) * STEP), most);
}

enum base_status live_resonance_prepare(struct live_resonance *resonance)
{
    if (!resonance->counts || !resonance->known)
        return BASE_OK;
    if (srm_live_busy(resonance->counts) && resonance->cloud.grid)
        return BASE_OK; /* the last one stays until the rows are whole again */
    double reach = cloud_reach(resonance);
    uint32_t cells = cloud_cells(resonance);
    uint64_t version = srm_live_version(resonance->counts);
    if (resonance->cloud.grid && resonance->cloud_version == version &&
        resonance->cloud.position == resonance->plane && resonance->cloud.reach == reach &&
        resonance->cloud.cells == cells)
        return BASE_OK;
    resonance->cloud_version = version;
    return srm_live_cloud(resonance->counts, resonance->plane, cells, reach, &resonance->cloud);
}
