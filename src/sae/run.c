#include "sae/run.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "sae/metrics_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_BAD_STEPS = 20 }; /* in a row */

struct part {
    struct sae_trainer *trainer;
    struct sae_metrics_file *metrics;
    uint32_t *fired; /* [d_sae], as last fetched */
    /* Of the last step, when it was looked at. */
    bool has_holdout, has_density, has_resampled;
    struct sae_holdout_result holdout;
    uint32_t density[SAE_DENSITY_BINS];
    uint32_t resampled;
};

/* A batch that was taken from the stream and staged on all trainers. */
struct fed {
    const float *rows; /* on the host; valid until the batch after the next is taken */
    const uint64_t *numbers;
    struct data_shuffle_position after;
};

struct run {
    const struct sae_run_parameters *parameters;
    struct sae_run_part *given;
    struct part *parts;
    uint32_t n_parts;
    struct data_shuffle *shuffle;
    struct sae_checkpoint_writer *writer;
    struct sae_checkpoint_content *contents;
    uint64_t steps;
    uint64_t start_ns;
    uint64_t checkpoint_at_ns, checkpoint_at_rows; /* the next one */
    bool disk_failed;                              /* said already */
    struct sae_orders *orders;                     /* [n_parts] as last given by hand */
    bool checkpoint_ordered;
    bool has_checkpoint; /* resumed from one, or one was begun */
    struct fed now, next;
    bool has_next;
    struct data_shuffle_position position; /* of what was trained on: what is staged stands before it */
    uint64_t reading_ns, waited_ns;        /* see struct sae_run_figures */
};

/* ---- beginning ---- */

static enum base_status open_part(struct run *run, uint32_t i)
{
    const struct sae_run_parameters *parameters = run->parameters;
    struct sae_run_part *given = &run->given[i];
    struct part *part = &run->parts[i];
    struct sae_model fresh = {0};
    const struct sae_model *start = &given->start;
    enum base_status status;
    if (given->checkpoint) {
        BASE_CHECK(sae_model_create(&given->config.architecture, &fresh));
        start = &fresh;
    }
    BASE_CHECK(sae_trainer_create(parameters->gpu, &given->config, start, parameters->scale_in,
                                  parameters->scale_out, &part->trainer));
    if (given->checkpoint)
        BASE_CHECK(sae_checkpoint_restore(given->checkpoint, parameters->gpu, part->trainer));
    if (parameters->hands && parameters->hands->after)
        BASE_CHECK(sae_trainer_watch(part->trainer, SAE_WATCH_NONE));
    given->last = (struct sae_record){.loss = NAN, .fvu = NAN, .l0 = NAN};
    given->last.dead = (uint32_t)sae_trainer_state(part->trainer).dead;
    BASE_CHECK(
        base_allocate(&part->fired, given->config.architecture.d_sae, sizeof *part->fired, "firing counts"));
    char *path = base_path_join(given->folder, "metrics.jsonl");
    if (!path)
        BASE_CHECK(base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory"));
    status = sae_metrics_file_open(path, sae_trainer_state(part->trainer).step, &part->metrics);
    base_free(path);
error:
    sae_model_free(&fresh);
    return status;
}

static enum base_status open_writer(struct run *run)
{
    const struct sae_run_parameters *parameters = run->parameters;
    struct sae_checkpoint_place *places = NULL;
    enum base_status status;
    BASE_CHECK(base_allocate(&places, run->n_parts, sizeof *places, "places of checkpoints"));
    BASE_CHECK(base_allocate(&run->contents, run->n_parts, sizeof *run->contents, "checkpoints"));
    for (uint32_t i = 0; i < run->n_parts; i++) {
        places[i] = (struct sae_checkpoint_place){run->given[i].folder, parameters->name};
        run->contents[i] = (struct sae_checkpoint_content){run->parts[i].trainer, run->given[i].head};
    }
    BASE_CHECK(
        sae_checkpoint_writer_open(&(struct sae_checkpoint_parameters){.gpu = parameters->gpu,
                                                                       .places = places,
                                                                       .n_places = run->n_parts,
                                                                       .keep_last = parameters->keep_last,
                                                                       .keep_every = parameters->keep_every},
                                   &run->writer));
error:
    base_free(places);
    return status;
}

static void plan_checkpoint(struct run *run)
{
    const struct sae_run_parameters *parameters = run->parameters;
    uint64_t rows = sae_trainer_state(run->parts[0].trainer).rows;
    run->checkpoint_at_ns =
        parameters->checkpoint_ns ? base_clock_ns() + parameters->checkpoint_ns : UINT64_MAX;
    run->checkpoint_at_rows = parameters->checkpoint_rows ? rows + parameters->checkpoint_rows : UINT64_MAX;
}

/* Rows that are evaluated at most. */
static uint64_t evaluated_rows(const struct sae_config *config, uint64_t holdout, uint64_t calibration)
{
    return base_maximum(holdout, sae_config_wanted_l0(config) > 0 ? calibration : 0);
}

enum base_status sae_run_check(struct gpu *gpu, const struct sae_config *const *configs, uint32_t n,
                               uint64_t holdout, uint64_t calibration)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t rows = evaluated_rows(configs[i], holdout, calibration);
        bytes = base_maximum(bytes, sae_holdout_bytes(gpu, &configs[i]->architecture, rows));
    }
    return sae_trainers_check(gpu, configs, n, bytes + gpu_staging_to_come(gpu));
}

/* What evaluations and copies take comes and goes while training stands in memory: there must be room for it
 * before the first step, not after an hour. Called when all parts stand. */
static enum base_status rehearse(const struct run *run)
{
    const struct sae_run_parameters *parameters = run->parameters;
    BASE_TRY(gpu_staging_reserve(parameters->gpu));
    for (uint32_t i = 0; i < run->n_parts; i++) {
        const struct sae_config *config = &run->given[i].config;
        uint64_t rows = evaluated_rows(config, parameters->holdout.count, parameters->calibration.count);
        BASE_TRY(sae_holdout_rehearse(parameters->gpu, &config->architecture, rows));
    }
    if (parameters->opened)
        parameters->opened(parameters->context, gpu_memory_most_bytes(parameters->gpu));
    return BASE_OK;
}

static enum base_status open_run(struct run *run)
{
    const struct sae_run_parameters *parameters = run->parameters;
    BASE_TRY(base_allocate(&run->parts, run->n_parts, sizeof *run->parts, "a run"));
    BASE_TRY(base_allocate(&run->orders, run->n_parts, sizeof *run->orders, "a run"));
    for (uint32_t i = 0; i < run->n_parts; i++)
        BASE_TRY(open_part(run, i));
    BASE_TRY(rehearse(run));
    BASE_TRY(data_shuffle_open(&parameters->data, &run->shuffle));
    if (run->given[0].checkpoint) {
        run->has_checkpoint = true;
        struct data_shuffle_position position = sae_checkpoint_position(run->given[0].checkpoint);
        BASE_TRY(data_shuffle_seek(run->shuffle, &position));
    }
    run->position = data_shuffle_tell(run->shuffle);
    BASE_TRY(open_writer(run));
    run->steps = sae_config_steps(&run->given[0].config);
    plan_checkpoint(run);
    return BASE_OK;
}

static enum base_status close_run(struct run *run)
{
    enum base_status status = BASE_OK;
    sae_checkpoint_writer_close(&run->writer);
    data_shuffle_close(&run->shuffle);
    for (uint32_t i = 0; run->parts && i < run->n_parts; i++) {
        sae_trainer_destroy(&run->parts[i].trainer);
        enum base_status closed = sae_metrics_file_close(&run->parts[i].metrics);
        status = status == BASE_OK ? closed : status;
        base_free(run->parts[i].fired);
    }
    base_free(run->parts);
    base_free(run->orders);
    base_free(run->contents);
    return status;
}

/* ---- checkpoints ---- */

/* A full disk does not end training: it is said, once, and the older checkpoints stay. */
static enum base_status settle(struct run *run, enum base_status status)
{
    if (status != BASE_ERROR_FILE_SYSTEM)
        return status;
    if (!run->disk_failed)
        base_log(BASE_LOG_QUIET, "warning: no checkpoint could be written, training goes on: %s",
                 base_message());
    run->disk_failed = true;
    return BASE_OK;
}

static enum base_status begin_checkpoint(struct run *run)
{
    plan_checkpoint(run);
    BASE_TRY(sae_checkpoint_begin(run->writer, run->contents, &run->position));
    run->has_checkpoint = true;
    return BASE_OK;
}

/* In a run of bad steps nothing changes, and what the steps before them have led to is no place to go on
 * from: older checkpoints must not make way for it. */
static bool is_well(const struct run *run)
{
    for (uint32_t i = 0; i < run->n_parts; i++)
        if (sae_trainer_state(run->parts[i].trainer).bad_steps > 0)
            return false;
    return true;
}

/* On the way out after Ctrl-C or an order: written before the process ends, or said that it was not. */
static enum base_status last_checkpoint(struct run *run, const char *why)
{
    BASE_TRY(begin_checkpoint(run));
    BASE_TRY(sae_checkpoint_finish(run->writer));
    return base_fail(BASE_INTERRUPTED, "%s after %" PRIu64 " rows; a checkpoint is written", why,
                     run->position.rows);
}

static enum base_status checkpoint_if_due(struct run *run)
{
    bool writing;
    BASE_TRY(settle(run, sae_checkpoint_poll(run->writer, &writing)));
    uint64_t rows = sae_trainer_state(run->parts[0].trainer).rows;
    if ((base_clock_ns() < run->checkpoint_at_ns && rows < run->checkpoint_at_rows) || !is_well(run))
        return BASE_OK;
    return settle(run, begin_checkpoint(run));
}

/* ---- hands ---- */

/* *stop: the run is to end. */
static enum base_status ask(struct run *run, bool again, bool *stop)
{
    const struct sae_hands *hands = run->parameters->hands;
    for (uint32_t i = 0; i < run->n_parts; i++) {
        struct sae_trainer *trainer = run->parts[i].trainer;
        struct sae_orders orders = again ? run->orders[i] : sae_orders_of(trainer);
        orders.checkpoint = run->checkpoint_ordered;
        BASE_TRY(hands->before(hands->context, i, sae_trainer_state(trainer).step, &orders));
        run->orders[i] = orders;
        run->checkpoint_ordered = orders.checkpoint;
        *stop = *stop || orders.stop;
    }
    return BASE_OK;
}

/* Asks for orders and follows them. A checkpoint that is asked for holds what went before: what changes now
 * is written into the metrics at this step, of which resuming there forgets all. Behind it orders are asked
 * for once more: a run that is paused stays where it is. */
static enum base_status take_orders(struct run *run, bool *stop)
{
    const struct sae_hands *hands = run->parameters->hands;
    if (!hands || !hands->before)
        return BASE_OK;
    bool begun = false;
    for (int asked = 0; asked == 0 || (asked == 1 && begun); asked++) {
        BASE_TRY(ask(run, asked > 0, stop));
        if (*stop || base_interrupted())
            return BASE_OK;
        if (!run->checkpoint_ordered || !is_well(run))
            continue;
        run->checkpoint_ordered = false;
        if (!begun) /* otherwise it stands on the disk already */
            BASE_TRY(settle(run, begin_checkpoint(run)));
        begun = true;
    }
    for (uint32_t i = 0; i < run->n_parts; i++)
        BASE_TRY(sae_orders_follow(run->parts[i].trainer, &run->orders[i], run->parts[i].metrics));
    return BASE_OK;
}

static enum base_status show_step(struct run *run, uint32_t i, const float *rows)
{
    const struct sae_hands *hands = run->parameters->hands;
    if (!hands || !hands->after)
        return BASE_OK;
    struct sae_glimpse glimpse = sae_glimpse_of(run->parts[i].trainer, &run->given[i].last, rows);
    const struct part *part = &run->parts[i];
    glimpse.folder = run->given[i].folder;
    glimpse.holdout = part->has_holdout ? &part->holdout : NULL;
    glimpse.density = part->has_density ? part->density : NULL;
    glimpse.resampled = part->has_resampled ? &part->resampled : NULL;
    return hands->after(hands->context, i, &glimpse);
}

/* ---- a step ---- */

static enum base_status too_many_bad_steps(const struct run *run, uint32_t i, const struct sae_record *record,
                                           const uint64_t *numbers)
{
    uint32_t batch = run->given[i].config.batch;
    uint64_t least = numbers[0], most = numbers[0];
    for (uint32_t r = 1; r < batch; r++) {
        least = base_minimum(least, numbers[r]);
        most = base_maximum(most, numbers[r]);
    }
    return base_fail(
        BASE_ERROR_NUMERIC,
        "%s: step %" PRIu64 ": the loss or its gradient was not finite in %d steps in a row, the last "
        "one on rows between %" PRIu64 " and %" PRIu64 "; %s. Lower --lr, set --clip, or look for outliers "
        "with arclight inspect --check",
        run->given[i].folder, record->step, MOST_BAD_STEPS, least, most,
        run->has_checkpoint ? "the last checkpoint is from before them"
                            : "no checkpoint had been written (see --checkpoint-every)");
}

/* Firing is counted from one look to the next, and behind the last whole stretch to the end. Only the step
 * decides when counting begins anew, so that a run that was resumed counts the same rows. */
static bool counts_anew_after(const struct run *run, uint64_t steps_done)
{
    return steps_done + run->parameters->eval_every <= run->steps;
}

static uint64_t rows_counted_at_end(const struct run *run, uint32_t i)
{
    uint64_t every = run->parameters->eval_every, whole = run->steps / every;
    uint64_t since = whole > 0 ? (whole - 1) * every : 0;
    return (run->steps - since) * run->given[i].config.batch;
}

/* What is due every eval_every steps: the holdout as the saved model does on it, and how often latents fired.
 */
static enum base_status look(struct run *run, uint32_t i, uint64_t steps_done,
                             struct sae_holdout_result *holdout, bool *has_holdout, uint32_t *density)
{
    struct part *part = &run->parts[i];
    const struct sae_config *config = &run->given[i].config;
    struct sae_model model;
    *has_holdout = run->parameters->holdout.count > 0;
    BASE_TRY(sae_trainer_firing(part->trainer, part->fired, counts_anew_after(run, steps_done)));
    sae_density_histogram(part->fired, config->architecture.d_sae,
                          run->parameters->eval_every * config->batch, density);
    if (!*has_holdout)
        return BASE_OK;
    BASE_TRY(sae_trainer_model(part->trainer, 1, &model));
    enum base_status status =
        sae_holdout_evaluate(run->parameters->gpu, &model, &run->parameters->holdout, holdout);
    sae_model_free(&model);
    return status;
}

static enum base_status record_step(struct run *run, uint32_t i, const struct sae_record *record)
{
    const struct sae_run_parameters *parameters = run->parameters;
    struct part *part = &run->parts[i];
    bool last = record->step + 1 == run->steps, due = (record->step + 1) % parameters->eval_every == 0;
    part->has_holdout = false;
    part->has_density = due;
    if (due)
        BASE_TRY(look(run, i, record->step + 1, &part->holdout, &part->has_holdout, part->density));
    if (due || last || record->bad || record->step % parameters->log_every == 0)
        BASE_TRY(sae_metrics_file_add(part->metrics, record, (double)(base_clock_ns() - run->start_ns) * 1e-9,
                                      part->has_holdout ? &part->holdout : NULL, due ? part->density : NULL));
    if (parameters->tell)
        parameters->tell(parameters->context,
                         &(struct sae_run_news){.run = i,
                                                .record = record,
                                                .holdout = part->has_holdout ? &part->holdout : NULL,
                                                .steps = run->steps,
                                                .position = run->position});
    return BASE_OK;
}

static enum base_status resample_if_due(struct run *run, uint32_t i, const float *rows, uint64_t step)
{
    struct part *part = &run->parts[i];
    uint64_t every = run->given[i].config.resample_every;
    part->has_resampled = every > 0 && (step + 1) % every == 0 && step + 1 < run->steps;
    if (!part->has_resampled)
        return BASE_OK;
    BASE_TRY(sae_trainer_resample(part->trainer, rows, &part->resampled));
    return sae_metrics_file_event(part->metrics, step, "resampled", "latents", part->resampled);
}

/* Takes the next batch from the stream and copies it to the device, which may be at work. *taken tells a
 * stream that has none now (nothing was changed) from a batch that did not get to the device. */
static enum base_status take_rows(struct run *run, struct fed *fed, bool *taken)
{
    *taken = false;
    BASE_TRY(data_shuffle_next(run->shuffle, &fed->rows, &fed->numbers));
    *taken = true;
    fed->after = data_shuffle_tell(run->shuffle);
    for (uint32_t i = 0; i < run->n_parts; i++)
        BASE_TRY(sae_trainer_stage(run->parts[i].trainer, fed->rows));
    return BASE_OK;
}

/* Takes rows while the device is busy up to `mark`: for as long as that holds it waits for nothing. That
 * there are none now is said when they are needed, once this step is done. */
static enum base_status take_next(struct run *run, uint64_t mark)
{
    uint64_t began = base_clock_ns();
    enum base_status status = take_rows(run, &run->next, &run->has_next);
    uint64_t took = base_clock_ns() - began;
    if (run->has_next)
        BASE_TRY(status);
    run->reading_ns += took;
    run->waited_ns += gpu_passed(run->parameters->gpu, mark) ? took : 0;
    return BASE_OK;
}

/* The rows of the step that comes. */
static enum base_status take_now(struct run *run)
{
    if (!run->has_next) {
        uint64_t began = base_clock_ns();
        BASE_TRY(take_rows(run, &run->next, &run->has_next));
        run->reading_ns += base_clock_ns() - began;
        run->waited_ns += base_clock_ns() - began;
    }
    run->now = run->next;
    run->has_next = false;
    return BASE_OK;
}

static enum base_status step(struct run *run, bool *ended)
{
    const float *rows = run->now.rows;
    run->position = run->now.after;
    for (uint32_t i = 0; i < run->n_parts; i++) {
        struct part *part = &run->parts[i];
        struct sae_record *record = &run->given[i].last;
        BASE_TRY(sae_trainer_begin(part->trainer, record));
        if (i + 1 == run->n_parts && record->step + 1 < run->steps)
            BASE_TRY(take_next(run, gpu_mark(run->parameters->gpu)));
        BASE_TRY(sae_trainer_end(part->trainer, record));
        BASE_TRY(record_step(run, i, record));
        if (sae_trainer_state(part->trainer).bad_steps >= MOST_BAD_STEPS)
            return too_many_bad_steps(run, i, record, run->now.numbers);
        BASE_TRY(resample_if_due(run, i, rows, record->step));
        BASE_TRY(show_step(run, i, rows));
        *ended = record->step + 1 >= run->steps;
    }
    return BASE_OK;
}

/* ---- the end ---- */

/* Share of the last rows in which each latent fired, [d_sae], freed by the caller; their sum is the mean L0.
 */
static enum base_status firing_rates(struct run *run, uint32_t i, float **rates, double *l0)
{
    struct part *part = &run->parts[i];
    uint32_t d_sae = run->given[i].config.architecture.d_sae;
    double rows = (double)rows_counted_at_end(run, i);
    BASE_TRY(sae_trainer_firing(part->trainer, part->fired, false));
    BASE_TRY(base_allocate(rates, d_sae, sizeof **rates, "firing rates"));
    *l0 = 0;
    for (uint32_t l = 0; l < d_sae; l++) {
        (*rates)[l] = (float)(part->fired[l] / rows);
        *l0 += part->fired[l] / rows;
    }
    return BASE_OK;
}

/* Steered thresholds end near the wanted L0, and BatchTopK's running one lags behind the weights; one factor
 * on all of them sets it. A threshold of 0 is of a BatchTopK that always had fewer positive values than it
 * may select. */
static enum base_status set_thresholds(struct run *run, uint32_t i, struct sae_model *model)
{
    struct sae_run_part *given = &run->given[i];
    const struct sae_config *config = &given->config;
    struct sae_trainer_state state = sae_trainer_state(run->parts[i].trainer);
    bool selects = config->architecture.activation == SAE_BATCHTOPK;
    double wanted = sae_config_wanted_l0(config);
    if (selects && state.most_k > 0)
        wanted = fmin(wanted, state.most_k);
    given->threshold_factor = 1;
    given->threshold_l0 = wanted;
    if (wanted <= 0 || run->parameters->calibration.count == 0 || (selects && state.threshold_weight <= 0))
        return BASE_OK;
    const double least = 0.25;
    BASE_TRY(sae_threshold_factor(run->parameters->gpu, model, &run->parameters->calibration, wanted, least,
                                  &given->threshold_factor));
    for (uint32_t l = 0; l < config->architecture.d_sae; l++)
        model->threshold[l] = (float)(model->threshold[l] * given->threshold_factor);
    return BASE_OK;
}

static enum base_status save_part(struct run *run, uint32_t i)
{
    struct sae_run_part *given = &run->given[i];
    struct part *part = &run->parts[i];
    struct sae_model model;
    float *rates = NULL;
    double l0;
    enum base_status status;
    BASE_TRY(sae_trainer_model(part->trainer, 1, &model));
    BASE_CHECK(set_thresholds(run, i, &model));
    given->result = (struct sae_holdout_result){NAN, NAN, 0};
    if (run->parameters->holdout.count > 0)
        BASE_CHECK(
            sae_holdout_evaluate(run->parameters->gpu, &model, &run->parameters->holdout, &given->result));
    BASE_CHECK(firing_rates(run, i, &rates, &l0));
    struct sae_save_metadata metadata = given->metadata;
    metadata.training_architecture = given->config.kind->name;
    metadata.l0 = isnan(given->result.l0) ? l0 : given->result.l0;
    metadata.n_dead = (uint32_t)sae_trainer_state(part->trainer).dead;
    BASE_CHECK(sae_save(given->folder, &model, &metadata, rates));
error:
    sae_model_free(&model);
    base_free(rates);
    return status;
}

static enum base_status train(struct run *run, struct sae_run_figures *figures)
{
    bool ended = sae_trainer_state(run->parts[0].trainer).step >= run->steps;
    uint64_t first = sae_trainer_state(run->parts[0].trainer).rows;
    run->start_ns = base_clock_ns();
    while (!ended) {
        bool stop = false;
        BASE_TRY(take_orders(run, &stop));
        if (stop || base_interrupted())
            return last_checkpoint(run, stop ? "stopped as asked" : "interrupted");
        enum base_status status = take_now(run);
        if (status == BASE_INTERRUPTED) /* while it waited for rows */
            return last_checkpoint(run, "interrupted");
        BASE_TRY(status);
        BASE_TRY(step(run, &ended));
        if (!ended)
            BASE_TRY(checkpoint_if_due(run));
    }
    *figures = (struct sae_run_figures){
        .rows = sae_trainer_state(run->parts[0].trainer).rows - first,
        .ns = base_clock_ns() - run->start_ns,
        .reading_ns = run->reading_ns,
        .waited_ns = run->waited_ns,
        .position = run->position,
    };
    BASE_TRY(settle(run, begin_checkpoint(run)));
    for (uint32_t i = 0; i < run->n_parts; i++)
        BASE_TRY(save_part(run, i));
    BASE_TRY(settle(run, sae_checkpoint_finish(run->writer)));
    figures->checkpoint = sae_checkpoint_figures(run->writer);
    return BASE_OK;
}

enum base_status sae_run(const struct sae_run_parameters *parameters, struct sae_run_part *parts,
                         uint32_t n_parts, struct sae_run_figures *figures)
{
    struct run run = {.parameters = parameters, .given = parts, .n_parts = n_parts};
    enum base_status status = open_run(&run);
    if (status == BASE_OK)
        status = train(&run, figures);
    enum base_status closed = close_run(&run);
    return status == BASE_OK ? closed : status;
}
