/* Sets of shards: files, folders, ranges across shards, steps, and what is refused. */
#include "support/files.h"
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "data/activations.h"
#include "io/tensor.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { WIDTH = 3 };

/* A shard whose row r holds (first + r) * 10 + column. */
static const char *shard(const char *name, int first, int rows, enum io_dtype dtype)
{
    float values[64 * WIDTH];
    int32_t integers[64 * WIDTH];
    for (int i = 0; i < rows * WIDTH; i++) {
        integers[i] = (first + i / WIDTH) * 10 + i % WIDTH;
        values[i] = (float)integers[i];
    }
    const uint64_t shape[2] = {(uint64_t)rows, WIDTH};
    const char *path = test_path(name);
    assert_ok(io_write_npy(path, dtype, 2, shape, dtype == IO_F32 ? (void *)values : integers));
    return path;
}

static struct data_open_parameters parameters_of(const char *const *arguments, uint32_t count)
{
    return (struct data_open_parameters){.arguments = arguments, .n_arguments = count, .step = UINT64_MAX};
}

/* Rows [from, from + count) of the set are rows first + from, ... of the counting above. */
static void check_read(struct data_activations *set, uint64_t from, uint64_t count, uint64_t first)
{
    float values[128 * WIDTH];
    assert_ok(data_read(set, from, count, values));
    for (uint64_t i = 0; i < count * WIDTH; i++)
        if (values[i] != (float)((first + from + i / WIDTH) * 10 + i % WIDTH))
            fail_msg("rows %d + %d: element %d is %g", (int)from, (int)count, (int)i, (double)values[i]);
}

static void shards_are_one_set(void **state)
{
    (void)state;
    const char *const arguments[] = {shard("s0.npy", 0, 5, IO_F32), shard("s1.npy", 5, 1, IO_I32),
                                     shard("s2.npy", 6, 0, IO_F32), shard("s3.npy", 6, 7, IO_F32)};
    struct data_open_parameters parameters = parameters_of(arguments, 4);
    struct data_activations *set;
    assert_ok(data_open(&parameters, &set));
    assert_int_equal(data_rows(set), 13);
    assert_int_equal(data_width(set), WIDTH);
    assert_int_equal(data_shard_count(set), 4);
    assert_string_equal(data_shard_at(set, 1).path, arguments[1]);
    assert_string_equal(data_shard_at(set, 1).dtype, "I32");
    assert_int_equal(data_shard_at(set, 3).rows, 7);
    assert_true(data_shard_at(set, 0).bytes >= 60);
    for (uint64_t from = 0; from <= 13; from++)
        for (uint64_t count = 0; from + count <= 13; count++)
            check_read(set, from, count, 0);
    float value;
    assert_fails(data_read(set, 13, 1, &value), BASE_ERROR_INTERNAL, "of 13 activations");
    data_close(&set);
    assert_null(set);
    parameters.rows_from = 4;
    parameters.rows_to = 8;
    assert_ok(data_open(&parameters, &set));
    assert_int_equal(data_rows(set), 4);
    assert_int_equal(data_all_rows(set), 13);
    assert_int_equal(data_first_row(set), 4);
    check_read(set, 0, 4, 4);
    check_read(set, 2, 1, 4);
    data_close(&set);
}

static void ranges_that_cannot_be(void **state)
{
    (void)state;
    const char *const arguments[] = {shard("r.npy", 0, 5, IO_F32)};
    static const uint64_t ranges[][2] = {{0, 6}, {5, 0}, {3, 3}, {4, 2}, {UINT64_MAX, 0}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        struct data_open_parameters parameters = parameters_of(arguments, 1);
        struct data_activations *set;
        parameters.rows_from = ranges[i][0];
        parameters.rows_to = ranges[i][1];
        assert_fails(data_open(&parameters, &set), BASE_ERROR_INPUT, "there are 5");
        assert_null(set);
    }
}

static void a_folder_of_shards(void **state)
{
    (void)state;
    assert_ok(base_folder_make(test_path("set")));
    shard("set/b.npy", 4, 4, IO_F32);
    shard("set/a.npy", 0, 4, IO_F32);
    shard("set/.hidden.npy", 90, 1, IO_F32);
    test_file("set/notes.txt", "x", 1);
    const char *const arguments[] = {test_path("set")};
    struct data_open_parameters parameters = parameters_of(arguments, 1);
    struct data_activations *set;
    assert_ok(data_open(&parameters, &set));
    assert_int_equal(data_shard_count(set), 2);
    check_read(set, 0, 8, 0);
    data_close(&set);
    assert_ok(base_folder_make(test_path("empty")));
    const char *const empty[] = {test_path("empty")};
    parameters = parameters_of(empty, 1);
    assert_fails(data_open(&parameters, &set), BASE_ERROR_INPUT,
                 "no .safetensors, .npy or .npz in this folder");
}

/* More shards than the process may have open files. */
static void many_shards(void **state)
{
    (void)state;
    enum { SHARDS = 40 };
    struct rlimit old, few;
    assert_ok(base_folder_make(test_path("forty")));
    for (int i = 0; i < SHARDS; i++) {
        char name[32];
        snprintf(name, sizeof name, "forty/%02d.npy", i);
        shard(name, i, 1, IO_F32);
    }
    const char *const arguments[] = {test_path("forty")};
    struct data_open_parameters parameters = parameters_of(arguments, 1);
    struct data_activations *set;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    few = old;
    few.rlim_cur = 20;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_ok(data_open(&parameters, &set));
    assert_int_equal(data_shard_count(set), SHARDS);
    check_read(set, 0, SHARDS, 0);
    check_read(set, 17, 3, 0);
    data_close(&set);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

static void names_with_a_colon_and_named_tensors(void **state)
{
    (void)state;
    float values[2 * WIDTH] = {0, 1, 2, 10, 11, 12};
    const struct io_named_array arrays[] = {
        {.name = "hook:0", .dtype = IO_F32, .rank = 2, .shape = {2, WIDTH}, .data = values},
        {.name = "other", .dtype = IO_F32, .rank = 2, .shape = {WIDTH, 2}, .data = values},
        {.name = "bias", .dtype = IO_F32, .rank = 1, .shape = {WIDTH}, .data = values},
    };
    const char *path = test_path("a:b.safetensors");
    assert_ok(io_write_safetensors(path, arrays, 3, NULL, 0));
    char named[512];
    const char *const argument[] = {named};
    struct data_open_parameters parameters = parameters_of(argument, 1);
    struct data_activations *set;
    snprintf(named, sizeof named, "%s:hook:0", path);
    assert_ok(data_open(&parameters, &set));
    assert_string_equal(data_shard_at(set, 0).tensor, "hook:0");
    check_read(set, 0, 2, 0);
    data_close(&set);
    snprintf(named, sizeof named, "%s", path);
    assert_fails(data_open(&parameters, &set), BASE_ERROR_INPUT, "2 tensors could be meant");
    snprintf(named, sizeof named, "%s:bias", path);
    assert_fails(data_open(&parameters, &set), BASE_ERROR_INPUT, "is 1-D, [3], where a 2-D one is wanted");
    snprintf(named, sizeof named, "%s:absent", path);
    assert_fails(data_open(&parameters, &set), BASE_ERROR_INPUT, "no tensor \"absent\"");
}

static void sets_that_do_not_fit_together(void **state)
{
    (void)state;
    const float values[6] = {0};
    const char *three = shard("three.npy", 0, 2, IO_F32);
    const char *two = test_npy("two.npy", "<f4", 0, "(3, 2)", values, 24);
    const char *none = test_npy("none.npy", "<f4", 0, "(0, 3)", values, 0);
    const char *narrow = test_npy("narrow.npy", "<f4", 0, "(3, 0)", values, 0);
    const char *flat = test_npy("flat.npy", "<f4", 0, "(6,)", values, 24);
    const struct {
        const char *arguments[2];
        uint32_t count;
        enum base_status status;
        const char *said;
    } cases[] = {
        {{three, two}, 2, BASE_ERROR_INPUT, "three.npy rows of 3"},
        {{none, none}, 2, BASE_ERROR_INPUT, "no rows"},
        {{narrow, narrow}, 1, BASE_ERROR_INPUT, "rows have 0 values"},
        {{flat, flat}, 1, BASE_ERROR_INPUT, "no 2-D tensor in it; there: <f4 [6]"},
        {{three, "/nonexistent.npy"}, 2, BASE_ERROR_INPUT, "/nonexistent.npy: cannot open"},
        {{three, three}, 0, BASE_ERROR_USAGE, "no activations are named"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct data_open_parameters parameters = parameters_of(cases[i].arguments, cases[i].count);
        struct data_activations *set;
        assert_fails(data_open(&parameters, &set), cases[i].status, cases[i].said);
        assert_null(set);
    }
}

static void steps_of_three_axes(void **state)
{
    (void)state;
    float values[4 * 2 * WIDTH];
    for (int i = 0; i < 4 * 2 * WIDTH; i++)
        values[i] = (float)((i / WIDTH) * 10 + i % WIDTH);
    const char *const arguments[] = {test_npy("steps.npy", "<f4", 0, "(4, 2, 3)", values, sizeof values)};
    struct data_open_parameters parameters = parameters_of(arguments, 1);
    struct data_activations *set;
    assert_fails(data_open(&parameters, &set), BASE_ERROR_INPUT,
                 "3-D, [4, 2, 3]: choose one of its matrices with --step");
    for (parameters.step = 0; parameters.step < 4; parameters.step++) {
        assert_ok(data_open(&parameters, &set));
        assert_int_equal(data_rows(set), 2);
        check_read(set, 0, 2, 2 * parameters.step);
        check_read(set, 1, 1, 2 * parameters.step);
        data_close(&set);
    }
    assert_fails(data_open(&parameters, &set), BASE_ERROR_INPUT, "step 4 is wanted, and it has 4");
    const char *const flat[] = {shard("flat2.npy", 0, 2, IO_F32)};
    parameters.arguments = flat;
    assert_fails(data_open(&parameters, &set), BASE_ERROR_INPUT, "no 3-D tensor");
}

/* A shard that is replaced under a running analysis must not be read as if nothing had happened. */
static void a_shard_that_changes(void **state)
{
    (void)state;
    const char *const arguments[] = {shard("c0.npy", 0, 4, IO_F32), shard("c1.npy", 4, 4, IO_F32)};
    struct data_open_parameters parameters = parameters_of(arguments, 2);
    struct data_activations *set;
    float values[8 * WIDTH];
    assert_ok(data_open(&parameters, &set));
    assert_ok(data_read(set, 0, 8, values));
    shard("c0.npy", 0, 3, IO_F32);
    assert_fails(data_read(set, 0, 4, values), BASE_ERROR_INPUT, "c0.npy: the file was changed");
    data_close(&set);
    assert_ok(data_open(&parameters, &set));
    assert_int_equal(data_rows(set), 7);
    assert_int_equal(unlink(arguments[1]), 0);
    assert_fails(data_read(set, 0, 7, values), BASE_ERROR_INPUT, "c1.npy: cannot open");
    data_close(&set);
}

static void labels(void **state)
{
    (void)state;
    const char *const arguments[] = {shard("l0.npy", 0, 3, IO_F32), shard("l1.npy", 3, 2, IO_F32)};
    const uint8_t classes[6] = {5, 4, 3, 2, 1, 0};
    const float fractions[5] = {0};
    struct data_open_parameters parameters = parameters_of(arguments, 2);
    struct data_activations *set;
    int64_t *read;
    parameters.rows_from = 1;
    parameters.rows_to = 4;
    assert_ok(data_open(&parameters, &set));
    assert_ok(data_read_labels(set, test_npy("five.npy", "|u1", 0, "(5,)", classes, 5), &read));
    for (int i = 0; i < 3; i++)
        assert_int_equal(read[i], 4 - i);
    base_free(read);
    assert_fails(data_read_labels(set, test_npy("six.npy", "|u1", 0, "(6,)", classes, 6), &read),
                 BASE_ERROR_INPUT, "6 labels for 5 rows");
    assert_null(read);
    assert_fails(data_read_labels(set, test_npy("fractions.npy", "<f4", 0, "(5,)", fractions, 20), &read),
                 BASE_ERROR_INPUT, "integers are wanted");
    assert_fails(data_read_labels(set, arguments[0], &read), BASE_ERROR_INPUT, "no 1-D tensor");
    data_close(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shards_are_one_set),
        cmocka_unit_test(ranges_that_cannot_be),
        cmocka_unit_test(a_folder_of_shards),
        cmocka_unit_test(many_shards),
        cmocka_unit_test(names_with_a_colon_and_named_tensors),
        cmocka_unit_test(sets_that_do_not_fit_together),
        cmocka_unit_test(steps_of_three_axes),
        cmocka_unit_test(a_shard_that_changes),
        cmocka_unit_test(labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
