#include "cli/page_parts.h"

#include "cli/text.h"

#include <string.h>

void cli_fit_text(char *text, float width, float size, enum view_weight weight)
{
    static const char ellipsis[] = "\u2026"; /* three bytes, for which as many are cut off first */
    size_t length = strlen(text);
    if (length < sizeof ellipsis || view_text_width(text, size, weight) <= width)
        return;
    for (length -= sizeof ellipsis - 1; length > 0; length--) {
        if (((unsigned char)text[length] & 0xc0) == 0x80)
            continue;
        memcpy(text + length, ellipsis, sizeof ellipsis);
        if (view_text_width(text, size, weight) <= width)
            return;
    }
}

void cli_heading_bar(struct view_canvas *canvas, float right, float y,
                     const struct view_colour_scale *colours)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    char low[VIEW_LABEL_BYTES], high[CLI_COUNT_BYTES];
    struct view_text_style style = {
        .size = theme->size_tick, .colour = theme->text_muted, .align = VIEW_END, .anchor = VIEW_MIDDLE};
    const float length = 110, middle = y + 5;
    if (colours->axis.low < 1)
        view_format_number(colours->axis.low, 1, low);
    else
        cli_count_text((uint64_t)colours->axis.low, low);
    cli_count_text((uint64_t)colours->axis.high, high);
    right -= view_text(canvas, right, middle, high, &style) + 6;
    right -= length;
    view_gradient(canvas, (struct view_rect){view_snap(canvas, right), view_snap(canvas, y), length, 10},
                  colours->map, false);
    right -= 6;
    right -= view_text(canvas, right, middle, low, &style) + 10;
    style.colour = theme->text;
    view_text(canvas, right, middle, colours->axis.label, &style);
}
