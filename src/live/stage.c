#include "live/stage.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "view/png.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum {
    TIMES = sizeof((struct live_stage *)0)->frame_ns / sizeof(uint64_t),
    TAIL_FRAMES = LIVE_FRAMES_A_SECOND
};

/* ---- opening and closing ---- */

static struct view_canvas_parameters canvas_parameters(const struct live_stage *stage)
{
    const struct live_stage_parameters *given = &stage->parameters;
    return (struct view_canvas_parameters){given->width, given->height, given->scale, given->theme};
}

static enum base_status open_window(struct live_stage *stage)
{
    const struct live_stage_parameters *given = &stage->parameters;
    return view_window_create(stage->gpu,
                              &(struct view_window_parameters){.title = given->title,
                                                               .width = given->width,
                                                               .height = given->height,
                                                               .fullscreen = given->fullscreen,
                                                               .present_device = given->present_device},
                              &stage->window);
}

enum base_status live_stage_open(struct live_stage *stage, const struct live_stage_parameters *parameters)
{
    *stage = (struct live_stage){.parameters = *parameters, .gpu = parameters->gpu};
    if (parameters->script)
        BASE_TRY(view_script_open(parameters->script, &stage->script));
    if (parameters->frames_folder)
        BASE_TRY(base_folder_make(parameters->frames_folder));
    if (parameters->keep_script) {
        stage->kept = fopen(parameters->keep_script, "w");
        if (!stage->kept)
            return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: %s", parameters->keep_script, strerror(errno));
    }
    if (!parameters->headless)
        BASE_TRY(open_window(stage));
    const struct view_canvas_parameters canvas = canvas_parameters(stage);
    BASE_TRY(view_canvas_create(stage->gpu, &canvas, &stage->canvas));
    stage->start_ns = stage->next_ns = stage->drawn_ns = stage->looked_ns = base_clock_ns();
    return BASE_OK;
}

static void write_kept(struct live_stage *stage)
{
    if (stage->keeps)
        (void)view_script_write(stage->kept, stage->last_frame, &stage->last);
    stage->keeps = false;
}

/* Frames of a longer run before stay: nobody knows for certain that they are not wanted. */
static void tell_of_others(const struct live_stage *stage)
{
    const char *folder = stage->parameters.frames_folder;
    char **names = NULL, first[32] = "";
    size_t count = 0, others = 0;
    if (!folder || stage->written == 0 || base_folder_list(folder, &names, &count) != BASE_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        unsigned long long number;
        char again[32];
        if (sscanf(names[i], "frame-%12llu", &number) != 1 || number < stage->frame)
            continue;
        snprintf(again, sizeof again, "frame-%06llu.png", number);
        if (strcmp(again, names[i]) != 0)
            continue;
        if (others++ == 0 || strcmp(again, first) < 0)
            snprintf(first, sizeof first, "%s", again);
    }
    base_list_free(&names, count);
    if (others > 0)
        base_log(BASE_LOG_NORMAL, "%s: %zu frame%s of an earlier run stay%s behind these, from %s on", folder,
                 others, others > 1 ? "s" : "", others > 1 ? "" : "s", first);
}

void live_stage_close(struct live_stage *stage)
{
    write_kept(stage);
    tell_of_others(stage);
    view_canvas_destroy(&stage->canvas);
    view_window_destroy(&stage->window);
    view_script_close(&stage->script);
    if (stage->kept) {
        bool failed = ferror(stage->kept);
        failed |= fclose(stage->kept) != 0;
        if (failed)
            base_log(BASE_LOG_QUIET, "warning: %s: not all that was done at the window could be written",
                     stage->parameters.keep_script);
    }
    stage->kept = NULL;
}

/* ---- events ---- */

bool live_stage_is_scripted(const struct live_stage *stage)
{
    return stage->script || (!stage->window && !stage->parameters.hands) || stage->parameters.frames_folder;
}

/* The canvas of the new size is made when the next frame begins: many sizes may come in between. */
static void take_note(struct live_stage *stage, const struct view_event *event)
{
    if (event->kind == VIEW_EVENT_HIDE) { /* a hand waits for no picture that cannot be seen */
        stage->hidden = true;
        stage->hand_ns = stage->answered_ns = 0;
    }
    if (event->kind == VIEW_EVENT_SHOW) {
        stage->hidden = false;
        stage->unshown = true;
    }
    if (event->kind != VIEW_EVENT_RESIZE || !(event->width >= 1) || !(event->height >= 1))
        return;
    stage->parameters.width = event->width;
    stage->parameters.height = event->height;
    if (event->scale > 0)
        stage->parameters.scale = event->scale;
}

static bool next_event(struct live_stage *stage, struct view_event *event)
{
    const struct live_stage_hands *hands = stage->parameters.hands;
    return (stage->script && view_script_event(stage->script, stage->frame, event)) ||
           (hands && hands->event(hands->context, event)) ||
           (stage->window && view_window_event(stage->window, event));
}

void live_stage_keep(struct live_stage *stage, const struct view_event *event)
{
    stage->keeps = stage->kept && event;
    if (!stage->keeps)
        return;
    stage->last = *event;
    stage->last_frame = stage->frame;
}

bool live_stage_event(struct live_stage *stage, struct view_event *event)
{
    write_kept(stage);
    if (!next_event(stage, event)) {
        stage->looked_ns = base_clock_ns();
        return false;
    }
    take_note(stage, event);
    stage->event_ns = base_clock_ns();
    if (!stage->hand_ns && !stage->hidden)
        stage->hand_ns = stage->looked_ns;
    live_stage_keep(stage, event);
    return true;
}

/* ---- time ---- */

double live_stage_seconds(const struct live_stage *stage)
{
    if (live_stage_is_scripted(stage))
        return (double)stage->frame / LIVE_FRAMES_A_SECOND;
    return (double)(base_clock_ns() - stage->start_ns) * 1e-9;
}

static uint64_t wanted_interval_ns(const struct live_stage *stage)
{
    double most = stage->parameters.most_frames_a_second;
    uint64_t display = stage->window ? view_window_interval_ns(stage->window) : 0;
    return most > 0 ? base_maximum(display, (uint64_t)fmin(1e9 / most, 1e15)) : display;
}

/* A hand does not wait for the end of an interval in which nothing was drawn. */
static uint64_t due_ns(const struct live_stage *stage)
{
    const uint64_t soonest = stage->last_ns + wanted_interval_ns(stage);
    return stage->hand_ns ? base_minimum(stage->next_ns, soonest) : stage->next_ns;
}

bool live_stage_due(struct live_stage *stage)
{
    if (stage->ended)
        return false;
    if (!stage->window)
        return true;
    return !stage->hidden && !stage->waiting && base_clock_ns() >= due_ns(stage);
}

/* Over some eight frames, so that a single long wait does not decide. */
static void note_cost(struct live_stage *stage)
{
    if (stage->through)
        return;
    stage->through = true;
    stage->through_ns = base_clock_ns();
    const uint64_t cost = stage->through_ns - stage->last_ns;
    stage->cost_ns = stage->cost_ns ? stage->cost_ns - stage->cost_ns / 8 + cost / 8 : cost;
}

static void note_answer(struct live_stage *stage)
{
    struct live_answers *answers = &stage->answers;
    if (stage->answered_ns && stage->shown > 0) {
        const uint64_t taken = base_clock_ns() - stage->answered_ns;
        answers->n++;
        answers->bins[base_minimum(taken / LIVE_ANSWER_BIN_NS, LIVE_ANSWER_BINS - 1)]++;
        answers->ns += taken;
        answers->longest_ns = base_maximum(answers->longest_ns, taken);
        answers->begun_ns += stage->last_ns - stage->answered_ns;
        answers->drawn_ns += stage->through_ns - stage->last_ns;
    }
    stage->answered_ns = 0;
}

uint64_t live_answers_within_ns(const struct live_answers *answers, double share)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < LIVE_ANSWER_BINS && answers->n > 0; i++) {
        sum += answers->bins[i];
        if ((double)sum >= share * (double)answers->n)
            return (i + 1) * LIVE_ANSWER_BIN_NS;
    }
    return 0;
}

uint64_t live_stage_rest_ns(const struct live_stage *stage)
{
    return base_clock_ns() - stage->last_ns;
}

/* A frame is handed to the window once the device is through with it: drivers of CPU devices wait inside the
 * present call for whatever stands before it. */
enum base_status live_stage_show(struct live_stage *stage)
{
    bool shown = false;
    if (!stage->waiting || !gpu_passed(stage->gpu, stage->mark))
        return BASE_OK;
    note_cost(stage);
    if (!stage->hidden)
        BASE_TRY(view_window_show(stage->window, view_canvas_image(stage->canvas), &shown));
    stage->waiting = !shown && !stage->hidden;
    if (!shown)
        return BASE_OK;
    stage->unshown = false;
    note_answer(stage);
    stage->shown++;
    if (stage->shown == 1)
        base_log(BASE_LOG_VERBOSE, "the first picture is in the window %.0f ms after it was opened",
                 (double)(base_clock_ns() - stage->start_ns) * 1e-6);
    return BASE_OK;
}

void live_stage_wait(struct live_stage *stage)
{
    enum { LONGEST_MS = 50 };
    uint64_t now = base_clock_ns();
    if (!stage->window)
        return;
    /* What stands drawn is looked after each ms. */
    uint64_t ns = stage->hidden                             ? LONGEST_MS * UINT64_C(1000000)
                  : stage->next_ns > now && !stage->waiting ? stage->next_ns - now
                                                            : 0;
    view_window_wait(stage->window, (uint32_t)base_minimum(base_maximum(ns / 1000000, 1), LONGEST_MS));
    stage->looked_ns = base_clock_ns(); /* an event ends the wait: none is older than this */
}

static uint64_t mean_of(const uint64_t *times, uint64_t frames)
{
    uint64_t count = base_minimum(frames, TIMES), sum = 0;
    for (uint64_t i = 0; i < count; i++)
        sum += times[i];
    return count > 0 ? sum / count : 0;
}

uint64_t live_stage_interval_ns(const struct live_stage *stage)
{
    return mean_of(stage->frame_ns, stage->frame);
}

uint64_t live_stage_work_ns(const struct live_stage *stage)
{
    return mean_of(stage->record_ns, stage->frame);
}

/* ---- frames ---- */

/* Behind schedule the clock starts anew: frames that were missed are not made up for. */
static void count_frame(struct live_stage *stage)
{
    const struct live_stage_parameters *given = &stage->parameters;
    uint64_t now = base_clock_ns(), interval = wanted_interval_ns(stage), last = given->frames;
    stage->frame_ns[stage->frame % TIMES] = stage->began_ns - stage->drawn_ns;
    stage->record_ns[stage->frame % TIMES] = now - stage->began_ns;
    stage->drawn_ns = stage->began_ns;
    stage->frame++;
    stage->next_ns = base_maximum(stage->next_ns + interval, now > interval ? now - interval : 0);
    if (last == 0 && !stage->window && stage->script)
        last = view_script_last_frame(stage->script) + TAIL_FRAMES;
    stage->ended = last > 0 && stage->frame >= last;
}

enum base_status live_stage_begin_frame(struct live_stage *stage, const struct view_theme *theme)
{
    stage->began_ns = base_clock_ns();
    stage->answered_ns = stage->hand_ns;
    stage->hand_ns = 0;
    stage->unfinished = true;
    stage->parameters.theme = theme;
    const struct view_canvas_parameters canvas = canvas_parameters(stage);
    return view_canvas_resize(stage->canvas, &canvas);
}

static enum base_status write_frame(struct live_stage *stage)
{
    char name[40];
    snprintf(name, sizeof name, "frame-%06llu.png", (unsigned long long)stage->frame);
    char *path = base_path_join(stage->parameters.frames_folder, name);
    if (!path)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    enum base_status status = view_canvas_write_png(stage->canvas, path, NULL, 0);
    base_free(path);
    stage->written += status == BASE_OK;
    return status;
}

static enum base_status end_frame(struct live_stage *stage)
{
    stage->waiting = stage->window != NULL && stage->unshown;
    stage->through = !stage->waiting;
    if (stage->waiting || !stage->window)
        stage->last_ns = stage->began_ns;
    else /* a picture that is there already is no answer, and takes no time from the next one */
        stage->answered_ns = 0;
    if (stage->window && stage->waiting)
        BASE_TRY(view_window_offer(stage->window, view_canvas_image(stage->canvas)));
    if (stage->parameters.frames_folder)
        BASE_TRY(write_frame(stage));
    count_frame(stage);
    return BASE_OK;
}

/* Areas up to half a piece of work: two such pieces are with the device, so that it does not stand idle. */
static enum base_status hand_over(struct live_stage *stage)
{
    const uint64_t enough = gpu_submission_limit(stage->gpu) / 2;
    const bool whole = live_stage_is_scripted(stage);
    do
        BASE_TRY(view_canvas_go_on(stage->canvas, &stage->unfinished));
    while (stage->unfinished && (whole || gpu_recorded_ns(stage->gpu) < enough));
    stage->unshown |= !view_canvas_was_idle(stage->canvas);
    BASE_TRY(gpu_flush(stage->gpu));
    stage->before = stage->mark;
    stage->mark = gpu_mark(stage->gpu);
    return stage->unfinished ? BASE_OK : end_frame(stage);
}

static bool has_room(const struct live_stage *stage)
{
    return live_stage_is_scripted(stage) || gpu_passed(stage->gpu, stage->before);
}

enum base_status live_stage_go_on(struct live_stage *stage, bool *more)
{
    if (stage->unfinished && has_room(stage))
        BASE_TRY(hand_over(stage));
    else if (stage->unfinished) /* there never will be on a device that was lost, which this says */
        BASE_TRY(gpu_flush(stage->gpu));
    *more = stage->unfinished;
    return BASE_OK;
}

void live_stage_drop_frame(struct live_stage *stage)
{
    view_canvas_drop(stage->canvas);
    stage->unfinished = false;
}

bool live_stage_is_asked(const struct live_stage *stage)
{
    return stage->hand_ns != 0;
}

bool live_stage_answers(const struct live_stage *stage)
{
    return stage->answered_ns != 0;
}

bool live_stage_is_held_up(const struct live_stage *stage)
{
    return stage->hand_ns != 0 && stage->waiting && !stage->hidden;
}

bool live_stage_is_left_alone(const struct live_stage *stage, uint64_t ns)
{
    return stage->shown > 0 && base_clock_ns() >= stage->event_ns + ns;
}

void live_stage_nap(const struct live_stage *stage)
{
    if (stage->window && !has_room(stage))
        view_window_wait(stage->window, 1);
}

void live_stage_skip_frame(struct live_stage *stage)
{
    stage->began_ns = base_clock_ns();
    count_frame(stage);
}
