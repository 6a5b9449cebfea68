/* Files, folders and outputs that appear only when complete. */
#define _GNU_SOURCE
#include "support/files.h"
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void check_content(const char *path, const char *wanted)
{
    size_t count;
    uint8_t *bytes = test_read_file(path, &count);
    assert_int_equal(count, strlen(wanted));
    assert_memory_equal(bytes, wanted, count);
    base_free(bytes);
}

static size_t files_in(const char *folder)
{
    char **names;
    size_t count;
    assert_ok(base_folder_list(folder, &names, &count));
    base_list_free(&names, count);
    return count;
}

static void reading(void **state)
{
    (void)state;
    struct base_file *file;
    char bytes[8] = {0};
    const char *path = test_file("ten", "0123456789", 10);
    assert_ok(base_file_open(path, &file));
    assert_int_equal(base_file_size(file), 10);
    assert_string_equal(base_file_path(file), path);
    assert_true(base_file_modified(file) > 1600000000);
    assert_ok(base_file_read(file, 7, bytes, 3));
    assert_string_equal(bytes, "789");
    assert_ok(base_file_read(file, 10, bytes, 0));
    assert_fails(base_file_read(file, 7, bytes, 4), BASE_ERROR_INPUT, "truncated: ends at byte 10");
    assert_fails(base_file_read(file, UINT64_MAX / 2 + 1, bytes, 1), BASE_ERROR_INPUT, path);
    base_file_close(&file);
    assert_null(file);
    base_file_close(&file);
    assert_fails(base_file_open(test_path("absent"), &file), BASE_ERROR_INPUT, "cannot open");
    assert_fails(base_file_open(test_folder(), &file), BASE_ERROR_INPUT, "a folder");
}

static void an_output_appears_when_committed(void **state)
{
    (void)state;
    struct base_output *output;
    assert_ok(base_folder_make(test_path("out")));
    const char *path = test_path("out/result");
    assert_ok(base_output_open(path, &output));
    assert_ok(base_output_write(output, "hello ", 6));
    assert_false(base_path_exists(path));
    assert_ok(base_output_write(output, "world", 5));
    assert_ok(base_output_write_at(output, 0, "J", 1));
    assert_ok(base_output_commit(&output));
    assert_null(output);
    check_content(path, "Jello world");
    assert_ok(base_output_open(path, &output));
    assert_ok(base_output_write(output, "new", 3));
    check_content(path, "Jello world");
    base_output_discard(&output);
    assert_null(output);
    base_output_discard(&output);
    check_content(path, "Jello world");
    assert_int_equal(files_in(test_path("out")), 1);
}

/* The way out after an error or Ctrl-C: whatever is open leaves no trace. */
static void all_open_outputs_can_be_discarded(void **state)
{
    (void)state;
    struct base_output *outputs[3];
    char name[32];
    assert_ok(base_folder_make(test_path("many")));
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "many/%d", i);
        assert_ok(base_output_open(test_path(name), &outputs[i]));
        assert_ok(base_output_write(outputs[i], "x", 1));
    }
    assert_int_equal(files_in(test_path("many")), 3);
    base_output_discard(&outputs[1]);
    base_output_discard_all();
    assert_int_equal(files_in(test_path("many")), 0);
}

/* Given up between gathering and publishing: what was committed is gone, what is open goes on, and the next
 * output appears at once. */
static void gathered_outputs_can_be_abandoned(void **state)
{
    (void)state;
    struct base_output *kept, *given_up, *next;
    const char *first = test_path("abandoned"), *second = test_path("kept"), *third = test_path("next");
    assert_ok(base_output_open(second, &kept));
    base_outputs_gather();
    assert_ok(base_output_open(first, &given_up));
    assert_ok(base_output_write(given_up, "x", 1));
    assert_ok(base_output_commit(&given_up));
    assert_false(base_path_exists(first));
    base_outputs_abandon();
    assert_ok(base_output_open(third, &next));
    assert_ok(base_output_commit(&next));
    assert_ok(base_output_commit(&kept));
    assert_true(base_path_exists(second) && base_path_exists(third));
    assert_false(base_path_exists(first));
    assert_ok(base_outputs_publish());
    assert_false(base_path_exists(first));
    assert_ok(base_file_remove(third));
    assert_false(base_path_exists(third));
    assert_ok(base_file_remove(third));
    assert_fails(base_file_remove(test_folder()), BASE_ERROR_FILE_SYSTEM, "cannot remove");
}

/* What a thread writes for itself does not wait for others and outlives their way out. */
static void outputs_apart(void **state)
{
    (void)state;
    struct base_output *apart, *other;
    const char *path = test_path("apart"), *second = test_path("together");
    assert_ok(base_output_open_apart(path, &apart));
    base_outputs_gather();
    assert_ok(base_output_open(second, &other));
    assert_ok(base_output_write(apart, "x", 1));
    assert_ok(base_output_commit(&apart));
    check_content(path, "x");
    assert_ok(base_output_open_apart(path, &apart));
    base_output_discard_all();
    base_outputs_abandon();
    assert_ok(base_output_write(apart, "yz", 2));
    assert_ok(base_output_commit(&apart));
    check_content(path, "yz");
    assert_false(base_path_exists(second));
    assert_ok(base_output_open_apart(path, &apart));
    base_output_discard(&apart);
    check_content(path, "yz");
    assert_ok(base_file_remove(path));
}

static bool begins_as_ours(const char *name)
{
    return strncmp(name, "ours", 4) == 0;
}

/* A process that was killed leaves its temporary; those of a process that lives stay, as does everything that
 * only looks alike. */
static void leftovers_are_swept(void **state)
{
    (void)state;
    const char *folder = test_path("swept");
    char name[300];
    assert_ok(base_folder_make(folder));
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct base_output *output;
        bool open = base_output_open_apart(test_path("swept/ours-1"), &output) == BASE_OK;
        open = open && base_output_open(test_path("swept/theirs"), &output) == BASE_OK;
        _exit(open ? 0 : 1);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    const long numbers[] = {(long)getppid(), (long)getpid()};
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "swept/ours-2.tmp.%ld", numbers[i]);
        test_file(name, "x", 1);
    }
    static const char *const alike[] = {"ours.tmp.",     "ours.tmp.12x", "ours.tmp.99999999999999999999",
                                        "ours.tmp.-1",   "ours.tmp. 12", "ours",
                                        ".tmp.99999999", "ours.tmp.0",   "ours.temp.1"};
    enum { ALIKE = sizeof alike / sizeof alike[0] };
    for (int i = 0; i < ALIKE; i++) {
        snprintf(name, sizeof name, "swept/%s", alike[i]);
        test_file(name, "x", 1);
    }
    assert_int_equal(files_in(folder), 4 + ALIKE);
    assert_ok(base_outputs_sweep(folder, begins_as_ours));
    assert_int_equal(files_in(folder),
                     2 + ALIKE); /* the child's of ours, and the one with this number, went */
    snprintf(name, sizeof name, "swept/ours-2.tmp.%ld", numbers[0]);
    assert_true(base_path_exists(test_path(name)));
    assert_fails(base_outputs_sweep(test_path("no/such"), begins_as_ours), BASE_ERROR_INPUT, "cannot list");
}

static void outputs_that_cannot_be_opened(void **state)
{
    (void)state;
    struct base_output *output;
    assert_fails(base_output_open(test_path("no/such/folder"), &output), BASE_ERROR_FILE_SYSTEM,
                 "cannot write");
    assert_null(output);
    assert_fails(base_output_open(test_folder(), &output), BASE_ERROR_FILE_SYSTEM,
                 "a folder of this name exists");
    assert_fails(base_output_open("/dev/null", &output), BASE_ERROR_FILE_SYSTEM,
                 "a device or pipe of this name");
}

/* The folder disappears between opening and committing: the rename fails, and the failure is told. */
static void a_commit_that_fails(void **state)
{
    (void)state;
    struct base_output *output;
    assert_ok(base_folder_make(test_path("gone")));
    assert_ok(base_output_open(test_path("gone/file"), &output));
    assert_ok(base_output_write(output, "x", 1));
    assert_int_equal(rename(test_path("gone"), test_path("elsewhere")), 0);
    assert_fails(base_output_commit(&output), BASE_ERROR_FILE_SYSTEM, "gone/file: cannot write");
    assert_null(output);
}

static void folders(void **state)
{
    (void)state;
    char **names;
    size_t count;
    const char *deep = test_path("a/b//c");
    assert_ok(base_folder_make(deep));
    assert_ok(base_folder_make(deep));
    assert_true(base_is_folder(deep));
    test_file("a/b/z", "", 0);
    test_file("a/b/B", "", 0);
    assert_ok(base_folder_list(test_path("a/b"), &names, &count));
    assert_int_equal(count, 3);
    assert_string_equal(names[0], "B");
    assert_string_equal(names[1], "c");
    assert_string_equal(names[2], "z");
    base_list_free(&names, count);
    assert_null(names);
    assert_fails(base_folder_make(test_path("a/b/z/y")), BASE_ERROR_FILE_SYSTEM, "cannot make the folder");
    assert_fails(base_folder_make(""), BASE_ERROR_FILE_SYSTEM, "is empty");
    assert_fails(base_folder_list(test_path("absent"), &names, &count), BASE_ERROR_INPUT, "cannot list");
    assert_false(base_is_folder(test_path("a/b/z")));
    assert_true(base_path_exists(test_path("a/b/z")));
}

static void the_cache_folder_follows_the_environment(void **state)
{
    (void)state;
    setenv("XDG_CACHE_HOME", test_path("cache"), 1);
    char *folder = base_cache_folder();
    assert_string_equal(folder, test_path("cache/arclight"));
    assert_true(base_is_folder(folder));
    base_free(folder);
    setenv("XDG_CACHE_HOME", "relative", 1); /* the specification has relative ones ignored */
    setenv("HOME", test_path("home"), 1);
    folder = base_cache_folder();
    assert_string_equal(folder, test_path("home/.cache/arclight"));
    base_free(folder);
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    assert_null(base_cache_folder());
    test_file("file", "", 0);
    setenv("HOME", test_path("file"), 1);
    assert_null(base_cache_folder());
}

/* The first signal sets the flag, the second ends the process with 128 and its number. */
static void signals(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        base_signals_install();
        if (base_interrupted())
            _exit(1);
        raise(SIGINT);
        if (!base_interrupted())
            _exit(2);
        raise(SIGINT);
        _exit(3);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 128 + SIGINT);
    assert_false(base_interrupted());
}

/* Two threads count to a hundred by turns. */
struct turns {
    struct base_mutex *mutex;
    struct base_condition *changed;
    int count;
};

static enum base_status take_odd_turns(void *context)
{
    struct turns *turns = context;
    base_mutex_lock(turns->mutex);
    while (turns->count < 100) {
        if (turns->count % 2 == 1) {
            turns->count++;
            base_condition_wake_all(turns->changed);
        } else {
            base_condition_wait(turns->changed, turns->mutex);
        }
    }
    base_mutex_unlock(turns->mutex);
    return BASE_OK;
}

static enum base_status fail_at_once(void *context)
{
    return base_fail(BASE_ERROR_INPUT, "%s: no good", (const char *)context);
}

static void threads(void **state)
{
    (void)state;
    struct turns turns = {0};
    struct base_thread *thread;
    assert_ok(base_mutex_make(&turns.mutex));
    assert_ok(base_condition_make(&turns.changed));
    assert_ok(base_thread_start(take_odd_turns, &turns, &thread));
    base_mutex_lock(turns.mutex);
    while (turns.count < 100) {
        if (turns.count % 2 == 0) {
            turns.count++;
            base_condition_wake_all(turns.changed);
        } else {
            base_condition_wait(turns.changed, turns.mutex);
        }
    }
    base_mutex_unlock(turns.mutex);
    assert_ok(base_thread_join(&thread));
    assert_null(thread);
    assert_int_equal(turns.count, 100);
    base_condition_free(&turns.changed);
    base_mutex_free(&turns.mutex);
    assert_null(turns.changed);
    assert_null(turns.mutex);
    base_condition_free(&turns.changed);
    base_mutex_free(&turns.mutex);
}

static void a_thread_s_failure(void **state)
{
    (void)state;
    char name[] = "file.npy";
    struct base_thread *thread;
    base_fail(BASE_ERROR_USAGE, "mine");
    assert_ok(base_thread_start(fail_at_once, name, &thread));
    base_thread_discard(&thread);
    assert_null(thread);
    assert_string_equal(base_message(), "mine");
    assert_ok(base_thread_start(fail_at_once, name, &thread));
    assert_fails(base_thread_join(&thread), BASE_ERROR_INPUT, "file.npy: no good");
    assert_null(thread);
    assert_ok(base_thread_join(&thread));
    base_thread_discard(&thread);
}

/* With all that is in it; a link goes, and what it leads to stays. */
static void a_folder_goes(void **state)
{
    (void)state;
    const char *const names[] = {"whole/one", "whole/below/two", "stays/three"};
    assert_ok(base_folder_make(test_path("whole/below/empty")));
    assert_ok(base_folder_make(test_path("stays")));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        test_file(names[i], "x", 1);
    char *there = base_copy_string(test_path("stays"));
    assert_int_equal(symlink(there, test_path("whole/link")), 0);
    assert_ok(base_folder_remove(test_path("whole")));
    assert_false(base_path_exists(test_path("whole")));
    assert_true(base_path_exists(test_path("stays/three")));
    assert_fails(base_folder_remove(test_path("whole")), BASE_ERROR_INPUT, "cannot list");
    base_free(there);
}

/* A lock is held against this process's own second attempt, another process, and nobody after a death. */
static void locks(void **state)
{
    (void)state;
    struct base_lock *lock, *second;
    const char *path = test_path("a.lock");
    assert_ok(base_lock_take(path, &lock));
    assert_non_null(lock);
    assert_ok(base_lock_take(path, &second));
    assert_null(second);
    base_lock_release(&second);
    base_lock_release(&lock);
    assert_null(lock);
    assert_false(base_path_exists(path));
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        bool held = base_lock_take(path, &lock) == BASE_OK && lock;
        if (write(ready[1], held ? "y" : "n", 1) == 1)
            pause();
        _exit(1);
    }
    char word = 0;
    assert_int_equal(read(ready[0], &word, 1), 1);
    assert_int_equal(word, 'y');
    assert_ok(base_lock_take(path, &second));
    assert_null(second);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_ok(base_lock_take(path, &second));
    assert_non_null(second);
    base_lock_release(&second);
    assert_fails(base_lock_take(test_path("none/a.lock"), &lock), BASE_ERROR_FILE_SYSTEM, "none/a.lock");
    assert_null(lock);
    close(ready[0]), close(ready[1]);
}

static void the_clock_goes_forward(void **state)
{
    (void)state;
    uint64_t first = base_clock_ns();
    usleep(2000);
    uint64_t second = base_clock_ns();
    assert_true(second - first >= 2000000 && second - first < 60000000000);
    assert_true(base_peak_memory_bytes() > 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading),
        cmocka_unit_test(an_output_appears_when_committed),
        cmocka_unit_test(all_open_outputs_can_be_discarded),
        cmocka_unit_test(gathered_outputs_can_be_abandoned),
        cmocka_unit_test(outputs_apart),
        cmocka_unit_test(leftovers_are_swept),
        cmocka_unit_test(outputs_that_cannot_be_opened),
        cmocka_unit_test(a_commit_that_fails),
        cmocka_unit_test(folders),
        cmocka_unit_test(the_cache_folder_follows_the_environment),
        cmocka_unit_test(signals),
        cmocka_unit_test(threads),
        cmocka_unit_test(a_thread_s_failure),
        cmocka_unit_test(a_folder_goes),
        cmocka_unit_test(locks),
        cmocka_unit_test(the_clock_goes_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
