/* What rows without a preferred basis give for the measures of how a row lies to the axes (srm.md 6):
 * directions uniform on the sphere. */
#ifndef ARCLIGHT_SRM_AXIS_NULL_H
#define ARCLIGHT_SRM_AXIS_NULL_H

#include "srm/basis.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Expected kurtosis of the n coordinates of an isotropic row in an orthonormal basis, about their mean, 3 (n
 * - 1) / (n + 1), and about zero, 3 n / (n + 2): E of a ratio, exactly, because direction and length are
 * independent. n >= 2. */
double srm_axis_null_kurtosis(uint32_t n);
double srm_axis_null_kurtosis_uncentred(uint32_t n);

struct srm_axis_null {
    double kurtosis, kurtosis_uncentred;           /* as above; simulated when the basis is not orthonormal */
    double axis_cosine;                            /* greatest |cosine| with a basis vector */
    double participation;                          /* (sum of squares)^2 / sum of fourth powers */
    double axis_cosine_error, participation_error; /* standard errors of the two */
    uint32_t samples;                              /* simulated rows */
};

/* Means over simulated isotropic rows, a pure function of (basis, seed). The work is bounded (half a second
 * for an orthonormal basis, a few for a large oblique one): wide bases get fewer samples, at least 64, and
 * have less spread. */
enum base_status srm_axis_null_simulate(const struct srm_basis *basis, uint64_t seed,
                                        struct srm_axis_null *null);

#ifdef __cplusplus
}
#endif
#endif
