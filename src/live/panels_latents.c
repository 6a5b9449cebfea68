/* An autoencoder's latents: how often and how strongly each is active, how the decoder's directions lie to
 * each other, and one latent by itself. */
#include "live/panel.h"

#include "base/memory.h"
#include "live/export.h"
#include "live/run.h"
#include "live/widgets.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const waiting = "nothing has been counted yet";

static bool known(const struct live_scope *scope, struct view_rect rect, const char *title)
{
    const struct live_run *run = scope->model->run;
    if (run->latents && run->known)
        return true;
    live_panel_empty(scope, rect, title,
                     run->latents            ? waiting
                     : run->here             ? "at the first step"
                     : run->weights_fault[0] ? run->weights_fault
                                             : "this run has written no weights yet");
    return false;
}

/* ---- all latents ---- */

/* Of the logarithms of the rates that occur, by steps of half a decade, and so much on either side. */
static struct view_axis rates_axis(const struct live_latents_extents *e, double aside)
{
    const double low = fmax(floor(e->least_rate * 2) / 2, -(double)LIVE_RATE_DECADES),
                 high = fmin(fmax(ceil(e->greatest_rate * 2) / 2, low + 0.5), 0);
    return (struct view_axis){.low = fmin(low, high - 0.5) - aside,
                              .high = high + aside,
                              .format = VIEW_DECADES,
                              .label = "share of rows"};
}

/* Numbers of a latent among the points; false until the probe has them. */
static bool place_of(const struct live_scope *scope, const struct view_values *points, uint32_t latent,
                     double *x, double *y)
{
    struct live_answer across = live_probe_ask(scope->probe, points, 2 * latent);
    struct live_answer up = live_probe_ask(scope->probe, points, 2 * latent + 1);
    *x = across.shown;
    *y = up.shown;
    return across.known && up.known && !isnan(*x) && !isnan(*y);
}

static void mark_latent(const struct live_scope *scope, const struct view_frame *frame,
                        const struct view_values *points)
{
    double x, y;
    char words[32];
    if (!place_of(scope, points, scope->model->run->latent, &x, &y))
        return;
    struct view_point at = view_frame_point(frame, x, y);
    snprintf(words, sizeof words, "%u", scope->model->run->latent);
    view_disc(scope->canvas, at, 7.2f, 4, view_alpha(scope->theme->page, 0.85f));
    view_disc(scope->canvas, at, 6, 1.6f, scope->theme->text);
    live_panel_haloed(scope, at.x + 9, at.y, words, VIEW_START, scope->theme->size_tick);
}

static void describe(const struct live_scope *scope, const struct view_frame *frame,
                     const struct view_values *points, uint32_t latent)
{
    struct live_fact facts[] = {{"latent", ""}, {"fires in", ""}, {"mean value", ""}};
    double x, y;
    if (!place_of(scope, points, latent, &x, &y))
        return;
    struct view_point at = view_frame_point(frame, x, y);
    snprintf(facts[0].value, sizeof facts[0].value, "%u", latent);
    snprintf(facts[1].value, sizeof facts[1].value, "%.3g %%", 100 * pow(10, x));
    snprintf(facts[2].value, sizeof facts[2].value, "%.4g", y);
    view_disc(scope->canvas, at, 5, 1.6f, scope->theme->series[1]);
    const float width = live_facts_width(scope->canvas, facts, 3);
    bool left = at.x + 14 + width > frame->plot.x + frame->plot.width;
    live_facts_draw(scope->canvas, left ? at.x - 12 - width : at.x + 12, at.y + 10, 0, facts, 3);
}

/* To begin with, one that fires now and then and strongly: latent 0 may never have fired. */
static void choose_first(const struct live_run *run, struct live_pointing *pointing)
{
    enum { SETTLED = 16 }; /* steps */
    const struct live_latents_shown *shown = live_latents_shown(run->latents);
    if (pointing->placed || (run->here && shown->step < SETTLED))
        return;
    pointing->placed = true;
    if (run->latent != 0)
        return;
    pointing->waiting = pointing->anywhere = true;
    pointing->click = ++pointing->question;
    pointing->x = -2;
    pointing->y = run->extents.greatest_value;
}

/* The latent under the pointer is described, a click chooses it. */
static void point_out(const struct live_scope *scope, struct live_tile *tile, const struct view_frame *frame,
                      const struct view_values *points)
{
    const double near = 14;
    struct live_run *run = scope->model->run;
    struct live_pointing *pointing = &run->pointing;
    struct live_found found;
    double x, y;
    if (!scope->finder)
        return;
    bool over = live_plot_pointer(&tile->plot, &x, &y);
    choose_first(run, pointing);
    if (live_plot_take_click(&tile->plot, &pointing->x, &pointing->y)) {
        pointing->waiting = true;
        pointing->anywhere = false;
        pointing->click = ++pointing->question;
        tile->plot.pinned = false;
    }
    if (pointing->waiting)
        live_finder_ask(scope->finder, frame, points, pointing->x, pointing->y, pointing->click);
    else if (over)
        live_finder_ask(scope->finder, frame, points, x, y, ++pointing->question);
    if (!(over || pointing->waiting) || !live_finder_answer(scope->finder, scope->probe, &found) ||
        found.index >= run->d_sae)
        return;
    if (pointing->waiting && found.question == pointing->click) {
        pointing->waiting = false;
        if (found.distance <= near || pointing->anywhere)
            run->latent = found.index;
        pointing->anywhere = false;
    }
    if (over && found.distance <= near)
        describe(scope, frame, points, found.index);
}

void live_draw_latents(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    const struct live_run *run = scope->model->run;
    if (!known(scope, rect, "Latents"))
        return;
    const struct live_latents_shown *shown = live_latents_shown(run->latents);
    const struct live_latents_extents *e = &run->extents;
    char words[96];
    if (!(e->greatest_value > 0)) {
        live_panel_empty(scope, rect, "Latents",
                         run->here    ? "none has fired yet"
                         : run->texts ? "reading the rows"
                                      : "a run's folder keeps no values of latents:\n"
                                        "give the rows as well to see them");
        return;
    }
    snprintf(words, sizeof words, "%u of %u have fired \u00b7 click on one", e->fired, shown->latents);
    struct view_frame frame = live_plot_begin(
        &tile->plot, scope->canvas,
        &(struct live_plot_parameters){
            .frame = {.rect = rect,
                      .margins = {.left = live_left_room(scope->theme)},
                      .x = rates_axis(e, 0.1),
                      .y = {.high = 1.06 * e->greatest_value, .label = "mean value where active"},
                      .title = "Latents",
                      .subtitle = words}});
    struct view_values points = {.buffer = shown->points, .count = 2 * shown->latents, .number = VIEW_F32};
    view_scatter(scope->canvas, &frame, &points, shown->latents > 4000 ? 2 : 3.2f,
                 view_alpha(scope->theme->series[0], shown->latents > 4000 ? 0.45f : 0.7f));
    live_plot_clip(&tile->plot, scope->canvas);
    mark_latent(scope, &frame, &points);
    view_clip(scope->canvas, NULL);
    live_plot_end(&tile->plot, scope->canvas, &(struct live_reading){.no_cross = true});
    point_out(scope, tile, &frame, &points);
}

enum base_status live_save_latents(const struct live_model *model, const struct live_tile *tile,
                                   const char *path)
{
    const struct live_run *run = model->run;
    (void)tile;
    if (!run->latents || !run->known)
        return base_fail(BASE_ERROR_USAGE, "%s", waiting);
    const struct live_latents_shown *shown = live_latents_shown(run->latents);
    struct view_values x = {.buffer = shown->points,
                            .count = shown->latents,
                            .stride = 2,
                            .number = VIEW_F32},
                       y = x;
    y.offset = 4;
    const struct live_column columns[] = {{.name = "latent", .step = 1},
                                          {.name = "log10 of the share of rows", .values = x},
                                          {.name = "mean value where active", .values = y}};
    return live_export_csv(path, model->gpu, columns, 3, shown->latents);
}

void live_draw_rates(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    const struct live_run *run = scope->model->run;
    if (!known(scope, rect, "Rates of firing"))
        return;
    const struct live_latents_shown *shown = live_latents_shown(run->latents);
    const struct live_latents_extents *e = &run->extents;
    char words[64];
    snprintf(words, sizeof words, "%u of %u never fire", shown->latents - e->fired, shown->latents);
    const double first = -(double)LIVE_RATE_DECADES, step = 1.0 / LIVE_RATE_A_DECADE;
    struct view_frame frame = live_plot_begin(
        &tile->plot, scope->canvas,
        &(struct live_plot_parameters){.frame = {.rect = rect,
                                                 .x = rates_axis(e, 0),
                                                 .y = {.high = e->most_rates > 0 ? 1.08 * e->most_rates : 1,
                                                       .format = VIEW_COUNT,
                                                       .label = "latents"},
                                                 .title = "Rates of firing",
                                                 .margins = {.left = live_left_room(scope->theme)},
                                                 .subtitle = words},
                                       .may_log_y = true,
                                       .positive_y = 0.5});
    struct view_values bins = {.buffer = shown->rates, .count = LIVE_RATE_NEVER, .number = VIEW_U32};
    view_bars(scope->canvas, &frame, &bins, first, step, scope->theme->series[2]);
    const struct live_series series = {
        "latents", scope->theme->series[2], bins, NULL, first + step / 2, step, false, 0};
    live_plot_end(&tile->plot, scope->canvas,
                  &(struct live_reading){.probe = scope->probe, .series = &series, .n_series = 1});
}

enum base_status live_save_rates(const struct live_model *model, const struct live_tile *tile,
                                 const char *path)
{
    const struct live_run *run = model->run;
    (void)tile;
    if (!run->latents || !run->known)
        return base_fail(BASE_ERROR_USAGE, "%s", waiting);
    const struct live_column columns[] = {{.name = "bin begins at log10 of the share of rows",
                                           .first = -(double)LIVE_RATE_DECADES,
                                           .step = 1.0 / LIVE_RATE_A_DECADE},
                                          {.name = "latents",
                                           .values = {.buffer = live_latents_shown(run->latents)->rates,
                                                      .count = LIVE_RATE_NEVER,
                                                      .number = VIEW_U32}}};
    return live_export_csv(path, model->gpu, columns, 2, LIVE_RATE_NEVER);
}

/* ---- one latent ---- */

/* Of the axis: how high the bins are stands on the device. A peak may hold some ten times what bins have on
 * average. */
static double values_high(const struct live_latents_extents *e)
{
    double bins = e->value_width > 0 ? e->greatest_single / e->value_width : 1;
    return e->n_values * fmin(0.45, 10 / fmax(bins, 1));
}

void live_draw_latent(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    const struct live_run *run = scope->model->run;
    char title[48], words[96];
    snprintf(title, sizeof title, "Latent %u", run->latent);
    if (!known(scope, rect, title))
        return;
    const struct live_latents_shown *shown = live_latents_shown(run->latents);
    const struct live_latents_extents *e = &run->extents;
    if (shown->watched != run->latent || e->n_values == 0) {
        live_panel_empty(scope, rect, title,
                         shown->watched == run->latent ? "not active in these rows"
                         : run->ended && !run->contexts
                             ? "the training has ended:\nits values came with the steps"
                         : run->here || run->texts ? "waiting for its values"
                                                   : "a run's folder keeps no values of latents:\ngive the "
                                                     "rows as well to see them");
        return;
    }
    snprintf(words, sizeof words, "active in %u of %u %srows", e->n_values, shown->value_rows,
             run->here && !run->ended ? "recent " : "");
    struct view_values bins = {.buffer = shown->values, .count = LIVE_VALUE_BINS, .number = VIEW_U32};
    struct view_frame frame = live_plot_begin(
        &tile->plot, scope->canvas,
        &(struct live_plot_parameters){
            .frame = {.rect = rect,
                      .x = {.high = fmin(1.05 * e->greatest_single, LIVE_VALUE_BINS * e->value_width),
                            .label = "value"},
                      .y = {.high = fmax(4, values_high(e)), .low = 0, .format = VIEW_COUNT, .label = "rows"},
                      .title = title,
                      .margins = {.left = live_left_room(scope->theme)},
                      .subtitle = words},
            .may_log_y = true,
            .positive_y = 0.5});
    view_bars(scope->canvas, &frame, &bins, 0, e->value_width, scope->theme->series[1]);
    const struct live_series series = {
        "rows", scope->theme->series[1], bins, NULL, e->value_width / 2, e->value_width, false, 0};
    live_plot_end(&tile->plot, scope->canvas,
                  &(struct live_reading){.probe = scope->probe, .series = &series, .n_series = 1});
}

enum base_status live_save_latent(const struct live_model *model, const struct live_tile *tile,
                                  const char *path)
{
    const struct live_run *run = model->run;
    (void)tile;
    if (!run->latents || !run->known || live_latents_shown(run->latents)->watched != run->latent)
        return base_fail(BASE_ERROR_USAGE, "%s", waiting);
    const struct live_column columns[] = {
        {.name = "latent", .first = run->latent},
        {.name = "bin begins at the value", .step = run->extents.value_width},
        {.name = "rows",
         .values = {.buffer = live_latents_shown(run->latents)->values,
                    .count = LIVE_VALUE_BINS,
                    .number = VIEW_U32}}};
    return live_export_csv(path, model->gpu, columns, 3, LIVE_VALUE_BINS);
}

/* Why there are no lines yet. */
static void note_contexts(const struct live_scope *scope, struct view_rect rect, const char *title)
{
    const struct live_run *run = scope->model->run;
    char words[96];
    if (run->contexts && run->contexts_share < 1)
        snprintf(words, sizeof words, "reading rows: %.0f %%", 100 * run->contexts_share);
    else
        snprintf(words, sizeof words, "reading rows");
    live_panel_empty(scope, rect, title,
                     run->contexts_fault[0]  ? run->contexts_fault
                     : run->contexts         ? words
                     : run->weights_fault[0] ? run->weights_fault
                     : run->texts            ? "this run has written no weights yet"
                                  : "no texts: give the rows' tokens and vocabulary\nwith --tokens "
                                    "and --vocab");
}

void live_draw_contexts(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    struct live_run *run = scope->model->run;
    char title[64], words[96], step[32] = "", f[VIEW_LABEL_BYTES], n[VIEW_LABEL_BYTES];
    (void)tile;
    run->contexts_drawn++;
    snprintf(title, sizeof title, "Where latent %u is active", run->latent);
    if (!run->contexts || live_contexts_latent(run->contexts) != run->latent) {
        note_contexts(scope, rect, title);
        return;
    }
    uint64_t fired, rows;
    live_contexts_fired(run->contexts, &fired, &rows);
    if (run->contexts_step > 0)
        snprintf(step, sizeof step, " \u00b7 step %llu", (unsigned long long)run->contexts_step);
    view_format_count(fired, f);
    view_format_count(rows, n);
    snprintf(words, sizeof words, "in %s of %s rows%s", f, n, step);
    float taken = view_heading(scope->canvas, rect, NULL, title, words);
    view_cut_top(&rect, taken + 8, 0);
    view_clip(scope->canvas, &rect);
    live_contexts_draw(run->contexts, scope->canvas, rect);
    view_clip(scope->canvas, NULL);
}

/* The tokens of a line, the marked one between ⟦ and ⟧; base_free, NULL when memory is exhausted. */
static char *text_of(const struct live_context *line)
{
    static const char open[] = "\u27e6", shut[] = "\u27e7";
    size_t bytes = sizeof open + sizeof shut, used = 0;
    char *text = NULL;
    for (uint32_t i = 0; i < line->count; i++)
        bytes += strlen(line->tokens[i].text);
    if (base_allocate(&text, bytes, 1, "a line of text") != BASE_OK)
        return NULL;
    for (uint32_t i = 0; i < line->count; i++) {
        bool marked = i == line->mark;
        used += (size_t)snprintf(text + used, bytes - used, "%s%s%s", marked ? open : "",
                                 line->tokens[i].text, marked ? shut : "");
    }
    return text;
}

enum base_status live_save_contexts(const struct live_model *model, const struct live_tile *tile,
                                    const char *path)
{
    const struct live_run *run = model->run;
    const struct live_context *lines = NULL;
    uint32_t n = 0;
    char **texts = NULL;
    double *numbers = NULL;
    enum base_status status;
    (void)tile;
    if (run->contexts && live_contexts_latent(run->contexts) == run->latent)
        lines = live_contexts_lines(run->contexts, &n);
    if (n == 0)
        return base_fail(BASE_ERROR_USAGE, "there are no contexts to save yet");
    BASE_CHECK(base_allocate(&texts, n, sizeof(char *), "lines of text"));
    BASE_CHECK(base_allocate(&numbers, 2 * (size_t)n, sizeof *numbers, "lines of text"));
    for (uint32_t i = 0; i < n; i++) {
        numbers[i] = (double)lines[i].row;
        numbers[n + i] = lines[i].value;
        if (!(texts[i] = text_of(&lines[i])))
            BASE_CHECK(base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for a line of text"));
    }
    const struct live_column columns[] = {
        {.name = "latent", .first = run->latent},
        {.name = "row", .host = numbers},
        {.name = "value", .host = numbers + n},
        {.name = "text", .words = (const char *const *)texts},
    };
    status = live_export_csv(path, model->gpu, columns, 4, n);
error:
    for (uint32_t i = 0; texts && i < n; i++)
        base_free(texts[i]);
    base_free(texts);
    base_free(numbers);
    return status;
}

/* ---- directions ---- */

/* An arrowhead outside the frame with its tip at `tip`, downwards or to the left. */
static void draw_arrow(const struct live_scope *scope, struct view_point tip, bool down)
{
    const float far = 6, half = 4;
    const struct view_point a = {tip.x + (down ? -half : far), tip.y + (down ? -far : -half)},
                            b = {tip.x + (down ? half : far), tip.y + (down ? -far : half)};
    view_triangle(scope->canvas, tip, a, b, scope->theme->text);
}

/* Arrows at the row and the column of the latent that is shown: the subtitle says which. */
static void mark_in_gram(const struct live_scope *scope, const struct view_frame *frame)
{
    const struct view_rect plot = frame->plot;
    struct view_point at = view_frame_point(frame, scope->model->run->latent, scope->model->run->latent);
    if (at.x >= plot.x && at.x < plot.x + plot.width)
        draw_arrow(scope, (struct view_point){at.x, plot.y - 2}, true);
    if (at.y >= plot.y && at.y < plot.y + plot.height)
        draw_arrow(scope, (struct view_point){plot.x + plot.width + 2, at.y}, false);
}

/* The colours' range: as far as different directions have cosines, by round steps. */
static double cosines_high(const struct live_latents_extents *extents)
{
    const double greatest = fmin(extents->greatest_cosine, 1);
    struct view_axis axis = {.low = -greatest, .high = greatest};
    view_axis_round(&axis, 4);
    /* one direction's cosine with its like may round to a little above 1 */
    return greatest > 0 && axis.high < 1 ? axis.high : 1.00001;
}

static struct view_heat_parameters gram_heat(const struct live_latents_shown *shown,
                                             const struct view_colour_scale *colours)
{
    return (struct view_heat_parameters){
        .values = {.buffer = shown->gram,
                   .count = shown->gram_latents * shown->gram_latents,
                   .square = shown->gram_latents, /* what is not drawn does not count */
                   .number = VIEW_F32},
        .rows = shown->gram_latents,
        .columns = shown->gram_latents,
        .cells = VIEW_CELLS_SQUARE,
        .reduce = VIEW_REDUCE_EXTREME,
        .colours = *colours,
    };
}

void live_draw_gram(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    const struct live_run *run = scope->model->run;
    const char *title = "Decoder directions", *row = "latent (row)", *column = "latent (column)";
    if (!known(scope, rect, title))
        return;
    const struct live_latents_shown *shown = live_latents_shown(run->latents);
    if (!shown->gram) {
        live_panel_empty(scope, rect, title, waiting);
        return;
    }
    char words[96];
    const uint32_t first = shown->gram_first, last = first + shown->gram_latents - 1;
    const int used = snprintf(words, sizeof words, "cosines of latents %u to %u", first, last);
    if (run->latent >= first && run->latent <= last)
        snprintf(words + used, sizeof words - (size_t)used, " \u00b7 arrows at latent %u", run->latent);
    const double high = cosines_high(&run->extents);
    const float width = rect.width;
    view_cut_right(&rect, live_bar_room(scope->theme, true), 0);
    const struct view_colour_scale colours = live_range_scale(
        &tile->range, scope->theme,
        &(struct live_range_parameters){.full = {.low = -high, .high = high, .label = "cosine"},
                                        .family = LIVE_MAP_DIVERGING,
                                        .missing = "itself",
                                        .centred = true});
    struct view_axis across = {.low = shown->gram_first - 0.5,
                               .high = shown->gram_first + shown->gram_latents - 0.5,
                               .step = live_panel_cell_step(shown->gram_latents),
                               .label = column},
                     down = across;
    down.low = across.high;
    down.high = across.low;
    down.label = row;
    struct view_frame frame = live_plot_begin(&tile->plot, scope->canvas,
                                              &(struct live_plot_parameters){.frame = {.rect = rect,
                                                                                       .heading_width = width,
                                                                                       .x = across,
                                                                                       .y = down,
                                                                                       .title = title,
                                                                                       .subtitle = words,
                                                                                       .square = true,
                                                                                       .no_grid = true,
                                                                                       .boxed = true}});
    const struct view_heat_parameters heat = gram_heat(shown, &colours);
    live_plot_heat(&tile->plot, scope->canvas, &heat);
    const struct live_cells cells = {.heat = &heat,
                                     .row = row,
                                     .column = column,
                                     .value = "cosine",
                                     .none = "1 (itself)",
                                     .first = shown->gram_first};
    live_plot_end(&tile->plot, scope->canvas, &(struct live_reading){.probe = scope->probe, .cells = &cells});
    mark_in_gram(scope, &frame);
    live_panel_bar(scope, tile, &frame, &colours, &heat.values);
}

enum base_status live_save_gram(const struct live_model *model, const struct live_tile *tile,
                                const char *path)
{
    const struct live_run *run = model->run;
    (void)tile;
    if (!run->latents || !live_latents_shown(run->latents)->gram)
        return base_fail(BASE_ERROR_USAGE, "%s", waiting);
    const struct view_heat_parameters heat =
        gram_heat(live_latents_shown(run->latents), &(struct view_colour_scale){0});
    return live_export_matrix(path, model->gpu,
                              &(struct live_matrix){.values = heat.values,
                                                    .rows = heat.rows,
                                                    .columns = heat.columns,
                                                    .cells = VIEW_CELLS_FULL,
                                                    .first = live_latents_shown(run->latents)->gram_first,
                                                    .row = "latent",
                                                    .column = "latent"});
}
