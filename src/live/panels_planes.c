/* Planes one by one: all of them as a matrix, and the chosen one's curve. */
#include "live/panel.h"

#include "base/memory.h"
#include "live/export.h"
#include "view/turn.h"

#include <math.h>
#include <stdio.h>

enum { MARK = 3 /* units that the marks of the chosen pair stand around its cells, both sides together */ };

enum { PAIR_WORDS = 2 * LIVE_PLANE_BYTES + 48 };

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

/* In the heading: the chosen pair, and the one under the pointer. */
static void pair_words(const struct live_resonance *resonance, const struct live_tile *tile,
                       char words[PAIR_WORDS])
{
    uint32_t row, column, position = resonance->plane;
    double x, y;
    char plane[LIVE_PLANE_BYTES], chosen[LIVE_PLANE_BYTES];
    bool hover = live_plot_pointer(&tile->plot, &x, &y) && live_plot_cell(&tile->plot, x, y, &row, &column) &&
                 live_plane_of(resonance, row, column, &position);
    live_plane_text(resonance, position, plane);
    live_plane_text(resonance, resonance->plane, chosen);
    if (hover && position != resonance->plane)
        snprintf(words, PAIR_WORDS, "vectors %s chosen, %s under the pointer", chosen, plane);
    else
        snprintf(words, PAIR_WORDS, "vectors %s chosen", chosen);
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
                             (struct view_rect){fminf(from.x, to.x) - 0.5f * MARK,
                                                fminf(from.y, to.y) - 0.5f * MARK,
                                                fabsf(to.x - from.x) + MARK, fabsf(to.y - from.y) + MARK},
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
    char words[PAIR_WORDS];
    if (!resonance->chosen || !resonance->known) {
        live_panel_empty(scope, rect, "Matrix of pairs",
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
            .missing = "no row lit"});
    struct view_axis across = {.low = -0.5,
                               .high = resonance->n_chosen - 0.5,
                               .format = VIEW_COUNT,
                               .label = "vector",
                               .names = resonance->chosen,
                               .n_names = resonance->n_chosen};
    struct view_axis down = across;
    down.low = across.high;
    down.high = across.low;
    across.step = down.step = live_panel_cell_step(resonance->n_chosen);
    choose_plane(resonance, tile);
    pair_words(resonance, tile, words);
    struct view_frame frame =
        live_plot_begin(&tile->plot, scope->canvas,
                        &(struct live_plot_parameters){.frame = {.rect = rect,
                                                                 .heading_width = width,
                                                                 .x = across,
                                                                 .y = down,
                                                                 .title = "Matrix of pairs",
                                                                 .subtitle = words,
                                                                 .square = true,
                                                                 .no_grid = true,
                                                                 .boxed = true}});
    const struct view_heat_parameters heat = matrix_heat(resonance, &colours);
    live_plot_heat(&tile->plot, scope->canvas, &heat);
    /* the marks of cells at the edge stand out of it */
    const struct view_rect clip = view_inset(frame.plot, -MARK, -MARK, -MARK, -MARK);
    view_clip(scope->canvas, &clip);
    mark_chosen(scope, &frame);
    view_clip(scope->canvas, NULL);
    const struct live_cells cells = {
        .heat = &heat, .row = "i", .column = "j", .value = "C\u2084", .numbers = resonance->chosen};
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

/* The axis holds the plane's own greatest count, which only the device knows: found there, of the frame
 * before, or until it is known that of all planes. */
static double plane_top(const struct live_scope *scope, struct live_tile *tile)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    const struct view_values counts = plane_counts(resonance);
    double rows = fmax(resonance->extents.rows, srm_live_rows(resonance->counts)), least, greatest;
    double mean = resonance->extents.mean_high * rows, all = resonance->extents.greatest * rows;
    if (!live_strip_ends(scope->strips, scope->probe, scope->view, &counts, &least, &greatest))
        greatest = all;
    return live_panel_top(tile, resonance->plane + 1, 1.04 * fmax(fmax(greatest, mean), 1));
}

/* The vectors' own numbers where they stand, and the spotlight's name where no vector's is. */
static void draw_marks(const struct live_scope *scope, const struct view_frame *frame)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    const struct srm_plane *plane = &resonance->planes[resonance->plane];
    char words[VIEW_TURN_MARKS][24];
    snprintf(words[VIEW_TURN_I], sizeof words[0], "+b%u", plane->i);
    snprintf(words[VIEW_TURN_J], sizeof words[0], "+b%u", plane->j);
    snprintf(words[VIEW_TURN_LESS_I], sizeof words[0], "\u2212b%u", plane->i);
    snprintf(words[VIEW_TURN_LESS_J], sizeof words[0], "\u2212b%u", plane->j);
    view_turn_landmarks(scope->canvas, frame, resonance->orthonormal,
                        (const char *const[]){words[0], words[1], words[2], words[3]});
    const double degrees = 360.0 * resonance->angle / resonance->angles,
                 quarter = resonance->orthonormal ? 90 : 180;
    const float apart = fabsf(view_frame_point(frame, degrees, 0).x -
                              view_frame_point(frame, quarter * round(degrees / quarter), 0).x);
    if (degrees < frame->x.low || degrees > frame->x.high)
        return;
    const struct view_colour light = view_rgb(scope->theme->dark ? 0xffd58a : 0xc47f00);
    const float x = view_frame_point(frame, degrees, 0).x;
    view_line_down(scope->canvas, x, frame->plot.y, frame->plot.y + frame->plot.height,
                   &(struct view_line_style){.colour = light, .dash = 3, .gap = 3});
    if (apart > 3.6f * scope->theme->size_tick)
        view_text(scope->canvas, x, frame->plot.y - 5, "spotlight",
                  &(struct view_text_style){.size = scope->theme->size_tick,
                                            .colour = scope->theme->text_muted,
                                            .align = VIEW_CENTRE,
                                            .anchor = VIEW_BASELINE});
}

static void draw_plane_curves(const struct live_scope *scope, struct live_tile *tile,
                              const struct view_frame *frame)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    const struct srm_live_shown *shown = srm_live_shown(resonance->counts);
    const struct view_colour colour = scope->theme->series[0], mean_colour = scope->theme->series[2];
    const double step = 360.0 / resonance->angles;
    struct view_values counts = plane_counts(resonance);
    struct view_values mean = {.buffer = shown->curves,
                               .offset = (uint64_t)SRM_LIVE_MEAN * shown->angles * 4,
                               .count = shown->angles,
                               .number = VIEW_F32,
                               .scale = (float)shown->rows};
    if (live_plot_visible(&tile->plot, 1))
        view_curve(
            scope->canvas, frame, &mean,
            &(struct view_curve_style){.colour = mean_colour, .width = 1.2f, .step = step, .closed = true});
    if (live_plot_visible(&tile->plot, 0))
        view_curve(scope->canvas, frame, &counts,
                   &(struct view_curve_style){.colour = colour, .width = 2, .step = step, .closed = true});
    const struct live_series series[] = {{"rows", colour, counts, NULL, 0, step, true, 1},
                                         {"mean", mean_colour, mean, NULL, 0, step, true, 2}};
    live_plot_end(&tile->plot, scope->canvas,
                  &(struct live_reading){.probe = scope->probe, .series = series, .n_series = 2});
}

void live_draw_plane(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    struct live_resonance *resonance = &scope->model->resonance;
    char title[64], plane[LIVE_PLANE_BYTES];
    double x, y;
    live_plane_text(resonance, resonance->plane, plane);
    snprintf(title, sizeof title, "Plane %s", plane);
    if (live_plot_take_click(&tile->plot, &x, &y))
        resonance->angle =
            (uint32_t)lround(fmin(fmax(x, 0), 360) / 360 * resonance->angles) % resonance->angles;
    const struct view_legend_entry legend[] = {
        {"rows lit", scope->theme->series[0], VIEW_LEGEND_LINE},
        {"mean over planes", scope->theme->series[2], VIEW_LEGEND_LINE}};
    struct view_frame frame = live_plot_begin(
        &tile->plot, scope->canvas,
        &(struct live_plot_parameters){
            .frame = {.rect = rect,
                      .x = {.high = 360, .format = VIEW_DEGREES, .label = "angle in the plane"},
                      .y = {.high = plane_top(scope, tile), .format = VIEW_SHORT, .label = "rows"},
                      .title = title,
                      .margins = {.left = live_left_room(scope->theme)},
                      .landmarks = true},
            .may_log_y = true,
            .positive_y = 0.7, /* below 1, so that 0 alone leaves through the floor */
            .legend = legend,
            .n_legend = 2,
        });
    if (!resonance->known) {
        live_panel_note(scope, frame.plot, "counting");
        return;
    }
    draw_marks(scope, &frame);
    draw_plane_curves(scope, tile, &frame);
}

enum base_status live_save_plane(const struct live_model *model, const struct live_tile *tile,
                                 const char *path)
{
    const struct live_resonance *resonance = &model->resonance;
    const struct srm_live_shown *shown = srm_live_shown(resonance->counts);
    const struct srm_plane plane = resonance->planes[resonance->plane];
    const char **titles;
    BASE_TRY(base_allocate(&titles, resonance->angles, sizeof *titles, "exported words"));
    for (uint32_t k = 0; k < resonance->angles; k++)
        titles[k] = model->title;
    const struct live_column columns[] = {
        {.name = "angle", .unit = "degrees", .step = 360.0 / resonance->angles},
        {.name = "count", .unit = "rows", .values = plane_counts(resonance)},
        {.name = "mean over planes",
         .unit = "share of rows",
         .values = {.buffer = shown->curves,
                    .offset = (uint64_t)SRM_LIVE_MEAN * shown->angles * 4,
                    .count = shown->angles,
                    .number = VIEW_F32}},
        /* The same in each line, as in planes.csv of arclight srm: a table says what it is of. */
        {.name = "epsilon", .first = shown->epsilon},
        {.name = "i", .first = plane.i},
        {.name = "j", .first = plane.j},
        {.name = "rows", .first = shown->rows},
        {.name = "input", .words = titles}};
    (void)tile;
    enum base_status status =
        live_export_csv(path, model->gpu, columns, sizeof columns / sizeof *columns, resonance->angles);
    base_free(titles);
    return status;
}
