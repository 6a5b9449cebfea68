/* What is said of one curve: how its rows lie to the two vectors of its plane. */
#ifndef ARCLIGHT_SRM_STATISTICS_H
#define ARCLIGHT_SRM_STATISTICS_H

#include "srm/counter.h"
#include "srm/planes.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SRM_LEAST_HITS = 30 /* planes with fewer rows inside the gate are not ranked */ };

/* One (epsilon, plane). Angles in radians. */
struct srm_plane_statistics {
    double z;         /* C4 sqrt(2 M), standard normal for isotropic rows (srm.md 4.6); NaN with M = 0 */
    float c1, c2, c4; /* mean of cos φ, cos 2φ, cos 4φ over the M rows inside the gate; NaN with M = 0 */
    uint32_t hits;    /* M */
    int32_t peak;     /* greatest count (or difference of counts) */
    uint32_t peak_angle; /* its index */
    float q;             /* see ranking.h; NaN: not ranked, or no control */
};

/* From what the device found; q is NaN. `fixed_scale` is the counter's. */
struct srm_plane_statistics srm_statistics_make(struct srm_curve_statistics found, float fixed_scale);

/* The same of an orthogonal plane seen from its second vector, in whose direction φ becomes 90° - φ. Only
 * from a counter that mirrors. */
struct srm_plane_statistics srm_statistics_make_mirrored(struct srm_curve_statistics found,
                                                         float fixed_scale);

/* The peak's share of `rows` over `null_share`, the share p0 that isotropic rows would give; infinite when p0
 * is 0 in double precision and the peak is not. */
double srm_statistics_lift(const struct srm_plane_statistics *statistics, uint64_t rows, double null_share);

/* Median of M over the planes that are not degenerate. cosines[n]: NaN marks a degenerate plane; NULL: none
 * is. 0 with no plane. */
enum base_status srm_statistics_median_hits(const struct srm_plane_statistics *statistics,
                                            const double *cosines, uint64_t n, double *median);

/* shares[planes->n_vectors]: the part of all hits (of the sum of M over planes) in whose plane the vector
 * takes part; they sum to 2, or are all 0 when nothing was hit. */
enum base_status srm_statistics_vector_shares(const struct srm_planes *planes,
                                              const struct srm_plane_statistics *statistics, double *shares);

#ifdef __cplusplus
}
#endif
#endif
