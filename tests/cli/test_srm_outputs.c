/* `arclight srm` as its user meets it: what it leaves, by whichever way it is asked, and nothing half-written
 * after Ctrl-C. What it refuses is in test_srm_errors.c, what the analysis finds in tests/srm. */
#define _GNU_SOURCE
#include "base/random.h"
#include "cli/run.h"
#include "io/tensor.h"
#include "support/device.h"

#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 60, WIDTH = 6 };
static const char quick[] = "--control 0 --no-picture --quiet --angles 24";

/* ---- files made here ---- */

static void make_files(void)
{
    float rows[ROWS * WIDTH];
    for (int i = 0; i < ROWS * WIDTH; i++)
        rows[i] = (float)base_random_normal(1, BASE_STREAM_TEST, (uint64_t)i);
    assert_int_equal(system("rm -rf srm-files && mkdir srm-files"), 0);
    assert_ok(io_write_npy("srm-files/good.npy", IO_F32, 2, (const uint64_t[]){ROWS, WIDTH}, rows));
    assert_ok(io_write_npy("srm-files/steps.npy", IO_F32, 3, (const uint64_t[]){2, ROWS / 2, WIDTH}, rows));
    const struct io_named_array two[] = {{"first", IO_F32, 2, {ROWS, WIDTH}, rows},
                                         {"second", IO_F32, 2, {2, 6}, rows}};
    assert_ok(io_write_safetensors("srm-files/two.safetensors", two, 2, NULL, 0));
}

/* Runs the analysis of `arguments` into srm-out and expects the code, and a part of the words on standard
 * error. */
static void expect_srm(int code, const char *arguments, const char *part)
{
    struct run run = run_line("$A srm --out srm-out %s %s 2>&1 >/dev/null", quick, arguments);
    if (run.code != code)
        fail_msg("srm %s: exit code %d, expected %d: %s", arguments, run.code, code, run.text);
    assert_contains(run, part);
}

/* Files in a folder whose names contain `part`; -1 when there is no such folder. */
static int count_files(const char *folder, const char *part)
{
    DIR *directory = opendir(folder);
    if (!directory)
        return -1;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(directory));)
        count += strstr(entry->d_name, part) != NULL;
    closedir(directory);
    return count;
}

/* ---- what is there afterwards ---- */

static void leaves_its_files(void **state)
{
    (void)state;
    assert_int_equal(system("rm -rf srm-out"), 0);
    struct run run =
        run_line("$A srm srm-files/good.npy --out srm-out/deeper --json --quiet --control 1 --angles 24");
    assert_int_equal(run.code, 0);
    json_t *printed = json_loads(run.text, JSON_REJECT_DUPLICATES, NULL);
    json_t *written = json_load_file("srm-out/deeper/srm.json", JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(printed);
    assert_non_null(written);
    assert_true(json_equal(printed, written));
    json_t *configuration = json_object_get(written, "configuration");
    assert_int_equal(json_integer_value(json_object_get(configuration, "angles")), 24);
    assert_string_equal(json_string_value(json_object_get(configuration, "epsilon")), "auto");
    json_decref(printed);
    json_decref(written);
    static const char *const files[] = {"srm.json", "counts.npy", "planes.csv", "resonance.png"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_int_equal(count_files("srm-out/deeper", files[i]), 1);
    assert_int_equal(count_files("srm-out/deeper", ".tmp."), 0);

    struct io_file *file = NULL;
    assert_ok(io_open("srm-out/deeper/counts.npy", &file));
    const struct io_tensor *counts = io_tensor_at(file, 0);
    assert_int_equal(counts->dtype, IO_U32);
    assert_int_equal(counts->rank, 3);
    assert_true(counts->shape[0] == 1 && counts->shape[1] == WIDTH * (WIDTH - 1) / 2 &&
                counts->shape[2] == 24);
    io_close(&file);
}

/* planes.csv and counts.npy list the same ordered pairs, in the same order, each with its own peak. */
/* Files of a run before would be taken for this one's; what is not ours stays, and a failure leaves all. */
static void what_an_earlier_run_left_goes(void **state)
{
    (void)state;
    assert_int_equal(system("rm -rf srm-out"), 0);
    assert_int_equal(run_line("$A srm --out srm-out %s srm-files/good.npy --members 2", quick).code, 0);
    assert_int_equal(system("touch srm-out/mine.csv srm-out/panel-mine.txt"), 0);
    expect_srm(3, "srm-files/missing.npy --max-counts 10", "missing.npy");
    assert_int_equal(count_files("srm-out", "counts.npy"), 1);
    assert_int_equal(
        run_line("$A srm --out srm-out %s srm-files/good.npy --epsilon 0 --max-counts 10", quick).code, 0);
    assert_int_equal(access("srm-out/counts.npy", F_OK), -1);
    assert_int_equal(access("srm-out/members.csv", F_OK), -1);
    assert_int_equal(count_files("srm-out", "mine"), 2);
    json_t *document = json_load_file("srm-out/srm.json", JSON_REJECT_DUPLICATES, NULL);
    json_t *planes = json_object_get(document, "top_counts");
    assert_true(json_array_size(planes) > 0 && json_array_size(planes) <= 15);
    assert_true(json_integer_value(json_object_get(json_object_get(document, "cost"), "first_dispatch_ns")) >
                0);
    json_decref(document);
}

static void permutations_have_a_row_an_ordered_pair(void **state)
{
    (void)state;
    enum { ANGLES = 24, PAIRS = WIDTH * (WIDTH - 1) };
    uint32_t counts[PAIRS * ANGLES];
    struct io_file *file = NULL;
    struct run run =
        run_line("$A srm srm-files/good.npy --out srm-perm %s --pairs perm --epsilon 0.5", quick);
    assert_int_equal(run.code, 0);
    assert_ok(io_open("srm-perm/counts.npy", &file));
    assert_true(io_tensor_at(file, 0)->shape[1] == PAIRS);
    FILE *raw = fopen("srm-perm/counts.npy", "rb"), *table = fopen("srm-perm/planes.csv", "r");
    assert_int_equal(fseek(raw, -(long)sizeof counts, SEEK_END), 0);
    assert_int_equal(fread(counts, sizeof counts, 1, raw), 1);
    char line[256];
    assert_non_null(fgets(line, sizeof line, table));
    uint32_t pair = 0;
    for (uint32_t i = 0; i < WIDTH; i++)
        for (uint32_t j = 0; j < WIDTH; j++) {
            if (i == j)
                continue;
            char expected[32], *cell = line;
            assert_non_null(fgets(line, sizeof line, table));
            snprintf(expected, sizeof expected, "0.5,%u,%u,90,", i, j);
            assert_memory_equal(line, expected, strlen(expected));
            for (int column = 0; column < 12; column++)
                cell = strchr(cell, ',') + 1;
            uint32_t most = 0;
            for (uint32_t k = 0; k < ANGLES; k++)
                if (counts[pair * ANGLES + k] > most)
                    most = counts[pair * ANGLES + k];
            assert_true(fabsf(strtof(cell, NULL) * ROWS - (float)most) < 0.01f);
            pair++;
        }
    assert_null(fgets(line, sizeof line, table));
    fclose(raw), fclose(table);
    io_close(&file);
}

/* The same results, whether the rows stand in one file or in two, and by whichever way the options come. */
static void shards_and_twins_change_nothing(void **state)
{
    (void)state;
    assert_int_equal(run_line("$A srm srm-files/good.npy --out srm-whole %s >/dev/null", quick).code, 0);
    assert_int_equal(
        run_line("$A srm srm-files/good.npy srm-files/good.npy --rows %d:%d --out srm-part %s >/dev/null",
                 ROWS, 2 * ROWS, quick)
            .code,
        0);
    assert_int_equal(
        run_line("ARCLIGHT_OUT=srm-twin ARCLIGHT_CONTROL=0 ARCLIGHT_NO_PICTURE=1 ARCLIGHT_QUIET=yes "
                 "ARCLIGHT_ANGLES=24 $A srm srm-files/good.npy >/dev/null")
            .code,
        0);
    expect(0,
           "cmp srm-whole/counts.npy srm-part/counts.npy && cmp srm-whole/counts.npy srm-twin/counts.npy && "
           "cmp srm-whole/planes.csv srm-twin/planes.csv");
}

/* ---- what is asked for and not there ---- */

static void messages_say_what_there_is(void **state)
{
    (void)state;
    expect_srm(3, "srm-files/two.safetensors", "second");
    expect_srm(3, "srm-files/two.safetensors:third", "first");
    expect_srm(3, "srm-files/steps.npy", "--step");
    assert_int_equal(run_line("$A srm srm-files/steps.npy --step 1 --out srm-out %s >/dev/null", quick).code,
                     0);
    expect_srm(2, "srm-files/good.npy --rows 5", "--rows: '5'");
    expect_srm(2, "srm-files/good.npy --max-counts much", "--max-counts: 'much'");
    expect_srm(2, "srm-files/good.npy --basis pca:none", "none");
}

/* ---- Ctrl-C ---- */

static pid_t begin_long_run(void)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* Its output apart from the test's, whose reader would wait for it. */
        if (!freopen("srm-interrupted.log", "w", stderr) || !freopen("/dev/null", "w", stdout))
            _exit(126);
        execl(PROGRAM, "arclight", "srm", ASSETS "/smollm2-mlp15.safetensors", "--out", "srm-interrupted",
              "--angles", "36", "--control", "20", (char *)NULL);
        _exit(127);
    }
    return child;
}

/* After the first file has been begun, so that there is something half-written to take away. */
static void interrupted_run_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(system("rm -rf srm-interrupted"), 0);
    pid_t child = begin_long_run();
    for (int i = 0; i < 1200 && count_files("srm-interrupted", ".tmp.") < 1; i++)
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    int begun = count_files("srm-interrupted", ".tmp."), status = 0;
    bool told = kill(child, begun == 1 ? SIGINT : SIGKILL) == 0 && waitpid(child, &status, 0) == child;
    assert_int_equal(begun, 1);
    assert_true(told && WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 130);
    assert_int_equal(count_files("srm-interrupted", "."), 2); /* "." and ".." */
    assert_contains(run_line("cat srm-interrupted.log"), "interrupted");
}

int main(void)
{
    if (!test_gpu_exists())
        return 77;
    make_files();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_its_files),
        cmocka_unit_test(what_an_earlier_run_left_goes),
        cmocka_unit_test(permutations_have_a_row_an_ordered_pair),
        cmocka_unit_test(shards_and_twins_change_nothing),
        cmocka_unit_test(messages_say_what_there_is),
        cmocka_unit_test(interrupted_run_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
