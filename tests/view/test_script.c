/* Scripts of events: each kind read right, written and read back the same, what is wrong named with its line.
 */
#include "support/memory_file.h"
#include "support/test.h"

#include "view/script.h"

#include <stdlib.h>

static enum base_status open_text(const char *text, struct view_script **script)
{
    return view_script_open(test_memory_file((const uint8_t *)text, strlen(text)), script);
}

static void assert_same(const struct view_event *a, const struct view_event *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->modifiers, b->modifiers);
    assert_string_equal(a->key, b->key);
    assert_true(a->x == b->x && a->y == b->y);
    assert_int_equal(a->button, b->button);
    assert_int_equal(a->clicks, b->clicks);
    assert_true(a->wheel_x == b->wheel_x && a->wheel_y == b->wheel_y);
    assert_true(a->width == b->width && a->height == b->height && a->scale == b->scale);
}

static const struct {
    const char *line;
    struct view_event event;
} events[] = {
    {"0 key a", {.kind = VIEW_EVENT_KEY, .key = "a"}},
    {"0 key S", {.kind = VIEW_EVENT_KEY, .key = "S"}},
    {"0 key ?", {.kind = VIEW_EVENT_KEY, .key = "?"}},
    {"0 key #", {.kind = VIEW_EVENT_KEY, .key = "#"}},
    {"0 key +", {.kind = VIEW_EVENT_KEY, .key = "+"}},
    {"0 key ctrl++", {.kind = VIEW_EVENT_KEY, .modifiers = VIEW_CTRL, .key = "+"}},
    {"0 key \u20ac", {.kind = VIEW_EVENT_KEY, .key = "\u20ac"}},
    {"0 key space", {.kind = VIEW_EVENT_KEY, .key = "space"}},
    {"0 key shift+tab", {.kind = VIEW_EVENT_KEY, .modifiers = VIEW_SHIFT, .key = "tab"}},
    {"0 key ctrl+alt+shift+page-down",
     {.kind = VIEW_EVENT_KEY, .modifiers = VIEW_CTRL | VIEW_ALT | VIEW_SHIFT, .key = "page-down"}},
    {"0 key ctrl+s", {.kind = VIEW_EVENT_KEY, .modifiers = VIEW_CTRL, .key = "s"}},
    {"0 move 400 300.25", {.kind = VIEW_EVENT_MOVE, .x = 400, .y = 300.25f}},
    {"0 press left 400 300", {.kind = VIEW_EVENT_PRESS, .x = 400, .y = 300, .clicks = 1}},
    {"0 press left 400 300 2", {.kind = VIEW_EVENT_PRESS, .x = 400, .y = 300, .clicks = 2}},
    {"0 ctrl+shift+press right -1 0",
     {.kind = VIEW_EVENT_PRESS,
      .modifiers = VIEW_CTRL | VIEW_SHIFT,
      .x = -1,
      .button = VIEW_BUTTON_RIGHT,
      .clicks = 1}},
    {"0 release middle 1 2", {.kind = VIEW_EVENT_RELEASE, .x = 1, .y = 2, .button = VIEW_BUTTON_MIDDLE}},
    {"0 wheel 10 20 0.100000001 -1",
     {.kind = VIEW_EVENT_WHEEL, .x = 10, .y = 20, .wheel_x = 0.1f, .wheel_y = -1}},
    {"0 resize 1920 1080 1.25", {.kind = VIEW_EVENT_RESIZE, .width = 1920, .height = 1080, .scale = 1.25f}},
    {"0 leave", {.kind = VIEW_EVENT_LEAVE}},
    {"0 hide", {.kind = VIEW_EVENT_HIDE}},
    {"0 show", {.kind = VIEW_EVENT_SHOW}},
    {"0 close", {.kind = VIEW_EVENT_CLOSE}},
};
enum { N_EVENTS = sizeof events / sizeof events[0] };

static void each_event_is_read_and_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_EVENTS; i++) {
        struct view_script *script;
        struct view_event event;
        char line[128] = "";
        assert_ok(open_text(events[i].line, &script));
        assert_true(view_script_event(script, 0, &event));
        assert_same(&event, &events[i].event);
        assert_false(view_script_event(script, UINT64_MAX, &event));
        view_script_close(&script);
        FILE *file = tmpfile();
        assert_non_null(file);
        assert_ok(view_script_write(file, 0, &events[i].event));
        rewind(file);
        assert_non_null(fgets(line, sizeof line, file));
        fclose(file);
        line[strcspn(line, "\n")] = '\0';
        assert_string_equal(line, events[i].line);
    }
}

static void events_come_at_their_frames(void **state)
{
    (void)state;
    struct view_script *script;
    struct view_event event;
    assert_ok(open_text("# a comment\n\n0 key a\r\n 5 key b # another\n5\ttype c #\n  7 close", &script));
    assert_int_equal(view_script_last_frame(script), 7);
    assert_true(view_script_event(script, 3, &event));
    assert_string_equal(event.key, "a");
    assert_false(view_script_event(script, 4, &event));
    static const char *const keys[] = {"b", "c", "space", "#"};
    for (size_t i = 0; i < 4; i++) {
        assert_true(view_script_event(script, 6, &event));
        assert_string_equal(event.key, keys[i]);
    }
    assert_false(view_script_event(script, 6, &event));
    assert_true(view_script_event(script, 100, &event));
    assert_int_equal(event.kind, VIEW_EVENT_CLOSE);
    assert_false(view_script_event(script, 100, &event));
    view_script_close(&script);
    assert_ok(open_text("", &script));
    assert_int_equal(view_script_last_frame(script), 0);
    assert_false(view_script_event(script, 0, &event));
    view_script_close(&script);
    view_script_close(&script);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } wrong[] = {
        {"x key a", "line 1: \"x\" is not the number of a frame"},
        {"-1 key a", "not the number of a frame"},
        {"99999999999999999999 key a", "not the number of a frame"},
        {"0 key a\n3 key a\n2 key a", "line 3: \"2\" comes after a later frame"},
        {"0", "lacks an event"},
        {"0 jump", "\"jump\" is none of"},
        {"0 ctrl+resize 1 1", "is none of"},
        {"0 key", "lacks words"},
        {"0 key ab", "is no key"},
        {"0 key f13", "is no key"},
        {"0 key \x80", "is no key"},
        {"0 key \xed\xa0\x80", "is no key"},
        {"0 key shift+a", "shift, which is part"},
        {"0 key ctrl+S", "lower-case"},
        {"0 key a b", "one word too many"},
        {"0 move 1", "lacks words"},
        {"0 move 1 nan", "not a number"},
        {"0 move 0x10 1", "not a number"},
        {"0 move 1e300 1", "not a number"},
        {"0 press up 1 1", "not left, middle or right"},
        {"0 press left 1 1 0", "number of clicks"},
        {"0 release left 1 1 2 2", "one word too many"},
        {"0 release left 1 1 none", "not a number of clicks"},
        {"0 move 1 1\n3 resize 99999 99999", "line 2: a picture has at most 16384 pixels a side"},
        {"0 resize 100 8193 2", "at most 16384 pixels"},
        {"0 resize 0 10", "above 0"},
        {"0 resize 10 10 -1", "above 0"},
        {"0 type a\x01", "no character"},
    };
    struct view_script *script;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_fails(open_text(wrong[i].text, &script), BASE_ERROR_INPUT, wrong[i].part);
        assert_non_null(strstr(base_message(), "/fd/"));
        assert_null(script);
    }
    assert_fails(view_script_open(test_memory_file((const uint8_t *)"0 key a\0", 8), &script),
                 BASE_ERROR_INPUT, "byte 0");
    assert_fails(view_script_open("/nowhere/events", &script), BASE_ERROR_INPUT, "/nowhere/events");
    char *large = calloc(1, 8192);
    memset(large, ' ', 5000);
    assert_fails(open_text(large, &script), BASE_ERROR_INPUT, "longer than 4096");
    free(large);
}

static void a_full_disk_is_said(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    setvbuf(full, NULL, _IONBF, 0);
    assert_fails(view_script_write(full, 0, &events[0].event), BASE_ERROR_FILE_SYSTEM, "cannot be written");
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_event_is_read_and_written),
        cmocka_unit_test(events_come_at_their_frames),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(a_full_disk_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
