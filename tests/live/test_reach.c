/* The part of an axis that is shown: what lies under the pointer stays there, whatever the scale. */
#include "support/test.h"

#include "live/reach.h"

static const struct view_axis axes[] = {
    {0, 360, VIEW_LINEAR, VIEW_DEGREES, 45, "angle", false, NULL, 0},
    {-3, 17, VIEW_LINEAR, VIEW_PLAIN, 0, NULL, false, NULL, 0},
    {64, 0, VIEW_LINEAR, VIEW_COUNT, 0, NULL, false, NULL, 0},
    {1e-5, 1e3, VIEW_LOG10, VIEW_PLAIN, 0, NULL, false, NULL, 0},
    {1e3, 1e-5, VIEW_LOG10, VIEW_PLAIN, 0, NULL, false, NULL, 0},
    {0.125, 64, VIEW_LOG2, VIEW_PLAIN, 0, NULL, false, NULL, 0},
    {1, 900, VIEW_SQRT, VIEW_COUNT, 0, NULL, false, NULL, 0},
    {900, 1, VIEW_SQRT, VIEW_COUNT, 0, NULL, false, NULL, 0},
};
enum { AXES = sizeof axes / sizeof *axes };

static void assert_near(double a, double b, double span)
{
    assert_in_double(a, b, 1e-9 * fabs(span) + 1e-12 * fabs(b));
}

static void follows_and_holds(void **state)
{
    (void)state;
    for (int i = 0; i < AXES; i++) {
        struct live_reach reach = {0};
        struct view_axis axis = live_reach_axis(&reach, &axes[i], 0);
        assert_true(axis.low == axes[i].low && axis.high == axes[i].high && axis.step == axes[i].step);
        reach.fit = LIVE_FIT_ONCE;
        live_reach_axis(&reach, &axes[i], 0);
        assert_int_equal(reach.fit, LIVE_FIT_HELD);
        struct view_axis other = axes[i];
        other.high *= 2;
        axis = live_reach_axis(&reach, &other, 0);
        assert_true(axis.low == axes[i].low && axis.high == axes[i].high);
        reach.fit = LIVE_FIT_ALWAYS;
        assert_true(live_reach_axis(&reach, &other, 0).high == other.high);
    }
}

static void zoom_keeps_the_value(void **state)
{
    (void)state;
    static const double places[] = {0, 0.1, 0.5, 0.77, 1}, factors[] = {1.1, 1 / 1.1, 3, 0.9};
    for (int i = 0; i < AXES; i++)
        for (int p = 0; p < 5; p++)
            for (int f = 0; f < 4; f++) {
                bool root_end = axes[i].scale == VIEW_SQRT && factors[f] < 1; /* 0 is in the way */
                struct live_reach reach = {0};
                struct view_axis axis = live_reach_axis(&reach, &axes[i], 0);
                double value = view_axis_value(&axis, places[p]);
                live_reach_zoom(&reach, &axis, &axes[i], factors[f], places[p]);
                struct view_axis after = live_reach_axis(&reach, &axes[i], 0);
                if (!root_end)
                    assert_near(view_axis_position(&after, value), places[p], 1);
                double before =
                    view_scale_apply(axis.scale, axis.high) - view_scale_apply(axis.scale, axis.low);
                double length =
                    view_scale_apply(axis.scale, after.high) - view_scale_apply(axis.scale, after.low);
                if (!root_end)
                    assert_near(length, before / factors[f], before);
            }
}

static void pan_moves_and_returns(void **state)
{
    (void)state;
    for (int i = 0; i < AXES; i++) {
        struct live_reach reach = {0};
        struct view_axis axis = live_reach_axis(&reach, &axes[i], 0);
        bool turned = axes[i].scale == VIEW_SQRT && axes[i].low > axes[i].high;
        double share = turned ? -0.25 : 0.25, value = view_axis_value(&axis, turned ? 0.4 : 0.6);
        live_reach_pan(&reach, &axis, &axes[i], share);
        struct view_axis after = live_reach_axis(&reach, &axes[i], 0);
        assert_near(view_axis_position(&after, value), (turned ? 0.4 : 0.6) - share, 1);
        live_reach_pan(&reach, &after, &axes[i], -share);
        after = live_reach_axis(&reach, &axes[i], 0);
        assert_near(after.low, axis.low, axis.high - axis.low);
        assert_near(after.high, axis.high, axis.high - axis.low);
    }
}

static void select_shows_the_part(void **state)
{
    (void)state;
    for (int i = 0; i < AXES; i++) {
        struct live_reach reach = {0};
        struct view_axis axis = live_reach_axis(&reach, &axes[i], 0);
        double from = view_axis_value(&axis, 0.2), to = view_axis_value(&axis, 0.7);
        live_reach_select(&reach, &axis, &axes[i], 0.7, 0.2);
        struct view_axis after = live_reach_axis(&reach, &axes[i], 0);
        assert_near(after.low, from, to - from);
        assert_near(after.high, to, to - from);
    }
}

static void bounds(void **state)
{
    (void)state;
    for (int i = 0; i < AXES; i++) {
        struct live_reach reach = {0};
        for (int turn = 0; turn < 2000; turn++) {
            struct view_axis axis = live_reach_axis(&reach, &axes[i], 0);
            live_reach_zoom(&reach, &axis, &axes[i], turn < 1000 ? 1.3 : 1 / 1.3, 0.3);
            axis = live_reach_axis(&reach, &axes[i], 0);
            assert_true(isfinite(axis.low) && isfinite(axis.high) && axis.low != axis.high);
            assert_true((axis.low < axis.high) == (axes[i].low < axes[i].high));
            struct view_ticks ticks;
            view_ticks_make(&axis, 6, &ticks);
            assert_true(ticks.count <= VIEW_MAX_TICKS);
        }
    }
    struct live_reach reach = {.least = 3};
    struct view_axis axis = axes[2];
    for (int turn = 0; turn < 200; turn++) {
        live_reach_zoom(&reach, &axis, &axes[2], 1.5, 0.5);
        axis = live_reach_axis(&reach, &axes[2], 0);
    }
    assert_near(fabs(axis.high - axis.low), 3, 64);
}

static void angles_stay_within_turns(void **state)
{
    (void)state;
    struct live_reach reach = {0};
    struct view_axis axis = axes[0];
    for (int i = 0; i < 100; i++) {
        live_reach_pan(&reach, &axis, &axes[0], 0.3);
        axis = live_reach_axis(&reach, &axes[0], 0);
    }
    assert_in_double(axis.low, 360, 1e-9);
    assert_in_double(axis.high, 720, 1e-9);
    for (int i = 0; i < 100; i++) {
        live_reach_pan(&reach, &axis, &axes[0], -0.3);
        axis = live_reach_axis(&reach, &axes[0], 0);
    }
    assert_in_double(axis.low, -360, 1e-9);
    assert_in_double(axis.high, 0, 1e-9);
}

static void ends_that_a_scale_cannot_show(void **state)
{
    (void)state;
    struct live_reach reach = {0};
    struct view_axis axis = {0, 50, .scale = VIEW_LOG10};
    struct view_axis shown = live_reach_axis(&reach, &axis, 0.01);
    assert_true(shown.low == 0.01 && shown.high == 50);
    shown = live_reach_axis(&reach, &axis, 0);
    assert_near(shown.low, 50e-6, 1);
    axis = (struct view_axis){0, 0, .scale = VIEW_LOG10};
    shown = live_reach_axis(&reach, &axis, 0);
    assert_true(shown.low > 0 && shown.high > shown.low);
    reach = (struct live_reach){.fit = LIVE_FIT_HELD, .low = -2, .high = 9};
    axis = (struct view_axis){0, 50, .scale = VIEW_LOG10};
    shown = live_reach_axis(&reach, &axis, 0.5);
    assert_true(shown.low == 0.5 && shown.high == 9);
    axis = (struct view_axis){3, 3, .scale = VIEW_LINEAR};
    reach = (struct live_reach){0};
    shown = live_reach_axis(&reach, &axis, 0);
    assert_true(shown.low < shown.high);
}

static void locked(void **state)
{
    (void)state;
    struct live_reach reach = {.locked = true};
    live_reach_pan(&reach, &axes[1], &axes[1], 0.2);
    live_reach_zoom(&reach, &axes[1], &axes[1], 2, 0.2);
    live_reach_select(&reach, &axes[1], &axes[1], 0.2, 0.4);
    assert_int_equal(reach.fit, LIVE_FIT_ALWAYS);
    reach.locked = false;
    live_reach_zoom(&reach, &axes[1], &axes[1], NAN, 0.2);
    live_reach_zoom(&reach, &axes[1], &axes[1], 0, 0.2);
    live_reach_pan(&reach, &axes[1], &axes[1], INFINITY);
    live_reach_select(&reach, &axes[1], &axes[1], NAN, 1);
    assert_int_equal(reach.fit, LIVE_FIT_ALWAYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_and_holds),
        cmocka_unit_test(zoom_keeps_the_value),
        cmocka_unit_test(pan_moves_and_returns),
        cmocka_unit_test(select_shows_the_part),
        cmocka_unit_test(bounds),
        cmocka_unit_test(angles_stay_within_turns),
        cmocka_unit_test(ends_that_a_scale_cannot_show),
        cmocka_unit_test(locked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
