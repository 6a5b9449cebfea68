/* What several pages draw alike. */
#ifndef ARCLIGHT_CLI_PAGE_PARTS_H
#define ARCLIGHT_CLI_PAGE_PARTS_H

#include "view/frame.h"

/* A line at the bottom of a page: the program and the device at its left, `words` at its right (NULL: none).
 */
void cli_page_footer(struct view_canvas *canvas, struct view_rect rect, const char *words);

#endif
