/* Rows of activation files in a shuffled order, for training: far more rows than memory holds, read from disk
 * in runs, the order a pure function of seed, epoch and position (for the same rows, widths and buffer_bytes;
 * the batch does not matter).
 *
 * The rows are cut into runs of neighbours. Each epoch permutes the runs; a window of as many runs as half
 * the buffer holds is read and its rows permuted; batches are taken from it. A thread reads the next window's
 * rows into the other half and prepares batches while the caller works, so reading overlaps with computing.
 * A set that fits into the buffer is read once and kept: every epoch is then a permutation of all its rows.
 */
#ifndef ARCLIGHT_DATA_SHUFFLE_H
#define ARCLIGHT_DATA_SHUFFLE_H

#include "data/activations.h"

#ifdef __cplusplus
extern "C" {
#endif

struct data_shuffle;

/* Several sets side by side (a transcoder's target, a crosscoder's inputs): row r of the result is row r of
 * set 0, then row r of set 1, … Sets with different row counts are refused, naming both. */
struct data_shuffle_parameters {
    struct data_activations *const *sets; /* not owned; read by the thread: nobody else may meanwhile */
    uint32_t n_sets;
    uint64_t rows_from, rows_to; /* within the sets; rows_to 0: to the end */
    uint64_t seed;
    uint64_t buffer_bytes; /* of the shuffle buffer, host memory; at least two rows are held. Four batches
                            * and a table of at most 64 MiB come on top */
    uint32_t batch;        /* rows */
    /* A row whose norm in set 0 exceeds this is left out and counted, as are rows with NaN or Inf in any
     * set; INFINITY: no bound. */
    double norm_bound;
};

/* Starts the thread. BASE_ERROR_INPUT for sets that do not go together, or that have no row left;
 * BASE_ERROR_FILE_SYSTEM when host memory or threads are short. The caller closes. */
enum base_status data_shuffle_open(const struct data_shuffle_parameters *parameters,
                                   struct data_shuffle **out);
void data_shuffle_close(struct data_shuffle **shuffle); /* NULL-safe; ends the thread */

uint32_t data_shuffle_width(const struct data_shuffle *shuffle); /* of all sets together */

/* Where the stream stands: everything that is needed to go on with the same rows. */
struct data_shuffle_position {
    uint64_t epoch;
    uint64_t index; /* places of the epoch's order used up, rows left out included; below their number: the
                     * end of an epoch is place 0 of the next */
    uint64_t rows;  /* handed out since the beginning */
    uint64_t left_out_norm, left_out_non_finite; /* places skipped since the beginning; each visit counts, a
                                                  * row with both faults as non-finite */
};
/* After the last row handed out. */
struct data_shuffle_position data_shuffle_tell(const struct data_shuffle *shuffle);
/* Rows in memory are kept. BASE_ERROR_INPUT when the sets have no such place; batches handed out before are
 * no longer valid. */
enum base_status data_shuffle_seek(struct data_shuffle *shuffle,
                                   const struct data_shuffle_position *position);

/* The next batch: *rows [batch, width] f32, valid until the next call but one, so that the caller can have
 * the next batch while it works on this; *numbers, when not NULL, gets the
 * rows' numbers within the sets. Epochs follow each other without a seam: a batch may hold the end of one and
 * the beginning of the next. Fails as data_read does, after the batches before the fault were handed out, and
 * when called again tries again; BASE_ERROR_INPUT when a whole epoch has no row that may be used;
 * BASE_INTERRUPTED after Ctrl-C, once the batches that were ready are used up. */
enum base_status data_shuffle_next(struct data_shuffle *shuffle, const float **rows,
                                   const uint64_t **numbers);

/* Time that data_shuffle_next spent waiting for the thread since opening, ns: 0 when reading is never the
 * bound. */
uint64_t data_shuffle_waited_ns(const struct data_shuffle *shuffle);

/* Norms of at most `most` rows spread evenly over [rows_from, rows_to) of set 0, finite rows only: median
 * into *median. For bounds in multiples of it. BASE_ERROR_INPUT when none of them is finite. */
enum base_status data_median_norm(struct data_activations *set, uint64_t rows_from, uint64_t rows_to,
                                  uint64_t most, double *median);

#ifdef __cplusplus
}
#endif
#endif
