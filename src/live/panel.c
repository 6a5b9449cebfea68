#include "live/panel.h"

#include <stdio.h>
#include <string.h>

bool live_has_resonance(const struct live_model *model)
{
    return model->resonance.counts != NULL;
}

bool live_has_training(const struct live_model *model)
{
    return model->run != NULL;
}

void live_panel_note(const struct live_scope *scope, struct view_rect rect, const char *words)
{
    char line[128];
    float y = rect.y + 0.5f * rect.height;
    for (const char *from = words; *from;) {
        size_t length = strcspn(from, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, from);
        view_text(scope->canvas, rect.x + 0.5f * rect.width, y, line,
                  &(struct view_text_style){.colour = scope->theme->text_muted, .align = VIEW_CENTRE});
        y += 1.4f * scope->theme->size_label;
        from += length + (from[length] == '\n');
    }
}

void live_panel_empty(const struct live_scope *scope, struct view_rect rect, const char *title,
                      const char *words)
{
    view_heading(scope->canvas, rect, NULL, title, NULL);
    live_panel_note(scope, rect, words);
}
