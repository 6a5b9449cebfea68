/* Parameter structs of linalg/ kernels. Strides and bases count elements of 4 bytes; a base is where the
 * matrix begins within the range that is bound. */
#ifndef ARCLIGHT_LINALG_PARAMS_H
#define ARCLIGHT_LINALG_PARAMS_H
#include "common/types.h"

/* destination[c * destination_stride + r] = source[r * source_stride + c] */
struct linalg_transpose_params {
    uint rows;
    uint cols;
    uint source_base;
    uint source_stride;
    uint destination_base;
    uint destination_stride;
};

/* c[m, n] = start + the sum over k of a[m, k] b[k, n]; a[k, m] and b[n, k] where an operand is given
 * transposed. start is c[m, n], bias[n] or 0. */
struct linalg_matmul_params {
    uint rows;  /* of A and C */
    uint cols;  /* of C */
    uint depth; /* of the sum */
    uint a_base;
    uint a_stride;
    uint b_base;
    uint b_stride;
    uint c_base;
    uint c_stride;
    uint accumulate; /* 0 or 1: start from C */
    uint biased;     /* 0 or 1: start from the bias; not both */
    uint bias_base;
};

/* partials[chunk * kept + i] = the sum over the chunk's j of source[i * kept_stride + j * summed_stride];
 * chunk c holds j from c * chunk on. */
struct linalg_sum_params {
    uint kept;
    uint summed;
    uint chunk;
    uint source_base;
    uint kept_stride;
    uint summed_stride;
    uint partials_base;
    uint partials_stride;
};

/* The same over unsigned integers, to sums of 64 bits: partials, and the source where it is an earlier pass's
 * partials, hold pairs of words, low first. Strides count elements, that is words or pairs; bases count
 * words. */
struct linalg_sum_counts_params {
    uint kept;
    uint summed;
    uint chunk;
    uint source_base;
    uint kept_stride;
    uint summed_stride;
    uint partials_base;
    uint partials_stride;
};

/* destination[r, c] = source[r, c] / norm of row r; norms[r] = that norm. */
struct linalg_normalise_rows_params {
    uint rows;
    uint cols;
    uint source_base;
    uint source_stride;
    uint destination_base;
    uint destination_stride;
    uint norms_base;
};

/* Prefix sums of each block of elements, and each block's total. */
struct linalg_scan_params {
    uint count;
    uint source_base;
    uint destination_base;
    uint totals_base;
    uint inclusive; /* 0 or 1 */
};

/* destination[i] += offsets[the block of i] */
struct linalg_scan_add_params {
    uint count;
    uint destination_base;
    uint offsets_base;
};
#endif
