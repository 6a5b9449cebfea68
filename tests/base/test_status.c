/* The one message, memory that cannot overflow, and the arithmetic beside it. */
#include "support/test.h"

#include "base/memory.h"

#include <string.h>

static void a_failure_is_one_statement(void **state)
{
    (void)state;
    assert_int_equal(base_fail(BASE_ERROR_USAGE, "%s: %d", "option", 3), BASE_ERROR_USAGE);
    assert_string_equal(base_message(), "option: 3");
    base_fail(BASE_ERROR_INPUT, "again: %s", base_message()); /* may quote the message it replaces */
    assert_string_equal(base_message(), "again: option: 3");
}

static void a_long_message_is_cut(void **state)
{
    (void)state;
    char text[10000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    base_fail(BASE_ERROR_INPUT, "%s", text);
    assert_true(strlen(base_message()) > 1000 && strlen(base_message()) < sizeof text);
}

static enum base_status try_both(int *reached, enum base_status first)
{
    BASE_TRY(first);
    *reached = 1;
    return BASE_OK;
}

static void try_leaves_on_failure(void **state)
{
    (void)state;
    int reached = 0;
    assert_int_equal(try_both(&reached, BASE_ERROR_NUMERIC), BASE_ERROR_NUMERIC);
    assert_int_equal(reached, 0);
    assert_int_equal(try_both(&reached, BASE_OK), BASE_OK);
    assert_int_equal(reached, 1);
}

static void memory_is_zeroed_and_bounded(void **state)
{
    (void)state;
    uint32_t *numbers;
    assert_ok(base_allocate(&numbers, 1000, sizeof *numbers, "numbers"));
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], 0);
    base_free(numbers);
    assert_ok(base_allocate(&numbers, 0, sizeof *numbers, "nothing"));
    assert_non_null(numbers);
    base_free(numbers);
    base_free(NULL);
    assert_fails(base_allocate(&numbers, SIZE_MAX / 2, 4, "the giant"), BASE_ERROR_FILE_SYSTEM, "the giant");
    assert_null(numbers);
}

static void arithmetic(void **state)
{
    (void)state;
    uint64_t result;
    assert_true(BASE_MULTIPLY_OVERFLOWS((uint64_t)1 << 32, (uint64_t)1 << 32, &result));
    assert_false(BASE_MULTIPLY_OVERFLOWS((uint64_t)1 << 32, ((uint64_t)1 << 32) - 1, &result));
    assert_true(result == UINT64_MAX - UINT32_MAX);
    assert_true(BASE_ADD_OVERFLOWS(UINT64_MAX, (uint64_t)1, &result));
    assert_true(base_divide_up(UINT64_MAX, 2) == (uint64_t)1 << 63);
    assert_true(base_divide_up(0, 7) == 0);
    assert_true(base_divide_up(8, 7) == 2);
    assert_true(base_round_up(65, 64) == 128);
    assert_true(base_round_up(64, 64) == 64);
    assert_true(base_minimum(3, 4) == 3 && base_maximum(3, 4) == 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_one_statement),
        cmocka_unit_test(a_long_message_is_cut),
        cmocka_unit_test(try_leaves_on_failure),
        cmocka_unit_test(memory_is_zeroed_and_bounded),
        cmocka_unit_test(arithmetic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
