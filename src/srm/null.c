#include "srm/null.h"

#include <math.h>

/* The continued fraction of A&S 26.5.8 without its factor, evaluated by the modified Lentz method. It
 * converges fast for x < (a + 1) / (a + b + 2), in about sqrt(max(a, b)) steps. */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double upper = 1, lower = 1 - (a + b) * x / (a + 1);
    lower = 1 / (fabs(lower) < tiny ? tiny : lower);
    double value = lower;
    for (int step = 1; step < 1000000; step++) {
        double m = step, change = 1;
        const double terms[2] = {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                                 -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))};
        for (int half = 0; half < 2; half++) {
            lower = 1 + terms[half] * lower;
            upper = 1 + terms[half] / upper;
            lower = 1 / (fabs(lower) < tiny ? tiny : lower);
            upper = fabs(upper) < tiny ? tiny : upper;
            change = lower * upper;
            value *= change;
        }
        if (fabs(change - 1) < 1e-16)
            break;
    }
    return value;
}

/* ln I_x(a, b) on the side where the fraction converges fast. */
static double log_beta_small(double a, double b, double x, double complement)
{
    return lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(complement) - log(a) +
           log(beta_fraction(a, b, x));
}

static double log_beta(double a, double b, double x, double complement)
{
    if (x <= 0)
        return -INFINITY;
    if (complement <= 0)
        return 0;
    if (x < (a + 1) / (a + b + 2))
        return log_beta_small(a, b, x, complement);
    return log1p(-exp(log_beta_small(b, a, complement, x)));
}

double srm_null_beta(double a, double b, double x, double complement)
{
    return exp(log_beta(a, b, x, complement));
}

double srm_null_log_probability(double epsilon, uint32_t width)
{
    double square = epsilon * epsilon, complement = (1 - epsilon) * (1 + epsilon);
    double tail = log_beta((width - 1) / 2.0, 0.5, complement, square) - log(2);
    return epsilon >= 0 ? tail : log1p(-exp(tail));
}

double srm_null_probability(double epsilon, uint32_t width)
{
    return exp(srm_null_log_probability(epsilon, width));
}

double srm_null_plane_fraction(double epsilon, uint32_t width)
{
    if (epsilon <= 0 || width == 2)
        return 1;
    return pow((1 - epsilon) * (1 + epsilon), (width - 2) / 2.0);
}

double srm_null_automatic_epsilon(uint32_t width)
{
    const double least = 0.05, most = 0.9, fraction = 0.01;
    if (width <= 2)
        return most;
    return fmin(most, fmax(least, sqrt(-expm1(log(fraction) * 2 / (width - 2)))));
}

/* P(at most `count` of n_rows). */
static double binomial_at_most(uint64_t count, uint64_t n_rows, double probability)
{
    if (count >= n_rows)
        return 1;
    return srm_null_beta((double)(n_rows - count), (double)count + 1, 1 - probability, probability);
}

/* The least count that at least `mass` of the distribution does not exceed. */
static uint64_t binomial_quantile(uint64_t n_rows, double probability, double mass)
{
    uint64_t low = 0, high = n_rows;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (binomial_at_most(middle, n_rows, probability) >= mass)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

struct srm_null_band srm_null_binomial_band(uint64_t n_rows, double probability, double confidence)
{
    double tail = (1 - confidence) / 2;
    return (struct srm_null_band){binomial_quantile(n_rows, probability, tail),
                                  binomial_quantile(n_rows, probability, 1 - tail)};
}
