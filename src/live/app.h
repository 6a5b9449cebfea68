/* The live window: events in, frames out. It draws a scene's model by panels on pages, and is served in
 * between whatever else goes on: a scene's work, or a training that calls live_app_serve from the device
 * room's waits (gpu_set_between). */
#ifndef ARCLIGHT_LIVE_APP_H
#define ARCLIGHT_LIVE_APP_H

#include "live/bindings.h"
#include "live/dashboard.h"
#include "live/export.h"
#include "live/layout.h"
#include "live/passes.h"
#include "live/reload.h"
#include "live/scene.h"
#include "live/stage.h"
#include "live/strip.h"
#include "live/widgets.h"

#ifdef __cplusplus
extern "C" {
#endif

struct live_app_parameters {
    struct gpu *gpu;
    struct live_stage_parameters stage; /* gpu and theme: filled in */
    const char *theme;                  /* "dark", "light"; NULL: as remembered */
    const char *page;                   /* name of a dashboard or view to begin with; NULL: as remembered */
    const char *folder;                 /* for screenshots and numbers; NULL: the present one */
    const char *shaders;                /* a folder of sources to be reloaded from, see live/reload.h; NULL */
    bool forgetful;                     /* neither reads nor writes layout and bindings: tests, scripts */
    bool finished;                      /* the first picture is of all rows, not of those counted so far */
};

/* Files asked for, as bits; made by live_app_settle. */
enum { LIVE_WISH_PLOT = 1, LIVE_WISH_WINDOW = 2, LIVE_WISH_NUMBERS = 4, LIVE_WISH_RECORD = 8 };

struct live_app {
    struct gpu *gpu;
    struct live_stage stage;
    struct live_scene *scene; /* NULL: nothing to show; owned by whoever runs the app */
    struct live_bindings bindings;
    struct live_layout layout;
    struct view_theme theme; /* of the chosen colours and text size */
    struct live_probe *probe;
    struct live_strips *strips;
    struct live_finder *finder;
    struct live_tip tip;
    struct live_toast toast;
    struct live_help keys;      /* the page of keys, shown while `help` */
    struct live_reload *reload; /* NULL: shaders are those of the program */
    struct live_recorder recorder;
    uint64_t recorded_from_ns; /* of the clock of animations, when the recording began */
    int64_t ahead_ns;          /* that clock's to the stage's, from recordings that went on by their own */
    const char *folder;
    char *owned_folder; /* of the stage's frames; base_free when the app is closed; NULL: none */
    bool forgetful, finished;

    struct live_pages pages;
    uint32_t page;          /* among them */
    enum live_view focus;   /* the view that keys are for */
    enum live_view pointed; /* the view under the pointer; LIVE_VIEWS: none */
    bool narrow;            /* the page shows its fewer places */
    bool whole, alone;      /* the focus has the page to itself: by choice; there is no room for others */
    struct live_tile tiles[LIVE_VIEWS];
    struct view_point pointer;

    /* controls */
    struct live_tabs tabs;
    struct live_slider epsilon, time;
    struct live_button play, back, forward;
    struct live_button theme_button, help_button;
    struct live_button checkpoint, stop; /* of a training, as the next ones */
    struct live_slider rate, sparsity;
    struct live_slider smoothing; /* of curves over steps, where the page has any and the line has room */
    struct live_slider latent;
    bool choosing_latent, choosing_epsilon; /* its slider is shown */
    struct live_tabs subjects;

    struct view_rect bands[3]; /* of the last frame, where nothing is read: notices stand there */

    char waits[96];  /* what is done before there is anything to show: "reading rows 12 %"; "": nothing */
    uint32_t wishes; /* LIVE_WISH_… */
    bool help, statistics, quit, dirty;
    uint32_t fresh;            /* frames still to be drawn though nothing changes */
    uint32_t prompt;           /* of these, the ones that answer a hand and do not give way to work */
    bool serving;              /* within live_app_serve */
    bool prepared;             /* pipelines of all that may come to be drawn stand */
    uint64_t most_probe_bytes; /* of any frame */
    uint64_t frames;           /* drawn */
    uint64_t dropped;          /* given up half drawn, for an answer */
    struct live_passes passes; /* what takes the device's time in them */
};

enum base_status live_app_open(struct live_app *app, const struct live_app_parameters *parameters);
/* Remembers the layout. To be called in every case, before the gpu is closed. */
void live_app_close(struct live_app *app);

/* Takes in events and draws a frame when one is due. Never waits: what goes into files is left to
 * live_app_pump. Suits gpu_set_between (context: the app). */
enum base_status live_app_serve(void *app);
/* The same where waiting is allowed, between pieces of a scene's work: frames that are written to files,
 * screenshots, numbers. */
enum base_status live_app_pump(struct live_app *app);

/* Where the host does something long: says what it is (NULL: what was said last) and serves the window.
 * BASE_INTERRUPTED when it was closed. Suits base_set_attendant (context: the app). */
enum base_status live_app_attend(void *app, const char *what, uint64_t done, uint64_t total);
/* That is over. */
void live_app_attend_no_more(struct live_app *app);

/* Another scene to show (NULL: none); views keep what hands have done to them. */
void live_app_show(struct live_app *app, struct live_scene *scene);

/* Until the window is closed, the frames asked for are drawn, or Ctrl-C: the scene goes on, frames are drawn.
 */
enum base_status live_app_run(struct live_app *app);
/* Over: closed, quit, or all frames drawn. */
bool live_app_is_over(const struct live_app *app);

/* ---- app_layout.c ---- */
void live_app_recall_views(struct live_app *app);
void live_app_remember(struct live_app *app);

/* ---- app_draw.c ---- */

/* Where the page has curves over steps: how much they are smoothed, at the line's right end; where that
 * leaves at least `least` units of it. */
void live_app_draw_smoothing(struct live_app *app, struct view_rect *rect, float least);
enum base_status live_app_draw(struct live_app *app);
/* Words for a tip with the keys that are bound: "dark or light (t)"; `other` LIVE_ACTION_NONE: one action. */
enum { LIVE_TIP_BYTES = 128 };
const char *live_app_tip(const struct live_app *app, char text[LIVE_TIP_BYTES], const char *words,
                         enum live_action action, enum live_action other);

/* Sliders of the whole window, cut off the left of the line. */
void live_app_draw_epsilon(struct live_app *app, struct view_rect *rect, float width);
void live_app_draw_latent(struct live_app *app, struct view_rect *rect, float width);

/* ---- app_training.c: controls of a training in this process ---- */
/* All that stands between the buttons at the line's left and right end; *rect is what is left of it. */
void live_app_draw_training(struct live_app *app, struct view_rect *rect);
bool live_app_training_event(struct live_app *app, const struct view_event *event);
void live_app_take_training(struct live_app *app);

/* ---- app_statistics.c ---- */

/* Where the statistics stand, width 0 for nowhere: cut off the page's right where that leaves enough of it,
 * else over the page. */
struct view_rect live_app_place_statistics(struct live_app *app, struct view_rect *page);
void live_app_draw_statistics(struct live_app *app, struct view_rect place);

/* ---- app_files.c ---- */

/* Pictures and numbers that were asked for since the last call. */
enum base_status live_app_settle(struct live_app *app);
/* The frame that was drawn last, while there is a recording. */
enum base_status live_app_record(struct live_app *app);

/* ---- app_events.c ---- */
void live_app_event(struct live_app *app, const struct view_event *event);
void live_app_act(struct live_app *app, enum live_action action);
/* What widgets were moved to. */
void live_app_take_controls(struct live_app *app);
/* The view at full size, or NULL's stand-in LIVE_VIEWS where a page of several is shown. */
enum live_view live_app_whole_view(const struct live_app *app);
void live_app_show_page(struct live_app *app, uint32_t page);
/* The same by hand: it is the one to begin with the next time. */
void live_app_choose_page(struct live_app *app, uint32_t page);
void live_app_apply_theme(struct live_app *app);

/* Nanoseconds of the clock of animations. */
uint64_t live_app_now_ns(const struct live_app *app);

#ifdef __cplusplus
}
#endif
#endif
