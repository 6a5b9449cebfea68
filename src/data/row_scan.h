/* What one row of values says. */
#ifndef ARCLIGHT_DATA_ROW_SCAN_H
#define ARCLIGHT_DATA_ROW_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct data_row_scan {
    uint64_t nan_values, inf_values;
    double square; /* |x|^2; only meaningful when both counts are 0 */
    bool zero;     /* every value is 0 or -0 */
};

struct data_row_scan data_row_scan(const float *row, uint64_t width);
bool data_row_is_finite(const struct data_row_scan *scan);

#ifdef __cplusplus
}
#endif

#endif
