#include "data/shuffle.h"

#include "base/attend.h"
#include "base/memory.h"
#include "base/platform.h"
#include "data/shuffle_order.h"
#include "data/shuffle_window.h"

#include <math.h>
#include <string.h>

enum { BATCHES = 4 }; /* two with the caller, two ready or being made */

struct batch {
    float *rows;       /* [batch, width] */
    uint64_t *numbers; /* [batch] */
    uint32_t filled;
    struct data_shuffle_position after;
};

struct data_shuffle {
    uint64_t seed;
    uint32_t batch;
    struct shuffle_plan plan;

    /* The caller's. */
    struct base_thread *thread; /* NULL: ended */
    struct data_shuffle_position position;
    uint64_t waited_ns;

    /* The thread's while it runs. */
    struct shuffle_source source;
    struct shuffle_epoch epoch; /* the runs' order in the epoch read last */
    bool epoch_made;
    struct shuffle_window windows[2];
    uint32_t current;                       /* the window that batches are made of; the other comes next */
    struct data_shuffle_position at, began; /* after the last place visited; at this epoch's beginning */
    bool row_seen;                          /* one that may be used, since then */

    /* Shared under the mutex. A batch is the thread's from being given back until it is made, and then the
     * caller's: counts since the thread's start, made >= taken >= given_back. */
    struct base_mutex *mutex;
    struct base_condition *changed;
    uint64_t made, taken, given_back;
    bool stop, ended;
    struct batch batches[BATCHES];
};

/* ---- the thread ---- */

static void use_epoch(struct data_shuffle *s, uint64_t epoch)
{
    if (!s->epoch_made || s->epoch.epoch != epoch)
        shuffle_epoch_make(&s->plan, s->seed, epoch, &s->epoch);
    s->epoch_made = true;
}

static void aim(struct data_shuffle *s, struct shuffle_window *window, uint64_t epoch, uint64_t index)
{
    use_epoch(s, epoch);
    shuffle_window_aim(window, &s->plan, &s->epoch, index, s->seed);
}

static void aim_next(struct data_shuffle *s)
{
    const struct shuffle_window *current = &s->windows[s->current];
    const bool last = current->index + 1 == s->plan.n_windows;
    if (s->plan.n_windows > 1)
        aim(s, &s->windows[!s->current], current->epoch + last, last ? 0 : current->index + 1);
}

/* Goes to s->position. */
static void begin(struct data_shuffle *s)
{
    s->at = s->began = s->position;
    s->row_seen = s->at.index > 0; /* or may have been */
    use_epoch(s, s->at.epoch);
    const uint64_t index = shuffle_window_of(&s->plan, &s->epoch, s->at.index);
    const uint64_t first = shuffle_window_place(&s->plan, &s->epoch, index);
    if (shuffle_window_holds(&s->windows[!s->current], &s->plan, s->at.epoch, index))
        s->current = !s->current;
    struct shuffle_window *window = &s->windows[s->current];
    aim(s, window, s->at.epoch, index);
    while (window->visited < s->at.index - first)
        shuffle_window_visit(window);
    aim_next(s);
}

static enum base_status end_epoch(struct data_shuffle *s)
{
    if (!s->row_seen)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: none of the %llu rows may be used: %llu have a norm above %g and %llu hold "
                         "NaN or Inf; raise the bound on the norm or look at the file with arclight "
                         "inspect --check",
                         data_shard_at(s->source.sets[0], 0).path, (unsigned long long)s->plan.rows,
                         (unsigned long long)(s->at.left_out_norm - s->began.left_out_norm),
                         s->source.norm_bound,
                         (unsigned long long)(s->at.left_out_non_finite - s->began.left_out_non_finite));
    s->at.epoch++;
    s->at.index = 0;
    s->began = s->at;
    s->row_seen = false;
    return BASE_OK;
}

static enum base_status end_window(struct data_shuffle *s)
{
    if (s->at.index == s->plan.rows)
        BASE_TRY(end_epoch(s));
    if (s->plan.n_windows == 1) {
        aim(s, &s->windows[s->current], s->at.epoch, 0);
    } else {
        s->current = !s->current;
        aim_next(s);
    }
    return BASE_OK;
}

/* Takes rows from the current window until the batch is full or the window empty. */
static void gather(struct data_shuffle *s, struct batch *batch)
{
    struct shuffle_window *window = &s->windows[s->current];
    const uint32_t width = s->source.width;
    while (batch->filled < s->batch && window->visited < window->rows) {
        const uint64_t row = shuffle_window_visit(window);
        s->at.index++;
        s->at.left_out_norm += window->kinds[row] == SHUFFLE_ROW_NORM;
        s->at.left_out_non_finite += window->kinds[row] == SHUFFLE_ROW_NON_FINITE;
        if (window->kinds[row] != SHUFFLE_ROW_USABLE)
            continue;
        memcpy(batch->rows + (uint64_t)batch->filled * width, window->values + row * width,
               width * sizeof(float));
        batch->numbers[batch->filled++] = s->source.from + shuffle_window_number(window, &s->plan, row);
        s->at.rows++;
        s->row_seen = true;
    }
}

static enum base_status make_batch(struct data_shuffle *s, struct batch *batch)
{
    const struct shuffle_window *window = &s->windows[s->current];
    gather(s, batch);
    if (window->visited == window->rows)
        BASE_TRY(end_window(s));
    if (batch->filled < s->batch)
        return BASE_OK;
    batch->after = s->at;
    base_mutex_lock(s->mutex);
    s->made++;
    s->batches[s->made % BATCHES].filled = 0;
    base_condition_wake_all(s->changed);
    base_mutex_unlock(s->mutex);
    return BASE_OK;
}

/* Waits until there is something to do: a batch to make or else a window to read from, the other one NULL.
 * False when the thread is to stop. */
static bool find_work(struct data_shuffle *s, struct batch **batch, struct shuffle_window **window)
{
    struct shuffle_window *current = &s->windows[s->current], *next = &s->windows[!s->current];
    *batch = NULL;
    *window = NULL;
    base_mutex_lock(s->mutex);
    while (!s->stop && !*batch && !*window) {
        if (!shuffle_window_is_read(current))
            *window = current;
        else if (s->made - s->given_back < BATCHES)
            *batch = &s->batches[s->made % BATCHES];
        else if (!shuffle_window_is_read(next)) /* an unused one counts as read */
            *window = next;
        else
            base_condition_wait(s->changed, s->mutex);
    }
    bool go_on = !s->stop;
    base_mutex_unlock(s->mutex);
    return go_on;
}

static enum base_status read_and_make(struct data_shuffle *s)
{
    struct batch *batch;
    struct shuffle_window *window;
    begin(s);
    while (find_work(s, &batch, &window)) {
        if (base_interrupted())
            return base_fail(BASE_INTERRUPTED, "interrupted");
        if (batch)
            BASE_TRY(make_batch(s, batch));
        else
            BASE_TRY(shuffle_window_read_run(window, &s->plan, &s->source));
    }
    return BASE_OK;
}

static enum base_status thread_body(void *context)
{
    struct data_shuffle *s = context;
    enum base_status status = read_and_make(s);
    base_mutex_lock(s->mutex);
    s->ended = true;
    base_condition_wake_all(s->changed);
    base_mutex_unlock(s->mutex);
    return status;
}

/* ---- the caller ---- */

static enum base_status start(struct data_shuffle *s)
{
    s->made = s->taken = s->given_back = 0;
    s->stop = s->ended = false;
    s->batches[0].filled = 0;
    return base_thread_start(thread_body, s, &s->thread);
}

/* Ends the thread and forgets what it has prepared; a failure of it is forgotten too. */
static void stop(struct data_shuffle *s)
{
    if (!s->thread)
        return;
    base_mutex_lock(s->mutex);
    s->stop = true;
    base_condition_wake_all(s->changed);
    base_mutex_unlock(s->mutex);
    base_thread_discard(&s->thread);
}

static const char *first_path(const struct data_activations *set)
{
    return data_shard_at(set, 0).path;
}

static enum base_status check(const struct data_shuffle_parameters *parameters, uint64_t *rows)
{
    if (parameters->n_sets == 0 || parameters->batch == 0 || isnan(parameters->norm_bound))
        return base_fail(BASE_ERROR_INTERNAL,
                         "a shuffle of %u sets in batches of %u rows of norms up to %g is asked for",
                         parameters->n_sets, parameters->batch, parameters->norm_bound);
    const struct data_activations *first = parameters->sets[0];
    uint64_t width = 0;
    for (uint32_t i = 0; i < parameters->n_sets; i++) {
        const struct data_activations *set = parameters->sets[i];
        if (data_rows(set) != data_rows(first))
            return base_fail(BASE_ERROR_INPUT,
                             "%s has %llu rows and %s has %llu: sets side by side are the same rows seen at "
                             "several places; record them together or choose the rows they share",
                             first_path(first), (unsigned long long)data_rows(first), first_path(set),
                             (unsigned long long)data_rows(set));
        width += data_width(set);
        if (width > UINT32_MAX)
            return base_fail(BASE_ERROR_INPUT,
                             "%s: the sets side by side have more than 4,294,967,295 columns",
                             first_path(set));
    }
    const uint64_t to = parameters->rows_to == 0 ? data_rows(first) : parameters->rows_to;
    if (to > data_rows(first) || parameters->rows_from >= to)
        return base_fail(
            BASE_ERROR_INPUT,
            "%s: rows %llu to %llu are wanted, there are %llu (counted from 0, the end left out)",
            first_path(first), (unsigned long long)parameters->rows_from, (unsigned long long)to,
            (unsigned long long)data_rows(first));
    *rows = to - parameters->rows_from;
    return BASE_OK;
}

static enum base_status make_source(struct data_shuffle *s, const struct data_shuffle_parameters *parameters,
                                    uint32_t *widest)
{
    struct shuffle_source *source = &s->source;
    BASE_TRY(base_allocate(&source->sets, parameters->n_sets, sizeof(struct data_activations *),
                           "the list of sets"));
    source->n_sets = parameters->n_sets;
    source->from = parameters->rows_from;
    source->norm_bound = parameters->norm_bound;
    *widest = 0;
    for (uint32_t i = 0; i < parameters->n_sets; i++) {
        source->sets[i] = parameters->sets[i];
        source->width += data_width(source->sets[i]);
        *widest = (uint32_t)base_maximum(*widest, data_width(source->sets[i]));
    }
    return BASE_OK;
}

static enum base_status allocate(struct data_shuffle *s, uint32_t widest)
{
    const struct shuffle_plan *plan = &s->plan;
    const uint64_t width = s->source.width;
    if (s->source.n_sets > 1)
        BASE_TRY(base_allocate(&s->source.staging, plan->run_rows, (uint64_t)widest * sizeof(float),
                               "a run of rows"));
    BASE_TRY(base_allocate(&s->epoch.runs, plan->n_runs, sizeof *s->epoch.runs, "the order of the runs"));
    for (uint32_t i = 0; i < (plan->n_windows > 1 ? 2 : 1); i++)
        BASE_TRY(shuffle_window_allocate(&s->windows[i], plan, s->source.width));
    for (uint32_t i = 0; i < BATCHES; i++) {
        struct batch *batch = &s->batches[i];
        BASE_TRY(base_allocate(&batch->rows, s->batch, width * sizeof *batch->rows, "a batch of rows"));
        BASE_TRY(base_allocate(&batch->numbers, s->batch, sizeof *batch->numbers, "a batch's row numbers"));
    }
    BASE_TRY(base_mutex_make(&s->mutex));
    return base_condition_make(&s->changed);
}

enum base_status data_shuffle_open(const struct data_shuffle_parameters *parameters,
                                   struct data_shuffle **out)
{
    enum base_status status;
    struct data_shuffle *s = NULL;
    uint64_t rows = 0;
    uint32_t widest = 0;
    *out = NULL;
    BASE_CHECK(check(parameters, &rows));
    BASE_CHECK(base_allocate(&s, 1, sizeof *s, "the shuffle"));
    s->seed = parameters->seed;
    s->batch = parameters->batch;
    BASE_CHECK(make_source(s, parameters, &widest));
    BASE_CHECK(shuffle_plan_make(rows, (uint64_t)widest * sizeof(float),
                                 shuffle_window_row_bytes(s->source.width), parameters->buffer_bytes,
                                 &s->plan));
    BASE_CHECK(allocate(s, widest));
    BASE_CHECK(start(s));
    *out = s;
    return BASE_OK;
error:
    data_shuffle_close(&s);
    return status;
}

void data_shuffle_close(struct data_shuffle **shuffle)
{
    struct data_shuffle *s = *shuffle;
    if (!s)
        return;
    stop(s);
    for (uint32_t i = 0; i < BATCHES; i++) {
        base_free(s->batches[i].rows);
        base_free(s->batches[i].numbers);
    }
    shuffle_window_free(&s->windows[0]);
    shuffle_window_free(&s->windows[1]);
    base_free(s->epoch.runs);
    base_free(s->source.staging);
    base_free(s->source.sets);
    base_condition_free(&s->changed);
    base_mutex_free(&s->mutex);
    base_free(s);
    *shuffle = NULL;
}

uint32_t data_shuffle_width(const struct data_shuffle *shuffle)
{
    return shuffle->source.width;
}

struct data_shuffle_position data_shuffle_tell(const struct data_shuffle *shuffle)
{
    return shuffle->position;
}

enum base_status data_shuffle_seek(struct data_shuffle *shuffle, const struct data_shuffle_position *position)
{
    if (position->index >= shuffle->plan.rows)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: going on at place %llu of an epoch is wanted, and it has %llu: the position "
                         "belongs to other activations",
                         first_path(shuffle->source.sets[0]), (unsigned long long)position->index,
                         (unsigned long long)shuffle->plan.rows);
    stop(shuffle);
    shuffle->position = *position;
    return start(shuffle);
}

/* A slow disk holds no window up. */
static void wait_a_while(struct data_shuffle *s)
{
    if (!base_is_attended()) {
        base_condition_wait(s->changed, s->mutex);
        return;
    }
    base_condition_wait_ns(s->changed, s->mutex, BASE_ATTEND_NS);
    base_mutex_unlock(s->mutex);
    base_attend_quietly();
    base_mutex_lock(s->mutex);
}

enum base_status data_shuffle_next(struct data_shuffle *shuffle, const float **rows, const uint64_t **numbers)
{
    struct data_shuffle *s = shuffle;
    if (!s->thread)
        BASE_TRY(start(s));
    base_mutex_lock(s->mutex);
    s->given_back = s->taken > 0 ? s->taken - 1 : 0;
    base_condition_wake_all(s->changed);
    if (s->made == s->taken && !s->ended) {
        const uint64_t began = base_clock_ns();
        while (s->made == s->taken && !s->ended)
            wait_a_while(s);
        s->waited_ns += base_clock_ns() - began;
    }
    const bool ready = s->made > s->taken;
    const struct batch *batch = &s->batches[s->taken % BATCHES];
    s->taken += ready;
    base_mutex_unlock(s->mutex);
    if (!ready) {
        BASE_TRY(base_thread_join(&s->thread));
        return base_fail(BASE_ERROR_INTERNAL, "the thread that reads activations ended early");
    }
    s->position = batch->after;
    *rows = batch->rows;
    if (numbers)
        *numbers = batch->numbers;
    return BASE_OK;
}

uint64_t data_shuffle_waited_ns(const struct data_shuffle *shuffle)
{
    return shuffle->waited_ns;
}
