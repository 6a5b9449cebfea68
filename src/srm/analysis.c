#include "srm/analysis.h"

#include "base/memory.h"
#include "base/platform.h"
#include "base/random.h"
#include "common/count_bins.h"
#include "srm/axis_null.h"
#include "srm/null.h"
#include "srm/stage.h"
#include "srm/subject.h"
#include "srm/survey.h"

#include <math.h>
#include <string.h>

/* What the steps share; the result is filled as they go. */
struct analysis {
    struct gpu *gpu;
    const struct srm_parameters *parameters;
    struct srm_result *result;
    struct srm_subject subject;
    struct srm_counter counter;
    struct srm_stream stream;
    struct srm_room room;
    struct srm_counts_file *counts_file;
};

/* ---- before counting ---- */

static enum base_status describe(struct analysis *a)
{
    struct srm_result *result = a->result;
    const struct srm_subject *subject = &a->subject;
    const struct data_summary *summary = &subject->summary;
    result->rows = summary->rows - summary->non_finite_rows;
    result->width = subject->basis.width;
    result->vectors = subject->basis.n_vectors;
    result->angles = a->parameters->angles;
    result->n_epsilons = subject->n_epsilons;
    result->automatic_epsilon = a->parameters->n_epsilons == 0;
    result->standard = subject->basis.vectors == NULL;
    result->orthonormal = subject->basis.orthonormal;
    result->planes = subject->planes.count;
    result->degenerate = subject->degenerate;
    result->all_planes = srm_planes_count(subject->basis.n_vectors);
    result->curves = (result->planes - result->degenerate) * (a->parameters->permutations ? 2 : 1);
    result->basis_name = base_copy_string(a->parameters->basis);
    if (!result->basis_name)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the basis's name");
    return BASE_OK;
}

static enum base_status describe_nulls(struct analysis *a)
{
    struct srm_result *result = a->result;
    uint32_t n = result->n_epsilons;
    BASE_TRY(base_allocate(&result->null_share, n, sizeof(double), "nulls"));
    BASE_TRY(base_allocate(&result->null_low, n, sizeof(double), "nulls"));
    BASE_TRY(base_allocate(&result->null_high, n, sizeof(double), "nulls"));
    for (uint32_t e = 0; e < n; e++) {
        double share = srm_null_probability(a->subject.epsilons[e], result->width);
        struct srm_null_band band = srm_null_binomial_band(result->rows, share, 0.99);
        result->null_share[e] = share;
        result->null_low[e] = (double)band.low / (double)result->rows;
        result->null_high[e] = (double)band.high / (double)result->rows;
    }
    return BASE_OK;
}

/* Everything that stands on the device at once, checked before the first allocation. */
static enum base_status check_memory(struct analysis *a)
{
    struct srm_result *result = a->result;
    uint64_t a_row = srm_block_bytes(1, result->width, result->vectors, result->standard);
    uint64_t block = base_minimum(a->room.block_bytes, result->rows * a_row);
    uint32_t most = srm_target_most_planes(a->gpu, &a->counter);
    uint32_t planes = (uint32_t)base_minimum(most, result->planes);
    struct gpu_plan *plan = NULL;
    enum base_status status;
    BASE_CHECK(gpu_plan_create(&plan));
    BASE_CHECK(gpu_plan_add(plan, "a block of rows", base_maximum(block, a_row)));
    BASE_CHECK(gpu_plan_add(plan, "counts of a set of planes", srm_target_bytes(&a->counter, planes)));
    BASE_CHECK(gpu_plan_add(plan, "sums and densities", srm_sums_bytes(&a->counter) * 2));
    BASE_CHECK(gpu_plan_add(plan, "best planes", srm_target_bytes(&a->counter, SRM_BEST_PLANES)));
    if (!result->standard)
        BASE_CHECK(gpu_plan_add(plan, "basis", 4u * (uint64_t)result->width * srm_stride(result->vectors)));
    BASE_CHECK(gpu_plan_check(a->gpu, plan, "use fewer --epsilon values, fewer --angles, or --planes COUNT"));
    result->device_bytes = gpu_plan_bytes(plan);
error:
    gpu_plan_destroy(&plan);
    return status;
}

static enum base_status set_up(struct analysis *a)
{
    const struct srm_subject *subject = &a->subject;
    const struct srm_counter_parameters like = {
        .angles = a->parameters->angles,
        .epsilons = subject->epsilons,
        .n_epsilons = subject->n_epsilons,
        .difference = a->parameters->difference,
    };
    a->room = srm_room_of(a->gpu);
    BASE_TRY(srm_survey_counter(a->gpu, &like, subject->basis.n_vectors, subject->cosines,
                                subject->planes.count, a->result->rows, a->parameters->permutations,
                                &a->counter));
    struct srm_result *result = a->result;
    result->mirrored = a->counter.parameters.mirrored;
    bool counted_twice = a->parameters->permutations && !result->mirrored;
    result->tests = result->rows * result->planes * (counted_twice ? 2 : 1);
    BASE_TRY(check_memory(a));
    return srm_stream_create(a->gpu,
                             &(struct srm_stream_parameters){
                                 .source = subject->source,
                                 .vectors = subject->basis.n_vectors,
                                 .basis = subject->basis.vectors,
                                 .quantise_scale = a->counter.quantise_scale,
                                 .most_bytes = a->room.block_bytes,
                             },
                             &a->stream);
}

/* ---- counting ---- */

static struct srm_survey survey_of(struct analysis *a)
{
    return (struct srm_survey){
        .gpu = a->gpu,
        .counter = &a->counter,
        .stream = &a->stream,
        .list = a->subject.list,
        .n_planes = a->subject.planes.count,
        .cosines = a->subject.cosines,
        .permutations = a->parameters->permutations,
        .method = a->parameters->method,
        .target_bytes = a->room.target_bytes,
    };
}

static enum base_status open_counts_file(struct analysis *a)
{
    struct srm_result *result = a->result;
    bool permutations = a->parameters->permutations;
    result->count_bytes =
        srm_counts_file_bytes(result->n_epsilons, result->angles, result->planes, permutations);
    if (!a->parameters->folder || result->count_bytes > a->parameters->most_count_bytes)
        return BASE_OK;
    return srm_counts_file_open(a->parameters->folder, result->n_epsilons, result->angles, &a->subject.planes,
                                permutations, &a->counts_file);
}

static enum base_status count(struct analysis *a)
{
    struct srm_result *result = a->result;
    uint64_t begun = base_clock_ns();
    BASE_TRY(open_counts_file(a));
    BASE_TRY(srm_sums_create(a->gpu, &a->counter, &result->sums));
    BASE_TRY(base_allocate(&result->statistics, result->planes * result->n_epsilons,
                           sizeof *result->statistics, "statistics of planes"));
    if (a->parameters->permutations)
        BASE_TRY(base_allocate(&result->turned, result->planes * result->n_epsilons, sizeof *result->turned,
                               "statistics of planes from their second vectors"));
    struct srm_survey survey = survey_of(a);
    survey.progress = "counting";
    survey.sums = &result->sums;
    survey.statistics = result->statistics;
    survey.turned = result->turned;
    survey.counts_file = a->counts_file;
    BASE_TRY(srm_survey_run(&survey));
    BASE_TRY(gpu_wait(a->gpu));
    result->counting_ns = base_clock_ns() - begun;
    result->method =
        a->subject.list ? "list" : srm_method_name(a->gpu, &a->counter, &a->stream.block, result->planes);
    BASE_TRY(base_allocate(&result->curve, (size_t)result->n_epsilons * result->angles, sizeof *result->curve,
                           "curves"));
    return srm_curves_read(a->gpu, &a->counter, &result->sums, result->curves, result->rows, result->curve);
}

/* ---- measures of the rows ---- */

static enum base_status measure_axes(struct analysis *a)
{
    struct srm_axis_means means;
    struct srm_axis_null null;
    BASE_TRY(srm_walk_axes(a->gpu, &a->stream, &means));
    BASE_TRY(srm_axis_null_simulate(&a->subject.basis, a->parameters->seed, &null));
    struct srm_result *result = a->result;
    result->kurtosis = (struct srm_axis_measure){means.kurtosis, null.kurtosis};
    result->kurtosis_uncentred = (struct srm_axis_measure){means.kurtosis_uncentred, null.kurtosis_uncentred};
    result->axis_cosine = (struct srm_axis_measure){means.axis_cosine, null.axis_cosine};
    result->participation = (struct srm_axis_measure){means.participation, null.participation};
    return BASE_OK;
}

static enum base_status project(struct analysis *a)
{
    struct srm_result *result = a->result;
    uint64_t n = base_minimum(SRM_PROJECTION_PLANES, result->planes);
    uint64_t *positions = NULL;
    struct srm_pair *pairs = NULL;
    uint32_t n_pairs = 0;
    enum base_status status;
    BASE_CHECK(base_allocate(&positions, n, sizeof *positions, "planes of the projection"));
    BASE_CHECK(base_allocate(&pairs, n, sizeof *pairs, "planes of the projection"));
    BASE_CHECK(srm_planes_sample(a->parameters->seed, BASE_STREAM_PROJECTION, n, result->planes, positions));
    for (uint64_t p = 0; p < n; p++) {
        struct srm_plane plane = srm_planes_at(&a->subject.planes, positions[p]);
        double cosine = a->subject.cosines ? a->subject.cosines[positions[p]] : 0;
        if (!isnan(cosine))
            pairs[n_pairs++] = (struct srm_pair){plane.i, plane.j, cosine};
    }
    BASE_CHECK(srm_walk_projection(a->gpu, &a->counter, &a->stream, pairs, n_pairs, SRM_PROJECTION_CELLS,
                                   &result->projection, &result->projection_reach,
                                   &result->projection_points));
    result->projection_planes = n_pairs;
error:
    base_free(positions);
    base_free(pairs);
    return status;
}

/* ---- the whole ---- */

/* Last of all, so that an analysis that ends early leaves the counts of an earlier one. */
static enum base_status commit_counts(struct analysis *a)
{
    if (!a->counts_file)
        return BASE_OK;
    BASE_TRY(srm_counts_file_commit(&a->counts_file));
    a->result->counts_written = true;
    return BASE_OK;
}

/* The steps in their order; each may look at what those before it put into the result. */
static enum base_status run_steps(struct analysis *a)
{
    BASE_TRY(srm_subject_make(a->parameters, &a->subject));
    BASE_TRY(describe(a));
    BASE_TRY(describe_nulls(a));
    BASE_TRY(set_up(a));
    const struct srm_stage stage = {a->gpu, a->parameters, &a->subject, &a->counter, &a->stream, a->room};
    BASE_TRY(count(a));
    BASE_TRY(measure_axes(a));
    BASE_TRY(project(a));
    BASE_TRY(srm_stage_controls(&stage, a->result));
    BASE_TRY(srm_stage_ranking(&stage, a->result));
    BASE_TRY(srm_stage_best_curves(&stage, a->result));
    BASE_TRY(srm_stage_members(&stage, a->result));
    BASE_TRY(srm_stage_labels(&stage, a->result));
    return commit_counts(a);
}

/* What the subject made and the result keeps. */
static void hand_over(struct analysis *a)
{
    struct srm_result *result = a->result;
    result->summary = a->subject.summary;
    result->epsilons = a->subject.epsilons;
    result->cosines = a->subject.cosines;
    result->list = a->subject.planes.indices ? a->subject.list : NULL;
    if (!result->list)
        base_free(a->subject.list);
    result->chosen = a->subject.planes;
    a->subject.planes = (struct srm_planes){0};
    a->subject.summary = (struct data_summary){0};
    a->subject.epsilons = NULL;
    a->subject.cosines = NULL;
    a->subject.list = NULL;
}

enum base_status srm_analyse(struct gpu *gpu, const struct srm_parameters *parameters,
                             struct srm_result *result)
{
    *result = (struct srm_result){0};
    struct analysis a = {.gpu = gpu, .parameters = parameters, .result = result};
    uint64_t begun = base_clock_ns();
    enum base_status status = run_steps(&a);
    srm_counts_file_discard(&a.counts_file);
    srm_stream_destroy(gpu, &a.stream);
    srm_counter_destroy(gpu, &a.counter);
    hand_over(&a);
    srm_subject_free(&a.subject);
    result->total_ns = base_clock_ns() - begun;
    if (status != BASE_OK)
        srm_result_free(gpu, result);
    return status;
}

void srm_result_free(struct gpu *gpu, struct srm_result *result)
{
    data_summary_free(&result->summary);
    srm_planes_free(&result->chosen);
    srm_sums_destroy(gpu, &result->sums);
    srm_target_destroy(gpu, &result->best_target);
    gpu_buffer_destroy(gpu, &result->projection);
    for (uint32_t c = 0; c < result->n_controls; c++) {
        base_free(result->controls[c].curves);
        base_free(result->controls[c].absolute_z);
        base_free(result->controls[c].peaks);
    }
    for (uint32_t l = 0; l < result->n_labels; l++)
        base_free(result->labels[l].curves);
    void *const owned[] = {
        result->epsilons,      result->basis_name, result->list,        result->curve,   result->null_share,
        result->null_low,      result->null_high,  result->statistics,  result->cosines, result->best,
        result->best_counts,   result->controls,   result->vector_hits, result->labels,  result->members,
        result->member_totals, result->turned,
    };
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        base_free(owned[i]);
    *result = (struct srm_result){0};
}
