/* The results of `arclight eval` as table, JSON and files. */
#include "base/memory.h"
#include "base/platform.h"
#include "cli/evaluation.h"
#include "cli/output.h"
#include "cli/text.h"
#include "cli/version.h"
#include "data/quantile.h"
#include "io/json.h"
#include "io/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- summaries of numbers by latent ---- */

struct spread {
    double minimum, median, mean, maximum;
};

/* Of the finite ones among values[count]. */
static enum base_status spread_of(const double *values, uint32_t count, struct spread *spread)
{
    double *sorted;
    uint32_t n = 0;
    double sum = 0;
    BASE_TRY(base_allocate(&sorted, count, sizeof *sorted, "numbers of the latents"));
    for (uint32_t i = 0; i < count; i++)
        if (isfinite(values[i])) {
            sorted[n++] = values[i];
            sum += values[i];
        }
    data_sort(sorted, n);
    *spread = (struct spread){data_quantile(sorted, n, 0), data_quantile(sorted, n, 0.5), n ? sum / n : NAN,
                              data_quantile(sorted, n, 1)};
    base_free(sorted);
    return BASE_OK;
}

/* Numbers by latent as they go into features.safetensors: [COLUMNS][d_sae]. */
enum column {
    DENSITY,
    MEAN_ACTIVATION, /* over the rows in which it fires */
    MAX_ACTIVATION,
    ENCODER_NORM,
    DECODER_NORM,
    GREATEST_DECODER_COSINE,
    ENCODER_DECODER,
    CONSISTENT,
    COLUMNS
};
static const char *const column_names[COLUMNS] = {"feature_density",
                                                  "mean_activation",
                                                  "max_activation",
                                                  "encoder_norm",
                                                  "decoder_norm",
                                                  "greatest_decoder_cosine",
                                                  "encoder_decoder_cosine_sim",
                                                  "consistent_activation_heuristic"};

struct report {
    const struct cli_evaluation *evaluation;
    const struct cli_evaluation_outputs *outputs;
    uint32_t latents;
    double *columns[COLUMNS]; /* NULL: not there */
    struct spread spreads[COLUMNS];
    json_t *files;
};

static enum base_status fill_column(struct report *report, enum column column)
{
    const struct cli_evaluation *e = report->evaluation;
    double *values;
    if ((column == ENCODER_DECODER && !e->encoder_decoder) ||
        (column == CONSISTENT && !e->metrics.consistent))
        return BASE_OK;
    BASE_TRY(base_allocate(&values, report->latents, sizeof *values, column_names[column]));
    report->columns[column] = values;
    for (uint32_t i = 0; i < report->latents; i++) {
        switch (column) {
        case DENSITY:
            values[i] = cli_evaluation_density(e, i);
            break;
        case MEAN_ACTIVATION:
            values[i] = e->metrics.fired[i] ? e->metrics.sum[i] / (double)e->metrics.fired[i] : 0;
            break;
        case MAX_ACTIVATION:
            values[i] = e->metrics.maximum[i];
            break;
        case ENCODER_NORM:
            values[i] = e->encoder_norms[i];
            break;
        case DECODER_NORM:
            values[i] = e->decoder_norms[i];
            break;
        case GREATEST_DECODER_COSINE:
            values[i] = (double)e->neighbour[i].value;
            break;
        case ENCODER_DECODER:
            values[i] = e->encoder_decoder[i];
            break;
        case CONSISTENT:
            values[i] = e->metrics.consistent[i];
            break;
        case COLUMNS:
            break;
        }
    }
    return spread_of(values, report->latents, &report->spreads[column]);
}

/* ---- JSON ---- */

static json_t *fit_document(const struct sae_fit *fit)
{
    return json_pack("{s:{s:o, s:o, s:o, s:o, s:o}, s:{s:o, s:o, s:o, s:o}, s:{s:o, s:o}, s:{s:I}}",
                     "reconstruction_quality", "explained_variance", io_json_number(fit->explained_variance),
                     "explained_variance_legacy", io_json_number(fit->explained_variance_legacy), "fvu",
                     io_json_number(fit->fvu), "mse", io_json_number(fit->mse), "cossim",
                     io_json_number(fit->cossim), "shrinkage", "l2_norm_in", io_json_number(fit->l2_norm_in),
                     "l2_norm_out", io_json_number(fit->l2_norm_out), "l2_ratio",
                     io_json_number(fit->l2_ratio), "relative_reconstruction_bias",
                     io_json_number(fit->relative_reconstruction_bias), "sparsity", "l0",
                     io_json_number(fit->l0), "l1", io_json_number(fit->l1), "token_stats",
                     "total_tokens_eval_sparsity_variance", (json_int_t)fit->rows);
}

static json_t *spread_document(const struct spread *spread)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "min", io_json_number(spread->minimum), "median",
                     io_json_number(spread->median), "mean", io_json_number(spread->mean), "max",
                     io_json_number(spread->maximum));
}

static json_t *latents_document(const struct report *report)
{
    const struct sae_metrics *metrics = &report->evaluation->metrics;
    json_t *latents = json_pack(
        "{s:I, s:I, s:I, s:I, s:I}", "count", (json_int_t)report->latents, "dead", (json_int_t)metrics->dead,
        "alive", (json_int_t)(report->latents - metrics->dead), "over_1_percent",
        (json_int_t)metrics->dense_1, "over_10_percent", (json_int_t)metrics->dense_10);
    for (int c = 0; c < COLUMNS && latents; c++)
        if (report->columns[c])
            json_object_set_new(latents, column_names[c], spread_document(&report->spreads[c]));
    return latents;
}

static json_t *match_document(const struct cli_evaluation *evaluation)
{
    const struct sae_match *match = &evaluation->match;
    if (!evaluation->other)
        return json_null();
    return json_pack("{s:o, s:I, s:o, s:o, s:s, s:I, s:o}", "path", io_json_text(evaluation->other), "d_sae",
                     (json_int_t)evaluation->other_latents, "mmcs", io_json_number(match->mmcs_a),
                     "mmcs_from_other", io_json_number(match->mmcs_b), "matching",
                     match->optimal ? "best assignment (Hungarian method)" : "greedy", "pairs",
                     (json_int_t)match->n_pairs, "mean_pair_cosine", io_json_number(match->mean_cosine));
}

static json_t *rows_document(const struct cli_evaluation *evaluation)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:f}", "read", (json_int_t)evaluation->rows, "evaluated",
                     (json_int_t)evaluation->metrics.kept.rows, "left_out_norm",
                     (json_int_t)(evaluation->metrics.all.rows - evaluation->metrics.kept.rows),
                     "left_out_non_finite", (json_int_t)evaluation->non_finite, "median_norm",
                     io_json_number(evaluation->median), "norm_bound", io_json_number(evaluation->bound),
                     "max_norm", evaluation->multiple);
}

static json_t *document_of(const struct report *report)
{
    const struct cli_evaluation *e = report->evaluation;
    const struct gpu_device_information *device = gpu_information(e->input.gpu);
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o}, s:O, s:O}", "schema",
                     "arclight.eval/1", "version", cli_version(), "commit", cli_commit(), "sae",
                     cli_sae_description(e->input.path, &e->input.model), "activations",
                     cli_sae_shards(e->input.activations), "rows", rows_document(e), "metrics",
                     fit_document(&e->metrics.kept), "metrics_with_outliers", fit_document(&e->metrics.all),
                     "latents", latents_document(report), "compare", match_document(e), "device", "name",
                     io_json_text(device->name), "driver", io_json_text(device->driver), "options",
                     report->outputs->configuration, "files", report->files);
}

/* ---- the table ---- */

static void print_pair(const char *name, const char *format, double kept, double all, bool both)
{
    char text[32];
    snprintf(text, sizeof text, format, kept); // NOLINT: the formats stand in this file
    cli_print("  %-30s%14s", name, isfinite(kept) ? text : "-");
    snprintf(text, sizeof text, format, all); // NOLINT
    if (both)
        cli_print("%14s", isfinite(all) ? text : "-");
    cli_print("\n");
}

static void print_fit(const struct cli_evaluation *evaluation)
{
    const struct sae_fit *kept = &evaluation->metrics.kept, *all = &evaluation->metrics.all;
    const bool both = kept->rows != all->rows;
    char count[BASE_COUNT_BYTES];
    if (both)
        cli_print("\n  %-30s%14s%14s\n", "", "", "with outliers");
    else
        cli_print("\n");
    cli_print("  %-30s%14s", "rows", base_count_text(kept->rows, count));
    if (both)
        cli_print("%14s", base_count_text(all->rows, count));
    cli_print("\n");
    print_pair("fvu", "%.4f", kept->fvu, all->fvu, both);
    print_pair("explained_variance", "%.4f", kept->explained_variance, all->explained_variance, both);
    print_pair("explained_variance_legacy", "%.4f", kept->explained_variance_legacy,
               all->explained_variance_legacy, both);
    print_pair("mse", "%.5g", kept->mse, all->mse, both);
    print_pair("cossim", "%.4f", kept->cossim, all->cossim, both);
    print_pair("l2_norm_in", "%.5g", kept->l2_norm_in, all->l2_norm_in, both);
    print_pair("l2_norm_out", "%.5g", kept->l2_norm_out, all->l2_norm_out, both);
    print_pair("l2_ratio", "%.4f", kept->l2_ratio, all->l2_ratio, both);
    print_pair("relative_reconstruction_bias", "%.4f", kept->relative_reconstruction_bias,
               all->relative_reconstruction_bias, both);
    print_pair("l0", "%.5g", kept->l0, all->l0, both);
    print_pair("l1", "%.5g", kept->l1, all->l1, both);
}

static void print_share(const char *name, uint64_t count, uint32_t latents)
{
    char text[BASE_COUNT_BYTES];
    cli_print("  %-30s%14s%13.1f%%\n", name, base_count_text(count, text), 100.0 * (double)count / latents);
}

static void print_latents(const struct report *report)
{
    const struct sae_metrics *metrics = &report->evaluation->metrics;
    print_share("dead (never fired)", metrics->dead, report->latents);
    print_share("in more than 1 % of rows", metrics->dense_1, report->latents);
    print_share("in more than 10 % of rows", metrics->dense_10, report->latents);
    cli_print("\n  %-30s%14s%14s%14s\n", "", "least", "median", "greatest");
    for (int c = ENCODER_NORM; c < COLUMNS; c++)
        if (report->columns[c])
            cli_print("  %-31s%13.4g%14.4g%14.4g\n", column_names[c], report->spreads[c].minimum,
                      report->spreads[c].median, report->spreads[c].maximum);
}

static void print_match(const struct cli_evaluation *evaluation)
{
    const struct sae_match *match = &evaluation->match;
    char count[BASE_COUNT_BYTES];
    if (!evaluation->other)
        return;
    cli_print("\n  compared with %s (%s latents)\n", evaluation->other,
              base_count_text(evaluation->other_latents, count));
    cli_print("  %-30s%14.4f\n  %-30s%14.4f\n", "mmcs", match->mmcs_a, "mmcs from the other", match->mmcs_b);
    cli_print("  %-30s%14.4f   %s pairs, %s\n", "mean cosine of pairs", match->mean_cosine,
              base_count_text(match->n_pairs, count),
              match->optimal ? "best assignment" : "matched greedily");
}

static void print_report(const struct report *report)
{
    const struct cli_evaluation *e = report->evaluation;
    const uint64_t outliers = e->metrics.all.rows - e->metrics.kept.rows;
    char text[160], count[BASE_COUNT_BYTES];
    cli_sae_describe(&e->input.model, text, sizeof text);
    cli_print("%s%s%s   %s\n", cli_style(1, CLI_BOLD), e->input.path, cli_style(1, CLI_PLAIN), text);
    cli_print("%s rows read", base_count_text(e->rows, count));
    if (outliers > 0)
        cli_print("; %s above %.4g (%g times the median norm) left out", base_count_text(outliers, count),
                  e->bound, e->multiple);
    if (e->non_finite > 0)
        cli_print("; %s with NaN or Inf left out", base_count_text(e->non_finite, count));
    cli_print("\n");
    print_fit(e);
    cli_print("\n");
    print_latents(report);
    print_match(e);
    if (!report->outputs->folder)
        return;
    cli_print("\n%s/\n", report->outputs->folder);
    for (size_t i = 0; i < json_array_size(report->files); i++) {
        const json_t *file = json_array_get(report->files, i);
        cli_print("  %-24s%s\n", json_string_value(json_object_get(file, "name")),
                  json_string_value(json_object_get(file, "what")));
    }
}

/* ---- files ---- */

static enum base_status path_of(const struct report *report, const char *name, const char *what, char **path)
{
    *path = base_path_join(report->outputs->folder, name);
    if (!*path ||
        json_array_append_new(report->files, json_pack("{s:s, s:s}", "name", name, "what", what)) != 0)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of %s", name);
    return BASE_OK;
}

static enum base_status write_densities(const struct report *report)
{
    char *path = NULL;
    const uint64_t shape[] = {report->latents};
    enum base_status status =
        path_of(report, "feature_densities.npy", "share of rows in which each latent fires", &path);
    if (status == BASE_OK)
        status = io_write_npy(path, IO_F64, 1, shape, report->columns[DENSITY]);
    base_free(path);
    return status;
}

static enum base_status write_features(const struct report *report)
{
    enum base_status status;
    struct io_named_array arrays[COLUMNS + 1];
    uint32_t n = 0;
    char *path = NULL;
    int64_t *nearest = NULL;
    BASE_CHECK(base_allocate(&nearest, report->latents, sizeof *nearest, "nearest latents"));
    for (uint32_t i = 0; i < report->latents; i++) {
        uint32_t index = report->evaluation->neighbour[i].index;
        nearest[i] = index == UINT32_MAX ? -1 : (int64_t)index;
    }
    for (int c = 0; c < COLUMNS; c++)
        if (report->columns[c])
            arrays[n++] = (struct io_named_array){.name = column_names[c],
                                                  .dtype = IO_F64,
                                                  .rank = 1,
                                                  .shape = {report->latents},
                                                  .data = report->columns[c]};
    arrays[n++] = (struct io_named_array){
        .name = "nearest_latent", .dtype = IO_I64, .rank = 1, .shape = {report->latents}, .data = nearest};
    BASE_CHECK(path_of(report, "features.safetensors", "every number a latent, a tensor each", &path));
    BASE_CHECK(io_write_safetensors(path, arrays, n, NULL, 0));
error:
    base_free(path);
    base_free(nearest);
    return status;
}

static enum base_status write_matches(const struct report *report)
{
    const struct sae_match *match = &report->evaluation->match;
    struct cli_text_file file;
    char *path = NULL;
    enum base_status status;
    BASE_CHECK(path_of(report, "matches.csv", "a line a pair of latents of both autoencoders", &path));
    BASE_CHECK(cli_text_file_open(path, &file));
    cli_text_file_add(&file, "latent,other,cosine\n");
    for (uint32_t p = 0; p < match->n_pairs; p++)
        cli_text_file_add(&file, "%" PRIu32 ",%" PRIu32 ",%.6f\n", match->pairs[p].a, match->pairs[p].b,
                          match->pairs[p].cosine);
    status = cli_text_file_commit(&file);
error:
    base_free(path);
    return status;
}

static enum base_status write_picture(const struct report *report)
{
    char *path = NULL;
    enum base_status status = path_of(report, "eval.png", "the page", &path);
    if (status == BASE_OK)
        status =
            cli_evaluation_picture(report->evaluation, report->outputs->theme, report->outputs->scale, path);
    base_free(path);
    return status;
}

/* Last of all files, so that a folder with eval.json is complete. */
static enum base_status write_document(const struct report *report, json_t **document)
{
    enum base_status status;
    char *path = NULL, *text = NULL;
    if (report->outputs->folder)
        BASE_CHECK(path_of(report, "eval.json", "everything that is not a number a latent", &path));
    *document = document_of(report);
    text = cli_json_dump(*document);
    status = text ? BASE_OK : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for eval.json");
    if (status == BASE_OK && path)
        status = io_write_text(path, text, strlen(text));
error:
    free(text);
    base_free(path);
    return status;
}

enum base_status cli_evaluation_report(const struct cli_evaluation *evaluation,
                                       const struct cli_evaluation_outputs *outputs)
{
    enum base_status status;
    json_t *document = NULL;
    struct report report = {.evaluation = evaluation,
                            .outputs = outputs,
                            .latents = evaluation->input.model.architecture.d_sae,
                            .files = json_array()};
    for (int c = 0; c < COLUMNS; c++)
        BASE_CHECK(fill_column(&report, (enum column)c));
    if (outputs->folder) {
        BASE_CHECK(write_densities(&report));
        BASE_CHECK(write_features(&report));
        if (evaluation->other)
            BASE_CHECK(write_matches(&report));
        if (outputs->picture)
            BASE_CHECK(write_picture(&report));
    }
    BASE_CHECK(write_document(&report, &document));
    if (outputs->json)
        BASE_CHECK(cli_print_json(json_incref(document)));
    else
        print_report(&report);
    status = cli_output_finish();
error:
    for (int c = 0; c < COLUMNS; c++)
        base_free(report.columns[c]);
    json_decref(document);
    json_decref(report.files);
    return status;
}
