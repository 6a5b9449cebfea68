/* Which key does what: the table bindings.def, with what the user's own file changes, and the overlay that
 * shows it all. */
#ifndef ARCLIGHT_LIVE_BINDINGS_H
#define ARCLIGHT_LIVE_BINDINGS_H

#include "base/status.h"
#include "view/canvas.h"
#include "view/event.h"

#ifdef __cplusplus
extern "C" {
#endif

enum live_action {
    LIVE_ACTION_NONE,
#define LIVE_BINDING(action, name, keys, group, help) LIVE_ACTION_##action,
#include "live/bindings.def"
#undef LIVE_BINDING
    LIVE_ACTIONS
};

enum live_group {
    LIVE_GROUP_TIME,
    LIVE_GROUP_VIEWS,
    LIVE_GROUP_PLOT,
    LIVE_GROUP_RESONANCE,
    LIVE_GROUP_TRAINING,
    LIVE_GROUP_OUTPUT,
    LIVE_GROUP_WINDOW,
    LIVE_GROUPS
};

/* "pause", "space", group and sentence of an action's row. */
const char *live_action_name(enum live_action action);
const char *live_action_keys(enum live_action action); /* as built in, separated by spaces */
enum live_group live_action_group(enum live_action action);
const char *live_action_help(enum live_action action);
const char *live_group_title(enum live_group group);
/* LIVE_ACTION_NONE for an unknown name. */
enum live_action live_action_named(const char *name);

enum { LIVE_KEYS_AN_ACTION = 4, LIVE_KEY_BYTES = 28 };

/* Keys as they are written: "space", "ctrl+s", "shift+tab", "?", "é". */
struct live_bindings {
    char keys[LIVE_ACTIONS][LIVE_KEYS_AN_ACTION][LIVE_KEY_BYTES]; /* "" where there are fewer */
};

/* Those of the table. */
void live_bindings_default(struct live_bindings *bindings);

/* With ctrl or alt an upper-case letter is one with shift (ctrl+Q: ctrl+shift+q), and a character that a key
 * makes with shift on a US keyboard is found there too (ctrl++: ctrl+shift+=).
 *
 * Changes them by a text: lines "action = key [key …]", nothing behind '=': no key; '#' begins a comment at a
 * line's start or behind a space with a space after it. A key given to another action is taken from the one
 * that has it built in. A wrong line (unknown actions, malformed keys, a key given twice in the text) is left
 * out, and all others hold: BASE_ERROR_INPUT then names `where` and the first such line. */
enum base_status live_bindings_parse(struct live_bindings *bindings, const char *where, const char *text,
                                     size_t length);
/* The user's file, "arclight/keys.conf" in the folder of XDG_CONFIG_HOME (or ~/.config); none: nothing
 * changes. Failures as above; the message says whether its other lines hold, or none does, as of a file that
 * cannot be read. */
enum base_status live_bindings_load(struct live_bindings *bindings);
/* Its path (base_free), whether it is there or not; NULL when there is no such folder. */
char *live_bindings_path(void);

/* LIVE_ACTION_NONE: none. */
enum live_action live_bindings_find(const struct live_bindings *bindings, const struct view_event *event);

/* The event that does under the keys of the table what `event` did when it was `action`: itself, where they
 * give it that action, otherwise the first of the action's own. False when it did nothing and would do
 * something there. */
bool live_bindings_built_in(const struct view_event *event, enum live_action action,
                            struct view_event *built_in);

/* ", or ." as people read it: the keys of an action with thin words ("Space", "⇧ Tab"); "" without. */
void live_keys_text(const struct live_bindings *bindings, enum live_action action, char *text, size_t size);

/* The page of keys over all of the canvas. Zeroed: every action, from the first on. */
struct live_help {
    bool hidden[LIVE_ACTIONS]; /* actions that do nothing for what is shown (may be set) */
    float scroll;              /* units of the list above the page's top */
    float most, page, line;    /* of the last frame: the most of it, how far keys go */
};
/* Letters have the theme's size. Groups stand in as few columns as show everything; where those that fit side
 * by side are too long, the list is scrolled. */
void live_help_draw(struct view_canvas *canvas, const struct live_bindings *bindings, struct live_help *help);
/* Wheel, page-up and page-down, up and down, home and end: true when it was for the list. */
bool live_help_event(struct live_help *help, const struct view_event *event);

#ifdef __cplusplus
}
#endif
#endif
