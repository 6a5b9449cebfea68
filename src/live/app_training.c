/* The controls of a training that goes on in this process. */
#include "live/app.h"

#include "live/run.h"
#include "view/font.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { GAP = 20 };

static void draw_button(struct live_app *app, struct live_button *button, struct view_rect *rect,
                        enum live_icon icon, bool on, const char *words, enum live_action action)
{
    char tip[LIVE_TIP_BYTES];
    live_button_draw(
        button, app->stage.canvas,
        &(struct live_button_parameters){.rect = view_cut_left(rect, rect->height, 2),
                                         .icon = icon,
                                         .on = on,
                                         .quiet = true,
                                         .disabled = app->scene->model.run->ended,
                                         .tip = live_app_tip(app, tip, words, action, LIVE_ACTION_NONE)},
        &app->tip);
}

static void draw_rate(struct live_app *app, struct view_rect rect)
{
    const struct live_run *run = app->scene->model.run;
    char tip[LIVE_TIP_BYTES];
    if (!app->rate.dragging && !app->rate.typing)
        app->rate.value = run->orders.rate_factor;
    live_slider_draw(
        &app->rate, app->stage.canvas,
        &(struct live_slider_parameters){
            .rect = rect,
            .label = rect.width >= 20 * app->theme.size_tick ? "learning rate \u00d7" : "rate \u00d7",
            .low = 0.01,
            .high = 100,
            .log = true,
            .decimals = -1,
            .disabled = run->ended,
            .tip = live_app_tip(app, tip, "factor on the learning rate of the schedule",
                                LIVE_ACTION_RATE_DOWN, LIVE_ACTION_RATE_UP)},
        &app->tip);
}

static void draw_sparsity(struct live_app *app, struct view_rect rect)
{
    const struct live_run *run = app->scene->model.run;
    struct live_slider_parameters slider = {.rect = rect, .disabled = run->ended};
    double value = run->orders.sparsity_factor;
    char tip[LIVE_TIP_BYTES];
    if (run->has_k) {
        value = isnan(live_run_k(run)) ? run->most_k : live_run_k(run);
        slider.label = "k";
        slider.low = 1;
        slider.high = run->most_k;
        slider.step = 1;
        slider.tip = live_app_tip(app, tip, "active latents a row", LIVE_ACTION_SPARSER, LIVE_ACTION_DENSER);
    } else {
        slider.label = "sparsity \u00d7";
        slider.low = 0.01;
        slider.high = 100;
        slider.log = true;
        slider.decimals = -1;
        slider.tip = live_app_tip(app, tip, "factor on the coefficient of sparsity", LIVE_ACTION_SPARSER,
                                  LIVE_ACTION_DENSER);
    }
    if (!app->sparsity.dragging && !app->sparsity.typing)
        app->sparsity.value = value;
    live_slider_draw(&app->sparsity, app->stage.canvas, &slider, &app->tip);
}

static const char lead[] = "resonance of";

static float subjects_width(const struct live_app *app)
{
    float width = view_text_width(lead, app->theme.size_tick, VIEW_REGULAR);
    for (int s = 0; s < LIVE_SUBJECTS; s++)
        width += live_tab_width(live_subject_names[s], app->theme.size_label);
    return width;
}

static void draw_subjects(struct live_app *app, struct view_rect *rect, float width)
{
    struct view_rect line = view_cut_left(rect, width, GAP);
    float words =
        view_text(app->stage.canvas, line.x, line.y + 0.5f * line.height, lead,
                  &(struct view_text_style){
                      .size = app->theme.size_tick, .colour = app->theme.text_muted, .anchor = VIEW_MIDDLE});
    view_cut_left(&line, words, 0);
    app->subjects.chosen = (uint32_t)app->scene->model.run->subject;
    live_tabs_draw(&app->subjects, app->stage.canvas, line, live_subject_names, LIVE_SUBJECTS);
}

/* Sliders in the same order and of the same width on every page, then what resonance is counted of; where
 * there is no room for both, the page decides. */
static void draw_choices(struct live_app *app, struct view_rect *rect)
{
    enum { SLIDERS = 3 }; /* of the training two, and epsilon or the latent */
    const float least = 150, most = 230, tabs = subjects_width(app);
    live_app_draw_smoothing(app, rect, tabs + GAP + SLIDERS * (least + 40 + GAP));
    const bool both = rect->width >= tabs + GAP + SLIDERS * (least + GAP);
    const bool resonance = strcmp(app->pages.pages[app->page]->name, "resonance") == 0;
    const bool subjects = app->choosing_epsilon && (both || resonance), sliders = both || !subjects;
    const float room = rect->width - (both || subjects ? tabs + GAP : 0);
    const float width = fminf(most, room / (float)(sliders ? SLIDERS : 1) - GAP);
    app->rate.track.width = app->sparsity.track.width = 0;
    app->rate.field = app->sparsity.field = (struct view_rect){0};
    if (sliders) {
        draw_rate(app, view_cut_left(rect, width, GAP));
        draw_sparsity(app, view_cut_left(rect, width, GAP));
    }
    live_app_draw_epsilon(app, rect, width);
    live_app_draw_latent(app, rect, width);
    app->subjects.count = 0;
    if (subjects)
        draw_subjects(app, rect, tabs);
}

void live_app_draw_training(struct live_app *app, struct view_rect *rect)
{
    const struct live_run *run = app->scene->model.run;
    draw_button(app, &app->play, rect, run->paused ? LIVE_ICON_PLAY : LIVE_ICON_PAUSE, run->paused,
                run->paused ? "go on" : "pause", LIVE_ACTION_PAUSE);
    draw_button(app, &app->forward, rect, LIVE_ICON_FORWARD, false, "one step", LIVE_ACTION_TRAIN_STEP);
    draw_button(app, &app->checkpoint, rect, LIVE_ICON_SAVE, false, "write a checkpoint now",
                LIVE_ACTION_CHECKPOINT);
    draw_button(app, &app->stop, rect, LIVE_ICON_STOP, false, "stop after a checkpoint", LIVE_ACTION_STOP);
    view_cut_left(rect, GAP - 2, 0);
    draw_choices(app, rect);
}

bool live_app_training_event(struct live_app *app, const struct view_event *event)
{
    return live_button_event(&app->play, event) || live_button_event(&app->forward, event) ||
           live_button_event(&app->checkpoint, event) || live_button_event(&app->stop, event) ||
           live_slider_event(&app->rate, event) || live_slider_event(&app->sparsity, event) ||
           live_tabs_event(&app->subjects, event);
}

void live_app_take_training(struct live_app *app)
{
    struct live_run *run = app->scene->model.run;
    double value;
    uint32_t subject;
    if (live_slider_take(&app->rate, &value))
        run->orders.rate_factor = value;
    if (live_slider_take(&app->sparsity, &value)) {
        if (run->has_k)
            (void)live_run_wish_k(run, value);
        else if (run->has_penalty)
            run->orders.sparsity_factor = value;
    }
    if (live_tabs_take(&app->subjects, &subject) && !run->ended) /* there are no more rows to count */
        run->subject = (enum live_subject)subject;
    if (live_button_take(&app->checkpoint))
        live_app_act(app, LIVE_ACTION_CHECKPOINT);
    if (live_button_take(&app->stop))
        live_app_act(app, LIVE_ACTION_STOP);
}
