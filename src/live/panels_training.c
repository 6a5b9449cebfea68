/* Curves of a training over its rows: the panels of training.png, moved by hand. */
#include "live/panel.h"

#include "base/memory.h"

#include "live/export.h"
#include "live/run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

/* ---- what happened ---- */

static void event_words(const struct live_training_event *event, char words[64])
{
    if (strcmp(event->name, "rate_factor") == 0)
        snprintf(words, 64, "rate \u00d7 %.4g", event->value);
    else if (strcmp(event->name, "sparsity_factor") == 0)
        snprintf(words, 64, "sparsity \u00d7 %.4g", event->value);
    else if (strcmp(event->name, "resampled") == 0)
        snprintf(words, 64, "%.0f resampled", event->value);
    else if (isnan(event->value))
        snprintf(words, 64, "%s as scheduled", event->name);
    else
        snprintf(words, 64, "%s %.4g", event->name, event->value);
}

static float event_x(const struct live_run *run, const struct view_frame *frame, uint32_t index)
{
    return view_frame_point(frame, (double)run->events->list[index].step * run->batch, frame->y.low).x;
}

static uint32_t count_events(const struct live_run *run)
{
    return run->events && run->batch > 0 ? run->events->n : 0;
}

static bool is_between(const struct view_rect *plot, float x)
{
    return x > plot->x && x < plot->x + plot->width;
}

/* A dashed line at the rows trained on before it. */
static void draw_events(const struct live_scope *scope, const struct view_frame *frame)
{
    const struct view_rect plot = frame->plot;
    const struct view_line_style line = {
        .colour = view_alpha(scope->theme->landmark, 0.9f), .width = 1, .dash = 2, .gap = 3};
    for (uint32_t i = 0; i < count_events(scope->model->run); i++) {
        const float x = event_x(scope->model->run, frame, i);
        if (is_between(&plot, x))
            view_line_down(scope->canvas, x, plot.y, plot.y + plot.height, &line);
    }
}

/* The part of a line that an event's words take: right of it, or left where the plot ends. */
struct taken {
    float from, to;
    uint32_t line;
};

static bool is_free(const struct taken *taken, uint32_t count, const struct taken *place)
{
    for (uint32_t i = 0; i < count; i++)
        if (taken[i].line == place->line && taken[i].from < place->to && place->from < taken[i].to)
            return false;
    return true;
}

/* Over the curves: the words of the event at the pointer, then of all others that have room in the lines at
 * the top, the last ones first. */
static void name_events(const struct live_scope *scope, const struct live_tile *tile,
                        const struct view_frame *frame)
{
    enum { LINES = 3, WORDS = 24, NEAR = 5 };
    const struct live_run *run = scope->model->run;
    const struct view_rect plot = frame->plot;
    const float size = 0.9f * scope->theme->size_tick;
    const bool over = tile->plot.inside;
    struct taken taken[WORDS];
    uint32_t used = 0;
    for (int turn = 0; turn < 2; turn++)
        for (uint32_t i = count_events(run); i-- > 0 && used < WORDS;) {
            const float x = event_x(run, frame, i);
            const bool near = over && fabsf(x - tile->plot.pointer.x) <= NEAR;
            char words[64];
            if (!is_between(&plot, x) || near != (turn == 0))
                continue;
            event_words(&run->events->list[i], words);
            const float width = view_text_width(words, size, VIEW_REGULAR) + 6;
            const bool left = x + width > plot.x + plot.width;
            struct taken place = {.from = left ? x - width : x, .to = left ? x : x + width};
            while (place.line < LINES && !is_free(taken, used, &place))
                place.line++;
            if (place.line == LINES || place.from < plot.x)
                continue;
            taken[used++] = place;
            live_panel_haloed(scope, left ? x - 4 : x + 4, plot.y + size * (0.9f + 1.3f * (float)place.line),
                              words, left ? VIEW_END : VIEW_START, size);
        }
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
    if (kind == LIVE_TRAINING_PANEL_FVU) /* tiles are narrow */
        plot.frame.title = "FVU: variance unexplained";
    plot.frame.margins.left = live_left_room(scope->theme);
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
    draw_events(scope, &frame);
    live_training_draw(&run->picture, kind, &frame, plot.n_legend > 0 ? tile->plot.hidden : 0);
    name_events(scope, tile, &frame);
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
