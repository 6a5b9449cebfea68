/* Widgets and colour ranges under mouse and keys. */
#include "support/test.h"

#include "support/device.h"

#include "base/memory.h"
#include "live/strip.h"
#include "live/widgets.h"
#include "picture.h"

static struct view_event mouse(enum view_event_kind kind, float x, float y)
{
    return (struct view_event){.kind = kind, .x = x, .y = y, .clicks = 1};
}

static struct view_event key(const char *name)
{
    struct view_event event = {.kind = VIEW_EVENT_KEY};
    snprintf(event.key, sizeof event.key, "%s", name);
    return event;
}

/* ---- sliders ---- */

static const struct live_slider_parameters epsilon = {
    .rect = {10, 10, 300, 24}, .label = "epsilon", .low = 0.05, .high = 0.95, .step = 0.01, .decimals = 2};

static bool slider_key(struct live_slider *slider, const char *name)
{
    struct view_event event = key(name);
    return live_slider_event(slider, &event);
}

static bool slider_mouse(struct live_slider *slider, enum view_event_kind kind, float x, float y)
{
    struct view_event event = mouse(kind, x, y);
    return live_slider_event(slider, &event);
}

static void snapping(void **state)
{
    (void)state;
    for (int e = 0; e < 91; e++) {
        double grid = (5 + e) / 100.0;
        assert_true(live_slider_snap(&epsilon, grid + 0.004) == grid);
        assert_true(live_slider_snap(&epsilon, grid - 0.004) == grid);
    }
    assert_true(live_slider_snap(&epsilon, -7) == 0.05);
    assert_true(live_slider_snap(&epsilon, 7) == 0.95);
    struct live_slider_parameters odd = {.low = 0.5, .high = 9.5, .step = 2};
    assert_true(live_slider_snap(&odd, 0.6) == 2);
    assert_true(live_slider_snap(&odd, 9.4) == 8);
    odd.step = 0;
    assert_true(live_slider_snap(&odd, 3.3) == 3.3);
}

static void slider_by_mouse(void **state)
{
    (void)state;
    struct view_canvas *canvas = picture_canvas(400, 60, 1, &view_theme_dark);
    struct live_slider slider = {.value = 0.5};
    double value;
    live_slider_draw(&slider, canvas, &epsilon, NULL);
    float middle = slider.track.y + 0.5f * slider.track.height;
    assert_false(slider_mouse(&slider, VIEW_EVENT_PRESS, 390, 50));
    assert_true(slider_mouse(&slider, VIEW_EVENT_PRESS, slider.track.x + 0.25f * slider.track.width, middle));
    assert_true(live_slider_take(&slider, &value));
    assert_in_double(value, 0.27, 0.0101);
    assert_true(value == live_slider_snap(&epsilon, value));
    assert_false(live_slider_take(&slider, &value));
    slider_mouse(&slider, VIEW_EVENT_MOVE, 5000, 300);
    assert_true(slider.value == 0.95);
    slider_mouse(&slider, VIEW_EVENT_MOVE, -5000, 300);
    assert_true(slider.value == 0.05);
    assert_true(slider_mouse(&slider, VIEW_EVENT_RELEASE, 0, 0));
    slider_mouse(&slider, VIEW_EVENT_MOVE, 200, middle);
    assert_true(slider.value == 0.05);
    struct view_event wheel = mouse(VIEW_EVENT_WHEEL, 100, middle);
    wheel.wheel_y = 0.5f;
    live_slider_event(&slider, &wheel);
    assert_true(slider.value == 0.05);
    assert_true(live_slider_event(&slider, &wheel));
    assert_true(slider.value == 0.06);
    assert_ok(view_canvas_finish(canvas));
    view_canvas_destroy(&canvas);
}

static void slider_by_keys(void **state)
{
    (void)state;
    struct view_canvas *canvas = picture_canvas(400, 60, 1, &view_theme_dark);
    struct live_slider slider = {.value = 0.5};
    double value;
    live_slider_draw(&slider, canvas, &epsilon, NULL);
    assert_false(slider_key(&slider, "right"));
    slider.focused = true;
    assert_true(slider_key(&slider, "right"));
    assert_true(slider.value == 0.51);
    assert_true(slider_key(&slider, "page-down"));
    assert_true(slider.value == 0.41);
    assert_true(slider_key(&slider, "end"));
    assert_true(slider.value == 0.95);
    /* A typed value may lie between; a step from it goes to the next of the grid. */
    static const char *const typed[] = {"0", ".", "3", "3", "5", "backspace", "7", "enter"};
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++)
        assert_true(slider_key(&slider, typed[i]));
    assert_true(live_slider_take(&slider, &value));
    assert_true(value == 0.337);
    live_slider_step(&slider, 1);
    assert_true(slider.value == 0.34);
    slider.value = 0.337;
    live_slider_step(&slider, -1);
    assert_true(slider.value == 0.33);
    slider.changed = false;
    assert_true(slider_key(&slider, "enter"));
    assert_true(slider_key(&slider, "9"));
    assert_true(slider_key(&slider, "q")); /* swallowed while typing */
    live_slider_draw(&slider, canvas, &epsilon, NULL);
    assert_true(slider_key(&slider, "escape"));
    assert_false(live_slider_take(&slider, &value));
    assert_true(slider_key(&slider, "7"));
    assert_true(slider_key(&slider, "enter"));
    assert_true(slider.value == 0.95); /* held within */
    assert_true(slider_key(&slider, "."));
    assert_true(slider_key(&slider, "enter"));
    assert_true(slider.value == 0.95); /* "." is no number */
    assert_true(slider_key(&slider, "escape"));
    assert_false(slider.focused);
    struct live_slider rate = {.value = 1e-3};
    live_slider_draw(&rate, canvas,
                     &(struct live_slider_parameters){
                         .rect = {0, 0, 300, 24}, .low = 1e-6, .high = 1, .log = true, .decimals = -1},
                     NULL);
    live_slider_step(&rate, 1);
    assert_in_double(rate.value, 1.1e-3, 1e-9);
    float middle = rate.track.y + 0.5f * rate.track.height;
    slider_mouse(&rate, VIEW_EVENT_PRESS, rate.track.x + 0.5f * rate.track.width, middle);
    assert_in_double(rate.value, 1e-3, 2e-5);
    assert_ok(view_canvas_finish(canvas));
    view_canvas_destroy(&canvas);
}

/* ---- buttons and tabs ---- */

static void buttons(void **state)
{
    (void)state;
    struct view_canvas *canvas = picture_canvas(400, 200, 1, &view_theme_light);
    struct live_button button = {0};
    struct live_button_parameters parameters = {.rect = {10, 10, 60, 24}, .label = "Stop"};
    struct view_event press = mouse(VIEW_EVENT_PRESS, 20, 20), release = mouse(VIEW_EVENT_RELEASE, 20, 20);
    struct view_event away = mouse(VIEW_EVENT_RELEASE, 200, 20), beside = mouse(VIEW_EVENT_PRESS, 200, 20);
    live_button_draw(&button, canvas, &parameters, NULL);
    assert_true(live_button_event(&button, &press));
    assert_false(live_button_take(&button));
    assert_true(live_button_event(&button, &release));
    assert_true(live_button_take(&button));
    assert_false(live_button_take(&button));
    live_button_event(&button, &press);
    assert_true(live_button_event(&button, &away));
    assert_false(live_button_take(&button));
    assert_false(live_button_event(&button, &beside));
    assert_false(live_button_event(&button, &release));
    parameters.disabled = true;
    live_button_draw(&button, canvas, &parameters, NULL);
    live_button_event(&button, &press);
    live_button_event(&button, &release);
    assert_false(live_button_take(&button));
    struct live_tabs tabs = {0};
    static const char *const labels[] = {"one", "two", "three"};
    float width = live_tabs_draw(&tabs, canvas, (struct view_rect){0, 100, 400, 30}, labels, 3);
    assert_in_double((double)width, (double)(tabs.rects[2].x + tabs.rects[2].width), 1e-3);
    uint32_t chosen;
    press = mouse(VIEW_EVENT_PRESS, tabs.rects[1].x + 3, 110);
    release = mouse(VIEW_EVENT_RELEASE, tabs.rects[1].x + 4, 110);
    assert_true(live_tabs_event(&tabs, &press));
    assert_true(live_tabs_event(&tabs, &release));
    assert_true(live_tabs_take(&tabs, &chosen));
    assert_int_equal(chosen, 1);
    assert_false(live_tabs_take(&tabs, &chosen));
    for (enum live_icon icon = LIVE_ICON_NONE; icon <= LIVE_ICON_CAMERA; icon++)
        live_button_draw(&button, canvas,
                         &(struct live_button_parameters){.rect = {0, 0, 24, 24}, .icon = icon}, NULL);
    assert_ok(view_canvas_finish(canvas));
    view_canvas_destroy(&canvas);
}

static void notices_fade(void **state)
{
    (void)state;
    struct view_canvas *canvas = picture_canvas(400, 100, 1, &view_theme_dark);
    struct live_toast toast = {0};
    const uint64_t second = 1000000000;
    const struct view_rect band = view_canvas_bounds(canvas);
    assert_false(live_toast_draw(&toast, canvas, &band, 1, 5 * second));
    live_toast_say(&toast, 5 * second, "saved %s", "a.png");
    assert_true(live_toast_draw(&toast, canvas, &band, 1, 5 * second));
    assert_true(live_toast_draw(&toast, canvas, &band, 1, 8 * second - 1));
    assert_false(live_toast_draw(&toast, canvas, &band, 1, 8 * second));
    assert_false(live_toast_draw(&toast, canvas, &band, 1, 6 * second));
    live_toast_warn(&toast, 9 * second, "disk full");
    assert_true(live_toast_draw(&toast, canvas, &band, 1, 16 * second));
    assert_false(live_toast_draw(&toast, canvas, &band, 1, 17 * second));
    assert_ok(view_canvas_finish(canvas));
    view_canvas_destroy(&canvas);
}

/* Ink of a notice in a band: pixels that are not the page's. */
static int ink_in(struct view_canvas *canvas, struct view_rect band)
{
    struct picture picture = picture_of(canvas);
    int ink = 0;
    for (uint32_t y = (uint32_t)band.y; y < (uint32_t)(band.y + band.height); y++)
        for (uint32_t x = (uint32_t)band.x; x < (uint32_t)(band.x + band.width); x++) {
            const struct view_colour seen = picture_at(&picture, x, y);
            ink += seen.r != view_theme_dark.page.r || seen.g != view_theme_dark.page.g;
        }
    picture_release(&picture);
    return ink;
}

/* A notice stands where there is room for all of it, and in the last place where there is none. */
static void notices_find_room(void **state)
{
    (void)state;
    static const struct view_rect bands[] = {{0, 0, 60, 30}, {100, 40, 290, 30}, {0, 80, 400, 30}};
    static const char *const words[] = {"ah", "neither long nor short",
                                        "a sentence that is longer than the second band, "
                                        "and than the last one too, so that it is cut there"};
    for (int w = 0; w < 3; w++) {
        struct view_canvas *canvas = picture_canvas(400, 120, 1, &view_theme_dark);
        struct live_toast toast = {0};
        live_toast_say(&toast, 1, "%s", words[w]);
        assert_true(live_toast_draw(&toast, canvas, bands, 3, 1));
        assert_ok(view_canvas_finish(canvas));
        for (int b = 0; b < 3; b++)
            assert_true((ink_in(canvas, bands[b]) > 100) == (b == w));
        view_canvas_destroy(&canvas);
    }
}

/* ---- tabs ---- */

/* A row that is too short shows those about the chosen one, within its room; an ellipsis leads on. */
static void tabs_in_little_room(void **state)
{
    (void)state;
    static const char *const labels[] = {"Resonance", "Mean",  "All curves", "Rose",
                                         "Matrix",    "Plane", "Cloud"};
    enum { COUNT = sizeof labels / sizeof *labels };
    struct view_canvas *canvas = picture_canvas(800, 100, 1, &view_theme_dark);
    for (float width = 90; width <= 700; width += 61)
        for (uint32_t chosen = 0; chosen < COUNT; chosen++) {
            struct live_tabs tabs = {.chosen = chosen};
            const struct view_rect row = {20, 10, width, 24};
            const float used = live_tabs_draw(&tabs, canvas, row, labels, COUNT);
            float at = row.x;
            uint32_t shown = 0;
            assert_true(tabs.rects[chosen].width ==
                        live_tab_width(labels[chosen], view_theme_dark.size_label));
            for (uint32_t i = 0; i < COUNT; i++) {
                const struct view_rect rect = tabs.rects[i];
                if (rect.width == 0)
                    continue;
                assert_true(fabsf(rect.x - at) < 0.01f);
                at += rect.width;
                shown++;
            }
            assert_true(fabsf(at - row.x - used) < 0.01f);
            assert_true(used <= width || shown <= 3); /* no less than the chosen one and its two neighbours */
            assert_true(shown == COUNT || used > 0.3f * width);
            if (chosen + 1 < COUNT) { /* the next is always there to be clicked */
                const struct view_rect next = tabs.rects[chosen + 1];
                struct view_event press = mouse(VIEW_EVENT_PRESS, next.x + 2, next.y + 2);
                struct view_event release = mouse(VIEW_EVENT_RELEASE, next.x + 2, next.y + 2);
                uint32_t taken;
                live_tabs_event(&tabs, &press);
                live_tabs_event(&tabs, &release);
                assert_true(live_tabs_take(&tabs, &taken) && taken == chosen + 1);
            }
        }
    assert_ok(view_canvas_finish(canvas));
    view_canvas_destroy(&canvas);
}

/* ---- colour ranges ---- */

static struct view_colour_scale draw_range(struct live_range *range, struct view_canvas *canvas,
                                           const struct live_range_parameters *parameters, bool vertical)
{
    struct view_rect rect = {20, 20, vertical ? 70.0f : 300.0f, vertical ? 300.0f : 50.0f};
    struct view_colour_scale scale = live_range_scale(range, &view_theme_dark, parameters);
    live_range_draw(range, canvas, rect, &scale);
    return scale;
}

static void range_event(struct live_range *range, enum view_event_kind kind, double share, uint32_t clicks)
{
    struct view_rect bar = range->bar;
    float along = (float)share;
    struct view_event event = mouse(kind, bar.x + 0.5f * bar.width, bar.y + bar.height * (1 - along));
    if (!range->vertical) {
        event.x = bar.x + bar.width * along;
        event.y = bar.y + 0.5f * bar.height;
    }
    event.clicks = clicks;
    live_range_event(range, &event);
}

static void ranges(void **state)
{
    (void)state;
    struct view_canvas *canvas = picture_canvas(400, 400, 1, &view_theme_dark);
    for (int vertical = 0; vertical < 2; vertical++) {
        struct live_range range = {0};
        struct live_range_parameters p = {
            .full = {0, 8, .label = "counts"}, .may_log = true, .positive = 0.5};
        struct view_colour_scale scale = draw_range(&range, canvas, &p, vertical);
        assert_true(scale.axis.low == 0 && scale.axis.high == 8 && scale.show_outside);
        assert_int_equal(scale.map, view_theme_dark.sequential);
        range_event(&range, VIEW_EVENT_PRESS, 1, 1);
        range_event(&range, VIEW_EVENT_MOVE, 0.75, 1);
        range_event(&range, VIEW_EVENT_RELEASE, 0.75, 1);
        scale = draw_range(&range, canvas, &p, vertical);
        assert_in_double(scale.axis.high, 6, 0.05);
        assert_in_double(scale.axis.low, 0, 1e-9);
        range_event(&range, VIEW_EVENT_PRESS, 0.01, 1);
        range_event(&range, VIEW_EVENT_MOVE, 0.25, 1);
        range_event(&range, VIEW_EVENT_RELEASE, 0.25, 1);
        range_event(&range, VIEW_EVENT_PRESS, 0.5, 1);
        range_event(&range, VIEW_EVENT_MOVE, 0.9, 1); /* both, as far as the bar goes */
        range_event(&range, VIEW_EVENT_RELEASE, 0.9, 1);
        scale = draw_range(&range, canvas, &p, vertical);
        assert_in_double(scale.axis.high, 8, 0.05);
        assert_in_double(scale.axis.low, 4, 0.1);
        range_event(&range, VIEW_EVENT_PRESS, scale.axis.low / 8, 1);
        range_event(&range, VIEW_EVENT_MOVE, 1.5, 1); /* the handles do not pass each other */
        range_event(&range, VIEW_EVENT_RELEASE, 1.5, 1);
        scale = draw_range(&range, canvas, &p, vertical);
        assert_true(scale.axis.low < scale.axis.high);
        p.full.high = 2; /* the data shrink: held ends stay, and stay on the bar */
        scale = draw_range(&range, canvas, &p, vertical);
        assert_in_double(scale.axis.high, 8, 0.05);
        assert_in_double(range.span.high, 8, 0.05);
        range_event(&range, VIEW_EVENT_PRESS, 0.5, 2);
        scale = draw_range(&range, canvas, &p, vertical);
        assert_true(scale.axis.low == 0 && scale.axis.high == 2);
        live_range_fit_once(&range);
        draw_range(&range, canvas, &p, vertical);
        p.full.high = 3;
        assert_true(draw_range(&range, canvas, &p, vertical).axis.high == 2);
        assert_true(live_range_toggle_log(&range));
        scale = draw_range(&range, canvas, &p, vertical);
        assert_int_equal(scale.axis.scale, VIEW_LOG10);
        assert_true(scale.axis.low == 0.5 && scale.axis.high == 3);
        assert_int_equal(scale.map, VIEW_MAP_VIRIDIS); /* already: the first key shows another */
        assert_string_equal(live_range_next_map(&range, &view_theme_dark), "blue to yellow");
        assert_int_equal(draw_range(&range, canvas, &p, vertical).map, VIEW_MAP_BLUE_YELLOW);
    }
    struct live_range range = {0};
    const struct live_range_parameters p = {
        .full = {-1, 1}, .family = LIVE_MAP_DIVERGING, .centred = true, .missing = "none"};
    assert_int_equal(draw_range(&range, canvas, &p, true).map, view_theme_dark.diverging);
    range_event(&range, VIEW_EVENT_PRESS, 1, 1);
    range_event(&range, VIEW_EVENT_MOVE, 0.75, 1);
    range_event(&range, VIEW_EVENT_RELEASE, 0.75, 1);
    struct view_colour_scale scale = draw_range(&range, canvas, &p, true);
    assert_in_double(scale.axis.high, 0.5, 0.01);
    assert_true(scale.axis.low == -scale.axis.high);
    assert_false(live_range_toggle_log(&range));
    assert_ok(view_canvas_finish(canvas));
    view_canvas_destroy(&canvas);
}

/* The bar follows the percentiles of what the device holds; both ends of a centred one take the farther. */
static void ranges_by_percentiles(void **state)
{
    (void)state;
    enum { NUMBERS = 1001 };
    struct view_canvas *canvas = picture_canvas(400, 400, 1, &view_theme_dark);
    struct live_strips *strips;
    struct live_probe *probe;
    struct gpu_buffer *buffer;
    static float numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) /* 0 to 999 in some order, and one that is far off */
        numbers[i] = i == 500 ? 1e6f : (float)(i * 7 % 1000);
    assert_ok(gpu_buffer_create(test_gpu(), "numbers", sizeof numbers, GPU_DEVICE, &buffer));
    assert_ok(gpu_upload(test_gpu(), buffer, 0, numbers, sizeof numbers));
    assert_ok(live_strips_create(test_gpu(), &strips));
    assert_ok(live_probe_create(test_gpu(), &probe));
    struct view_values values = {.buffer = buffer, .count = NUMBERS, .number = VIEW_F32};
    struct live_range ranges[2];
    memset(ranges, 0, sizeof ranges);
    assert_string_equal(live_range_next_percentiles(&ranges[0]), "this view has no percentiles");
    for (int frame = 0; frame < 5; frame++) {
        live_strips_frame(strips);
        live_probe_frame(probe);
        view_canvas_begin(canvas);
        for (uint32_t r = 0; r < 2; r++) {
            const struct live_range_parameters p = {.full = {r == 0 ? 0 : -1e6, 1e6}, .centred = r == 1};
            struct view_colour_scale scale = draw_range(&ranges[r], canvas, &p, true);
            live_strip_draw(strips, canvas, &ranges[r], &values);
            live_strip_tell(strips, probe, r, &ranges[r], &values);
            const double low = frame < 4 ? p.full.low : r == 0 ? 9 : -990;
            if (frame == 0 || frame == 4) {
                assert_true(scale.axis.low == low);
                assert_true(scale.axis.high == (frame == 0 ? 1e6 : 990));
                assert_true(ranges[r].span.high == 1e6); /* what lies outside is still on the bar */
            }
            if (frame == 0)
                assert_string_equal(live_range_next_percentiles(&ranges[r]),
                                    "colours from 1 to 99 % of the numbers");
        }
        assert_ok(view_canvas_finish(canvas));
        assert_ok(gpu_wait(test_gpu()));
    }
    assert_ok(live_strips_status(strips));
    live_strips_destroy(&strips);
    live_probe_destroy(&probe);
    gpu_buffer_destroy(test_gpu(), &buffer);
    view_canvas_destroy(&canvas);
}

static uint64_t histograms(void)
{
    struct gpu_timing *timings;
    uint32_t count;
    uint64_t dispatches = 0;
    assert_ok(gpu_timings(test_gpu(), &timings, &count));
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(timings[i].kernel, "view_histogram") == 0)
            dispatches += timings[i].dispatches;
    base_free(timings);
    return dispatches;
}

static void strips_are_counted_when_they_must(void **state)
{
    (void)state;
    const float numbers[] = {1, 2, 3, 5, 8};
    struct view_canvas *canvas = picture_canvas(400, 400, 1, &view_theme_dark);
    struct live_strips *strips;
    struct gpu_buffer *buffer;
    struct live_range range = {0};
    assert_ok(gpu_buffer_create(test_gpu(), "numbers", sizeof numbers, GPU_DEVICE, &buffer));
    assert_ok(gpu_upload(test_gpu(), buffer, 0, numbers, sizeof numbers));
    assert_ok(live_strips_create(test_gpu(), &strips));
    const struct view_values values = {.buffer = buffer, .count = 5, .number = VIEW_F32};
    const struct live_range_parameters p = {.full = {0, 10}};
    static const uint64_t wanted[] = {1, 0, 1, 0};
    for (int frame = 0; frame < 4; frame++) {
        gpu_timing_reset(test_gpu());
        if (frame == 2) /* the shader is another one */
            live_strips_forget(strips);
        live_strips_frame(strips);
        view_canvas_begin(canvas);
        (void)draw_range(&range, canvas, &p, true);
        live_strip_draw(strips, canvas, &range, &values);
        assert_ok(view_canvas_finish(canvas));
        assert_int_equal(histograms(), wanted[frame]);
    }
    live_strips_destroy(&strips);
    gpu_buffer_destroy(test_gpu(), &buffer);
    view_canvas_destroy(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapping),
        cmocka_unit_test(slider_by_mouse),
        cmocka_unit_test(slider_by_keys),
        cmocka_unit_test(buttons),
        cmocka_unit_test(notices_fade),
        cmocka_unit_test(notices_find_room),
        cmocka_unit_test(ranges),
        cmocka_unit_test(tabs_in_little_room),
        cmocka_unit_test(ranges_by_percentiles),
        cmocka_unit_test(strips_are_counted_when_they_must),
    };
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
