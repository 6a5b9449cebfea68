/* Where frames go and events come from: a window, or without a display the frames themselves as PNG files; a
 * script may stand in for the person. Used from the thread that uses the gpu; nothing waits for the device
 * but frames that are written to files. */
#ifndef ARCLIGHT_LIVE_STAGE_H
#define ARCLIGHT_LIVE_STAGE_H

#include "view/canvas.h"
#include "view/script.h"
#include "view/window.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LIVE_FRAMES_A_SECOND = 30 }; /* of the clock that scripts and files of frames go by */

/* Where events come from that are neither a window's nor a script's: a test's hands. A stage without a
 * window then behaves as one with it, piece by piece. Called whenever a window would be looked at. */
struct live_stage_hands {
    bool (*event)(void *context, struct view_event *event);
    void *context;
};

struct live_stage_parameters {
    struct gpu *gpu;
    bool headless;
    const char *title;
    float width, height, scale; /* units; pixels a unit (headless; a window's comes from the display) */
    bool fullscreen;
    const char *present_device; /* see view/window.h */
    const char *frames_folder;  /* each frame goes there as frame-000000.png; NULL: none */
    uint64_t frames;            /* ends after so many; 0: not by their number */
    const char *script;         /* NULL: none. Without `frames` a headless stage ends a second behind its last
                                   event */
    const char *keep_script;    /* what is done at the window is written there; NULL: nowhere */
    double most_frames_a_second; /* 0: as many as the display shows */
    const struct view_theme *theme;
    const struct live_stage_hands *hands; /* NULL: none; not owned */
};

/* From events to their pictures in the window, behind the first one. An event counts from the last look that
 * found none, so that what it waited for that look is in it; one that changes nothing to be seen does not
 * count. */
enum { LIVE_ANSWER_BINS = 1024, LIVE_ANSWER_BIN_NS = 500000 };
struct live_answers {
    uint64_t n, ns, longest_ns;
    uint32_t bins[LIVE_ANSWER_BINS]; /* of half a ms each; the last one holds all above */
    uint64_t begun_ns;               /* of all: until the picture was begun */
    uint64_t drawn_ns;               /* and from there until the device was through with it */
};

struct live_stage {
    struct live_stage_parameters parameters;
    struct gpu *gpu;
    struct view_canvas *canvas;
    struct view_window *window; /* NULL when headless */
    struct view_script *script;
    FILE *kept;             /* of keep_script */
    struct view_event last; /* to be written there when the next one is looked for; its frame */
    uint64_t last_frame;
    bool keeps;            /* there is one */
    uint64_t frame;        /* number of the next one */
    uint64_t written;      /* PNG files */
    uint64_t start_ns;     /* host clock */
    uint64_t next_ns;      /* when the next frame is due */
    uint64_t mark, before; /* behind the last piece of a picture that was handed over, and the one before */
    bool unfinished;       /* there are areas of the present picture left to be handed over */
    bool unshown;          /* the window lacks something of what was drawn */
    uint64_t drawn_ns;     /* host clock at the last frame's begin */
    uint64_t shown;        /* frames that went to the window */
    uint64_t last_ns;      /* host clock at the begin of the last frame that was drawn, not skipped */
    uint64_t cost_ns;      /* from a frame's begin until the device was through with it: a mean that fades */
    bool through;          /* the device is, with the last frame */
    uint64_t through_ns;   /* since when */
    uint64_t looked_ns;    /* when there was no event, last */
    uint64_t event_ns;     /* when the last event was taken; 0: none was */
    uint64_t hand_ns;      /* when the first event can have come that no frame was begun for yet; 0: none */
    uint64_t answered_ns;  /* the same of the last frame, until it is shown */
    struct live_answers answers;
    uint64_t began_ns;      /* of the present frame */
    uint64_t frame_ns[32];  /* between the last frames, a ring */
    uint64_t record_ns[32]; /* host time to make them */
    bool hidden, waiting;   /* minimised; a frame stands drawn and was not taken yet */
    bool ended;             /* after the last frame that was asked for */
};

/* BASE_ERROR_NO_DEVICE as view_window_create; BASE_ERROR_INPUT for the script. To be closed in every case. */
enum base_status live_stage_open(struct live_stage *stage, const struct live_stage_parameters *parameters);
void live_stage_close(struct live_stage *stage);

/* The next event before the coming frame; a resize has been carried out already. Never waits. */
bool live_stage_event(struct live_stage *stage, struct view_event *event);
/* What stands in the kept script in the place of the event taken last; NULL: nothing. */
void live_stage_keep(struct live_stage *stage, const struct view_event *event);
/* Whether a frame may be drawn now: it is time for one, the window is seen, and the one before was shown. */
bool live_stage_due(struct live_stage *stage);
/* Shows the frame that was drawn last, once the device is through with it. To be called as often as can be.
 */
enum base_status live_stage_show(struct live_stage *stage);
/* Nanoseconds since the last frame that was drawn began. */
uint64_t live_stage_rest_ns(const struct live_stage *stage);
/* Seconds since the start by the clock of animations: real ones at a window, frames / LIVE_FRAMES_A_SECOND
 * where a script or files of frames want the same pictures each time. */
double live_stage_seconds(const struct live_stage *stage);

/* Between the two the canvas is drawn upon. Begin gives it the size that the window has by now. The picture
 * then goes to the device in pieces, two of which take no longer than a piece of other work: go_on hands over
 * one, if there is room, and is called until *more is false, when the frame is counted and shown or written.
 * Scripted and headless stages take it whole. */
enum base_status live_stage_begin_frame(struct live_stage *stage, const struct view_theme *theme);
enum base_status live_stage_go_on(struct live_stage *stage, bool *more);
/* Leaves the rest of the picture: a newer one takes its place, which must be begun next. */
void live_stage_drop_frame(struct live_stage *stage);
/* An event has come since the present picture was begun. / The present picture is an answer to one. */
bool live_stage_is_asked(const struct live_stage *stage);
bool live_stage_answers(const struct live_stage *stage);
/* An event waits for a picture to leave the device before its own can be begun. */
bool live_stage_is_held_up(const struct live_stage *stage);
/* A picture stands in the window, and no event has come for so long. */
bool live_stage_is_left_alone(const struct live_stage *stage, uint64_t ns);
/* Sleeps until there is room for another piece, at most a ms, or until an event comes. */
void live_stage_nap(const struct live_stage *stage);
/* A frame that is not needed because nothing changed: time goes on, and with it the script. */
void live_stage_skip_frame(struct live_stage *stage);

/* Sleeps until the next frame may be due or an event comes; at a headless stage not at all. */
void live_stage_wait(struct live_stage *stage);

/* So much of them was answered within so many ns, to half a ms; 0 when there was none. */
uint64_t live_answers_within_ns(const struct live_answers *answers, double share);
/* Means over the last frames, in ns: from one to the next, and the host's work on one. */
uint64_t live_stage_interval_ns(const struct live_stage *stage);
uint64_t live_stage_work_ns(const struct live_stage *stage);

/* Whether pictures must be the same each time: by a script, or because they are written to files. */
bool live_stage_is_scripted(const struct live_stage *stage);

#ifdef __cplusplus
}
#endif
#endif
