/* A sample of rows for estimates made before a long run. */
#ifndef ARCLIGHT_DATA_SAMPLE_H
#define ARCLIGHT_DATA_SAMPLE_H

#include "data/activations.h"

#ifdef __cplusplus
extern "C" {
#endif

/* At most `most` rows of several sets side by side (as data_shuffle gives them), in runs of neighbours spread
 * evenly over [rows_from, rows_to); rows with NaN or Inf, or whose norm in set 0 exceeds `norm_bound`
 * (INFINITY: none), are left out. *rows [*count, width of all sets] is freed with base_free. BASE_ERROR_INPUT
 * when none is left. */
struct data_sample_parameters {
    struct data_activations *const *sets; /* not owned; the same numbers of rows */
    uint32_t n_sets;
    uint64_t rows_from, rows_to; /* rows_to 0: to the end */
    uint64_t most;
    double norm_bound;
};
enum base_status data_sample(const struct data_sample_parameters *parameters, float **rows, uint64_t *count);

#ifdef __cplusplus
}
#endif
#endif
