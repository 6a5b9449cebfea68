#include "sae/metrics_file.h"

#include "base/memory.h"
#include "base/platform.h"
#include "io/tensor.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sae_metrics_file {
    FILE *stream;
    char *path;
};

static enum base_status failed(const char *path)
{
    return base_fail(BASE_ERROR_FILE_SYSTEM, "%s: cannot be written: %s", path, strerror(errno));
}

/* The step that a line is of; UINT64_MAX for what is no record. */
static uint64_t step_of(const char *line)
{
    static const char start[] = "{\"step\": ";
    if (strncmp(line, start, sizeof start - 1) != 0)
        return UINT64_MAX;
    return strtoull(line + sizeof start - 1, NULL, 10);
}

/* The beginning of the file that stays, in bytes: whole lines of steps before `step`. */
static size_t kept_bytes(char *text, size_t bytes, uint64_t step)
{
    size_t at = 0;
    while (at < bytes) {
        char *end = memchr(text + at, '\n', bytes - at);
        if (!end)
            return at;
        *end = '\0';
        uint64_t of = step_of(text + at);
        *end = '\n';
        if (of >= step)
            return at;
        at = (size_t)(end - text) + 1;
    }
    return at;
}

static enum base_status drop_later(const char *path, uint64_t step)
{
    struct base_file *file = NULL;
    char *text = NULL;
    enum base_status status;
    if (!base_path_exists(path))
        return BASE_OK;
    BASE_CHECK(base_file_open(path, &file));
    size_t bytes = (size_t)base_file_size(file);
    BASE_CHECK(base_allocate(&text, bytes + 1, 1, "earlier metrics"));
    BASE_CHECK(base_file_read(file, 0, text, bytes));
    size_t kept = kept_bytes(text, bytes, step);
    if (kept < bytes)
        BASE_CHECK(io_write_text(path, text, kept));
error:
    base_file_close(&file);
    base_free(text);
    return status;
}

enum base_status sae_metrics_file_open(const char *path, uint64_t step, struct sae_metrics_file **out)
{
    struct sae_metrics_file *file = NULL;
    enum base_status status;
    *out = NULL;
    BASE_TRY(drop_later(path, step));
    BASE_CHECK(base_allocate(&file, 1, sizeof *file, "the metrics"));
    file->path = base_copy_string(path);
    file->stream = file->path ? fopen(path, "ab") : NULL;
    if (!file->stream)
        BASE_CHECK(failed(path));
    *out = file;
    return BASE_OK;
error:
    if (file)
        base_free(file->path);
    base_free(file);
    return status;
}

enum base_status sae_metrics_file_close(struct sae_metrics_file **out)
{
    struct sae_metrics_file *file = *out;
    if (!file)
        return BASE_OK;
    enum base_status status = ferror(file->stream) ? failed(file->path) : BASE_OK;
    if (fclose(file->stream) != 0 && status == BASE_OK)
        status = failed(file->path);
    base_free(file->path);
    base_free(file);
    *out = NULL;
    return status;
}

/* JSON has no NaN: such a term is left out. */
static void put_number(FILE *stream, const char *key, double value)
{
    if (isfinite(value))
        fprintf(stream, ", \"%s\": %.9g", key, value);
}

enum base_status sae_metrics_file_add(struct sae_metrics_file *file, const struct sae_record *record,
                                      double seconds, const struct sae_holdout_result *holdout,
                                      const uint32_t *density)
{
    FILE *stream = file->stream;
    fprintf(stream, "{\"step\": %" PRIu64 ", \"rows\": %" PRIu64, record->step, record->rows);
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"loss", record->loss},
        {"reconstruction", record->reconstruction},
        {"sparsity", record->sparsity},
        {"gate", record->gate},
        {"auxiliary", record->auxiliary},
        {"fvu", record->fvu},
        {"l0", record->l0},
        {"lr", record->rate},
        {"gradient_norm", record->gradient_norm},
        {"k", record->k > 0 ? record->k : NAN},
        {"coefficient", record->coefficient},
        {"target_l0", record->target_l0},
        {"holdout_fvu", holdout ? holdout->fvu : NAN},
        {"holdout_l0", holdout ? holdout->l0 : NAN},
        {"holdout_silent", holdout ? holdout->silent : NAN},
        {"seconds", seconds},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        put_number(stream, numbers[i].key, numbers[i].value);
    fprintf(stream, ", \"dead\": %" PRIu32 ", \"way\": \"%s\"", record->dead,
            record->dense ? "dense" : "pairs");
    if (record->bad)
        fprintf(stream, ", \"skipped\": true");
    if (density) {
        fprintf(stream, ", \"density\": [");
        for (uint32_t b = 0; b < SAE_DENSITY_BINS; b++)
            fprintf(stream, "%s%" PRIu32, b > 0 ? ", " : "", density[b]);
        fprintf(stream, "]");
    }
    fprintf(stream, "}\n");
    return fflush(stream) == 0 ? BASE_OK : failed(file->path);
}

enum base_status sae_metrics_file_event(struct sae_metrics_file *file, uint64_t step, const char *event,
                                        const char *key, double value)
{
    fprintf(file->stream, "{\"step\": %" PRIu64 ", \"event\": \"%s\"", step, event);
    put_number(file->stream, key, value);
    fprintf(file->stream, "}\n");
    return fflush(file->stream) == 0 ? BASE_OK : failed(file->path);
}
