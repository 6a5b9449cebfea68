#include "data/inspect.h"

#include "base/memory.h"
#include "base/platform.h"
#include "base/progress.h"
#include "data/quantile.h"
#include "data/row_scan.h"
#include "io/tensor.h"

#include <math.h>

enum { BLOCK_BYTES = 4 << 20, MAX_SLAB_BYTES = 256 << 20, MAX_NORMS = 1 << 24 };

static void add_row(struct data_check *check, const float *row, double *norms, uint64_t *n_finite)
{
    struct data_row_scan scan = data_row_scan(row, check->columns);
    check->nan_values += scan.nan_values;
    check->inf_values += scan.inf_values;
    if (!data_row_is_finite(&scan)) {
        check->non_finite_rows++;
        return;
    }
    double norm = sqrt(scan.square);
    check->zero_rows += scan.zero;
    check->norm_mean += norm;
    check->norm_rms += scan.square;
    check->norm_minimum = *n_finite == 0 || norm < check->norm_minimum ? norm : check->norm_minimum;
    check->norm_maximum = *n_finite == 0 || norm > check->norm_maximum ? norm : check->norm_maximum;
    if (*n_finite % check->stride == 0)
        norms[*n_finite / check->stride] = norm;
    (*n_finite)++;
}

static void finish(struct data_check *check, double *norms, uint64_t n_finite)
{
    uint64_t n_norms = base_divide_up(n_finite, check->stride);
    data_sort(norms, n_norms);
    check->norm_01 = data_quantile(norms, n_norms, 0.01);
    check->norm_median = data_quantile(norms, n_norms, 0.5);
    check->norm_99 = data_quantile(norms, n_norms, 0.99);
    if (n_finite == 0)
        check->norm_minimum = check->norm_maximum = NAN;
    check->norm_mean = n_finite ? check->norm_mean / (double)n_finite : NAN;
    check->norm_rms = n_finite ? sqrt(check->norm_rms / (double)n_finite) : NAN;
}

/* Sets which rows there are, and their shape; *slab is how many of them one index of the first axis has. */
static enum base_status shape_rows(const struct io_file *file, const struct io_tensor *tensor,
                                   struct data_check_rows rows, struct data_check *check, uint64_t *slab)
{
    char shown[IO_PRINTABLE];
    *check = (struct data_check){.columns = tensor->rank > 1 ? tensor->shape[tensor->rank - 1] : 1};
    *slab = 1;
    for (uint32_t axis = 1; axis + 1 < tensor->rank; axis++)
        *slab *= tensor->shape[axis];
    check->all_rows = *slab * (tensor->rank > 0 ? tensor->shape[0] : 1);
    check->first = base_minimum(rows.from, check->all_rows);
    check->rows = check->all_rows - check->first;
    if (rows.to > 0)
        check->rows = base_minimum(check->rows, rows.to > check->first ? rows.to - check->first : 0);
    check->stride = base_maximum(1, base_divide_up(check->rows, MAX_NORMS));
    if (tensor->elements > 0 && *slab * check->columns > MAX_SLAB_BYTES / sizeof(float))
        return base_fail(
            BASE_ERROR_INPUT,
            "%s: tensor \"%s\": %llu values an index of the first axis are too many to be checked",
            io_path(file), io_printable(tensor->name, shown), (unsigned long long)(*slab * check->columns));
    return BASE_OK;
}

enum base_status data_check_tensor(struct io_file *file, const struct io_tensor *tensor,
                                   struct data_check_rows rows, struct data_check *check)
{
    enum base_status status = BASE_OK;
    float *values = NULL;
    double *norms = NULL;
    uint64_t n_finite = 0, slab;
    BASE_TRY(shape_rows(file, tensor, rows, check, &slab));
    if (tensor->elements == 0 || check->rows == 0) {
        finish(check, NULL, 0);
        return BASE_OK;
    }
    const uint64_t size = slab * check->columns, end = check->first + check->rows;
    const uint64_t first_slab = check->first / slab, slabs = base_divide_up(end, slab);
    const uint64_t block = base_maximum(1, BLOCK_BYTES / sizeof(float) / size);
    struct base_progress progress;
    base_progress_begin(&progress, "checking", "rows");
    BASE_CHECK(base_allocate(&norms, base_divide_up(check->rows, check->stride), sizeof *norms, "row norms"));
    BASE_CHECK(
        base_allocate(&values, base_minimum(block, slabs - first_slab) * size, sizeof *values, "rows"));
    for (uint64_t from = first_slab; from < slabs; from += block) {
        uint64_t count = base_minimum(block, slabs - from);
        if (base_interrupted())
            BASE_CHECK(base_fail(BASE_INTERRUPTED, "interrupted"));
        BASE_CHECK(io_read_rows(file, tensor, from, count, values));
        for (uint64_t row = 0; row < count * slab; row++)
            if (from * slab + row >= check->first && from * slab + row < end)
                add_row(check, values + row * check->columns, norms, &n_finite);
        base_progress_update(&progress, (from + count - first_slab) * slab, check->rows);
    }
    finish(check, norms, n_finite);
error:
    base_progress_end(&progress);
    base_free(values);
    base_free(norms);
    return status;
}
