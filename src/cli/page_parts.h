/* What several pages draw alike. */
#ifndef ARCLIGHT_CLI_PAGE_PARTS_H
#define ARCLIGHT_CLI_PAGE_PARTS_H

#include "view/frame.h"

/* `text` cut with an ellipsis so that it is at most `width` units wide. */
void cli_fit_text(char *text, float width, float size, enum view_weight weight);

/* The range of colours in a panel's heading row: "planes through 1 % of the axis  0.08 [====] 780". `right` is
 * its right end, `y` its top. */
void cli_heading_bar(struct view_canvas *canvas, float right, float y,
                     const struct view_colour_scale *colours);

#endif
