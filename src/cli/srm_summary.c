#include "cli/srm_summary.h"

#include "cli/output.h"
#include "cli/srm_tables.h"
#include "cli/srm_words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { WIDTH = 100, INDENT = 11, BEST_SHOWN = 4 /* of each list */ };

static void print_field(const char *name, const char *text)
{
    cli_print("%-*s", INDENT, name);
    cli_print_wrapped(text, INDENT, INDENT, WIDTH);
}

static void print_input(struct gpu *gpu, const struct srm_parameters *parameters,
                        const struct srm_result *result)
{
    char text[600];
    struct cli_line line = {.text = text, .bytes = sizeof text};
    text[0] = '\0';
    cli_srm_say_input(parameters, &line);
    if (line.used > 0)
        print_field("input", text);
    line.used = 0;
    cli_srm_say_rows(parameters, result, &line);
    print_field("rows", text);
    line.used = 0;
    cli_srm_say_planes(parameters, result, &line);
    cli_line_add(&line, "; ");
    cli_srm_say_epsilons(result, &line);
    cli_line_add(&line, ", %" PRIu32 " angles%s", result->angles, parameters->difference ? ", signed" : "");
    print_field("planes", text);
    line.used = 0;
    text[0] = '\0';
    cli_srm_say_device(gpu, &line);
    if (line.used > 0)
        print_field("device", text);
}

static void print_finding(const struct srm_parameters *parameters, const struct srm_result *result,
                          const struct cli_finding *finding)
{
    char text[900];
    struct cli_line line = {.text = text, .bytes = sizeof text};
    cli_print("\n%s%s%s\n", cli_style(1, CLI_BOLD), finding->headline, cli_style(1, CLI_PLAIN));
    cli_print_wrapped(finding->sentence, 0, 2, WIDTH);
    cli_line_add(&line, "The median plane has %.4g rows inside its gate (M).", result->median_hits);
    uint32_t most = 0;
    for (uint32_t v = 1; v < result->vectors; v++)
        if (result->vector_hits[v] > result->vector_hits[most])
            most = v;
    if (result->vectors > 2 && result->vector_hits[most] > 0)
        cli_line_add(&line, " Vector %" PRIu32 " takes part in %.3g %% of all hits.", most,
                     100 * result->vector_hits[most]);
    if (!parameters->centre && finding->mean_over_rms > CLI_MEAN_OVER_RMS_HINT)
        cli_line_add(&line,
                     " The rows' mean is long (\u2016mean\u2016/rms = %.2f): see what is left with --center.",
                     finding->mean_over_rms);
    cli_print_wrapped(text, 0, 2, WIDTH);
}

static void print_number(double value, int width, const char *format)
{
    char text[32] = "-";
    if (isfinite(value))
        snprintf(text, sizeof text, format, value); // NOLINT: the formats stand in this file
    cli_print("%*s", width, text);
}

static void print_best(const struct srm_result *result, enum srm_list list)
{
    for (uint32_t b = 0; b < result->n_best; b++) {
        const struct srm_best *best = &result->best[b];
        if (best->list != list || best->rank > BEST_SHOWN)
            continue;
        const struct srm_plane_statistics *statistics = &result->statistics[best->position];
        cli_print("  %-13s%4" PRIu32 "%8" PRIu32 "%8" PRIu32 "%9" PRIu32, cli_srm_list_name(list), best->rank,
                  best->plane.i, best->plane.j, statistics->hits);
        print_number(statistics->c4, 9, "%+.3f");
        print_number(statistics->z, 9, "%+.2f");
        print_number(statistics->q, 10, "%.3g");
        print_number(cli_srm_peak_degrees(result, statistics), 9, "%.4g");
        print_number(cli_srm_lift(result, 0, statistics), 10, "%.3g");
        cli_print("\n");
    }
}

static void print_table(const struct srm_result *result)
{
    if (result->n_best == 0)
        return;
    cli_print("\n  %-13s%4s%8s%8s%9s%9s%9s%10s%9s%10s\n", "list", "rank", "i", "j", "M", "C4", "z", "q",
              "peak", "lift");
    for (int list = 0; list < SRM_LISTS; list++)
        print_best(result, (enum srm_list)list);
}

void cli_srm_summary(struct gpu *gpu, const struct srm_parameters *parameters,
                     const struct srm_result *result, const struct cli_finding *finding, const char *folder,
                     const json_t *files)
{
    print_input(gpu, parameters, result);
    print_finding(parameters, result, finding);
    print_table(result);
    double seconds = (double)result->total_ns * 1e-9;
    cli_print("\n%.3g s, %.3g s of it counting\n", seconds, (double)result->counting_ns * 1e-9);
    cli_print("%s/\n", folder);
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *file = json_array_get(files, i);
        cli_print("  %-22s%s\n", json_string_value(json_object_get(file, "name")),
                  json_string_value(json_object_get(file, "what")));
    }
}
