/* Parameter structs of live/ kernels. */
#ifndef ARCLIGHT_LIVE_PARAMS_H
#define ARCLIGHT_LIVE_PARAMS_H
#include "common/types.h"

/* Bins of the logarithm of firing rates: LIVE_RATE_A_DECADE a decade from 10^-LIVE_RATE_DECADES to 1, then
 * one for latents that did not fire. */
#define LIVE_RATE_DECADES 7u
#define LIVE_RATE_A_DECADE 10u
#define LIVE_RATE_NEVER (LIVE_RATE_DECADES * LIVE_RATE_A_DECADE)
#define LIVE_RATE_BINS (LIVE_RATE_NEVER + 1u)
/* Bins of one latent's values, of equal width from 0. */
#define LIVE_VALUE_BINS 64u

/* Words of the scalars. */
#define LIVE_SCALAR_LEAST_RATE 0u /* f32: log10, of those that fired */
#define LIVE_SCALAR_GREATEST_RATE 1u
#define LIVE_SCALAR_GREATEST_VALUE 2u  /* f32: mean value of a latent */
#define LIVE_SCALAR_FIRED 3u           /* latents that fired */
#define LIVE_SCALAR_MOST_RATES 4u      /* latents in a bin, the last one apart */
#define LIVE_SCALAR_WIDTH 5u           /* f32: of a bin of values */
#define LIVE_SCALAR_VALUES 6u          /* values above 0 in the ring */
#define LIVE_SCALAR_GREATEST 7u        /* f32: of them */
#define LIVE_SCALAR_GREATEST_COSINE 8u /* f32: absolute, of different directions */
#define LIVE_SCALARS 9u

/* See latent_rates.comp. */
struct live_latent_rates_params {
    uint n;
    float keep;   /* of what was before */
    float fresh;  /* of a row of this batch */
    float whole;  /* undoes that the beginning counts as nothing */
    float factor; /* of values */
};

/* See latent_extents.comp. */
struct live_latent_extents_params {
    uint n;
};

/* Of a matrix [n, n]; see gram_reach.comp. */
struct live_gram_reach_params {
    uint n;
};

/* ring[first + r] = value of row r; see latent_ring.comp. */
struct live_latent_ring_params {
    uint rows;
    uint first;
    uint latent;
    float factor;
};

/* What nearest_point.comp says, in words. */
#define LIVE_FOUND_INDEX 0u
#define LIVE_FOUND_SQUARE 1u   /* f32: of the distance */
#define LIVE_FOUND_QUESTION 2u /* as asked */
#define LIVE_FOUND_WORDS 4u
#define LIVE_FOUND_NONE 0xffffffffu

/* The place (x, y), and lengths that differences along the axes stand for; see nearest_point.comp. */
struct live_nearest_point_params {
    uint n;
    float x;
    float y;
    float scale_x;
    float scale_y;
    uint question; /* a number by which the answer is known */
};

/* See value_range.comp, value_bins.comp. */
struct live_value_range_params {
    uint rows;
};
struct live_value_bins_params {
    uint rows;
};
#endif
