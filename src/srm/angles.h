/* The grid of angles: theta_k = 2 pi k / n_angles for k in [0, n_angles), without the end point. */
#ifndef ARCLIGHT_SRM_ANGLES_H
#define ARCLIGHT_SRM_ANGLES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grids of more than this many angles are refused: between neighbouring angles the cosine at the top of its
 * arc must fall by more than f32 rounding (step^2 / 2 = 1.2e-6 here), or the lit angles of a row might not be
 * one arc. */
enum { SRM_MIN_ANGLES = 4, SRM_MAX_ANGLES = 4000 };

/* cosine[n_angles], sine[n_angles]: cos and sin of theta_k, computed in double and rounded to f32 once. Each
 * angle is first brought into the first octant by integer arithmetic on k. So the table is exact on the axes,
 * and equal to itself, bit for bit but for signs, under every quarter turn and every mirror that maps the
 * grid to itself. These tables, not the device's trigonometry, decide every count. */
void srm_angles_fill(uint32_t n_angles, float *cosine, float *sine);

#ifdef __cplusplus
}
#endif
#endif
