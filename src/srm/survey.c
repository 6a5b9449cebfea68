#include "srm/survey.h"

#include "base/memory.h"
#include "srm/pair.h"

#include <math.h>
#include <stdio.h>

/* A device that shares the host's memory must leave room for the host's side of things and for other
 * programs. */
struct srm_room srm_room_of(const struct gpu *gpu)
{
    const struct gpu_capabilities *capabilities = gpu_capabilities(gpu);
    uint64_t quarter = capabilities->memory_free_bytes / 4;
    if (capabilities->memory_shared_with_host)
        quarter = base_minimum(quarter, 512u << 20);
    return (struct srm_room){quarter, quarter};
}

enum base_status srm_survey_counter(struct gpu *gpu, const struct srm_counter_parameters *like,
                                    uint32_t vectors, const double *cosines, uint64_t n_planes, uint64_t rows,
                                    bool permutations, struct srm_counter *counter)
{
    struct srm_counter_parameters parameters = *like;
    parameters.vectors = vectors;
    parameters.oblique = cosines != NULL;
    parameters.largest_cosine = 0;
    parameters.total_rows = rows;
    parameters.mirrored = permutations && !cosines && like->angles % 4 == 0;
    for (uint64_t p = 0; cosines && p < n_planes; p++)
        if (!isnan(cosines[p]))
            parameters.largest_cosine = fmax(parameters.largest_cosine, fabs(cosines[p]));
    return srm_counter_create(gpu, &parameters, counter);
}

/* A walk over the planes in one of their two directions. */
struct direction {
    const struct srm_survey *survey;
    enum srm_direction way;
};

static enum base_status geometry(void *context, uint64_t first, uint32_t n, float *out)
{
    const struct srm_survey *survey = ((const struct direction *)context)->survey;
    for (uint32_t p = 0; p < n; p++) {
        double cosine = survey->cosines[first + p];
        struct srm_pair_constants constants = {0, 0};
        if (!isnan(cosine))
            constants = srm_pair_constants((struct srm_pair){.cosine = cosine});
        out[2 * p] = constants.cosine;
        out[2 * p + 1] = constants.inverse_sine;
    }
    return BASE_OK;
}

static enum base_status keep_statistics(const struct direction *direction, const struct srm_target *target,
                                        uint64_t first)
{
    const struct srm_survey *survey = direction->survey;
    const struct srm_counter *counter = survey->counter;
    uint32_t n_epsilons = counter->parameters.n_epsilons;
    bool mirrored = counter->parameters.mirrored && survey->turned;
    struct srm_plane_statistics *kept = direction->way == SRM_FORWARD ? survey->statistics : survey->turned;
    struct srm_curve_statistics *found;
    BASE_TRY(base_allocate(&found, (size_t)target->planes * n_epsilons, sizeof *found, "curve statistics"));
    enum base_status status = srm_target_statistics(survey->gpu, counter, target, found);
    for (uint32_t e = 0; e < n_epsilons && status == BASE_OK; e++)
        for (uint32_t p = 0; p < target->planes; p++) {
            const struct srm_curve_statistics *curve = &found[(size_t)e * target->planes + p];
            uint64_t at = e * survey->n_planes + first + p;
            kept[at] = srm_statistics_make(*curve, counter->fixed_scale);
            if (mirrored)
                survey->turned[at] = srm_statistics_make_mirrored(*curve, counter->fixed_scale);
        }
    base_free(found);
    return status;
}

static enum base_status finished(void *context, const struct srm_target *target, uint64_t first)
{
    const struct direction *direction = context;
    const struct srm_survey *survey = direction->survey;
    if (survey->sums)
        BASE_TRY(srm_sums_add(survey->gpu, survey->counter, target, survey->sums));
    if (direction->way == SRM_FORWARD ? survey->statistics != NULL : survey->turned != NULL)
        BASE_TRY(keep_statistics(direction, target, first));
    if (survey->counts_file)
        BASE_TRY(srm_counts_file_add(survey->gpu, survey->counts_file, target, first, direction->way,
                                     survey->counter->parameters.mirrored));
    return BASE_OK;
}

static enum base_status walk(const struct srm_survey *survey, enum srm_direction way,
                             const struct srm_plane *list, const char *progress)
{
    struct direction direction = {survey, way};
    return srm_run(&(struct srm_run){
        .gpu = survey->gpu,
        .counter = survey->counter,
        .stream = survey->stream,
        .list = list,
        .n_planes = survey->n_planes,
        .geometry = geometry,
        .finished = finished,
        .context = &direction,
        .method = survey->method,
        .most_bytes = survey->target_bytes,
        .progress = progress,
    });
}

/* Every plane once more from its second vector, where no identity gives that. */
static enum base_status walk_backward(const struct srm_survey *survey)
{
    uint64_t n = survey->n_planes;
    uint32_t vectors = survey->counter->parameters.vectors;
    struct srm_plane *turned;
    char progress[96];
    snprintf(progress, sizeof progress, "%s, from the second vectors", survey->progress);
    BASE_TRY(base_allocate(&turned, n, sizeof *turned, "planes from their second vectors"));
    for (uint64_t p = 0; p < n; p++) {
        struct srm_plane plane = survey->list ? survey->list[p] : srm_planes_of_index(vectors, p);
        turned[p] = (struct srm_plane){plane.j, plane.i};
    }
    enum base_status status = walk(survey, SRM_BACKWARD, turned, progress);
    base_free(turned);
    return status;
}

enum base_status srm_survey_run(const struct srm_survey *survey)
{
    BASE_TRY(walk(survey, SRM_FORWARD, survey->list, survey->progress));
    return survey->permutations && !survey->counter->parameters.mirrored ? walk_backward(survey) : BASE_OK;
}
