/* How a set is cut into runs and windows, and the permutations of an epoch. */
#include "support/test.h"

#include "base/memory.h"
#include "data/shuffle_order.h"

/* Every run stands in one window of the epoch, and places and windows agree. */
static void check_epoch(const struct shuffle_plan *plan, const struct shuffle_epoch *epoch)
{
    uint32_t *runs;
    uint8_t *seen;
    uint64_t place = 0, n_runs = 0;
    assert_ok(base_allocate(&runs, plan->window_runs, sizeof *runs, "runs"));
    assert_ok(base_allocate(&seen, plan->n_runs, 1, "flags"));
    for (uint64_t window = 0; window < plan->n_windows; window++) {
        assert_int_equal(shuffle_window_place(plan, epoch, window), place);
        uint64_t count = shuffle_window_runs(plan, epoch, window, runs), rows = 0;
        assert_true(count > 0 && count <= plan->window_runs && count + 1 >= plan->window_runs);
        for (uint64_t i = 0; i < count; i++) {
            assert_true(i == 0 || runs[i - 1] < runs[i]);
            assert_int_equal(seen[runs[i]]++, 0);
            rows += shuffle_run_rows(plan, runs[i]);
        }
        assert_true(rows <= plan->window_rows);
        assert_int_equal(shuffle_window_of(plan, epoch, place), window);
        assert_int_equal(shuffle_window_of(plan, epoch, place + rows - 1), window);
        place += rows;
        n_runs += count;
    }
    assert_int_equal(place, plan->rows);
    assert_int_equal(shuffle_window_place(plan, epoch, plan->n_windows), plan->rows);
    assert_int_equal(n_runs, plan->n_runs);
    base_free(runs);
    base_free(seen);
}

static void epochs_of(uint64_t rows, uint64_t read_bytes, uint64_t held_bytes, uint64_t buffer)
{
    struct shuffle_plan plan;
    struct shuffle_epoch epoch;
    assert_ok(shuffle_plan_make(rows, read_bytes, held_bytes, buffer, &plan));
    assert_true(plan.n_windows == 1 ? rows * held_bytes <= buffer || rows == 1
                                    : 2 * plan.window_rows * held_bytes <= buffer || plan.window_rows == 1);
    assert_ok(base_allocate(&epoch.runs, plan.n_runs, sizeof *epoch.runs, "runs"));
    for (uint64_t number = 0; number < 3; number++) {
        shuffle_epoch_make(&plan, 7, number, &epoch);
        check_epoch(&plan, &epoch);
    }
    base_free(epoch.runs);
}

static void plans_of_many_sizes(void **state)
{
    (void)state;
    for (uint64_t rows = 1; rows < 400; rows += 1 + rows / 7)
        for (uint64_t buffer = 0; buffer < rows * 80; buffer += 1 + buffer / 2)
            epochs_of(rows, 64, 69, buffer);
    for (uint64_t rows = 9990; rows < 10010; rows++)
        epochs_of(rows, 64, 69, 300 * 69);
    epochs_of(1000003, 2304, 2309, 256 << 20);
}

static void runs_are_long_and_many(void **state)
{
    (void)state;
    struct shuffle_plan plan;
    /* 10^9 rows of 576, 4 GiB: reads of about a MiB, a table of some MiB, windows of 2 GiB */
    assert_ok(shuffle_plan_make(1000000000, 2304, 2309, (uint64_t)4 << 30, &plan));
    assert_true(plan.run_rows * 2304 > 1 << 19 && plan.run_rows * 2304 <= 1 << 20);
    assert_true(plan.n_runs * 4 < 16 << 20);
    assert_true(plan.window_runs > 1900 && plan.window_rows * 2309 <= (uint64_t)2 << 30);
    /* more rows than runs of that length: the table stays small */
    assert_ok(shuffle_plan_make((uint64_t)1 << 45, 64, 69, (uint64_t)1 << 30, &plan));
    assert_true(plan.n_runs <= 1 << 24);
    assert_fails(shuffle_plan_make(UINT64_MAX / 2, 64, 69, (uint64_t)1 << 30, &plan), BASE_ERROR_INPUT,
                 "more than can be shuffled");
    /* small sets: 64 runs a window at least, while there are rows for them */
    assert_ok(shuffle_plan_make(10000, 64, 69, 10000 * 69 / 4, &plan));
    assert_true(plan.window_runs >= 48 && plan.n_windows >= 8);
    assert_ok(shuffle_plan_make(300, 64, 69, 150 * 69, &plan));
    assert_true(plan.window_runs >= 48);
    assert_ok(shuffle_plan_make(300, 64, 69, 300 * 69, &plan));
    assert_int_equal(plan.n_windows, 1);
    assert_ok(shuffle_plan_make(300, 64, 69, 0, &plan));
    assert_int_equal(plan.n_windows, 300);
}

/* Each of the 24 orders of four is as frequent as the others: chi squared of 23 degrees of freedom, whose
 * 1 - 10^-6 quantile is 70. */
static void permutations_are_uniform(void **state)
{
    (void)state;
    enum { TRIALS = 24000 };
    int counts[256] = {0}, kinds = 0;
    double square = 0;
    for (uint64_t epoch = 0; epoch < TRIALS; epoch++) {
        uint32_t order[4] = {0, 1, 2, 3};
        for (uint64_t i = 0; i < 4; i++)
            shuffle_permute_step(order, 4, i, shuffle_window_seed(5, epoch, 0));
        counts[order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]]++;
    }
    for (int i = 0; i < 256; i++) {
        kinds += counts[i] > 0;
        if (counts[i] > 0)
            square += (counts[i] - TRIALS / 24.0) * (counts[i] - TRIALS / 24.0) / (TRIALS / 24.0);
    }
    assert_int_equal(kinds, 24);
    assert_true(square < 70);
}

static void seeds_are_apart(void **state)
{
    (void)state;
    uint64_t seeds[1000];
    int count = 0;
    for (uint64_t seed = 0; seed < 10; seed++)
        for (uint64_t epoch = 0; epoch < 10; epoch++)
            for (uint64_t window = 0; window < 10; window++)
                seeds[count++] = shuffle_window_seed(seed, epoch, window);
    for (int i = 0; i < count; i++)
        for (int k = 0; k < i; k++)
            assert_true(seeds[i] != seeds[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_of_many_sizes),
        cmocka_unit_test(runs_are_long_and_many),
        cmocka_unit_test(permutations_are_uniform),
        cmocka_unit_test(seeds_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
