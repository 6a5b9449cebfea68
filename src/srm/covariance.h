/* The covariance matrix of a stream of rows, in double precision. */
#ifndef ARCLIGHT_SRM_COVARIANCE_H
#define ARCLIGHT_SRM_COVARIANCE_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct srm_covariance;

/* For rows of `width`; mean[width] (copied) is subtracted from each, NULL: nothing is, and the result is the
 * matrix of second moments. srm_covariance_free when done. */
enum base_status srm_covariance_make(uint32_t width, const double *mean, struct srm_covariance **out);
void srm_covariance_free(struct srm_covariance **covariance); /* NULL-safe */

/* Adds rows[n_rows, width]; rows with NaN or Inf are left out. */
void srm_covariance_add(struct srm_covariance *covariance, const float *rows, uint64_t n_rows);

/* matrix[width, width] = sum over the rows added of (x - mean)(x - mean)' over their number. BASE_ERROR_INPUT
 * when no row was added. */
enum base_status srm_covariance_read(const struct srm_covariance *covariance, double *matrix);

#ifdef __cplusplus
}
#endif
#endif
