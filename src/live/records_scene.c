#include "live/records_scene.h"

#include "base/attend.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "live/records.h"
#include "live/run.h"
#include "sae/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double seconds_between_looks = 0.5;

struct records_scene {
    struct live_scene scene;
    struct live_run run;
    struct live_records *records;
    struct live_contexts_parameters contexts;
    double next_second; /* when the folder is looked at again */
    char faults[160];   /* what was said last of the folder's files */
};

/* ---- the folder ---- */

/* A fault in a file that another process is writing is said once, and looked at again later. */
static void complain(struct records_scene *records)
{
    if (strncmp(records->faults, base_message(), sizeof records->faults - 1) != 0)
        base_log(BASE_LOG_NORMAL, "%s", base_message());
    snprintf(records->faults, sizeof records->faults, "%s", base_message());
}

static enum base_status show_latents(struct records_scene *records, const struct sae_model *model,
                                     const double *rates)
{
    struct live_run *run = &records->run;
    const struct sae_architecture *a = &model->architecture;
    const struct live_latents_parameters parameters = {.d_sae = a->d_sae, .d_out = a->d_out};
    live_latents_destroy(&run->latents);
    live_contexts_close(&run->contexts);
    run->contexts_share = 0; /* the rows are walked through anew */
    run->d_sae = a->d_sae;
    run->latent = run->latent < a->d_sae ? run->latent : 0;
    BASE_TRY(live_latents_create(records->scene.model.gpu, &parameters, &run->latents));
    BASE_TRY(live_latents_show(run->latents, rates, NULL, model->W_dec));
    if (records->contexts.tokens) {
        BASE_TRY(live_contexts_open(records->scene.model.gpu, &records->contexts, &run->contexts));
        BASE_TRY(live_contexts_take_model(run->contexts, model));
    }
    records->scene.model.replaced = records->scene.changed = true;
    return BASE_OK;
}

static enum base_status look_for_weights(struct records_scene *records)
{
    struct sae_model model;
    double *rates = NULL;
    bool changed;
    enum base_status status = live_records_autoencoder(records->records, &changed, &model, &rates);
    if (status != BASE_OK) {
        complain(records);
        snprintf(records->run.weights_fault, sizeof records->run.weights_fault, "%s", base_message());
        records->scene.changed = true;
        return BASE_OK;
    }
    if (changed) {
        records->run.weights_fault[0] = '\0';
        status = show_latents(records, &model, rates);
    }
    sae_model_free(&model);
    base_free(rates);
    return status;
}

static void say_state(struct records_scene *records)
{
    struct live_model *model = &records->scene.model;
    struct live_records_about about = live_records_about(records->records);
    const struct live_training_history *history = records->run.history;
    const uint64_t last = history->n_records > 0 ? history->records[history->n_records - 1].rows : 0;
    char rows[VIEW_LABEL_BYTES] = "no", step[VIEW_LABEL_BYTES], what[64], state[64];
    char said[sizeof model->subtitle];
    /* Who holds the folder is asked before the end is looked for again: a run that ends meanwhile is
     * finished. */
    const bool held = !live_records_finished(records->records) && live_records_held(records->records);
    if (last > 0)
        view_format_count(last, rows);
    view_format_count(about.batch > 0 ? last / about.batch : 0, step);
    snprintf(state, sizeof state, about.batch > 0 ? "stopped at step %s" : "stopped", step);
    if (about.d_sae > 0)
        snprintf(what, sizeof what, "%s, %u \u2192 %u latents", about.kind, about.d_in, about.d_sae);
    else
        snprintf(what, sizeof what, "no config.json says what it is");
    memcpy(said, model->subtitle, sizeof said);
    snprintf(model->subtitle, sizeof model->subtitle, "%s, %s rows \u00b7 %s",
             live_records_finished(records->records) ? "finished"
             : held                                  ? "going on"
                                                     : state,
             rows, what);
    records->scene.changed |= strcmp(said, model->subtitle) != 0; /* a run that was killed brings no record */
}

static enum base_status look(struct records_scene *records)
{
    bool more = true;
    size_t before = records->run.history->n_records;
    while (more) {
        /* Words take the heading's place: only where it has nothing to say yet. */
        BASE_TRY(base_attend(before == 0 ? "reading the run's records" : NULL, 0, 0));
        enum base_status status = live_records_follow(records->records, &more);
        if (status == BASE_ERROR_INPUT)
            complain(records);
        else
            BASE_TRY(status);
    }
    BASE_TRY(look_for_weights(records));
    records->run.batch = live_records_about(records->records).batch; /* the configuration may come late */
    say_state(records);
    records->scene.changed |= records->run.history->n_records != before;
    return BASE_OK;
}

/* ---- the scene ---- */

static enum base_status advance(struct live_scene *scene, double seconds)
{
    struct records_scene *records = (struct records_scene *)scene;
    if (seconds >= records->next_second) {
        records->next_second = seconds + seconds_between_looks;
        BASE_TRY(look(records));
    }
    BASE_TRY(live_run_read_texts(&records->run, &scene->changed));
    scene->model.working = records->run.contexts && records->run.contexts_share < 1;
    return BASE_OK;
}

static enum base_status prepare(struct live_scene *scene)
{
    struct live_run *run = scene->model.run;
    if (run->latents)
        run->known = live_latents_extents(run->latents, &run->extents);
    return BASE_OK;
}

static bool act(struct live_scene *scene, enum live_action action)
{
    struct live_run *run = scene->model.run;
    uint32_t n = run->d_sae ? run->d_sae : 1;
    if (action != LIVE_ACTION_NEXT_LATENT && action != LIVE_ACTION_PREVIOUS_LATENT)
        return false;
    run->latent = (run->latent + (action == LIVE_ACTION_NEXT_LATENT ? 1 : n - 1)) % n;
    return true;
}

static void destroy(struct live_scene *scene)
{
    struct records_scene *records = (struct records_scene *)scene;
    live_latents_destroy(&records->run.latents);
    live_contexts_close(&records->run.contexts);
    live_training_release(&records->run.picture);
    live_records_close(&records->records);
    base_free(records);
}

/* The last part of a path; slashes at its end do not count. */
static const char *name_of(const char *folder)
{
    const char *name = folder;
    for (const char *c = folder; *c; c++)
        if (*c == '/' && c[1] && c[1] != '/')
            name = c + 1;
    return name;
}

static const struct live_scene_kind kind = {advance, prepare, act, destroy};

enum base_status live_records_scene_create(const struct live_records_scene_parameters *parameters,
                                           struct live_scene **out)
{
    struct records_scene *records = NULL;
    struct live_scene *scene = NULL;
    enum base_status status;
    *out = NULL;
    BASE_TRY(base_allocate(&records, 1, sizeof *records, "a scene"));
    scene = &records->scene;
    *scene = (struct live_scene){.kind = &kind, .changed = true};
    scene->model.gpu = parameters->gpu;
    scene->model.run = &records->run;
    records->contexts = parameters->contexts;
    records->run.texts = parameters->contexts.tokens != NULL;
    snprintf(scene->model.title, sizeof scene->model.title, "%s", name_of(parameters->folder));
    BASE_CHECK(live_records_open(parameters->folder, &records->records));
    records->run.history = live_records_history(records->records);
    records->run.events = live_records_events(records->records);
    *out = scene;
    scene = NULL;
error:
    live_scene_destroy(&scene);
    return status;
}
