/* Spotlight resonance on the CPU: the arithmetic every device must reproduce bit for bit, and a
 * double-precision version that says how near to the threshold a cell may be before f32 can decide it the
 * other way.
 *
 * All f32 arithmetic here is +, -, * and comparisons, rounded to nearest even, never fused. */
#ifndef ARCLIGHT_SRM_REFERENCE_H
#define ARCLIGHT_SRM_REFERENCE_H

#include "base/status.h"
#include "srm/pair.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Scales each row of rows[n_rows, width] (finite) by the power of two that brings its largest magnitude into
 * [1, 2) and sets what is then below 2^-60 to +0; integer operations on the bits only, exact for denormal
 * input. scaled[n_rows, width] may be `rows` itself. squared_norms[n_rows]: eight partial sums, sum k over
 * the columns congruent to k modulo 8 in ascending order, then ((0+1)+(2+3))+((4+5)+(6+7)). A zero row gives
 * zeros. */
void srm_reference_prepare(const float *rows, uint64_t n_rows, uint32_t width, float *scaled,
                           float *squared_norms);

/* What is counted. All pointers are borrowed. */
struct srm_reference_input {
    const float *projections;   /* [n_rows, n_vectors]: prepared rows times basis vectors; the prepared rows
                                   themselves for the standard basis */
    const float *squared_norms; /* [n_rows], of the prepared rows */
    uint64_t n_rows;            /* below 2^32 */
    uint32_t n_vectors;
    const struct srm_pair *pairs; /* [n_pairs]; degenerate pairs get counts and statistics 0 */
    uint64_t n_pairs;
    const double *epsilons; /* [n_epsilons], each in [-1, 1] */
    uint32_t n_epsilons;
    uint32_t n_angles; /* SRM_MIN_ANGLES to SRM_MAX_ANGLES */
};

/* counts[n_epsilons, n_pairs, n_angles] = number of rows lit, by the test at every angle: n_rows * n_pairs *
 * n_angles tests an epsilon. BASE_ERROR_FILE_SYSTEM without memory for the tables. */
enum base_status srm_reference_counts(const struct srm_reference_input *input, uint32_t *counts);

/* The same counts by arcs (srm.md 4.2): trigonometry guesses where the arc of a row begins and ends, the test
 * moves both ends until they are right, and two increments of a difference array stand for the whole arc. */
enum base_status srm_reference_counts_fast(const struct srm_reference_input *input, uint32_t *counts);

/* Sums over the rows of one plane whose in-plane part reaches the threshold: a*a + b*b >= epsilon2 * squared
 * norm in f32; for epsilon <= 0 all rows with a*a + b*b > 0. phi is the row's in-plane angle. */
struct srm_reference_sums {
    uint64_t hits;
    double cosine1, cosine2, cosine4; /* sums of cos phi, cos 2 phi, cos 4 phi */
    double sine1;                     /* and of sin phi */
};

/* sums[n_epsilons, n_pairs]. */
void srm_reference_sums(const struct srm_reference_input *input, struct srm_reference_sums *sums);

/* The same question in double precision, from rows that nobody scaled. */
struct srm_double_input {
    const double *projections;   /* [n_rows, n_vectors] */
    const double *squared_norms; /* [n_rows] */
    uint64_t n_rows;
    uint32_t n_vectors;
    const struct srm_pair *pairs; /* [n_pairs] */
    uint64_t n_pairs;
    const double *epsilons; /* [n_epsilons] */
    uint32_t n_epsilons;
    uint32_t n_angles;
};

/* A cell (row, angle) whose cosine is nearer to epsilon than this over sqrt(1 - c^2) may fall either way in
 * f32. */
#define SRM_THRESHOLD_MARGIN 2e-6

/* projections[n_rows, n_vectors] and squared_norms[n_rows] in double from rows[n_rows, width] and the vectors
 * [n_vectors, width], NULL for the standard basis (n_vectors = width). */
void srm_reference_project(const float *rows, uint64_t n_rows, uint32_t width, const double *vectors,
                           uint32_t n_vectors, double *projections, double *squared_norms);

/* counts[n_epsilons, n_pairs, n_angles], and in near[] of the same shape how many of the rows at that angle
 * are within the margin: the f32 counts differ by at most that. */
enum base_status srm_reference_counts_double(const struct srm_double_input *input, uint32_t *counts,
                                             uint32_t *near);

#ifdef __cplusplus
}
#endif
#endif
