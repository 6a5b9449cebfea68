/* Resonance over the angle: mean and bands, every plane's curve as a density, the mean round the circle. */
#include "live/panel.h"

#include "live/export.h"
#include "srm/null.h"
#include "view/turn.h"

#include "common/count_bins.h"

#include <math.h>
#include <stdio.h>

/* The legend's: of one rotation there is no range, of none there is nothing, and the isotropic ones move up.
 */
enum mean_entry { ENTRY_MEAN, ENTRY_BAND, ENTRY_CONTROL, ENTRY_CONTROL_BAND, MOST_ENTRIES = 5 };

static uint32_t isotropic_entry(const struct live_resonance *resonance)
{
    return ENTRY_CONTROL + (resonance->n_controls < 2 ? resonance->n_controls : 2);
}

static struct view_values curve_values(const struct live_resonance *resonance, enum srm_live_curve curve)
{
    const struct srm_live_shown *shown = srm_live_shown(resonance->counts);
    return (struct view_values){.buffer = shown->curves,
                                .offset = (uint64_t)curve * shown->angles * 4,
                                .count = shown->angles,
                                .number = VIEW_F32};
}

static const char share_of_rows[] = "rows lit";

/* Rotated bases that light far more rows than the basis itself would press its curve to the bottom: shares
 * are drawn by their roots then. */
static bool wants_roots(const struct live_resonance *resonance)
{
    const struct srm_live_extents *e = &resonance->extents;
    return isfinite(e->control_high) && e->control_high > 4 * e->mean_high;
}

/* The mean curve's axis: what is drawn, but not farther than three times the curves themselves. */
static struct view_axis mean_axis(const struct live_resonance *resonance)
{
    const struct srm_live_extents *e = &resonance->extents;
    bool roots = wants_roots(resonance);
    double curves = fmax(e->mean_high, isfinite(e->control_high) ? e->control_high : 0);
    double top = fmax(curves, fmin(e->band_high, 3 * curves));
    return (struct view_axis){.high = top > 0 ? 1.06 * top : 0.01,
                              .scale = roots ? VIEW_SQRT : VIEW_LINEAR,
                              .format = VIEW_PERCENT,
                              .label = share_of_rows};
}

/* A logarithmic axis begins below the least share that a mean over planes can have above 0, so that only a
 * curve that reaches 0 leaves through its floor; but shows three powers of ten at most. */
static double least_mean(const struct live_resonance *resonance)
{
    const struct srm_live_extents *e = &resonance->extents;
    double counts = fmax(1, e->rows) * fmax(1, e->planes);
    return fmax(0.7 / counts, 1e-3 * mean_axis(resonance).high);
}

/* ---- mean ---- */

static void draw_isotropic(const struct live_scope *scope, const struct view_frame *frame)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    const struct view_colour colour = scope->theme->text_muted;
    uint32_t rows = resonance->extents.rows;
    struct srm_null_band band = srm_null_binomial_band(rows, resonance->null_share, 0.99);
    double low = (double)band.low / rows, high = (double)band.high / rows;
    if (low > frame->y.high || high < frame->y.low)
        return;
    float top = view_frame_point(frame, 0, fmin(high, frame->y.high)).y;
    float bottom = view_frame_point(frame, 0, fmax(low, frame->y.low)).y;
    view_box(scope->canvas, (struct view_rect){frame->plot.x, top, frame->plot.width, fmaxf(bottom - top, 1)},
             view_alpha(colour, 0.18f));
    if (resonance->null_share <= frame->y.high && resonance->null_share >= frame->y.low)
        view_level(scope->canvas, frame, resonance->null_share, NULL,
                   &(struct view_line_style){.colour = view_alpha(colour, 0.8f), .dash = 2, .gap = 3});
}

static void draw_mean_curves(const struct live_scope *scope, const struct live_tile *tile,
                             const struct view_frame *frame)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    const struct view_colour basis = scope->theme->series[2], control = scope->theme->text_muted;
    const struct live_plot *plot = &tile->plot;
    struct view_curve_style style = {.closed = true, .step = 360.0 / resonance->angles};
    struct view_values low = curve_values(resonance, SRM_LIVE_LOW),
                       high = curve_values(resonance, SRM_LIVE_HIGH);
    style.colour = view_alpha(basis, 0.2f);
    if (live_plot_visible(plot, ENTRY_BAND))
        view_band(scope->canvas, frame, &low, &high, &style);
    if (live_plot_visible(plot, isotropic_entry(resonance)))
        draw_isotropic(scope, frame);
    low = curve_values(resonance, SRM_LIVE_CONTROL_LOW);
    high = curve_values(resonance, SRM_LIVE_CONTROL_HIGH);
    style.colour = view_alpha(control, 0.28f);
    if (resonance->n_controls > 1 && live_plot_visible(plot, ENTRY_CONTROL_BAND))
        view_band(scope->canvas, frame, &low, &high, &style);
    struct view_values middle = curve_values(resonance, SRM_LIVE_CONTROL);
    style.colour = control;
    style.width = 1.4f;
    if (resonance->n_controls > 0 && live_plot_visible(plot, ENTRY_CONTROL))
        view_curve(scope->canvas, frame, &middle, &style);
    struct view_values mean = curve_values(resonance, SRM_LIVE_MEAN);
    style.colour = basis;
    style.width = 2.2f;
    if (live_plot_visible(plot, ENTRY_MEAN))
        view_curve(scope->canvas, frame, &mean, &style);
}

static void finish_mean(const struct live_scope *scope, struct live_tile *tile)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    const struct view_colour basis = scope->theme->series[2], control = scope->theme->text_muted;
    const double step = 360.0 / resonance->angles;
    const float isotropic = (float)resonance->null_share;
    const struct view_values once = {.count = 1};
    const struct live_series series[] = {
        {"mean", basis, curve_values(resonance, SRM_LIVE_MEAN), NULL, 0, step, true, 1 + ENTRY_MEAN},
        {"+ 1 sd", view_alpha(basis, 0.6f), curve_values(resonance, SRM_LIVE_HIGH), NULL, 0, step, true,
         1 + ENTRY_BAND},
        {"isotropic", view_alpha(control, 0.8f), once, &isotropic, 0, step, true,
         1 + isotropic_entry(resonance)},
        {"rotated", control, curve_values(resonance, SRM_LIVE_CONTROL), NULL, 0, step, true,
         1 + ENTRY_CONTROL},
        {"greatest of rotated", view_alpha(control, 0.5f), curve_values(resonance, SRM_LIVE_CONTROL_HIGH),
         NULL, 0, step, true, 1 + ENTRY_CONTROL_BAND},
        {"least of rotated", view_alpha(control, 0.5f), curve_values(resonance, SRM_LIVE_CONTROL_LOW), NULL,
         0, step, true, 1 + ENTRY_CONTROL_BAND},
    };
    const uint32_t n = resonance->n_controls > 1 ? 6 : resonance->n_controls > 0 ? 4 : 3;
    live_plot_end(&tile->plot, scope->canvas,
                  &(struct live_reading){.probe = scope->probe, .series = series, .n_series = n});
}

void live_draw_mean(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    const struct view_colour basis = scope->theme->series[2], control = scope->theme->text_muted;
    struct view_legend_entry legend[MOST_ENTRIES] = {
        [ENTRY_MEAN] = {"mean", basis, VIEW_LEGEND_LINE},
        [ENTRY_BAND] = {"\u00b1 1 sd over planes", view_alpha(basis, 0.35f), VIEW_LEGEND_BAND},
        [ENTRY_CONTROL] = {"rotated", control, VIEW_LEGEND_LINE},
        [ENTRY_CONTROL_BAND] = {"range of rotated", view_alpha(control, 0.5f), VIEW_LEGEND_BAND},
    };
    legend[isotropic_entry(resonance)] =
        (struct view_legend_entry){"isotropic, 99 %", control, VIEW_LEGEND_DASHED_BAND};
    struct view_frame frame = live_plot_begin(&tile->plot, scope->canvas,
                                              &(struct live_plot_parameters){
                                                  .frame = {.rect = rect,
                                                            .x = view_turn_axis("angle in the plane"),
                                                            .y = mean_axis(resonance),
                                                            .title = "Mean over planes",
                                                            .margins = {.left = live_left_room(scope->theme)},
                                                            .landmarks = true},
                                                  .may_log_y = true,
                                                  .positive_y = least_mean(resonance),
                                                  .legend = legend,
                                                  .n_legend = isotropic_entry(resonance) + 1,
                                              });
    if (!resonance->known) {
        live_panel_note(scope, frame.plot, "counting");
        return;
    }
    view_turn_landmarks(scope->canvas, &frame, scope->model->resonance.orthonormal, NULL);
    draw_mean_curves(scope, tile, &frame);
    finish_mean(scope, tile);
}

/* The columns of a table of curves over the angle. */
enum base_status live_save_mean(const struct live_model *model, const struct live_tile *tile,
                                const char *path)
{
    static const char *const names[SRM_LIVE_CURVES] = {"mean",
                                                       "mean less sd",
                                                       "mean and sd",
                                                       "least",
                                                       "greatest",
                                                       "rotated bases",
                                                       "least of rotated bases",
                                                       "greatest of rotated bases"};
    const struct live_resonance *resonance = &model->resonance;
    struct live_column columns[SRM_LIVE_CURVES + 1] = {
        {.name = "angle", .unit = "degrees", .step = 360.0 / resonance->angles}};
    (void)tile;
    for (uint32_t c = 0; c < SRM_LIVE_CURVES; c++)
        columns[c + 1] = (struct live_column){.name = names[c],
                                              .unit = "share of rows",
                                              .values = curve_values(resonance, (enum srm_live_curve)c)};
    return live_export_csv(path, model->gpu, columns, SRM_LIVE_CURVES + 1, resonance->angles);
}

/* ---- density ---- */

enum { MOST_BINS = 24 /* read for one place */ };

/* What a place is read from. */
struct density_place {
    const struct srm_live_shown *shown;
    const struct view_frame *frame;
    double rows;
};

/* Planes whose count lies in the bins that a pixel's height about y meets: at least one bin. */
static uint32_t read_density(const struct live_field *field, struct live_probe *probe, double x, double y,
                             struct live_field_number numbers[LIVE_FIELD_NUMBERS])
{
    const struct density_place *place = field->context;
    const uint32_t angles = place->shown->angles;
    const struct view_values bins = {
        .buffer = place->shown->density, .count = angles * COUNT_BINS, .number = VIEW_U32};
    double half = 0.5 / (double)place->frame->plot.height, at = view_axis_position(&place->frame->y, y);
    double from = round(view_axis_value(&place->frame->y, at - half) * place->rows);
    double to = round(view_axis_value(&place->frame->y, at + half) * place->rows);
    uint32_t angle = (uint32_t)fmax(0, round(x / 360 * angles)) % angles;
    uint32_t first = count_bin((uint32_t)fmin(fmax(from, 0), 4e9));
    uint32_t last = count_bin((uint32_t)fmin(fmax(to, 0), 4e9));
    last = last < first + MOST_BINS ? last : first + MOST_BINS - 1;
    struct live_field_number planes = {.name = "planes", .known = LIVE_KNOWN};
    for (uint32_t bin = first; bin <= last; bin++) {
        struct live_answer answer = live_probe_ask(probe, &bins, angle * COUNT_BINS + bin);
        planes.known = answer.known ? planes.known : LIVE_AWAITED;
        planes.number += answer.raw;
    }
    numbers[0] = (struct live_field_number){"rows, from", true, LIVE_KNOWN, count_bin_lower(first)};
    numbers[1] = (struct live_field_number){"rows, to", true, LIVE_KNOWN,
                                            (double)count_bin_lower(last) + count_bin_width(last) - 1};
    numbers[2] = planes;
    return 3;
}

/* Planes in a hundredth of the axis, or in one count where that is higher: then no less than one. */
static struct view_colour_scale planes_scale(const struct live_scope *scope, struct live_tile *tile)
{
    const struct srm_live_extents *e = &scope->model->resonance.extents;
    double planes = fmax(1, e->planes), rows = fmax(1, e->rows);
    bool whole = e->greatest * rows < 50;
    return live_range_scale(
        &tile->range, scope->theme,
        &(struct live_range_parameters){.full = {.low = whole ? 0.5 : fmax(1e-4 * planes, 0.05),
                                                 .high = fmax(planes, 1),
                                                 .scale = VIEW_LOG10,
                                                 .label = "planes"},
                                        .positive = 0.05,
                                        .may_log = true,
                                        .family = LIVE_MAP_SEQUENTIAL,
                                        .hide_below = true});
}

static struct view_frame begin_density(const struct live_scope *scope, struct live_tile *tile,
                                       struct view_rect rect, float width)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    double rows = fmax(1, resonance->extents.rows), greatest = resonance->extents.greatest;
    char words[48];
    snprintf(words, sizeof words, "%u plane%s", resonance->extents.planes,
             resonance->extents.planes == 1 ? "" : "s");
    return live_plot_begin(
        &tile->plot, scope->canvas,
        &(struct live_plot_parameters){
            .frame = {.rect = rect,
                      .heading_width = width,
                      .x = view_turn_axis("angle in the plane"),
                      .y = {.high = greatest > 0 ? 1.15 * greatest : 0.01, /* a bin's height */
                            .scale = greatest > 6 * resonance->extents.mean_high ? VIEW_SQRT : VIEW_LINEAR,
                            .format = VIEW_PERCENT,
                            .label = share_of_rows},
                      .title = "All curves",
                      .subtitle = resonance->known ? words : NULL,
                      .margins = {.left = live_left_room(scope->theme)},
                      .no_grid = true},
            .may_log_y = true,
            .positive_y = 0.5 / rows, /* all of the height of a count of 1 */
        });
}

void live_draw_density(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    const struct srm_live_shown *shown = srm_live_shown(resonance->counts);
    const double rows = fmax(1, shown->rows);
    const float width = rect.width;
    view_cut_right(&rect, live_bar_room(scope->theme, false), 0);
    const struct view_colour_scale colours = planes_scale(scope, tile);
    const struct view_frame frame = begin_density(scope, tile, rect, width);
    if (!resonance->known) {
        live_panel_note(scope, frame.plot, "counting");
        return;
    }
    live_plot_density(&tile->plot, scope->canvas,
                      &(struct view_density_parameters){.counts = shown->density,
                                                        .angles = shown->angles,
                                                        .value_scale = (float)(1 / rows),
                                                        .colours = colours});
    const struct density_place place = {shown, &frame, rows};
    const struct live_field field = {
        .x = "angle",
        .y = share_of_rows,
        .snap = {.columns = shown->angles, .step_x = 360.0 / shown->angles, .closed = true, .free_y = true},
        .read = read_density,
        .context = &place};
    live_plot_end(&tile->plot, scope->canvas, &(struct live_reading){.probe = scope->probe, .field = &field});
    live_panel_bar(scope, tile, &frame, &colours, NULL);
}

/* Every plane's counts, a row a plane. */
enum base_status live_save_density(const struct live_model *model, const struct live_tile *tile,
                                   const char *path)
{
    const struct srm_live_shown *shown = srm_live_shown(model->resonance.counts);
    (void)tile;
    return live_export_matrix(
        path, model->gpu,
        &(struct live_matrix){
            .values = {.buffer = shown->counts, .count = shown->planes * shown->angles, .number = VIEW_U32},
            .rows = shown->planes,
            .columns = shown->angles,
            .cells = VIEW_CELLS_FULL,
            .row = "plane",
            .column = "angle"});
}

/* ---- rose ---- */

/* A line of the rose's card: a share at the pointer. */
static void add_share(struct live_cards *cards, const char *name, struct view_colour colour,
                      struct live_answer answer)
{
    struct live_card_line *line = live_cards_line(cards, cards->count, name);
    line->colour = colour;
    line->format = VIEW_PERCENT;
    line->known[LIVE_CROSS_POINTER] = answer.known ? LIVE_KNOWN : LIVE_AWAITED;
    line->numbers[LIVE_CROSS_POINTER] = answer.shown;
}

/* The angle under the pointer and what stands there, on a card as other plots have. */
static void read_rose(const struct live_scope *scope, struct live_tile *tile, const struct view_rose *rose)
{
    const struct live_resonance *resonance = &scope->model->resonance;
    const struct view_colour muted = scope->theme->text_muted;
    float dx = scope->pointer.x - rose->centre.x, dy = rose->centre.y - scope->pointer.y;
    struct live_cards *cards = &tile->plot.cards;
    *cards = (struct live_cards){0};
    if (hypotf(dx, dy) > rose->radius || hypotf(dx, dy) < 3)
        return;
    double turn = atan2((double)dy, (double)dx) / (2 * 3.14159265358979323846);
    uint32_t k = (uint32_t)lround((turn < 0 ? turn + 1 : turn) * resonance->angles) % resonance->angles;
    double angle = 2 * 3.14159265358979323846 * k / resonance->angles;
    struct view_point rim = {rose->centre.x + rose->radius * (float)cos(angle),
                             rose->centre.y - rose->radius * (float)sin(angle)};
    view_line(scope->canvas, rose->centre, rim,
              &(struct view_line_style){.colour = view_alpha(scope->theme->text, 0.5f)});
    cards->area = (struct view_rect){rose->centre.x - rose->radius, rose->centre.y - rose->radius,
                                     2 * rose->radius, 2 * rose->radius};
    cards->shown[LIVE_CROSS_POINTER] = true;
    cards->at[LIVE_CROSS_POINTER] = scope->pointer;
    struct live_card_line *line = live_cards_line(cards, 0, "angle");
    line->format = VIEW_DEGREES;
    line->position = true;
    line->known[LIVE_CROSS_POINTER] = LIVE_KNOWN;
    line->numbers[LIVE_CROSS_POINTER] = 360.0 * k / resonance->angles;
    const struct view_values mean = curve_values(resonance, SRM_LIVE_MEAN),
                             control = curve_values(resonance, SRM_LIVE_CONTROL);
    add_share(cards, "mean", scope->theme->series[2], live_probe_ask(scope->probe, &mean, k));
    if (resonance->n_controls > 0)
        add_share(cards, "rotated", muted, live_probe_ask(scope->probe, &control, k));
    add_share(cards, "isotropic", view_alpha(muted, 0.6f),
              (struct live_answer){true, resonance->null_share, resonance->null_share});
}

/* Where isotropic rows would have both curves. */
static void draw_isotropic_ring(const struct live_scope *scope, const struct view_rose *rose)
{
    enum { PARTS = 180 };
    struct view_point points[PARTS + 1];
    double at = view_axis_position(&rose->axis, scope->model->resonance.null_share);
    if (!(at > 0 && at <= 1))
        return;
    for (int i = 0; i <= PARTS; i++) {
        double angle = 2 * 3.14159265358979323846 * i / PARTS;
        points[i] = (struct view_point){rose->centre.x + rose->radius * (float)(at * cos(angle)),
                                        rose->centre.y - rose->radius * (float)(at * sin(angle))};
    }
    view_polyline(
        scope->canvas, points, PARTS + 1,
        &(struct view_line_style){.colour = view_alpha(scope->theme->text_muted, 0.9f), .dash = 2, .gap = 3});
}

void live_draw_rose(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    static const struct view_spoke spokes[] = {{0, "0\u00b0 +i"},
                                               {90, "90\u00b0 +j"},
                                               {180, "180\u00b0 \u2212i"},
                                               {270, "270\u00b0 \u2212j"},
                                               {45, NULL},
                                               {135, NULL},
                                               {225, NULL},
                                               {315, NULL}};
    static const struct view_spoke first[] = {
        {0, "0\u00b0 +i"}, {90, "90\u00b0"}, {180, "180\u00b0 \u2212i"}, {270, "270\u00b0"}};
    const struct live_resonance *resonance = &scope->model->resonance;
    const struct srm_live_extents *e = &resonance->extents;
    double high = fmax(e->mean_high, isfinite(e->control_high) ? e->control_high : 0);
    bool roots = wants_roots(resonance);
    char words[64];
    snprintf(words, sizeof words, "mean, %sisotropic%s", resonance->n_controls > 0 ? "rotated, " : "",
             roots ? " (square root)" : "");
    struct view_rose rose = view_rose_draw(
        scope->canvas,
        &(struct view_rose_parameters){.rect = rect,
                                       .axis = {.high = high > 0 ? 1.08 * high : 0.01,
                                                .scale = roots ? VIEW_SQRT : VIEW_LINEAR,
                                                .format = VIEW_PERCENT},
                                       .title = "Rose",
                                       .subtitle = words,
                                       .spokes = resonance->orthonormal ? spokes : first,
                                       .n_spokes = resonance->orthonormal ? sizeof spokes / sizeof *spokes
                                                                          : sizeof first / sizeof *first});
    if (!resonance->known)
        return;
    struct view_values mean = curve_values(resonance, SRM_LIVE_MEAN);
    struct view_values control = curve_values(resonance, SRM_LIVE_CONTROL);
    if (resonance->n_controls > 0)
        view_rose_curve(scope->canvas, &rose, &control,
                        &(struct view_curve_style){.colour = scope->theme->text_muted, .width = 1.2f}, 0);
    view_rose_curve(scope->canvas, &rose, &mean,
                    &(struct view_curve_style){.colour = scope->theme->series[2], .width = 2}, 0.2f);
    draw_isotropic_ring(scope, &rose);
    read_rose(scope, tile, &rose);
}
