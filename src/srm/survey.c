#include "srm/survey.h"

#include "base/memory.h"
#include "srm/pair.h"

#include <math.h>

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
                                    struct srm_counter *counter)
{
    struct srm_counter_parameters parameters = *like;
    parameters.vectors = vectors;
    parameters.oblique = cosines != NULL;
    parameters.largest_cosine = 0;
    parameters.total_rows = rows;
    for (uint64_t p = 0; cosines && p < n_planes; p++)
        if (!isnan(cosines[p]))
            parameters.largest_cosine = fmax(parameters.largest_cosine, fabs(cosines[p]));
    return srm_counter_create(gpu, &parameters, counter);
}

static enum base_status geometry(void *context, uint64_t first, uint32_t n, float *out)
{
    const struct srm_survey *survey = context;
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

static enum base_status keep_statistics(const struct srm_survey *survey, const struct srm_target *target,
                                        uint64_t first)
{
    uint32_t n_epsilons = survey->counter->parameters.n_epsilons;
    struct srm_curve_statistics *found;
    BASE_TRY(base_allocate(&found, (size_t)target->planes * n_epsilons, sizeof *found, "curve statistics"));
    enum base_status status = srm_target_statistics(survey->gpu, survey->counter, target, found);
    for (uint32_t e = 0; e < n_epsilons && status == BASE_OK; e++)
        for (uint32_t p = 0; p < target->planes; p++)
            survey->statistics[e * survey->n_planes + first + p] =
                srm_statistics_make(found[(size_t)e * target->planes + p], survey->counter->fixed_scale);
    base_free(found);
    return status;
}

static enum base_status finished(void *context, const struct srm_target *target, uint64_t first)
{
    const struct srm_survey *survey = context;
    if (survey->sums)
        BASE_TRY(srm_sums_add(survey->gpu, survey->counter, target, survey->sums));
    if (survey->statistics)
        BASE_TRY(keep_statistics(survey, target, first));
    if (survey->counts_file)
        BASE_TRY(srm_counts_file_add(survey->gpu, survey->counts_file, target, first, survey->direction,
                                     survey->mirrored));
    return BASE_OK;
}

enum base_status srm_survey_run(const struct srm_survey *survey)
{
    return srm_run(&(struct srm_run){
        .gpu = survey->gpu,
        .counter = survey->counter,
        .stream = survey->stream,
        .list = survey->list,
        .n_planes = survey->n_planes,
        .geometry = geometry,
        .finished = finished,
        .context = (void *)(uintptr_t)survey,
        .method = survey->method,
        .most_bytes = survey->target_bytes,
        .progress = survey->progress,
    });
}
