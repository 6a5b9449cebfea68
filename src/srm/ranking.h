/* Which planes stand out, and how surely. */
#ifndef ARCLIGHT_SRM_RANKING_H
#define ARCLIGHT_SRM_RANKING_H

#include "srm/statistics.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Planes whose vectors stand at a right angle are ranked by |z|, in one list for each sign; others, where C4
 * says nothing, by the lift of their peak, in a list of their own. */
enum srm_list {
    SRM_LIST_ALIGNED,      /* C4 > 0: rows along the vectors */
    SRM_LIST_ANTI_ALIGNED, /* C4 < 0: rows along the diagonals */
    SRM_LIST_OBLIQUE,      /* vectors at another angle than 90 degrees */
    SRM_LISTS
};
#define SRM_RIGHT_ANGLE_COSINE 1e-6 /* |cosine| up to which two vectors count as orthogonal here */

/* One epsilon's planes. All pointers are borrowed. */
struct srm_ranking_input {
    const struct srm_plane_statistics *statistics; /* [n] */
    const double *cosines; /* [n] between the vectors of each plane, NaN: degenerate; NULL: all orthogonal */
    uint64_t n;
};

/* scores[n]: |z|, or for an oblique plane the peak count (its lift but for a factor that all planes share);
 * NaN for a plane that is not ranked: degenerate, or fewer than SRM_LEAST_HITS hits. Only planes of the lists
 * asked for (`oblique` or not) get a number. */
void srm_ranking_scores(const struct srm_ranking_input *input, bool oblique, double *scores);

struct srm_ranking {
    uint64_t *positions; /* all ranked planes: the aligned ones, then the anti-aligned, then the oblique, each
                            list by falling score, equal scores by position */
    uint64_t starts[SRM_LISTS + 1]; /* list l is positions[starts[l]] to positions[starts[l + 1] - 1] */
};

/* srm_ranking_free when done. 1.2 million planes take a quarter of a second. */
enum base_status srm_ranking_make(const struct srm_ranking_input *input, struct srm_ranking *ranking);
void srm_ranking_free(struct srm_ranking *ranking); /* NULL-safe members */

static inline uint64_t srm_ranking_count(const struct srm_ranking *ranking, enum srm_list list)
{
    return ranking->starts[list + 1] - ranking->starts[list];
}

/* ranks[n]: the place of each plane in its list, from 1; 0: not ranked. */
void srm_ranking_ranks(const struct srm_ranking *ranking, uint64_t n, uint32_t *ranks);

/* The best of all lists in turn (first of each, second of each, ...; a list that ends leaves its turns to the
 * others): at most `most` positions and the list of each. Returns how many. */
uint64_t srm_ranking_best(const struct srm_ranking *ranking, uint64_t most, uint64_t *positions,
                          enum srm_list *lists);

/* The first planes of a list that have no vector in common, at most `most`: positions[*count]. */
enum base_status srm_ranking_panels(const struct srm_ranking *ranking, enum srm_list list,
                                    const struct srm_planes *planes, uint32_t most, uint64_t *positions,
                                    uint32_t *count);

/* For each scored plane the share of control planes with at least its score over the share of planes with at
 * least its score, both among the scored: among the planes that score this high, what part a basis without
 * meaning would give. Made monotone (a plane's value is the least of all planes' that score no higher) and at
 * most 1. scores[n] and control[n_control] as from srm_ranking_scores; q[n] is written where the score is a
 * number, with NaN when no control plane has one. 0 says that no control plane scored as high, so its
 * resolution is 1 / n_control. O((n + n_control) log). */
enum base_status srm_ranking_q(const double *scores, uint64_t n, const double *control, uint64_t n_control,
                               float *q);

#ifdef __cplusplus
}
#endif
#endif
