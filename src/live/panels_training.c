/* Curves of a training over its rows: the panels of training.png, moved by hand. */
#include "live/panel.h"

#include "base/memory.h"

#include "live/export.h"
#include "live/run.h"

#include <math.h>
#include <stdio.h>

static const struct {
    enum live_view view;
    enum live_training_panel_kind kind;
} kinds[] = {{LIVE_VIEW_LOSS, LIVE_TRAINING_PANEL_LOSS},
             {LIVE_VIEW_FVU, LIVE_TRAINING_PANEL_FVU},
             {LIVE_VIEW_L0, LIVE_TRAINING_PANEL_L0},
             {LIVE_VIEW_DEAD, LIVE_TRAINING_PANEL_DEAD}};

/* The picture's sums are brought up to date once a frame, with the smoothing that all these views share. */
bool live_training_panels_prepare(const struct live_scope *scope, const struct live_tile *tile)
{
    struct live_run *run = scope->model->run;
    if (run->frame == scope->frame + 1 && run->picture.canvas == scope->canvas)
        return true;
    run->frame = scope->frame + 1;
    return live_training_prepare(&run->picture, run->history, scope->canvas, tile->smoothing) == BASE_OK;
}

static void draw(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect,
                 enum live_training_panel_kind kind)
{
    struct live_run *run = scope->model->run;
    struct live_training_plot plot;
    struct live_series series[LIVE_TRAINING_LEGEND];
    if (!live_training_panels_prepare(scope, tile))
        return;
    live_training_plot(&run->picture, kind, &plot);
    plot.frame.rect = rect;
    plot.frame.x.label = "rows trained on";
    if (kind == LIVE_TRAINING_PANEL_FVU) /* tiles are narrow, and the axis says FVU */
        plot.frame.title = "Variance unexplained";
    plot.frame.margins.left = LIVE_LEFT;
    if (plot.words[0])
        plot.frame.subtitle = plot.words;
    if (plot.n_legend < 2) /* a curve alone is what the heading says */
        plot.n_legend = 0;
    struct view_frame frame = live_plot_begin(&tile->plot, scope->canvas,
                                              &(struct live_plot_parameters){.frame = plot.frame,
                                                                             .may_log_y = plot.may_log_y,
                                                                             .positive_y = plot.positive_y,
                                                                             .legend = plot.legend,
                                                                             .n_legend = plot.n_legend});
    live_training_draw(&run->picture, kind, &frame, plot.n_legend > 0 ? tile->plot.hidden : 0);
    uint32_t count = live_training_series(&run->picture, kind, series, LIVE_TRAINING_LEGEND);
    if (plot.n_legend == 0 && count > 0) /* a curve that has no entry cannot be hidden */
        series[0].entry = 0;
    live_plot_end(&tile->plot, scope->canvas,
                  &(struct live_reading){.probe = scope->probe, .series = series, .n_series = count});
}

void live_draw_training(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].view == scope->view)
            draw(scope, tile, rect, kinds[i].kind);
}

/* ---- numbers ---- */

enum base_status live_save_training(const struct live_model *model, const struct live_tile *tile,
                                    const char *path)
{
    static const char *const names[] = {"rows", "loss", "reconstruction", "sparsity", "auxiliary",
                                        "fvu",  "l0",   "dead",           "rate",     "coefficient"};
    enum { COLUMNS = sizeof names / sizeof *names };
    const struct live_training_history *history = model->run->history;
    struct live_column columns[COLUMNS];
    double *numbers = NULL;
    size_t n = history->n_records;
    (void)tile;
    if (n == 0)
        return base_fail(BASE_ERROR_USAGE, "there are no records to save yet");
    BASE_TRY(base_allocate(&numbers, n * COLUMNS, sizeof *numbers, "records"));
    for (size_t i = 0; i < n; i++) {
        const struct live_training_record *r = &history->records[i];
        const double row[COLUMNS] = {
            (double)r->rows, r->loss, r->reconstruction, r->sparsity, r->auxiliary,
            r->fvu,          r->l0,   r->dead,           r->rate,     r->coefficient};
        for (int c = 0; c < COLUMNS; c++)
            numbers[(size_t)c * n + i] = row[c];
    }
    for (int c = 0; c < COLUMNS; c++)
        columns[c] = (struct live_column){.name = names[c], .host = numbers + (size_t)c * n};
    enum base_status status = live_export_csv(path, model->gpu, columns, COLUMNS, (uint32_t)n);
    base_free(numbers);
    return status;
}
