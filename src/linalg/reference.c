#include "linalg/reference.h"

#include <math.h>

double linalg_reference_product(const float *a, const float *b, uint64_t b_stride, uint64_t depth,
                                double start, double *magnitude)
{
    double sum = start;
    *magnitude = fabs(start);
    for (uint64_t k = 0; k < depth; k++) {
        double term = (double)a[k] * b[k * b_stride];
        sum += term;
        *magnitude += fabs(term);
    }
    return sum;
}

double linalg_reference_sum(const float *values, uint64_t stride, uint64_t n, bool squared,
                            const float *weights, double *magnitude)
{
    double sum = 0;
    *magnitude = 0;
    for (uint64_t i = 0; i < n; i++) {
        double term = values[i * stride];
        term *= squared ? term : weights ? weights[i] : 1;
        sum += term;
        *magnitude += fabs(term);
    }
    return sum;
}

uint64_t linalg_reference_sum_counts(const uint32_t *values, uint64_t stride, uint64_t n)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += values[i * stride];
    return sum;
}

double linalg_reference_normalise(const float *row, uint64_t cols, double *unit)
{
    double squares = 0, largest = 0;
    bool finite = true;
    for (uint64_t i = 0; i < cols; i++) {
        finite = finite && isfinite(row[i]);
        largest = fmax(largest, fabs((double)row[i]));
        squares += (double)row[i] * row[i];
    }
    double norm = !finite ? (double)NAN : largest < 0x1p-126 ? 0 : sqrt(squares);
    for (uint64_t i = 0; i < cols; i++)
        unit[i] = norm == 0 ? 0 : row[i] / norm;
    for (uint64_t i = 0; i < cols && !finite; i++)
        unit[i] = (double)NAN;
    return norm;
}
