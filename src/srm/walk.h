/* Measures that walk the rows once more: how rows lie to the axes, the projection onto planes, the rows
 * behind a peak. */
#ifndef ARCLIGHT_SRM_WALK_H
#define ARCLIGHT_SRM_WALK_H

#include "srm/counter.h"
#include "srm/pair.h"
#include "srm/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Means over rows that are not zero; srm.md 6.1, 6.6, 6.7. */
struct srm_axis_means {
    double kurtosis, kurtosis_uncentred; /* of a row's coordinates, Pearson's: 3 for a normal distribution */
    double axis_cosine;                  /* greatest |cosine| with a basis vector */
    double participation;                /* (sum of squares)² / sum of fourth powers */
    uint64_t rows;
};
enum base_status srm_walk_axes(struct gpu *gpu, struct srm_stream *stream, struct srm_axis_means *means);

/* Points of pairs[n_pairs] (none degenerate) whose in-plane part reaches the counter's first epsilon, in the
 * units of the data, counted on a grid [cells, cells] over [-reach, reach]² (Bird's privileged plane
 * projective method). `reach` is the least radius that holds 99.5 % of the points, rounded up within 9 %; 0
 * when there is none. *grid is destroyed by the caller. */
enum base_status srm_walk_projection(struct gpu *gpu, const struct srm_counter *counter,
                                     struct srm_stream *stream, const struct srm_pair *pairs,
                                     uint32_t n_pairs, uint32_t cells, struct gpu_buffer **grid,
                                     double *reach, uint64_t *points);

/* A cone: the plane of a pair, an angle of the grid, one of the counter's epsilons. */
struct srm_cone {
    struct srm_pair pair;
    uint32_t angle;
    uint32_t epsilon;
};

struct srm_member {
    uint64_t row;  /* in the set; UINT64_MAX: none */
    double cosine; /* with the cone's direction */
};

/* members[n_cones, each]: the rows inside each cone, nearest first (ties: the earlier row); totals[n_cones]:
 * how many there are. */
enum base_status srm_walk_members(struct gpu *gpu, const struct srm_counter *counter,
                                  struct srm_stream *stream, const struct srm_cone *cones, uint32_t n_cones,
                                  uint32_t each, struct srm_member *members, uint64_t *totals);

#ifdef __cplusplus
}
#endif
#endif
