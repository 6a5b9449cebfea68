/* Random numbers: the published test vectors of Philox4x32-10, and the moments of the normal. */
#include "base/random.h"
#include "support/test.h"

/* Known answers of the algorithm's authors (the kat_vectors of their distribution): key and counter all zero
 * and all ones. */
static void philox_known_answers(void **state)
{
    (void)state;
    uint32_t words[4];
    base_random_words(0, 0, 0, words);
    assert_int_equal(words[0], 0x6627e8d5);
    assert_int_equal(words[1], 0xe169c58d);
    assert_int_equal(words[2], 0xbc57ac4c);
    assert_int_equal(words[3], 0x9b00dbd8);
    base_random_words(UINT64_MAX, UINT64_MAX, UINT64_MAX, words);
    assert_int_equal(words[0], 0x408f276d);
    assert_int_equal(words[1], 0x41c83b0e);
    assert_int_equal(words[2], 0xa20bc7c6);
    assert_int_equal(words[3], 0x6d5451fd);
}

static void normal_moments(void **state)
{
    (void)state;
    double sum = 0, square = 0, fourth = 0;
    const int count = 200000;
    for (int i = 0; i < count; i++) {
        double x = base_random_normal(7, BASE_STREAM_TEST, (uint64_t)i);
        sum += x;
        square += x * x;
        fourth += x * x * x * x;
    }
    /* Standard errors: 0.0022, 0.0032, 0.022; four of each. */
    assert_in_double(sum / count, 0, 0.009);
    assert_in_double(square / count, 1, 0.013);
    assert_in_double(fourth / count, 3, 0.09);
}

static void below_is_in_range(void **state)
{
    (void)state;
    uint64_t seen = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t value = base_random_below(1, BASE_STREAM_TEST, i, 10);
        assert_true(value < 10);
        seen |= 1u << value;
    }
    assert_int_equal(seen, 1023);
    assert_int_equal(base_random_below(1, 0, 5, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_known_answers),
        cmocka_unit_test(normal_moments),
        cmocka_unit_test(below_is_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
