#include "srm/axis_null.h"

#include "base/memory.h"
#include "base/random.h"
#include "srm/dense.h"

#include <math.h>

/* Rows simulated at once. */
enum { BATCH = 32, LEAST_SAMPLES = 64, MOST_SAMPLES = 16384 };

double srm_axis_null_kurtosis(uint32_t n)
{
    return 3 * (n - 1.0) / (n + 1.0);
}

double srm_axis_null_kurtosis_uncentred(uint32_t n)
{
    return 3.0 * n / (n + 2.0);
}

static uint32_t samples_for(const struct srm_basis *basis)
{
    double cost = basis->width * 64.0; /* a normal number costs about as much as 64 products */
    if (!basis->orthonormal)
        cost += (double)basis->width * basis->n_vectors;
    double samples = fmin(MOST_SAMPLES, fmax(LEAST_SAMPLES, 0x1p28 / cost));
    return (uint32_t)samples / BATCH * BATCH;
}

/* Sums, over samples, of the measures and of the squares of the last two. */
struct sums {
    double kurtosis, kurtosis_uncentred, axis_cosine, participation;
    double axis_cosine_squares, participation_squares;
};

static void add_sample(struct sums *sums, const double *coordinates, uint32_t n, double squared_norm)
{
    double mean = 0, largest = 0, second = 0, fourth = 0, centred_second = 0, centred_fourth = 0;
    for (uint32_t k = 0; k < n; k++) {
        mean += coordinates[k] / n;
        largest = fmax(largest, fabs(coordinates[k]));
    }
    for (uint32_t k = 0; k < n; k++) {
        double square = coordinates[k] * coordinates[k];
        double centred = (coordinates[k] - mean) * (coordinates[k] - mean);
        second += square;
        fourth += square * square;
        centred_second += centred;
        centred_fourth += centred * centred;
    }
    double cosine = largest / sqrt(squared_norm), participation = second * second / fourth;
    sums->kurtosis += n * centred_fourth / (centred_second * centred_second);
    sums->kurtosis_uncentred += n / participation;
    sums->axis_cosine += cosine;
    sums->axis_cosine_squares += cosine * cosine;
    sums->participation += participation;
    sums->participation_squares += participation * participation;
}

static double standard_error(double sum, double squares, double n)
{
    return sqrt(fmax(0, squares / n - sum / n * (sum / n)) / (n - 1));
}

enum base_status srm_axis_null_simulate(const struct srm_basis *basis, uint64_t seed,
                                        struct srm_axis_null *null)
{
    enum base_status status;
    uint32_t width = basis->width, n = basis->n_vectors, samples = samples_for(basis);
    double *rows = NULL, *coordinates = NULL;
    struct sums sums = {0};
    BASE_CHECK(base_allocate(&rows, (size_t)BATCH * width, sizeof *rows, "the axis measures' null"));
    BASE_CHECK(
        base_allocate(&coordinates, (size_t)BATCH * n, sizeof *coordinates, "the axis measures' null"));
    for (uint32_t first = 0; first < samples; first += BATCH) {
        for (uint64_t k = 0; k < (uint64_t)BATCH * width; k++)
            rows[k] = base_random_normal(seed, BASE_STREAM_NULL, (uint64_t)first * width + k);
        if (!basis->orthonormal)
            srm_dense_dots(rows, BATCH, basis->vectors, n, width, coordinates, n);
        for (uint32_t r = 0; r < BATCH; r++) {
            /* An isotropic row looks the same in any orthonormal basis: its own coordinates serve. */
            const double *row = rows + (uint64_t)r * width;
            const double *seen = basis->orthonormal ? row : coordinates + (uint64_t)r * n;
            add_sample(&sums, seen, n, srm_dense_dot(row, row, width));
        }
    }
    *null = (struct srm_axis_null){
        .kurtosis = basis->orthonormal ? srm_axis_null_kurtosis(n) : sums.kurtosis / samples,
        .kurtosis_uncentred =
            basis->orthonormal ? srm_axis_null_kurtosis_uncentred(n) : sums.kurtosis_uncentred / samples,
        .axis_cosine = sums.axis_cosine / samples,
        .participation = sums.participation / samples,
        .axis_cosine_error = standard_error(sums.axis_cosine, sums.axis_cosine_squares, samples),
        .participation_error = standard_error(sums.participation, sums.participation_squares, samples),
        .samples = samples,
    };
error:
    base_free(rows);
    base_free(coordinates);
    return status;
}
