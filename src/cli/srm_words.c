#include "cli/srm_words.h"

#include "io/tensor.h"

#include <string.h>

/* The last part of a path. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

void cli_srm_say_input(const struct srm_parameters *parameters, struct cli_line *line)
{
    char first_name[IO_PRINTABLE], last_name[IO_PRINTABLE], tensor[IO_PRINTABLE];
    uint32_t count = parameters->activations ? data_shard_count(parameters->activations) : 0;
    if (count == 0)
        return;
    struct data_shard_information first = data_shard_at(parameters->activations, 0);
    io_printable(name_of(first.path), first_name);
    if (count == 1) {
        cli_line_add(line, "%s", first_name);
        if (first.tensor && first.tensor[0])
            cli_line_add(line, ": %s", io_printable(first.tensor, tensor));
        return;
    }
    struct data_shard_information last = data_shard_at(parameters->activations, count - 1);
    cli_line_add(line, "%u parts, %s to %s", count, first_name, io_printable(name_of(last.path), last_name));
}

void cli_srm_say_rows(const struct srm_parameters *parameters, const struct srm_result *result,
                      struct cli_line *line)
{
    char rows[BASE_COUNT_BYTES], number[BASE_COUNT_BYTES], width[BASE_COUNT_BYTES];
    cli_line_add(line, "%s rows of width %s", base_count_text(result->rows, rows),
                 base_count_text(result->width, width));
    if (result->summary.non_finite_rows > 0)
        cli_line_add(line, ", %s with NaN or Inf left out",
                     base_count_text(result->summary.non_finite_rows, number));
    if (result->summary.zero_rows > 0)
        cli_line_add(line, ", %s of them zero", base_count_text(result->summary.zero_rows, number));
    if (parameters->centre)
        cli_line_add(line, ", centred");
}

void cli_srm_say_planes(const struct srm_parameters *parameters, const struct srm_result *result,
                        struct cli_line *line)
{
    char planes[BASE_COUNT_BYTES], all[BASE_COUNT_BYTES], vectors[BASE_COUNT_BYTES], name[IO_PRINTABLE];
    cli_line_add(line, "basis %s, %s vectors, ", io_printable(name_of(result->basis_name), name),
                 base_count_text(result->vectors, vectors));
    base_count_text(result->planes, planes);
    if (result->planes < result->all_planes)
        cli_line_add(line, "%s of %s planes", planes, base_count_text(result->all_planes, all));
    else
        cli_line_add(line, "%s plane%s", planes, result->planes == 1 ? "" : "s");
    if (result->degenerate > 0)
        cli_line_add(line, " (%s degenerate)", base_count_text(result->degenerate, all));
    if (parameters->permutations)
        cli_line_add(line, " from either vector");
}

void cli_srm_say_epsilons(const struct srm_result *result, struct cli_line *line)
{
    cli_line_add(line, "\u03b5 = ");
    for (uint32_t e = 0; e < result->n_epsilons && e < 4; e++)
        cli_line_add(line, "%s%.4g", e ? ", " : "", result->epsilons[e]);
    if (result->n_epsilons > 4)
        cli_line_add(line, ", \u2026, %.4g", result->epsilons[result->n_epsilons - 1]);
    if (result->automatic_epsilon)
        cli_line_add(line, " (automatic)");
}

void cli_srm_say_device(struct gpu *gpu, struct cli_line *line)
{
    char name[IO_PRINTABLE], driver[IO_PRINTABLE];
    if (!gpu)
        return;
    const struct gpu_device_information *information = gpu_information(gpu);
    cli_line_add(line, "%s (%s), %s, Vulkan %s", io_printable(information->name, name),
                 gpu_device_type_name(information->type), io_printable(information->driver, driver),
                 information->api_version);
}
