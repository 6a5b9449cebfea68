/* Parameter structs of sae/ kernels. Strides and bases count elements of 4 bytes; a base is where the matrix
 * begins within the range that is bound. */
#ifndef ARCLIGHT_SAE_PARAMS_H
#define ARCLIGHT_SAE_PARAMS_H
#include "common/types.h"

/* The keys of v = pi * weights that stand for numbers above 0 (shaders/sae/key.glsl): the smallest and the
 * largest, which is infinity. */
#define SAE_SMALLEST_KEY 0x00800001u
#define SAE_LARGEST_KEY 0x7f800000u

/* What sae_select_batch looks for its threshold with: words of state, then the bins of a histogram of keys. */
#define SAE_SELECT_LOW 0u       /* the wanted key is at least this */
#define SAE_SELECT_HIGH 1u      /* and at most this */
#define SAE_SELECT_SHIFT 2u     /* bin of a key: (key - low) >> shift */
#define SAE_SELECT_WANTED 3u    /* rank of the wanted key among those up to high, from 1 */
#define SAE_SELECT_RESOLVED 4u  /* 1: low is the threshold, and so many as wanted of its equals are selected */
#define SAE_SELECT_STATE 64u    /* words */
#define SAE_SELECT_BINS 8192u
#define SAE_SELECT_WHOLE_SHIFT 18u /* brings all keys into the bins */

/* selection[r] and counts[r] of the k greatest entries of each row. */
struct sae_select_rows_params {
    uint rows;
    uint cols;
    uint k;
    uint pi_base;
    uint pi_stride;
    uint weights_base;
    uint selection_base;
    uint counts_base;
};

/* Histogram of the greatest keys of each of several groups that a row is dealt into. */
struct sae_select_maxima_params {
    uint rows;
    uint cols;
    uint pi_base;
    uint pi_stride;
    uint weights_base;
};

/* Histogram of the keys from low to high. */
struct sae_select_histogram_params {
    uint rows;
    uint cols;
    uint pi_base;
    uint pi_stride;
    uint weights_base;
};

/* State and smallest selected v from the histogram, which becomes zeros. */
struct sae_select_pick_params {
    uint of_maxima; /* 1: the histogram is that of the maxima; 0: of keys */
    uint total;     /* entries to select */
    uint smallest_base;
};

/* counts[r] = how many keys lie above the threshold, ties[r] = how many equal it. */
struct sae_select_count_params {
    uint rows;
    uint cols;
    uint pi_base;
    uint pi_stride;
    uint weights_base;
    uint counts_base;
    uint ties_base;
};

/* selection[r] from the sums of ties up to and with row r, and counts[r] += the row's quota. */
struct sae_select_quotas_params {
    uint rows;
    uint ties_base;
    uint follows; /* 0 or 1: ties[ties_base - 1] is the sum before these rows */
    uint selection_base;
    uint counts_base;
};
#endif
