#include "data/shuffle_window.h"

#include "base/memory.h"
#include "data/row_scan.h"

#include <math.h>
#include <string.h>

uint64_t shuffle_window_row_bytes(uint32_t width)
{
    return (uint64_t)width * sizeof(float) + sizeof(uint8_t) + sizeof(uint32_t);
}

enum base_status shuffle_window_allocate(struct shuffle_window *window, const struct shuffle_plan *plan,
                                         uint32_t width)
{
    enum base_status status;
    const uint64_t rows = plan->window_rows;
    *window = (struct shuffle_window){0};
    BASE_CHECK(base_allocate(&window->values, rows, width * sizeof *window->values, "the shuffle buffer"));
    BASE_CHECK(base_allocate(&window->kinds, rows, sizeof *window->kinds, "the shuffle buffer"));
    BASE_CHECK(base_allocate(&window->order, rows, sizeof *window->order, "the shuffle buffer's order"));
    BASE_CHECK(
        base_allocate(&window->runs, plan->window_runs, sizeof *window->runs, "the shuffle buffer's runs"));
    return BASE_OK;
error:
    shuffle_window_free(window);
    return status;
}

void shuffle_window_free(struct shuffle_window *window)
{
    base_free(window->values);
    base_free(window->kinds);
    base_free(window->order);
    base_free(window->runs);
    *window = (struct shuffle_window){0};
}

bool shuffle_window_holds(const struct shuffle_window *window, const struct shuffle_plan *plan,
                          uint64_t epoch, uint64_t index)
{
    return window->aimed && window->index == index && (window->epoch == epoch || plan->n_windows == 1);
}

void shuffle_window_aim(struct shuffle_window *window, const struct shuffle_plan *plan,
                        const struct shuffle_epoch *epoch, uint64_t index, uint64_t seed)
{
    if (!shuffle_window_holds(window, plan, epoch->epoch, index)) {
        window->aimed = true;
        window->index = index;
        window->n_runs = shuffle_window_runs(plan, epoch, index, window->runs);
        window->rows =
            shuffle_window_place(plan, epoch, index + 1) - shuffle_window_place(plan, epoch, index);
        window->runs_read = window->rows_read = 0;
    }
    window->epoch = epoch->epoch;
    window->seed = shuffle_window_seed(seed, epoch->epoch, index);
    window->visited = 0;
    for (uint64_t i = 0; i < window->rows; i++)
        window->order[i] = (uint32_t)i;
}

bool shuffle_window_is_read(const struct shuffle_window *window)
{
    return window->runs_read == window->n_runs;
}

/* What part of a row, that of set `set`, makes of the row, which was `kind` by the sets before. */
static uint8_t judge(const struct shuffle_source *source, uint32_t set, const float *row, uint32_t width,
                     uint8_t kind)
{
    struct data_row_scan scan = data_row_scan(row, width);
    if (!data_row_is_finite(&scan))
        return SHUFFLE_ROW_NON_FINITE;
    if (set == 0 && sqrt(scan.square) > source->norm_bound)
        return SHUFFLE_ROW_NORM;
    return kind;
}

enum base_status shuffle_window_read_run(struct shuffle_window *window, const struct shuffle_plan *plan,
                                         const struct shuffle_source *source)
{
    const uint64_t run = window->runs[window->runs_read];
    const uint64_t from = source->from + run * plan->run_rows, rows = shuffle_run_rows(plan, run);
    float *values = window->values + window->rows_read * source->width;
    uint8_t *kinds = window->kinds + window->rows_read;
    memset(kinds, SHUFFLE_ROW_USABLE, rows);
    for (uint32_t set = 0, column = 0; set < source->n_sets; set++) {
        const uint32_t width = data_width(source->sets[set]);
        float *part = source->staging ? source->staging : values;
        BASE_TRY(data_read(source->sets[set], from, rows, part));
        for (uint64_t row = 0; row < rows; row++) {
            kinds[row] = judge(source, set, part + row * width, width, kinds[row]);
            if (source->staging)
                memcpy(values + row * source->width + column, part + row * width, width * sizeof(float));
        }
        column += width;
    }
    window->runs_read++;
    window->rows_read += rows;
    return BASE_OK;
}

uint64_t shuffle_window_visit(struct shuffle_window *window)
{
    shuffle_permute_step(window->order, window->rows, window->visited, window->seed);
    return window->order[window->visited++];
}

uint64_t shuffle_window_number(const struct shuffle_window *window, const struct shuffle_plan *plan,
                               uint64_t row)
{
    return window->runs[row / plan->run_rows] * plan->run_rows + row % plan->run_rows;
}
