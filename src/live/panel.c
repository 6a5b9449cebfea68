#include "live/panel.h"

#include <math.h>
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
    view_note(scope->canvas, rect, words);
}

void live_panel_haloed(const struct live_scope *scope, float x, float y, const char *words,
                       enum view_align align, float size)
{
    static const float round[][2] = {{-1, -1}, {0, -1.4f}, {1, -1}, {1.4f, 0},
                                     {1, 1},   {0, 1.4f},  {-1, 1}, {-1.4f, 0}};
    struct view_text_style style = {
        .size = size, .colour = scope->theme->panel, .align = align, .anchor = VIEW_MIDDLE};
    for (size_t i = 0; i < sizeof round / sizeof *round; i++)
        view_text(scope->canvas, x + 1.2f * round[i][0], y + 1.2f * round[i][1], words, &style);
    style.colour = scope->theme->text;
    view_text(scope->canvas, x, y, words, &style);
}

void live_panel_empty(const struct live_scope *scope, struct view_rect rect, const char *title,
                      const char *words)
{
    view_heading(scope->canvas, rect, NULL, title, NULL);
    live_panel_note(scope, rect, words);
}

double live_panel_cell_step(uint32_t cells)
{
    double decade = 1;
    while (6 * 10 * decade <= cells)
        decade *= 10;
    return decade * (cells <= 8 * decade ? 1 : cells <= 16 * decade ? 2 : cells <= 40 * decade ? 5 : 10);
}

/* The next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten. */
static double rounded_up(double value)
{
    static const double steps[] = {1, 1.5, 2, 3, 4, 5, 6, 8, 10};
    double power = pow(10, floor(log10(value)));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i] * power >= value)
            return steps[i] * power;
    return 10 * power;
}

double live_panel_top(struct live_tile *tile, uint64_t of, double wanted)
{
    if (tile->top_of != of || wanted > tile->top || wanted < 0.5 * tile->top)
        tile->top = rounded_up(wanted);
    tile->top_of = of;
    return tile->top;
}

enum { STRIP_ROOM = 18, BAR_GAP = 8 };

float live_left_room(const struct view_theme *theme)
{
    return 15 + theme->size_label + 4 * theme->size_tick;
}

float live_bar_room(const struct view_theme *theme, bool with_strip)
{
    return BAR_GAP + 20 + (with_strip ? STRIP_ROOM : 0) + 4.4f * theme->size_tick;
}

void live_panel_bar(const struct live_scope *scope, struct live_tile *tile, const struct view_frame *frame,
                    const struct view_colour_scale *colours, const struct view_values *values)
{
    const float room = live_bar_room(scope->theme, values != NULL),
                before = BAR_GAP + (values ? STRIP_ROOM : 0);
    struct view_rect bar = {frame->plot.x + frame->plot.width + before, frame->plot.y, room - before,
                            frame->plot.height};
    tile->range.upright = true;
    live_range_draw(&tile->range, scope->canvas, bar, colours);
    tile->range.counted = false;
    if (!values)
        return;
    live_strip_draw(scope->strips, scope->canvas, &tile->range, values);
    live_strip_tell(scope->strips, scope->probe, scope->view, &tile->range, values);
}
