/* What several pages draw alike. */
#ifndef ARCLIGHT_CLI_PAGE_PARTS_H
#define ARCLIGHT_CLI_PAGE_PARTS_H

#include "view/frame.h"

/* `text` cut with an ellipsis so that it is at most `width` units wide. */
void cli_fit_text(char *text, float width, float size, enum view_weight weight);

/* The range of colours in a panel's heading row: "planes through 1 % of the axis  0.08 [====] 780". `right`
 * is its right end, `y` its top. */
void cli_heading_bar(struct view_canvas *canvas, float right, float y,
                     const struct view_colour_scale *colours);

/* A line at the bottom of a page: the program and the device at its left, `words` at its right (NULL: none).
 */
void cli_page_footer(struct view_canvas *canvas, struct view_rect rect, const char *words);

/* ---- axes for numbers as they come ---- */

/* The value, or NaN when it is not finite as f32. */
double cli_finite(double value);

/* Least and greatest finite number, and the least one above 0; low > high when there is none. */
struct cli_range {
    double low, high, least;
};
struct cli_range cli_range_nothing(void);
void cli_range_extend(struct cli_range *range, double value);

/* A y axis round a range: logarithmic when `may_be_log` and the numbers above 0 span a factor of three or
 * more; otherwise linear, from 0 when `from_zero`. At most five decades. */
struct view_axis cli_range_axis(const struct cli_range *range, bool may_be_log, bool from_zero,
                                const char *label);

#endif
