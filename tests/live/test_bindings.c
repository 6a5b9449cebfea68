/* Keys: the table, the user's file, what an event finds. */
#define _POSIX_C_SOURCE 200809L
#include "support/test.h"

#include "base/memory.h"
#include "base/platform.h"
#include "live/bindings.h"

#include <stdlib.h>
#include <unistd.h>

static enum live_action pressed(const struct live_bindings *bindings, const char *key, uint32_t modifiers)
{
    struct view_event event = {.kind = VIEW_EVENT_KEY, .modifiers = modifiers};
    snprintf(event.key, sizeof event.key, "%s", key);
    return live_bindings_find(bindings, &event);
}

static enum base_status parse(struct live_bindings *bindings, const char *text)
{
    return live_bindings_parse(bindings, "keys.conf", text, strlen(text));
}

/* Every key of the table is one that an event can have, and no two actions share one. */
static void table(void **state)
{
    (void)state;
    struct live_bindings bindings, again;
    live_bindings_default(&bindings);
    for (int action = 1; action < LIVE_ACTIONS; action++) {
        const char *name = live_action_name((enum live_action)action);
        assert_int_equal(live_action_named(name), action);
        assert_true(bindings.keys[action][0][0] != 0);
        assert_true(live_action_help((enum live_action)action)[0] != 0);
        assert_true(live_action_group((enum live_action)action) < LIVE_GROUPS);
        for (int k = 0; k < LIVE_KEYS_AN_ACTION; k++)
            for (int other = 1; other < action && bindings.keys[action][k][0]; other++)
                for (int l = 0; l < LIVE_KEYS_AN_ACTION; l++)
                    assert_string_not_equal(bindings.keys[action][k], bindings.keys[other][l]);
        char line[256];
        memset(&again, 0, sizeof again);
        snprintf(line, sizeof line, "%s = %s", name, live_action_keys((enum live_action)action));
        assert_ok(parse(&again, line));
        assert_memory_equal(again.keys[action], bindings.keys[action], sizeof again.keys[action]);
    }
    assert_int_equal(live_action_named("no such"), LIVE_ACTION_NONE);
    assert_int_equal(live_action_named("none"), LIVE_ACTION_NONE);
}

static void events(void **state)
{
    (void)state;
    struct live_bindings b;
    live_bindings_default(&b);
    assert_int_equal(pressed(&b, "space", 0), LIVE_ACTION_PAUSE);
    assert_int_equal(pressed(&b, " ", 0), LIVE_ACTION_PAUSE);
    assert_int_equal(pressed(&b, "s", 0), LIVE_ACTION_SAVE_PLOT);
    assert_int_equal(pressed(&b, "S", 0), LIVE_ACTION_SAVE_WINDOW);
    assert_int_equal(pressed(&b, "S", VIEW_SHIFT), LIVE_ACTION_SAVE_WINDOW);
    assert_int_equal(pressed(&b, "?", VIEW_SHIFT), LIVE_ACTION_HELP);
    assert_int_equal(pressed(&b, "f1", 0), LIVE_ACTION_HELP);
    assert_int_equal(pressed(&b, "tab", 0), LIVE_ACTION_NEXT_VIEW);
    assert_int_equal(pressed(&b, "tab", VIEW_SHIFT), LIVE_ACTION_PREVIOUS_VIEW);
    assert_int_equal(pressed(&b, "x", VIEW_CTRL), LIVE_ACTION_STOP);
    assert_int_equal(pressed(&b, "x", 0), LIVE_ACTION_LOCK);
    assert_int_equal(pressed(&b, "x", VIEW_ALT), LIVE_ACTION_NONE);
    assert_int_equal(pressed(&b, "left", 0), LIVE_ACTION_EPSILON_DOWN);
    assert_int_equal(pressed(&b, "left", VIEW_SHIFT), LIVE_ACTION_PAN_LEFT);
    assert_int_equal(pressed(&b, "", 0), LIVE_ACTION_NONE);
    const struct view_event move = {.kind = VIEW_EVENT_MOVE, .key = "q"};
    assert_int_equal(live_bindings_find(&b, &move), LIVE_ACTION_NONE);
}

static void rebinding(void **state)
{
    (void)state;
    struct live_bindings b;
    live_bindings_default(&b);
    assert_ok(parse(&b, "# mine\n\n  pause = p  ctrl+shift+p # as elsewhere\r\nquit =\nfit=# ctrl+0\n"
                        "theme = é alt+shift+f5\nbox = ="));
    assert_int_equal(pressed(&b, "p", 0), LIVE_ACTION_PAUSE); /* taken from next-plane */
    assert_int_equal(pressed(&b, "p", VIEW_CTRL | VIEW_SHIFT), LIVE_ACTION_PAUSE);
    assert_int_equal(pressed(&b, "space", 0), LIVE_ACTION_NONE);
    assert_int_equal(pressed(&b, "q", 0), LIVE_ACTION_NONE);
    assert_int_equal(pressed(&b, "#", 0), LIVE_ACTION_NONE);
    assert_int_equal(pressed(&b, "é", 0), LIVE_ACTION_THEME);
    assert_int_equal(pressed(&b, "f5", VIEW_ALT | VIEW_SHIFT), LIVE_ACTION_THEME);
    assert_int_equal(pressed(&b, "=", 0), LIVE_ACTION_BOX); /* taken from larger */
    assert_int_equal(pressed(&b, "+", 0), LIVE_ACTION_LARGER);
    char text[64];
    live_keys_text(&b, LIVE_ACTION_PAUSE, text, sizeof text);
    assert_string_equal(text, "p  Ctrl Shift p");
    live_keys_text(&b, LIVE_ACTION_QUIT, text, sizeof text);
    assert_string_equal(text, "");
    live_keys_text(&b, LIVE_ACTION_PREVIOUS_VIEW, text, sizeof text);
    assert_string_equal(text, "Shift Tab");
    /* Keys may be exchanged, in either order. */
    live_bindings_default(&b);
    assert_ok(parse(&b, "save-plot = S\nsave-window = s\n"));
    assert_int_equal(pressed(&b, "S", 0), LIVE_ACTION_SAVE_PLOT);
    assert_int_equal(pressed(&b, "s", 0), LIVE_ACTION_SAVE_WINDOW);
}

/* What is written with ctrl or alt is found as it arrives: the plain character, with shift. */
static void characters_with_shift(void **state)
{
    (void)state;
    struct live_bindings b;
    live_bindings_default(&b);
    assert_ok(parse(&b, "fit = ctrl+Q\nbox = ctrl++\nhold = alt+?\nlog = ctrl+alt+!\n"));
    assert_int_equal(pressed(&b, "q", VIEW_CTRL | VIEW_SHIFT), LIVE_ACTION_FIT);
    assert_int_equal(pressed(&b, "q", VIEW_CTRL), LIVE_ACTION_NONE);
    assert_int_equal(pressed(&b, "=", VIEW_CTRL | VIEW_SHIFT), LIVE_ACTION_BOX);
    assert_int_equal(pressed(&b, "+", VIEW_CTRL), LIVE_ACTION_BOX); /* a key of its own elsewhere */
    assert_int_equal(pressed(&b, "=", VIEW_CTRL), LIVE_ACTION_NONE);
    assert_int_equal(pressed(&b, "/", VIEW_ALT | VIEW_SHIFT), LIVE_ACTION_HOLD);
    assert_int_equal(pressed(&b, "1", VIEW_CTRL | VIEW_ALT | VIEW_SHIFT), LIVE_ACTION_LOG);
    assert_fails(parse(&b, "pin = ctrl+Q ctrl+shift+q"), BASE_ERROR_INPUT,
                 "'ctrl+shift+q' is given to 'pin'");
}

static void assert_built_in(const struct live_bindings *bindings, const char *key, uint32_t modifiers,
                            const char *kept, uint32_t kept_modifiers)
{
    struct view_event event = {.kind = VIEW_EVENT_KEY, .modifiers = modifiers}, built_in;
    snprintf(event.key, sizeof event.key, "%s", key);
    const enum live_action action = live_bindings_find(bindings, &event);
    if (!kept) {
        assert_false(live_bindings_built_in(&event, action, &built_in));
        return;
    }
    assert_true(live_bindings_built_in(&event, action, &built_in));
    assert_string_equal(built_in.key, kept);
    assert_int_equal(built_in.modifiers, kept_modifiers);
}

/* What a script must hold so that it does the same without the user's file. */
static void built_in_keys(void **state)
{
    (void)state;
    struct live_bindings b;
    live_bindings_default(&b);
    assert_ok(parse(&b, "pause = p\nquit =\nstop = f9\npan-left = L\nlarger = ctrl+l\n"));
    assert_built_in(&b, "p", 0, "space", 0);
    assert_built_in(&b, "f9", 0, "x", VIEW_CTRL);
    assert_built_in(&b, "L", 0, "left", VIEW_SHIFT);
    assert_built_in(&b, "l", VIEW_CTRL, "+", 0);
    assert_built_in(&b, "left", 0, "left", 0); /* as it was: the same there */
    assert_built_in(&b, "q", 0, NULL, 0);      /* would quit */
    assert_built_in(&b, "f8", 0, "f8", 0);     /* nothing, there as well */
    for (int action = 1; action < LIVE_ACTIONS; action++) {
        const struct view_event none = {.kind = VIEW_EVENT_KEY, .key = "f8"};
        struct view_event event;
        struct live_bindings table;
        live_bindings_default(&table);
        assert_true(live_bindings_built_in(&none, (enum live_action)action, &event));
        assert_int_equal(live_bindings_find(&table, &event), action);
    }
}

static void mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"pause = p\nresume = r\n", "keys.conf, line 2: no action is called 'resume'"},
        {"pause p", "line 1: expected 'action = key"},
        {"pause = p\nfit = p", "line 2: 'p' is given to 'pause' already"},
        {"pause = p p", "'p' is given to 'pause' already"},
        {"pause = p\npause = o", "'pause' stands here twice"},
        {"pause = spacebar", "'spacebar' is no key; write space"},
        {"pause = ctrl+esc", "'ctrl+esc' is no key; write escape"},
        {"bogus = p", "under KEYS in what 'arclight man' prints"},
        {"pause = shift+s", "is no key"},
        {"pause = ctrl+", "is no key"},
        {"pause = \xff", "is no key"},
        {"pause = 1 2 3 4 5", "at most 4 keys"},
    };
    struct live_bindings defaults, b;
    live_bindings_default(&defaults);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        b = defaults;
        assert_fails(parse(&b, cases[i].text), BASE_ERROR_INPUT, cases[i].part);
        struct live_bindings good = defaults; /* the last line is the wrong one */
        if (strchr(cases[i].text, '\n'))
            assert_ok(parse(&good, "pause = p\n"));
        assert_memory_equal(&b, &good, sizeof b);
    }
    /* Lines before and behind wrong ones hold; what a wrong one would have taken stays. */
    b = defaults;
    assert_fails(parse(&b, "pause = P\nnonsense\nfit = t bad-key\nquit = x\n"), BASE_ERROR_INPUT,
                 "line 2: expected 'action = key …'; and 1 more such line");
    assert_int_equal(pressed(&b, "P", 0), LIVE_ACTION_PAUSE);
    assert_int_equal(pressed(&b, "x", 0), LIVE_ACTION_QUIT);
    assert_int_equal(pressed(&b, "t", 0), LIVE_ACTION_THEME);
    assert_int_equal(pressed(&b, "0", 0), LIVE_ACTION_FIT);
    assert_fails(live_bindings_parse(&b, "keys.conf", "pause = p\0\n", 11), BASE_ERROR_INPUT, "not text");
    char longer[1000];
    memset(longer, '#', sizeof longer);
    assert_fails(live_bindings_parse(&b, "keys.conf", longer, sizeof longer), BASE_ERROR_INPUT, "longer");
}

/* Any text at all: no crash, and no key is two actions'. */
static void noise(void **state)
{
    (void)state;
    static const char pieces[][12] = {"pause", "quit", "=",    " ",    "\n", "#",   "ctrl+", "shift+",
                                      "tab",   "x",    "\xc3", "\xa9", "é",  "fit", "\0"};
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        char text[128] = "";
        size_t used = 0;
        for (int i = 0; i < 12; i++) {
            seed = seed * 1664525u + 1013904223u;
            const char *piece = pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)];
            size_t length = *piece ? strlen(piece) : 1;
            if (used + length > 100)
                break;
            memcpy(text + used, piece, length);
            used += length;
        }
        struct live_bindings b;
        live_bindings_default(&b);
        (void)live_bindings_parse(&b, "noise", text, used);
        for (int action = 1; action < LIVE_ACTIONS; action++)
            for (int k = 0; k < LIVE_KEYS_AN_ACTION; k++)
                for (int other = 1; other < action && b.keys[action][k][0]; other++)
                    for (int o = 0; o < LIVE_KEYS_AN_ACTION; o++)
                        assert_string_not_equal(b.keys[action][k], b.keys[other][o]);
    }
}

static void file(void **state)
{
    (void)state;
    char folder[] = "/tmp/arclight-keys-XXXXXX";
    assert_non_null(mkdtemp(folder));
    setenv("XDG_CONFIG_HOME", folder, 1);
    struct live_bindings b, defaults;
    live_bindings_default(&b);
    live_bindings_default(&defaults);
    assert_ok(live_bindings_load(&b)); /* none is there */
    assert_memory_equal(&b, &defaults, sizeof b);
    char *path = live_bindings_path(), *own = base_config_folder();
    assert_ok(base_folder_make(own));
    struct base_output *output;
    assert_ok(base_output_open(path, &output));
    assert_ok(base_output_write(output, "pause = P\n", 10));
    assert_ok(base_output_commit(&output));
    assert_ok(live_bindings_load(&b));
    assert_int_equal(pressed(&b, "P", 0), LIVE_ACTION_PAUSE);
    assert_ok(base_output_open(path, &output));
    assert_ok(base_output_write(output, "pose = P\n", 9));
    assert_ok(base_output_commit(&output));
    assert_fails(live_bindings_load(&b), BASE_ERROR_INPUT, path);
    assert_non_null(strstr(base_message(), "; all other lines hold"));
    /* Of these no line is read, and nothing else is said. */
    static char large[(1 << 16) + 1];
    memset(large, '\n', sizeof large);
    assert_ok(base_output_open(path, &output));
    assert_ok(base_output_write(output, large, sizeof large));
    assert_ok(base_output_commit(&output));
    b = defaults;
    assert_fails(live_bindings_load(&b), BASE_ERROR_INPUT, "larger than 65536 bytes; no line of it was read");
    assert_memory_equal(&b, &defaults, sizeof b);
    unlink(path);
    assert_ok(base_folder_make(path));
    assert_fails(live_bindings_load(&b), BASE_ERROR_INPUT, "a folder, not a file; no line of it was read");
    rmdir(path);
    rmdir(own);
    rmdir(folder);
    base_free(path);
    base_free(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(events),
        cmocka_unit_test(rebinding),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(noise),
        cmocka_unit_test(file),
        cmocka_unit_test(characters_with_shift),
        cmocka_unit_test(built_in_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
