/* A pair of basis vectors: the plane in which the spotlight turns. */
#ifndef ARCLIGHT_SRM_PAIR_H
#define ARCLIGHT_SRM_PAIR_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The probe starts on vector i and turns towards vector j: v(theta) = b_i cos theta + w sin theta with
 * w = (b_j - c b_i) / sqrt(1 - c^2), c = b_i . b_j (srm.md 1.2, textbook orientation). i != j. */
struct srm_pair {
    uint32_t i, j;
    double
        cosine; /* c, from the double-precision Gram matrix; exactly 0 for vectors of an orthonormal basis */
};

/* Parallel and antiparallel pairs span no plane. */
#define SRM_DEGENERATE_SQUARED_SINE 1e-6

static inline bool srm_pair_degenerate(struct srm_pair pair)
{
    return !(1 - pair.cosine * pair.cosine >= SRM_DEGENERATE_SQUARED_SINE);
}

/* Angle between the vectors in radians, (0, pi). */
static inline double srm_pair_angle(struct srm_pair pair)
{
    return acos(fmin(1, fmax(-1, pair.cosine)));
}

/* The f32 constants of the pair: a = y_i; b = y_j when cosine is 0, else (y_j - cosine * y_i) * inverse_sine.
 */
struct srm_pair_constants {
    float cosine;
    float inverse_sine; /* 1 / sqrt(1 - c^2); 0 for a degenerate pair, which is never tested */
};

static inline struct srm_pair_constants srm_pair_constants(struct srm_pair pair)
{
    struct srm_pair_constants constants = {(float)pair.cosine, 0.0f};
    if (!srm_pair_degenerate(pair))
        constants.inverse_sine = (float)(1 / sqrt(1 - pair.cosine * pair.cosine));
    return constants;
}

#ifdef __cplusplus
}
#endif
#endif
