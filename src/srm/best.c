#include "srm/stage.h"

#include "base/memory.h"
#include "srm/pair.h"

#include <math.h>
#include <string.h>

/* ---- ranking ---- */

/* The scores of all controls together; *control has room for one more. */
static enum base_status gather_controls(const struct srm_result *result, bool oblique, double **control,
                                        uint64_t *count)
{
    uint64_t all = 0;
    for (uint32_t c = 0; c < result->n_controls; c++)
        all += result->controls[c].planes;
    BASE_TRY(base_allocate(control, all + 1, sizeof **control, "control scores"));
    *count = 0;
    for (uint32_t c = 0; c < result->n_controls; c++) {
        const struct srm_control *from = &result->controls[c];
        memcpy(*control + *count, oblique ? from->peaks : from->absolute_z, from->planes * sizeof **control);
        *count += from->planes;
    }
    return BASE_OK;
}

/* q of the orthogonal planes, or of the oblique ones. The planes that are sure have q < 0.05 even if one more
 * plane of the control had scored above all others: without that, the best plane of a small basis beats a
 * small control every other time. */
static enum base_status compare_with_controls(const struct srm_ranking_input *input, bool oblique,
                                              struct srm_result *result)
{
    uint64_t n_control;
    double *scores = NULL, *control = NULL;
    float *q = NULL;
    enum base_status status;
    BASE_CHECK(base_allocate(&scores, input->n, sizeof *scores, "scores"));
    BASE_CHECK(base_allocate(&q, input->n, sizeof *q, "q values"));
    BASE_CHECK(gather_controls(result, oblique, &control, &n_control));
    srm_ranking_scores(input, oblique, scores);
    BASE_CHECK(srm_ranking_q(scores, input->n, control, n_control, q));
    for (uint64_t p = 0; p < input->n; p++)
        if (!isnan(scores[p]))
            result->statistics[p].q = q[p];
    control[n_control] = INFINITY;
    BASE_CHECK(srm_ranking_q(scores, input->n, control, n_control + 1, q));
    for (uint64_t p = 0; p < input->n; p++) {
        if (isnan(scores[p]))
            continue;
        bool sure = q[p] < SRM_SIGNIFICANT_Q, significant = result->statistics[p].q < SRM_SIGNIFICANT_Q;
        bool aligned = !oblique && result->statistics[p].c4 > 0, anti = !oblique && !aligned;
        result->n_significant += significant;
        result->n_significant_aligned += significant && aligned;
        result->n_significant_anti_aligned += significant && anti;
        result->n_sure_aligned += sure && aligned;
        result->n_sure_anti_aligned += sure && anti;
        result->n_sure_oblique += sure && oblique;
    }
error:
    base_free(scores);
    base_free(control);
    base_free(q);
    return status;
}

/* Adds the first planes of a list that have no vector in common to positions[*n], but those that are there:
 * when a few loud vectors take part in all of the best planes, nothing else would be seen of the list. */
static enum base_status add_panels(const struct srm_planes *planes, const struct srm_ranking *ranking,
                                   enum srm_list list, uint64_t *positions, enum srm_list *lists, uint64_t *n)
{
    uint64_t panels[SRM_PANEL_PLANES];
    uint32_t count;
    BASE_TRY(srm_ranking_panels(ranking, list, planes, SRM_PANEL_PLANES, panels, &count));
    for (uint32_t p = 0; p < count; p++) {
        uint64_t at = 0;
        while (at < *n && positions[at] != panels[p])
            at++;
        if (at < *n)
            continue;
        positions[*n] = panels[p];
        lists[(*n)++] = list;
    }
    return BASE_OK;
}

static enum base_status pick_best(const struct srm_stage *stage, const struct srm_ranking *ranking,
                                  struct srm_result *result)
{
    uint64_t *positions = NULL, n;
    enum srm_list *lists = NULL;
    uint32_t *ranks = NULL;
    const struct srm_planes *planes = &stage->subject->planes;
    bool all = ranking->starts[SRM_LISTS] <= SRM_BEST_PLANES;
    enum base_status status;
    BASE_CHECK(base_allocate(&positions, SRM_BEST_PLANES, sizeof *positions, "best planes"));
    BASE_CHECK(base_allocate(&lists, SRM_BEST_PLANES, sizeof *lists, "best planes"));
    BASE_CHECK(base_allocate(&ranks, result->planes, sizeof *ranks, "ranks"));
    BASE_CHECK(base_allocate(&result->best, SRM_BEST_PLANES, sizeof *result->best, "best planes"));
    n = srm_ranking_best(ranking, SRM_BEST_PLANES - (all ? 0 : SRM_LISTS * SRM_PANEL_PLANES), positions,
                         lists);
    for (int list = 0; list < SRM_LISTS && !all; list++)
        BASE_CHECK(add_panels(planes, ranking, (enum srm_list)list, positions, lists, &n));
    srm_ranking_ranks(ranking, result->planes, ranks);
    result->n_best = (uint32_t)n;
    for (uint32_t b = 0; b < result->n_best; b++)
        result->best[b] = (struct srm_best){
            .position = positions[b],
            .plane = srm_planes_at(planes, positions[b]),
            .cosine = stage->subject->cosines ? stage->subject->cosines[positions[b]] : 0,
            .list = lists[b],
            .rank = ranks[positions[b]],
        };
error:
    base_free(positions);
    base_free(lists);
    base_free(ranks);
    return status;
}

enum base_status srm_stage_ranking(const struct srm_stage *stage, struct srm_result *result)
{
    const struct srm_ranking_input input = {result->statistics, stage->subject->cosines, result->planes};
    struct srm_ranking ranking = {0};
    enum base_status status;
    BASE_CHECK(srm_ranking_make(&input, &ranking));
    result->n_aligned = srm_ranking_count(&ranking, SRM_LIST_ALIGNED);
    result->n_anti_aligned = srm_ranking_count(&ranking, SRM_LIST_ANTI_ALIGNED);
    result->n_ranked = ranking.starts[SRM_LISTS];
    for (int oblique = 0; oblique < 2 && result->n_controls > 0; oblique++)
        BASE_CHECK(compare_with_controls(&input, oblique, result));
    BASE_CHECK(pick_best(stage, &ranking, result));
    BASE_CHECK(srm_statistics_median_hits(result->statistics, input.cosines, input.n, &result->median_hits));
    BASE_CHECK(base_allocate(&result->vector_hits, result->vectors, sizeof(double), "shares of hits"));
    BASE_CHECK(
        srm_statistics_vector_shares(&stage->subject->planes, result->statistics, result->vector_hits));
error:
    srm_ranking_free(&ranking);
    return status;
}

/* ---- curves ---- */

static enum base_status create_target(const struct srm_stage *stage, const struct srm_result *result,
                                      struct srm_target *target)
{
    struct srm_plane *planes = NULL;
    float *geometry = NULL;
    enum base_status status;
    BASE_CHECK(base_allocate(&planes, result->n_best, sizeof *planes, "best planes"));
    BASE_CHECK(base_allocate(&geometry, result->n_best, 2 * sizeof *geometry, "best planes"));
    for (uint32_t b = 0; b < result->n_best; b++) {
        struct srm_pair_constants constants =
            srm_pair_constants((struct srm_pair){.cosine = result->best[b].cosine});
        planes[b] = result->best[b].plane;
        geometry[2 * b] = constants.cosine;
        geometry[2 * b + 1] = constants.inverse_sine;
    }
    BASE_CHECK(srm_target_create_list(stage->gpu, stage->counter, planes, result->n_best, geometry, target));
error:
    base_free(planes);
    base_free(geometry);
    return status;
}

enum base_status srm_stage_best_curves(const struct srm_stage *stage, struct srm_result *result)
{
    if (result->n_best == 0)
        return BASE_OK;
    /* With very many angles and epsilons fewer curves fit one binding. */
    uint32_t fitting = srm_target_most_planes(stage->gpu, stage->counter);
    if (fitting < result->n_best)
        result->n_best = fitting;
    BASE_TRY(create_target(stage, result, &result->best_target));
    for (uint32_t b = 0; b < stage->stream->blocks; b++) {
        BASE_TRY(srm_stream_load(stage->gpu, stage->stream, b));
        BASE_TRY(srm_target_add(stage->gpu, stage->counter, &stage->stream->block, SRM_METHOD_AUTOMATIC,
                                &result->best_target));
    }
    BASE_TRY(srm_target_finish(stage->gpu, stage->counter, &result->best_target));
    size_t cells = (size_t)result->n_epsilons * result->n_best * result->angles;
    BASE_TRY(
        base_allocate(&result->best_counts, cells, sizeof *result->best_counts, "curves of the best planes"));
    return gpu_download(stage->gpu, result->best_target.counts, 0, result->best_counts,
                        cells * sizeof *result->best_counts);
}

/* ---- members ---- */

enum base_status srm_stage_members(const struct srm_stage *stage, struct srm_result *result)
{
    enum { CONES = 32 };
    uint32_t each = stage->parameters->members;
    uint32_t n = result->n_best < CONES ? result->n_best : CONES;
    if (each == 0 || n == 0)
        return BASE_OK;
    struct srm_cone cones[CONES];
    for (uint32_t c = 0; c < n; c++) {
        const struct srm_best *best = &result->best[c];
        cones[c] = (struct srm_cone){
            .pair = {best->plane.i, best->plane.j, best->cosine},
            .angle = result->statistics[best->position].peak_angle,
        };
    }
    BASE_TRY(base_allocate(&result->members, (size_t)n * each, sizeof *result->members, "members"));
    BASE_TRY(base_allocate(&result->member_totals, n, sizeof *result->member_totals, "members"));
    result->n_member_planes = n;
    result->members_each = each;
    BASE_TRY(srm_walk_members(stage->gpu, stage->counter, stage->stream, cones, n, each, result->members,
                              result->member_totals));
    for (size_t m = 0; m < (size_t)n * each; m++)
        if (result->members[m].row != UINT64_MAX)
            result->members[m].row += data_first_row(stage->parameters->activations);
    return BASE_OK;
}
