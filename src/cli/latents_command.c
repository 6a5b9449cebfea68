/* `arclight latents`: in which contexts each latent is active. Two walks over the rows: the first collects,
 * the second reads the latents' values around what was collected. */
#include "base/memory.h"
#include "base/platform.h"
#include "cli/commands.h"
#include "cli/latents_page.h"
#include "cli/output.h"
#include "cli/sae_input.h"
#include "cli/text.h"
#include "cli/unembedding.h"
#include "cli/version.h"
#include "io/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct latents_run {
    struct cli_sae_input input;
    const char *folder;
    struct data_vocabulary *vocabulary;
    struct data_positions *tokens, *positions; /* positions: NULL without */
    double bound, median;
    uint32_t *latents; /* [n_latents] those asked for, ascending */
    uint32_t n_latents, count, before, behind;
    struct sae_walk *walk;
    struct sae_contexts *contexts;
    struct sae_windows windows;
    struct sae_product *neighbours, *raised, *lowered;
    uint64_t rows; /* used */
    struct sae_walk_left_out left_out;
};

/* ---- options ---- */

static enum base_status mark_item(const char *label, const char *item, size_t length, uint32_t d_sae,
                                  bool *wanted)
{
    char text[48];
    uint64_t from = 0, to = 0;
    if (length >= sizeof text)
        return base_fail(BASE_ERROR_USAGE, "%s: '%.*s' is no number", label, 40, item);
    snprintf(text, sizeof text, "%.*s", (int)length, item);
    if (strchr(text, ':')) {
        BASE_TRY(cli_parse_range(label, text, &from, &to));
        to = to == 0 ? d_sae : to;
    } else {
        int64_t number;
        BASE_TRY(cli_parse_integer(label, text, 0, UINT32_MAX - 1, &number));
        from = (uint64_t)number;
        to = from + 1;
    }
    if (to > d_sae || from >= to)
        return base_fail(BASE_ERROR_USAGE, "%s: '%s': the autoencoder has %u latents (0 is the first)", label,
                         text, d_sae);
    for (uint64_t i = from; i < to; i++)
        wanted[i] = true;
    return BASE_OK;
}

static enum base_status choose_latents(const struct cli_values *values, struct latents_run *run)
{
    enum base_status status;
    const uint32_t d_sae = run->input.model.architecture.d_sae;
    const char *list = cli_text(values, "latents");
    bool *wanted = NULL;
    BASE_CHECK(base_allocate(&wanted, d_sae, sizeof *wanted, "the list of latents"));
    BASE_CHECK(base_allocate(&run->latents, d_sae, sizeof *run->latents, "the list of latents"));
    for (const char *item = list; item; item = strchr(item, ',') ? strchr(item, ',') + 1 : NULL)
        BASE_CHECK(mark_item(cli_label(values, "latents"), item, strcspn(item, ","), d_sae, wanted));
    for (uint32_t i = 0; i < d_sae; i++)
        if (!list || wanted[i])
            run->latents[run->n_latents++] = i;
error:
    base_free(wanted);
    return status;
}

static enum base_status check_options(const struct cli_values *values)
{
    static const char *const needed[] = {"out", "tokens", "vocab"};
    static const char *const words[] = {"DIR is missing: where to put the results",
                                        "FILE:TENSOR is missing: each row's token number",
                                        "FILE is missing: the text of each token"};
    for (int i = 0; i < 3; i++)
        if (!cli_given(values, needed[i]))
            return base_fail(BASE_ERROR_USAGE, "latents: --%s %s", needed[i], words[i]);
    return BASE_OK;
}

static enum base_status open_files(const struct cli_values *values, struct latents_run *run)
{
    const uint32_t window = (uint32_t)cli_integer(values, "window");
    BASE_TRY(check_options(values));
    run->folder = cli_text(values, "out");
    run->count = (uint32_t)cli_integer(values, "contexts");
    run->before = (window - 1) * 2 / 3;
    run->behind = window - 1 - run->before;
    BASE_TRY(cli_sae_open_files(values, true, &run->input));
    BASE_TRY(choose_latents(values, run));
    BASE_TRY(data_vocabulary_read(cli_text(values, "vocab"), &run->vocabulary));
    BASE_TRY(
        data_positions_open(run->input.activations, "--tokens", cli_text(values, "tokens"), &run->tokens));
    if (cli_given(values, "positions"))
        BASE_TRY(data_positions_open(run->input.activations, "--positions", cli_text(values, "positions"),
                                     &run->positions));
    BASE_TRY(cli_sae_norm_bound(values, run->input.activations, &run->bound, &run->median));
    return base_folder_make(run->folder);
}

/* ---- walks ---- */

static enum base_status check_tokens(const struct cli_values *values, struct latents_run *run, uint64_t from,
                                     uint64_t count)
{
    const int64_t *tokens;
    const uint32_t known = data_vocabulary_count(run->vocabulary);
    BASE_TRY(data_positions_read(run->tokens, from, count, &tokens));
    for (uint64_t r = 0; r < count; r++)
        if (tokens[r] < 0 || tokens[r] >= (int64_t)known)
            return base_fail(BASE_ERROR_INPUT,
                             "--tokens: row %" PRIu64 " has token %" PRId64 ", and %s has %u",
                             data_first_row(run->input.activations) + from + r, tokens[r],
                             cli_text(values, "vocab"), known);
    return BASE_OK;
}

static enum base_status collect(const struct cli_values *values, struct latents_run *run)
{
    enum base_status status = BASE_OK;
    uint64_t *documents = NULL;
    BASE_TRY(base_allocate(&documents, sae_walk_rows(run->walk), sizeof *documents, "documents"));
    for (struct sae_walk_block block; status == BASE_OK;) {
        const uint64_t *all = NULL;
        BASE_CHECK(sae_walk_next(run->walk, &block));
        if (block.count == 0)
            break;
        BASE_CHECK(check_tokens(values, run, block.from, block.count));
        if (run->positions)
            BASE_CHECK(data_positions_contexts(run->positions, block.from, block.count, &all));
        for (uint32_t r = 0; all && r < block.rows; r++)
            documents[r] = all[block.numbers[r] - block.from];
        run->rows += block.rows;
        sae_contexts_add(run->contexts, &block, all ? documents : NULL);
    }
    run->left_out = sae_walk_left_out(run->walk);
    sae_contexts_finish(run->contexts);
    if (run->rows == 0)
        status = base_fail(BASE_ERROR_INPUT, "%s: no row is left: all hold NaN or Inf, or exceed --max-norm",
                           data_shard_at(run->input.activations, 0).path);
error:
    base_free(documents);
    return status;
}

static enum base_status open_walk(const struct cli_values *values, struct latents_run *run, const char *what)
{
    sae_walk_close(&run->walk);
    return sae_walk_open(&(struct sae_walk_parameters){.activations = run->input.activations,
                                                       .inference = run->input.inference,
                                                       .norm_bound = run->bound,
                                                       .strict = cli_flag(values, "strict"),
                                                       .what = what},
                         &run->walk);
}

static enum base_status walk_rows(const struct cli_values *values, struct latents_run *run)
{
    const uint64_t rows = data_rows(run->input.activations);
    BASE_TRY(open_walk(values, run, "collecting contexts"));
    BASE_TRY(
        sae_contexts_create(&(struct sae_contexts_parameters){.d_sae = run->input.model.architecture.d_sae,
                                                              .latents = run->latents,
                                                              .n_latents = run->n_latents,
                                                              .count = run->count,
                                                              .reach = run->before + run->behind},
                            &run->contexts));
    BASE_TRY(collect(values, run));
    BASE_TRY(sae_windows_make(&(struct sae_windows_parameters){.contexts = run->contexts,
                                                               .latents = run->latents,
                                                               .slots = run->n_latents,
                                                               .count = run->count,
                                                               .before = run->before,
                                                               .behind = run->behind,
                                                               .rows = rows,
                                                               .tokens = run->tokens,
                                                               .positions = run->positions},
                              &run->windows));
    BASE_TRY(open_walk(values, run, "reading contexts"));
    return sae_windows_shade(&run->windows, run->contexts, run->walk, rows);
}

/* ---- directions ---- */

/* One more is asked for than wanted: the latent itself, which is taken out. */
static void take_out_selves(const struct latents_run *run, const struct sae_product *found)
{
    for (uint32_t slot = 0; slot < run->n_latents; slot++) {
        const struct sae_product *list = found + (size_t)slot * (CLI_NEIGHBOURS + 1);
        uint32_t kept = 0;
        for (uint32_t k = 0; k <= CLI_NEIGHBOURS && kept < CLI_NEIGHBOURS; k++)
            if (list[k].index != run->latents[slot])
                run->neighbours[(size_t)slot * CLI_NEIGHBOURS + kept++] = list[k];
    }
}

static enum base_status find_neighbours(struct latents_run *run, const float *unit, const float *chosen)
{
    const struct sae_architecture *a = &run->input.model.architecture;
    struct sae_product *found = NULL;
    enum base_status status;
    BASE_CHECK(base_allocate(&run->neighbours, (size_t)run->n_latents * CLI_NEIGHBOURS,
                             sizeof *run->neighbours, "neighbours"));
    BASE_CHECK(
        base_allocate(&found, (size_t)run->n_latents * (CLI_NEIGHBOURS + 1), sizeof *found, "neighbours"));
    BASE_CHECK(sae_greatest_products(run->input.gpu, &(struct sae_products_call){.a = chosen,
                                                                                 .b = unit,
                                                                                 .n_a = run->n_latents,
                                                                                 .n_b = a->d_sae,
                                                                                 .width = a->d_out,
                                                                                 .count = CLI_NEIGHBOURS + 1,
                                                                                 .greatest = found}));
    take_out_selves(run, found);
error:
    base_free(found);
    return status;
}

static enum base_status find_tokens(const struct cli_values *values, struct latents_run *run,
                                    const float *chosen)
{
    const uint32_t width = run->input.model.architecture.d_out, n = data_vocabulary_count(run->vocabulary);
    const size_t count = (size_t)run->n_latents * CLI_UNEMBED_TOKENS;
    float *unembedding = NULL;
    uint32_t tokens;
    enum base_status status;
    BASE_CHECK(cli_unembedding_read(cli_text(values, "unembed"), n, width, &unembedding, &tokens));
    BASE_CHECK(base_allocate(&run->raised, count, sizeof *run->raised, "tokens"));
    BASE_CHECK(base_allocate(&run->lowered, count, sizeof *run->lowered, "tokens"));
    BASE_CHECK(sae_greatest_products(run->input.gpu, &(struct sae_products_call){.a = chosen,
                                                                                 .b = unembedding,
                                                                                 .n_a = run->n_latents,
                                                                                 .n_b = tokens,
                                                                                 .width = width,
                                                                                 .count = CLI_UNEMBED_TOKENS,
                                                                                 .greatest = run->raised,
                                                                                 .least = run->lowered}));
error:
    base_free(unembedding);
    return status;
}

static enum base_status look_at_directions(const struct cli_values *values, struct latents_run *run)
{
    const struct sae_architecture *a = &run->input.model.architecture;
    float *unit = NULL, *chosen = NULL;
    enum base_status status;
    BASE_CHECK(sae_unit_rows(run->input.model.W_dec, a->d_sae, a->d_out, &unit));
    BASE_CHECK(base_allocate(&chosen, (size_t)run->n_latents * a->d_out, sizeof *chosen, "directions"));
    for (uint32_t slot = 0; slot < run->n_latents; slot++)
        memcpy(chosen + (size_t)slot * a->d_out, unit + (size_t)run->latents[slot] * a->d_out,
               a->d_out * sizeof *chosen);
    BASE_CHECK(find_neighbours(run, unit, chosen));
    if (cli_given(values, "unembed"))
        BASE_CHECK(find_tokens(values, run, chosen));
error:
    base_free(unit);
    base_free(chosen);
    return status;
}

/* ---- results ---- */

static json_t *header_of(const struct cli_values *values, const struct latents_run *run)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:{s:I, s:I, s:I, s:I, s:o, s:o}, s:o}", "schema",
                     "arclight.latents/1", "version", cli_version(), "sae",
                     cli_sae_description(run->input.path, &run->input.model), "activations",
                     cli_sae_shards(run->input.activations), "rows", "read",
                     (json_int_t)data_rows(run->input.activations), "used", (json_int_t)run->rows,
                     "left_out_norm", (json_int_t)run->left_out.norm, "left_out_non_finite",
                     (json_int_t)run->left_out.non_finite, "median_norm", io_json_number(run->median),
                     "norm_bound", io_json_number(run->bound), "options", cli_configuration(values));
}

static void say_about(const struct latents_run *run, char *text, size_t bytes)
{
    char rows[BASE_COUNT_BYTES], left[BASE_COUNT_BYTES], description[160];
    struct cli_line line = {.text = text, .bytes = bytes};
    text[0] = '\0';
    cli_sae_describe(&run->input.model, description, sizeof description);
    cli_line_add(&line, "%s \u00b7 %s rows", description, base_count_text(run->rows, rows));
    if (run->left_out.norm > 0)
        cli_line_add(&line, ", %s outlier%s left out", base_count_text(run->left_out.norm, left),
                     run->left_out.norm > 1 ? "s" : "");
    if (run->left_out.non_finite > 0)
        cli_line_add(&line, ", %s with NaN or Inf left out", base_count_text(run->left_out.non_finite, left));
}

static enum base_status write_file(const struct latents_run *run, const struct cli_latents_result *result,
                                   const char *name,
                                   enum base_status (*write)(const char *, const struct cli_latents_result *))
{
    char *path = base_path_join(run->folder, name);
    if (!path)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", name);
    enum base_status status = write(path, result);
    base_free(path);
    return status;
}

static enum base_status report(const struct cli_values *values, const struct latents_run *run, json_t *header)
{
    char about[320], n[BASE_COUNT_BYTES];
    if (cli_flag(values, "json"))
        return cli_print_json(json_incref(header));
    say_about(run, about, sizeof about);
    cli_print("%s\n%s\n%s latents\n%s/\n  %-16s%s\n  %-16s%s\n", run->input.path, about,
              base_count_text(run->n_latents, n), run->folder, "latents.html", "the page", "latents.json",
              "the same for programs");
    return BASE_OK;
}

static enum base_status write_results(const struct cli_values *values, const struct latents_run *run)
{
    enum base_status status;
    char about[320];
    json_t *title = io_json_text(run->input.path), *header = header_of(values, run);
    say_about(run, about, sizeof about);
    const struct cli_latents_result result = {.title = title ? json_string_value(title) : "",
                                              .about = about,
                                              .header = header,
                                              .rows = run->rows,
                                              .latents = run->latents,
                                              .n_latents = run->n_latents,
                                              .contexts = run->contexts,
                                              .windows = &run->windows,
                                              .vocabulary = run->vocabulary,
                                              .neighbours = run->neighbours,
                                              .raised = run->raised,
                                              .lowered = run->lowered};
    BASE_CHECK(write_file(run, &result, "latents.html", cli_latents_write_page));
    BASE_CHECK(write_file(run, &result, "latents.json", cli_latents_write_json));
    BASE_CHECK(report(values, run, header));
error:
    json_decref(title);
    json_decref(header);
    return status;
}

static void free_run(struct latents_run *run)
{
    sae_walk_close(&run->walk);
    sae_contexts_destroy(&run->contexts);
    sae_windows_free(&run->windows);
    data_positions_close(&run->tokens);
    data_positions_close(&run->positions);
    data_vocabulary_free(&run->vocabulary);
    base_free(run->latents);
    base_free(run->neighbours);
    base_free(run->raised);
    base_free(run->lowered);
    cli_sae_close(&run->input);
}

enum base_status cli_run_latents(const struct cli_values *values)
{
    enum base_status status;
    struct latents_run run = {.folder = NULL};
    base_outputs_gather();
    BASE_CHECK(open_files(values, &run));
    BASE_CHECK(cli_sae_open_device(values, &run.input));
    BASE_CHECK(walk_rows(values, &run));
    BASE_CHECK(look_at_directions(values, &run));
    BASE_CHECK(write_results(values, &run));
    BASE_CHECK(base_outputs_publish());
error:
    free_run(&run);
    return status;
}
