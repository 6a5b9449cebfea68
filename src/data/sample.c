#include "data/sample.h"

#include "base/attend.h"
#include "base/memory.h"
#include "data/row_scan.h"

#include <math.h>
#include <string.h>

enum { RUN = 32 }; /* rows read at once */

/* Whether the row of all sets is finite, and set 0's part within the bound. */
static bool is_usable(const float *row, uint64_t width, uint64_t width_0, double norm_bound)
{
    struct data_row_scan all = data_row_scan(row, width);
    return data_row_is_finite(&all) && sqrt(data_row_scan(row, width_0).square) <= norm_bound;
}

/* Rows [from, from + count) of all sets side by side. */
static enum base_status read_side_by_side(const struct data_sample_parameters *parameters, uint64_t from,
                                          uint64_t count, uint64_t width, float *part, float *rows)
{
    uint64_t column = 0;
    for (uint32_t s = 0; s < parameters->n_sets; s++) {
        uint64_t own = data_width(parameters->sets[s]);
        BASE_TRY(data_read(parameters->sets[s], from, count, part));
        for (uint64_t r = 0; r < count; r++)
            memcpy(rows + r * width + column, part + r * own, own * sizeof *rows);
        column += own;
    }
    return BASE_OK;
}

enum base_status data_sample(const struct data_sample_parameters *parameters, float **rows, uint64_t *count)
{
    uint64_t to = parameters->rows_to ? parameters->rows_to : data_rows(parameters->sets[0]);
    uint64_t all = to - parameters->rows_from, width_0 = data_width(parameters->sets[0]), width = 0;
    for (uint32_t s = 0; s < parameters->n_sets; s++)
        width += data_width(parameters->sets[s]);
    uint64_t most = base_minimum(all, parameters->most), runs = base_divide_up(most, RUN);
    float *kept = NULL, *block = NULL, *part = NULL;
    uint64_t n = 0;
    enum base_status status;
    *rows = NULL;
    BASE_CHECK(base_allocate(&kept, runs * RUN * width, sizeof *kept, "a sample of rows"));
    BASE_CHECK(base_allocate(&block, RUN * width, sizeof *block, "a sample of rows"));
    BASE_CHECK(base_allocate(&part, RUN * width, sizeof *part, "a sample of rows"));
    for (uint64_t i = 0; i < runs; i++) {
        /* Spread evenly; runs that take about all rows follow each other, so that none is read twice. */
        uint64_t from = runs * RUN > all ? i * RUN : i * (all / runs) + i * (all % runs) / runs;
        uint64_t length = base_minimum(RUN, base_minimum(all - from, most - i * RUN));
        BASE_CHECK(base_attend("reading rows", i, runs));
        BASE_CHECK(read_side_by_side(parameters, parameters->rows_from + from, length, width, part, block));
        for (uint64_t r = 0; r < length; r++)
            if (is_usable(block + r * width, width, width_0, parameters->norm_bound))
                memcpy(kept + n++ * width, block + r * width, width * sizeof *kept);
    }
    if (n == 0)
        BASE_CHECK(base_fail(BASE_ERROR_INPUT,
                             "%s: none of %llu rows looked at is finite and within the bound on norms; see "
                             "arclight inspect --check and --max-norm",
                             data_shard_at(parameters->sets[0], 0).path, (unsigned long long)most));
error:
    base_free(block);
    base_free(part);
    if (status != BASE_OK)
        base_free(kept);
    else
        *rows = kept;
    *count = n;
    return status;
}
