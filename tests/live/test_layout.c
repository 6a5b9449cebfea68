/* What a window remembers: round trips, damaged files. */
#define _POSIX_C_SOURCE 200809L
#include "support/test.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "live/layout.h"

#include <stdlib.h>
#include <unistd.h>

#define LAYOUT "live-layout.json"

static void put(const char *path, const char *text, size_t length)
{
    struct base_output *output;
    assert_ok(base_output_open(path, &output));
    assert_ok(base_output_write(output, text, length));
    assert_ok(base_output_commit(&output));
}

static void round_trip(void **state)
{
    (void)state;
    struct live_layout a, b;
    live_layout_default(&a);
    snprintf(a.dashboard, sizeof a.dashboard, "%s", "training");
    snprintf(a.view, sizeof a.view, "%s", "Gram \"matrix\" ½");
    a.light = a.full_screen = true;
    a.text_factor = 1.25f;
    a.width = 1920.5f;
    a.height = 1080;
    live_layout_set_option(&a, "density.log", 1);
    live_layout_set_option(&a, "loss.smoothing", 0.1);
    live_layout_set_option(&a, "loss.smoothing", 0.3);
    live_layout_set_option(&a, "bad", NAN);
    live_layout_set_option(&a, "", 1);
    assert_int_equal(a.n_options, 2);
    assert_ok(live_layout_write(&a, LAYOUT));
    assert_ok(live_layout_read(&b, LAYOUT));
    assert_string_equal(b.dashboard, a.dashboard);
    assert_string_equal(b.view, a.view);
    assert_true(b.light && b.full_screen);
    assert_true(b.text_factor == a.text_factor);
    assert_true(b.width == a.width && b.height == a.height);
    assert_true(live_layout_option(&b, "loss.smoothing", 0) == 0.3);
    assert_true(live_layout_option(&b, "density.log", 0) == 1);
    assert_true(live_layout_option(&b, "no such", 7) == 7);
    for (int i = 0; i < 2 * LIVE_MAX_OPTIONS; i++) {
        char name[20];
        snprintf(name, sizeof name, "option %d", i);
        live_layout_set_option(&a, name, i);
    }
    assert_int_equal(a.n_options, LIVE_MAX_OPTIONS);
    assert_ok(live_layout_write(&a, LAYOUT));
    assert_ok(live_layout_read(&b, LAYOUT));
    assert_int_equal(b.n_options, LIVE_MAX_OPTIONS);
    unlink(LAYOUT);
}

static void damaged(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "{", "[1, 2]", "7", "{\"width\": 300", "{\"a\": 1, \"a\": 2}", "\xff\xfe"};
    struct live_layout defaults, layout;
    live_layout_default(&defaults);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put(LAYOUT, texts[i], strlen(texts[i]));
        assert_fails(live_layout_read(&layout, LAYOUT), BASE_ERROR_INPUT, LAYOUT);
        assert_memory_equal(&layout, &defaults, sizeof layout);
    }
    char *large;
    assert_ok(base_allocate(&large, 70000, 1, "a large file"));
    memset(large, ' ', 70000);
    put(LAYOUT, large, 70000);
    base_free(large);
    assert_fails(live_layout_read(&layout, LAYOUT), BASE_ERROR_INPUT, "larger");
    unlink(LAYOUT);
    assert_fails(live_layout_read(&layout, LAYOUT), BASE_ERROR_INPUT, LAYOUT);
}

static void values_that_cannot_be_meant(void **state)
{
    (void)state;
    const char text[] =
        "{\"width\": -1, \"height\": \"tall\", \"text_factor\": 1e300, \"light\": 3, "
        "\"view\": [], \"dashboard\": \"a name that is much longer than any dashboard has, by far\", "
        "\"options\": {\"x\": \"y\", \"z\": 2, \"w\": null}, \"unknown\": {}}";
    struct live_layout layout;
    put(LAYOUT, text, strlen(text));
    assert_ok(live_layout_read(&layout, LAYOUT));
    assert_true(layout.width == 1280 && layout.height == 720);
    assert_true(layout.text_factor == 1 && !layout.light);
    assert_string_equal(layout.view, "");
    assert_string_equal(layout.dashboard, "");
    assert_int_equal(layout.n_options, 1);
    assert_true(live_layout_option(&layout, "z", 0) == 2);
    unlink(LAYOUT);
}

static void the_users_own(void **state)
{
    (void)state;
    char folder[] = "/tmp/arclight-layout-XXXXXX";
    assert_non_null(mkdtemp(folder));
    setenv("XDG_CONFIG_HOME", folder, 1);
    base_log_set_level(BASE_LOG_QUIET);
    struct live_layout layout;
    live_layout_load(&layout);
    assert_true(layout.width == 1280);
    layout.width = 900;
    assert_ok(live_layout_save(&layout));
    live_layout_default(&layout);
    live_layout_load(&layout);
    assert_true(layout.width == 900);
    char *own = base_config_folder(), *path = base_path_join(own, "layout.json");
    put(path, "{]", 2);
    live_layout_load(&layout);
    assert_true(layout.width == 1280);
    unlink(path);
    rmdir(own);
    rmdir(folder);
    base_free(own);
    base_free(path);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("HOME");
    assert_null(base_config_folder());
    assert_ok(live_layout_save(&layout));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(damaged),
        cmocka_unit_test(values_that_cannot_be_meant),
        cmocka_unit_test(the_users_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
