#include "srm/covariance.h"

#include "base/memory.h"
#include "srm/dense.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Rows gathered before they are added, and rows of the matrix that one call adds to. */
enum { GATHER = 64, STRIP = 64 };

struct srm_covariance {
    uint32_t width, waiting;
    uint64_t rows;
    double *mean;     /* [width] */
    double *sums;     /* [width, width], right of the diagonal's strip unused */
    double *gathered; /* [GATHER, width] */
    double *across;   /* [width, GATHER]: the transpose of gathered */
};

enum base_status srm_covariance_make(uint32_t width, const double *mean, struct srm_covariance **out)
{
    enum base_status status;
    struct srm_covariance *covariance = NULL;
    BASE_CHECK(base_allocate(&covariance, 1, sizeof *covariance, "the covariance matrix"));
    covariance->width = width;
    BASE_CHECK(base_allocate(&covariance->mean, width, sizeof(double), "the covariance matrix"));
    BASE_CHECK(
        base_allocate(&covariance->sums, (size_t)width * width, sizeof(double), "the covariance matrix"));
    BASE_CHECK(base_allocate(&covariance->gathered, (size_t)GATHER * width, sizeof(double),
                             "the covariance matrix"));
    BASE_CHECK(
        base_allocate(&covariance->across, (size_t)GATHER * width, sizeof(double), "the covariance matrix"));
    if (mean)
        memcpy(covariance->mean, mean, width * sizeof *mean);
    *out = covariance;
    return BASE_OK;
error:
    srm_covariance_free(&covariance);
    *out = NULL;
    return status;
}

void srm_covariance_free(struct srm_covariance **covariance)
{
    if (!*covariance)
        return;
    base_free((*covariance)->mean);
    base_free((*covariance)->sums);
    base_free((*covariance)->gathered);
    base_free((*covariance)->across);
    base_free(*covariance);
    *covariance = NULL;
}

static bool row_is_finite(const float *row, uint32_t width)
{
    for (uint32_t k = 0; k < width; k++) {
        uint32_t bits;
        memcpy(&bits, &row[k], sizeof bits);
        if ((bits & 0x7f800000u) == 0x7f800000u)
            return false;
    }
    return true;
}

static void add_gathered(struct srm_covariance *covariance)
{
    uint32_t width = covariance->width;
    for (uint32_t from = 0; from < width; from += STRIP) {
        uint32_t count = width - from < STRIP ? width - from : STRIP;
        srm_dense_add(covariance->sums + (uint64_t)from * width, count,
                      covariance->across + (uint64_t)from * GATHER, GATHER, 1, covariance->gathered,
                      covariance->waiting, from + count, width);
    }
    covariance->rows += covariance->waiting;
    covariance->waiting = 0;
}

void srm_covariance_add(struct srm_covariance *covariance, const float *rows, uint64_t n_rows)
{
    uint32_t width = covariance->width;
    for (uint64_t r = 0; r < n_rows; r++) {
        const float *row = rows + r * width;
        if (!row_is_finite(row, width))
            continue;
        double *out = covariance->gathered + (uint64_t)covariance->waiting * width;
        for (uint32_t k = 0; k < width; k++) {
            out[k] = row[k] - covariance->mean[k];
            covariance->across[(uint64_t)k * GATHER + covariance->waiting] = out[k];
        }
        if (++covariance->waiting == GATHER)
            add_gathered(covariance);
    }
    if (covariance->waiting)
        add_gathered(covariance);
}

enum base_status srm_covariance_read(const struct srm_covariance *covariance, double *matrix)
{
    uint32_t width = covariance->width;
    if (covariance->rows == 0)
        return base_fail(BASE_ERROR_INPUT, "there is no finite row, so no principal components");
    for (uint64_t row = 0; row < width; row++) {
        for (uint64_t column = 0; column <= row; column++) {
            double value = covariance->sums[row * width + column] / (double)covariance->rows;
            matrix[row * width + column] = value;
            matrix[column * width + row] = value;
        }
    }
    return BASE_OK;
}
