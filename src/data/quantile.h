/* Order statistics on the host. */
#ifndef ARCLIGHT_DATA_QUANTILE_H
#define ARCLIGHT_DATA_QUANTILE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sorts ascending; no value may be NaN. */
void data_sort(double *values, uint64_t count);

/* The quantile `fraction` in [0, 1] of sorted values, linear between neighbours (numpy's default; Hyndman and
 * Fan, "Sample quantiles in statistical packages", 1996, definition 7). NaN when count is 0. */
double data_quantile(const double *sorted, uint64_t count, double fraction);

#ifdef __cplusplus
}
#endif
#endif
