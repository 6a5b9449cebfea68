/* The spotlight's threshold epsilon, and the test that decides whether a row is lit. */
#ifndef ARCLIGHT_SRM_THRESHOLD_H
#define ARCLIGHT_SRM_THRESHOLD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A threshold as the kernels and the reference see it: its square and its sign apart, so that the test
 * <x, v> >= epsilon |x| needs neither a square root nor a division, which Vulkan does not round correctly. */
struct srm_threshold {
    float epsilon2; /* epsilon^2, computed in double and rounded once */
    int32_t sign;   /* -1, 0, 1 */
};

/* The threshold for a cosine epsilon in [-1, 1]. Two values get a form of their own: |epsilon| < 2^-30 counts
 * as 0, because smaller squares could meet denormals; and -1, which every row passes, gets the square 2, so
 * that rounding cannot hide a row. */
static inline struct srm_threshold srm_threshold_make(double epsilon)
{
    struct srm_threshold threshold = {(float)(epsilon * epsilon), epsilon > 0 ? 1 : -1};
    if (epsilon > -0x1p-30 && epsilon < 0x1p-30)
        threshold = (struct srm_threshold){0.0f, 0};
    else if (epsilon <= -1)
        threshold.epsilon2 = 2.0f;
    return threshold;
}

/* The test at one angle: `component` is the row's component along the probe, `limit` is epsilon2 times the
 * row's squared norm (an f32 product). A zero row passes only where epsilon <= 0. */
static inline bool srm_threshold_passed(struct srm_threshold threshold, float component, float limit)
{
    if (threshold.sign > 0)
        return component > 0 && component * component >= limit;
    if (threshold.sign == 0)
        return component >= 0;
    return component >= 0 || component * component <= limit;
}

#ifdef __cplusplus
}
#endif
#endif
