#include "cli/statistics.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, uint32_t count, double share)
{
    double place = share * (count - 1);
    uint32_t below = (uint32_t)place;
    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
}

struct cli_quartiles cli_quartiles(double *samples, uint32_t count)
{
    qsort(samples, count, sizeof *samples, compare);
    return (struct cli_quartiles){
        .minimum = samples[0],
        .low = quantile(samples, count, 0.25),
        .median = quantile(samples, count, 0.5),
        .high = quantile(samples, count, 0.75),
    };
}
