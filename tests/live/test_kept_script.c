/* What --keep-script writes under a user's own keys does the same under the built-in ones, which a replay
 * has. */
#define _POSIX_C_SOURCE 200809L
#include "support/device.h"
#include "support/files.h"
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "live/app.h"

#include <stdlib.h>

struct hands {
    const struct view_event *events;
    size_t n, given;
    bool fresh;
};

static bool give(void *context, struct view_event *event)
{
    struct hands *hands = context;
    hands->fresh = !hands->fresh && hands->given < hands->n; /* one a look */
    if (hands->fresh)
        *event = hands->events[hands->given++];
    return hands->fresh;
}

/* The theme and whether the help page is open, after these events under the user's keys or a script. */
struct outcome {
    bool light, help, quit;
    float text;
};

static struct outcome play(const struct live_stage_parameters *stage, bool forgetful, int turns)
{
    struct live_app app;
    const struct live_app_parameters parameters = {
        .gpu = test_gpu(), .stage = *stage, .theme = "dark", .forgetful = forgetful};
    assert_ok(live_app_open(&app, &parameters));
    for (int i = 0; i < turns; i++)
        assert_ok(live_app_pump(&app));
    const struct outcome outcome = {app.layout.light, app.help, app.quit, app.layout.text_factor};
    live_app_close(&app);
    return outcome;
}

static char *text_of(const char *path)
{
    struct base_file *file;
    char *text;
    assert_ok(base_file_open(path, &file));
    assert_ok(base_allocate(&text, base_file_size(file) + 1, 1, "a script"));
    assert_ok(base_file_read(file, 0, text, base_file_size(file)));
    base_file_close(&file);
    return text;
}

static void own_keys_are_kept_as_built_in_ones(void **state)
{
    (void)state;
    static const char keys[] = "theme = x\nlarger = f7\nquit =\nhelp = t\n";
    static const struct view_event events[] = {
        {.kind = VIEW_EVENT_KEY, .key = "f7"}, {.kind = VIEW_EVENT_KEY, .key = "q"},
        {.kind = VIEW_EVENT_KEY, .key = "t"},  {.kind = VIEW_EVENT_KEY, .key = "q"}, /* closes the page */
        {.kind = VIEW_EVENT_KEY, .key = "x"},  {.kind = VIEW_EVENT_MOVE, .x = 5, .y = 6},
        {.kind = VIEW_EVENT_KEY, .key = "t"},
    };
    enum { EVENTS = sizeof events / sizeof *events };
    struct hands hands = {.events = events, .n = EVENTS};
    const struct live_stage_hands source = {give, &hands};
    char kept[600];
    setenv("XDG_CONFIG_HOME", test_folder(), 1);
    assert_ok(base_folder_make(test_path("arclight")));
    test_file("arclight/keys.conf", keys, sizeof keys - 1);
    snprintf(kept, sizeof kept, "%s", test_path("kept.keys"));
    struct live_stage_parameters stage = {
        .headless = true, .width = 300, .height = 200, .scale = 1, .hands = &source, .keep_script = kept};
    const struct outcome live = play(&stage, false, 3 * EVENTS);
    assert_int_equal(hands.given, EVENTS);
    assert_true(live.light && live.help && !live.quit && live.text > 1.05f);
    char *script = text_of(kept);
    assert_null(strstr(script, "key q"));
    assert_null(strstr(script, "key x"));
    assert_non_null(strstr(script, "key escape"));
    assert_non_null(strstr(script, "move 5 6"));
    base_free(script);
    stage.hands = NULL;
    stage.keep_script = NULL;
    stage.script = kept;
    const struct outcome replayed = play(&stage, true, 6 * EVENTS);
    assert_true(replayed.light && replayed.help && !replayed.quit);
    assert_float_equal(replayed.text, live.text, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(own_keys_are_kept_as_built_in_ones)};
    if (!test_gpu_exists())
        return 77;
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
