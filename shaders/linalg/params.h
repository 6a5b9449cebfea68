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
    uint bias_base;
    /* of the ranges of A and B; read on the level subgroup */
    uint a_address_low;
    uint a_address_high;
    uint b_address_low;
    uint b_address_high;
};

/* partials[chunk * kept + i] = the sum over the chunk's j of source[i * kept_stride + j * summed_stride], or
 * of its square, or of it times weights[j]; chunk c holds j from c * chunk on. */
struct linalg_sum_params {
    uint kept;
    uint summed;
    uint chunk;
    uint source_base;
    uint kept_stride;
    uint summed_stride;
    uint partials_base;
    uint partials_stride;
    uint weights_base;
    uint source_low; /* address of the source's range; read on the level subgroup */
    uint source_high;
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

/* The kernels of a sort deal the keys to blocks, and a block's to its threads, in order: thread t of a block
 * has the `each` keys from (block * threads + t) * each on. Keys from *count on are no keys. */

/* table[digit * blocks + block] = how many keys of the block have this digit. */
struct linalg_sort_count_params {
    uint capacity;
    uint each;
    uint blocks;      /* of the whole sort */
    uint first_block; /* of this dispatch */
    uint n_blocks;    /* of this dispatch */
    uint shift;       /* digit = key >> shift, modulo the digits */
    uint keys_base;   /* of the first block's first key */
    uint count_base;
};

/* Keys and places to where the scanned table says, those that go to [to_first, to_first + to_count). */
struct linalg_sort_scatter_params {
    uint capacity;
    uint each;
    uint blocks;
    uint first_block;
    uint n_blocks;
    uint shift;
    uint keys_base;
    uint places_base;
    uint count_base;
    uint to_first;
    uint to_count;
    uint to_keys_base; /* of element to_first */
    uint to_places_base;
};

/* tally[key - first_key] += 1 for the keys from first_key on, n_keys of them. */
struct linalg_sort_tally_params {
    uint capacity;
    uint first; /* of the keys that are bound */
    uint n;
    uint first_key;
    uint n_keys;
    uint keys_base;
    uint count_base;
    uint tally_base;
};
#endif
