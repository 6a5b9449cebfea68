#include "cli/page_parts.h"

#include "cli/srm_words.h"
#include "cli/text.h"
#include "cli/version.h"

void cli_page_footer(struct view_canvas *canvas, struct view_rect rect, const char *words)
{
    char text[512] = "";
    struct cli_line line = {.text = text, .bytes = sizeof text};
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_text_style style = {.size = theme->size_tick, .colour = theme->text_muted};
    float baseline = rect.y + rect.height;
    view_line_across(canvas, rect.x, rect.x + rect.width, rect.y,
                     &(struct view_line_style){.colour = theme->grid});
    cli_line_add(&line, "arclight %s", cli_version());
    if (cli_commit()[0])
        cli_line_add(&line, " (%s)", cli_commit());
    cli_line_add(&line, "   \u00b7   ");
    cli_srm_say_device(view_canvas_gpu(canvas), &line);
    view_fit_text(text, (words && words[0] ? 0.6f : 1) * rect.width, style.size, VIEW_REGULAR);
    view_text(canvas, rect.x, baseline, text, &style);
    style.align = VIEW_END;
    if (words)
        view_text(canvas, rect.x + rect.width, baseline, words, &style);
}
