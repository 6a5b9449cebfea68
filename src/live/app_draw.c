/* A frame of the window: heading, controls, the page's panels, what lies over them. */
#include "live/app.h"

#include "live/run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MARGIN = 18, GAP = 22, NARROW = 100 /* of the text's size: fewer views on a page */ };

/* ---- heading ---- */

static float draw_pages(struct live_app *app, struct view_rect *rect)
{
    const char *titles[LIVE_MOST_PAGES];
    float tabs = 0;
    for (uint32_t i = 0; i < app->pages.count; i++) {
        titles[i] = app->pages.pages[i]->title;
        tabs += live_tab_width(titles[i], app->theme.size_label);
    }
    if (app->pages.count < 2)
        return 0;
    app->tabs.chosen = app->page;
    const float room = rect->width - fminf(110, 0.3f * rect->width); /* the title keeps a word's */
    return live_tabs_draw(&app->tabs, app->stage.canvas, view_cut_right(rect, fminf(tabs, room), GAP), titles,
                          app->pages.count);
}

/* What the window shows at the left, its pages at the right. Where they meet, the name is cut first: what
 * goes on is read more often. */
static void draw_heading(struct live_app *app, struct view_rect rect)
{
    const struct live_model *model = &app->scene->model;
    struct view_canvas *canvas = app->stage.canvas;
    const float size = 1.25f * app->theme.size_heading, label = app->theme.size_label, between = 12;
    const float middle = rect.y + 0.5f * rect.height;
    char title[sizeof model->title], words[360];
    (void)draw_pages(app, &rect);
    snprintf(title, sizeof title, "%s", model->title);
    if (app->waits[0])
        snprintf(words, sizeof words, "%s", app->waits);
    else
        snprintf(words, sizeof words, "%s%s%s", model->timeline.name,
                 model->timeline.name[0] && model->subtitle[0] ? " \u00b7 " : "", model->subtitle);
    const float wanted = words[0] ? view_text_width(words, label, VIEW_REGULAR) + between : 0;
    const float least = fminf(6 * size, 0.4f * rect.width);
    view_fit_text(title, fmaxf(least, rect.width - wanted), size, VIEW_BOLD);
    float x = view_text(canvas, rect.x, middle, title,
                        &(struct view_text_style){.size = size, .weight = VIEW_BOLD, .anchor = VIEW_MIDDLE});
    view_fit_text(words, rect.width - x - between, label, VIEW_REGULAR);
    x += between;
    x += view_text(canvas, rect.x + x, middle, words,
                   &(struct view_text_style){.colour = app->theme.text_muted, .anchor = VIEW_MIDDLE});
    app->bands[1] = (struct view_rect){rect.x + x + GAP, rect.y, rect.width - x - GAP, rect.height};
}

/* ---- controls ---- */

const char *live_app_tip(const struct live_app *app, char text[LIVE_TIP_BYTES], const char *words,
                         enum live_action action, enum live_action other)
{
    char first[32], second[32] = "";
    live_keys_text(&app->bindings, action, first, sizeof first);
    if (other)
        live_keys_text(&app->bindings, other, second, sizeof second);
    bool both = first[0] && second[0], any = first[0] || second[0];
    snprintf(text, LIVE_TIP_BYTES, "%s%s%s%s%s%s", words, any ? " (" : "", first, both ? ", " : "", second,
             any ? ")" : "");
    return text;
}

/* Whether the page, or the view that has it to itself, shows one of these. */
static bool shows(const struct live_app *app, const enum live_view *views, size_t count)
{
    uint32_t count_of;
    const struct live_place *places = live_places(app->pages.pages[app->page], app->narrow, &count_of);
    const enum live_view whole = live_app_whole_view(app);
    for (size_t i = 0; i < count; i++) {
        bool there = whole == views[i];
        for (uint32_t p = 0; whole == LIVE_VIEWS && p < count_of; p++)
            there |= places[p].view == views[i];
        if (there && live_panels[views[i]].has(&app->scene->model))
            return true;
    }
    return false;
}

/* Epsilon stands where it changes what is seen; its keys hold everywhere. */
static bool is_lit(const struct live_app *app)
{
    static const enum live_view lit[] = {LIVE_VIEW_MEAN,   LIVE_VIEW_DENSITY, LIVE_VIEW_ROSE,
                                         LIVE_VIEW_MATRIX, LIVE_VIEW_PLANE,   LIVE_VIEW_CLOUD};
    return app->scene->model.resonance.counts && shows(app, lit, sizeof lit / sizeof *lit);
}

void live_app_draw_epsilon(struct live_app *app, struct view_rect *rect, float width)
{
    struct live_slider *slider = &app->epsilon;
    const struct live_slider_parameters parameters = {
        .rect = app->choosing_epsilon ? view_cut_left(rect, width, GAP) : (struct view_rect){0},
        .label = "\u03b5",
        .low = 0.05,
        .high = 0.95,
        .step = 0.01,
        .decimals = 2,
        .tip = "cosine to the spotlight's axis at which a row is lit"};
    if (!slider->dragging && !slider->typing)
        slider->value = app->scene->model.resonance.epsilon;
    slider->last = parameters;
    if (app->choosing_epsilon) {
        live_slider_draw(slider, app->stage.canvas, &parameters, &app->tip);
        return;
    }
    slider->track.width = 0;
    slider->field = (struct view_rect){0};
}

static void draw_timeline(struct live_app *app, struct view_rect *rect)
{
    const struct live_timeline *timeline = &app->scene->model.timeline;
    struct view_canvas *canvas = app->stage.canvas;
    const float side = rect->height;
    char tip[LIVE_TIP_BYTES];
    live_button_draw(
        &app->back, canvas,
        &(struct live_button_parameters){
            .rect = view_cut_left(rect, side, 2),
            .icon = LIVE_ICON_BACK,
            .quiet = true,
            .tip = live_app_tip(app, tip, "one step back", LIVE_ACTION_STEP_BACK, LIVE_ACTION_NONE)},
        &app->tip);
    live_button_draw(
        &app->play, canvas,
        &(struct live_button_parameters){.rect = view_cut_left(rect, side, 2),
                                         .icon = timeline->playing ? LIVE_ICON_PAUSE : LIVE_ICON_PLAY,
                                         .on = timeline->playing,
                                         .quiet = true,
                                         .tip = live_app_tip(app, tip, timeline->playing ? "pause" : "play",
                                                             LIVE_ACTION_PAUSE, LIVE_ACTION_NONE)},
        &app->tip);
    live_button_draw(
        &app->forward, canvas,
        &(struct live_button_parameters){
            .rect = view_cut_left(rect, side, 8),
            .icon = LIVE_ICON_FORWARD,
            .quiet = true,
            .tip = live_app_tip(app, tip, "one step forward", LIVE_ACTION_STEP_FORWARD, LIVE_ACTION_NONE)},
        &app->tip);
    if (!app->time.dragging && !app->time.typing)
        app->time.value = (double)timeline->step + 1;
    live_slider_draw(
        &app->time, canvas,
        &(struct live_slider_parameters){.rect = view_cut_left(rect, fminf(260, rect->width), GAP),
                                         .label = "step",
                                         .low = 1,
                                         .high = (double)timeline->steps,
                                         .step = 1,
                                         .decimals = 0},
        &app->tip);
}

/* Which latent the page is about, to be typed as well. */
static bool is_about_a_latent(const struct live_app *app)
{
    static const enum live_view about[] = {LIVE_VIEW_LATENT, LIVE_VIEW_CONTEXTS};
    const struct live_run *run = app->scene->model.run;
    return run && run->d_sae > 1 && shows(app, about, sizeof about / sizeof *about);
}

void live_app_draw_latent(struct live_app *app, struct view_rect *rect, float width)
{
    const struct live_run *run = app->scene->model.run;
    char tip[LIVE_TIP_BYTES];
    if (!app->choosing_latent)
        return;
    if (!app->latent.dragging && !app->latent.typing)
        app->latent.value = run->latent;
    live_slider_draw(&app->latent, app->stage.canvas,
                     &(struct live_slider_parameters){
                         .rect = view_cut_left(rect, width, GAP),
                         .label = "latent",
                         .high = (double)run->d_sae - 1,
                         .step = 1,
                         .tip = live_app_tip(app, tip, "the latent that is shown", LIVE_ACTION_NEXT_LATENT,
                                             LIVE_ACTION_PREVIOUS_LATENT)},
                     &app->tip);
}

void live_app_draw_smoothing(struct live_app *app, struct view_rect *rect, float least)
{
    static const enum live_view curves[] = {LIVE_VIEW_LOSS, LIVE_VIEW_FVU, LIVE_VIEW_L0, LIVE_VIEW_DEAD};
    const float width = 230;
    const double chosen = app->tiles[LIVE_VIEW_LOSS].smoothing;
    char tip[LIVE_TIP_BYTES];
    app->smoothing.track.width = 0;
    app->smoothing.field = (struct view_rect){0};
    if (!app->scene->model.run || !shows(app, curves, sizeof curves / sizeof *curves) ||
        rect->width < least + width + GAP)
        return;
    if (!app->smoothing.dragging && !app->smoothing.typing)
        app->smoothing.value = chosen < 0 ? 0.9 : chosen; /* about what it is when left alone */
    live_slider_draw(
        &app->smoothing, app->stage.canvas,
        &(struct live_slider_parameters){.rect = view_cut_right(rect, width, GAP),
                                         .label = "smooth",
                                         .high = 0.99,
                                         .step = 0.01,
                                         .decimals = 2,
                                         .tip = live_app_tip(app, tip, "smoothing of the curves over steps",
                                                             LIVE_ACTION_ROUGHER, LIVE_ACTION_SMOOTHER)},
        &app->tip);
}

static void draw_controls(struct live_app *app, struct view_rect rect)
{
    struct live_model *model = &app->scene->model;
    struct view_canvas *canvas = app->stage.canvas;
    const float side = rect.height;
    char tip[LIVE_TIP_BYTES];
    live_button_draw(&app->help_button, canvas,
                     &(struct live_button_parameters){
                         .rect = view_cut_right(&rect, side, 2),
                         .icon = LIVE_ICON_HELP,
                         .quiet = true,
                         .on = app->help,
                         .tip = live_app_tip(app, tip, "all keys", LIVE_ACTION_HELP, LIVE_ACTION_NONE)},
                     &app->tip);
    live_button_draw(&app->theme_button, canvas,
                     &(struct live_button_parameters){
                         .rect = view_cut_right(&rect, side, GAP),
                         .icon = LIVE_ICON_THEME,
                         .quiet = true,
                         .tip = live_app_tip(app, tip, "dark or light", LIVE_ACTION_THEME, LIVE_ACTION_NONE)},
                     &app->tip);
    app->choosing_latent = is_about_a_latent(app);
    app->choosing_epsilon = is_lit(app);
    if (model->run && model->run->here) {
        live_app_draw_training(app, &rect);
    } else {
        if (model->timeline.steps > 1)
            draw_timeline(app, &rect);
        live_app_draw_smoothing(app, &rect, 400);
        live_app_draw_epsilon(app, &rect, fminf(320, 0.5f * rect.width));
        live_app_draw_latent(app, &rect, fminf(320, 0.5f * rect.width));
    }
    app->bands[0] = rect;
}

/* ---- panels ---- */

static void draw_panel(struct live_app *app, enum live_view view, struct view_rect rect, bool wide)
{
    const struct live_panel *panel = &live_panels[view];
    struct live_tile *tile = &app->tiles[view];
    const struct live_scope scope = {.canvas = app->stage.canvas,
                                     .theme = &app->theme,
                                     .model = &app->scene->model,
                                     .probe = app->probe,
                                     .strips = app->strips,
                                     .finder = app->finder,
                                     .pointer = app->pointer,
                                     .wide = wide,
                                     .view = view,
                                     .frame = app->frames};
    tile->rect = rect;
    tile->plot.cards.count = 0;
    if (panel->has(scope.model))
        panel->draw(&scope, tile, rect);
    else /* it is being made anew */
        live_panel_empty(&scope, rect, panel->title, "nothing to show just now");
}

/* Cards of what is read lie over all panels: over a colour bar, and over a neighbour where they must. */
static void draw_cards(struct live_app *app)
{
    view_canvas_part(app->stage.canvas);
    for (int v = 0; v < LIVE_VIEWS; v++)
        if (app->tiles[v].rect.width > 0)
            live_plot_draw_cards(&app->tiles[v].plot, app->stage.canvas);
}

/* A mark at the heading of the view that keys are for. */
static void mark_focus(struct live_app *app, struct view_rect rect)
{
    view_rounded_box(app->stage.canvas,
                     (struct view_rect){rect.x - 11, rect.y - 1, 4, 1.25f * app->theme.size_heading}, 2, 0,
                     app->theme.series[0]);
}

/* A window too small, or letters too large, for several views at once. */
static bool is_cramped(const struct live_app *app, const struct live_dashboard *page, struct view_rect rect)
{
    const float least_width = 11 * app->theme.size_tick, least_height = 11.5f * app->theme.size_tick;
    uint32_t count;
    const struct live_place *places = live_places(page, app->narrow, &count);
    for (uint32_t i = 0; i < count && count > 1; i++) {
        const struct view_rect place = live_place_rect(page, &places[i], rect, GAP);
        if (place.width < least_width || place.height < least_height)
            return true;
    }
    return false;
}

/* Plots beside each other begin at the height of the one that needs most above it, as of the last frame. */
static void line_up(struct live_app *app, const struct live_place *places, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        float top = 0;
        for (uint32_t other = 0; other < count; other++)
            if (places[other].row == places[i].row)
                top = fmaxf(top, app->tiles[places[other].view].plot.top);
        app->tiles[places[i].view].plot.least_top = top;
    }
}

static bool draw_whole_view(struct live_app *app, struct view_rect rect)
{
    const enum live_view whole = live_app_whole_view(app);
    if (whole == LIVE_VIEWS)
        return false;
    app->tiles[whole].plot.least_top = 0;
    view_canvas_part(app->stage.canvas);
    draw_panel(app, whole, rect, true);
    return true;
}

static void draw_page(struct live_app *app, struct view_rect rect)
{
    const struct live_dashboard *page = app->pages.pages[app->page];
    uint32_t count;
    for (int v = 0; v < LIVE_VIEWS; v++)
        app->tiles[v].rect = (struct view_rect){0};
    app->alone = is_cramped(app, page, rect);
    if (draw_whole_view(app, rect))
        return;
    const struct live_place *places = live_places(page, app->narrow, &count);
    line_up(app, places, count);
    bool focused = false;
    for (uint32_t i = 0; i < count; i++)
        focused |= places[i].view == app->focus;
    app->focus = focused ? app->focus : places[0].view;
    for (uint32_t i = 0; i < count; i++) {
        enum live_view view = places[i].view;
        if (!live_panels[view].has(&app->scene->model))
            continue;
        struct view_rect place = live_place_rect(page, &places[i], rect, GAP);
        view_canvas_part(app->stage.canvas);
        draw_panel(app, view, place, false);
        if (view == app->focus)
            mark_focus(app, place);
    }
}

/* ---- footing ---- */

static void resonance_words(const struct live_model *model, char *words, size_t size)
{
    const struct live_resonance *resonance = &model->resonance;
    char rows[VIEW_LABEL_BYTES], planes[VIEW_LABEL_BYTES], counted[48] = "";
    const bool stands = model->busy && resonance->known; /* the picture before stays meanwhile */
    uint64_t held = stands ? resonance->extents.rows : srm_live_rows(resonance->counts);
    view_format_count(held, rows);
    view_format_count(resonance->n_planes, planes);
    if (!stands && held < resonance->total_rows)
        snprintf(counted, sizeof counted, " (counting, %.0f %%)",
                 100.0 * (double)held / (double)resonance->total_rows);
    snprintf(words, size, "%s row%s of %s%s \u00b7 %s plane%s of %u vectors, %s \u00b7 %u angles", rows,
             held == 1 ? "" : "s", resonance->subject, counted, planes, resonance->n_planes == 1 ? "" : "s",
             resonance->chosen ? resonance->n_chosen : resonance->vectors, resonance->basis,
             resonance->angles);
}

static void draw_footing(struct live_app *app, struct view_rect rect)
{
    struct view_canvas *canvas = app->stage.canvas;
    app->bands[2] = view_inset(rect, 0, -4, 0, -4);
    const struct view_text_style left = {
        .colour = app->theme.text_muted, .size = app->theme.size_tick, .anchor = VIEW_MIDDLE};
    struct view_text_style right = left;
    char words[256] = "", device[400];
    right.align = VIEW_END;
    float middle = rect.y + 0.5f * rect.height;
    if (app->scene->model.resonance.counts)
        resonance_words(&app->scene->model, words, sizeof words);
    snprintf(device, sizeof device, "%s%s", app->recorder.on ? "recording \u00b7 " : "",
             gpu_information(app->gpu)->name);
    view_fit_text(device, 0.4f * rect.width, app->theme.size_tick, VIEW_REGULAR);
    float taken = view_text(canvas, rect.x + rect.width, middle, device, &right);
    view_fit_text(words, rect.width - taken - GAP, app->theme.size_tick, VIEW_REGULAR);
    view_text(canvas, rect.x, middle, words, &left);
}

/* ---- overlays ---- */

/* What is wrong with a shader that was saved, until it is mended: in the footing's place, red on any theme.
 */
static void draw_fault(struct live_app *app, struct view_rect rect)
{
    const struct view_colour red = {200, 30, 45, 255}, white = {255, 255, 255, 255};
    const char *fault = app->reload ? live_reload_fault(app->reload) : "";
    const float size = app->theme.size_label, height = 2.2f * size, edge = 0.9f * size;
    char words[220];
    if (fault[0] == '\0')
        return;
    snprintf(words, sizeof words, "%s", fault);
    view_fit_text(words, rect.width - 2 * edge, size, VIEW_REGULAR);
    const float width = view_text_width(words, size, VIEW_REGULAR) + 2 * edge;
    const struct view_rect badge = {rect.x, rect.y + rect.height - height, width, height};
    view_rounded_box(app->stage.canvas, badge, 0.25f * height, 0, red);
    view_text(app->stage.canvas, badge.x + edge, badge.y + 0.5f * height, words,
              &(struct view_text_style){.size = size, .colour = white, .anchor = VIEW_MIDDLE});
}

static void draw_nothing(struct live_app *app, struct view_rect rect)
{
    const char *words = app->waits[0] ? app->waits : "nothing to show";
    view_text(app->stage.canvas, rect.x + 0.5f * rect.width, rect.y + 0.5f * rect.height, words,
              &(struct view_text_style){.colour = app->theme.text_muted, .align = VIEW_CENTRE});
}

/* Keys that do nothing for what is shown are not listed. */
static void note_what_applies(struct live_app *app)
{
    const struct live_model *model = &app->scene->model;
    const bool here = model->run && model->run->here, film = !here && model->timeline.steps > 1;
    for (int a = 1; a < LIVE_ACTIONS; a++) {
        const enum live_action action = (enum live_action)a;
        const enum live_group group = live_action_group(action);
        bool *hidden = &app->keys.hidden[a];
        *hidden = (group == LIVE_GROUP_TIME && !film) || (group == LIVE_GROUP_TRAINING && !here) ||
                  (group == LIVE_GROUP_RESONANCE && !model->resonance.counts);
        if (action == LIVE_ACTION_PAUSE || action == LIVE_ACTION_STEP_FORWARD)
            *hidden = !film && !here;
        if (action == LIVE_ACTION_NEXT_LATENT || action == LIVE_ACTION_PREVIOUS_LATENT ||
            action == LIVE_ACTION_SMOOTHER || action == LIVE_ACTION_ROUGHER)
            *hidden = !model->run;
        if (action >= LIVE_ACTION_VIEW_1 && action <= LIVE_ACTION_VIEW_9)
            *hidden = (uint32_t)(action - LIVE_ACTION_VIEW_1) >= app->pages.count;
    }
}

/* What lies over the panels, each a part of the picture. */
static void draw_overlays(struct live_app *app, struct view_rect footing)
{
    struct view_canvas *canvas = app->stage.canvas;
    const uint64_t now = live_app_now_ns(app);
    view_canvas_part(canvas);
    draw_fault(app, footing);
    view_canvas_part(canvas);
    live_tip_draw(&app->tip, canvas, now);
    view_canvas_part(canvas);
    if (app->help) {
        note_what_applies(app);
        live_help_draw(canvas, &app->bindings, &app->keys);
    }
    view_canvas_part(canvas);
    app->dirty |=
        live_toast_draw(&app->toast, canvas, app->help ? app->bands + 2 : app->bands, app->help ? 1 : 3, now);
}

enum base_status live_app_draw(struct live_app *app)
{
    struct view_canvas *canvas = app->stage.canvas;
    struct view_rect rect = view_inset(view_canvas_bounds(canvas), MARGIN, 10, MARGIN, 6);
    const float line = live_widget_height(&app->theme);
    app->narrow = rect.width < NARROW * app->theme.size_tick;
    live_tip_begin(&app->tip);
    view_canvas_part(canvas);
    if (!app->scene || app->pages.count == 0) {
        draw_nothing(app, rect);
        return BASE_OK;
    }
    struct view_rect heading = view_cut_top(&rect, line + 4, 4);
    struct view_rect controls = view_cut_top(&rect, line, 14);
    struct view_rect footing = view_cut_bottom(&rect, app->theme.size_tick + 6, 8);
    draw_heading(app, heading);
    view_canvas_part(canvas);
    draw_controls(app, controls);
    view_canvas_part(canvas);
    draw_footing(app, footing);
    const struct view_rect statistics = live_app_place_statistics(app, &rect);
    draw_page(app, rect);
    draw_cards(app);
    view_canvas_part(canvas);
    live_app_draw_statistics(app, statistics);
    draw_overlays(app, footing);
    return BASE_OK;
}
