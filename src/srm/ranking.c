#include "srm/ranking.h"

#include "base/memory.h"
#include "srm/order.h"

#include <math.h>
#include <string.h>

/* The list a plane belongs to; SRM_LISTS when it is not ranked. */
static enum srm_list list_of(const struct srm_ranking_input *input, uint64_t plane)
{
    const struct srm_plane_statistics *statistics = &input->statistics[plane];
    double cosine = input->cosines ? input->cosines[plane] : 0;
    if (isnan(cosine) || statistics->hits < SRM_LEAST_HITS)
        return SRM_LISTS;
    if (fabs(cosine) > SRM_RIGHT_ANGLE_COSINE)
        return SRM_LIST_OBLIQUE;
    return statistics->z < 0 ? SRM_LIST_ANTI_ALIGNED : SRM_LIST_ALIGNED;
}

static double score_of(const struct srm_ranking_input *input, uint64_t plane, enum srm_list list)
{
    const struct srm_plane_statistics *statistics = &input->statistics[plane];
    return list == SRM_LIST_OBLIQUE ? statistics->peak : fabs(statistics->z);
}

void srm_ranking_scores(const struct srm_ranking_input *input, bool oblique, double *scores)
{
    for (uint64_t p = 0; p < input->n; p++) {
        enum srm_list list = list_of(input, p);
        bool wanted = list != SRM_LISTS && (list == SRM_LIST_OBLIQUE) == oblique;
        scores[p] = wanted ? score_of(input, p, list) : NAN;
    }
}

static enum base_status append_list(const struct srm_ranking_input *input, enum srm_list list, double *keys,
                                    struct srm_ranking *ranking)
{
    uint64_t *order, count;
    for (uint64_t p = 0; p < input->n; p++)
        keys[p] = list_of(input, p) == list ? score_of(input, p, list) : NAN;
    BASE_TRY(srm_order_descending(keys, input->n, &order, &count));
    if (count)
        memcpy(ranking->positions + ranking->starts[list], order, count * sizeof *order);
    ranking->starts[list + 1] = ranking->starts[list] + count;
    base_free(order);
    return BASE_OK;
}

enum base_status srm_ranking_make(const struct srm_ranking_input *input, struct srm_ranking *ranking)
{
    enum base_status status;
    double *keys = NULL;
    *ranking = (struct srm_ranking){0};
    BASE_CHECK(base_allocate(&keys, input->n, sizeof *keys, "the ranking"));
    BASE_CHECK(base_allocate(&ranking->positions, input->n, sizeof *ranking->positions, "the ranking"));
    for (int list = 0; list < SRM_LISTS; list++)
        BASE_CHECK(append_list(input, (enum srm_list)list, keys, ranking));
error:
    base_free(keys);
    if (status != BASE_OK)
        srm_ranking_free(ranking);
    return status;
}

void srm_ranking_free(struct srm_ranking *ranking)
{
    base_free(ranking->positions);
    *ranking = (struct srm_ranking){0};
}

void srm_ranking_ranks(const struct srm_ranking *ranking, uint64_t n, uint32_t *ranks)
{
    memset(ranks, 0, n * sizeof *ranks);
    for (int list = 0; list < SRM_LISTS; list++) {
        for (uint64_t k = ranking->starts[list]; k < ranking->starts[list + 1]; k++)
            ranks[ranking->positions[k]] = (uint32_t)(k - ranking->starts[list] + 1);
    }
}

uint64_t srm_ranking_best(const struct srm_ranking *ranking, uint64_t most, uint64_t *positions,
                          enum srm_list *lists)
{
    uint64_t taken = 0, all = base_minimum(most, ranking->starts[SRM_LISTS]);
    for (uint64_t turn = 0; taken < all; turn++) {
        for (int list = 0; list < SRM_LISTS && taken < all; list++) {
            if (turn >= srm_ranking_count(ranking, (enum srm_list)list))
                continue;
            positions[taken] = ranking->positions[ranking->starts[list] + turn];
            lists[taken++] = (enum srm_list)list;
        }
    }
    return taken;
}

enum base_status srm_ranking_panels(const struct srm_ranking *ranking, enum srm_list list,
                                    const struct srm_planes *planes, uint32_t most, uint64_t *positions,
                                    uint32_t *count)
{
    bool *used;
    BASE_TRY(base_allocate(&used, planes->n_vectors, sizeof *used, "the panels"));
    *count = 0;
    for (uint64_t k = ranking->starts[list]; k < ranking->starts[list + 1] && *count < most; k++) {
        struct srm_plane plane = srm_planes_at(planes, ranking->positions[k]);
        if (used[plane.i] || used[plane.j])
            continue;
        used[plane.i] = used[plane.j] = true;
        positions[(*count)++] = ranking->positions[k];
    }
    base_free(used);
    return BASE_OK;
}

/* Walks from the lowest score up, so that the least value so far is at hand; planes of equal score share
 * theirs. */
static void fill_q(const double *scores, const uint64_t *order, uint64_t ranked, const double *control,
                   const uint64_t *control_order, uint64_t n_control, float *q)
{
    uint64_t above = n_control; /* control planes with at least the score */
    double least = 1;
    for (uint64_t end = ranked; end > 0;) {
        double score = scores[order[end - 1]];
        uint64_t begin = end;
        while (begin > 0 && scores[order[begin - 1]] == score)
            begin--;
        while (above > 0 && control[control_order[above - 1]] < score)
            above--;
        double share = (double)end / (double)ranked, control_share = (double)above / (double)n_control;
        least = fmin(least, control_share / share);
        for (uint64_t k = begin; k < end; k++)
            q[order[k]] = n_control ? (float)least : NAN;
        end = begin;
    }
}

enum base_status srm_ranking_q(const double *scores, uint64_t n, const double *control, uint64_t n_control,
                               float *q)
{
    uint64_t *order = NULL, *control_order = NULL, ranked, control_ranked;
    enum base_status status;
    BASE_CHECK(srm_order_descending(scores, n, &order, &ranked));
    BASE_CHECK(srm_order_descending(control, n_control, &control_order, &control_ranked));
    fill_q(scores, order, ranked, control, control_order, control_ranked, q);
error:
    base_free(order);
    base_free(control_order);
    return status;
}
