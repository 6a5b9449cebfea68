/* The rows in the chosen plane, as a density and as points, with the spotlight over them. Rows have length 1
 * here, so the cone's cut with the plane is a straight line: lit is what lies beyond it. */
#include "live/panel.h"

#include "live/export.h"

#include <math.h>
#include <stdio.h>

#define TURN (2 * 3.14159265358979323846)

enum { MOST_POINTS = 2000, CAP_PARTS = 48, LARGE = 380 /* units of height with room for a long label */ };

static double angle_of(const struct live_resonance *resonance)
{
    return TURN * resonance->angle / resonance->angles;
}

/* Few rows are points of one colour, which no count can be read from; more of them are counted in cells. */
static bool draws_points(const struct srm_live_cloud *cloud)
{
    return cloud->points <= MOST_POINTS;
}

static struct view_values cells_of(const struct srm_live_cloud *cloud)
{
    return (struct view_values){
        .buffer = cloud->grid, .count = cloud->cells * cloud->cells, .number = VIEW_U32};
}

static void draw_rows(const struct live_scope *scope, const struct view_frame *frame,
                      const struct view_colour_scale *colours)
{
    const struct srm_live_cloud *cloud = &scope->model->resonance.cloud;
    /* The grid covers the cloud's reach, whatever part of it the axes show. */
    struct view_point from = view_frame_point(frame, -cloud->reach, cloud->reach);
    struct view_point to = view_frame_point(frame, cloud->reach, -cloud->reach);
    struct view_frame whole = *frame;
    whole.plot = (struct view_rect){from.x, from.y, to.x - from.x, to.y - from.y};
    whole.x.low = whole.y.low = -cloud->reach;
    whole.x.high = whole.y.high = cloud->reach;
    scope->model->resonance.cloud_side = whole.plot.width * view_canvas_scale(scope->canvas);
    if (draws_points(cloud)) {
        struct view_values points = {.buffer = cloud->xy, .count = 2 * cloud->points, .number = VIEW_F32};
        view_scatter(scope->canvas, frame, &points, 2.4f, view_alpha(scope->theme->series[0], 0.85f));
        return;
    }
    view_heat(scope->canvas, &whole,
              &(struct view_heat_parameters){
                  .values = cells_of(cloud),
                  .rows = cloud->cells,
                  .columns = cloud->cells,
                  .reduce = VIEW_REDUCE_EXTREME,
                  .colours = *colours,
              });
}

/* ---- the spotlight ---- */

static struct view_colour light_of(const struct live_scope *scope)
{
    return view_rgb(scope->theme->dark ? 0xffd58a : 0xe69f00);
}

/* The ground of the lit cap of the unit disc, as a fan from the middle of its chord: under the rows, whose
 * colours it must leave alone. */
static void draw_ground(const struct live_scope *scope, const struct view_frame *frame)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    double angle = angle_of(resonance), half = acos(fmin(1, fmax(-1, resonance->epsilon)));
    struct view_colour ground =
        view_mix(scope->theme->panel, light_of(scope), scope->theme->dark ? 0.3f : 0.25f);
    struct view_point middle =
        view_frame_point(frame, resonance->epsilon * cos(angle), resonance->epsilon * sin(angle));
    for (int i = 1; i < CAP_PARTS; i++) { /* each over half of the one before, so that no seams show */
        double from = angle - half + 2 * half * (i - 1) / CAP_PARTS;
        double to = angle - half + 2 * half * (i + 1) / CAP_PARTS;
        view_triangle(scope->canvas, middle, view_frame_point(frame, cos(from), sin(from)),
                      view_frame_point(frame, cos(to), sin(to)), ground);
    }
}

static void draw_chord(const struct live_scope *scope, const struct view_frame *frame)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    double angle = angle_of(resonance), half = acos(fmin(1, fmax(-1, resonance->epsilon)));
    view_line(scope->canvas, view_frame_point(frame, cos(angle - half), sin(angle - half)),
              view_frame_point(frame, cos(angle + half), sin(angle + half)),
              &(struct view_line_style){.colour = light_of(scope), .width = 1.4f});
}

static struct view_point handle_of(const struct live_resonance *resonance, const struct view_frame *frame)
{
    double angle = angle_of(resonance), reach = fmin(1, 0.92 * fmin(frame->x.high, frame->y.high));
    reach = reach > 0 ? reach : 0.5;
    return view_frame_point(frame, reach * cos(angle), reach * sin(angle));
}

static void draw_spotlight(const struct live_scope *scope, const struct live_tile *tile,
                           const struct view_frame *frame)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    struct view_colour light = view_rgb(scope->theme->dark ? 0xffd58a : 0xc47f00);
    const struct view_rect clip = frame->plot;
    struct view_point origin = view_frame_point(frame, 0, 0), rim = view_frame_point(frame, 1, 0);
    const struct view_line_style thin = {
        .colour = view_alpha(scope->theme->landmark, 0.7f), .dash = 3, .gap = 3};
    view_line_down(scope->canvas, origin.x, clip.y, clip.y + clip.height, &thin);
    view_line_across(scope->canvas, clip.x, clip.x + clip.width, origin.y, &thin);
    view_disc(scope->canvas, origin, fabsf(rim.x - origin.x), 1, view_alpha(scope->theme->landmark, 0.8f));
    draw_chord(scope, frame);
    struct view_point handle = handle_of(resonance, frame);
    view_line(scope->canvas, origin, handle, &(struct view_line_style){.colour = light, .width = 1.6f});
    view_disc(scope->canvas, handle, tile->turning ? 7 : 5, 0, light);
}

static void count_words(const struct live_scope *scope, char words[96])
{
    const struct live_resonance *resonance = &scope->model->resonance;
    const struct srm_live_shown *shown = srm_live_shown(resonance->counts);
    const struct view_values counts = {.buffer = shown->counts,
                                       .offset = (uint64_t)resonance->plane * shown->angles * 4,
                                       .count = shown->angles,
                                       .number = VIEW_U32};
    struct live_answer answer = live_probe_ask(scope->probe, &counts, resonance->angle);
    char lit[VIEW_LABEL_BYTES] = "\u2026", all[VIEW_LABEL_BYTES];
    if (answer.known)
        view_format_count((uint64_t)answer.raw, lit);
    view_format_count(resonance->extents.rows, all);
    snprintf(words, 96, "%s of %s rows lit at %.4g\u00b0", lit, all,
             360.0 * resonance->angle / resonance->angles);
}

/* What the axes are called: the second one is vector j where the two are at right angles, else what of it
 * stands at right angles to vector i. */
struct names {
    char x[32], y[32], x_label[LIVE_AXIS_BYTES], y_label[LIVE_AXIS_BYTES];
};

static void name_axes(const struct live_resonance *resonance, bool large, struct names *names)
{
    static const char share[] = " (share of the row's length)";
    const struct srm_plane *plane = &resonance->planes[resonance->plane];
    snprintf(names->x, sizeof names->x, "along b%u", plane->i);
    if (resonance->orthonormal)
        snprintf(names->y, sizeof names->y, "along b%u", plane->j);
    else
        snprintf(names->y, sizeof names->y, "across b%u", plane->i);
    snprintf(names->x_label, LIVE_AXIS_BYTES, "%s%s", names->x, share);
    snprintf(names->y_label, LIVE_AXIS_BYTES, "%s%s", names->y, large ? share : "");
}

static uint32_t read_place(const struct live_field *field, struct live_probe *probe, double x, double y,
                           struct live_field_number numbers[LIVE_FIELD_NUMBERS])
{
    const struct srm_live_cloud *cloud = field->context;
    const struct view_values values = cells_of(cloud);
    double column = floor((x / cloud->reach * 0.5 + 0.5) * cloud->cells);
    double row = floor((y / cloud->reach * 0.5 + 0.5) * cloud->cells);
    numbers[0] = (struct live_field_number){.name = "rows in the cell", .known = LIVE_ABSENT};
    if (!(row >= 0 && row < cloud->cells && column >= 0 && column < cloud->cells))
        return 1;
    struct live_answer answer =
        live_probe_ask(probe, &values, (uint32_t)row * cloud->cells + (uint32_t)column);
    numbers[0].known = answer.known ? LIVE_KNOWN : LIVE_AWAITED;
    numbers[0].number = answer.raw;
    return 1;
}

/* From one row to the most in a cell: that of the frame before, or until it is known what there would be if
 * all stood in a hundredth of the cells. Of many cells some are looked at, with room for the others. */
static struct view_colour_scale counts_scale(const struct live_scope *scope, struct live_tile *tile)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    const struct srm_live_cloud *cloud = &resonance->cloud;
    const struct view_values values = cells_of(cloud);
    const uint64_t of = (uint64_t)(resonance->plane + 1) << 32 | cloud->cells;
    double least, greatest;
    if (draws_points(cloud) ||
        !live_strip_ends(scope->strips, scope->probe, scope->view, &values, &least, &greatest))
        greatest = 100.0 * cloud->points / values.count;
    if (values.count > LIVE_STRIP_RANKED)
        greatest *= 1.5;
    const double high = live_panel_top(tile, of, fmax(greatest, 4));
    const struct live_range_parameters parameters = {
        .full = {.low = 1, .high = high, .scale = VIEW_LOG10, .format = VIEW_COUNT, .label = "rows"},
        .positive = 1,
        .may_log = true,
        .family = LIVE_MAP_SEQUENTIAL,
        .hide_below = true};
    return live_range_scale(&tile->range, scope->theme, &parameters);
}

void live_draw_cloud(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    const struct srm_live_cloud *cloud = &resonance->cloud;
    char title[80], words[96], plane[LIVE_PLANE_BYTES];
    struct names names;
    if (!resonance->known || !cloud->grid) {
        live_panel_empty(scope, rect, "Rows in the plane", "counting");
        return;
    }
    live_plane_text(resonance, resonance->plane, plane);
    snprintf(title, sizeof title, "Cloud in plane %s", plane);
    count_words(scope, words);
    name_axes(resonance, rect.height > LARGE, &names);
    const float width = rect.width;
    view_cut_right(&rect, live_bar_room(scope->theme, false), 0);
    const struct view_colour_scale colours = counts_scale(scope, tile);
    struct view_frame frame = live_plot_begin(
        &tile->plot, scope->canvas,
        &(struct live_plot_parameters){
            .frame = {.rect = rect,
                      .heading_width = width,
                      .x = {.low = -cloud->reach, .high = cloud->reach, .label = names.x_label},
                      .y = {.low = -cloud->reach, .high = cloud->reach, .label = names.y_label},
                      .title = title,
                      .subtitle = words,
                      .square = true,
                      .no_grid = true,
                      .boxed = true}});
    live_plot_clip(&tile->plot, scope->canvas);
    draw_ground(scope, &frame);
    draw_rows(scope, &frame, &colours);
    draw_spotlight(scope, tile, &frame);
    view_clip(scope->canvas, NULL);
    const struct live_field field = {.x = names.x, .y = names.y, .read = read_place, .context = cloud};
    live_plot_end(&tile->plot, scope->canvas, &(struct live_reading){.probe = scope->probe, .field = &field});
    if (draws_points(cloud))
        tile->range.bar = (struct view_rect){0}; /* nothing that hands could take hold of */
    else
        live_panel_bar(scope, tile, &frame, &colours, NULL);
}

/* ---- turning ---- */

static void turn_to(struct live_resonance *resonance, const struct view_frame *frame, float x, float y)
{
    struct view_point origin = view_frame_point(frame, 0, 0);
    double turn = atan2((double)(origin.y - y), (double)(x - origin.x)) / TURN;
    resonance->angle = (uint32_t)lround((turn < 0 ? turn + 1 : turn) * resonance->angles) % resonance->angles;
}

/* Near the ray from the middle to its handle. */
static bool takes_hold(const struct live_resonance *resonance, const struct view_frame *frame, float x,
                       float y)
{
    const float near = 9;
    struct view_point origin = view_frame_point(frame, 0, 0), handle = handle_of(resonance, frame);
    float dx = handle.x - origin.x, dy = handle.y - origin.y, length = dx * dx + dy * dy;
    float along = length > 0 ? ((x - origin.x) * dx + (y - origin.y) * dy) / length : 0;
    along = fminf(1, fmaxf(0, along));
    return hypotf(x - origin.x - along * dx, y - origin.y - along * dy) <= near;
}

bool live_cloud_event(struct live_model *model, struct live_tile *tile, const struct view_event *event)
{
    struct live_resonance *resonance = &model->resonance;
    const struct view_frame *frame = &tile->plot.frame;
    if (!resonance->counts || !resonance->known)
        return false;
    if (event->kind == VIEW_EVENT_PRESS && event->button == VIEW_BUTTON_LEFT && event->clicks == 1 &&
        event->modifiers == 0)
        tile->turning = takes_hold(resonance, frame, event->x, event->y);
    else if (event->kind == VIEW_EVENT_RELEASE && tile->turning) {
        tile->turning = false;
        return true;
    } else if (event->kind != VIEW_EVENT_MOVE)
        return false;
    if (tile->turning)
        turn_to(resonance, frame, event->x, event->y);
    return tile->turning;
}

enum base_status live_save_cloud(const struct live_model *model, const struct live_tile *tile,
                                 const char *path)
{
    const struct srm_live_cloud *cloud = &model->resonance.cloud;
    const struct view_values xy = {
        .buffer = cloud->xy, .count = cloud->points, .stride = 2, .number = VIEW_F32};
    struct view_values y = xy;
    (void)tile;
    y.offset += 4;
    const struct live_column columns[] = {{.name = "along i", .values = xy}, {.name = "across", .values = y}};
    return cloud->xy ? live_export_csv(path, model->gpu, columns, 2, cloud->points)
                     : base_fail(BASE_ERROR_USAGE, "there are no rows to save yet");
}
