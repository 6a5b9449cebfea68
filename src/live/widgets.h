/* Sliders, buttons, tabs, a line of notice and tooltips. Each is a plain struct, zeroed at first, with three
 * functions: draw it each frame, give it each event (true: it was for this widget), and take what was
 * changed, once. Times are ns of the caller's clock, so that recordings are the same at any speed. */
#ifndef ARCLIGHT_LIVE_WIDGETS_H
#define ARCLIGHT_LIVE_WIDGETS_H

#include "view/axis.h"
#include "view/canvas.h"
#include "view/event.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Heights that suit the theme's text; widths are the caller's. */
float live_widget_height(const struct view_theme *theme); /* buttons, tabs, sliders: one line */

/* The theme with text `factor` times as large (0.8 to 2.5). */
struct view_theme live_theme_sized(const struct view_theme *theme, float factor);

/* ---- tooltips ---- */

/* One for the whole window: widgets offer their words while the pointer rests on them. */
struct live_tip {
    char text[128];
    struct view_rect over, over_before;
    uint64_t since_ns;
    bool offered;
};
/* First thing in a frame. */
void live_tip_begin(struct live_tip *tip);
void live_tip_offer(struct live_tip *tip, struct view_rect over, const char *text);
/* Last thing in a frame; the words appear when the pointer has rested for 0.5 s. */
void live_tip_draw(struct live_tip *tip, struct view_canvas *canvas, uint64_t now_ns);

/* ---- sliders ---- */

struct live_slider_parameters {
    struct view_rect rect; /* label, track and value field in one line */
    const char *label;     /* NULL: none */
    double low, high;
    double
        step; /* the grid that drag, wheel and keys snap to, from 0; 0: none. Typed values may lie between */
    bool log; /* positions by logarithm; low > 0; step is then a factor > 1 a key press (0: 1.1) */
    int decimals;                   /* of the value; -1: three significant digits */
    const char *unit;               /* behind the value: " %"; NULL: none */
    float label_width, value_width; /* 0: measured; give the same to sliders above each other */
    const char *tip;
    bool disabled;
};

/* Set `value` before the first frame, and whenever it changed elsewhere. */
struct live_slider {
    double value;
    bool focused; /* keys are for it: set by a click, and by the caller */
    bool changed;

    bool dragging, typing, hover;
    char text[24];
    float wheel; /* fraction of a notch that is left */
    struct view_rect track, field;
    struct live_slider_parameters last;
};
void live_slider_draw(struct live_slider *slider, struct view_canvas *canvas,
                      const struct live_slider_parameters *parameters, struct live_tip *tip);
/* Drag or click on the track; wheel over it; while focused left/right (by step), page-up/page-down (by ten),
 * home/end; a click on the value, enter, or a digit begins typing, enter takes it, escape does not. */
bool live_slider_event(struct live_slider *slider, const struct view_event *event);
/* True when changed by hand since the last call. */
bool live_slider_take(struct live_slider *slider, double *value);
/* By keys of the whole window: `steps` steps up. */
void live_slider_step(struct live_slider *slider, int steps);
/* The nearest on the grid, within low and high. */
double live_slider_snap(const struct live_slider_parameters *parameters, double value);

/* ---- buttons ---- */

enum live_icon {
    LIVE_ICON_NONE,
    LIVE_ICON_PLAY,
    LIVE_ICON_PAUSE,
    LIVE_ICON_STOP,
    LIVE_ICON_FORWARD, /* one step */
    LIVE_ICON_BACK,
    LIVE_ICON_RECORD,
    LIVE_ICON_SAVE,
    LIVE_ICON_FIT,
    LIVE_ICON_FULL,
    LIVE_ICON_HELP,
    LIVE_ICON_THEME,
    LIVE_ICON_CAMERA,
};

struct live_button_parameters {
    struct view_rect rect;
    const char *label; /* NULL: the icon alone */
    enum live_icon icon;
    bool on;    /* a toggle that is on */
    bool quiet; /* no box until the pointer is over it */
    bool disabled;
    const char *tip;
};
struct live_button {
    bool hover, pressed, clicked, disabled;
    struct view_rect rect;
};
void live_button_draw(struct live_button *button, struct view_canvas *canvas,
                      const struct live_button_parameters *parameters, struct live_tip *tip);
bool live_button_event(struct live_button *button, const struct view_event *event);
bool live_button_take(struct live_button *button); /* clicked since the last call */

/* ---- tabs ---- */

enum { LIVE_MAX_TABS = 16 };
struct live_tabs {
    uint32_t chosen;         /* the caller may set it */
    uint32_t hover, pressed; /* 1 + index; 0: none */
    bool changed;
    uint32_t count;
    struct view_rect rects[LIVE_MAX_TABS];
};
/* A row from the left of rect; gives the width used. Where it has no room for all, those about the chosen one
 * are shown, and an ellipsis stands for the next. */
float live_tab_width(const char *label, float size);
float live_tabs_draw(struct live_tabs *tabs, struct view_canvas *canvas, struct view_rect rect,
                     const char *const *labels, uint32_t count);
bool live_tabs_event(struct live_tabs *tabs, const struct view_event *event);
bool live_tabs_take(struct live_tabs *tabs, uint32_t *chosen);

/* ---- notices ---- */

/* A sentence for 3 s, which fades. */
struct live_toast {
    char text[192];
    uint64_t since_ns;
    bool shown, warning;
};
void live_toast_say(struct live_toast *toast, uint64_t now_ns, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Stays for 8 s, in the colour of warnings. */
void live_toast_warn(struct live_toast *toast, uint64_t now_ns, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* In the middle of the first of `bands` [count, at least 1] that has room for all of it, and in the last one
 * where none has, cut where it must be. True while it is to be seen: the window draws on. */
bool live_toast_draw(struct live_toast *toast, struct view_canvas *canvas, const struct view_rect *bands,
                     uint32_t count, uint64_t now_ns);

/* ---- panels over the picture ---- */

/* A box with rounded corners and a thin edge, a little off the page's colour, for overlays and readouts. */
void live_card(struct view_canvas *canvas, struct view_rect rect, float opacity);
/* Lines of two columns on a card; top left at x, y. */
struct live_fact {
    const char *name;
    char value[96]; /* "": the name is a heading of the lines below */
};
/* What they need. */
float live_facts_width(const struct view_canvas *canvas, const struct live_fact *facts, uint32_t count);
/* Values are cut with an ellipsis where `width` is less; 0: what they need. Gives the card's rect. */
struct view_rect live_facts_draw(struct view_canvas *canvas, float x, float y, float width,
                                 const struct live_fact *facts, uint32_t count);

#ifdef __cplusplus
}
#endif
#endif
