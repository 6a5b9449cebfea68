/* Rate, time left and quantities as text. */
#include "base/progress.h"
#include "support/test.h"

static const uint64_t SECOND = 1000000000u;

static void rate_is_smoothed(void **state)
{
    (void)state;
    struct base_progress progress;
    char text[200];
    base_progress_begin(&progress, "counting", "rows");
    uint64_t begin = progress.last_ns;
    base_progress_text(&progress, 0, 1000, text, sizeof text);
    assert_string_equal(text, "counting    0 %"); /* no rate yet */

    base_progress_sample(&progress, 5, begin + SECOND / 20); /* too early for a sample */
    assert_in_double(progress.rate, 0, 0);
    base_progress_sample(&progress, 100, begin + SECOND);
    assert_in_double(progress.rate, 100, 1e-9);
    base_progress_sample(&progress, 300, begin + 2 * SECOND); /* 200 rows/s weigh 0.3 */
    assert_in_double(progress.rate, 130, 1e-9);
    base_progress_text(&progress, 300, 1000, text, sizeof text);
    assert_string_equal(text, "counting   30 %  130 rows/s  0:05 left");

    /* A rate that stays comes to be believed. */
    for (uint64_t i = 1; i <= 40; i++)
        base_progress_sample(&progress, 300 + 10 * i, begin + (2 + i) * SECOND);
    assert_in_double(progress.rate, 10, 0.01);
    base_progress_end(&progress);
}

static void durations(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {{0, "0:00"},    {0.4, "0:00"},     {59.4, "0:59"},     {59.6, "1:00"},
                 {725, "12:05"}, {3599.4, "59:59"}, {12000, "3:20:00"}, {1e300, "277777:46:40"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        base_duration_text(cases[i].seconds, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

static void quantities(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},          {7, "7"},          {999, "999"},     {999.6, "1.00 k"},
                 {1250, "1.25 k"},  {12500, "12.5 k"}, {99960, "100 k"}, {83.1e6, "83.1 M"},
                 {2e9, "2.00 G"},   {9.996, "10.0"},   {0.125, "0.12"},  {3.2e12, "3.20 T"},
                 {-1500, "-1.50 k"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        base_quantity_text(cases[i].value, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rate_is_smoothed),
        cmocka_unit_test(durations),
        cmocka_unit_test(quantities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
