#include "cli/training_metrics.h"

#include "base/memory.h"
#include "base/platform.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static double number_of(const json_t *line, const char *key)
{
    const json_t *value = json_object_get(line, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static enum base_status add_snapshot(const json_t *line, uint64_t rows, struct cli_training_history *history)
{
    const json_t *density = json_object_get(line, "density");
    struct cli_training_snapshot snapshot = {.rows = rows};
    if (json_array_size(density) != SAE_DENSITY_BINS)
        return BASE_OK;
    for (uint32_t b = 0; b < SAE_DENSITY_BINS; b++)
        snapshot.latents[b] = (uint32_t)json_integer_value(json_array_get(density, b));
    return cli_training_add_snapshot(history, &snapshot);
}

static enum base_status add_line(const json_t *line, struct cli_training_history *history)
{
    double rows = number_of(line, "rows"), holdout = number_of(line, "holdout_fvu");
    if (!(rows > 0))
        return BASE_OK;
    struct cli_training_record record = {
        .rows = (uint64_t)rows,
        .loss = number_of(line, "loss"),
        .reconstruction = number_of(line, "reconstruction"),
        .sparsity = number_of(line, "sparsity"),
        .gate = number_of(line, "gate"),
        .auxiliary = number_of(line, "auxiliary"),
        .fvu = number_of(line, "fvu"),
        .l0 = number_of(line, "l0"),
        .dead = number_of(line, "dead"),
        .rate = number_of(line, "lr"),
        .coefficient = number_of(line, "coefficient"),
        .target_l0 = number_of(line, "target_l0"),
    };
    BASE_TRY(cli_training_add_record(history, &record));
    if (!isnan(holdout))
        BASE_TRY(cli_training_add_held_out(
            history,
            &(struct cli_training_held_out){(uint64_t)rows, holdout, number_of(line, "holdout_l0")}));
    return add_snapshot(line, (uint64_t)rows, history);
}

enum base_status cli_training_metrics_read(const char *path, struct cli_training_history *history)
{
    struct base_file *file = NULL;
    char *text = NULL;
    enum base_status status;
    BASE_CHECK(base_file_open(path, &file));
    size_t bytes = (size_t)base_file_size(file);
    BASE_CHECK(base_allocate(&text, bytes + 1, 1, "metrics"));
    BASE_CHECK(base_file_read(file, 0, text, bytes));
    for (char *at = text, *end; status == BASE_OK && (end = strchr(at, '\n')); at = end + 1) {
        json_t *line = json_loadb(at, (size_t)(end - at), JSON_REJECT_DUPLICATES, NULL);
        if (json_is_object(line))
            status = add_line(line, history);
        json_decref(line);
    }
error:
    base_file_close(&file);
    base_free(text);
    return status;
}
