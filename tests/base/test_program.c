/* Other programs, stamps of files, and folders that a dead process left. */
#define _GNU_SOURCE
#include "support/files.h"
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "base/scratch.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void programs_say_and_end(void **state)
{
    (void)state;
    char said[16];
    int code;
    assert_true(base_program_exists("sh"));
    assert_false(base_program_exists("no-such-program-is-here"));
    assert_ok(base_program_run((const char *const[]){"sh", "-c", "echo one; echo two >&2; exit 3", NULL},
                               said, sizeof said, &code));
    assert_string_equal(said, "one\ntwo\n");
    assert_int_equal(code, 3);
    /* more than there is room for */
    assert_ok(
        base_program_run((const char *const[]){"sh", "-c", "seq 100000", NULL}, said, sizeof said, &code));
    assert_string_equal(said, "1\n2\n3\n4\n5\n6\n7\n8");
    assert_int_equal(code, 0);
    /* nobody is there to be asked */
    assert_ok(base_program_run((const char *const[]){"cat", NULL}, said, sizeof said, &code));
    assert_string_equal(said, "");
    assert_ok(
        base_program_run((const char *const[]){"sh", "-c", "kill -9 $$", NULL}, said, sizeof said, &code));
    assert_int_equal(code, 128);
    assert_fails(
        base_program_run((const char *const[]){"no-such-program-is-here", NULL}, said, sizeof said, &code),
        BASE_ERROR_FILE_SYSTEM, "no-such-program-is-here cannot be run: ");
}

static void stamps_follow_a_file(void **state)
{
    (void)state;
    assert_int_equal(base_path_stamp(test_path("stamped")), 0);
    const char *path = test_file("stamped", "1", 1);
    const uint64_t first = base_path_stamp(path);
    assert_true(first != 0 && base_path_stamp(path) == first);
    test_file("stamped", "12", 2);
    const uint64_t second = base_path_stamp(path);
    assert_true(second != first);
    test_file("other", "12", 2); /* as editors save: another file takes its place */
    assert_int_equal(rename(test_path("other"), path), 0);
    assert_true(base_path_stamp(path) != second);
}

static size_t named(const char *folder, const char *noun)
{
    char **names;
    size_t count, found = 0;
    assert_ok(base_folder_list(folder, &names, &count));
    for (size_t i = 0; i < count; i++)
        found += strncmp(names[i], noun, strlen(noun)) == 0;
    base_list_free(&names, count);
    return found;
}

static void what_the_dead_left_is_removed(void **state)
{
    (void)state;
    struct base_scratch *first, *second;
    const char *cache = test_path("scratch/arclight");
    int ends[2], ready = 0;
    setenv("XDG_CACHE_HOME", test_path("scratch"), 1);
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        ready = base_scratch_make("view", &first) == BASE_OK;
        if (write(ends[1], &ready, sizeof ready) != sizeof ready)
            _exit(1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ends[0], &ready, sizeof ready), sizeof ready);
    assert_true(ready);
    assert_int_equal(named(cache, "view-"), 2); /* the folder and its lock */
    /* what lives stays, and what is of another name */
    assert_ok(base_folder_make(test_path("scratch/arclight/view-keep")));
    assert_ok(base_folder_make(test_path("scratch/arclight/others-12")));
    assert_ok(base_scratch_make("view", &second));
    assert_int_equal(named(cache, "view-"), 5);
    base_scratch_release(&second);
    assert_null(second);
    assert_int_equal(named(cache, "view-"), 3);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(named(cache, "view-"), 3);
    /* a folder of a version that had no locks */
    assert_ok(base_folder_make(test_path("scratch/arclight/view-77/frames")));
    assert_ok(base_scratch_make("view", &second));
    assert_int_equal(named(cache, "view-"), 3);
    assert_true(base_is_folder(base_scratch_path(second)));
    assert_true(base_is_folder(test_path("scratch/arclight/view-keep")));
    base_scratch_release(&second);
    assert_int_equal(named(cache, "view-"), 1);
    assert_int_equal(named(cache, "others-"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_say_and_end),
        cmocka_unit_test(stamps_follow_a_file),
        cmocka_unit_test(what_the_dead_left_is_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
