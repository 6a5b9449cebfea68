/* Planes one by one: all of them as a matrix, and the chosen one's curve. */
#include "live/panel.h"

#include "live/export.h"

#include <math.h>
#include <stdio.h>

/* ---- matrix ---- */

static struct view_heat_parameters matrix_heat(const struct live_resonance *resonance,
                                               const struct view_colour_scale *colours)
{
    const struct srm_live_shown *shown = srm_live_shown(resonance->counts);
    return (struct view_heat_parameters){
        .values = {.buffer = shown->strength, .count = shown->planes, .number = VIEW_F32},
        .rows = resonance->n_chosen,
        .columns = resonance->n_chosen,
        .cells = VIEW_CELLS_UPPER,
        .reduce = VIEW_REDUCE_EXTREME,
        .colours = *colours,
    };
}

/* The names of the pair under the pointer stand in the heading; those of the chosen plane otherwise. */
static void pair_words(const struct live_resonance *resonance, const struct live_tile *tile, char words[64])
{
    uint32_t row, column, position = resonance->plane;
    double x, y;
    char plane[LIVE_PLANE_BYTES];
    bool hover = live_plot_pointer(&tile->plot, &x, &y) && live_plot_cell(&tile->plot, x, y, &row, &column) &&
                 live_plane_of(resonance, row, column, &position);
    live_plane_text(resonance, position, plane);
    snprintf(words, 64, hover ? "vectors %s" : "vectors %s chosen", plane);
}

static void mark_chosen(const struct live_scope *scope, const struct view_frame *frame)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    uint32_t position = 0;
    for (uint32_t a = 0; a + 1 < resonance->n_chosen; a++) {
        uint32_t after = position + resonance->n_chosen - 1 - a;
        if (resonance->plane >= after) {
            position = after;
            continue;
        }
        uint32_t b = a + 1 + resonance->plane - position;
        for (int side = 0; side < 2; side++) {
            double row = side ? b : a, column = side ? a : b;
            struct view_point from = view_frame_point(frame, column - 0.5, row - 0.5);
            struct view_point to = view_frame_point(frame, column + 0.5, row + 0.5);
            view_rounded_box(scope->canvas,
                             (struct view_rect){fminf(from.x, to.x) - 1.5f, fminf(from.y, to.y) - 1.5f,
                                                fabsf(to.x - from.x) + 3, fabsf(to.y - from.y) + 3},
                             2, 1.5f, scope->theme->text);
        }
        return;
    }
}

static void choose_plane(struct live_resonance *resonance, struct live_tile *tile)
{
    double x, y;
    uint32_t row, column, position;
    if (live_plot_take_click(&tile->plot, &x, &y) && live_plot_cell(&tile->plot, x, y, &row, &column) &&
        live_plane_of(resonance, row, column, &position))
        resonance->plane = position;
}

void live_draw_matrix(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    struct live_resonance *resonance = &scope->model->resonance;
    char words[64];
    if (!resonance->chosen || !resonance->known) {
        live_panel_empty(scope, rect, "All pairs of vectors",
                         resonance->chosen ? "counting"
                                           : "planes were listed:\na matrix wants all pairs of vectors");
        return;
    }
    double reach = fmax(fabs(resonance->extents.strength_low), fabs(resonance->extents.strength_high));
    reach = isfinite(reach) && reach > 0 ? fmin(1, ceil(reach * 10) / 10) : 1;
    const float width = rect.width;
    view_cut_right(&rect, live_bar_room(scope->theme, true), 0);
    const struct view_colour_scale colours = live_range_scale(
        &tile->range, scope->theme,
        &(struct live_range_parameters){
            .full = {.low = -reach, .high = reach, .label = "C\u2084: \u2212 diagonals, + vectors"},
            .family = LIVE_MAP_DIVERGING,
            .centred = true,
            .missing = "none"});
    struct view_axis across = {.low = -0.5, .high = resonance->n_chosen - 0.5}, down = across;
    down.low = across.high;
    down.high = across.low;
    across.step = down.step = live_panel_cell_step(resonance->n_chosen);
    across.label = resonance->n_chosen < resonance->vectors ? "place among the chosen vectors" : "vector";
    choose_plane(resonance, tile);
    pair_words(resonance, tile, words);
    struct view_frame frame =
        live_plot_begin(&tile->plot, scope->canvas,
                        &(struct live_plot_parameters){.frame = {.rect = rect,
                                                                 .heading_width = width,
                                                                 .x = across,
                                                                 .y = down,
                                                                 .title = "All pairs of vectors",
                                                                 .subtitle = words,
                                                                 .square = true,
                                                                 .no_grid = true,
                                                                 .boxed = true}});
    const struct view_heat_parameters heat = matrix_heat(resonance, &colours);
    live_plot_heat(&tile->plot, scope->canvas, &heat);
    live_plot_clip(&tile->plot, scope->canvas);
    mark_chosen(scope, &frame);
    view_clip(scope->canvas, NULL);
    const struct live_cells cells = {.heat = &heat, .row = "i", .column = "j", .value = "C\u2084"};
    live_plot_end(&tile->plot, scope->canvas, &(struct live_reading){.probe = scope->probe, .cells = &cells});
    live_panel_bar(scope, tile, &frame, &colours, &heat.values);
}

enum base_status live_save_matrix(const struct live_model *model, const struct live_tile *tile,
                                  const char *path)
{
    const struct live_resonance *resonance = &model->resonance;
    const struct view_heat_parameters heat = matrix_heat(resonance, &(struct view_colour_scale){0});
    (void)tile;
    if (!resonance->chosen)
        return base_fail(BASE_ERROR_USAGE, "planes were listed: there is no matrix to save");
    return live_export_matrix(path, model->gpu,
                              &(struct live_matrix){.values = heat.values,
                                                    .rows = heat.rows,
                                                    .columns = heat.columns,
                                                    .cells = heat.cells,
                                                    .row = "i",
                                                    .column = "j"});
}

/* ---- one plane ---- */

static struct view_values plane_counts(const struct live_resonance *resonance)
{
    const struct srm_live_shown *shown = srm_live_shown(resonance->counts);
    return (struct view_values){.buffer = shown->counts,
                                .offset = (uint64_t)resonance->plane * shown->angles * 4,
                                .count = shown->angles,
                                .number = VIEW_U32};
}

/* The axis must hold the plane's own greatest count, which only the device knows: all planes' greatest is a
 * bound that does not jump when another plane is chosen. It is a frame old, and rows may have come since. */
static double plane_top(const struct live_resonance *resonance)
{
    double rows = fmax(resonance->extents.rows, srm_live_rows(resonance->counts));
    double top = resonance->extents.greatest * rows;
    return top > 0 ? 1.05 * top : 1;
}

void live_draw_plane(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    struct live_resonance *resonance = &scope->model->resonance;
    char title[64], plane[LIVE_PLANE_BYTES];
    double x, y;
    live_plane_text(resonance, resonance->plane, plane);
    snprintf(title, sizeof title, "Plane %s", plane);
    const double step = 360.0 / resonance->angles;
    if (live_plot_take_click(&tile->plot, &x, &y))
        resonance->angle = (uint32_t)lround(fmin(fmax(x, 0), 360) / step) % resonance->angles;
    const struct view_colour colour = scope->theme->series[0], mean_colour = scope->theme->series[2];
    const struct view_legend_entry legend[] = {{"rows lit", colour, VIEW_LEGEND_LINE},
                                               {"mean over planes", mean_colour, VIEW_LEGEND_DASHED}};
    struct view_frame frame = live_plot_begin(
        &tile->plot, scope->canvas,
        &(struct live_plot_parameters){
            .frame = {.rect = rect,
                      .x = {.high = 360, .format = VIEW_DEGREES, .label = "angle in the plane"},
                      .y = {.high = plane_top(resonance), .format = VIEW_SHORT, .label = "rows"},
                      .title = title,
                      .margins = {.left = live_left_room(scope->theme)},
                      .landmarks = true},
            .may_log_y = true,
            .positive_y = 1,
            .legend = legend,
            .n_legend = 2,
        });
    if (!resonance->known) {
        live_panel_note(scope, frame.plot, "counting");
        return;
    }
    const struct srm_live_shown *shown = srm_live_shown(resonance->counts);
    struct view_values counts = plane_counts(resonance);
    struct view_values mean = {.buffer = shown->curves,
                               .offset = (uint64_t)SRM_LIVE_MEAN * shown->angles * 4,
                               .count = shown->angles,
                               .number = VIEW_F32,
                               .scale = (float)resonance->extents.rows};
    view_landmark(scope->canvas, &frame, resonance->angle * step, "spotlight");
    if (live_plot_visible(&tile->plot, 1))
        view_curve(
            scope->canvas, &frame, &mean,
            &(struct view_curve_style){
                .colour = mean_colour, .width = 1.2f, .dash = 4, .gap = 3, .step = step, .closed = true});
    if (live_plot_visible(&tile->plot, 0))
        view_curve(scope->canvas, &frame, &counts,
                   &(struct view_curve_style){.colour = colour, .width = 2, .step = step, .closed = true});
    const struct live_series series[] = {{"rows", colour, counts, NULL, 0, step, true, 1},
                                         {"mean", mean_colour, mean, NULL, 0, step, true, 2}};
    live_plot_end(&tile->plot, scope->canvas,
                  &(struct live_reading){.probe = scope->probe, .series = series, .n_series = 2});
}

enum base_status live_save_plane(const struct live_model *model, const struct live_tile *tile,
                                 const char *path)
{
    const struct live_resonance *resonance = &model->resonance;
    const struct live_column columns[] = {
        {.name = "angle", .unit = "degrees", .step = 360.0 / resonance->angles},
        {.name = "count", .unit = "rows", .values = plane_counts(resonance)}};
    (void)tile;
    return live_export_csv(path, model->gpu, columns, 2, resonance->angles);
}
