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
    char *path = base_copy_string(getenv("PATH"));
    assert_ok(base_folder_make(test_path("a-folder"))); /* may be entered, not run */
    setenv("PATH", test_folder(), 1);
    assert_false(base_program_exists("a-folder"));
    setenv("PATH", path, 1);
    base_free(path);
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

/* How a program ended is not known where SIGCHLD is ignored; that is not success. */
static void an_unknown_end_is_a_failure(void **state)
{
    (void)state;
    char said[16];
    int code;
    void (*before)(int) = signal(SIGCHLD, SIG_IGN);
    assert_fails(
        base_program_run((const char *const[]){"sh", "-c", "exit 3", NULL}, said, sizeof said, &code),
        BASE_ERROR_FILE_SYSTEM, "nobody says how it ended");
    assert_int_equal(code, -1);
    signal(SIGCHLD, before);
}

static enum base_status run_blocked(void *context)
{
    char said[16];
    return base_program_run((const char *const[]){"sh", "-c", "kill -INT $$; exit 3", NULL}, said,
                            sizeof said, context);
}

/* Threads do not see Ctrl-C, but the programs that they start do. */
static void programs_of_threads_can_be_interrupted(void **state)
{
    (void)state;
    struct base_thread *thread;
    int code = 0;
    assert_ok(base_thread_start(run_blocked, &code, &thread));
    assert_ok(base_thread_join(&thread));
    assert_int_equal(code, 128);
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

/* Links of a folder's name lead to what is nobody's to remove. */
static void links_are_not_followed(void **state)
{
    (void)state;
    struct base_scratch *scratch;
    char *cache = base_copy_string(test_path("linked/arclight"));
    setenv("XDG_CACHE_HOME", test_path("linked"), 1);
    assert_ok(base_folder_make(cache));
    assert_ok(base_folder_make(test_path("mine")));
    test_file("mine/file", "1", 1);
    assert_int_equal(symlink(test_path("mine"), test_path("linked/arclight/view-123")), 0);
    assert_ok(base_scratch_make("view", &scratch));
    assert_int_equal(named(cache, "view-123"), 0);
    assert_true(base_path_exists(test_path("mine/file")));
    /* within one's own as well */
    const char *path = base_scratch_path(scratch);
    char *link = base_path_join(path, "link");
    assert_int_equal(symlink(test_path("mine"), link), 0);
    base_free(link);
    base_scratch_release(&scratch);
    assert_int_equal(named(cache, "view-"), 0);
    assert_true(base_path_exists(test_path("mine/file")));
    base_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_say_and_end),
        cmocka_unit_test(an_unknown_end_is_a_failure),
        cmocka_unit_test(programs_of_threads_can_be_interrupted),
        cmocka_unit_test(stamps_follow_a_file),
        cmocka_unit_test(what_the_dead_left_is_removed),
        cmocka_unit_test(links_are_not_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
