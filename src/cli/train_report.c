#include "cli/train_report.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "cli/output.h"
#include "cli/sweep_page.h"
#include "cli/text.h"
#include "cli/timings.h"
#include "cli/training_page.h"
#include "io/json.h"
#include "io/tensor.h"
#include "live/training_metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- progress ---- */

void cli_train_progress_begin(struct cli_train_progress *progress, const struct cli_train_outcome *outcome)
{
    *progress = (struct cli_train_progress){.outcome = outcome, .holdout_fvu = NAN};
    base_progress_begin(&progress->rate, "training", "rows");
}

void cli_train_progress_end(struct cli_train_progress *progress)
{
    base_progress_end(&progress->rate);
}

/* Of rows that do not vary there is none. */
static const char *fvu_text(double fvu, int digits, char text[32])
{
    if (isfinite(fvu))
        snprintf(text, 32, "%.*f", digits, fvu);
    else
        snprintf(text, 32, "-");
    return text;
}

static void say_record(const struct cli_train_progress *progress, const struct sae_run_news *news,
                       struct cli_line *line)
{
    const struct sae_record *record = news->record;
    char fvu[32];
    cli_line_add(line, "  step %" PRIu64 "  loss %.4g  FVU %s", record->step + 1, record->loss,
                 fvu_text(record->fvu, 3, fvu));
    if (!isnan(progress->holdout_fvu))
        cli_line_add(line, " (held out %.3f)", progress->holdout_fvu);
    char memory[32];
    base_quantity_text((double)gpu_memory_most_bytes(progress->outcome->gpu), memory, sizeof memory);
    cli_line_add(line, "  L0 %.1f  dead %" PRIu32 "  lr %.2g  %sB on the device", record->l0, record->dead,
                 record->rate, memory);
    if (record->bad)
        cli_line_add(line, "  skipped: not finite");
}

void cli_train_opened(void *context, uint64_t device_bytes)
{
    const struct cli_train_progress *progress = context;
    char needed[32], there[32];
    base_quantity_text((double)device_bytes, needed, sizeof needed);
    base_quantity_text((double)gpu_capabilities(progress->outcome->gpu)->memory_free_bytes, there,
                       sizeof there);
    base_log(BASE_LOG_NORMAL, "training takes %sB of device memory, of which %sB were free", needed, there);
}

void cli_train_tell(void *context, const struct sae_run_news *news)
{
    enum { LINE_NS = 2000000000 };
    struct cli_train_progress *progress = context;
    uint64_t total = news->steps * (news->record->rows / (news->record->step + 1)), now = base_clock_ns();
    char text[400], head[200];
    struct cli_line line = {text, sizeof text, 0};
    if (news->run == 0 && news->holdout)
        progress->holdout_fvu = news->holdout->fvu;
    if (news->record->bad)
        base_log(BASE_LOG_NORMAL, "step %" PRIu64 "%s: the gradient was not finite; the step is skipped",
                 news->record->step, progress->outcome->n_parts > 1 ? " of one of the runs" : "");
    if (news->run > 0)
        return;
    base_progress_sample(&progress->rate, news->record->rows, now);
    text[0] = '\0';
    base_progress_text(&progress->rate, news->record->rows, total, head, sizeof head);
    cli_line_add(&line, "%s", head);
    say_record(progress, news, &line);
    if (base_is_terminal(2)) {
        base_log_progress("%s", text);
    } else if (now - progress->last_line_ns > 5 * (uint64_t)LINE_NS ||
               news->record->step + 1 == news->steps) {
        progress->last_line_ns = now;
        base_log(BASE_LOG_NORMAL, "%s", text);
    }
}

/* ---- pictures ---- */

/* As the run was asked for; --resume and --config bring that with them. */
struct look {
    bool wanted;
    const struct view_theme *theme;
    float scale;
};

static struct look look_of(const struct cli_train_outcome *outcome)
{
    const json_t *options = outcome->settings->options;
    const json_t *theme = json_object_get(options, "theme"), *scale = json_object_get(options, "scale");
    const char *name = theme ? json_string_value(theme) : cli_text(outcome->values, "theme");
    return (struct look){
        .wanted = !json_is_true(json_object_get(options, "no-picture")),
        .theme = name && strcmp(name, "light") == 0 ? &view_theme_light : &view_theme_dark,
        .scale = (float)(scale ? json_number_value(scale) : cli_real(outcome->values, "scale")),
    };
}

/* What is saved may be better than the last step's: thresholds were set since. The curves end with it. */
static enum base_status end_with_result(struct live_training_history *history,
                                        const struct sae_run_part *part)
{
    if (history->n_records == 0 || isnan(part->result.fvu))
        return BASE_OK;
    const struct live_training_held_out last = {
        .rows = history->records[history->n_records - 1].rows,
        .fvu = part->result.fvu,
        .l0 = part->result.l0,
    };
    return live_training_add_held_out(history, &last);
}

static enum base_status draw_training(const struct cli_train_outcome *outcome,
                                      const struct sae_run_part *part, const struct look *look)
{
    const struct sae_config *config = &part->config;
    struct live_training_history history = {
        .kind = config->kind->name,
        .input = outcome->path,
        .d_in = config->architecture.d_in,
        .d_sae = config->architecture.d_sae,
        .k = config->architecture.k > 0 ? config->architecture.k : NAN,
        .dead_after = config->dead_after,
    };
    char *metrics = base_path_join(part->folder, "metrics.jsonl");
    char *picture = base_path_join(part->folder, "training.png");
    enum base_status status =
        metrics && picture ? BASE_OK : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    if (status == BASE_OK)
        status = live_training_metrics_read(metrics, &history, NULL);
    if (status == BASE_OK)
        status = end_with_result(&history, part);
    if (status == BASE_OK)
        status = cli_training_page(outcome->gpu, &history, look->theme, look->scale, picture);
    live_training_history_free(&history);
    base_free(metrics);
    base_free(picture);
    return status;
}

static enum base_status draw_sweep(const struct cli_train_outcome *outcome, const struct look *look)
{
    struct cli_sweep_run *runs = NULL;
    bool held_out = outcome->n_holdout > 0;
    char measured[80], count[BASE_COUNT_BYTES];
    char *path = base_path_join(outcome->folder, "sweep.png");
    enum base_status status = path ? BASE_OK : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    if (status == BASE_OK)
        status = base_allocate(&runs, outcome->n_parts, sizeof *runs, "the sweep's runs");
    for (uint32_t i = 0; status == BASE_OK && i < outcome->n_parts; i++) {
        const struct sae_run_part *part = &outcome->parts[i];
        runs[i] = (struct cli_sweep_run){
            .label = outcome->names[i],
            .group = part->config.kind->name,
            .fvu = held_out ? part->result.fvu : part->last.fvu,
            .l0 = held_out ? part->result.l0 : part->last.l0,
            .dead = held_out ? part->result.silent : part->last.dead,
            .d_sae = part->config.architecture.d_sae,
        };
    }
    if (held_out)
        snprintf(measured, sizeof measured, "%s rows held out", base_count_text(outcome->n_holdout, count));
    else
        snprintf(measured, sizeof measured, "the last step's rows");
    const struct cli_sweep sweep = {outcome->path, measured, runs, outcome->n_parts};
    if (status == BASE_OK)
        status = cli_sweep_page(outcome->gpu, &sweep, look->theme, look->scale, path);
    base_free(runs);
    base_free(path);
    return status;
}

/* ---- words and documents ---- */

static void print_rows(const struct cli_train_outcome *outcome)
{
    const struct sae_run_figures *figures = outcome->figures;
    char rows[32], rate[32], duration[32];
    double seconds = (double)figures->ns * 1e-9;
    base_quantity_text((double)figures->position.rows, rows, sizeof rows);
    base_quantity_text(seconds > 0 ? (double)figures->rows / seconds : 0, rate, sizeof rate);
    base_duration_text(seconds, duration, sizeof duration);
    cli_print("rows     %s from %s (epoch %" PRIu64 "), %s rows/s, %s", rows, outcome->path,
              figures->position.epoch, rate, duration);
    if (figures->ns > 0)
        cli_print(", reading took %.2g %% of it beside the device, which waited %.2g %%",
                  100 * (double)figures->reading_ns / (double)figures->ns,
                  100 * (double)figures->waited_ns / (double)figures->ns);
    cli_print("\n");
    if (figures->position.left_out_norm > 0)
        cli_print("left out %" PRIu64 " times a row whose norm is above %.4g (--max-norm)\n",
                  figures->position.left_out_norm, outcome->norm_bound);
    if (figures->position.left_out_non_finite > 0)
        cli_print("left out %" PRIu64 " times a row with NaN or Inf\n",
                  figures->position.left_out_non_finite);
    const struct sae_checkpoint_figures *last = &figures->checkpoint;
    char bytes[32];
    base_quantity_text((double)last->bytes, bytes, sizeof bytes);
    if (last->written)
        cli_print(
            "the last checkpoint, %sB, held the training up for %.2g s and was written beside it in %.2g s\n",
            bytes, (double)last->copy_ns * 1e-9, (double)last->write_ns * 1e-9);
}

static void print_part(const struct cli_train_outcome *outcome, const struct sae_run_part *part)
{
    const struct sae_config *config = &part->config;
    const struct sae_architecture *a = &config->architecture;
    char fvu[32];
    cli_print("%strained%s  %s, %" PRIu32 " -> %" PRIu32, cli_style(1, CLI_BOLD), cli_style(1, CLI_PLAIN),
              config->kind->name, a->d_in, a->d_sae);
    if (a->transcoder)
        cli_print(" -> %" PRIu32, a->d_out);
    cli_print(", %" PRIu64 " steps of %" PRIu32 " rows\n", sae_config_steps(config), config->batch);
    print_rows(outcome);
    if (part->last.rows > 0)
        cli_print("last step loss %.5g, FVU %s, L0 %.2f, %" PRIu32 " of %" PRIu32 " latents dead\n",
                  part->last.loss, fvu_text(part->last.fvu, 4, fvu), part->last.l0, part->last.dead,
                  a->d_sae);
    if (part->last.rows > 0 && !isfinite(part->last.fvu))
        cli_print("no FVU: the rows of the last step do not vary\n");
    if (!isnan(part->result.fvu))
        cli_print("held out FVU %.4f, L0 %.2f on %" PRIu64 " rows, on which %" PRIu32 " latents are silent\n",
                  part->result.fvu, part->result.l0, outcome->n_holdout, part->result.silent);
    if (part->threshold_factor != 1)
        cli_print("thresholds were multiplied by %.4f to meet L0 %g\n", part->threshold_factor,
                  part->threshold_l0);
    if (part->threshold_factor < 0.5 || part->threshold_factor > 2)
        base_log(
            BASE_LOG_QUIET,
            "warning: %s: training ended far from the L0 that was asked for, and thresholds so far from "
            "those "
            "trained make reconstructions worse: train on more rows (--total-rows), or with a greater --lr",
            part->folder);
    cli_print("saved in %s\n", part->folder);
}

static void print_table(const struct cli_train_outcome *outcome)
{
    bool held_out = outcome->n_holdout > 0;
    print_rows(outcome);
    cli_print("\n%-28s %8s %8s %8s   %s\n", "run", "FVU", "L0", "dead",
              held_out ? "on rows held out" : "in the last step");
    for (uint32_t i = 0; i < outcome->n_parts; i++) {
        const struct sae_run_part *part = &outcome->parts[i];
        cli_print("%-28s %8.4f %8.2f %8" PRIu32 "\n", outcome->names[i],
                  held_out ? part->result.fvu : part->last.fvu, held_out ? part->result.l0 : part->last.l0,
                  held_out ? part->result.silent : part->last.dead);
    }
    cli_print("\nsaved in %s\n", outcome->folder);
}

static json_t *describe_part(const struct cli_train_outcome *outcome, uint32_t i)
{
    const struct sae_run_part *part = &outcome->parts[i];
    json_t *object = json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:I, s:f}", "folder", part->folder, "arch",
                               part->config.kind->name, "steps", (json_int_t)sae_config_steps(&part->config),
                               "loss", io_json_number(part->last.loss), "fvu", io_json_number(part->last.fvu),
                               "l0", io_json_number(part->last.l0), "dead", (json_int_t)part->last.dead,
                               "threshold_factor", part->threshold_factor);
    if (object && outcome->names)
        json_object_set_new(object, "run", io_json_text(outcome->names[i]));
    if (object && !isnan(part->result.fvu))
        json_object_set_new(object, "holdout",
                            json_pack("{s:f, s:f, s:I, s:I}", "fvu", part->result.fvu, "l0", part->result.l0,
                                      "silent", (json_int_t)part->result.silent, "rows",
                                      (json_int_t)outcome->n_holdout));
    return object;
}

static json_t *document_of(const struct cli_train_outcome *outcome)
{
    const struct sae_run_figures *figures = outcome->figures;
    json_t *runs = json_array();
    for (uint32_t i = 0; i < outcome->n_parts; i++)
        json_array_append_new(runs, describe_part(outcome, i));
    return json_pack("{s:s, s:o, s:o, s:s, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:I, s:I}", "schema",
                     "arclight.train/1", "kernels", cli_timings(outcome->gpu), "runs", runs, "device",
                     gpu_information(outcome->gpu)->name, "rows", (json_int_t)figures->position.rows,
                     "rows_in_this_process", (json_int_t)figures->rows, "seconds", (double)figures->ns * 1e-9,
                     "seconds_reading_rows", (double)figures->reading_ns * 1e-9, "seconds_waiting_for_rows",
                     (double)figures->waited_ns * 1e-9, "seconds_copying_checkpoint",
                     (double)figures->checkpoint.copy_ns * 1e-9, "seconds_writing_checkpoint",
                     (double)figures->checkpoint.write_ns * 1e-9, "left_out_norm",
                     (json_int_t)figures->position.left_out_norm, "left_out_non_finite",
                     (json_int_t)figures->position.left_out_non_finite);
}

/* sweep.json, the table for programs. */
static enum base_status write_sweep(const struct cli_train_outcome *outcome)
{
    json_t *document = document_of(outcome);
    char *text = cli_json_dump(document), *path = base_path_join(outcome->folder, "sweep.json");
    enum base_status status = text && path ? io_write_text(path, text, strlen(text))
                                           : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    base_free(text);
    base_free(path);
    json_decref(document);
    return status;
}

enum base_status cli_train_report(const struct cli_train_outcome *outcome)
{
    struct look look = look_of(outcome);
    for (uint32_t i = 0; look.wanted && i < outcome->n_parts; i++)
        BASE_TRY(draw_training(outcome, &outcome->parts[i], &look));
    if (outcome->names)
        BASE_TRY(write_sweep(outcome));
    if (outcome->names && look.wanted)
        BASE_TRY(draw_sweep(outcome, &look));
    if (cli_flag(outcome->values, "json"))
        return cli_print_json(document_of(outcome));
    if (outcome->names)
        print_table(outcome);
    else
        print_part(outcome, &outcome->parts[0]);
    return BASE_OK;
}
