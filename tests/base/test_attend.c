/* Long work of the host serves its thread's attendant: with words, never from within itself, no other
 * thread's, and with a failure that ends the work where it may. */
#include "support/files.h"
#include "support/test.h"

#include "base/attend.h"
#include "base/platform.h"

#include <stdio.h>
#include <string.h>

struct guest {
    uint32_t calls, depth;
    const char *what;
    uint64_t done, total;
    enum base_status answer;
};

static enum base_status serve(void *context, const char *what, uint64_t done, uint64_t total)
{
    struct guest *guest = context;
    assert_int_equal(guest->depth, 0);
    guest->depth++;
    guest->calls++;
    guest->what = what;
    guest->done = done;
    guest->total = total;
    assert_false(base_is_attended());
    assert_ok(base_attend("within", 1, 1));
    base_attend_quietly();
    guest->depth--;
    return guest->answer == BASE_OK ? BASE_OK : base_fail(guest->answer, "the guest has had enough");
}

static void it_is_called_with_words(void **state)
{
    (void)state;
    struct guest guest = {0};
    assert_ok(base_attend("nobody", 1, 2));
    assert_false(base_is_attended());
    base_set_attendant(serve, &guest);
    assert_true(base_is_attended());
    assert_ok(base_attend("reading rows", 3, 25));
    assert_int_equal(guest.calls, 1);
    assert_string_equal(guest.what, "reading rows");
    assert_int_equal(guest.done, 3);
    assert_int_equal(guest.total, 25);
    base_set_attendant(NULL, NULL);
    assert_ok(base_attend("nobody", 1, 2));
    assert_int_equal(guest.calls, 1);
}

static void its_failure_ends_the_work(void **state)
{
    (void)state;
    struct guest guest = {.answer = BASE_INTERRUPTED};
    base_set_attendant(serve, &guest);
    assert_fails(base_attend("reading rows", 0, 0), BASE_INTERRUPTED, "had enough");
    base_set_attendant(NULL, NULL);
}

static enum base_status elsewhere(void *context)
{
    (void)context;
    return base_is_attended() ? base_fail(BASE_ERROR_INTERNAL, "attended") : base_attend("elsewhere", 0, 0);
}

static void other_threads_have_none(void **state)
{
    (void)state;
    struct guest guest = {0};
    struct base_thread *thread;
    base_set_attendant(serve, &guest);
    assert_ok(base_thread_start(elsewhere, NULL, &thread));
    assert_ok(base_thread_join(&thread));
    assert_int_equal(guest.calls, 0);
    base_set_attendant(NULL, NULL);
}

/* What is read is read, whatever the attendant says: the work behind it hears of that. */
static void reading_serves_it(void **state)
{
    (void)state;
    enum { BYTES = 5 << 19 };
    static char bytes[BYTES], back[BYTES];
    struct guest guest = {.answer = BASE_INTERRUPTED};
    struct base_file *file;
    const char *path = test_path("numbers");
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (char)(i * 7 + i / 1000);
    FILE *made = fopen(path, "wb");
    assert_non_null(made);
    assert_int_equal(fwrite(bytes, 1, BYTES, made), BYTES);
    assert_int_equal(fclose(made), 0);
    assert_ok(base_file_open(path, &file));
    base_set_attendant(serve, &guest);
    assert_ok(base_file_read(file, 0, back, BYTES));
    base_set_attendant(NULL, NULL);
    assert_true(guest.calls >= 1 && guest.calls <= 3);
    assert_null(guest.what);
    assert_memory_equal(bytes, back, BYTES);
    base_file_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_called_with_words),
        cmocka_unit_test(its_failure_ends_the_work),
        cmocka_unit_test(other_threads_have_none),
        cmocka_unit_test(reading_serves_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
