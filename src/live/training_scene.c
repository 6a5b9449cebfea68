#include "live/training_scene.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "live/training_metrics.h"
#include "live/training_texts.h"
#include "sae/formats.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    CPU_RING = 2048,
    GPU_RING = 16384,
    SCRIPTED_ROWS = 64, /* of a step that are counted, where frames must be the same each time */
    LEAST_ROWS = 8,
    MOST_ROWS = 4096,
    MOST_RECORDS = 8192,
    STEPS_A_BASIS = 16, /* at least, between two bases of the decoder's directions */
    CPU_SAMPLE = 2048,  /* rows whose contexts are read while training goes on */
    GPU_SAMPLE = 32768,
};

/* Of the time since the start that looking may take: a training with its window keeps the rest. */
static const double share_of_time = 0.06;

const char *const live_subject_names[LIVE_SUBJECTS] = {"activations", "reconstructions", "directions"};

struct training_scene {
    struct live_scene scene;
    struct live_run run;
    struct live_training_history history;
    struct live_training_events events;
    struct live_app *app;
    struct live_resonance_parameters resonance;
    bool made;                 /* resonance and latents, at the first step */
    enum live_subject subject; /* that resonance is made for */
    uint64_t begun_ns, spent_ns;
    uint32_t piece;          /* rows that are counted of a step */
    uint64_t looked_step;    /* that was looked at last, and 1 */
    uint32_t counted;        /* rows of it */
    uint64_t basis_step;     /* at which directions were taken last */
    uint64_t first_step;     /* seen here */
    bool begun;              /* wishes are those that the run begins with */
    struct sae_glimpse last; /* step's, which stands on the device until the next one; for pauses */
    struct sae_record last_record;
    uint64_t kept_step; /* before which a checkpoint was asked for last, and 1 */
    struct live_training_texts texts;
};

/* ---- words ---- */

static void say_state(struct training_scene *training, const struct sae_config *config)
{
    struct live_run *run = &training->run;
    struct live_model *model = &training->scene.model;
    char done[VIEW_LABEL_BYTES], steps[VIEW_LABEL_BYTES], speed[48] = "";
    view_format_count(run->step, done);
    view_format_count(run->steps, steps);
    if (!live_stage_is_scripted(&training->app->stage)) /* whose pictures are the same each time */
        snprintf(speed, sizeof speed, " \u00b7 %.0f rows/s", run->rows_a_second);
    snprintf(model->subtitle, sizeof model->subtitle, "step %s of %s%s%s \u00b7 %s, %u \u2192 %u latents",
             done, steps, run->paused ? " \u00b7 paused" : "", speed, config->kind->name,
             config->architecture.d_in, config->architecture.d_sae);
}

/* ---- resonance ---- */

static uint32_t ring_rows(const struct training_scene *training)
{
    bool cpu = gpu_information(training->scene.model.gpu)->type == GPU_CPU;
    return cpu ? CPU_RING : GPU_RING;
}

/* A device that has no room for it is no reason to end a training: the window does without. So it does with
 * rows or directions that have no plane. */
static enum base_status create_resonance(struct training_scene *training,
                                         const struct live_resonance_parameters *parameters)
{
    struct live_model *model = &training->scene.model;
    if (parameters->width < 2 || parameters->vectors < 2)
        return BASE_OK;
    enum base_status status = live_resonance_create(model->gpu, parameters, &model->resonance);
    if (status != BASE_ERROR_DEVICE_MEMORY)
        return status;
    live_resonance_release(&model->resonance);
    base_log(BASE_LOG_NORMAL, "no resonance in the window: %s", base_message());
    live_toast_warn(&training->app->toast, live_app_now_ns(training->app), "%s", base_message());
    return BASE_OK;
}

static enum base_status make_resonance(struct training_scene *training, const struct sae_glimpse *glimpse)
{
    struct live_model *model = &training->scene.model;
    const struct sae_architecture *a = &glimpse->config->architecture;
    struct live_resonance_parameters parameters = training->resonance;
    bool directions = training->run.subject == LIVE_SUBJECT_DIRECTIONS;
    double epsilon = model->resonance.counts ? model->resonance.epsilon : parameters.epsilon;
    live_resonance_release(&model->resonance);
    parameters.width = training->run.subject == LIVE_SUBJECT_INPUT ? a->d_in : a->d_out;
    parameters.vectors = parameters.width;
    parameters.orthonormal = true;
    parameters.basis_name = "standard basis";
    parameters.subject = training->run.subject == LIVE_SUBJECT_DECODED ? "reconstructions" : "activations";
    parameters.rows = ring_rows(training);
    parameters.epsilon = epsilon;
    if (directions) { /* latents that follow each other stand side by side on the device */
        uint32_t most =
            parameters.most_vectors ? parameters.most_vectors : live_resonance_vectors(model->gpu);
        parameters.vectors = (uint32_t)base_minimum(most, a->d_sae);
        parameters.orthonormal = false;
        parameters.from_device = true;
        parameters.basis_name = "decoder directions";
    }
    BASE_TRY(create_resonance(training, &parameters));
    model->resonance.total_rows = parameters.rows;
    training->subject = training->run.subject;
    training->piece = SCRIPTED_ROWS;
    training->basis_step = 0;
    training->counted = 0;
    live_app_show(training->app, &training->scene);
    return BASE_OK;
}

static enum base_status push(struct training_scene *training, const struct sae_glimpse *glimpse)
{
    struct srm_live *counts = training->scene.model.resonance.counts;
    const struct sae_architecture *a = &glimpse->config->architecture;
    const uint64_t step = glimpse->record->step;
    const uint32_t first = training->looked_step == step + 1 ? training->counted : 0;
    const uint32_t rows = (uint32_t)base_minimum(training->piece, glimpse->rows - first);
    training->looked_step = step + 1;
    training->counted = first + rows;
    if (!counts)
        return BASE_OK;
    training->scene.model.resonance.total_rows = ring_rows(training);
    if (training->subject == LIVE_SUBJECT_DIRECTIONS &&
        (training->basis_step == 0 || step + 1 >= training->basis_step + STEPS_A_BASIS)) {
        training->basis_step = step + 1;
        BASE_TRY(srm_live_set_basis_device(counts, glimpse->W_dec, 0, glimpse->W_dec_stride));
    }
    if (rows == 0)
        return BASE_OK;
    if (training->subject == LIVE_SUBJECT_DECODED)
        return srm_live_push_device(counts, glimpse->decoded, (uint64_t)first * a->d_out, a->d_out, rows);
    return training->subject == LIVE_SUBJECT_DIRECTIONS
               ? srm_live_push_device(counts, glimpse->target, (uint64_t)first * a->d_out, a->d_out, rows)
               : srm_live_push_device(counts, glimpse->input, (uint64_t)first * a->d_in, a->d_in, rows);
}

/* ---- looking at a step ---- */

/* A run that is gone on with has a past. Without its numbers it goes on all the same. */
static enum base_status recall(struct training_scene *training, const struct sae_glimpse *glimpse)
{
    if (glimpse->record->step == 0)
        return BASE_OK;
    char *path = base_path_join(glimpse->folder, "metrics.jsonl");
    enum base_status status = path ? live_training_metrics_recall(path, glimpse->record->step,
                                                                  &training->history, &training->events)
                                   : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    base_free(path);
    if (status != BASE_ERROR_INPUT)
        return status;
    base_log(BASE_LOG_NORMAL, "the window shows nothing from before this step: %s", base_message());
    return BASE_OK;
}

static enum base_status make_all(struct training_scene *training, const struct sae_glimpse *glimpse)
{
    const struct sae_config *config = glimpse->config;
    struct live_run *run = &training->run;
    training->history.kind = config->kind->name;
    training->history.d_in = config->architecture.d_in;
    training->history.d_sae = config->architecture.d_sae;
    training->history.k = config->architecture.k;
    BASE_TRY(recall(training, glimpse));
    run->d_sae = config->architecture.d_sae;
    run->batch = config->batch;
    run->steps = sae_config_steps(config);
    run->has_k = config->architecture.k > 0;
    run->most_k = config->architecture.k;
    run->has_penalty = !run->has_k;
    const struct live_latents_parameters latents = {.d_sae = config->architecture.d_sae,
                                                    .d_out = config->architecture.d_out};
    BASE_TRY(live_latents_create(training->scene.model.gpu, &latents, &run->latents));
    BASE_TRY(make_resonance(training, glimpse));
    training->begun_ns = base_clock_ns();
    training->first_step = glimpse->record->step;
    training->made = true;
    return BASE_OK;
}

/* Whether looking is within its share of the time. */
static bool may_look(const struct training_scene *training)
{
    double passed = (double)(base_clock_ns() - training->begun_ns);
    return live_stage_is_scripted(&training->app->stage) ||
           (double)training->spent_ns <= share_of_time * passed;
}

/* Counting takes 2 to 5 ms at a time, whatever the device: rows are cheap or dear by device and planes. */
static void choose_piece(struct training_scene *training, uint64_t ns)
{
    if (live_stage_is_scripted(&training->app->stage))
        return;
    if (ns < 2000000 && training->piece < MOST_ROWS)
        training->piece *= 2;
    else if (ns > 5000000 && training->piece > LEAST_ROWS)
        training->piece /= 2;
}

static enum base_status look(struct training_scene *training, const struct sae_glimpse *glimpse)
{
    uint64_t began = base_clock_ns();
    struct live_model *model = &training->scene.model;
    if (training->run.subject != training->subject)
        BASE_TRY(make_resonance(training, glimpse));
    BASE_TRY(push(training, glimpse));
    BASE_TRY(gpu_wait(model->gpu));
    uint64_t counted = base_clock_ns();
    choose_piece(training, counted - began);
    live_latents_choose(training->run.latents, training->run.latent);
    BASE_TRY(live_latents_take(training->run.latents, glimpse));
    BASE_TRY(gpu_wait(model->gpu));
    training->spent_ns += base_clock_ns() - began;
    return BASE_OK;
}

/* Where the training rests, the picture is that of the last step, all rows of it, however few the time
 * allowed to look at before. */
static enum base_status catch_up(struct training_scene *training)
{
    struct live_resonance *resonance = &training->scene.model.resonance;
    const struct sae_glimpse *last = &training->last;
    if (!training->made || !last->trainer)
        return BASE_OK;
    if (training->subject != training->run.subject)
        BASE_TRY(make_resonance(training, last));
    const uint64_t number = training->last_record.step + 1;
    const bool old_basis = training->subject == LIVE_SUBJECT_DIRECTIONS && training->basis_step != number;
    const uint32_t piece = training->piece;
    const uint64_t spent = training->spent_ns;
    if (training->looked_step == number && training->counted == last->rows && !old_basis)
        return BASE_OK;
    training->basis_step = old_basis ? 0 : training->basis_step;
    training->piece = UINT32_MAX; /* there is time for all of them */
    enum base_status status = training->looked_step == number ? push(training, last) : look(training, last);
    training->piece = piece;
    training->spent_ns = spent;
    if (resonance->counts)
        resonance->total_rows = srm_live_rows(resonance->counts);
    training->scene.changed = true;
    return status == BASE_OK ? gpu_flush(training->scene.model.gpu) : status;
}

static enum base_status after(void *context, uint32_t number, const struct sae_glimpse *glimpse)
{
    struct training_scene *training = context;
    struct live_run *run = &training->run;
    if (number != 0)
        return BASE_OK;
    if (!training->made)
        BASE_TRY(make_all(training, glimpse));
    BASE_TRY(live_training_take(&training->history, glimpse));
    live_training_thin(&training->history, MOST_RECORDS);
    if (glimpse->resampled)
        live_training_add_event(
            &training->events,
            &(struct live_training_event){glimpse->record->step, "resampled", *glimpse->resampled});
    run->step = glimpse->record->step + 1;
    if (!training->texts.block)
        BASE_TRY(live_training_texts_begin(&training->texts, run, glimpse->trainer));
    run->k = glimpse->record->k;
    run->rate = glimpse->record->rate;
    double seconds = (double)(base_clock_ns() - training->begun_ns) * 1e-9;
    if (run->step > training->first_step + 1 && seconds > 0.2)
        run->rows_a_second = (double)(run->step - 1 - training->first_step) * glimpse->rows / seconds;
    if (may_look(training))
        BASE_TRY(look(training, glimpse));
    if (glimpse->record->step == training->first_step) { /* which the pipelines of looking were built for */
        training->begun_ns = base_clock_ns();
        training->spent_ns = 0;
    }
    training->last = *glimpse;
    training->last_record = *glimpse->record;
    training->last.record = &training->last_record;
    training->last.host_rows = NULL;
    training->last.resampled = NULL;
    if (run->step == run->steps)
        BASE_TRY(catch_up(training));
    bool more, scripted = live_stage_is_scripted(&training->app->stage);
    BASE_TRY(live_training_texts_read(&training->texts, run,
                                      scripted ? LIVE_TRAINING_SCRIPTED : LIVE_TRAINING_GOES_ON, &more,
                                      &training->scene.changed));
    say_state(training, glimpse->config);
    training->scene.changed = true;
    return BASE_OK;
}

/* ---- before a step ---- */

/* A run that was resumed goes on with the orders it had. */
static void begin(struct training_scene *training, const struct sae_orders *orders)
{
    struct sae_orders *wished = &training->run.orders;
    if (training->begun)
        return;
    training->begun = true;
    wished->rate_factor = orders->rate_factor;
    wished->sparsity_factor = orders->sparsity_factor;
    wished->k = orders->k;
}

static enum base_status follow_latent(struct training_scene *training)
{
    struct live_run *run = &training->run;
    bool known = false, compared;
    live_latents_choose(run->latents, run->latent);
    BASE_TRY(live_latents_compare(run->latents, &training->last, &compared));
    if (run->latent != training->last.watched) {
        BASE_TRY(sae_glimpse_watch(&training->last, run->latent, &known));
        training->last.watched = run->latent; /* asked for once */
        if (known)
            BASE_TRY(live_latents_watch(run->latents, &training->last));
    }
    if (!known && !compared)
        return BASE_OK;
    training->scene.changed = true;
    return gpu_flush(training->scene.model.gpu);
}

/* What is chosen in a pause is made of the step that was the last. */
static enum base_status follow_in_pause(struct training_scene *training)
{
    struct live_run *run = &training->run;
    if (!training->made || !training->last.trainer)
        return BASE_OK;
    BASE_TRY(catch_up(training));
    return run->latent < run->d_sae ? follow_latent(training) : BASE_OK;
}

/* Says what holds from here on of the step that was the last. */
static void say_again(struct training_scene *training)
{
    if (!training->made || !training->last.trainer)
        return;
    say_state(training, training->last.config);
    training->scene.changed = true;
}

static enum base_status rest_at_end(struct training_scene *training)
{
    struct live_run *run = &training->run;
    if (!run->orders.stop || live_app_is_over(training->app))
        return BASE_OK;
    run->paused = false;
    say_again(training);
    return catch_up(training);
}

static enum base_status wait_in_pause(struct training_scene *training, uint64_t step)
{
    struct live_run *run = &training->run;
    struct live_app *app = training->app;
    uint64_t began = base_clock_ns();
    const enum live_training_pace pace =
        live_stage_is_scripted(&app->stage) ? LIVE_TRAINING_SCRIPTED : LIVE_TRAINING_STANDS;
    const bool paused = run->paused;
    bool more;
    if (paused)
        say_again(training);
    while (run->paused && !run->one_step && !run->orders.stop && !live_app_is_over(app) &&
           !base_interrupted()) {
        if (run->orders.checkpoint && training->kept_step != step + 1)
            break;
        run->orders.checkpoint = false; /* it stands on the disk already */
        BASE_TRY(live_training_texts_read(&training->texts, run, pace, &more, &training->scene.changed));
        if (!more)
            live_stage_wait(&app->stage);
        BASE_TRY(live_app_pump(app));
        BASE_TRY(follow_in_pause(training));
    }
    if (paused && !run->paused)
        say_again(training);
    if (training->made) /* a pause is no time of the training */
        training->begun_ns += base_clock_ns() - began;
    return BASE_OK;
}

static void take_checkpoint(struct training_scene *training, uint64_t step, struct sae_orders *orders)
{
    struct live_run *run = &training->run;
    if (!run->orders.checkpoint) {
        run->one_step = false;
        return;
    }
    run->orders.checkpoint = false;
    orders->checkpoint = true; /* stays until it is begun */
    training->kept_step = step + 1;
}

/* As sae_orders_follow writes them into the metrics. */
static void note_changes(struct training_scene *training, uint64_t step, const struct sae_orders *was,
                         const struct sae_orders *is)
{
    const struct {
        const char *name;
        double was, is;
    } orders[] = {{"rate_factor", was->rate_factor, is->rate_factor},
                  {"sparsity_factor", was->sparsity_factor, is->sparsity_factor},
                  {"k", was->k, is->k}};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct live_training_event event = {.step = step, .value = orders[i].is};
        if (orders[i].was == orders[i].is || (isnan(orders[i].was) && isnan(orders[i].is)))
            continue;
        snprintf(event.name, sizeof event.name, "%s", orders[i].name);
        live_training_add_event(&training->events, &event);
    }
}

static enum base_status before(void *context, uint32_t number, uint64_t step, struct sae_orders *orders)
{
    struct training_scene *training = context;
    struct live_run *run = &training->run;
    struct live_app *app = training->app;
    const struct sae_orders was = *orders;
    if (number == 0) {
        begin(training, orders);
        live_app_attend_no_more(app);
        BASE_TRY(live_app_pump(app));
        BASE_TRY(wait_in_pause(training, step));
        BASE_TRY(rest_at_end(training));
        orders->watched = run->latent < run->d_sae ? run->latent : SAE_WATCH_NONE;
        orders->k = run->orders.k; /* of the run that is seen: a sweep's others may have a smaller one */
        take_checkpoint(training, step, orders);
    }
    orders->rate_factor = run->orders.rate_factor;
    orders->sparsity_factor = run->orders.sparsity_factor;
    orders->stop = run->orders.stop || live_app_is_over(app);
    if (number == 0)
        note_changes(training, step, &was, orders);
    return BASE_OK;
}

struct sae_hands live_training_scene_hands(struct live_scene *scene)
{
    return (struct sae_hands){.context = scene, .before = before, .after = after};
}

/* What was saved, in the place of the trainer that is gone. After a stop by hand, and of a sweep, there is
 * nothing: the lines stay, and no others are made. */
static enum base_status read_saved(struct live_run *run, const char *folder)
{
    struct sae_model model = {0};
    if (!folder || sae_load(folder, &model) != BASE_OK) {
        live_contexts_drop(run->contexts);
        run->contexts_share = 1;
        snprintf(run->contexts_fault, sizeof run->contexts_fault,
                 "this training saved no weights at its end: rows are read no further");
        return BASE_OK;
    }
    enum base_status status = live_contexts_take_model(run->contexts, &model);
    sae_model_free(&model);
    run->contexts_share = 0;
    return live_run_settle_texts(run, status);
}

enum base_status live_training_scene_end(struct live_scene *scene, const char *folder, const char *words)
{
    struct training_scene *training = (struct training_scene *)scene;
    struct live_run *run = &training->run;
    run->ended = true;
    run->paused = false;
    char before[120];
    snprintf(before, sizeof before, "%.*s", (int)sizeof before - 1, scene->model.subtitle);
    snprintf(scene->model.subtitle, sizeof scene->model.subtitle, "%s%s%s", words,
             before[0] ? " \u00b7 " : "", before);
    scene->changed = true;
    if (run->contexts && training->made)
        return read_saved(run, folder);
    if (run->contexts) /* and no latents to read them of */
        snprintf(run->contexts_fault, sizeof run->contexts_fault, "no step was made");
    live_contexts_close(&run->contexts);
    return BASE_OK;
}

/* ---- wishes ---- */

static void change_k(struct training_scene *training, double factor)
{
    struct live_app *app = training->app;
    double k = live_run_k(&training->run), next = k * factor;
    if (fabs(next - k) < 1)
        next = k + (factor > 1 ? 1 : -1);
    if (isnan(k) || live_run_wish_k(&training->run, next))
        return;
    if (factor > 1)
        live_toast_say(&app->toast, live_app_now_ns(app),
                       "k cannot grow beyond %g: the training began with it and has room for no more",
                       training->run.most_k);
    else
        live_toast_say(&app->toast, live_app_now_ns(app), "k is at least 1");
}

static void change_sparsity(struct training_scene *training, double factor)
{
    struct live_run *run = &training->run;
    if (run->has_k)
        change_k(training, 1 / factor);
    else if (run->has_penalty)
        run->orders.sparsity_factor = fmin(1e6, fmax(1e-6, run->orders.sparsity_factor * factor));
}

static bool act(struct live_scene *scene, enum live_action action)
{
    struct live_run *run = &((struct training_scene *)scene)->run;
    const double finer = 1.25;
    if (action == LIVE_ACTION_NEXT_LATENT || action == LIVE_ACTION_PREVIOUS_LATENT) {
        uint32_t n = run->d_sae ? run->d_sae : 1;
        run->latent = (run->latent + (action == LIVE_ACTION_NEXT_LATENT ? 1 : n - 1)) % n;
        return true;
    }
    if (run->ended)
        return false;
    switch (action) {
    case LIVE_ACTION_PAUSE:
        run->paused = !run->paused;
        break;
    case LIVE_ACTION_STEP_FORWARD:
    case LIVE_ACTION_TRAIN_STEP:
        run->paused = run->one_step = true;
        break;
    case LIVE_ACTION_CHECKPOINT:
        run->orders.checkpoint = true;
        break;
    case LIVE_ACTION_STOP:
        run->orders.stop = true;
        break;
    case LIVE_ACTION_RATE_UP:
        run->orders.rate_factor = fmin(1e6, run->orders.rate_factor * finer);
        break;
    case LIVE_ACTION_RATE_DOWN:
        run->orders.rate_factor = fmax(1e-6, run->orders.rate_factor / finer);
        break;
    case LIVE_ACTION_SPARSER:
        change_sparsity((struct training_scene *)scene, finer);
        break;
    case LIVE_ACTION_DENSER:
        change_sparsity((struct training_scene *)scene, 1 / finer);
        break;
    default:
        return false;
    }
    return true;
}

/* ---- the scene ---- */

static enum base_status advance(struct live_scene *scene, double seconds)
{
    struct live_run *run = scene->model.run;
    (void)seconds;
    if (run->ended)
        BASE_TRY(live_run_settle_texts(run, live_run_read_texts(run, &scene->changed)));
    scene->model.working = run->ended && run->contexts && run->contexts_share < 1;
    return BASE_OK;
}

static enum base_status prepare(struct live_scene *scene)
{
    struct live_run *run = scene->model.run;
    run->contexts_seen = run->contexts_drawn > 0;
    run->contexts_drawn = 0;
    if (run->latents)
        run->known = live_latents_extents(run->latents, &run->extents);
    return live_resonance_prepare(&scene->model.resonance);
}

static void destroy(struct live_scene *scene)
{
    struct training_scene *training = (struct training_scene *)scene;
    live_resonance_release(&scene->model.resonance);
    live_latents_destroy(&training->run.latents);
    live_contexts_close(&training->run.contexts);
    live_training_release(&training->run.picture);
    live_training_history_free(&training->history);
    base_free(training);
}

static const struct live_scene_kind kind = {advance, prepare, act, destroy};

static enum base_status open_contexts(struct training_scene *training,
                                      const struct live_contexts_parameters *given)
{
    struct gpu *gpu = training->scene.model.gpu;
    struct live_contexts_parameters parameters = *given;
    if (parameters.sample == 0)
        parameters.sample = gpu_information(gpu)->type == GPU_CPU ? CPU_SAMPLE : GPU_SAMPLE;
    training->run.texts = true;
    return live_contexts_open(gpu, &parameters, &training->run.contexts);
}

enum base_status live_training_scene_create(const struct live_training_scene_parameters *parameters,
                                            struct live_scene **out)
{
    struct training_scene *training = NULL;
    struct live_scene *scene = NULL;
    enum base_status status;
    *out = NULL;
    BASE_TRY(base_allocate(&training, 1, sizeof *training, "a scene"));
    scene = &training->scene;
    *scene = (struct live_scene){.kind = &kind, .changed = true};
    scene->model.gpu = parameters->gpu;
    scene->model.run = &training->run;
    scene->model.working = true;
    snprintf(scene->model.title, sizeof scene->model.title, "%s", parameters->title);
    snprintf(scene->model.subtitle, sizeof scene->model.subtitle, "reading rows");
    training->app = parameters->app;
    training->resonance = parameters->resonance;
    training->run = (struct live_run){.history = &training->history,
                                      .events = &training->events,
                                      .here = true,
                                      .unkept = parameters->unkept,
                                      .orders = {.rate_factor = 1, .sparsity_factor = 1, .k = NAN},
                                      .k = NAN,
                                      .rate = NAN};
    if (parameters->contexts)
        BASE_CHECK(open_contexts(training, parameters->contexts));
    *out = scene;
    scene = NULL;
error:
    live_scene_destroy(&scene);
    return status;
}
