/* What isotropic rows would give: no direction preferred, x/|x| uniform on the sphere of the width's
 * dimension. */
#ifndef ARCLIGHT_SRM_NULL_H
#define ARCLIGHT_SRM_NULL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Regularised incomplete beta function I_x(a, b), a > 0, b > 0, 0 <= x <= 1, with `complement` = 1 - x given
 * apart so that neither end loses digits. Continued fraction (Abramowitz and Stegun 26.5.8) in log space,
 * relative error about 1e-13 for arguments up to a few thousand. */
double srm_null_beta(double a, double b, double x, double complement);

/* p0 = P(<x/|x|, v> >= epsilon) for a unit vector v in `width` >= 2 dimensions:
 * I_{1 - epsilon^2}((width - 1) / 2, 1 / 2) / 2 for epsilon >= 0, 1 - p0(-epsilon) below (srm.md 1.8). 0 when
 * it is smaller than a double can hold. */
double srm_null_probability(double epsilon, uint32_t width);

/* Natural logarithm of p0; finite also where p0 itself is too small; -infinity at epsilon = 1. */
double srm_null_log_probability(double epsilon, uint32_t width);

/* The fraction of rows that can be lit at all in a given plane: (1 - epsilon^2)^((width - 2) / 2); 1 for
 * epsilon <= 0. */
double srm_null_plane_fraction(double epsilon, uint32_t width);

/* The threshold at which 1 % of isotropic rows can be lit in a given plane, sqrt(1 - 0.01^(2 / (width - 2))),
 * held within [0.05, 0.9]; 0.9 for width 2. */
double srm_null_automatic_epsilon(uint32_t width);

/* Counts of `n_rows` rows, each lit with `probability`, that leave at most (1 - confidence) / 2 on either
 * side: the exact quantiles of the binomial distribution. */
struct srm_null_band {
    uint64_t low, high; /* inclusive */
};
struct srm_null_band srm_null_binomial_band(uint64_t n_rows, double probability, double confidence);

#ifdef __cplusplus
}
#endif
#endif
