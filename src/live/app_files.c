/* Pictures, numbers and recordings that a person asks for. They wait for the device, so they are made between
 * pieces of work and not while it goes on. */
#include "live/app.h"

#include "base/log.h"
#include "base/memory.h"
#include "live/run.h"

#include <stdio.h>
#include <string.h>

static enum live_view chosen_view(const struct live_app *app)
{
    enum live_view whole = live_app_whole_view(app);
    return whole == LIVE_VIEWS ? app->focus : whole;
}

/* A name with what is shown in it: "arclight-mean-step-000003.png". */
static char *name_for(const struct live_app *app, const char *what, const char *extension)
{
    const struct live_timeline *timeline = &app->scene->model.timeline;
    const struct live_run *run = app->scene->model.run;
    bool trains = run && run->here;
    char stem[64];
    snprintf(stem, sizeof stem, "arclight-%s", what);
    return live_export_name(app->folder, stem, trains || timeline->steps > 1 ? "step" : NULL,
                            trains ? run->step : timeline->step + 1, extension);
}

/* What went wrong with a file is said in the window, and the program goes on. */
static enum base_status tell(struct live_app *app, enum base_status status, const char *path)
{
    uint64_t now = live_app_now_ns(app);
    app->dirty = true;
    if (status == BASE_OK)
        live_toast_say(&app->toast, now, "saved as %s", path);
    else if (status == BASE_ERROR_DEVICE_LOST)
        return status;
    else
        live_toast_warn(&app->toast, now, "%s", base_message());
    return BASE_OK;
}

/* False, and said, for a view that has nothing to draw just now. */
static bool has_something(struct live_app *app, enum live_view view)
{
    if (live_panels[view].has(&app->scene->model))
        return true;
    live_toast_say(&app->toast, live_app_now_ns(app), "there is nothing to save yet");
    return false;
}

/* The view alone, at its size in the window and twice the pixels: on a canvas of its own, where nothing of
 * the pointer is in it. */
static enum base_status draw_alone(struct live_app *app, enum live_view view, const char *path)
{
    struct live_tile tile = app->tiles[view];
    struct view_canvas *canvas = NULL;
    enum base_status status;
    const float pad = 14;
    float width = tile.rect.width + 2 * pad, height = tile.rect.height + 2 * pad;
    const struct view_canvas_parameters parameters = {width, height, 2 * app->stage.parameters.scale,
                                                      &app->theme};
    BASE_CHECK(view_canvas_create(app->gpu, &parameters, &canvas));
    tile.plot.inside = false;
    tile.plot.quiet = true;
    tile.plot.cards.count = 0; /* those of the window's last picture */
    const struct live_scope scope = {.canvas = canvas,
                                     .theme = &app->theme,
                                     .model = &app->scene->model,
                                     .probe = app->probe,
                                     .strips = app->strips,
                                     .pointer = {-1e6f, -1e6f},
                                     .wide = true,
                                     .view = view,
                                     .frame = app->frames};
    live_panels[view].draw(&scope, &tile, view_inset(view_canvas_bounds(canvas), pad, pad, pad, pad));
    live_plot_draw_cards(&tile.plot, canvas);
    BASE_CHECK(view_canvas_finish(canvas));
    BASE_CHECK(view_canvas_write_png(canvas, path, NULL, 0));
error:
    view_canvas_destroy(&canvas);
    return status;
}

static enum base_status save_plot(struct live_app *app)
{
    enum live_view view = chosen_view(app);
    if (!has_something(app, view))
        return BASE_OK;
    char *path = name_for(app, live_panels[view].name, "png");
    enum base_status status =
        path ? draw_alone(app, view, path) : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    status = tell(app, status, path);
    base_free(path);
    return status;
}

static enum base_status save_window(struct live_app *app)
{
    char *path = name_for(app, "window", "png");
    enum base_status status = path ? view_canvas_write_png(app->stage.canvas, path, NULL, 0)
                                   : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    status = tell(app, status, path);
    base_free(path);
    return status;
}

static enum base_status save_numbers(struct live_app *app)
{
    const enum live_view view = chosen_view(app);
    const struct live_panel *panel = &live_panels[view];
    if (!has_something(app, view))
        return BASE_OK;
    if (!panel->save) {
        live_toast_say(&app->toast, live_app_now_ns(app), "this view has no numbers to save");
        return BASE_OK;
    }
    char *path = name_for(app, panel->name, "csv");
    enum base_status status = path ? panel->save(&app->scene->model, &app->tiles[view], path)
                                   : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    status = tell(app, status, path);
    base_free(path);
    return status;
}

/* The clock of animations goes on from where the recording leaves it. */
static void end_recording(struct live_app *app, uint64_t now)
{
    live_recorder_stop(&app->recorder);
    app->ahead_ns = 0;
    app->ahead_ns = (int64_t)now - (int64_t)live_app_now_ns(app);
}

enum base_status live_app_record(struct live_app *app)
{
    uint64_t now = live_app_now_ns(app);
    if (!app->recorder.on)
        return BASE_OK;
    enum base_status status = live_recorder_frame(&app->recorder, app->stage.canvas);
    if (status == BASE_OK)
        return BASE_OK;
    end_recording(app, now);
    return tell(app, status, NULL);
}

static enum base_status toggle_recording(struct live_app *app)
{
    uint64_t now = live_app_now_ns(app);
    app->dirty = true;
    if (app->recorder.on) {
        live_toast_say(&app->toast, now, "%llu frames in %s", (unsigned long long)app->recorder.frames,
                       app->recorder.folder);
        end_recording(app, now);
        return BASE_OK;
    }
    app->recorded_from_ns = now;
    char *folder = live_export_name(app->folder, "arclight-recording", NULL, 0, NULL);
    enum base_status status = folder ? live_recorder_start(&app->recorder, folder, LIVE_FRAMES_A_SECOND)
                                     : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    if (status == BASE_OK)
        live_toast_say(&app->toast, now, "recording into %s", folder);
    else
        status = tell(app, status, folder);
    base_free(folder);
    return status;
}

enum base_status live_app_settle(struct live_app *app)
{
    uint32_t wishes = app->wishes;
    app->wishes = 0;
    if (!app->scene || app->frames == 0) {
        app->wishes = wishes;
        return BASE_OK;
    }
    if (wishes & LIVE_WISH_PLOT)
        BASE_TRY(save_plot(app));
    if (wishes & LIVE_WISH_WINDOW)
        BASE_TRY(save_window(app));
    if (wishes & LIVE_WISH_NUMBERS)
        BASE_TRY(save_numbers(app));
    if (wishes & LIVE_WISH_RECORD)
        BASE_TRY(toggle_recording(app));
    return BASE_OK;
}
