/* The order of a shuffled stream of rows: how a set is cut into runs and windows, and which permutations an
 * epoch has. A pure function of the set's size, the memory, seed, epoch and position; nothing is read. Not
 * for other rooms.
 *
 * N rows are cut into runs of L neighbours, the last of what is left. An epoch puts the runs into a random
 * order and cuts that into windows of nearly as many runs each; window by window, the rows of its runs are
 * visited in a random order. Inside a window the runs lie by ascending number, so that a window is read in
 * one pass over the files. A place is a position in the epoch's order, 0 to N - 1. */
#ifndef ARCLIGHT_DATA_SHUFFLE_ORDER_H
#define ARCLIGHT_DATA_SHUFFLE_ORDER_H

#include "base/status.h"

#include <stdint.h>

struct shuffle_plan {
    uint64_t rows;     /* N */
    uint64_t run_rows; /* L */
    uint64_t n_runs;
    uint64_t n_windows;   /* an epoch; 1: all rows are in memory */
    uint64_t window_runs; /* the largest window's */
    uint64_t window_rows; /* at most, in a window; below 2^32 */
};

/* Cuts `rows` rows, `read_bytes` each as f32 in the widest set and `held_bytes` each in memory, all sets
 * together, so that one window of everything or else two windows fit into `buffer_bytes`; at least one run is
 * held. BASE_ERROR_INPUT when that is more rows than can be ordered. */
enum base_status shuffle_plan_make(uint64_t rows, uint64_t read_bytes, uint64_t held_bytes,
                                   uint64_t buffer_bytes, struct shuffle_plan *plan);

/* The runs' order in one epoch. */
struct shuffle_epoch {
    uint64_t epoch;
    uint64_t last_slot; /* where the last run, which may be shorter, stands */
    uint32_t *runs;     /* [n_runs]; not owned */
};

/* Fills epoch->runs and the rest. */
void shuffle_epoch_make(const struct shuffle_plan *plan, uint64_t seed, uint64_t number,
                        struct shuffle_epoch *epoch);

/* The first place of window `window`; for window == n_windows: N. */
uint64_t shuffle_window_place(const struct shuffle_plan *plan, const struct shuffle_epoch *epoch,
                              uint64_t window);
/* The window that place < N lies in. */
uint64_t shuffle_window_of(const struct shuffle_plan *plan, const struct shuffle_epoch *epoch,
                           uint64_t place);
/* The window's runs by ascending number into runs[window_runs]; returns how many. */
uint64_t shuffle_window_runs(const struct shuffle_plan *plan, const struct shuffle_epoch *epoch,
                             uint64_t window, uint32_t *runs);
uint64_t shuffle_run_rows(const struct shuffle_plan *plan, uint64_t run);

/* The seed of the permutation of a window's rows. */
uint64_t shuffle_window_seed(uint64_t seed, uint64_t epoch, uint64_t window);

/* Step `step` of `count` of a random permutation (Fisher and Yates, in Durstenfeld's form, CACM 7, 1964,
 * algorithm 235): after steps 0 to i, order[0..i] are final. order begins as 0, 1, 2, … */
void shuffle_permute_step(uint32_t *order, uint64_t count, uint64_t step, uint64_t seed);

#endif
