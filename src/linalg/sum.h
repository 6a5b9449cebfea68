/* Sums along the rows or the columns of a matrix, in a fixed order. */
#ifndef ARCLIGHT_LINALG_SUM_H
#define ARCLIGHT_LINALG_SUM_H

#include "linalg/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

enum linalg_direction {
    LINALG_DOWN,   /* over the rows: one sum a column */
    LINALG_ACROSS, /* over the columns: one sum a row */
};

/* sums[i] = the sum over j of source[j, i] (down) or source[i, j] (across), of the elements, of their
 * squares, or of them times weights[j].
 *
 *   source   [rows, cols] f32
 *   weights  a vector [1, rows] (down) or [1, cols] (across), f32; empty where there are none
 *   sums     a vector [1, cols] (down) or [1, rows] (across), f32, sharing no element with the others
 *
 * The order depends on shape and device only. With u = 2⁻²⁴ the error is at most
 * linalg_sum_depth(n) u (1 + …) times the sum of |terms|, n terms; a square and a weight add one u. Sums of
 * nothing are 0. */
struct linalg_sum_call {
    struct linalg_matrix source;
    struct linalg_matrix sums;
    enum linalg_direction direction;
    bool squared; /* not with weights */
    struct linalg_matrix weights;
};

/* Records the sums. BASE_ERROR_INTERNAL for shapes that do not fit each other or their buffers, and when two
 * rows lie further apart than one binding is long. */
enum base_status linalg_sum(struct gpu *gpu, const struct linalg_sum_call *call);

/* The longest chain of additions that one of `n` terms goes through. */
uint64_t linalg_sum_depth(uint64_t n);

/* The same over uint32 counts, exactly: sums holds a uint64 an element as a pair of words, low first, so it
 * is a vector of twice as many 4-byte elements ([1, 2 cols] or [1, 2 rows]). `squared` must be false and
 * weights empty. Sums are modulo 2^64. */
enum base_status linalg_sum_counts(struct gpu *gpu, const struct linalg_sum_call *call);

#ifdef __cplusplus
}
#endif
#endif
