#include "srm/reference.h"

#include "base/memory.h"
#include "srm/angles.h"
#include "srm/threshold.h"

#include <math.h>
#include <string.h>

#define TWO_PI 6.283185307179586476925

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The biased exponent of a nonzero magnitude as if denormals had one too (0 and below), and its fraction. */
static int32_t exponent_of(uint32_t magnitude, uint32_t *fraction)
{
    int32_t exponent = (int32_t)(magnitude >> 23);
    *fraction = magnitude & 0x7fffffu;
    if (exponent == 0) {
        int32_t shift = __builtin_clz(magnitude) - 8; /* brings the leading one to bit 23 */
        *fraction = magnitude << shift & 0x7fffffu;
        exponent = 1 - shift;
    }
    return exponent;
}

static float scale_value(float value, int32_t largest_exponent)
{
    enum { bias = 127, lowest = bias - 60 };
    uint32_t bits = bits_of(value), fraction;
    if (!(bits & 0x7fffffffu))
        return 0.0f;
    int32_t exponent = exponent_of(bits & 0x7fffffffu, &fraction) - largest_exponent + bias;
    if (exponent < lowest)
        return 0.0f;
    return float_of((bits & 0x80000000u) | (uint32_t)exponent << 23 | fraction);
}

static float squared_norm(const float *row, uint32_t width)
{
    float partial[8] = {0};
    for (uint32_t i = 0; i < width; i++)
        partial[i % 8] += row[i] * row[i];
    return ((partial[0] + partial[1]) + (partial[2] + partial[3])) +
           ((partial[4] + partial[5]) + (partial[6] + partial[7]));
}

void srm_reference_prepare(const float *rows, uint64_t n_rows, uint32_t width, float *scaled,
                           float *squared_norms)
{
    for (uint64_t r = 0; r < n_rows; r++) {
        const float *row = rows + r * width;
        float *out = scaled + r * width;
        uint32_t largest = 0, fraction;
        for (uint32_t i = 0; i < width; i++) {
            uint32_t magnitude = bits_of(row[i]) & 0x7fffffffu;
            largest = magnitude > largest ? magnitude : largest;
        }
        int32_t exponent = largest ? exponent_of(largest, &fraction) : 0;
        for (uint32_t i = 0; i < width; i++)
            out[i] = scale_value(row[i], exponent);
        squared_norms[r] = squared_norm(out, width);
    }
}

/* One row seen in one plane. */
struct point {
    float a, b;
};

static struct point point_of(const float *row, struct srm_pair pair, struct srm_pair_constants constants)
{
    struct point point = {row[pair.i], row[pair.j]};
    if (constants.cosine != 0)
        point.b = (point.b - constants.cosine * point.a) * constants.inverse_sine;
    return point;
}

static enum base_status make_tables(uint32_t n_angles, float **cosine, float **sine)
{
    BASE_TRY(base_allocate(cosine, 2 * (size_t)n_angles, sizeof **cosine, "the angle tables"));
    *sine = *cosine + n_angles;
    srm_angles_fill(n_angles, *cosine, *sine);
    return BASE_OK;
}

enum base_status srm_reference_counts(const struct srm_reference_input *input, uint32_t *counts)
{
    float *cosine, *sine;
    BASE_TRY(make_tables(input->n_angles, &cosine, &sine));
    memset(counts, 0, sizeof *counts * input->n_epsilons * input->n_pairs * input->n_angles);
    for (uint32_t e = 0; e < input->n_epsilons; e++) {
        struct srm_threshold threshold = srm_threshold_make(input->epsilons[e]);
        for (uint64_t p = 0; p < input->n_pairs; p++) {
            struct srm_pair pair = input->pairs[p];
            struct srm_pair_constants constants = srm_pair_constants(pair);
            uint32_t *out = counts + (e * input->n_pairs + p) * input->n_angles;
            for (uint64_t r = 0; r < input->n_rows && !srm_pair_degenerate(pair); r++) {
                struct point point = point_of(input->projections + r * input->n_vectors, pair, constants);
                float limit = threshold.epsilon2 * input->squared_norms[r];
                for (uint32_t k = 0; k < input->n_angles; k++) {
                    float component = point.a * cosine[k] + point.b * sine[k];
                    out[k] += srm_threshold_passed(threshold, component, limit);
                }
            }
        }
    }
    base_free(cosine);
    return BASE_OK;
}

/* ---- the same by arcs ---- */

/* The grid, and the threshold of one epsilon. For epsilon <= 0 the unlit angles form the arc: it is the arc
 * of the opposite point, and the ends of the test are turned round. */
struct arc_finder {
    const float *cosine, *sine;
    int32_t n_angles;
    struct srm_threshold threshold;
};

static bool in_arc(const struct arc_finder *finder, struct point point, float limit, int32_t k)
{
    int32_t n = finder->n_angles;
    k = k < 0 ? k + n : k >= n ? k - n : k;
    float component = point.a * finder->cosine[k] + point.b * finder->sine[k];
    if (finder->threshold.sign > 0)
        return srm_threshold_passed(finder->threshold, component, limit);
    return !srm_threshold_passed(finder->threshold, -component, limit);
}

/* Angles first..last (first in [0, n), last >= first, last - first < n) of the arc; false when it is empty.
 * An arc never spans more than half the circle, so both ends stop. */
static bool find_arc(const struct arc_finder *finder, struct point point, float limit, int32_t *first,
                     int32_t *last)
{
    double step = TWO_PI / finder->n_angles;
    double radius = sqrt((double)point.a * point.a + (double)point.b * point.b);
    if (!(radius > 0))
        return false;
    double middle = atan2(point.b, point.a) / step;
    middle += middle < 0 ? finder->n_angles : 0;
    double half = acos(fmin(1, sqrt(limit) / radius)) / step;
    int32_t lo = (int32_t)ceil(middle - half), hi = (int32_t)floor(middle + half);
    while (lo <= hi && !in_arc(finder, point, limit, lo))
        lo++;
    while (lo <= hi && !in_arc(finder, point, limit, hi))
        hi--;
    if (lo > hi) { /* the guess missed: an arc this short holds an angle next to its middle, or none */
        lo = hi = (int32_t)floor(middle);
        if (!in_arc(finder, point, limit, lo))
            lo = ++hi;
        if (!in_arc(finder, point, limit, lo))
            return false;
    }
    while (in_arc(finder, point, limit, lo - 1))
        lo--;
    while (in_arc(finder, point, limit, hi + 1))
        hi++;
    int32_t turn = lo < 0 ? finder->n_angles : lo >= finder->n_angles ? -finder->n_angles : 0;
    *first = lo + turn;
    *last = hi + turn;
    return true;
}

/* Adds `amount` (1, or its negative modulo 2^32) to the angles first..last in a difference array. */
static void add_arc(uint32_t *difference, uint32_t n_angles, int32_t first, int32_t last, uint32_t amount)
{
    uint32_t end = (uint32_t)last + 1;
    difference[first] += amount;
    if (end < n_angles) {
        difference[end] -= amount;
    } else if (end > n_angles) {
        difference[0] += amount;
        difference[end - n_angles] -= amount;
    }
}

static void add_row(const struct srm_reference_input *input, const struct arc_finder *finder,
                    const struct srm_pair_constants *constants, uint64_t r, uint32_t *difference)
{
    float limit = finder->threshold.epsilon2 * input->squared_norms[r];
    bool inside = finder->threshold.sign > 0;
    for (uint64_t p = 0; p < input->n_pairs; p++) {
        if (srm_pair_degenerate(input->pairs[p]))
            continue;
        struct point point =
            point_of(input->projections + r * input->n_vectors, input->pairs[p], constants[p]);
        uint32_t *out = difference + p * input->n_angles;
        int32_t first, last;
        /* No angle can be lit when the in-plane part is short; the small margin covers the rounding. */
        if (point.a * point.a + point.b * point.b < limit * 0.99999f) {
            out[0] += !inside;
            continue;
        }
        out[0] += !inside;
        if (!inside)
            point = (struct point){-point.a, -point.b};
        if (find_arc(finder, point, limit, &first, &last))
            add_arc(out, input->n_angles, first, last, inside ? 1u : UINT32_MAX);
    }
}

enum base_status srm_reference_counts_fast(const struct srm_reference_input *input, uint32_t *counts)
{
    float *cosine = NULL, *sine;
    struct srm_pair_constants *constants = NULL;
    enum base_status status;
    BASE_CHECK(make_tables(input->n_angles, &cosine, &sine));
    BASE_CHECK(base_allocate(&constants, input->n_pairs, sizeof *constants, "the planes' constants"));
    for (uint64_t p = 0; p < input->n_pairs; p++)
        constants[p] = srm_pair_constants(input->pairs[p]);
    memset(counts, 0, sizeof *counts * input->n_epsilons * input->n_pairs * input->n_angles);
    for (uint32_t e = 0; e < input->n_epsilons; e++) {
        struct arc_finder finder = {cosine, sine, (int32_t)input->n_angles,
                                    srm_threshold_make(input->epsilons[e])};
        uint32_t *out = counts + e * input->n_pairs * input->n_angles;
        for (uint64_t r = 0; r < input->n_rows; r++)
            add_row(input, &finder, constants, r, out);
        for (uint64_t p = 0; p < input->n_pairs; p++) {
            for (uint32_t k = 1; k < input->n_angles; k++)
                out[p * input->n_angles + k] += out[p * input->n_angles + k - 1];
        }
    }
error:
    base_free(constants);
    base_free(cosine);
    return status;
}

void srm_reference_sums(const struct srm_reference_input *input, struct srm_reference_sums *sums)
{
    memset(sums, 0, sizeof *sums * input->n_epsilons * input->n_pairs);
    for (uint32_t e = 0; e < input->n_epsilons; e++) {
        struct srm_threshold threshold = srm_threshold_make(input->epsilons[e]);
        for (uint64_t p = 0; p < input->n_pairs; p++) {
            struct srm_pair pair = input->pairs[p];
            struct srm_pair_constants constants = srm_pair_constants(pair);
            struct srm_reference_sums *sum = sums + e * input->n_pairs + p;
            for (uint64_t r = 0; r < input->n_rows && !srm_pair_degenerate(pair); r++) {
                struct point point = point_of(input->projections + r * input->n_vectors, pair, constants);
                float radius2 = point.a * point.a + point.b * point.b;
                float limit = threshold.sign > 0 ? threshold.epsilon2 * input->squared_norms[r] : 0;
                if (!(radius2 > 0) || !(radius2 >= limit))
                    continue;
                double a = point.a, b = point.b, square = a * a + b * b;
                double twice = (a * a - b * b) / square;
                sum->hits++;
                sum->cosine1 += a / sqrt(square);
                sum->sine1 += b / sqrt(square);
                sum->cosine2 += twice;
                sum->cosine4 += 2 * twice * twice - 1;
            }
        }
    }
}

/* ---- double precision ---- */

void srm_reference_project(const float *rows, uint64_t n_rows, uint32_t width, const double *vectors,
                           uint32_t n_vectors, double *projections, double *squared_norms)
{
    for (uint64_t r = 0; r < n_rows; r++) {
        const float *row = rows + r * width;
        double square = 0;
        for (uint32_t i = 0; i < width; i++)
            square += (double)row[i] * row[i];
        squared_norms[r] = square;
        for (uint32_t v = 0; v < n_vectors; v++) {
            double sum = vectors ? 0 : row[v];
            for (uint32_t i = 0; vectors && i < width; i++)
                sum += row[i] * vectors[(uint64_t)v * width + i];
            projections[r * n_vectors + v] = sum;
        }
    }
}

/* Adds one row in one plane; a and b are its in-plane coordinates over its norm. */
static void count_double(const struct srm_double_input *input, const double *cosine, const double *sine,
                         uint64_t p, double a, double b, double margin, uint32_t *counts, uint32_t *near)
{
    for (uint32_t e = 0; e < input->n_epsilons; e++) {
        uint64_t first = (e * input->n_pairs + p) * input->n_angles;
        for (uint32_t k = 0; k < input->n_angles; k++) {
            double excess = a * cosine[k] + b * sine[k] - input->epsilons[e];
            counts[first + k] += excess >= 0;
            near[first + k] += fabs(excess) <= margin;
        }
    }
}

enum base_status srm_reference_counts_double(const struct srm_double_input *input, uint32_t *counts,
                                             uint32_t *near)
{
    double *cosine;
    BASE_TRY(base_allocate(&cosine, 2 * (size_t)input->n_angles, sizeof *cosine, "the angle tables"));
    double *sine = cosine + input->n_angles;
    for (uint32_t k = 0; k < input->n_angles; k++) {
        cosine[k] = cos(TWO_PI * k / input->n_angles);
        sine[k] = sin(TWO_PI * k / input->n_angles);
    }
    memset(counts, 0, sizeof *counts * input->n_epsilons * input->n_pairs * input->n_angles);
    memset(near, 0, sizeof *near * input->n_epsilons * input->n_pairs * input->n_angles);
    for (uint64_t p = 0; p < input->n_pairs; p++) {
        struct srm_pair pair = input->pairs[p];
        double inverse_sine = 1 / sqrt(1 - pair.cosine * pair.cosine);
        for (uint64_t r = 0; r < input->n_rows && !srm_pair_degenerate(pair); r++) {
            const double *row = input->projections + r * input->n_vectors;
            double norm = input->squared_norms[r] > 0 ? sqrt(input->squared_norms[r]) : 1;
            double a = row[pair.i] / norm,
                   b = (row[pair.j] - pair.cosine * row[pair.i]) * inverse_sine / norm;
            count_double(input, cosine, sine, p, a, b, SRM_THRESHOLD_MARGIN * inverse_sine, counts, near);
        }
    }
    base_free(cosine);
    return BASE_OK;
}
