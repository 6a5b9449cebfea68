#include "srm/stage.h"

#include "base/memory.h"

#include <stdlib.h>

static int compare_labels(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The distinct labels, ascending; BASE_ERROR_INPUT when there are too many for a curve each. */
static enum base_status distinct_labels(const struct srm_stage *stage, const int64_t *labels, uint64_t rows,
                                        struct srm_result *result)
{
    int64_t *sorted;
    BASE_TRY(base_allocate(&sorted, rows, sizeof *sorted, "labels"));
    for (uint64_t r = 0; r < rows; r++)
        sorted[r] = labels[r];
    qsort(sorted, rows, sizeof *sorted, compare_labels);
    uint64_t n = 0;
    for (uint64_t r = 0; r < rows; r++)
        if (n == 0 || sorted[n - 1] != sorted[r])
            sorted[n++] = sorted[r];
    enum base_status status;
    if (n > SRM_MAX_LABELS)
        BASE_CHECK(
            base_fail(BASE_ERROR_INPUT,
                      "%s: %llu different labels; at most %d groups get a curve each (merge some, or take "
                      "fewer rows with --rows)",
                      stage->parameters->labels, (unsigned long long)n, SRM_MAX_LABELS));
    BASE_CHECK(base_allocate(&result->labels, n, sizeof *result->labels, "labels"));
    for (uint64_t l = 0; l < n; l++)
        result->labels[l].label = sorted[l];
    result->n_labels = (uint32_t)n;
error:
    base_free(sorted);
    return status;
}

static enum base_status count_label(const struct srm_stage *stage, const int64_t *labels,
                                    const struct srm_result *result, struct srm_label_curves *group)
{
    struct srm_stream stream = {0};
    struct srm_sums sums = {0};
    size_t points = (size_t)result->n_epsilons * result->angles;
    enum base_status status;
    struct srm_source source = stage->subject->source;
    source.labels = labels;
    source.label = group->label;
    BASE_CHECK(base_allocate(&group->curves, points, sizeof *group->curves, "label curves"));
    BASE_CHECK(srm_stream_create(stage->gpu,
                                 &(struct srm_stream_parameters){
                                     .source = source,
                                     .vectors = result->vectors,
                                     .basis = stage->subject->basis.vectors,
                                     .quantise_scale = stage->counter->quantise_scale,
                                     .most_bytes = stage->room.block_bytes,
                                 },
                                 &stream));
    BASE_CHECK(srm_sums_create(stage->gpu, stage->counter, &sums));
    BASE_CHECK(srm_survey_run(&(struct srm_survey){
        .gpu = stage->gpu,
        .counter = stage->counter,
        .stream = &stream,
        .list = stage->subject->list,
        .n_planes = result->planes,
        .cosines = stage->subject->cosines,
        .permutations = stage->parameters->permutations,
        .target_bytes = stage->room.target_bytes,
        .progress = "counting labelled rows",
        .sums = &sums,
    }));
    group->rows = stream.taken;
    BASE_CHECK(
        srm_curves_read(stage->gpu, stage->counter, &sums, result->curves, group->rows, group->curves));
error:
    srm_sums_destroy(stage->gpu, &sums);
    srm_stream_destroy(stage->gpu, &stream);
    return status;
}

enum base_status srm_stage_labels(const struct srm_stage *stage, struct srm_result *result)
{
    if (!stage->parameters->labels)
        return BASE_OK;
    int64_t *labels = NULL;
    enum base_status status;
    BASE_CHECK(data_read_labels(stage->parameters->activations, stage->parameters->labels, &labels));
    BASE_CHECK(distinct_labels(stage, labels, data_rows(stage->parameters->activations), result));
    for (uint32_t l = 0; l < result->n_labels; l++)
        BASE_CHECK(count_label(stage, labels, result, &result->labels[l]));
error:
    base_free(labels);
    return status;
}
