#include "srm/statistics.h"

#include "base/memory.h"
#include "srm/order.h"

#include <math.h>

struct srm_plane_statistics srm_statistics_make(struct srm_curve_statistics found, float fixed_scale)
{
    double weight = 1 / ((double)fixed_scale * found.hits), c4 = found.cosine4 * weight;
    struct srm_plane_statistics statistics = {
        .z = c4 * sqrt(2.0 * found.hits),
        .c1 = (float)(found.cosine1 * weight),
        .c2 = (float)(found.cosine2 * weight),
        .c4 = (float)c4,
        .hits = found.hits,
        .peak = found.peak,
        .peak_angle = found.peak_angle,
        .q = NAN,
    };
    if (found.hits == 0) {
        statistics.z = NAN;
        statistics.c1 = statistics.c2 = statistics.c4 = NAN;
    }
    return statistics;
}

struct srm_plane_statistics srm_statistics_make_mirrored(struct srm_curve_statistics found, float fixed_scale)
{
    found.cosine1 = found.sine1;
    found.cosine2 = -found.cosine2;
    found.peak_angle = found.mirrored_angle;
    return srm_statistics_make(found, fixed_scale);
}

double srm_statistics_lift(const struct srm_plane_statistics *statistics, uint64_t rows, double null_share)
{
    if (rows == 0 || statistics->peak == 0)
        return 0;
    return statistics->peak / ((double)rows * null_share);
}

enum base_status srm_statistics_median_hits(const struct srm_plane_statistics *statistics,
                                            const double *cosines, uint64_t n, double *median)
{
    double *hits;
    uint64_t *order, count;
    *median = 0;
    BASE_TRY(base_allocate(&hits, n, sizeof *hits, "the median"));
    for (uint64_t p = 0; p < n; p++)
        hits[p] = cosines && isnan(cosines[p]) ? NAN : statistics[p].hits;
    enum base_status status = srm_order_descending(hits, n, &order, &count);
    if (status == BASE_OK && count > 0)
        *median = (hits[order[(count - 1) / 2]] + hits[order[count / 2]]) / 2;
    base_free(order);
    base_free(hits);
    return status;
}

enum base_status srm_statistics_vector_shares(const struct srm_planes *planes,
                                              const struct srm_plane_statistics *statistics, double *shares)
{
    enum { together = 1024 };
    struct srm_plane list[together];
    uint64_t *hits, total = 0;
    BASE_TRY(base_allocate(&hits, planes->n_vectors, sizeof *hits, "the vectors' hits"));
    for (uint64_t first = 0; first < planes->count; first += together) {
        uint64_t n = base_minimum(together, planes->count - first);
        srm_planes_fill(planes, first, n, list);
        for (uint64_t p = 0; p < n; p++) {
            hits[list[p].i] += statistics[first + p].hits;
            hits[list[p].j] += statistics[first + p].hits;
            total += statistics[first + p].hits;
        }
    }
    for (uint32_t v = 0; v < planes->n_vectors; v++)
        shares[v] = total ? (double)hits[v] / (double)total : 0;
    base_free(hits);
    return BASE_OK;
}
