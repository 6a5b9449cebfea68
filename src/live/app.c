#include "live/app.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "srm/null.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Frames drawn behind the last change: extents and values under the cursor come a frame or two late. */
enum { SETTLING_FRAMES = 4 };

/* ---- opening and closing ---- */

void live_app_apply_theme(struct live_app *app)
{
    const struct view_theme *theme = app->layout.light ? &view_theme_light : &view_theme_dark;
    app->theme = live_theme_sized(theme, app->layout.text_factor);
    app->dirty = true;
}

static void recall(struct live_app *app, const struct live_app_parameters *parameters)
{
    live_layout_default(&app->layout);
    live_bindings_default(&app->bindings);
    if (!app->forgetful)
        live_layout_load(&app->layout);
    if (parameters->theme)
        app->layout.light = strcmp(parameters->theme, "light") == 0;
    if (parameters->page)
        snprintf(app->layout.dashboard, sizeof app->layout.dashboard, "%s", parameters->page);
    live_app_apply_theme(app);
}

enum base_status live_app_open(struct live_app *app, const struct live_app_parameters *parameters)
{
    struct live_stage_parameters stage = parameters->stage;
    *app = (struct live_app){.gpu = parameters->gpu, .folder = parameters->folder, .dirty = true};
    app->forgetful = parameters->forgetful;
    app->finished = parameters->finished;
    app->pointer = (struct view_point){-1e6f, -1e6f};
    app->pointed = LIVE_VIEWS;
    recall(app, parameters);
    live_app_recall_views(app);
    const bool unbound = !app->forgetful && live_bindings_load(&app->bindings) != BASE_OK;
    if (unbound)
        base_log(BASE_LOG_NORMAL, "%s", base_message());
    char fault[sizeof app->toast.text];
    snprintf(fault, sizeof fault, "%s", unbound ? base_message() : "");
    stage.gpu = app->gpu;
    stage.theme = &app->theme;
    if (!(stage.width > 0)) {
        stage.width = app->layout.width;
        stage.height = app->layout.height;
        stage.fullscreen = stage.fullscreen || app->layout.full_screen;
    }
    BASE_TRY(live_stage_open(&app->stage, &stage));
    if (unbound)
        live_toast_warn(&app->toast, live_app_now_ns(app), "%s", fault);
    BASE_TRY(live_probe_create(app->gpu, &app->probe));
    BASE_TRY(live_finder_create(app->gpu, &app->finder));
    if (parameters->shaders)
        BASE_TRY(live_reload_open(app->gpu, parameters->shaders, &app->reload));
    return live_strips_create(app->gpu, &app->strips);
}

/* Where the time of the pictures went, for --verbose. */
static void report(struct live_app *app)
{
    struct gpu_timing *timings = NULL;
    uint32_t count = 0;
    if (app->frames == 0)
        return;
    base_log(BASE_LOG_VERBOSE,
             "%llu pictures drawn, %llu in the window; the last ones %.1f ms apart, %.2f ms of host work "
             "each, on the "
             "device %.1f ms after their begin",
             (unsigned long long)app->frames, (unsigned long long)app->stage.shown,
             (double)live_stage_interval_ns(&app->stage) * 1e-6,
             (double)live_stage_work_ns(&app->stage) * 1e-6, (double)app->stage.cost_ns * 1e-6);
    const struct live_answers *answers = &app->stage.answers;
    if (answers->n > 0)
        base_log(
            BASE_LOG_VERBOSE,
            "from an event to its picture in the window: %.1f ms, 95 %% within %.1f ms, at most %.1f ms, of "
            "%llu (%.1f ms until it was begun, %.1f ms on the device); %llu pictures were left for theirs",
            (double)answers->ns * 1e-6 / (double)answers->n,
            (double)live_answers_within_ns(answers, 0.95) * 1e-6, (double)answers->longest_ns * 1e-6,
            (unsigned long long)answers->n, (double)answers->begun_ns * 1e-6 / (double)answers->n,
            (double)answers->drawn_ns * 1e-6 / (double)answers->n, (unsigned long long)app->dropped);
    const struct gpu_slices slices = gpu_slices(app->gpu);
    base_log(BASE_LOG_VERBOSE, "pieces of work on the device: %.2f ms, at most %.1f ms, of %llu",
             (double)slices.ns * 1e-6 / (double)base_maximum(slices.n, 1), (double)slices.longest_ns * 1e-6,
             (unsigned long long)slices.n);
    if (gpu_timings_so_far(app->gpu, &timings, &count) != BASE_OK)
        return;
    for (uint32_t i = 0; i < count; i++)
        base_log(BASE_LOG_VERBOSE, "  %-24s %8llu times %10.3f ms each", timings[i].kernel,
                 (unsigned long long)timings[i].dispatches,
                 (double)timings[i].ns * 1e-6 / (double)base_maximum(timings[i].dispatches, 1));
    base_free(timings);
}

void live_app_close(struct live_app *app)
{
    report(app);
    live_app_remember(app);
    live_recorder_stop(&app->recorder);
    live_reload_close(&app->reload);
    live_probe_destroy(&app->probe);
    live_strips_destroy(&app->strips);
    live_finder_destroy(&app->finder);
    live_stage_close(&app->stage);
    base_free(app->owned_folder);
}

/* ---- what is shown ---- */

static uint32_t page_named(const struct live_app *app, const char *name)
{
    for (uint32_t i = 0; i < app->pages.count; i++)
        if (strcmp(app->pages.pages[i]->name, name) == 0)
            return i;
    return 0;
}

void live_app_show(struct live_app *app, struct live_scene *scene)
{
    char title[192];
    const struct live_dashboard *page = app->pages.count > 0 ? app->pages.pages[app->page] : NULL;
    const enum live_view focus = app->focus;
    bool whole = app->whole;
    app->scene = scene;
    app->pages.count = 0;
    if (app->probe)
        live_probe_forget(app->probe);
    if (!scene)
        return;
    live_pages_of(&scene->model, &app->pages);
    /* A page that this scene lacks yet is still the one wished for. */
    live_app_show_page(app, page_named(app, app->layout.dashboard));
    app->whole = whole && page == app->pages.pages[app->page] && focus == app->focus;
    app->epsilon.value = scene->model.resonance.epsilon;
    snprintf(title, sizeof title, "%s \u2013 Arclight", scene->model.title);
    if (app->stage.window)
        view_window_set_title(app->stage.window, title);
}

uint64_t live_app_now_ns(const struct live_app *app)
{
    int64_t stage = (int64_t)(live_stage_seconds(&app->stage) * 1e9);
    return app->recorder.on ? app->recorded_from_ns + live_recorder_time_ns(&app->recorder)
                            : (uint64_t)(stage + app->ahead_ns);
}

bool live_app_is_over(const struct live_app *app)
{
    return app->quit || app->stage.ended;
}

/* ---- being served ---- */

/* A spotlight that nobody has moved yet goes, once all rows are counted, to where it lights most; the rows of
 * a training never end. */
static void place_spotlight(const struct live_model *model, struct live_resonance *resonance)
{
    const uint64_t some = 256;
    uint64_t enough = model->run ? base_minimum(some, resonance->total_rows) : resonance->total_rows;
    if (resonance->placed || !resonance->known || resonance->extents.rows < enough)
        return;
    resonance->placed = true;
    if (resonance->plane != 0 || resonance->angle != 0)
        return;
    resonance->plane = resonance->extents.peak_plane;
    resonance->angle = resonance->extents.peak_angle;
}

/* Resonance is made ready at the epsilon wished, unless its counts are half made just now. */
static enum base_status prepare(struct live_app *app)
{
    struct live_scene *scene = app->scene;
    if (scene && scene->model.replaced) {
        live_probe_forget(app->probe);
        scene->model.replaced = false;
    }
    if (!scene || scene->model.busy)
        return BASE_OK;
    struct live_resonance *resonance = &scene->model.resonance;
    if (resonance->counts) {
        BASE_TRY(srm_live_show(resonance->counts, resonance->epsilon));
        resonance->known =
            srm_live_extents(resonance->counts, &resonance->extents) && resonance->extents.rows > 0;
        place_spotlight(&scene->model, resonance);
        resonance->null_share = srm_null_probability(resonance->epsilon, resonance->width);
    }
    return scene->kind->prepare ? scene->kind->prepare(scene) : BASE_OK;
}

static void take_events(struct live_app *app)
{
    struct view_event event;
    while (live_stage_event(&app->stage, &event)) {
        live_app_event(app, &event);
        app->dirty = true;
    }
    live_app_take_controls(app);
}

static enum base_status describe(struct live_app *app)
{
    BASE_TRY(live_stage_begin_frame(&app->stage, &app->theme));
    BASE_TRY(prepare(app));
    live_probe_frame(app->probe);
    live_strips_frame(app->strips);
    return live_app_draw(app);
}

/* While the picture goes to the device, piece by piece, hands are listened to. What only followed the data
 * gives way to an answer; an answer is finished, so that a hand which never rests sees one after the other.
 * Ctrl-C leaves it too, without a failure: amid a training's step that would cost the last checkpoint.
 * *whole false: it was left for the next picture. */
static enum base_status hand_over(struct live_app *app, bool *whole)
{
    struct live_stage *stage = &app->stage;
    bool more;
    *whole = true;
    for (;;) {
        BASE_TRY(live_stage_go_on(stage, &more));
        if (!more)
            return BASE_OK;
        if (base_interrupted())
            break;
        live_stage_nap(stage);
        take_events(app);
        if (live_stage_is_asked(stage) && !live_stage_answers(stage))
            break;
    }
    live_stage_drop_frame(stage);
    app->dropped++;
    *whole = false;
    return BASE_OK;
}

static enum base_status frame(struct live_app *app, bool *whole)
{
    if (app->statistics)
        BASE_TRY(live_passes_take(&app->passes, app->gpu, app->frames));
    BASE_TRY(describe(app));
    BASE_TRY(hand_over(app, whole));
    app->most_probe_bytes = base_maximum(app->most_probe_bytes, live_probe_bytes(app->probe));
    if (*whole) {
        BASE_TRY(live_app_record(app));
        app->frames++;
    }
    BASE_TRY(live_strips_status(app->strips));
    BASE_TRY(live_finder_status(app->finder));
    return live_probe_status(app->probe);
}

/* Pictures that go to files are waited for, which only live_app_pump may do. */
static bool is_written(const struct live_app *app)
{
    return app->stage.parameters.frames_folder || app->recorder.on || !app->stage.window;
}

/* Curves have no axes before the device has told their extents, a frame after they were drawn first. */
static bool has_no_picture(const struct live_app *app)
{
    const struct live_resonance *resonance = &app->scene->model.resonance;
    return resonance->counts && !resonance->known;
}

/* While a scene works, pictures that only follow it take one part in so many of the time; those that answer a
 * hand come at once, and the first ones. */
static bool gives_way(const struct live_app *app)
{
    enum { PARTS = 5 };
    return app->scene && !has_no_picture(app) && app->scene->model.working && app->prompt == 0 &&
           !app->dirty && app->stage.window && !live_stage_is_scripted(&app->stage) &&
           live_stage_rest_ns(&app->stage) < PARTS * app->stage.cost_ns;
}

static enum base_status reload_shaders(struct live_app *app, bool between_steps)
{
    bool changed = false;
    if (app->reload)
        BASE_TRY(live_reload_serve(app->reload, between_steps, &changed));
    if (changed) {
        view_canvas_forget(app->stage.canvas);
        live_strips_forget(app->strips);
        app->dirty = true;
    }
    return BASE_OK;
}

/* What the next frame is for; false: nothing, for it would be the last one again. */
static bool has_reason(struct live_app *app)
{
    if (app->dirty || (app->scene && app->scene->changed))
        app->fresh = SETTLING_FRAMES;
    if (app->dirty)
        app->prompt = SETTLING_FRAMES;
    if (app->fresh == 0 && !is_written(app))
        return false;
    app->fresh -= app->fresh > 0;
    app->prompt -= app->prompt > 0;
    app->dirty = false;
    if (app->scene)
        app->scene->changed = false;
    return true;
}

/* A picture that is left is followed at once by the one that answers, which is not; by none after Ctrl-C. */
static enum base_status draw(struct live_app *app)
{
    bool whole = false;
    while (!whole && !base_interrupted()) {
        if (!has_reason(app)) {
            live_stage_skip_frame(&app->stage);
            return BASE_OK;
        }
        BASE_TRY(frame(app, &whole));
    }
    return BASE_OK;
}

/* What other pages draw with is built while the hands rest, a few ms at a time, or the first look at each
 * would wait for it. */
static enum base_status prepare_ahead(struct live_app *app)
{
    const uint64_t rest_ns = 200000000;
    bool more;
    if (app->prepared || !live_stage_is_left_alone(&app->stage, rest_ns))
        return BASE_OK;
    BASE_TRY(view_canvas_prepare(app->stage.canvas, &more));
    app->prepared = !more;
    return more ? BASE_OK : live_finder_prepare(app->finder);
}

/* pumps: not amid a scene's or a training's work. */
static enum base_status serve(struct live_app *app, bool pumps)
{
    take_events(app);
    BASE_TRY(reload_shaders(app, pumps));
    BASE_TRY(live_stage_show(&app->stage));
    if (is_written(app) && !pumps)
        return BASE_OK;
    if (!live_stage_due(&app->stage))
        return prepare_ahead(app);
    if (gives_way(app))
        return BASE_OK;
    return draw(app);
}

enum base_status live_app_serve(void *context)
{
    struct live_app *app = context;
    if (app->serving)
        return BASE_OK;
    app->serving = true;
    enum base_status status = serve(app, false);
    gpu_set_hold(app->gpu, live_stage_is_held_up(&app->stage));
    app->serving = false;
    return status;
}

enum base_status live_app_pump(struct live_app *app)
{
    app->serving = true;
    enum base_status status = serve(app, true);
    if (status == BASE_OK)
        status = live_app_settle(app);
    app->serving = false;
    return status;
}

/* ---- long work of the host ---- */

static void say_what_it_waits_for(struct live_app *app, const char *what, uint64_t done, uint64_t total)
{
    char words[sizeof app->waits];
    if (total > 0)
        snprintf(words, sizeof words, "%s %.0f %%", what, 100.0 * (double)done / (double)total);
    else
        snprintf(words, sizeof words, "%s", what);
    if (strcmp(words, app->waits) == 0)
        return;
    memcpy(app->waits, words, sizeof words);
    app->fresh = base_maximum(app->fresh, 1);
}

enum base_status live_app_attend(void *context, const char *what, uint64_t done, uint64_t total)
{
    struct live_app *app = context;
    if (what)
        say_what_it_waits_for(app, what, done, total);
    BASE_TRY(gpu_attend(app->gpu));
    BASE_TRY(live_app_serve(app)); /* which nothing may have been set to do yet */
    return live_app_is_over(app) ? base_fail(BASE_INTERRUPTED, "the window was closed") : BASE_OK;
}

void live_app_attend_no_more(struct live_app *app)
{
    if (app->waits[0])
        app->fresh = base_maximum(app->fresh, 1);
    app->waits[0] = '\0';
}

/* ---- the loop ---- */

/* Pictures that nobody sees, behind all of the scene's work: what axes and words want to know comes a frame
 * or two late. */
static enum base_status rehearse(struct live_app *app)
{
    struct live_stage *stage = &app->stage;
    const char *folder = stage->parameters.frames_folder;
    const uint64_t frames = stage->parameters.frames;
    enum base_status status = BASE_OK;
    bool whole;
    do {
        BASE_TRY(app->scene->kind->advance(app->scene, 0));
        if (base_interrupted())
            return base_fail(BASE_INTERRUPTED, "interrupted");
    } while (app->scene->model.working);
    stage->parameters.frames_folder = NULL;
    stage->parameters.frames = 0;
    for (int i = 0; i < SETTLING_FRAMES && status == BASE_OK; i++) {
        status = frame(app, &whole);
        status = status == BASE_OK ? gpu_wait(app->gpu) : status;
    }
    stage->parameters.frames_folder = folder;
    stage->parameters.frames = frames;
    stage->frame = app->frames = 0;
    return status;
}

enum base_status live_app_run(struct live_app *app)
{
    enum base_status status = app->finished && app->scene ? rehearse(app) : BASE_OK;
    gpu_set_between(app->gpu, live_app_serve, app);
    while (status == BASE_OK && !live_app_is_over(app) && !(app->scene && app->scene->model.finished)) {
        if (base_interrupted()) {
            status = base_fail(BASE_INTERRUPTED, "interrupted");
            break;
        }
        if (app->scene)
            status = app->scene->kind->advance(app->scene, (double)live_app_now_ns(app) * 1e-9);
        live_app_attend_no_more(app);
        if (status == BASE_OK)
            status = live_app_pump(app);
        if (status == BASE_OK && !(app->scene && app->scene->model.working))
            live_stage_wait(&app->stage);
    }
    gpu_set_between(app->gpu, NULL, NULL);
    return status;
}
