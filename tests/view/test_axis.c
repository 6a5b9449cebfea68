/* Positions on axes, ticks and their words. */
#include "support/test.h"

#include "view/axis.h"
#include "view/range.h"

static void positions(void **state)
{
    (void)state;
    const struct view_axis linear = {.low = 10, .high = 20}, turned = {.low = 20, .high = 10};
    const struct view_axis root = {.low = 0, .high = 4, .scale = VIEW_SQRT};
    const struct view_axis decades = {.low = 0.01, .high = 100, .scale = VIEW_LOG10};
    const struct view_axis octaves = {.low = 0.25, .high = 4, .scale = VIEW_LOG2};
    assert_in_double(view_axis_position(&linear, 12.5), 0.25, 1e-12);
    assert_in_double(view_axis_position(&linear, 25), 1.5, 1e-12);
    assert_in_double(view_axis_position(&turned, 12.5), 0.75, 1e-12);
    assert_in_double(view_axis_position(&root, 1), 0.5, 1e-12);
    assert_in_double(view_axis_position(&decades, 1), 0.5, 1e-12);
    assert_in_double(view_axis_position(&octaves, 0.5), 0.25, 1e-12);
    assert_true(view_axis_position(&decades, 0) < -100);
    assert_true(view_axis_position(&decades, -3) < -100);
    const struct view_axis *const all[] = {&linear, &turned, &root, &decades, &octaves};
    for (int i = 0; i < 5; i++)
        for (double t = 0; t <= 1; t += 0.125)
            assert_in_double(view_axis_position(all[i], view_axis_value(all[i], t)), t, 1e-12);
}

static void assert_labels(const struct view_axis *axis, uint32_t wanted, const char *expected)
{
    struct view_ticks ticks;
    char text[1024] = "";
    view_ticks_make(axis, wanted, &ticks);
    for (uint32_t i = 0; i < ticks.count; i++) {
        strcat(text, i ? "|" : "");
        strcat(text, ticks.labels[i]);
        double position = view_axis_position(axis, ticks.values[i]);
        assert_true(position > -1e-6 && position < 1 + 1e-6);
    }
    if (ticks.exponent) {
        strcat(text, " ");
        strcat(text, ticks.unit);
    }
    assert_string_equal(text, expected);
}

static void labels(void **state)
{
    (void)state;
    assert_labels(&(struct view_axis){.low = 0, .high = 1}, 5, "0.0|0.2|0.4|0.6|0.8|1.0");
    assert_labels(&(struct view_axis){.low = 1, .high = 0}, 5, "0.0|0.2|0.4|0.6|0.8|1.0");
    assert_labels(&(struct view_axis){.low = -1, .high = 1}, 4, "−1.0|−0.5|0.0|0.5|1.0");
    assert_labels(&(struct view_axis){.low = 0, .high = 0.75}, 3, "0.00|0.25|0.50|0.75");
    assert_labels(&(struct view_axis){.low = 0, .high = 0.0004}, 4, "0|1|2|3|4 ×10⁻⁴");
    assert_labels(&(struct view_axis){.low = 0, .high = 3e6}, 3, "0|1|2|3 ×10⁶");
    assert_labels(&(struct view_axis){.low = 0, .high = 360, .format = VIEW_DEGREES}, 8,
                  "0°|45°|90°|135°|180°|225°|270°|315°|360°");
    assert_labels(&(struct view_axis){.low = 0, .high = 360, .format = VIEW_DEGREES}, 4,
                  "0°|90°|180°|270°|360°");
    assert_labels(&(struct view_axis){.low = -90, .high = 90, .format = VIEW_DEGREES}, 6,
                  "−90°|−60°|−30°|0°|30°|60°|90°");
    assert_labels(&(struct view_axis){.low = 0, .high = 0.02, .format = VIEW_PERCENT}, 4,
                  "0.0 %|0.5 %|1.0 %|1.5 %|2.0 %");
    assert_labels(&(struct view_axis){.low = 0, .high = 30000, .format = VIEW_COUNT}, 3,
                  "0|10 000|20 000|30 000");
    assert_labels(&(struct view_axis){.low = 0, .high = 2, .format = VIEW_COUNT}, 8, "0|1|2");
    assert_labels(&(struct view_axis){.low = 0, .high = 1750, .format = VIEW_SHORT}, 7,
                  "0|250|500|750|1000|1250|1500|1750");
    assert_labels(&(struct view_axis){.low = 0, .high = 10000, .format = VIEW_SHORT}, 4,
                  "0|2.5 k|5.0 k|7.5 k|10.0 k");
    assert_labels(&(struct view_axis){.low = -3, .high = 0, .format = VIEW_DECADES}, 4,
                  "0.1 %|1 %|10 %|100 %");
    assert_labels(&(struct view_axis){.low = -2.4, .high = -0.9, .format = VIEW_DECADES}, 4,
                  "0.5 %|1 %|2 %|5 %|10 %");
}

static void log_labels(void **state)
{
    (void)state;
    assert_labels(&(struct view_axis){.low = 1, .high = 100, .scale = VIEW_LOG10}, 5, "1|2|5|10|20|50|100");
    assert_labels(&(struct view_axis){.low = 1, .high = 1000, .scale = VIEW_LOG10}, 5, "1|10|100|1000");
    assert_labels(&(struct view_axis){.low = 1e-6, .high = 1e-2, .scale = VIEW_LOG10}, 5,
                  "10⁻⁶|10⁻⁵|10⁻⁴|10⁻³|10⁻²");
    /* fewer than two powers of ten: their multiples are written too, however small */
    assert_labels(&(struct view_axis){.low = 2e-4, .high = 9e-4, .scale = VIEW_LOG10}, 4, "0.0002|0.0005");
    assert_labels(&(struct view_axis){.low = 0.1, .high = 0.4, .scale = VIEW_LOG10}, 5, "0.1|0.2|0.3|0.4");
    assert_labels(&(struct view_axis){.low = 15, .high = 150, .scale = VIEW_LOG10}, 8,
                  "20|30|40|50|60|70|80|90|100");
    assert_labels(&(struct view_axis){.low = 15, .high = 150, .scale = VIEW_LOG10}, 7, "20|50|100");
    assert_labels(&(struct view_axis){.low = 2e-7, .high = 2e-6, .scale = VIEW_LOG10}, 5,
                  "2×10⁻⁷|5×10⁻⁷|1×10⁻⁶|2×10⁻⁶");
    assert_labels(&(struct view_axis){.low = 500, .high = 5e4, .scale = VIEW_LOG10, .format = VIEW_SHORT}, 5,
                  "500|1 k|2 k|5 k|10 k|20 k|50 k");
    assert_labels(&(struct view_axis){.low = 0.125, .high = 8, .scale = VIEW_LOG2}, 6, "1/8|1/4|1/2|1|2|4|8");
    assert_labels(&(struct view_axis){.low = 1e-3, .high = 0.1, .scale = VIEW_LOG10, .format = VIEW_PERCENT},
                  5, "0.1 %|0.2 %|0.5 %|1 %|2 %|5 %|10 %");
    /* of less than one there is nothing to count */
    assert_labels(&(struct view_axis){.low = 0.4, .high = 20, .scale = VIEW_LOG10, .format = VIEW_COUNT}, 5,
                  "1|2|5|10|20");
    assert_labels(&(struct view_axis){.low = 0.4, .high = 3000, .scale = VIEW_LOG10, .format = VIEW_COUNT}, 5,
                  "1|10|100|1000");
    assert_labels(&(struct view_axis){.low = 0, .high = 10, .scale = VIEW_SQRT}, 5, "0|0.2|1|2|5|10");
}

static void hopeless_axes_have_no_ticks(void **state)
{
    (void)state;
    assert_labels(&(struct view_axis){.low = 1, .high = 1}, 5, "");
    assert_labels(&(struct view_axis){.low = NAN, .high = 1}, 5, "");
    assert_labels(&(struct view_axis){.low = 0, .high = INFINITY}, 5, "");
    assert_labels(&(struct view_axis){.low = 0, .high = 10, .scale = VIEW_LOG10}, 5, "");
}

/* However fine the step asked for, there is room for the ticks. */
static void ticks_are_bounded(void **state)
{
    (void)state;
    struct view_ticks ticks;
    view_ticks_make(&(struct view_axis){.low = 0, .high = 1e6, .step = 1}, 5, &ticks);
    assert_in_range(ticks.count, 2, VIEW_MAX_TICKS);
    view_ticks_make(&(struct view_axis){.low = 1e-300, .high = 1e300, .scale = VIEW_LOG10}, 5, &ticks);
    assert_in_range(ticks.count, 2, VIEW_MAX_TICKS);
    view_ticks_make(&(struct view_axis){.low = 0, .high = 1e9, .scale = VIEW_SQRT}, 40, &ticks);
    assert_in_range(ticks.count, 2, VIEW_MAX_TICKS);
}

static void rounding(void **state)
{
    (void)state;
    struct view_axis linear = {.low = -0.13, .high = 0.92},
                     decades = {.low = 0.03, .high = 700, .scale = VIEW_LOG10};
    struct view_axis octaves = {.low = 0.3, .high = 5, .scale = VIEW_LOG2},
                     root = {.high = 0.073, .scale = VIEW_SQRT};
    view_axis_round(&linear, 5);
    assert_in_double(linear.low, -0.2, 1e-12);
    assert_in_double(linear.high, 1, 1e-12);
    view_axis_round(&decades, 5);
    assert_in_double(decades.low, 0.01, 1e-12);
    assert_in_double(decades.high, 800, 1e-9);
    view_axis_round(&octaves, 5);
    assert_in_double(octaves.low, 0.25, 0);
    assert_in_double(octaves.high, 8, 0);
    view_axis_round(&root, 5);
    assert_in_double(root.high, 0.08, 1e-12);
}

/* Whatever is turned to the other scale has two ticks at least, and its numbers within. */
static void turned_scales(void **state)
{
    (void)state;
    static const double cases[][3] = {{0, 33.6, 32},   {0, 1, 0.999}, {31, 33, 31},   {0, 0.011, 0.0099},
                                      {0, 1500, 0.02}, {0, 5e5, 0},   {0, 1e-7, 9e-8}};
    struct view_ticks ticks;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct view_axis linear = {.low = cases[i][0], .high = cases[i][1], .label = "L0"};
        struct view_axis log = view_range_turn(&linear, cases[i][2]);
        const double least = cases[i][2] > 0 ? cases[i][2] : 1e-6 * linear.high;
        assert_int_equal(log.scale, VIEW_LOG10);
        assert_string_equal(log.label, "L0");
        assert_true(log.low <= least && log.low > least / 3 && log.high >= linear.high * (1 - 1e-9) &&
                    log.high < 3 * linear.high);
        view_ticks_make(&log, 3, &ticks);
        assert_true(ticks.count >= 2);
        log = view_range_turn(&log, 0);
        assert_true(log.scale == VIEW_LINEAR && log.low == 0 && log.high >= linear.high * (1 - 1e-9));
    }
    const struct view_axis nothing = {.low = -2, .high = -1},
                           octaves = {.low = 2, .high = 8, .scale = VIEW_LOG2};
    assert_true(view_range_turn(&nothing, 0).low == -2);
    assert_true(view_range_turn(&octaves, 0).low == 0 && view_range_turn(&octaves, 0).scale == VIEW_LINEAR);
}

static void numbers(void **state)
{
    (void)state;
    const struct {
        double value;
        int digits;
        const char *text;
    } cases[] = {
        {0, 3, "0"},     {1, 3, "1"},          {-1.5, 3, "−1.5"},       {0.12345, 3, "0.123"},
        {0.1, 3, "0.1"}, {1234.6, 3, "1235"},  {1.5e-7, 3, "1.5×10⁻⁷"}, {2e9, 2, "2×10⁹"},
        {NAN, 3, "–"},   {-INFINITY, 3, "−∞"}, {0.00012, 2, "0.00012"}, {-1e-9, 3, "−1×10⁻⁹"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[VIEW_LABEL_BYTES];
        view_format_number(cases[i].value, cases[i].digits, text);
        assert_string_equal(text, cases[i].text);
    }
    char text[VIEW_LABEL_BYTES];
    view_format_count(0, text);
    assert_string_equal(text, "0");
    view_format_count(8192, text);
    assert_string_equal(text, "8192");
    view_format_count(1179648, text);
    assert_string_equal(text, "1 179 648");
    view_format_count(UINT64_MAX, text);
    assert_string_equal(text, "18 446 744 073 709 551 615");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions),         cmocka_unit_test(labels),
        cmocka_unit_test(log_labels),        cmocka_unit_test(hopeless_axes_have_no_ticks),
        cmocka_unit_test(ticks_are_bounded), cmocka_unit_test(rounding),
        cmocka_unit_test(turned_scales),     cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
