/* Plot frames: a rectangle with two axes, its title, grid, ticks and labels; and what stands beside plots:
 * legends, colour bars, landmarks. */
#ifndef ARCLIGHT_VIEW_FRAME_H
#define ARCLIGHT_VIEW_FRAME_H

#include "view/axis.h"
#include "view/canvas.h"

#ifdef __cplusplus
extern "C" {
#endif

struct view_margins {
    float left, top, right, bottom;
};

struct view_frame_parameters {
    struct view_rect rect; /* everything, labels included */
    float heading_width;   /* of title and subtitle; 0: as wide as rect */
    struct view_axis x, y;
    const char *letter;          /* "a": before the title, bold; NULL: none */
    const char *title;           /* NULL: none */
    const char *subtitle;        /* under the title, muted; NULL: none */
    struct view_margins margins; /* from rect to the plot area; a side of 0 is measured. Give the same left
                                    margin to frames that stand above each other, to line them up. */
    bool square;                 /* equal width and height, as large as fits, at the left top */
    bool no_grid;
    bool landmarks;            /* keep a line above the plot for landmark labels */
    bool boxed;                /* axis lines on all four sides (heat maps) instead of left and bottom */
    bool compact;              /* small multiple: title in the tick size, no frame but the base line */
    uint32_t x_ticks, y_ticks; /* wanted; 0: by length */
};

/* A frame that has been drawn; valid for the canvas's frame. */
struct view_frame {
    struct view_rect plot; /* the area between the axes, on pixel edges */
    struct view_axis x, y;
    bool boxed, compact;
};

/* Draws panel, grid, ticks, labels and title. Words that are too long for their place are cut, and ticks are
 * so many fewer that their numbers do not meet. */
struct view_frame view_frame_draw(struct view_canvas *canvas, const struct view_frame_parameters *parameters);
/* The axis lines over what was plotted; call last. */
void view_frame_outline(struct view_canvas *canvas, const struct view_frame *frame);
/* Margins that view_frame_draw would measure, to share between frames. */
struct view_margins view_frame_measure(struct view_canvas *canvas,
                                       const struct view_frame_parameters *parameters);

/* Frame `index` (row by row) of rows x columns small multiples that share their axes: `common` gives the
 * axes, ticks and, as its rect, the room of all of them; plot areas are equal, numbers stand at the left
 * column and the bottom row only. The caller sets title and draws each. Axis labels of `common` are left out:
 * they are written once, beside the grid. */
struct view_frame_parameters view_multiple(struct view_canvas *canvas,
                                           const struct view_frame_parameters *common, uint32_t rows,
                                           uint32_t columns, float gap_x, float gap_y, uint32_t index);

/* Canvas units of a pair of values. */
struct view_point view_frame_point(const struct view_frame *frame, double x, double y);

/* Panel heading alone (letter, title, subtitle) at the top left of `rect`; gives the height it took. */
float view_heading(struct view_canvas *canvas, struct view_rect rect, const char *letter, const char *title,
                   const char *subtitle);

/* Words in the middle of a rectangle that has nothing to show; lines broken at '\n'. */
void view_note(struct view_canvas *canvas, struct view_rect rect, const char *words);

/* A dashed vertical line at x with its label above the plot (NULL: none). */
void view_landmark(struct view_canvas *canvas, const struct view_frame *frame, double x, const char *label);
/* A horizontal line at y through the plot; the label stands at its right end, inside (NULL: none). */
void view_level(struct view_canvas *canvas, const struct view_frame *frame, double y, const char *label,
                const struct view_line_style *style);

/* ---- legends ---- */

enum view_legend_kind {
    VIEW_LEGEND_LINE,
    VIEW_LEGEND_DASHED,
    VIEW_LEGEND_BAND,
    VIEW_LEGEND_DASHED_BAND, /* a dashed line within a band */
    VIEW_LEGEND_BOX,
    VIEW_LEGEND_DISC,
    VIEW_LEGEND_SQUARE,
    VIEW_LEGEND_DIAMOND,
    VIEW_LEGEND_TRIANGLE,
    VIEW_LEGEND_CROSS
};
struct view_legend_entry {
    const char *label;
    struct view_colour colour;
    enum view_legend_kind kind;
};

/* Entries in a row (or a column when `vertical`), `x`, `y` the top left; `align` VIEW_END makes x the right
 * end. Gives the box it covers. */
struct view_rect view_legend(struct view_canvas *canvas, float x, float y,
                             const struct view_legend_entry *entries, uint32_t count, bool vertical,
                             enum view_align align);
float view_legend_width(const struct view_canvas *canvas, const struct view_legend_entry *entries,
                        uint32_t count, bool vertical);

/* How far below a heading's top a legend must stand to share the heading's baseline. */
float view_legend_drop(const struct view_canvas *canvas);

/* ---- colour scales ---- */

/* From a value to a colour, for heat maps, densities and their bars. Values outside [low, high] of the axis
 * take the theme's reserved colours when `show_outside`, the end colours otherwise; NaN takes the theme's
 * missing colour. */
struct view_colour_scale {
    enum view_map map;
    struct view_axis axis;
    bool show_outside;
    bool hide_below;     /* below the range: nothing is drawn (density) */
    const char *missing; /* the bar's word for NaN ("diagonal", "too few samples"); NULL: not shown */
};

/* The look of missing values, as view_heat draws them. */
void view_missing_box(struct view_canvas *canvas, struct view_rect rect);

/* A bar inside rect: vertical when rect is taller than wide, numbers at its right (or below), label of the
 * axis beside them. `rect` covers all of it, numbers included. */
void view_colour_bar(struct view_canvas *canvas, struct view_rect rect,
                     const struct view_colour_scale *scale);

/* The range of colours in a panel's heading row: "planes  0.08 [====] 780". `right`
 * is its right end, `y` its top. */
void view_heading_bar(struct view_canvas *canvas, float right, float y,
                      const struct view_colour_scale *colours);

#ifdef __cplusplus
}
#endif
#endif
