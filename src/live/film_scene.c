#include "live/film_scene.h"

#include "base/memory.h"
#include "base/platform.h"
#include "view/axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    SCRIPTED_ROWS = 1024,
    FIRST_ROWS = 256,
    MOST_ROWS = 8192,
    LOOKS = 8, /* steps of which LOOK_ROWS rows each say which plane to begin with */
    LOOK_ROWS = 128,
    HELD_ROWS = 32768, /* steps of so many rows are shown when they are whole, longer ones as they grow */
};

struct film_scene {
    struct live_scene scene;
    struct gpu *gpu;
    struct live_film *film;
    bool scripted, started, once;
    uint64_t step; /* that is counted; the timeline's is the one in the picture */
    char name[LIVE_STEP_BYTES];
    uint64_t rows, at;  /* of that step; counted so far */
    uint64_t left_out;  /* of those: they hold NaN or Inf */
    uint32_t piece;     /* rows at once, from measured times */
    double next_second; /* when the film moves on */
    bool whole;         /* the step is, and next_second says so */
    float *host;        /* [rows of a step, MOST_ROWS at most; width] */
};

/* ---- where to look ---- */

/* Rows of some steps together, beginning, middle and end alike. */
static enum base_status push_some(struct film_scene *film)
{
    struct live_resonance *resonance = &film->scene.model.resonance;
    uint64_t steps = live_film_steps(film->film), looks = base_minimum(steps, LOOKS), rows;
    char name[LIVE_STEP_BYTES];
    for (uint64_t i = 0; i < looks; i++) {
        uint32_t kept;
        BASE_TRY(live_film_seek(film->film, i * (steps - 1) / (looks - 1), &rows, name));
        BASE_TRY(live_film_read(film->film, 0, base_minimum(rows, LOOK_ROWS), film->host, &kept));
        BASE_TRY(srm_live_push(resonance->counts, film->host, kept));
    }
    return BASE_OK;
}

/* A plane that shows something over the whole film: where a mixture of its steps lights most. The first
 * step's own may be dull later on. */
static enum base_status place_spotlight(struct film_scene *film)
{
    struct live_resonance *resonance = &film->scene.model.resonance;
    struct srm_live_extents extents;
    if (live_film_steps(film->film) < 2 || resonance->placed)
        return BASE_OK;
    film->scene.model.busy = true; /* the mixture is nothing to be seen */
    BASE_TRY(push_some(film));
    if (srm_live_rows(resonance->counts) == 0)
        return BASE_OK;
    BASE_TRY(srm_live_show(resonance->counts, resonance->epsilon));
    BASE_TRY(gpu_wait(film->gpu));
    if (srm_live_extents(resonance->counts, &extents)) {
        resonance->plane = extents.peak_plane;
        resonance->angle = extents.peak_angle;
        resonance->placed = true;
    }
    BASE_TRY(srm_live_clear(resonance->counts));
    srm_live_forget(resonance->counts);
    return BASE_OK;
}

/* ---- counting ---- */

/* The step's name and number come with its picture: one that is held back leaves those of the step before. */
static void show_step(struct film_scene *film)
{
    struct live_timeline *timeline = &film->scene.model.timeline;
    if (film->scene.model.busy)
        return;
    if (timeline->step != film->step)
        film->scene.model.subtitle[0] = '\0';
    timeline->step = film->step;
    memcpy(timeline->name, film->name, LIVE_STEP_BYTES);
    film->scene.changed = true;
}

/* What slides keeps its rows, and the ring drops the oldest; any other step begins with an empty one. */
static enum base_status begin_step(struct film_scene *film)
{
    struct live_model *model = &film->scene.model;
    struct live_timeline *timeline = &model->timeline;
    bool follows = film->started && live_film_slides(film->film) && timeline->wanted == film->step + 1;
    BASE_TRY(live_film_seek(film->film, timeline->wanted, &film->rows, film->name));
    if (!follows)
        BASE_TRY(srm_live_clear(model->resonance.counts));
    model->busy = film->started && !follows && film->rows <= HELD_ROWS && film->rows > 0;
    film->step = timeline->wanted;
    film->at = film->left_out = 0;
    film->whole = false;
    film->started = true;
    model->resonance.total_rows = follows ? live_film_most_rows(film->film) : film->rows;
    show_step(film);
    return BASE_OK;
}

/* Pieces of 12 to 40 ms: between them another epsilon can be shown. The window is served within them too. */
static void choose_piece(struct film_scene *film, uint64_t ns)
{
    if (film->scripted)
        film->piece = SCRIPTED_ROWS;
    else if (ns < 12000000 && film->piece < MOST_ROWS)
        film->piece *= 2;
    else if (ns > 40000000 && film->piece > FIRST_ROWS / 4)
        film->piece /= 2;
}

/* Of a step that is read whole. A film may have other steps; where this is all there is, there is nothing to
 * be shown. */
static enum base_status say_left_out(struct film_scene *film)
{
    struct live_model *model = &film->scene.model;
    char count[VIEW_LABEL_BYTES], *words = model->subtitle;
    view_format_count(film->left_out, count);
    if (film->left_out == film->rows && live_film_steps(film->film) == 1)
        return base_fail(BASE_ERROR_INPUT, "%s: each of the %s rows holds NaN or Inf",
                         live_film_path(film->film), count);
    words[0] = '\0';
    if (film->left_out == film->rows)
        snprintf(words, sizeof model->subtitle, "each row holds NaN or Inf");
    else if (film->left_out > 0)
        snprintf(words, sizeof model->subtitle, "%s row%s with NaN or Inf left out", count,
                 film->left_out > 1 ? "s" : "");
    return BASE_OK;
}

static enum base_status count_piece(struct film_scene *film)
{
    struct live_model *model = &film->scene.model;
    uint64_t began = base_clock_ns(), count = base_minimum(film->piece, film->rows - film->at);
    bool held = model->busy;
    uint32_t kept;
    BASE_TRY(live_film_read(film->film, film->at, count, film->host, &kept));
    model->busy = true;
    BASE_TRY(srm_live_push(model->resonance.counts, film->host, kept));
    BASE_TRY(gpu_flush(film->gpu));
    film->at += count;
    model->busy = held && film->at < film->rows;
    model->resonance.total_rows -= count - kept; /* rows that are not finite are not counted on */
    show_step(film);
    film->left_out += count - kept;
    choose_piece(film, base_clock_ns() - began);
    return film->at == film->rows ? say_left_out(film) : BASE_OK;
}

static enum base_status advance(struct live_scene *scene, double seconds)
{
    struct film_scene *film = (struct film_scene *)scene;
    struct live_timeline *timeline = &scene->model.timeline;
    const double interval = 1 / timeline->speed;
    if (!film->started)
        BASE_TRY(place_spotlight(film));
    if (!film->started || timeline->wanted != film->step) {
        BASE_TRY(begin_step(film));
        film->next_second = seconds + interval;
    }
    if (film->at < film->rows)
        BASE_TRY(count_piece(film));
    else if (!film->whole) { /* the picture of the last piece is out: it stays for half its time at least */
        film->whole = true;
        film->next_second = fmax(film->next_second, seconds + 0.5 * interval);
    } else if (timeline->playing && seconds >= film->next_second) {
        scene->model.finished = film->once && film->step + 1 == timeline->steps;
        timeline->wanted = (film->step + 1) % timeline->steps;
    }
    scene->model.working = film->at < film->rows || timeline->wanted != film->step;
    return BASE_OK;
}

static enum base_status prepare(struct live_scene *scene)
{
    return live_resonance_prepare(&scene->model.resonance);
}

/* ---- making and unmaking ---- */

static void destroy(struct live_scene *scene)
{
    struct film_scene *film = (struct film_scene *)scene;
    live_resonance_release(&scene->model.resonance);
    live_film_close(&film->film);
    base_free(film->host);
    base_free(film);
}

static const struct live_scene_kind kind = {.advance = advance, .prepare = prepare, .destroy = destroy};

enum base_status live_film_scene_create(const struct live_film_scene_parameters *parameters,
                                        struct live_scene **out)
{
    struct film_scene *film = NULL;
    struct live_film *source = parameters->film;
    struct live_scene *scene = NULL;
    enum base_status status;
    *out = NULL;
    BASE_CHECK(base_allocate(&film, 1, sizeof *film, "a scene"));
    scene = &film->scene;
    *scene = (struct live_scene){.kind = &kind, .changed = true};
    film->gpu = parameters->gpu;
    film->film = source;
    source = NULL;
    film->scripted = parameters->scripted;
    film->once = parameters->once;
    film->piece = parameters->scripted ? SCRIPTED_ROWS : FIRST_ROWS;
    scene->model.gpu = parameters->gpu;
    scene->model.working = true;
    scene->model.timeline =
        (struct live_timeline){.steps = live_film_steps(film->film),
                               .playing = parameters->playing && live_film_steps(film->film) > 1,
                               .speed = parameters->speed > 0 ? parameters->speed : 2};
    snprintf(scene->model.title, sizeof scene->model.title, "%s", parameters->title);
    uint64_t at_once = base_minimum(MOST_ROWS, live_film_most_rows(film->film));
    BASE_CHECK(base_allocate(&film->host, at_once * live_film_width(film->film), sizeof *film->host, "rows"));
    struct live_resonance_parameters resonance = parameters->resonance;
    resonance.width = live_film_width(film->film);
    resonance.rows = (uint32_t)live_film_most_rows(film->film);
    BASE_CHECK(live_resonance_create(film->gpu, &resonance, &scene->model.resonance));
    *out = scene;
    scene = NULL;
error:
    live_film_close(&source);
    live_scene_destroy(&scene);
    return status;
}
