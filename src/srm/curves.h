/* From exact sums over planes to curves. */
#ifndef ARCLIGHT_SRM_CURVES_H
#define ARCLIGHT_SRM_CURVES_H

#include "srm/counter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Mean, spread and extremes over planes at one angle, as shares of the rows. */
struct srm_curve_point {
    double mean, deviation /* population */, least, greatest;
};

/* points[n_epsilons · angles] from the sums over `curves` curves (a plane has two when it is taken from both
 * of its vectors) and `rows` rows. Waits. With no curve or no row every point is zero. */
enum base_status srm_curves_read(struct gpu *gpu, const struct srm_counter *counter,
                                 const struct srm_sums *sums, uint64_t curves, uint64_t rows,
                                 struct srm_curve_point *points);

#ifdef __cplusplus
}
#endif
#endif
