/* Order statistics of a few samples. */
#ifndef ARCLIGHT_CLI_STATISTICS_H
#define ARCLIGHT_CLI_STATISTICS_H

#include <stdint.h>

struct cli_quartiles {
    double minimum, low, median, high; /* 0, 1/4, 1/2 and 3/4 quantile, linear between samples */
};

/* Sorts `samples` (count >= 1) in place. */
struct cli_quartiles cli_quartiles(double *samples, uint32_t count);

#endif
