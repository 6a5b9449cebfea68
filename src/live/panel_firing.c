/* How often latents fire over the rows trained on: from the histograms that evaluations leave in the records.
 */
#include "live/panel.h"

#include "base/memory.h"
#include "live/export.h"
#include "live/run.h"

#include <math.h>
#include <stdio.h>

/* ---- the card at the pointer ---- */

static struct live_reading_fact rows_fact(double rows)
{
    return (struct live_reading_fact){.name = "rows trained on",
                                      .format = VIEW_SHORT,
                                      .position = true,
                                      .known = LIVE_KNOWN,
                                      .number = fmax(0, rows)};
}

/* Behind the last snapshot nothing has been counted. */
static struct live_reading_fact count_fact(const char *name, bool counted, uint32_t count)
{
    return (struct live_reading_fact){
        .name = name, .format = VIEW_COUNT, .known = counted ? LIVE_KNOWN : LIVE_ABSENT, .number = count};
}

static uint32_t map_facts(const void *about, double x, double y, struct live_reading_fact *facts)
{
    struct live_training_density_cell cell = {0};
    char from[VIEW_LABEL_BYTES], to[VIEW_LABEL_BYTES];
    const bool counted = live_training_density_at(about, x, y, &cell);
    facts[0] = rows_fact(x);
    facts[1] = (struct live_reading_fact){.name = "share of rows"};
    if (counted) {
        view_format_number(100 * cell.from, 2, from);
        view_format_number(100 * cell.to, 2, to);
        facts[1].known = LIVE_KNOWN;
        snprintf(facts[1].words, sizeof facts[1].words, "%.15s to %.15s %%", from, to);
    }
    facts[2] = count_fact("latents", counted, cell.latents);
    facts[3] = count_fact("never fire", counted, cell.never);
    return 4;
}

static uint32_t band_facts(const void *about, double x, double y, struct live_reading_fact *facts)
{
    struct live_training_density_cell cell = {0};
    const bool counted = live_training_density_at(about, x, 1, &cell);
    (void)y;
    facts[0] = rows_fact(x);
    facts[1] = count_fact("never fire", counted, cell.never);
    return 2;
}

/* ---- drawing ---- */

/* Cuts the strip of latents that never fire off the panel, in line with others' axes. */
static struct view_rect cut_strip(const struct live_scope *scope, const struct live_training *picture,
                                  struct view_rect *rect)
{
    rect->height += live_training_strip_bottom(scope->theme) - live_plot_bottom(scope->theme);
    return live_training_cut_strip(picture, rect);
}

/* The map, the strip of latents that never fired below it, and one bar for both. */
static void draw_map(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect,
                     const char *title)
{
    struct live_training *picture = &scope->model->run->picture;
    struct live_training_plot plot;
    const float width = rect.width;
    view_cut_right(&rect, live_bar_room(scope->theme, false), 0);
    const struct view_rect strip = cut_strip(scope, picture, &rect);
    const struct view_colour_scale fitted = live_training_colours(picture);
    const struct view_colour_scale colours =
        live_range_scale(&tile->range, scope->theme,
                         &(struct live_range_parameters){.full = fitted.axis,
                                                         .positive = 1,
                                                         .may_log = true,
                                                         .family = LIVE_MAP_SEQUENTIAL,
                                                         .hide_below = true});
    live_training_plot(picture, LIVE_TRAINING_PANEL_DENSITY, &plot);
    plot.frame.rect = rect;
    plot.frame.heading_width = width;
    plot.frame.title = title;
    plot.frame.margins.left = picture->left = live_left_room(scope->theme);
    struct view_frame frame =
        live_plot_begin(&tile->plot, scope->canvas, &(struct live_plot_parameters){.frame = plot.frame});
    picture->colours = &colours;
    live_training_strip(picture, LIVE_TRAINING_PANEL_DENSITY, strip, &frame.x);
    live_training_draw(picture, LIVE_TRAINING_PANEL_DENSITY, &frame, 0);
    picture->colours = NULL;
    live_plot_end(&tile->plot, scope->canvas,
                  &(struct live_reading){.free_cross = true, .facts = map_facts, .about = picture});
    live_panel_bar(scope, tile, &frame, &colours, NULL);
}

/* Bands between percentiles of the latents that fire. */
static void draw_bands(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect,
                       const char *title)
{
    struct live_training *picture = &scope->model->run->picture;
    struct live_training_plot plot;
    struct view_legend_entry legend[LIVE_TRAINING_BANDS + 1];
    struct live_series series[LIVE_TRAINING_LEVELS];
    const struct view_rect strip = cut_strip(scope, picture, &rect);
    live_training_plot(picture, LIVE_TRAINING_PANEL_DENSITY, &plot);
    plot.frame.rect = rect;
    plot.frame.title = title;
    plot.frame.no_grid = plot.frame.boxed = false;
    plot.frame.margins.left = picture->left = live_left_room(scope->theme);
    const uint32_t n_legend = live_training_bands_legend(picture, legend);
    struct view_frame frame = live_plot_begin(
        &tile->plot, scope->canvas,
        &(struct live_plot_parameters){.frame = plot.frame, .legend = legend, .n_legend = n_legend});
    live_training_strip(picture, LIVE_TRAINING_PANEL_DENSITY, strip, &frame.x);
    live_training_bands_draw(picture, &frame, tile->plot.hidden);
    const uint32_t count = live_training_bands_series(picture, series);
    live_plot_end(&tile->plot, scope->canvas,
                  &(struct live_reading){.probe = scope->probe,
                                         .series = series,
                                         .n_series = count,
                                         .facts = band_facts,
                                         .about = picture});
}

void live_draw_firing(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    struct live_run *run = scope->model->run;
    const char *title = "Firing over the training";
    if (!live_training_panels_prepare(scope, tile))
        return;
    if (run->history->n_snapshots == 0) {
        live_panel_empty(scope, rect, title,
                         "counted at the next evaluation of rows held out\n(--holdout, --eval-every)");
        return;
    }
    if (tile->bands)
        draw_bands(scope, tile, rect, title);
    else
        draw_map(scope, tile, rect, title);
}

/* ---- numbers ---- */

static enum base_status save_bands(const struct live_model *model, const char *path)
{
    static const char *const names[LIVE_TRAINING_LEVELS] = {"all from",   "7 % below",  "16 % below",
                                                            "31 % below", "median",     "69 % below",
                                                            "84 % below", "93 % below", "all below"};
    const struct live_training_history *history = model->run->history;
    struct live_column columns[LIVE_TRAINING_LEVELS + 1];
    double *numbers = NULL;
    const size_t n = history->n_snapshots;
    BASE_TRY(base_allocate(&numbers, n * (LIVE_TRAINING_LEVELS + 1), sizeof *numbers, "percentiles"));
    columns[0] = (struct live_column){.name = "rows", .host = numbers};
    for (uint32_t level = 0; level < LIVE_TRAINING_LEVELS; level++)
        columns[level + 1] = (struct live_column){
            .name = names[level], .unit = "share of rows", .host = numbers + (level + 1) * n};
    for (size_t i = 0; i < n; i++) {
        numbers[i] = (double)history->snapshots[i].rows;
        for (uint32_t level = 0; level < LIVE_TRAINING_LEVELS; level++)
            numbers[(level + 1) * n + i] =
                live_training_percentile(&history->snapshots[i], live_training_levels[level]);
    }
    enum base_status status =
        live_export_csv(path, model->gpu, columns, LIVE_TRAINING_LEVELS + 1, (uint32_t)n);
    base_free(numbers);
    return status;
}

/* A row a snapshot. */
enum base_status live_save_firing(const struct live_model *model, const struct live_tile *tile,
                                  const char *path)
{
    const struct live_training_history *history = model->run->history;
    struct live_column columns[SAE_DENSITY_BINS + 1];
    char names[SAE_DENSITY_BINS][32];
    double *numbers = NULL;
    size_t n = history->n_snapshots;
    if (n == 0)
        return base_fail(BASE_ERROR_USAGE, "firing has not been counted yet");
    if (tile->bands)
        return save_bands(model, path);
    BASE_TRY(base_allocate(&numbers, n * (SAE_DENSITY_BINS + 1), sizeof *numbers, "histograms"));
    for (size_t i = 0; i < n; i++) {
        numbers[i] = (double)history->snapshots[i].rows;
        for (uint32_t b = 0; b < SAE_DENSITY_BINS; b++)
            numbers[(b + 1) * n + i] = history->snapshots[i].latents[b];
    }
    columns[0] = (struct live_column){.name = "rows", .host = numbers};
    for (uint32_t b = 0; b < SAE_DENSITY_BINS; b++) {
        if (b == SAE_DENSITY_NEVER)
            snprintf(names[b], sizeof names[b], "never");
        else
            snprintf(names[b], sizeof names[b], "from 10^%g",
                     SAE_DENSITY_LOW + (double)b / SAE_DENSITY_A_DECADE);
        columns[b + 1] =
            (struct live_column){.name = names[b], .unit = "latents", .host = numbers + (b + 1) * n};
    }
    enum base_status status = live_export_csv(path, model->gpu, columns, SAE_DENSITY_BINS + 1, (uint32_t)n);
    base_free(numbers);
    return status;
}
