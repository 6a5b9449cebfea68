/* The projected points of the planes (Bird's privileged plane projective method). */
#include "cli/resonance_panels.h"

#include "cli/text.h"
#include "srm/ring.h"

#include <math.h>
#include <stdio.h>

#define COLOUR_REACH 3.0 /* log2: an eighth to eight times the ring's mean */

enum base_status cli_page_make_projection(struct cli_page *page)
{
    const struct srm_result *result = page->result;
    if (!result->projection || result->projection_points == 0)
        return BASE_OK;
    return srm_ring_ratio(page->gpu, result->projection, SRM_PROJECTION_CELLS, result->projection_points,
                          &page->ratio);
}

/* The square frame of both panels, and the place of the bar at its right. */
static struct view_frame draw_frame(const struct cli_page *page, struct view_rect rect, const char *letter,
                                    const char *title, struct view_rect *bar)
{
    double reach = page->result->projection_reach > 0 ? page->result->projection_reach : 1;
    *bar = view_cut_right(&rect, CLI_BAR_WIDTH, CLI_BAR_GAP);
    struct view_frame frame = view_frame_draw(
        page->canvas, &(struct view_frame_parameters){
                          .rect = rect,
                          .x = {.low = -reach, .high = reach, .label = "along b\u1d62"},
                          .y = {.low = -reach, .high = reach, .label = "across, towards b\u2c7c"},
                          .letter = letter,
                          .title = title,
                          .square = true,
                          .no_grid = true,
                          .boxed = true,
                      });
    cli_place_bar(&frame, bar);
    return frame;
}

static void finish_frame(const struct cli_page *page, const struct view_frame *frame, struct view_rect bar,
                         const struct view_colour_scale *colours)
{
    view_frame_outline(page->canvas, frame);
    if (page->ratio)
        view_colour_bar(page->canvas, bar, colours);
    else
        cli_panel_note(page, frame->plot, "no row reaches any plane");
}

/* Axes through the middle, so that a spot's side is plain. */
static void draw_cross(const struct cli_page *page, const struct view_frame *frame)
{
    const struct view_line_style line = {
        .colour = view_alpha(page->theme->landmark, 0.7f), .dash = 3, .gap = 3};
    struct view_point middle = view_frame_point(frame, 0, 0);
    view_line_down(page->canvas, middle.x, frame->plot.y, frame->plot.y + frame->plot.height, &line);
    view_line_across(page->canvas, frame->plot.x, frame->plot.x + frame->plot.width, middle.y, &line);
}

void cli_panel_projection(const struct cli_page *page, struct view_rect rect, const char *letter)
{
    struct view_rect bar;
    const struct view_colour_scale colours = {.map = page->theme->diverging,
                                              .axis = {.low = -COLOUR_REACH,
                                                       .high = COLOUR_REACH,
                                                       .label = "log\u2082 of density over its ring's mean"}};
    struct view_frame frame = draw_frame(page, rect, letter, "Rows projected on the planes", &bar);
    if (page->ratio)
        view_heat(page->canvas, &frame,
                  &(struct view_heat_parameters){
                      .values = {.buffer = page->ratio,
                                 .count = SRM_PROJECTION_CELLS * SRM_PROJECTION_CELLS,
                                 .number = VIEW_F32},
                      .rows = SRM_PROJECTION_CELLS,
                      .columns = SRM_PROJECTION_CELLS,
                      .reduce = VIEW_REDUCE_MEAN,
                      .smooth = true,
                      .colours = colours,
                  });
    draw_cross(page, &frame);
    finish_frame(page, &frame, bar, &colours);
}

void cli_panel_cloud(const struct cli_page *page, struct view_rect rect, const char *letter)
{
    struct view_rect bar;
    /* the bulk of the points lies in a tenth of the grid; a hundred times its mean count is seldom passed */
    double high = fmax(10, 100.0 * (double)page->result->projection_points /
                               (SRM_PROJECTION_CELLS * SRM_PROJECTION_CELLS));
    const struct view_colour_scale colours = {
        .map = page->theme->sequential,
        .axis = {.low = 0.5, .high = high, .scale = VIEW_LOG10, .label = "points in a cell"},
        .hide_below = true};
    struct view_frame frame = draw_frame(page, rect, letter, "Points inside the gate", &bar);
    if (page->ratio)
        view_heat(page->canvas, &frame,
                  &(struct view_heat_parameters){
                      .values = {.buffer = page->result->projection,
                                 .count = SRM_PROJECTION_CELLS * SRM_PROJECTION_CELLS,
                                 .number = VIEW_U32},
                      .rows = SRM_PROJECTION_CELLS,
                      .columns = SRM_PROJECTION_CELLS,
                      .reduce = VIEW_REDUCE_MEAN,
                      .colours = colours,
                  });
    draw_cross(page, &frame);
    finish_frame(page, &frame, bar, &colours);
}
