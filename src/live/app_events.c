/* What hands and keys do. */
#include "live/app.h"

#include "live/run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- pages and focus ---- */

enum live_view live_app_whole_view(const struct live_app *app)
{
    if (app->pages.count == 0)
        return LIVE_VIEWS;
    const struct live_dashboard *page = app->pages.pages[app->page];
    return app->whole || app->alone ? app->focus : page->n_places == 1 ? page->places[0].view : LIVE_VIEWS;
}

static bool is_on_page(const struct live_app *app, enum live_view view)
{
    uint32_t count;
    const struct live_place *places = live_places(app->pages.pages[app->page], app->narrow, &count);
    for (uint32_t i = 0; i < count; i++)
        if (places[i].view == view && live_panels[view].has(&app->scene->model))
            return true;
    return false;
}

void live_app_show_page(struct live_app *app, uint32_t page)
{
    if (page >= app->pages.count)
        return;
    app->page = page;
    app->whole = false;
    if (!is_on_page(app, app->focus))
        app->focus = app->pages.pages[page]->places[0].view;
}

void live_app_choose_page(struct live_app *app, uint32_t page)
{
    live_app_show_page(app, page);
    if (page < app->pages.count)
        snprintf(app->layout.dashboard, sizeof app->layout.dashboard, "%s", app->pages.pages[page]->name);
}

/* The next view of the page, in the order of its places; at full size also of those that a narrow window
 * leaves out. */
static void move_focus(struct live_app *app, int by)
{
    const bool all = live_app_whole_view(app) != LIVE_VIEWS;
    uint32_t count, at = 0;
    const struct live_place *places = live_places(app->pages.pages[app->page], app->narrow && !all, &count);
    for (uint32_t i = 0; i < count; i++)
        if (places[i].view == app->focus)
            at = i;
    for (uint32_t tries = 0; tries < count; tries++) {
        at = (at + count + (uint32_t)(by + (int)count)) % count;
        if (live_panels[places[at].view].has(&app->scene->model))
            break;
    }
    app->focus = places[at].view;
}

/* ---- controls ---- */

static void unfocus_sliders(struct live_app *app)
{
    app->epsilon.focused = app->time.focused = app->rate.focused = app->sparsity.focused = false;
    app->latent.focused = app->smoothing.focused = false;
}

static bool controls_event(struct live_app *app, const struct view_event *event)
{
    const struct live_model *model = &app->scene->model;
    if (event->kind == VIEW_EVENT_PRESS)
        unfocus_sliders(app);
    if (app->choosing_epsilon && live_slider_event(&app->epsilon, event))
        return true;
    if (app->choosing_latent && live_slider_event(&app->latent, event))
        return true;
    if (app->smoothing.track.width > 0 && live_slider_event(&app->smoothing, event))
        return true;
    bool here = model->run && model->run->here;
    if (here && live_app_training_event(app, event))
        return true;
    if (!here && model->timeline.steps > 1 &&
        (live_slider_event(&app->time, event) || live_button_event(&app->back, event) ||
         live_button_event(&app->play, event) || live_button_event(&app->forward, event)))
        return true;
    return live_button_event(&app->theme_button, event) || live_button_event(&app->help_button, event) ||
           (app->pages.count > 1 && live_tabs_event(&app->tabs, event));
}

void live_app_take_controls(struct live_app *app)
{
    double value;
    uint32_t page;
    if (!app->scene)
        return;
    struct live_model *model = &app->scene->model;
    if (live_slider_take(&app->epsilon, &value))
        model->resonance.epsilon = value;
    if (live_slider_take(&app->smoothing, &value))
        for (int v = 0; v < LIVE_VIEWS; v++)
            app->tiles[v].smoothing = value;
    if (live_slider_take(&app->time, &value)) {
        model->timeline.wanted = (uint64_t)fmax(0, value - 1);
        model->timeline.playing = false;
    }
    if (model->run && live_slider_take(&app->latent, &value))
        model->run->latent =
            (uint32_t)fmin(fmax(value, 0), model->run->d_sae > 0 ? model->run->d_sae - 1 : 0);
    if (model->run && model->run->here)
        live_app_take_training(app);
    if (live_button_take(&app->play))
        live_app_act(app, LIVE_ACTION_PAUSE);
    if (live_button_take(&app->back))
        live_app_act(app, LIVE_ACTION_STEP_BACK);
    if (live_button_take(&app->forward))
        live_app_act(app, LIVE_ACTION_STEP_FORWARD);
    if (live_button_take(&app->theme_button))
        live_app_act(app, LIVE_ACTION_THEME);
    if (live_button_take(&app->help_button))
        live_app_act(app, LIVE_ACTION_HELP);
    if (live_tabs_take(&app->tabs, &page))
        live_app_choose_page(app, page);
}

/* ---- events ---- */

static bool is_over(struct view_rect rect, const struct view_event *event)
{
    return event->x >= rect.x && event->x < rect.x + rect.width && event->y >= rect.y &&
           event->y < rect.y + rect.height;
}

static bool tile_event(struct live_app *app, enum live_view view, const struct view_event *event)
{
    struct live_tile *tile = &app->tiles[view];
    const struct live_panel *panel = &live_panels[view];
    if (!panel->has(&app->scene->model))
        return false;
    if (panel->event && panel->event(&app->scene->model, tile, event))
        return true;
    return live_range_event(&tile->range, event) || live_plot_event(&tile->plot, event);
}

/* Keys are for the view that the pointer came to, until they choose another. */
static void follow_pointer(struct live_app *app, const struct view_event *event)
{
    enum live_view over = LIVE_VIEWS;
    bool drags = false;
    for (int v = 0; v < LIVE_VIEWS; v++) {
        drags |= app->tiles[v].plot.drag != LIVE_DRAG_NONE;
        if (app->tiles[v].rect.width > 0 && is_over(app->tiles[v].rect, event))
            over = (enum live_view)v;
    }
    if (over != LIVE_VIEWS && over != app->pointed && !drags)
        app->focus = over;
    app->pointed = over;
}

/* Moves and releases go to every view, since a drag may have left the one where it began; the rest goes to
 * the view under the pointer. */
static void pointer_event(struct live_app *app, const struct view_event *event)
{
    bool everyone = event->kind == VIEW_EVENT_MOVE || event->kind == VIEW_EVENT_RELEASE ||
                    event->kind == VIEW_EVENT_LEAVE;
    if (event->kind == VIEW_EVENT_MOVE)
        follow_pointer(app, event);
    for (int v = 0; v < LIVE_VIEWS; v++) {
        struct live_tile *tile = &app->tiles[v];
        if (tile->rect.width <= 0 || !(everyone || is_over(tile->rect, event)))
            continue;
        if (event->kind == VIEW_EVENT_PRESS)
            app->focus = (enum live_view)v;
        (void)tile_event(app, (enum live_view)v, event);
    }
}

/* A script is played under the keys that are built in: what the user's own key did stands there as the one
 * that does it, and a key that did nothing not at all. */
static void keep(struct live_app *app, const struct view_event *event, enum live_action action)
{
    struct view_event built_in;
    const bool any = live_bindings_built_in(event, action, &built_in);
    live_stage_keep(&app->stage, any ? &built_in : NULL);
}

static void key_event(struct live_app *app, const struct view_event *event)
{
    enum live_action action = live_bindings_find(&app->bindings, event);
    if (app->help && live_help_event(&app->keys, event))
        return;
    if (app->help) {
        keep(app, event, action ? action : LIVE_ACTION_LEAVE); /* any key closes it */
        if (action == LIVE_ACTION_QUIT)
            app->quit = true;
        app->help =
            action == LIVE_ACTION_THEME || action == LIVE_ACTION_LARGER || action == LIVE_ACTION_SMALLER;
        if (app->help)
            live_app_act(app, action);
        return;
    }
    if (app->scene && (controls_event(app, event) || tile_event(app, app->focus, event)))
        return;
    keep(app, event, action);
    live_app_act(app, action);
}

void live_app_event(struct live_app *app, const struct view_event *event)
{
    switch (event->kind) {
    case VIEW_EVENT_CLOSE:
        app->quit = true;
        return;
    case VIEW_EVENT_RESIZE:
    case VIEW_EVENT_HIDE:
    case VIEW_EVENT_SHOW:
        return;
    case VIEW_EVENT_KEY:
        key_event(app, event);
        return;
    case VIEW_EVENT_LEAVE:
        app->pointer = (struct view_point){-1e6f, -1e6f};
        break;
    case VIEW_EVENT_MOVE:
    case VIEW_EVENT_PRESS:
    case VIEW_EVENT_RELEASE:
    case VIEW_EVENT_WHEEL:
        app->pointer = (struct view_point){event->x, event->y};
        break;
    }
    if (app->help) {
        app->help = live_help_event(&app->keys, event) || event->kind != VIEW_EVENT_PRESS;
        return;
    }
    if (app->scene && !controls_event(app, event))
        pointer_event(app, event);
}

/* ---- actions ---- */

static void say(struct live_app *app, const char *words)
{
    live_toast_say(&app->toast, live_app_now_ns(app), "%s", words);
}

static void step_timeline(struct live_app *app, int64_t by)
{
    struct live_timeline *timeline = &app->scene->model.timeline;
    if (timeline->steps < 2)
        return;
    int64_t last = (int64_t)timeline->steps - 1, to = (int64_t)timeline->wanted + by;
    timeline->playing = false;
    timeline->wanted = (uint64_t)(to < 0 ? 0 : to > last ? last : to);
}

static void change_speed(struct live_app *app, double factor)
{
    struct live_timeline *timeline = &app->scene->model.timeline;
    char words[48];
    if (timeline->steps < 2) {
        say(app, app->scene->model.run && app->scene->model.run->here
                     ? "a training goes as fast as the device does"
                     : "there is one step only: no speed to change");
        return;
    }
    timeline->speed = fmin(60, fmax(0.125, timeline->speed * factor));
    snprintf(words, sizeof words, "%.4g steps a second", timeline->speed);
    say(app, words);
}

static bool act_on_time(struct live_app *app, enum live_action action)
{
    struct live_timeline *timeline = &app->scene->model.timeline;
    switch (action) {
    case LIVE_ACTION_PAUSE:
        timeline->playing = timeline->steps > 1 && !timeline->playing;
        if (timeline->steps < 2)
            say(app, "there is one step only: nothing to play");
        return true;
    case LIVE_ACTION_STEP_FORWARD:
        step_timeline(app, 1);
        return true;
    case LIVE_ACTION_STEP_BACK:
        step_timeline(app, -1);
        return true;
    case LIVE_ACTION_FIRST:
        step_timeline(app, INT32_MIN);
        return true;
    case LIVE_ACTION_LAST:
        step_timeline(app, INT32_MAX);
        return true;
    case LIVE_ACTION_SLOWER:
        change_speed(app, 0.5);
        return true;
    case LIVE_ACTION_FASTER:
        change_speed(app, 2);
        return true;
    default:
        return false;
    }
}

static void step_smoothing(struct live_app *app, struct live_tile *tile, int by)
{
    static const double steps[] = {0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99};
    enum { LAST = sizeof steps / sizeof *steps - 1 };
    int at = tile->smoothing < 0 ? 3 : 0;
    while (at < LAST && steps[at] < tile->smoothing - 1e-9)
        at++;
    at = at + by < 0 ? 0 : at + by > LAST ? LAST : at + by;
    char words[32];
    for (int v = 0; v < LIVE_VIEWS; v++)
        app->tiles[v].smoothing = steps[at];
    snprintf(words, sizeof words, "smoothing %.2f", steps[at]);
    say(app, words);
}

static void toggle_log(struct live_app *app, struct live_tile *tile)
{
    if (!live_plot_toggle_log(&tile->plot, false) && !live_plot_toggle_log(&tile->plot, true) &&
        !live_range_toggle_log(&tile->range))
        say(app, "this view has no logarithmic axis");
}

static bool act_on_axes(struct live_app *app, enum live_action action)
{
    struct live_plot *plot = &app->tiles[app->focus].plot;
    const double closer = 1.25, share = 0.1;
    switch (action) {
    case LIVE_ACTION_FIT:
        live_plot_fit(plot);
        break;
    case LIVE_ACTION_FIT_ONCE:
        live_plot_fit_once(plot);
        say(app, "axes show everything, and are held");
        break;
    case LIVE_ACTION_HOLD:
        live_plot_toggle_hold(plot);
        say(app, live_plot_is_fitted(plot) ? "axes follow the data" : "axes are held");
        break;
    case LIVE_ACTION_ZOOM_IN:
        live_plot_zoom(plot, closer, closer);
        break;
    case LIVE_ACTION_ZOOM_OUT:
        live_plot_zoom(plot, 1 / closer, 1 / closer);
        break;
    case LIVE_ACTION_BOX:
        live_plot_box(plot);
        break;
    case LIVE_ACTION_PAN_LEFT:
        live_plot_pan(plot, -share, 0);
        break;
    case LIVE_ACTION_PAN_RIGHT:
        live_plot_pan(plot, share, 0);
        break;
    case LIVE_ACTION_PAN_UP:
        live_plot_pan(plot, 0, share);
        break;
    case LIVE_ACTION_PAN_DOWN:
        live_plot_pan(plot, 0, -share);
        break;
    default:
        return false;
    }
    return true;
}

static bool act_on_plot(struct live_app *app, enum live_action action)
{
    struct live_tile *tile = &app->tiles[app->focus];
    struct live_plot *plot = &tile->plot;
    switch (action) {
    case LIVE_ACTION_LOCK:
        say(app, live_plot_next_lock(plot));
        break;
    case LIVE_ACTION_LOG:
        toggle_log(app, tile);
        break;
    case LIVE_ACTION_PIN:
        live_plot_toggle_pin(plot);
        break;
    case LIVE_ACTION_MAP:
        say(app, tile->range.has_own ? live_range_next_map(&tile->range, &app->theme)
                                     : "this view has no colour map");
        break;
    case LIVE_ACTION_RANGE_FIT:
        live_range_fit(&tile->range);
        break;
    case LIVE_ACTION_RANGE_ONCE:
        live_range_fit_once(&tile->range);
        break;
    case LIVE_ACTION_PERCENTILES:
        tile->bands = app->focus == LIVE_VIEW_FIRING && !tile->bands;
        if (app->focus != LIVE_VIEW_FIRING)
            say(app, live_range_next_percentiles(&tile->range));
        break;
    case LIVE_ACTION_LEGEND_NEXT:
        if (!live_plot_mark_entry(plot, 1))
            say(app, "this view has no curves to choose from");
        break;
    case LIVE_ACTION_LEGEND_HIDE:
        live_plot_toggle_marked(plot);
        break;
    case LIVE_ACTION_SMOOTHER:
        step_smoothing(app, tile, 1);
        break;
    case LIVE_ACTION_ROUGHER:
        step_smoothing(app, tile, -1);
        break;
    default:
        return act_on_axes(app, action);
    }
    return true;
}

static bool is_seen(const struct live_app *app, enum live_view view)
{
    return app->tiles[view].rect.width > 0;
}

/* Views that name the plane say it themselves. */
static void next_plane(struct live_app *app, uint32_t by)
{
    struct live_resonance *resonance = &app->scene->model.resonance;
    char plane[LIVE_PLANE_BYTES], words[64];
    if (resonance->n_planes == 0)
        return;
    resonance->plane = (resonance->plane + by) % resonance->n_planes;
    live_plane_text(resonance, resonance->plane, plane);
    snprintf(words, sizeof words, "plane %s", plane);
    if (!is_seen(app, LIVE_VIEW_PLANE) && !is_seen(app, LIVE_VIEW_MATRIX) && !is_seen(app, LIVE_VIEW_CLOUD))
        say(app, words);
}

static void go_to_brightest(struct live_app *app)
{
    struct live_resonance *resonance = &app->scene->model.resonance;
    if (!resonance->known)
        return;
    resonance->plane = resonance->extents.peak_plane;
    resonance->angle = resonance->extents.peak_angle;
    next_plane(app, 0); /* which says it */
}

/* Where no slider tells it. */
static void step_epsilon(struct live_app *app, int by)
{
    char words[32];
    live_slider_step(&app->epsilon, by);
    snprintf(words, sizeof words, "epsilon %.2f", app->epsilon.value);
    if (!app->choosing_epsilon)
        say(app, words);
}

static bool act_on_resonance(struct live_app *app, enum live_action action)
{
    struct live_resonance *resonance = &app->scene->model.resonance;
    if (!resonance->counts)
        return false;
    switch (action) {
    case LIVE_ACTION_EPSILON_DOWN:
        step_epsilon(app, -1);
        break;
    case LIVE_ACTION_EPSILON_UP:
        step_epsilon(app, 1);
        break;
    case LIVE_ACTION_NEXT_PLANE:
        next_plane(app, 1);
        break;
    case LIVE_ACTION_PREVIOUS_PLANE:
        next_plane(app, resonance->n_planes - 1);
        break;
    case LIVE_ACTION_BRIGHTEST:
        go_to_brightest(app);
        break;
    case LIVE_ACTION_TURN_LEFT:
        resonance->angle = (resonance->angle + 1) % resonance->angles;
        break;
    case LIVE_ACTION_TURN_RIGHT:
        resonance->angle = (resonance->angle + resonance->angles - 1) % resonance->angles;
        break;
    default:
        return false;
    }
    return true;
}

static void change_text(struct live_app *app, double factor)
{
    char words[32];
    app->layout.text_factor = (float)fmin(2.5, fmax(0.8, (double)app->layout.text_factor * factor));
    live_app_apply_theme(app);
    snprintf(words, sizeof words, "text %.0f %%", 100.0 * (double)app->layout.text_factor);
    say(app, words);
}

static void toggle_full_screen(struct live_app *app)
{
    if (app->stage.window)
        view_window_set_fullscreen(app->stage.window, !view_window_is_fullscreen(app->stage.window));
}

static void leave(struct live_app *app)
{
    if (app->statistics)
        app->statistics = false;
    else if (app->whole)
        app->whole = false;
    else if (app->stage.window && view_window_is_fullscreen(app->stage.window))
        toggle_full_screen(app);
}

static bool act_on_window(struct live_app *app, enum live_action action)
{
    switch (action) {
    case LIVE_ACTION_HELP:
        app->help = !app->help;
        app->keys.scroll = 0;
        break;
    case LIVE_ACTION_STATISTICS:
        app->statistics = !app->statistics;
        break;
    case LIVE_ACTION_THEME:
        app->layout.light = !app->layout.light;
        live_app_apply_theme(app);
        break;
    case LIVE_ACTION_LARGER:
        change_text(app, 1.1);
        break;
    case LIVE_ACTION_SMALLER:
        change_text(app, 1 / 1.1);
        break;
    case LIVE_ACTION_FULL_SCREEN:
        toggle_full_screen(app);
        break;
    case LIVE_ACTION_LEAVE:
        leave(app);
        break;
    case LIVE_ACTION_QUIT:
        app->quit = true;
        break;
    default:
        return false;
    }
    return true;
}

static bool act_on_pages(struct live_app *app, enum live_action action)
{
    if (app->pages.count == 0)
        return false;
    if (action >= LIVE_ACTION_VIEW_1 && action <= LIVE_ACTION_VIEW_9) {
        live_app_choose_page(app, (uint32_t)(action - LIVE_ACTION_VIEW_1));
        return true;
    }
    switch (action) {
    case LIVE_ACTION_NEXT_VIEW:
        move_focus(app, 1);
        break;
    case LIVE_ACTION_PREVIOUS_VIEW:
        move_focus(app, -1);
        break;
    case LIVE_ACTION_FULL_TILE:
        app->whole = !app->whole && app->pages.pages[app->page]->n_places > 1;
        break;
    default:
        return false;
    }
    return true;
}

static bool act_on_files(struct live_app *app, enum live_action action)
{
    switch (action) {
    case LIVE_ACTION_SAVE_PLOT:
        app->wishes |= LIVE_WISH_PLOT;
        break;
    case LIVE_ACTION_SAVE_WINDOW:
        app->wishes |= LIVE_WISH_WINDOW;
        break;
    case LIVE_ACTION_EXPORT:
        app->wishes |= LIVE_WISH_NUMBERS;
        break;
    case LIVE_ACTION_RECORD:
        app->wishes |= LIVE_WISH_RECORD;
        break;
    default:
        return false;
    }
    return true;
}

/* What a scene did that nothing in the picture shows. */
static void answer(struct live_app *app, enum live_action action)
{
    const struct live_run *run = app->scene->model.run;
    char words[48];
    if (action == LIVE_ACTION_CHECKPOINT)
        say(app, run && run->unkept
                     ? "a checkpoint is written, and goes with this training: no --out was given"
                     : "a checkpoint is written after this step");
    else if (action == LIVE_ACTION_STOP)
        say(app, run && run->unkept ? "the training stops; nothing of it is kept: no --out was given"
                                    : "the training stops after a checkpoint");
    else if ((action == LIVE_ACTION_NEXT_LATENT || action == LIVE_ACTION_PREVIOUS_LATENT) && run &&
             !is_seen(app, LIVE_VIEW_LATENT) && !is_seen(app, LIVE_VIEW_LATENTS)) {
        snprintf(words, sizeof words, "latent %u", run->latent);
        say(app, words);
    }
}

/* A key that means something elsewhere. */
static void answer_unused(struct live_app *app, enum live_action action)
{
    const struct live_run *run = app->scene->model.run;
    if (act_on_files(app, action))
        return;
    if (live_action_group(action) == LIVE_GROUP_TRAINING)
        say(app, run && run->here ? "the training has ended" : "no training goes on in this window");
    else if (action == LIVE_ACTION_NEXT_LATENT || action == LIVE_ACTION_PREVIOUS_LATENT)
        say(app, "there are no latents here");
    else if (live_action_group(action) == LIVE_GROUP_RESONANCE)
        say(app, "there is no resonance here");
}

void live_app_act(struct live_app *app, enum live_action action)
{
    if (action == LIVE_ACTION_NONE || act_on_window(app, action) || !app->scene)
        return;
    if (app->scene->kind->act && app->scene->kind->act(app->scene, action)) {
        answer(app, action);
        return;
    }
    if (!act_on_pages(app, action) && !act_on_time(app, action) && !act_on_plot(app, action) &&
        !act_on_resonance(app, action))
        answer_unused(app, action);
}
