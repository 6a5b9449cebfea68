/* `arclight srm` with input it must refuse: the exit code, the words that say what and where, and earlier
 * results left as they were. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "base/random.h"
#include "cli/run.h"
#include "support/device.h"
#include "support/files.h"

static char folder[1024]; /* with the results of an earlier run */

static void write_inputs(void)
{
    enum { ROWS = 60, WIDTH = 6, BIG_ROWS = 8192, BIG_WIDTH = 256 };
    float rows[ROWS * WIDTH], faulty[ROWS * WIDTH], zeros[ROWS * WIDTH] = {0}, nan[ROWS * WIDTH];
    int32_t labels[ROWS] = {0};
    for (int i = 0; i < ROWS * WIDTH; i++) {
        rows[i] = faulty[i] = (float)base_random_normal(1, BASE_STREAM_TEST, (uint64_t)i);
        nan[i] = NAN;
    }
    faulty[7] = INFINITY;
    test_npy("rows.npy", "<f4", 0, "(60, 6)", rows, sizeof rows);
    test_npy("faulty.npy", "<f4", 0, "(60, 6)", faulty, sizeof faulty);
    test_npy("zeros.npy", "<f4", 0, "(60, 6)", zeros, sizeof zeros);
    test_npy("nan.npy", "<f4", 0, "(60, 6)", nan, sizeof nan);
    test_npy("vector.npy", "<f4", 0, "(6,)", rows, 24);
    test_npy("narrow.npy", "<f4", 0, "(60, 1)", rows, 240);
    test_npy("empty.npy", "<f4", 0, "(0, 6)", rows, 0);
    test_npy("basis5.npy", "<f4", 0, "(4, 5)", rows, 80);
    test_npy("basis1.npy", "<f4", 0, "(1, 6)", rows, 24);
    test_npy("parallel.npy", "<f4", 0, "(2, 6)", (float[12]){1, 0, 0, 0, 0, 0, -2, 0, 0, 0, 0, 0}, 48);
    test_npy("zero-basis.npy", "<f4", 0, "(2, 6)", (float[12]){1}, 48);
    test_npy("labels.npy", "<i4", 0, "(59,)", labels, 59 * 4);
    float *big = calloc((size_t)BIG_ROWS * BIG_WIDTH, sizeof *big);
    assert_non_null(big);
    for (size_t i = 0; i < (size_t)BIG_ROWS * BIG_WIDTH; i++)
        big[i] = rows[i * 7919 % (ROWS * WIDTH)] + (float)(i % 97) * 0.01f;
    test_npy("big.npy", "<f4", 0, "(8192, 256)", big, (size_t)BIG_ROWS * BIG_WIDTH * sizeof *big);
    free(big);
}

/* Names and checksums of what lies in the folder. */
static char *contents(void)
{
    struct run run = run_line("cd '%s' && find . -type f | sort | xargs cksum", folder);
    assert_int_equal(run.code, 0);
    return strdup(run.text);
}

static int set_up(void **state)
{
    (void)state;
    write_inputs();
    snprintf(folder, sizeof folder, "%s", test_path("results"));
    struct run run = run_line("cd '%s' && $A srm rows.npy --out results 2>&1", test_folder());
    if (run.code != 0)
        fail_msg("a good analysis ends with %d: %s", run.code, run.text);
    return 0;
}

/* ---- refusals ---- */

struct refusal {
    int code;
    const char *line; /* behind `$A srm`; --out results is added */
    const char *part; /* of the message */
};

static void refused(const struct refusal *r, const char *before)
{
    struct run run = run_line("cd '%s' && $A srm --out results %s 2>&1 >/dev/null", test_folder(), r->line);
    if (run.code != r->code || !strstr(run.text, r->part))
        fail_msg("srm %s: exit code %d, expected %d with \"%s\":\n%s", r->line, run.code, r->code, r->part,
                 run.text);
    char *after = contents();
    if (strcmp(before, after) != 0)
        fail_msg("srm %s changed earlier results:\n%s\nto\n%s", r->line, before, after);
    free(after);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {3, "missing.npy", "missing.npy"},
        {3, "rows.npy:other", "other"},
        {3, "vector.npy", "vector.npy"},
        {3, "narrow.npy", "two columns"},
        {3, "empty.npy", "empty.npy"},
        {3, "zeros.npy", "zero rows"},
        {3, "nan.npy", "NaN"},
        {3, "faulty.npy --strict", "--strict"},
        {3, "rows.npy basis5.npy", "basis5.npy"},
        {3, "rows.npy --basis basis5.npy", "basis5.npy"},
        {3, "rows.npy --basis basis1.npy", "basis vectors"},
        {3, "rows.npy --basis parallel.npy", "parallel"},
        {3, "rows.npy --basis zero-basis.npy", "zero-basis.npy"},
        {3, "rows.npy --basis no-such.npy", "no-such.npy"},
        {3, "rows.npy --labels labels.npy", "labels.npy"},
        {3, "rows.npy --rows 50:70", "60"},
        {2, "rows.npy --rows 7:3", "--rows"},
        {2, "rows.npy --basis pca:7", "7"},
        {2, "rows.npy --epsilon 1.5", "--epsilon"},
        {2, "rows.npy --epsilon 0.5,-1.01", "--epsilon"},
        {2, "rows.npy --epsilon nan", "--epsilon"},
        {2, "rows.npy --epsilon half", "--epsilon"},
        {2, "rows.npy --angles 3", "--angles"},
        {2, "rows.npy --angles 36.5", "--angles"},
        {2, "rows.npy --angles 99999", "--angles"},
        {2, "rows.npy --angles 45 --signed", "even"},
        {2, "rows.npy --planes 3:99999", "99999"},
        {2, "rows.npy --planes 3:3", "3:3"},
        {2, "rows.npy --planes 0", "--planes"},
        {2, "rows.npy --planes some", "some"},
        {2, "rows.npy --pairs both", "--pairs"},
        {2, "rows.npy --control 65", "--control"},
        {2, "", "ACTIVATIONS"},
    };
    char *before = contents();
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        refused(&refusals[i], before);
    free(before);
}

static void rows_left_out_are_told(void **state)
{
    (void)state;
    struct run run = run_line("cd '%s' && $A srm faulty.npy --out faulty --no-picture 2>&1", test_folder());
    assert_int_equal(run.code, 0);
    assert_contains(run, "NaN");
    run = run_line("cd '%s' && cat faulty/srm.json", test_folder());
    assert_contains(run, "59");
}

/* ---- devices ---- */

static void lacking_devices_are_told(void **state)
{
    (void)state;
    char *before = contents();
    static const struct refusal refusals[] = {
        {2, "rows.npy --device no-such-device", "no-such-device"},
        {5, "big.npy --limits memory_bytes=64M,storage_range_bytes=64K --angles 4000 --epsilon 0.5,0.6",
         "MiB"},
        {5, "big.npy --limits storage_range_bytes=64K --angles 4000 --epsilon 0.5,0.6,0.7,0.8,0.9", "bytes"},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        refused(&refusals[i], before);
    struct run run =
        run_line("cd '%s' && VK_DRIVER_FILES=/nonexistent.json VK_ICD_FILENAMES=/nonexistent.json "
                 "$A srm rows.npy --out results 2>&1",
                 test_folder());
    assert_int_equal(run.code, 4);
    assert_contains(run, "no Vulkan device");
    char *after = contents();
    assert_string_equal(before, after);
    free(before), free(after);
}

/* ---- places to write ---- */

static void bad_places_are_refused(void **state)
{
    (void)state;
    struct run run = run_line("cd '%s' && $A srm rows.npy 2>&1", test_folder());
    assert_int_equal(run.code, 2);
    assert_contains(run, "--out");
    run = run_line("cd '%s' && $A srm rows.npy --out rows.npy 2>&1", test_folder());
    assert_int_equal(run.code, 8);
    assert_contains(run, "rows.npy");
    run = run_line("cd '%s' && $A srm rows.npy --out /proc/no/such 2>&1", test_folder());
    assert_int_equal(run.code, 8);
    assert_contains(run, "/proc/no");
}

/* A disk that is full: a file system of 512 KiB in memory, mounted for this command alone, on which the first
 * run's files fit and the second's do not. A limit on the size of files would not do: lavapipe keeps device
 * memory in a file. Skipped where mounting is not allowed. */
static void a_full_disk_leaves_results_whole(void **state)
{
    (void)state;
    static const char in_room[] = "cd '%s' && export A && mkdir -p small && unshare -m sh -c 'mount -t tmpfs "
                                  "-o size=512k none small && %s'";
    char line[1024];
    snprintf(line, sizeof line, in_room, test_folder(), "true");
    if (run_line("%s 2>&1", line).code != 0) {
        fprintf(stderr, "skipped: a file system of its own cannot be mounted here\n");
        skip();
    }
    snprintf(
        line, sizeof line, in_room, test_folder(),
        "$A srm rows.npy --angles 8 --no-picture --out small >/dev/null || exit 99; "
        "cat small/* | cksum >before; $A srm rows.npy --angles 4000 --no-picture --out small >/dev/null; "
        "code=$?; cat small/* | cksum | cmp - before || exit 98; "
        "ls small | grep -q tmp && exit 97; exit $code");
    struct run run = run_line("%s 2>&1", line);
    assert_int_equal(run.code, 8);
    assert_contains(run, "No space left");
}

static void an_interrupt_leaves_nothing(void **state)
{
    (void)state;
    char *before = contents();
    static const char *const seconds[] = {"0.3", "2"};
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        struct run run =
            run_line("cd '%s' && timeout --preserve-status -s INT %s $A srm big.npy --control 64 "
                     "--out results 2>&1",
                     test_folder(), seconds[i]);
        assert_int_equal(run.code, 130);
        char *after = contents();
        assert_string_equal(before, after);
        free(after);
    }
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(rows_left_out_are_told),
        cmocka_unit_test(lacking_devices_are_told),
        cmocka_unit_test(bad_places_are_refused),
        cmocka_unit_test(a_full_disk_leaves_results_whole),
        cmocka_unit_test(an_interrupt_leaves_nothing),
    };
    if (!test_gpu_exists())
        return 77;
    return cmocka_run_group_tests(tests, set_up, NULL);
}
