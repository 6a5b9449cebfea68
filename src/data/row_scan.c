#include "data/row_scan.h"

#include <string.h>

/* Bits are tested, so no compiler option can assume NaN away. Four partial sums in a fixed order: the same
 * bits on every machine, and no chain of additions as long as the row. */
struct data_row_scan data_row_scan(const float *row, uint64_t width)
{
    struct data_row_scan scan = {0};
    uint32_t bits_seen = 0, special = 0;
    for (uint64_t i = 0; i < width; i++) {
        uint32_t bits;
        memcpy(&bits, row + i, 4);
        bits &= 0x7fffffffu;
        bits_seen |= bits;
        special |= bits >= 0x7f800000u;
    }
    for (uint64_t i = 0; special && i < width; i++) {
        uint32_t bits;
        memcpy(&bits, row + i, 4);
        bits &= 0x7fffffffu;
        scan.inf_values += bits == 0x7f800000u;
        scan.nan_values += bits > 0x7f800000u;
    }
    double sums[4] = {0};
    uint64_t i = 0;
    for (; i + 4 <= width; i += 4)
        for (int k = 0; k < 4; k++)
            sums[k] += (double)row[i + k] * (double)row[i + k];
    for (; i < width; i++)
        sums[0] += (double)row[i] * (double)row[i];
    scan.square = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    scan.zero = bits_seen == 0;
    return scan;
}

bool data_row_is_finite(const struct data_row_scan *scan)
{
    return scan->nan_values + scan->inf_values == 0;
}
