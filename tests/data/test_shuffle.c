/* Shuffled streams: every row once an epoch, the same rows from any place, several sets, what goes wrong. */
#define _GNU_SOURCE
#include "support/files.h"
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "base/random.h"
#include "data/sample.h"
#include "data/shuffle.h"
#include "io/tensor.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WIDTH = 16 };

/* Exact in f32 for the rows that occur here; the norm grows with the row. */
static float value_at(uint64_t row, uint64_t column)
{
    return (float)row + (float)column * 0.25f;
}

static double norm_at(uint64_t row, uint32_t width)
{
    double square = 0;
    for (uint32_t c = 0; c < width; c++)
        square += (double)value_at(row, c) * (double)value_at(row, c);
    return sqrt(square);
}

/* Rows first, first + 1, …; every `nan_each`-th one has a NaN (0: none). */
static const char *file_of(const char *name, uint64_t first, uint64_t rows, uint32_t width, uint64_t nan_each)
{
    const uint64_t shape[2] = {rows, width};
    float *values;
    assert_ok(base_allocate(&values, rows * width, sizeof *values, "values"));
    for (uint64_t i = 0; i < rows * width; i++)
        values[i] = value_at(first + i / width, i % width);
    for (uint64_t row = 0; nan_each > 0 && row < rows; row += nan_each)
        values[row * width + row % width] = row % 2 ? NAN : -INFINITY;
    const char *path = test_path(name);
    assert_ok(io_write_npy(path, IO_F32, 2, shape, values));
    base_free(values);
    return path;
}

static struct data_activations *open_files(const char *const *paths, uint32_t count)
{
    struct data_activations *set;
    struct data_open_parameters parameters = {.arguments = paths, .n_arguments = count, .step = UINT64_MAX};
    assert_ok(data_open(&parameters, &set));
    return set;
}

static struct data_activations *set_of(const char *name, uint64_t rows, uint32_t width, uint64_t nan_each)
{
    const char *path = file_of(name, 0, rows, width, nan_each);
    return open_files(&path, 1);
}

static struct data_shuffle_parameters stream_of(struct data_activations *const *set, uint64_t buffer_bytes,
                                                uint32_t batch)
{
    return (struct data_shuffle_parameters){.sets = set,
                                            .n_sets = 1,
                                            .seed = 11,
                                            .buffer_bytes = buffer_bytes,
                                            .batch = batch,
                                            .norm_bound = INFINITY};
}

/* Opens the stream and takes `count` rows' numbers in whole batches. */
static uint64_t *numbers_of(const struct data_shuffle_parameters *parameters, uint64_t count)
{
    struct data_shuffle *shuffle;
    uint64_t *all;
    const uint32_t batch = parameters->batch;
    assert_ok(base_allocate(&all, count + batch, sizeof *all, "numbers"));
    assert_ok(data_shuffle_open(parameters, &shuffle));
    for (uint64_t done = 0; done < count; done += batch) {
        const float *rows;
        const uint64_t *numbers;
        assert_ok(data_shuffle_next(shuffle, &rows, &numbers));
        memcpy(all + done, numbers, batch * sizeof *numbers);
    }
    data_shuffle_close(&shuffle);
    assert_null(shuffle);
    return all;
}

/* ---- what the stream gives ---- */

static void check_epochs(uint64_t rows, uint64_t buffer, uint32_t batch)
{
    enum { EPOCHS = 3 };
    struct data_activations *set = set_of("once.npy", rows, WIDTH, 0);
    struct data_shuffle_parameters parameters = stream_of(&set, buffer, batch);
    struct data_shuffle *shuffle;
    uint32_t *seen; /* in how many epochs */
    uint64_t taken = 0;
    assert_ok(base_allocate(&seen, rows, sizeof *seen, "counts"));
    assert_ok(data_shuffle_open(&parameters, &shuffle));
    assert_int_equal(data_shuffle_width(shuffle), WIDTH);
    while (taken < EPOCHS * rows) {
        const float *values;
        const uint64_t *numbers;
        assert_ok(data_shuffle_next(shuffle, &values, &numbers));
        for (uint32_t i = 0; i < batch; i++, taken++) {
            if (numbers[i] >= rows || seen[numbers[i]] != taken / rows)
                fail_msg("%d rows, buffer %d: row %d at place %d", (int)rows, (int)buffer, (int)numbers[i],
                         (int)taken);
            seen[numbers[i]]++;
            for (uint32_t c = 0; c < WIDTH; c++)
                assert_true(values[i * WIDTH + c] == value_at(numbers[i], c));
        }
        struct data_shuffle_position at = data_shuffle_tell(shuffle);
        assert_int_equal(at.rows, taken);
        assert_int_equal(at.epoch, taken / rows);
        assert_int_equal(at.index, taken % rows);
    }
    data_shuffle_close(&shuffle);
    data_close(&set);
    base_free(seen);
}

static void every_row_once_an_epoch(void **state)
{
    (void)state;
    enum { ROW = WIDTH * 4 + 5 };
    static const uint64_t sizes[] = {1, 2, 7, 300, 1031};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const uint64_t rows = sizes[i];
        check_epochs(rows, 1 << 20, 32);                /* all of it in memory */
        check_epochs(rows, 0, 5);                       /* row by row */
        check_epochs(rows, rows * ROW / 3, 16);         /* several windows */
        check_epochs(rows, 10 * ROW, 64);               /* windows smaller than a batch */
        check_epochs(rows, rows * ROW / 2, 2500);       /* a batch larger than the set */
        check_epochs(rows, rows * ROW - 1, 1);          /* nearly all of it */
        check_epochs(rows, rows * ROW, (uint32_t)rows); /* an epoch a batch */
    }
    check_epochs(10000, 10000 * ROW / 4, 4096);
}

static void the_order_is_a_pure_function(void **state)
{
    (void)state;
    enum { ROWS = 1000, TAKEN = 2000 };
    struct data_activations *set = set_of("pure.npy", ROWS, WIDTH, 0);
    static const uint64_t buffers[] = {1 << 20, 20000};
    for (int i = 0; i < 2; i++) {
        struct data_shuffle_parameters parameters = stream_of(&set, buffers[i], 50);
        uint64_t *first = numbers_of(&parameters, TAKEN), *again = numbers_of(&parameters, TAKEN);
        assert_memory_equal(first, again, TAKEN * sizeof *first);
        assert_true(memcmp(first, first + ROWS, ROWS * sizeof *first) != 0); /* epochs differ */
        base_free(again);
        parameters.batch = 7; /* the batch does not matter */
        again = numbers_of(&parameters, TAKEN);
        assert_memory_equal(first, again, TAKEN * sizeof *first);
        base_free(again);
        parameters.seed++;
        again = numbers_of(&parameters, TAKEN);
        uint64_t same = 0;
        for (int k = 0; k < TAKEN; k++)
            same += first[k] == again[k];
        assert_true(same < 30); /* 2 are expected, one an epoch; of a Poisson count 30 is far */
        base_free(again);
        base_free(first);
    }
    data_close(&set);
}

/* Rows that are left out: in every place of the stream the counts add up. */
static void rows_left_out(void **state)
{
    (void)state;
    enum { ROWS = 1000, EPOCHS = 4 };
    struct data_activations *set = set_of("left.npy", ROWS, WIDTH, 10);
    static const uint64_t buffers[] = {1 << 20, 20000, 0};
    for (int i = 0; i < 3; i++) {
        struct data_shuffle_parameters parameters = stream_of(&set, buffers[i], 1);
        struct data_shuffle *shuffle;
        int seen[ROWS] = {0};
        parameters.norm_bound = norm_at(899, WIDTH); /* row 899 may be used, 901 … 999 may not */
        assert_ok(data_shuffle_open(&parameters, &shuffle));
        struct data_shuffle_position at = {0};
        for (int taken = 0; taken < EPOCHS * 810; taken++) {
            const float *values;
            const uint64_t *numbers;
            assert_ok(data_shuffle_next(shuffle, &values, &numbers));
            at = data_shuffle_tell(shuffle);
            assert_true(numbers[0] % 10 != 0 && numbers[0] < 900);
            assert_int_equal(at.rows + at.left_out_norm + at.left_out_non_finite, at.epoch * ROWS + at.index);
            assert_int_equal(seen[numbers[0]]++, taken / 810);
        }
        assert_true(at.left_out_non_finite > (EPOCHS - 1) * 100 && at.left_out_non_finite <= EPOCHS * 100);
        assert_true(at.left_out_norm > (EPOCHS - 1) * 90 && at.left_out_norm <= EPOCHS * 90);
        data_shuffle_close(&shuffle);
    }
    data_close(&set);
}

static void check_seek(struct data_activations *set, uint64_t buffer)
{
    enum { TAKEN = 3000, FAR = 40 };
    struct data_shuffle_parameters parameters = stream_of(&set, buffer, 1);
    struct data_shuffle *shuffle;
    struct data_shuffle_position *after; /* after[0]: the beginning */
    const float *values;
    const uint64_t *numbers;
    parameters.norm_bound = norm_at(930, WIDTH);
    uint64_t *all = numbers_of(&parameters, TAKEN + FAR);
    assert_ok(base_allocate(&after, TAKEN + 1, sizeof *after, "positions"));
    assert_ok(data_shuffle_open(&parameters, &shuffle));
    for (int i = 1; i <= TAKEN; i++) {
        assert_ok(data_shuffle_next(shuffle, &values, &numbers));
        after[i] = data_shuffle_tell(shuffle);
    }
    data_shuffle_close(&shuffle);
    parameters.batch = FAR / 4;
    assert_ok(data_shuffle_open(&parameters, &shuffle));
    for (uint64_t trial = 0; trial < 100; trial++) {
        uint64_t from = trial == 0 ? 0 : base_random_below(3, BASE_STREAM_TEST, trial, TAKEN + 1);
        assert_ok(data_shuffle_seek(shuffle, &after[from]));
        for (uint64_t done = 0; done < FAR; done += parameters.batch) {
            assert_ok(data_shuffle_next(shuffle, &values, &numbers));
            assert_memory_equal(numbers, all + from + done, parameters.batch * sizeof *numbers);
            assert_true(values[WIDTH] == value_at(numbers[1], 0));
            struct data_shuffle_position at = data_shuffle_tell(shuffle);
            uint64_t now = from + done + parameters.batch;
            if (now <= TAKEN)
                assert_memory_equal(&at, &after[now], sizeof at);
        }
    }
    data_shuffle_close(&shuffle);
    base_free(after);
    base_free(all);
}

/* Anywhere in three epochs, over their seams, with rows left out. */
static void seeking_is_the_same_as_running_there(void **state)
{
    (void)state;
    struct data_activations *set = set_of("seek.npy", 1007, WIDTH, 13);
    check_seek(set, 1 << 20);
    check_seek(set, 20000);
    check_seek(set, 500);
    struct data_shuffle_parameters parameters = stream_of(&set, 1 << 20, 4);
    struct data_shuffle *shuffle;
    const struct data_shuffle_position outside = {.index = 1007};
    assert_ok(data_shuffle_open(&parameters, &shuffle));
    assert_fails(data_shuffle_seek(shuffle, &outside), BASE_ERROR_INPUT, "seek.npy: going on at place 1007");
    data_shuffle_close(&shuffle);
    data_close(&set);
}

/* From behind the only row that may be used, the rest of the epoch has none, and that is no fault. */
static void one_row_of_many(void **state)
{
    (void)state;
    struct data_activations *set = set_of("one.npy", 300, WIDTH, 0);
    static const uint64_t buffers[] = {1 << 20, 2000};
    for (int k = 0; k < 2; k++) {
        struct data_shuffle_parameters parameters = stream_of(&set, buffers[k], 1);
        struct data_shuffle *shuffle;
        const float *values;
        const uint64_t *numbers;
        parameters.norm_bound = norm_at(0, WIDTH);
        assert_ok(data_shuffle_open(&parameters, &shuffle));
        for (uint64_t epoch = 0; epoch < 20; epoch++) {
            assert_ok(data_shuffle_next(shuffle, &values, &numbers));
            assert_int_equal(numbers[0], 0);
            struct data_shuffle_position at = data_shuffle_tell(shuffle);
            assert_int_equal(at.rows, epoch + 1);
            assert_int_equal(at.left_out_norm, at.epoch * 300 + at.index - at.rows);
            assert_ok(data_shuffle_seek(shuffle, &at));
        }
        data_shuffle_close(&shuffle);
    }
    data_close(&set);
}

/* ---- sets ---- */

static void sets_side_by_side(void **state)
{
    (void)state;
    enum { ROWS = 500, ALL = 3 + 8 + 1 };
    static const uint32_t widths[3] = {3, 8, 1};
    struct data_activations *sets[3];
    sets[0] = set_of("side0.npy", ROWS, 3, 0);
    sets[1] = set_of("side1.npy", ROWS, 8, 50);
    sets[2] = set_of("side2.npy", ROWS, 1, 0);
    static const uint64_t buffers[] = {1 << 20, 9000};
    for (int k = 0; k < 2; k++) {
        struct data_shuffle_parameters parameters = stream_of(sets, buffers[k], 49);
        struct data_shuffle *shuffle;
        parameters.n_sets = 3;
        parameters.norm_bound = norm_at(399, 3); /* 400 rows are left, less the 8 with NaN or Inf */
        assert_ok(data_shuffle_open(&parameters, &shuffle));
        assert_int_equal(data_shuffle_width(shuffle), ALL);
        int seen[ROWS] = {0};
        for (int batch = 0; batch < 16; batch++) { /* two epochs of 392 */
            const float *values;
            const uint64_t *numbers;
            assert_ok(data_shuffle_next(shuffle, &values, &numbers));
            for (int i = 0; i < 49; i++) {
                const float *row = values + i * ALL;
                assert_true(numbers[i] < 400 && numbers[i] % 50 != 0);
                assert_int_equal(seen[numbers[i]]++, batch / 8);
                for (int set = 0; set < 3; row += widths[set++])
                    for (uint32_t c = 0; c < widths[set]; c++)
                        assert_true(row[c] == value_at(numbers[i], c));
            }
        }
        data_shuffle_close(&shuffle);
    }
    for (int set = 0; set < 3; set++)
        data_close(&sets[set]);
}

static void shards_and_ranges(void **state)
{
    (void)state;
    static const uint64_t sizes[5] = {100, 1, 0, 333, 66};
    const char *paths[5];
    uint64_t first = 0;
    for (int i = 0; i < 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "shard%d.npy", i);
        paths[i] = file_of(name, first, sizes[i], WIDTH, 0);
        first += sizes[i];
    }
    struct data_activations *set = open_files(paths, 5);
    static const uint64_t buffers[] = {1 << 20, 9000};
    for (int k = 0; k < 2; k++) {
        struct data_shuffle_parameters parameters = stream_of(&set, buffers[k], 20);
        struct data_shuffle *shuffle;
        parameters.rows_from = 80;
        parameters.rows_to = 480;
        assert_ok(data_shuffle_open(&parameters, &shuffle));
        int seen[500] = {0};
        for (int batch = 0; batch < 40; batch++) {
            const float *values;
            const uint64_t *numbers;
            assert_ok(data_shuffle_next(shuffle, &values, &numbers));
            for (int i = 0; i < 20; i++) {
                assert_true(numbers[i] >= 80 && numbers[i] < 480);
                assert_int_equal(seen[numbers[i]]++, batch / 20);
                assert_true(values[i * WIDTH + 5] == value_at(numbers[i], 5));
            }
        }
        data_shuffle_close(&shuffle);
    }
    data_close(&set);
}

static void what_is_refused(void **state)
{
    (void)state;
    struct data_activations *sets[2];
    struct data_shuffle *shuffle;
    const float *values;
    sets[0] = set_of("refused0.npy", 20, WIDTH, 1);
    sets[1] = set_of("refused1.npy", 21, WIDTH, 0);
    struct data_shuffle_parameters parameters = stream_of(sets, 1 << 20, 4);
    parameters.n_sets = 2;
    assert_fails(data_shuffle_open(&parameters, &shuffle), BASE_ERROR_INPUT, "refused0.npy has 20 rows");
    assert_non_null(strstr(base_message(), "refused1.npy has 21"));
    assert_null(shuffle);
    parameters.n_sets = 1;
    static const uint64_t ranges[][2] = {{0, 21}, {20, 0}, {5, 5}, {UINT64_MAX, 3}};
    for (int i = 0; i < 4; i++) {
        parameters.rows_from = ranges[i][0];
        parameters.rows_to = ranges[i][1];
        assert_fails(data_shuffle_open(&parameters, &shuffle), BASE_ERROR_INPUT, "there are 20");
    }
    parameters.rows_from = parameters.rows_to = 0;
    assert_ok(data_shuffle_open(&parameters, &shuffle)); /* every row has NaN or Inf */
    assert_fails(data_shuffle_next(shuffle, &values, NULL), BASE_ERROR_INPUT,
                 "refused0.npy: none of the 20 rows may be used: 0 have a norm above inf and 20 hold NaN");
    data_shuffle_close(&shuffle);
    parameters.sets = sets + 1;
    parameters.norm_bound = 0.5;
    parameters.buffer_bytes = 0;
    assert_ok(data_shuffle_open(&parameters, &shuffle));
    assert_fails(data_shuffle_next(shuffle, &values, NULL), BASE_ERROR_INPUT, "21 have a norm above 0.5");
    data_shuffle_close(&shuffle);
    parameters.norm_bound = NAN;
    assert_fails(data_shuffle_open(&parameters, &shuffle), BASE_ERROR_INTERNAL, "norms up to nan");
    data_shuffle_close(&shuffle);
    data_close(&sets[0]);
    data_close(&sets[1]);
}

/* ---- the thread ---- */

/* A file that goes away is told of by the thread's own message, after the good batches; when it is back the
 * stream goes on as if nothing had been. */
static void a_read_error_reaches_the_caller(void **state)
{
    (void)state;
    enum { ROWS = 2000, BATCH = 10, TAKEN = 2 * ROWS };
    const char *paths[2] = {file_of("good.npy", 0, ROWS / 2, WIDTH, 0),
                            file_of("gone.npy", ROWS / 2, ROWS / 2, WIDTH, 0)};
    const char *away = test_path("away.npy");
    struct data_activations *set = open_files(paths, 2);
    struct data_shuffle_parameters parameters = stream_of(&set, 500, BATCH);
    struct data_shuffle *shuffle;
    uint64_t *all = numbers_of(&parameters, TAKEN);
    uint64_t done = 0;
    const float *values;
    const uint64_t *numbers;
    data_close(&set); /* it may have the file open */
    set = open_files(paths, 2);
    assert_int_equal(rename(paths[1], away), 0);
    assert_ok(data_shuffle_open(&parameters, &shuffle));
    enum base_status status;
    while ((status = data_shuffle_next(shuffle, &values, &numbers)) == BASE_OK) {
        assert_memory_equal(numbers, all + done, BATCH * sizeof *numbers);
        done += BATCH;
        assert_true(done < ROWS);
    }
    assert_int_equal(status, BASE_ERROR_INPUT);
    assert_non_null(strstr(base_message(), paths[1]));
    assert_int_equal(data_shuffle_tell(shuffle).rows, done);
    base_fail(BASE_ERROR_USAGE, "something else");
    assert_fails(data_shuffle_next(shuffle, &values, &numbers), BASE_ERROR_INPUT, paths[1]);
    assert_int_equal(rename(away, paths[1]), 0);
    for (; done < TAKEN; done += BATCH) {
        assert_ok(data_shuffle_next(shuffle, &values, &numbers));
        assert_memory_equal(numbers, all + done, BATCH * sizeof *numbers);
    }
    data_shuffle_close(&shuffle);
    /* Closing a stream whose thread failed leaves the caller's message alone. */
    data_close(&set);
    set = open_files(paths, 2);
    assert_int_equal(unlink(paths[0]), 0);
    assert_int_equal(unlink(paths[1]), 0);
    assert_ok(data_shuffle_open(&parameters, &shuffle));
    base_fail(BASE_ERROR_USAGE, "the caller's own");
    usleep(2000);
    data_shuffle_close(&shuffle);
    assert_string_equal(base_message(), "the caller's own");
    data_close(&set);
    base_free(all);
}

/* A set that fits is read once: the file is not needed any more. */
static void a_set_that_fits_is_read_once(void **state)
{
    (void)state;
    enum { ROWS = 500 };
    const char *path = file_of("kept.npy", 0, ROWS, WIDTH, 0);
    struct data_activations *set = open_files(&path, 1);
    struct data_shuffle_parameters parameters = stream_of(&set, 1 << 20, 100);
    struct data_shuffle *shuffle;
    const float *values;
    assert_ok(data_shuffle_open(&parameters, &shuffle));
    assert_ok(data_shuffle_next(shuffle, &values, NULL));
    struct data_shuffle_position first = data_shuffle_tell(shuffle);
    assert_int_equal(truncate(path, 10), 0);
    for (int i = 0; i < 30; i++)
        assert_ok(data_shuffle_next(shuffle, &values, NULL));
    assert_ok(data_shuffle_seek(shuffle, &first));
    for (int i = 0; i < 30; i++)
        assert_ok(data_shuffle_next(shuffle, &values, NULL));
    data_shuffle_close(&shuffle);
    data_close(&set);
}

static void closing_while_the_thread_is_busy(void **state)
{
    (void)state;
    struct data_activations *set = set_of("busy.npy", 40000, WIDTH, 0);
    static const uint64_t buffers[] = {1 << 24, 1 << 20, 1 << 12};
    for (int i = 0; i < 60; i++) {
        struct data_shuffle_parameters parameters = stream_of(&set, buffers[i % 3], 512);
        struct data_shuffle *shuffle;
        const float *values;
        assert_ok(data_shuffle_open(&parameters, &shuffle));
        if (i % 2)
            usleep((unsigned)(i * 50));
        for (int k = 0; k < i % 4; k++)
            assert_ok(data_shuffle_next(shuffle, &values, NULL));
        data_shuffle_close(&shuffle);
    }
    data_close(&set);
}

/* With time to work ahead the caller does not wait at all, and the batch it holds stays what it is. */
static void reading_ahead(void **state)
{
    (void)state;
    struct data_activations *set = set_of("ahead.npy", 5000, WIDTH, 0);
    struct data_shuffle_parameters parameters = stream_of(&set, 1 << 17, 100);
    struct data_shuffle *shuffle;
    const float *values;
    const uint64_t *numbers, began = base_clock_ns();
    assert_ok(data_shuffle_open(&parameters, &shuffle));
    assert_ok(data_shuffle_next(shuffle, &values, &numbers));
    assert_true(data_shuffle_waited_ns(shuffle) <= base_clock_ns() - began);
    int without = 0;
    for (int i = 0; i < 300 && without < 100; i++) {
        const uint64_t before = data_shuffle_waited_ns(shuffle);
        const uint64_t number = numbers[99];
        usleep(3000);
        assert_int_equal(numbers[99], number);
        for (int row = 0; row < 100; row++)
            assert_true(values[row * WIDTH + 7] == value_at(numbers[row], 7));
        assert_ok(data_shuffle_next(shuffle, &values, &numbers)); /* both that can be ready */
        assert_ok(data_shuffle_next(shuffle, &values, &numbers));
        without += data_shuffle_waited_ns(shuffle) == before;
    }
    assert_int_equal(without, 100);
    data_shuffle_close(&shuffle);
    data_close(&set);
}

static int interrupted_stream(struct data_activations *set)
{
    struct data_shuffle_parameters parameters = stream_of(&set, 1 << 17, 100);
    struct data_shuffle *shuffle;
    const float *values;
    enum base_status status;
    int batches = 0;
    base_signals_install();
    if (data_shuffle_open(&parameters, &shuffle) != BASE_OK)
        return 1;
    if (data_shuffle_next(shuffle, &values, NULL) != BASE_OK)
        return 2;
    raise(SIGINT);
    while ((status = data_shuffle_next(shuffle, &values, NULL)) == BASE_OK)
        if (++batches > 3)
            return 3;
    data_shuffle_close(&shuffle);
    return status == BASE_INTERRUPTED ? 0 : 4;
}

static void interruption(void **state)
{
    (void)state;
    struct data_activations *set = set_of("signal.npy", 5000, WIDTH, 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(interrupted_stream(set));
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
    data_close(&set);
}

/* ---- how well it shuffles ---- */

/* Of a uniform permutation of N: the mean of |place - number| is N / 3 with standard deviation N sqrt(1/18 /
 * n) for n independent places, and one pair of neighbours stays together. Runs of neighbours in windows make
 * n the number of runs, and of a run of L rows in a window of W rows about (L - 1) / W stay together. */
static void check_quality(uint64_t rows, uint64_t buffer, double tolerance, uint64_t most_neighbours)
{
    struct data_activations *set = set_of("quality.npy", rows, WIDTH, 0);
    struct data_shuffle_parameters parameters = stream_of(&set, buffer, 100);
    for (uint64_t seed = 0; seed < 3; seed++) {
        parameters.seed = seed;
        uint64_t *numbers = numbers_of(&parameters, rows);
        uint64_t neighbours = 0;
        double displacement = 0;
        for (uint64_t i = 0; i < rows; i++) {
            displacement += fabs((double)numbers[i] - (double)i);
            neighbours += i > 0 && numbers[i] == numbers[i - 1] + 1;
        }
        assert_in_double(displacement / (double)rows / (double)rows, 1.0 / 3, tolerance);
        if (neighbours > most_neighbours)
            fail_msg("%d rows, buffer %d: %d neighbours stay", (int)rows, (int)buffer, (int)neighbours);
        base_free(numbers);
    }
    data_close(&set);
}

static void the_shuffle_is_good(void **state)
{
    (void)state;
    check_quality(10000, 1 << 20, 0.012, 9); /* five standard deviations, and far in Poisson's tail */
    check_quality(300, 1 << 20, 0.07, 9);
    check_quality(300, 150 * 69, 0.07, 15);
    check_quality(10000, 10000 * 69 / 4, 0.06, 120); /* eight windows of 64 runs: 1 % stays together */
}

/* Rows of one batch come from all over the set, not from a few stretches. */
static void a_batch_is_mixed(void **state)
{
    (void)state;
    enum { ROWS = 20000, BATCH = 256, PARTS = 50 };
    struct data_activations *set = set_of("mixed.npy", ROWS, WIDTH, 0);
    struct data_shuffle_parameters parameters = stream_of(&set, ROWS * 69 / 4, BATCH);
    uint64_t *numbers = numbers_of(&parameters, ROWS);
    for (int batch = 0; batch < ROWS / BATCH; batch++) {
        int counts[PARTS] = {0}, parts = 0;
        for (int i = 0; i < BATCH; i++)
            parts += counts[numbers[batch * BATCH + i] / (ROWS / PARTS)]++ == 0;
        assert_true(parts >= 25); /* 64 of 512 runs a window reach 36 of the 50 parts on average */
    }
    base_free(numbers);
    data_close(&set);
}

/* ---- the median norm ---- */

static void median_norm(void **state)
{
    (void)state;
    struct data_activations *set = set_of("median.npy", 1001, WIDTH, 0);
    struct data_activations *bad = set_of("median_bad.npy", 40, WIDTH, 1);
    struct data_activations *some = set_of("median_some.npy", 30, WIDTH, 3);
    double median;
    assert_ok(data_median_norm(set, 0, 0, 5000, &median));
    assert_in_double(median, norm_at(500, WIDTH), 0);
    assert_ok(data_median_norm(set, 101, 202, 5000, &median));
    assert_in_double(median, norm_at(151, WIDTH), 0);
    assert_ok(data_median_norm(set, 0, 1000, 100, &median)); /* rows 0, 10, … 990 */
    assert_in_double(median, (norm_at(490, WIDTH) + norm_at(500, WIDTH)) / 2, 1e-9);
    assert_ok(data_median_norm(set, 0, 7, 3, &median)); /* rows 0, 2, 4 */
    assert_in_double(median, norm_at(2, WIDTH), 0);
    assert_ok(data_median_norm(set, 7, 0, 1, &median));
    assert_in_double(median, norm_at(7, WIDTH), 0);
    assert_ok(data_median_norm(some, 0, 0, 100, &median)); /* 20 are left, 14 and 16 in the middle */
    assert_in_double(median, (norm_at(14, WIDTH) + norm_at(16, WIDTH)) / 2, 1e-9);
    assert_fails(data_median_norm(bad, 0, 0, 100, &median), BASE_ERROR_INPUT, "all 40 rows looked at");
    assert_fails(data_median_norm(bad, 0, 41, 100, &median), BASE_ERROR_INPUT, "there are 40");
    assert_fails(data_median_norm(bad, 40, 0, 100, &median), BASE_ERROR_INPUT, "there are 40");
    data_close(&set);
    data_close(&bad);
    data_close(&some);
}

/* A sample of all rows has each once, whatever their number; a smaller one has none twice. */
static void samples_have_no_row_twice(void **state)
{
    (void)state;
    const uint64_t wanted[] = {1000, 33, 1, 200, 999};
    struct data_activations *set = set_of("sampled.npy", 1010, WIDTH, 0);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const struct data_sample_parameters parameters = {.sets = &set,
                                                          .n_sets = 1,
                                                          .rows_from = 10,
                                                          .rows_to = i < 2 ? 10 + wanted[i] : 0,
                                                          .most = wanted[i],
                                                          .norm_bound = INFINITY};
        float *rows;
        uint64_t count;
        assert_ok(data_sample(&parameters, &rows, &count));
        assert_int_equal(count, wanted[i]);
        assert_true(rows[0] == value_at(10, 0));
        for (uint64_t r = 1; r < count; r++)
            assert_true(rows[r * WIDTH] > rows[(r - 1) * WIDTH]);
        base_free(rows);
    }
    data_close(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_once_an_epoch),
        cmocka_unit_test(the_order_is_a_pure_function),
        cmocka_unit_test(rows_left_out),
        cmocka_unit_test(seeking_is_the_same_as_running_there),
        cmocka_unit_test(one_row_of_many),
        cmocka_unit_test(sets_side_by_side),
        cmocka_unit_test(shards_and_ranges),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(a_read_error_reaches_the_caller),
        cmocka_unit_test(a_set_that_fits_is_read_once),
        cmocka_unit_test(closing_while_the_thread_is_busy),
        cmocka_unit_test(reading_ahead),
        cmocka_unit_test(interruption),
        cmocka_unit_test(the_shuffle_is_good),
        cmocka_unit_test(a_batch_is_mixed),
        cmocka_unit_test(median_norm),
        cmocka_unit_test(samples_have_no_row_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
