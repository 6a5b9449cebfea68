/* The live window within a test program, on flat.npy: what it shows, and hands on it. */
#ifndef ARCLIGHT_TEST_CLI_SHOW_H
#define ARCLIGHT_TEST_CLI_SHOW_H

#include "support/device.h"
#include "support/files.h"
#include "support/test.h"

#include "live/app.h"
#include "live/film_scene.h"

struct show {
    struct live_app app;
    struct live_scene *scene;
};

/* A window on the display, or none. */
static inline void open_show(struct show *show, float width, float height, bool window)
{
    const char *path = test_path("flat.npy");
    struct live_film *film;
    const struct live_film_parameters from = {
        .arguments = &path, .n_arguments = 1, .step = UINT64_MAX, .most_bytes = 1 << 26};
    assert_ok(live_film_open(&from, &film));
    const struct live_film_scene_parameters scene = {.gpu = test_gpu(),
                                                     .film = film,
                                                     .title = "rows",
                                                     .scripted = true,
                                                     .resonance = {.vectors = live_film_width(film),
                                                                   .orthonormal = true,
                                                                   .basis_name = "standard basis",
                                                                   .subject = "activations",
                                                                   .n_controls = 2,
                                                                   .epsilon = 0.5}};
    assert_ok(live_film_scene_create(&scene, &show->scene));
    const struct live_app_parameters app = {
        .gpu = test_gpu(),
        .stage = {.headless = !window, .title = "rows", .width = width, .height = height, .scale = !window},
        .theme = "dark",
        .page = "resonance",
        .folder = test_folder(),
        .forgetful = true};
    assert_ok(live_app_open(&show->app, &app));
    live_app_show(&show->app, show->scene);
}

static inline void close_show(struct show *show)
{
    live_app_show(&show->app, NULL);
    live_scene_destroy(&show->scene);
    live_app_close(&show->app);
}

/* One turn of the window's loop. */
static inline void turn(struct show *show)
{
    assert_ok(show->scene->kind->advance(show->scene, live_stage_seconds(&show->app.stage)));
    assert_ok(live_app_pump(&show->app));
}

static inline void key(struct show *show, const char *name)
{
    struct view_event event = {.kind = VIEW_EVENT_KEY};
    snprintf(event.key, sizeof event.key, "%s", name);
    live_app_event(&show->app, &event);
}

static inline void pointer(struct show *show, enum view_event_kind kind, double x, double y)
{
    live_app_event(&show->app, &(struct view_event){.kind = kind, .clicks = 1, .x = (float)x, .y = (float)y});
}

static inline void click(struct show *show, double x, double y)
{
    pointer(show, VIEW_EVENT_MOVE, x, y);
    pointer(show, VIEW_EVENT_PRESS, x, y);
    pointer(show, VIEW_EVENT_RELEASE, x, y);
}

#endif
