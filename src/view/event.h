/* What a person does at a window, or a script in their place. Lengths are canvas units. */
#ifndef ARCLIGHT_VIEW_EVENT_H
#define ARCLIGHT_VIEW_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum view_event_kind {
    VIEW_EVENT_KEY,     /* pressed, or repeated while held */
    VIEW_EVENT_MOVE,    /* the pointer, buttons held or not */
    VIEW_EVENT_PRESS,   /* of a mouse button */
    VIEW_EVENT_RELEASE, /* of a mouse button */
    VIEW_EVENT_WHEEL,
    VIEW_EVENT_LEAVE,  /* the pointer left the window */
    VIEW_EVENT_RESIZE, /* the size that the next frame is to have */
    VIEW_EVENT_HIDE,   /* minimised or covered: nothing need be drawn */
    VIEW_EVENT_SHOW,
    VIEW_EVENT_CLOSE, /* asked for by the window manager */
};

enum view_button { VIEW_BUTTON_LEFT, VIEW_BUTTON_MIDDLE, VIEW_BUTTON_RIGHT };

/* Modifiers, as bits. For a key that makes a character ("?", "S"), shift is part of the character and not
 * told. */
enum { VIEW_SHIFT = 1, VIEW_CTRL = 2, VIEW_ALT = 4 };

struct view_event {
    enum view_event_kind kind;
    uint32_t modifiers;
    /* KEY: the character that the keyboard's layout makes, UTF-8 ("a", "S", "?", "."), or the name of a key
     * that makes none: "space", "enter", "escape", "backspace", "delete", "tab", "left", "right", "up",
     * "down", "home", "end", "page-up", "page-down", "f1" to "f12". With ctrl or alt the plain lower-case
     * character. */
    char key[16];
    float x, y; /* MOVE, PRESS, RELEASE, WHEEL: of the pointer */
    enum view_button button;
    uint32_t clicks;        /* PRESS: 1, 2 for the second of a double click */
    float wheel_x, wheel_y; /* notches (fractions from touchpads); right and up are positive */
    float width, height;    /* RESIZE */
    float scale;            /* RESIZE: pixels a unit */
};

#ifdef __cplusplus
}
#endif
#endif
