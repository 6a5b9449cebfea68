#include "samples.h"

#include "common/count_bins.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

static double bump(double degrees, double at, double width)
{
    double apart = fabs(degrees - at);
    apart = fmin(apart, 360 - apart);
    return exp(-0.5 * apart * apart / (width * width));
}

float sample_curve(uint32_t plane, uint32_t k)
{
    double value = 0.0024;
    for (uint32_t axis = 0; axis < 4; axis++) {
        double height =
            0.012 * exp(0.8 * base_random_normal(5, BASE_STREAM_TEST, 4 * (uint64_t)plane + axis));
        double width = 11 + 2 * base_random_normal(6, BASE_STREAM_TEST, 4 * (uint64_t)plane + axis);
        value += height * bump(k * 360.0 / SAMPLE_ANGLES, 90.0 * axis, fmax(5, width));
    }
    return (float)value;
}

void sample_mean(uint32_t planes, float *mean, float *deviation)
{
    for (uint32_t k = 0; k < SAMPLE_ANGLES; k++) {
        double sum = 0, square = 0;
        for (uint32_t plane = 0; plane < planes; plane++) {
            double value = (double)sample_curve(plane, k);
            sum += value;
            square += value * value;
        }
        mean[k] = (float)(sum / planes);
        deviation[k] = (float)sqrt(fmax(0, square / planes - sum / planes * (sum / planes)));
    }
}

void sample_density(uint32_t planes, uint32_t *counts)
{
    memset(counts, 0, SAMPLE_ANGLES * COUNT_BINS * sizeof *counts);
    for (uint32_t plane = 0; plane < planes; plane++)
        for (uint32_t k = 0; k < SAMPLE_ANGLES; k++)
            counts[k * COUNT_BINS + count_bin((uint32_t)lroundf(sample_curve(plane, k) * SAMPLE_ROWS))]++;
}

void sample_scores(float *scores)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < SAMPLE_BASIS; i++)
        for (uint32_t j = i + 1; j < SAMPLE_BASIS; j++, at++) {
            double score = 0.12 * base_random_normal(9, BASE_STREAM_TEST, at);
            if (i == 40 || j == 40)
                score += 0.75;
            if (i / 25 == j / 25)
                score -= 0.4;
            scores[at] = i == 120 || j == 120 ? NAN : (float)score;
        }
}

void sample_grid(float *grid)
{
    for (uint32_t row = 0; row < SAMPLE_GRID; row++)
        for (uint32_t column = 0; column < SAMPLE_GRID; column++) {
            double x = (column + 0.5) / SAMPLE_GRID * 4 - 2, y = (row + 0.5) / SAMPLE_GRID * 4 - 2, value = 0;
            for (uint32_t axis = 0; axis < 4; axis++) {
                double angle = axis * 3.14159265358979 / 2, along = x * cos(angle) + y * sin(angle),
                       across = y * cos(angle) - x * sin(angle);
                value += exp(-8 * across * across - 4 * (along - 1.1) * (along - 1.1));
            }
            grid[row * SAMPLE_GRID + column] = (float)(0.25 + 8 * value);
        }
}
