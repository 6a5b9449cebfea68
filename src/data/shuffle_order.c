#include "data/shuffle_order.h"

#include "base/memory.h"
#include "base/random.h"

#include <stdbool.h>
#include <stdlib.h>

enum {
    READ_BYTES = 1 << 20,   /* of one read of f32; half of it for files of half precision */
    RUNS_A_WINDOW = 64,     /* at least: a window of a few runs would mix few places of the files */
    MAXIMUM_RUNS = 1 << 24, /* of a set, so that the table of runs stays below 64 MiB */
};

enum base_status shuffle_plan_make(uint64_t rows, uint64_t read_bytes, uint64_t held_bytes,
                                   uint64_t buffer_bytes, struct shuffle_plan *plan)
{
    const uint64_t held = buffer_bytes / held_bytes;
    const bool whole = rows <= held && rows <= UINT32_MAX;
    const uint64_t room = whole ? rows : base_minimum(base_maximum(held / 2, 1), UINT32_MAX);
    uint64_t run = base_maximum(base_minimum(READ_BYTES / read_bytes, room / RUNS_A_WINDOW), 1);
    run = base_maximum(run, base_divide_up(rows, MAXIMUM_RUNS));
    if (run > UINT32_MAX)
        return base_fail(BASE_ERROR_INPUT,
                         "%llu rows are more than can be shuffled; choose a part of them with --rows",
                         (unsigned long long)rows);
    *plan = (struct shuffle_plan){.rows = rows, .run_rows = run, .n_runs = base_divide_up(rows, run)};
    plan->n_windows = whole ? 1 : base_divide_up(plan->n_runs, base_maximum(room / run, 1));
    plan->window_runs = base_divide_up(plan->n_runs, plan->n_windows);
    plan->window_rows = base_minimum(plan->window_runs * run, rows);
    return BASE_OK;
}

/* A seed for one use of many: as independent as Philox's words are. */
static uint64_t derive(uint64_t seed, uint64_t number)
{
    uint32_t words[4];
    base_random_words(seed, BASE_STREAM_SHUFFLE, number, words);
    return (uint64_t)words[0] << 32 | words[1];
}

uint64_t shuffle_window_seed(uint64_t seed, uint64_t epoch, uint64_t window)
{
    return derive(derive(seed, epoch), window + 1); /* 0 is the runs' */
}

void shuffle_permute_step(uint32_t *order, uint64_t count, uint64_t step, uint64_t seed)
{
    uint64_t other = step + base_random_below(seed, BASE_STREAM_SHUFFLE, step, count - step);
    uint32_t kept = order[step];
    order[step] = order[other];
    order[other] = kept;
}

void shuffle_epoch_make(const struct shuffle_plan *plan, uint64_t seed, uint64_t number,
                        struct shuffle_epoch *epoch)
{
    const uint64_t runs_seed = derive(derive(seed, number), 0);
    epoch->epoch = number;
    for (uint64_t i = 0; i < plan->n_runs; i++)
        epoch->runs[i] = (uint32_t)i;
    for (uint64_t i = 0; plan->n_windows > 1 && i < plan->n_runs; i++)
        shuffle_permute_step(epoch->runs, plan->n_runs, i, runs_seed);
    epoch->last_slot = 0;
    while (epoch->runs[epoch->last_slot] != plan->n_runs - 1)
        epoch->last_slot++;
}

/* Windows' sizes differ by one run at most: a short one at the end would be mixed worse than the others. */
static uint64_t first_slot(const struct shuffle_plan *plan, uint64_t window)
{
    return window * plan->n_runs / plan->n_windows;
}

uint64_t shuffle_run_rows(const struct shuffle_plan *plan, uint64_t run)
{
    return base_minimum(plan->run_rows, plan->rows - run * plan->run_rows);
}

uint64_t shuffle_window_place(const struct shuffle_plan *plan, const struct shuffle_epoch *epoch,
                              uint64_t window)
{
    const uint64_t slot = first_slot(plan, window);
    const uint64_t missing = plan->run_rows - shuffle_run_rows(plan, plan->n_runs - 1);
    return slot * plan->run_rows - (epoch->last_slot < slot ? missing : 0);
}

uint64_t shuffle_window_of(const struct shuffle_plan *plan, const struct shuffle_epoch *epoch, uint64_t place)
{
    uint64_t low = 0, high = plan->n_windows;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (shuffle_window_place(plan, epoch, middle) <= place)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

uint64_t shuffle_window_runs(const struct shuffle_plan *plan, const struct shuffle_epoch *epoch,
                             uint64_t window, uint32_t *runs)
{
    const uint64_t from = first_slot(plan, window), count = first_slot(plan, window + 1) - from;
    for (uint64_t i = 0; i < count; i++)
        runs[i] = epoch->runs[from + i];
    qsort(runs, (size_t)count, sizeof *runs, ascending);
    return count;
}
