/* A plot that is moved by hand. Around what a panel draws with the canvas's plots it keeps the part of the
 * axes that is shown, the curves that are hidden, the cross-hair and the pin:
 *
 *   live_plot_begin -> view_frame -> the panel draws what live_plot_visible allows -> live_plot_end
 *   live_plot_event for each event
 *
 * By hand: drag pans, the wheel zooms at the pointer (with shift x only, with ctrl or alt y only), a drag
 * with the right button, or with shift and the left, chooses a box, a double click shows everything, a click
 * on a legend's entry hides its curve, a click in the plot pins the nearest sample or cell, arrow keys move
 * the pin, escape takes it away. The functions below do the same for keys. */
#ifndef ARCLIGHT_LIVE_PLOT_H
#define ARCLIGHT_LIVE_PLOT_H

#include "live/plot_cards.h"
#include "live/probe.h"
#include "live/reach.h"
#include "view/event.h"
#include "view/plots.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LIVE_MAX_LEGEND = 32, LIVE_MAX_SERIES = 16, LIVE_AXIS_BYTES = 96, LIVE_FIELD_NUMBERS = 3 };

enum live_drag {
    LIVE_DRAG_NONE,
    LIVE_DRAG_PRESSED, /* a button is down, not moved yet: may become a click */
    LIVE_DRAG_PAN,
    LIVE_DRAG_BOX,
    LIVE_DRAG_LEGEND, /* pressed on a legend's entry */
    LIVE_DRAG_KEYS,   /* a box that is moved by keys */
};

/* How samples lie along x, or cells in both directions: what the cross-hair and the pin snap to. */
struct live_grid {
    uint32_t columns, rows;                  /* rows 0: a curve */
    double first_x, step_x, first_y, step_y; /* sample k stands at first + k·step; cells at their middles */
    bool closed;
    bool free_y; /* x snaps, y does not (densities) */
};

struct live_plot_parameters {
    struct view_frame_parameters frame; /* with x and y as fitted to the data */
    bool may_log_x, may_log_y;          /* the axis may be turned between linear and logarithmic */
    double positive_x, positive_y;      /* least values above 0, for logarithmic axes; 0: not known */
    bool fixed;                         /* no pan and zoom (small multiples); cross-hair and legend work */
    const struct view_legend_entry *legend;
    uint32_t n_legend; /* at most LIVE_MAX_LEGEND are shown: at the right end of the heading's line, or where
                          that is too short in lines below it, never over the curves */
};

/* Zeroed: everything shown, nothing hidden, no pin. Fields are for the functions here but for those marked.
 */
struct live_plot {
    struct live_reach x, y;
    bool turned_x, turned_y; /* logarithmic where the panel says linear, or the other way (may be set) */
    uint64_t hidden;         /* bit e: legend entry e (may be set and kept) */
    float least_top;         /* units from its top to the plot area, as its neighbours need (may be set) */
    bool quiet;              /* no mark on axes that are held: pictures for paper (may be set) */
    uint32_t marked;         /* 1 + the legend entry that the keyboard has chosen; 0: none */

    bool pinned;                      /* (may be read) */
    double pin_x, pin_y;              /* in data */
    bool clicked_once, pinned_before; /* what a double click takes back */
    double before_x, before_y;

    bool inside;               /* the pointer is over the plot area */
    struct view_point pointer; /* where it was last */
    enum live_drag drag;
    enum view_button button;
    uint32_t modifiers;
    struct view_point pressed, corner; /* where the drag began, where it is */
    uint32_t pressed_entry;
    bool clicked;
    double clicked_x, clicked_y;

    /* Of the last frame. */
    struct view_rect rect;
    float top; /* what it would need alone for heading and legend; 0: its panel said */
    struct view_frame frame;
    struct view_axis full_x, full_y;
    bool may_log_x, may_log_y, fixed;
    struct live_grid grid;
    uint32_t n_legend;
    struct view_rect legend_boxes[LIVE_MAX_LEGEND];
    struct live_plot_parameters parameters;
    struct live_cards cards; /* what live_plot_end read */
    struct view_rect card;   /* where live_plot_draw_cards put it; width 0: nowhere */
    char label_x[LIVE_AXIS_BYTES], label_y[LIVE_AXIS_BYTES]; /* with the scale's name */
};

/* Room below a plot area for numbers and a label: that of all plots which leave it to be measured. */
float live_plot_bottom(const struct view_theme *theme);

/* Draws the frame for what is shown now and gives it; valid for the canvas's frame. */
struct view_frame live_plot_begin(struct live_plot *plot, struct view_canvas *canvas,
                                  const struct live_plot_parameters *parameters);

/* False: the panel leaves out what belongs to this legend entry. */
bool live_plot_visible(const struct live_plot *plot, uint32_t entry);

/* view_heat and view_density fill the frame they are given; these draw them where the data lie, within what
 * is shown now: a heat map over the full axes of the parameters, a density over the full x axis. */
void live_plot_heat(const struct live_plot *plot, struct view_canvas *canvas,
                    const struct view_heat_parameters *heat);
void live_plot_density(const struct live_plot *plot, struct view_canvas *canvas,
                       const struct view_density_parameters *density);

/* What they do: a frame as large as the full axes are under what is shown, in x and, when `also_y`, in y,
 * drawn within live_plot_clip, which a view_clip of NULL ends. */
struct view_frame live_plot_whole(const struct live_plot *plot, bool also_y);
void live_plot_clip(const struct live_plot *plot, struct view_canvas *canvas);

/* A curve whose values can be read. Panels give view_curve the same `first` and `step`: when left to it, the
 * values would be spread over what is shown. */
struct live_series {
    const char *label;
    struct view_colour colour;
    struct view_values values; /* as drawn; with buffer NULL: `host` */
    const float *host;         /* [values.count], shown as scale·number + bias */
    double first, step;        /* as in view_curve_style; step 0: spread over the full x axis */
    bool closed;
    uint32_t entry; /* 1 + the legend entry it belongs to; 0: always read */
};

/* A heat map whose cells can be read. */
struct live_cells {
    const struct view_heat_parameters *heat;
    const char *row, *column; /* words before the numbers: "i", "j"; NULL: "row", "column" */
    const char *value;        /* "strength"; NULL: "value" */
    const char *none;         /* where the grid has no number; NULL: "–" */
    uint32_t first;           /* what row 0 and column 0 are called without `numbers` */
    enum view_format format;
    const uint32_t *numbers; /* [rows = columns] said instead of the places; NULL: from `first` on */
};

/* A whole number that stands at a place. */
struct live_field_number {
    const char *name;
    bool position; /* tells the place, not what is there */
    enum live_known known;
    double number;
};

/* A cloud or a density: any place can be read, and the panel knows which numbers stand there. */
struct live_field {
    const char *x, *y;     /* names on the card; NULL: the axes' */
    struct live_grid snap; /* columns 0: the cross-hair is free */
    /* The numbers at a place in data, and how many there are: of the same names everywhere. */
    uint32_t (*read)(const struct live_field *field, struct live_probe *probe, double x, double y,
                     struct live_field_number numbers[LIVE_FIELD_NUMBERS]);
    const void *context; /* for `read` */
};

enum { LIVE_READING_FACTS = 4 };
struct live_reading_fact {
    const char *name;
    enum view_format format;
    bool position; /* as in struct live_card_line */
    enum live_known known;
    double number;
    char words[VIEW_LABEL_BYTES]; /* instead of the number; "": that */
};
struct live_reading {
    struct live_probe *probe; /* for values in device buffers; NULL: none are read */
    const struct live_series *series;
    uint32_t n_series;              /* at most LIVE_MAX_SERIES are read */
    const struct live_cells *cells; /* NULL: none */
    const struct live_field *field; /* NULL: none */
    bool free_cross;                /* no sample to snap to, x and y are shown */
    bool no_cross;                  /* neither cross-hair nor pin */
    /* What the card says of a place instead of x and y, into facts[LIVE_READING_FACTS], which are zeros;
     * gives how many. Pin and pointer share the card's lines, so that their count, names and formats may not
     * depend on the place: where there is nothing to tell, `known` says so. NULL: x and y. */
    uint32_t (*facts)(const void *about, double x, double y, struct live_reading_fact *facts);
    const void *about;
};

/* Draws what lies over the plot: outline, legend, cross-hair, pin, the box being chosen. `reading` NULL: x
 * and y alone. */
void live_plot_end(struct live_plot *plot, struct view_canvas *canvas, const struct live_reading *reading);
/* The card of what was read there, in the same frame, behind all that it may lie over: pin and pointer side
 * by side, a pin alone in one line where the plot is small. It stays within the canvas. */
void live_plot_draw_cards(struct live_plot *plot, struct view_canvas *canvas);

/* True when the event was for this plot. Moves are never kept from others. */
bool live_plot_event(struct live_plot *plot, const struct view_event *event);

/* ---- what the panel may ask ---- */

/* The data under the pointer; false when it is elsewhere. */
bool live_plot_pointer(const struct live_plot *plot, double *x, double *y);
/* A click in the plot since the last call, once. */
bool live_plot_take_click(struct live_plot *plot, double *x, double *y);
/* Row and column of a heat map at a place in data; false outside. On the plot's last `cells`. */
bool live_plot_cell(const struct live_plot *plot, double x, double y, uint32_t *row, uint32_t *column);
/* Everything is shown, as fitted. */
bool live_plot_is_fitted(const struct live_plot *plot);

/* ---- the same by keys ---- */

void live_plot_fit(struct live_plot *plot);         /* everything, from now on */
void live_plot_fit_once(struct live_plot *plot);    /* everything now, then held */
void live_plot_toggle_hold(struct live_plot *plot); /* holds what is shown, or follows the data again */
/* Shares of the axes' lengths. */
void live_plot_pan(struct live_plot *plot, double right, double up);
/* About the pin, or the pointer, or the middle; 1 leaves an axis as it is. */
void live_plot_zoom(struct live_plot *plot, double factor_x, double factor_y);
/* False when the panel allows no logarithmic axis. x of `along_x`, otherwise y. */
bool live_plot_toggle_log(struct live_plot *plot, bool along_x);
/* none -> x locked -> y locked -> none; gives what to tell the user. */
const char *live_plot_next_lock(struct live_plot *plot);
void live_plot_toggle_entry(struct live_plot *plot, uint32_t entry);
/* Chooses the next entry for the keyboard; false without a legend. */
bool live_plot_mark_entry(struct live_plot *plot, int by);
/* Hides or shows the chosen one (the first when none is). */
void live_plot_toggle_marked(struct live_plot *plot);
/* Pins what is under the pointer, or in the middle; again: takes the pin away. */
void live_plot_toggle_pin(struct live_plot *plot);
/* A box in the middle: arrow keys move it, with shift they change its size, enter shows it, escape leaves. */
void live_plot_box(struct live_plot *plot);

#ifdef __cplusplus
}
#endif
#endif
