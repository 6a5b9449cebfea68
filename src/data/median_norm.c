#include "data/shuffle.h"

#include "base/attend.h"
#include "base/memory.h"
#include "data/quantile.h"
#include "data/row_scan.h"

#include <math.h>

enum base_status data_median_norm(struct data_activations *set, uint64_t rows_from, uint64_t rows_to,
                                  uint64_t most, double *median)
{
    enum base_status status = BASE_OK;
    const uint64_t to = rows_to == 0 ? data_rows(set) : rows_to;
    const uint32_t width = data_width(set);
    float *row = NULL;
    double *norms = NULL;
    uint64_t n_norms = 0;
    if (to > data_rows(set) || rows_from >= to)
        return base_fail(BASE_ERROR_INPUT, "%s: rows %llu to %llu are wanted, there are %llu",
                         data_shard_at(set, 0).path, (unsigned long long)rows_from, (unsigned long long)to,
                         (unsigned long long)data_rows(set));
    const uint64_t rows = to - rows_from;
    const uint64_t count = base_minimum(rows, base_minimum(base_maximum(most, 1), UINT32_MAX));
    BASE_CHECK(base_allocate(&row, width, sizeof *row, "a row of activations"));
    BASE_CHECK(base_allocate(&norms, count, sizeof *norms, "the norms of activations"));
    for (uint64_t i = 0; i < count; i++) {
        /* floor(i * rows / count), without the product that may not fit */
        uint64_t at = i * (rows / count) + i * (rows % count) / count;
        BASE_CHECK(base_attend("reading rows", i, count));
        BASE_CHECK(data_read(set, rows_from + at, 1, row));
        struct data_row_scan scan = data_row_scan(row, data_norm_width(set));
        if (data_row_is_finite(&scan))
            norms[n_norms++] = sqrt(scan.square);
    }
    if (n_norms == 0)
        BASE_CHECK(base_fail(BASE_ERROR_INPUT,
                             "%s: all %llu rows looked at hold NaN or Inf; see arclight inspect --check",
                             data_shard_at(set, 0).path, (unsigned long long)count));
    data_sort(norms, n_norms);
    *median = data_quantile(norms, n_norms, 0.5);
error:
    base_free(row);
    base_free(norms);
    return status;
}
