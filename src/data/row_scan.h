/* What one row of values says: shared by the summary of activations and by inspect. Not for other rooms. */
#ifndef ARCLIGHT_DATA_ROW_SCAN_H
#define ARCLIGHT_DATA_ROW_SCAN_H

#include <stdbool.h>
#include <stdint.h>

struct row_scan {
    uint64_t nan_values, inf_values;
    double square; /* |x|^2; only meaningful when both counts are 0 */
    bool zero;     /* every value is 0 or -0 */
};

struct row_scan row_scan(const float *row, uint64_t width);

#endif
