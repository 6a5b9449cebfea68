#include "data/quantile.h"

#include <math.h>
#include <stdlib.h>

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void data_sort(double *values, uint64_t count)
{
    if (count > 1)
        qsort(values, count, sizeof *values, compare_doubles);
}

double data_quantile(const double *sorted, uint64_t count, double fraction)
{
    if (count == 0)
        return NAN;
    double place = fraction * (double)(count - 1);
    uint64_t below = (uint64_t)place;
    if (below >= count - 1)
        return sorted[count - 1];
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}
