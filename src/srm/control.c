#include "srm/control.h"

#include "base/memory.h"
#include "base/random.h"
#include "srm/dense.h"
#include "srm/gram.h"
#include "srm/planes.h"
#include "srm/rotation.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum base_status srm_control_subset(uint32_t n_vectors, uint64_t most_planes, uint64_t seed,
                                    uint32_t **subset, uint32_t *count)
{
    uint64_t *drawn;
    uint32_t wanted = n_vectors;
    if (srm_planes_count(n_vectors) > most_planes) {
        wanted = (uint32_t)((1 + sqrt(1 + 8 * (double)most_planes)) / 2);
        while (wanted > 2 && srm_planes_count(wanted) > most_planes)
            wanted--;
    }
    BASE_TRY(base_allocate(subset, wanted, sizeof **subset, "the control's vectors"));
    enum base_status status = base_allocate(&drawn, wanted, sizeof *drawn, "the control's vectors");
    if (status == BASE_OK)
        status = srm_planes_sample(seed, BASE_STREAM_CONTROL_PLANES, wanted, n_vectors, drawn);
    for (uint32_t k = 0; status == BASE_OK && k < wanted; k++)
        (*subset)[k] = (uint32_t)drawn[k];
    base_free(drawn);
    *count = wanted;
    if (status != BASE_OK) {
        base_free(*subset);
        *subset = NULL;
    }
    return status;
}

/* The row with the most left to explain becomes the next pivot; below 1e-14 nothing is left, and what
 * dependent vectors lose is 1e-7 of their length at most. left[count] is what remains of each diagonal
 * element; factor[count, count] starts as zeros. Returns the rank. */
static uint32_t factor_gram(const double *gram, uint32_t count, uint32_t most, double *left, double *factor)
{
    for (uint32_t i = 0; i < count; i++)
        left[i] = gram[(uint64_t)i * count + i];
    for (uint32_t step = 0; step < most; step++) {
        uint32_t pivot = 0;
        for (uint32_t i = 1; i < count; i++)
            pivot = left[i] > left[pivot] ? i : pivot;
        if (left[pivot] < 1e-14)
            return step;
        const double *across = factor + (uint64_t)pivot * count;
        double root = sqrt(left[pivot]);
        for (uint32_t i = 0; i < count; i++) {
            double *row = factor + (uint64_t)i * count;
            if (i == pivot || left[i] <= 0)
                continue;
            row[step] = (gram[(uint64_t)i * count + pivot] - srm_dense_dot(row, across, step)) / root;
            left[i] -= row[step] * row[step];
        }
        factor[(uint64_t)pivot * count + step] = root;
        left[pivot] = 0;
    }
    return most;
}

static void normalise_rows(double *rows, uint32_t count, uint32_t width)
{
    for (uint32_t r = 0; r < count; r++) {
        double *row = rows + (uint64_t)r * width;
        double length = sqrt(srm_dense_dot(row, row, width));
        for (uint32_t k = 0; k < width; k++)
            row[k] /= length;
    }
}

enum base_status srm_control_basis(const struct srm_basis *basis, const uint32_t *subset, uint32_t count,
                                   uint64_t seed, uint32_t copy, struct srm_basis *control)
{
    enum base_status status;
    uint32_t width = basis->width, most = count < width ? count : width;
    size_t square = (size_t)count * count;
    double *gram = NULL, *factor = NULL, *frame = NULL;
    *control = (struct srm_basis){.n_vectors = count, .width = width, .orthonormal = basis->orthonormal};
    (void)snprintf(control->name, sizeof control->name, "control:%" PRIu32, copy);
    BASE_CHECK(
        base_allocate(&control->vectors, (size_t)count * width, sizeof(double), "the control's vectors"));
    if (basis->orthonormal) {
        BASE_CHECK(srm_rotation_frame(seed, copy, count, width, control->vectors));
        return BASE_OK;
    }
    BASE_CHECK(base_allocate(&gram, square + count, sizeof *gram, "the control's angles"));
    BASE_CHECK(base_allocate(&factor, square, sizeof *factor, "the control's angles"));
    BASE_CHECK(base_allocate(&frame, (size_t)most * width, sizeof *frame, "the control's frame"));
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j <= i; j++) {
            double cosine = srm_gram_cosine(basis, subset[i], subset[j]);
            gram[(uint64_t)i * count + j] = cosine;
            gram[(uint64_t)j * count + i] = cosine;
        }
    }
    uint32_t rank = factor_gram(gram, count, most, gram + square, factor);
    BASE_CHECK(srm_rotation_frame(seed, copy, rank, width, frame));
    srm_dense_add(control->vectors, count, factor, count, 1, frame, rank, width, width);
    normalise_rows(control->vectors, count, width);
error:
    base_free(gram);
    base_free(factor);
    base_free(frame);
    if (status != BASE_OK)
        srm_basis_free(control);
    return status;
}
