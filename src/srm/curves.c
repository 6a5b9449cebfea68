#include "srm/curves.h"

#include "base/memory.h"

#include <math.h>

enum base_status srm_curves_read(struct gpu *gpu, const struct srm_counter *counter,
                                 const struct srm_sums *sums, uint64_t curves, uint64_t rows,
                                 struct srm_curve_point *points)
{
    uint32_t angles = counter->parameters.angles;
    struct srm_angle_sums *exact;
    BASE_TRY(base_allocate(&exact, (size_t)counter->parameters.n_epsilons * angles, sizeof *exact, "sums"));
    enum base_status status = srm_sums_read(gpu, counter, sums, exact);
    /* The variance is the small difference of two large numbers; the sums are exact, so 64 bits of
     * significand keep it good to 2^-64 of the mean square. */
    long double n = (long double)curves, share = rows ? 1.0L / (long double)rows : 0;
    for (uint32_t e = 0; e < counter->parameters.n_epsilons && status == BASE_OK; e++) {
        for (uint32_t k = 0; k < angles; k++) {
            struct srm_angle_sums at = exact[e * angles + k];
            long double mean = n > 0 ? (long double)at.sum / n : 0;
            long double variance = n > 0 ? (long double)at.squares / n - mean * mean : 0;
            points[e * angles + k] = (struct srm_curve_point){
                .mean = (double)(mean * share),
                .deviation = (double)(sqrtl(fmaxl(variance, 0)) * share),
                .least = (double)(at.least * share),
                .greatest = (double)(at.greatest * share),
            };
        }
    }
    base_free(exact);
    return status;
}
