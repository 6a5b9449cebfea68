#include "view/plots.h"

#include <math.h>

enum { SPOKE_GAP = 6 };

static float rim_room(const struct view_canvas *canvas, const struct view_rose_parameters *parameters)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    float widest = 0;
    for (uint32_t i = 0; i < parameters->n_spokes; i++)
        if (parameters->spokes[i].label)
            widest =
                fmaxf(widest, view_text_width(parameters->spokes[i].label, theme->size_tick, VIEW_REGULAR));
    return widest + 2 + SPOKE_GAP;
}

static struct view_point on_rim(const struct view_rose *rose, double degrees, float radius)
{
    double angle = degrees * 3.14159265358979323846 / 180;
    return (struct view_point){rose->centre.x + radius * (float)cos(angle),
                               rose->centre.y - radius * (float)sin(angle)};
}

static void draw_spoke(struct view_canvas *canvas, const struct view_rose *rose,
                       const struct view_spoke *spoke)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    view_line(canvas, rose->centre, on_rim(rose, spoke->degrees, rose->radius),
              &(struct view_line_style){.colour = theme->landmark, .dash = 3, .gap = 3});
    if (!spoke->label)
        return;
    struct view_point at = on_rim(rose, spoke->degrees, rose->radius + SPOKE_GAP);
    float side = (at.x - rose->centre.x) / (rose->radius + SPOKE_GAP);
    float down = (at.y - rose->centre.y) / (rose->radius + SPOKE_GAP);
    float cap = view_cap_height(theme->size_tick, VIEW_REGULAR);
    view_text(canvas, at.x, at.y + 0.5f * cap * down, spoke->label,
              &(struct view_text_style){
                  .size = theme->size_tick,
                  .align = side > 0.3f    ? VIEW_START
                           : side < -0.3f ? VIEW_END
                                          : VIEW_CENTRE,
                  .anchor = VIEW_MIDDLE,
              });
}

/* As many rings as wanted, or so many fewer that their numbers keep apart. */
static void rings_of(const struct view_rose *rose, uint32_t wanted, float size, struct view_ticks *ticks)
{
    wanted = wanted ? wanted : 3;
    view_ticks_make(&rose->axis, wanted, ticks);
    for (; wanted > 1 && ticks->count > 1; view_ticks_make(&rose->axis, --wanted, ticks)) {
        double from = view_axis_position(&rose->axis, ticks->values[ticks->count - 2]);
        double to = view_axis_position(&rose->axis, ticks->values[ticks->count - 1]);
        if (rose->radius * (float)(to - from) > 1.3f * size)
            break;
    }
}

static void draw_rings(struct view_canvas *canvas, const struct view_rose *rose, uint32_t wanted)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    float pixel = view_hairline(canvas, 1);
    struct view_ticks ticks;
    rings_of(rose, wanted, theme->size_tick, &ticks);
    for (uint32_t i = 0; i < ticks.count; i++) {
        float radius = rose->radius * (float)view_axis_position(&rose->axis, ticks.values[i]);
        if (radius < 4 || radius > rose->radius - 2)
            continue;
        view_disc(canvas, rose->centre, radius + 0.5f * pixel, pixel, theme->grid);
    }
    view_disc(canvas, rose->centre, rose->radius + 0.5f * pixel, pixel, theme->axis);
}

/* Ring values stand along a direction between the landmarks, so that the curves' peaks rarely hide them. */
static void draw_ring_values(struct view_canvas *canvas, const struct view_rose *rose, uint32_t wanted)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    const double direction = 67.5;
    struct view_ticks ticks;
    rings_of(rose, wanted, theme->size_tick, &ticks);
    for (uint32_t i = 0; i < ticks.count; i++) {
        float radius = rose->radius * (float)view_axis_position(&rose->axis, ticks.values[i]);
        if (radius < 0.3f * rose->radius || radius > rose->radius + 0.5f)
            continue;
        struct view_point at = on_rim(rose, direction, radius);
        const float size = 0.9f * theme->size_tick;
        const float half = 0.5f * view_text_width(ticks.labels[i], size, VIEW_REGULAR) + 2;
        view_rounded_box(canvas, (struct view_rect){at.x - half, at.y - 0.6f * size, 2 * half, 1.2f * size},
                         2, 0, theme->panel);
        view_text(
            canvas, at.x, at.y, ticks.labels[i],
            &(struct view_text_style){
                .size = size, .colour = theme->text_muted, .align = VIEW_CENTRE, .anchor = VIEW_MIDDLE});
    }
}

struct view_rose view_rose_draw(struct view_canvas *canvas, const struct view_rose_parameters *parameters)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    struct view_rect area = parameters->rect;
    if (parameters->title || parameters->letter || parameters->subtitle)
        view_cut_top(&area,
                     view_heading(canvas, area, parameters->letter, parameters->title, parameters->subtitle),
                     9);
    float margin = parameters->margin > 0 ? parameters->margin : rim_room(canvas, parameters);
    float across = 0.5f * area.width - margin,
          down = 0.5f * area.height - fminf(margin, 8 + theme->size_tick);
    struct view_rose rose = {
        .centre = {view_snap(canvas, area.x + 0.5f * area.width),
                   view_snap(canvas, area.y + 0.5f * area.height)},
        .radius = fmaxf(0, fminf(across, down)),
        .axis = parameters->axis,
    };
    if (!(rose.radius > 0))
        return rose;
    view_disc(canvas, rose.centre, rose.radius, 0, theme->panel);
    draw_rings(canvas, &rose, parameters->rings);
    for (uint32_t i = 0; i < parameters->n_spokes; i++)
        draw_spoke(canvas, &rose, &parameters->spokes[i]);
    draw_ring_values(canvas, &rose, parameters->rings);
    return rose;
}
