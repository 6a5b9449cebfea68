#include "srm/stage.h"

#include "base/memory.h"
#include "srm/control.h"
#include "srm/gram.h"

#include <math.h>
#include <stdio.h>

/* The turned vectors, their planes and what counts them. */
struct copy {
    struct srm_basis basis;
    uint64_t planes;
    double *cosines;
    struct srm_plane_statistics *statistics;
    struct srm_counter counter;
    struct srm_stream stream;
    struct srm_sums sums;
};

static enum base_status measure_angles(struct copy *copy)
{
    if (copy->basis.orthonormal)
        return BASE_OK;
    BASE_TRY(base_allocate(&copy->cosines, copy->planes, sizeof *copy->cosines, "angles of the control"));
    for (uint64_t p = 0; p < copy->planes; p++) {
        struct srm_plane plane = srm_planes_of_index(copy->basis.n_vectors, p);
        struct srm_pair pair = {plane.i, plane.j, srm_gram_cosine(&copy->basis, plane.i, plane.j)};
        copy->cosines[p] = srm_pair_degenerate(pair) ? NAN : pair.cosine;
    }
    return BASE_OK;
}

static uint64_t counted_planes(const struct copy *copy)
{
    uint64_t n = copy->planes;
    for (uint64_t p = 0; copy->cosines && p < copy->planes; p++)
        n -= isnan(copy->cosines[p]);
    return n;
}

static enum base_status count_copy(const struct srm_stage *stage, struct copy *copy, const char *progress)
{
    struct gpu *gpu = stage->gpu;
    BASE_TRY(measure_angles(copy));
    BASE_TRY(srm_survey_counter(gpu, &stage->counter->parameters, copy->basis.n_vectors, copy->cosines,
                                copy->planes, stage->counter->parameters.total_rows,
                                stage->parameters->permutations, &copy->counter));
    BASE_TRY(srm_stream_create(gpu,
                               &(struct srm_stream_parameters){
                                   .source = stage->subject->source,
                                   .vectors = copy->basis.n_vectors,
                                   .basis = copy->basis.vectors,
                                   .quantise_scale = copy->counter.quantise_scale,
                                   .most_bytes = stage->room.block_bytes,
                               },
                               &copy->stream));
    BASE_TRY(srm_sums_create(gpu, &copy->counter, &copy->sums));
    BASE_TRY(base_allocate(&copy->statistics, copy->planes * copy->counter.parameters.n_epsilons,
                           sizeof *copy->statistics, "statistics of the control"));
    return srm_survey_run(&(struct srm_survey){
        .gpu = gpu,
        .counter = &copy->counter,
        .stream = &copy->stream,
        .n_planes = copy->planes,
        .cosines = copy->cosines,
        .permutations = stage->parameters->permutations,
        .target_bytes = stage->room.target_bytes,
        .progress = progress,
        .sums = &copy->sums,
        .statistics = copy->statistics,
    });
}

static enum base_status keep(const struct srm_stage *stage, const struct copy *copy,
                             const struct srm_result *result, struct srm_control *control)
{
    size_t points = (size_t)result->n_epsilons * result->angles;
    control->vectors = copy->basis.n_vectors;
    control->planes = (uint32_t)copy->planes;
    BASE_TRY(base_allocate(&control->curves, points, sizeof *control->curves, "control curves"));
    BASE_TRY(base_allocate(&control->absolute_z, copy->planes, sizeof(double), "control statistics"));
    BASE_TRY(base_allocate(&control->peaks, copy->planes, sizeof(double), "control statistics"));
    const struct srm_ranking_input input = {copy->statistics, copy->cosines, copy->planes};
    srm_ranking_scores(&input, false, control->absolute_z);
    srm_ranking_scores(&input, true, control->peaks);
    uint64_t curves = counted_planes(copy) * (stage->parameters->permutations ? 2 : 1);
    return srm_curves_read(stage->gpu, &copy->counter, &copy->sums, curves, result->rows, control->curves);
}

static enum base_status run_copy(const struct srm_stage *stage, const uint32_t *subset, uint32_t vectors,
                                 uint32_t number, struct srm_result *result)
{
    struct copy copy = {.planes = srm_planes_count(vectors)};
    char progress[64];
    snprintf(progress, sizeof progress, "rotation control %u of %u", number, stage->parameters->controls);
    enum base_status status;
    BASE_CHECK(srm_control_basis(&stage->subject->basis, subset, vectors, stage->parameters->seed, number,
                                 &copy.basis));
    BASE_CHECK(count_copy(stage, &copy, progress));
    struct srm_control *control = &result->controls[result->n_controls++];
    control->seed = stage->parameters->seed;
    BASE_CHECK(keep(stage, &copy, result, control));
error:
    srm_sums_destroy(stage->gpu, &copy.sums);
    srm_stream_destroy(stage->gpu, &copy.stream);
    srm_counter_destroy(stage->gpu, &copy.counter);
    srm_basis_free(&copy.basis);
    base_free(copy.cosines);
    base_free(copy.statistics);
    return status;
}

enum base_status srm_stage_controls(const struct srm_stage *stage, struct srm_result *result)
{
    uint32_t *subset = NULL, vectors;
    uint32_t controls = stage->parameters->controls;
    if (controls == 0)
        return BASE_OK;
    if (controls > SRM_MAX_CONTROLS)
        return base_fail(BASE_ERROR_USAGE, "--control: %u rotations; at most %d", controls, SRM_MAX_CONTROLS);
    enum base_status status;
    BASE_CHECK(base_allocate(&result->controls, controls, sizeof *result->controls, "controls"));
    BASE_CHECK(srm_control_subset(result->vectors, SRM_MAX_CONTROL_PLANES, stage->parameters->seed, &subset,
                                  &vectors));
    for (uint32_t number = 1; number <= controls; number++)
        BASE_CHECK(run_copy(stage, subset, vectors, number, result));
error:
    base_free(subset);
    return status;
}
