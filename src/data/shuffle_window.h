/* One window of a shuffled stream: the rows of some runs in memory, which of them may be used, and the order
 * they are visited in. Not for other rooms. */
#ifndef ARCLIGHT_DATA_SHUFFLE_WINDOW_H
#define ARCLIGHT_DATA_SHUFFLE_WINDOW_H

#include "data/shuffle.h"
#include "data/shuffle_order.h"

/* Where rows come from. */
struct shuffle_source {
    struct data_activations **sets; /* [n_sets]; the array is owned, the sets are not */
    uint32_t n_sets;
    uint64_t from;  /* the sets' row that is row 0 of the plan */
    uint32_t width; /* of all sets together */
    double norm_bound;
    float *staging; /* one run of the widest set, owned; NULL with one set, which is read in place */
};

enum shuffle_row_kind {
    SHUFFLE_ROW_USABLE = 0,
    SHUFFLE_ROW_NORM = 1,       /* longer than the bound */
    SHUFFLE_ROW_NON_FINITE = 2, /* NaN or Inf in any set */
};

struct shuffle_window {
    float *values;   /* [window_rows, width] */
    uint8_t *kinds;  /* [window_rows], enum shuffle_row_kind */
    uint32_t *order; /* [window_rows]: the row of each place, final below `visited` */
    uint32_t *runs;  /* [window_runs], ascending */
    bool aimed;      /* what follows means something */
    uint64_t epoch, index;
    uint64_t seed; /* of the order */
    uint64_t n_runs, runs_read;
    uint64_t rows, rows_read;
    uint64_t visited; /* places */
};

/* Bytes of one row in a window. */
uint64_t shuffle_window_row_bytes(uint32_t width);

/* On failure nothing stays allocated; free is safe on a zeroed window. */
enum base_status shuffle_window_allocate(struct shuffle_window *window, const struct shuffle_plan *plan,
                                         uint32_t width);
void shuffle_window_free(struct shuffle_window *window);

/* Whether the window's rows, read or still to be read, are those of window `index` of `epoch`. */
bool shuffle_window_holds(const struct shuffle_window *window, const struct shuffle_plan *plan,
                          uint64_t epoch, uint64_t index);

/* Makes it window `index` of that epoch, no place visited yet; rows that it has already stay. `seed` is the
 * stream's. */
void shuffle_window_aim(struct shuffle_window *window, const struct shuffle_plan *plan,
                        const struct shuffle_epoch *epoch, uint64_t index, uint64_t seed);

bool shuffle_window_is_read(const struct shuffle_window *window);
/* Reads the next run; one is left. Fails as data_read does, and may be tried again. */
enum base_status shuffle_window_read_run(struct shuffle_window *window, const struct shuffle_plan *plan,
                                         const struct shuffle_source *source);

/* The row within the window of the next place; one is left. */
uint64_t shuffle_window_visit(struct shuffle_window *window);
/* Which row of the plan that is. */
uint64_t shuffle_window_number(const struct shuffle_window *window, const struct shuffle_plan *plan,
                               uint64_t row);

#endif
