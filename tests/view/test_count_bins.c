/* The bins that kernels fill and densities show. */
#include "support/test.h"

#include "common/count_bins.h"

static void bins_follow_each_other(void **state)
{
    (void)state;
    uint64_t next = 0;
    for (uint32_t bin = 0; bin < COUNT_BINS; bin++) {
        assert_int_equal(count_bin_lower(bin), next);
        next += count_bin_width(bin);
    }
    assert_int_equal(next, (uint64_t)UINT32_MAX + 1);
}

static void counts_lie_in_their_bin(void **state)
{
    (void)state;
    for (uint64_t step = 0; step < 100000; step++) {
        uint32_t count = step < 70000 ? (uint32_t)step : (uint32_t)((step - 70000) * 143165);
        uint32_t bin = count_bin(count);
        assert_true(bin < COUNT_BINS);
        assert_true(count_bin_lower(bin) <= count);
        assert_true(count - count_bin_lower(bin) < count_bin_width(bin));
    }
    assert_int_equal(count_bin(UINT32_MAX), COUNT_BINS - 1);
    for (uint32_t count = 0; count < 16; count++)
        assert_int_equal(count_bin(count), count);
}

/* A bin is at most an eighth of its smallest count wide. */
static void bins_are_narrow(void **state)
{
    (void)state;
    for (uint32_t bin = 8; bin < COUNT_BINS; bin++)
        assert_true((uint64_t)count_bin_width(bin) * 8 <= count_bin_lower(bin));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bins_follow_each_other),
        cmocka_unit_test(counts_lie_in_their_bin),
        cmocka_unit_test(bins_are_narrow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
