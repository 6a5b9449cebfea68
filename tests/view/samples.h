/* Synthetic data for pictures, shaped like a spotlight analysis; the same on every run. */
#ifndef ARCLIGHT_TEST_VIEW_SAMPLES_H
#define ARCLIGHT_TEST_VIEW_SAMPLES_H

#include <stdint.h>

enum { SAMPLE_ANGLES = 360, SAMPLE_ROWS = 8192, SAMPLE_BASIS = 200, SAMPLE_GRID = 128 };

/* Share of rows lit at angle k of plane `plane`: a floor and bumps at the basis vectors, of heights that vary
 * by plane. */
float sample_curve(uint32_t plane, uint32_t k);
/* Mean and population standard deviation over the first `planes` planes, [SAMPLE_ANGLES] each. */
void sample_mean(uint32_t planes, float *mean, float *deviation);
/* Counts by bin, [SAMPLE_ANGLES, COUNT_BINS], of the first `planes` planes. */
void sample_density(uint32_t planes, uint32_t *counts);
/* A score in about -1 to 1 for each pair of SAMPLE_BASIS vectors, NaN for some; [SAMPLE_BASIS·(SAMPLE_BASIS -
 * 1)/2]. */
void sample_scores(float *scores);
/* A cross of four blobs on the axes, [SAMPLE_GRID, SAMPLE_GRID]. */
void sample_grid(float *grid);

#endif
