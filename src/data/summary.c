#include "data/activations.h"

#include "base/memory.h"
#include "base/platform.h"
#include "base/progress.h"
#include "data/quantile.h"
#include "data/row_scan.h"

#include <math.h>

enum { BLOCK_BYTES = 4 << 20 };

void data_summary_free(struct data_summary *summary)
{
    base_free(summary->mean);
    summary->mean = NULL;
}

static void add_row(struct data_summary *summary, const float *row, uint32_t width, double *norms,
                    uint64_t *n_norms)
{
    struct data_row_scan scan = data_row_scan(row, width);
    summary->rows++;
    summary->nan_values += scan.nan_values;
    summary->inf_values += scan.inf_values;
    if (!data_row_is_finite(&scan)) {
        summary->non_finite_rows++;
        return;
    }
    summary->zero_rows += scan.zero;
    summary->rms += scan.square;
    norms[(*n_norms)++] = sqrt(scan.square);
    for (uint32_t i = 0; i < width; i++)
        summary->mean[i] += (double)row[i];
}

static void finish(struct data_summary *summary, uint32_t width, double *norms, uint64_t n_norms)
{
    double square = 0;
    if (n_norms == 0)
        return;
    for (uint32_t i = 0; i < width; i++) {
        summary->mean[i] /= (double)n_norms;
        square += summary->mean[i] * summary->mean[i];
    }
    summary->mean_norm = sqrt(square);
    summary->rms = sqrt(summary->rms / (double)n_norms);
    data_sort(norms, n_norms);
    summary->norm_minimum = norms[0];
    summary->norm_median = data_quantile(norms, n_norms, 0.5);
    summary->norm_99 = data_quantile(norms, n_norms, 0.99);
    summary->norm_maximum = norms[n_norms - 1];
}

enum base_status data_summarise(struct data_activations *activations, struct data_summary *summary)
{
    enum base_status status = BASE_OK;
    const uint64_t rows = data_rows(activations);
    const uint32_t width = data_width(activations);
    const uint64_t block = base_maximum(1, BLOCK_BYTES / sizeof(float) / width);
    float *values = NULL;
    double *norms = NULL;
    uint64_t n_norms = 0;
    *summary = (struct data_summary){0};
    struct base_progress progress;
    base_progress_begin(&progress, "reading", "rows");
    BASE_CHECK(base_allocate(&summary->mean, width, sizeof *summary->mean, "the mean of the activations"));
    BASE_CHECK(base_allocate(&norms, rows, sizeof *norms, "the norms of the activations"));
    BASE_CHECK(
        base_allocate(&values, base_minimum(block, rows) * width, sizeof *values, "a block of activations"));
    for (uint64_t from = 0; from < rows; from += block) {
        uint64_t count = base_minimum(block, rows - from);
        if (base_interrupted())
            BASE_CHECK(base_fail(BASE_INTERRUPTED, "interrupted"));
        BASE_CHECK(data_read(activations, from, count, values));
        for (uint64_t row = 0; row < count; row++)
            add_row(summary, values + row * width, width, norms, &n_norms);
        base_progress_update(&progress, from + count, rows);
    }
    finish(summary, width, norms, n_norms);
error:
    base_progress_end(&progress);
    base_free(values);
    base_free(norms);
    if (status != BASE_OK)
        data_summary_free(summary);
    return status;
}
