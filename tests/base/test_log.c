/* Words on standard error: levels, and no progress line where there is no terminal. */
#define _GNU_SOURCE
#include "support/files.h"
#include "support/test.h"

#include "base/log.h"
#include "base/memory.h"

#include <fcntl.h>
#include <unistd.h>

static int kept_error;

static void begin_capture(void)
{
    fflush(stderr);
    kept_error = dup(STDERR_FILENO);
    int file = open(test_path("captured"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(kept_error >= 0 && file >= 0);
    assert_true(dup2(file, STDERR_FILENO) >= 0);
    close(file);
}

static void check_captured(const char *wanted)
{
    size_t count;
    fflush(stderr);
    assert_true(dup2(kept_error, STDERR_FILENO) >= 0);
    close(kept_error);
    uint8_t *bytes = test_read_file(test_path("captured"), &count);
    assert_int_equal(count, strlen(wanted));
    assert_memory_equal(bytes, wanted, count);
    base_free(bytes);
}

static void say_everything(void)
{
    base_log(BASE_LOG_QUIET, "error %d", 1);
    base_log(BASE_LOG_NORMAL, "note %s", "two");
    base_log(BASE_LOG_VERBOSE, "detail");
    base_log_progress("%d %%", 50);
    base_log_progress("%s", "");
}

static void levels(void **state)
{
    (void)state;
    assert_int_equal(base_log_level(), BASE_LOG_NORMAL);
    begin_capture();
    say_everything();
    check_captured("arclight: error 1\narclight: note two\n");
    base_log_set_level(BASE_LOG_QUIET);
    begin_capture();
    say_everything();
    check_captured("arclight: error 1\n");
    base_log_set_level(BASE_LOG_VERBOSE);
    begin_capture();
    say_everything();
    check_captured("arclight: error 1\narclight: note two\narclight: detail\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(levels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
