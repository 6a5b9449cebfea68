/* One pass over the rows: counts, mean, norms and quantiles, against plain sums; and the real activations. */
#define _GNU_SOURCE
#include "support/files.h"
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "base/random.h"
#include "data/activations.h"
#include "data/inspect.h"
#include "data/quantile.h"
#include "io/tensor.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static enum base_status open_one(const char *path, struct data_activations **set)
{
    const struct data_open_parameters parameters = {.arguments = &path, .n_arguments = 1, .step = UINT64_MAX};
    return data_open(&parameters, set);
}

static void quantiles(void **state)
{
    (void)state;
    double values[] = {4, 1, 3, 2};
    data_sort(values, 4);
    assert_in_double(data_quantile(values, 4, 0), 1, 0);
    assert_in_double(data_quantile(values, 4, 1), 4, 0);
    assert_in_double(data_quantile(values, 4, 0.5), 2.5, 1e-15);
    assert_in_double(data_quantile(values, 4, 0.99), 3.97, 1e-12);
    assert_in_double(data_quantile(values, 1, 0.3), 1, 0);
    assert_true(isnan(data_quantile(values, 0, 0.5)));
}

/* Rows (3, 4), zeros, NaN, (6, 8), Inf and NaN, (0, -0): by hand. */
static void rows_of_every_kind(void **state)
{
    (void)state;
    const float values[] = {3, 4, 0, 0, NAN, 1, 6, 8, INFINITY, NAN, 0, -0.0f, -INFINITY, 1};
    struct data_activations *set;
    struct data_summary summary;
    assert_ok(open_one(test_npy("kinds.npy", "<f4", 0, "(7, 2)", values, sizeof values), &set));
    assert_ok(data_summarise(set, &summary));
    assert_int_equal(summary.rows, 7);
    assert_int_equal(summary.non_finite_rows, 3);
    assert_int_equal(summary.nan_values, 2);
    assert_int_equal(summary.inf_values, 2);
    assert_int_equal(summary.zero_rows, 2);
    assert_in_double(summary.mean[0], 9.0 / 4, 1e-15);
    assert_in_double(summary.mean[1], 12.0 / 4, 1e-15);
    assert_in_double(summary.mean_norm, 3.75, 1e-15);
    assert_in_double(summary.rms, sqrt(125.0 / 4), 1e-14);
    assert_in_double(summary.norm_minimum, 0, 0);
    assert_in_double(summary.norm_median, 2.5, 1e-15);
    assert_in_double(summary.norm_99, 9.85, 1e-13);
    assert_in_double(summary.norm_maximum, 10, 0);
    data_summary_free(&summary);
    data_summary_free(&summary);
    data_close(&set);
}

static void only_rows_without_numbers(void **state)
{
    (void)state;
    const float values[] = {NAN, 1, INFINITY, 2};
    struct data_activations *set;
    struct data_summary summary;
    assert_ok(open_one(test_npy("none.npy", "<f4", 0, "(2, 2)", values, sizeof values), &set));
    assert_ok(data_summarise(set, &summary));
    assert_int_equal(summary.non_finite_rows, 2);
    assert_in_double(summary.rms, 0, 0);
    assert_in_double(summary.norm_maximum, 0, 0);
    data_summary_free(&summary);
    data_close(&set);
}

/* More than one block, a width that is no multiple of the partial sums. */
static void many_rows(void **state)
{
    (void)state;
    enum { ROWS = 20011, WIDTH = 67 };
    float *values;
    double mean[WIDTH] = {0}, square = 0, largest = 0;
    assert_ok(base_allocate(&values, (size_t)ROWS * WIDTH, sizeof *values, "values"));
    for (size_t i = 0; i < (size_t)ROWS * WIDTH; i++)
        values[i] = (float)(base_random_uniform(3, BASE_STREAM_TEST, i) - 0.25);
    for (size_t row = 0; row < ROWS; row++) {
        double norm = 0;
        for (size_t i = 0; i < WIDTH; i++) {
            double x = values[row * WIDTH + i];
            mean[i] += x / ROWS;
            norm += x * x;
        }
        square += norm / ROWS;
        largest = fmax(largest, sqrt(norm));
    }
    struct data_activations *set;
    struct data_summary summary;
    assert_ok(
        open_one(test_npy("many.npy", "<f4", 0, "(20011, 67)", values, (size_t)ROWS * WIDTH * 4), &set));
    assert_ok(data_summarise(set, &summary));
    for (size_t i = 0; i < WIDTH; i++)
        assert_in_double(summary.mean[i], mean[i], 1e-12);
    assert_in_double(summary.rms, sqrt(square), 1e-12);
    assert_in_double(summary.norm_maximum, largest, 1e-12);
    data_summary_free(&summary);
    data_close(&set);
    base_free(values);
}

/* Ctrl-C ends a pass over the rows with its own status. The flag stays set, so a child raises it. */
static void interruption(void **state)
{
    (void)state;
    const float values[] = {1, 2};
    const char *path = test_npy("interrupted.npy", "<f4", 0, "(1, 2)", values, sizeof values);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct data_activations *set = NULL;
        struct data_summary summary;
        struct json_t *description;
        base_signals_install();
        int as_told = open_one(path, &set) == BASE_OK;
        raise(SIGINT);
        as_told = as_told && data_summarise(set, &summary) == BASE_INTERRUPTED &&
                  data_inspect_json(path, &(struct data_check_rows){0}, &description) == BASE_INTERRUPTED;
        data_close(&set);
        _exit(as_told ? 0 : 1);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
}

/* The residual stream of the shared data has |mean| / rms = 0.74 over its ordinary rows, and two rows of a
 * norm near 24,000 among 65,536 with a median of 165. */
static void real_activations(void **state)
{
    (void)state;
    const char *path = ARCLIGHT_SOURCE_FOLDER "/../shared/data/smollm2-resid15.safetensors";
    if (!base_path_exists(path)) {
        print_message("skipped: %s is not there\n", path);
        skip();
    }
    struct data_activations *set;
    struct data_summary summary;
    assert_ok(open_one(path, &set));
    assert_int_equal(data_rows(set), 65536);
    assert_int_equal(data_width(set), 576);
    assert_ok(data_summarise(set, &summary));
    assert_int_equal(summary.zero_rows + summary.non_finite_rows, 0);
    assert_in_double(summary.norm_median, 165, 0.5);
    assert_in_double(summary.norm_maximum, 24300, 300);
    data_summary_free(&summary);
    data_close(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles),
        cmocka_unit_test(rows_of_every_kind),
        cmocka_unit_test(only_rows_without_numbers),
        cmocka_unit_test(many_rows),
        cmocka_unit_test(interruption),
        cmocka_unit_test(real_activations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
