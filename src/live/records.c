#include "live/records.h"

#include "base/memory.h"
#include "base/platform.h"
#include "data/activations.h"
#include "io/json.h"
#include "io/tensor.h"
#include "live/records_weights.h"
#include "sae/kinds.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

enum {
    PIECE = 4 << 20,     /* read at once */
    MOST_LINE = 1 << 20, /* bytes */
    TAIL = 64,           /* bytes before what was read that must be the same the next time */
};

struct live_records {
    char *folder, *metrics;
    json_t *config; /* NULL: none */
    struct live_records_about about;
    struct live_training_history history;
    struct live_training_events events;

    char *piece;   /* [PIECE] */
    uint64_t at;   /* bytes of whole lines taken in */
    uint64_t line; /* of them */
    char tail[TAIL];
    uint32_t n_tail;
    bool skipping; /* within a line that was too long */

    struct live_records_source source; /* of the autoencoder given last */
};

/* ---- opening ---- */

static bool has(const char *folder, const char *name)
{
    char *path = base_path_join(folder, name);
    bool there = path && base_path_exists(path);
    base_free(path);
    return there;
}

bool live_records_are_in(const char *folder)
{
    if (!base_is_folder(folder))
        return false;
    return has(folder, "metrics.jsonl") ||
           (has(folder, "config.json") &&
            (has(folder, "sae_weights.safetensors") || sae_checkpoint_exists(folder)));
}

bool live_records_are_below(const char *folder)
{
    char **names = NULL;
    size_t count = 0;
    bool there = false;
    if (!base_is_folder(folder) || !has(folder, "config.json") ||
        base_folder_list(folder, &names, &count) != BASE_OK)
        return false;
    for (size_t i = 0; i < count && !there; i++) {
        char *path = base_path_join(folder, names[i]);
        there = path && live_records_are_in(path);
        base_free(path);
    }
    base_list_free(&names, count);
    return there;
}

static const char *text_at(const json_t *config, const char *key)
{
    return json_string_value(json_object_get(config, key));
}

/* 0 for what is no whole number within bounds. */
static uint64_t count_at(const json_t *config, const char *key, uint64_t most)
{
    json_int_t value = json_integer_value(json_object_get(config, key));
    return value > 0 && (uint64_t)value <= most ? (uint64_t)value : 0;
}

static void describe(struct live_records *records)
{
    const json_t *config = records->config;
    const struct sae_kind *kind = text_at(config, "arch") ? sae_kind_find(text_at(config, "arch")) : NULL;
    const json_t *inputs = json_object_get(config, "inputs");
    double k = json_number_value(json_object_get(config, "k"));
    records->about = (struct live_records_about){
        .d_in = (uint32_t)count_at(config, "d-in", UINT32_MAX),
        .d_out = (uint32_t)count_at(config, "d-out", UINT32_MAX),
        .d_sae = (uint32_t)count_at(config, "d-sae", UINT32_MAX),
        .batch = (uint32_t)count_at(config, "batch", UINT32_MAX),
        .k = k > 0 ? k : NAN,
        .total_rows = count_at(config, "total-rows", UINT64_MAX / 2),
        .kind = kind ? kind->name : "autoencoder",
        .input = json_string_value(json_array_get(inputs, 0)),
    };
    struct live_training_history *history = &records->history;
    history->kind = records->about.kind;
    history->input = records->about.input;
    history->d_in = records->about.d_in;
    history->d_sae = records->about.d_sae;
    history->k = records->about.k;
    history->dead_after = count_at(config, "dead-after", UINT64_MAX / 2);
}

static enum base_status read_config(struct live_records *records)
{
    enum base_status status = BASE_OK;
    char *path = base_path_join(records->folder, "config.json");
    if (!path)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    if (base_path_exists(path))
        status = io_json_read(path, &records->config);
    if (status == BASE_OK && records->config && !json_is_object(records->config))
        status = base_fail(BASE_ERROR_INPUT, "%s: no configuration of a run", path);
    base_free(path);
    return status;
}

/* A sweep's folder holds its runs' ones. */
static enum base_status refuse(const char *folder)
{
    char **names = NULL, shown[IO_PRINTABLE];
    size_t count = 0;
    enum base_status status = base_is_folder(folder)
                                  ? base_folder_list(folder, &names, &count)
                                  : base_fail(BASE_ERROR_INPUT, "%s: no folder of a run", folder);
    for (size_t i = 0; status == BASE_OK && i < count; i++) {
        char *path = base_path_join(folder, names[i]);
        if (path && live_records_are_in(path))
            status = base_fail(BASE_ERROR_INPUT, "%s: the folder of several runs; name one, such as %s",
                               folder, io_printable(names[i], shown));
        base_free(path);
    }
    base_list_free(&names, count);
    return status != BASE_OK
               ? status
               : base_fail(BASE_ERROR_INPUT,
                           "%s: no folder of a run: it has no metrics.jsonl that arclight train "
                           "writes",
                           folder);
}

/* Counts the files that data_open would take. */
static enum base_status count_file(void *context, const char *path)
{
    (void)path;
    ++*(size_t *)context;
    return BASE_OK;
}

enum base_status live_records_explain(const char *folder)
{
    size_t files = 0;
    if (data_visit_folder(folder, count_file, &files) != BASE_ERROR_INPUT || files > 0)
        return BASE_OK;
    if (has(folder, "config.json"))
        return base_fail(
            BASE_ERROR_INPUT,
            "%s: this run has nothing to show: beside config.json there is neither metrics.jsonl "
            "nor a checkpoint nor weights yet",
            folder);
    return base_fail(
        BASE_ERROR_INPUT,
        "%s: nothing to show in this folder: neither activations (.safetensors, .npy or .npz) nor "
        "what arclight train writes (config.json, metrics.jsonl)",
        folder);
}

enum base_status live_records_open(const char *folder, struct live_records **out)
{
    struct live_records *records = NULL;
    enum base_status status;
    *out = NULL;
    if (!live_records_are_in(folder))
        return refuse(folder);
    BASE_CHECK(base_allocate(&records, 1, sizeof *records, "the records of a run"));
    records->folder = base_copy_string(folder);
    records->metrics = base_path_join(folder, "metrics.jsonl");
    BASE_CHECK(base_allocate(&records->piece, PIECE, 1, "the records of a run"));
    if (!records->folder || !records->metrics)
        BASE_CHECK(base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory"));
    BASE_CHECK(read_config(records));
    describe(records);
    *out = records;
    return BASE_OK;
error:
    live_records_close(&records);
    return status;
}

void live_records_close(struct live_records **out)
{
    struct live_records *records = *out;
    if (!records)
        return;
    live_training_history_free(&records->history);
    json_decref(records->config);
    base_free(records->folder);
    base_free(records->metrics);
    base_free(records->piece);
    base_free(records);
    *out = NULL;
}

/* ---- following ---- */

static void begin_anew(struct live_records *records)
{
    live_training_history_free(&records->history);
    records->events.n = 0;
    records->at = records->line = 0;
    records->n_tail = 0;
    records->skipping = false;
}

/* Whether the file is still the one that was read, as far as its size and the last bytes tell. */
static bool is_same(struct live_records *records, struct base_file *file)
{
    char tail[TAIL];
    if (base_file_size(file) < records->at)
        return false;
    return base_file_read(file, records->at - records->n_tail, tail, records->n_tail) == BASE_OK &&
           memcmp(tail, records->tail, records->n_tail) == 0;
}

static enum base_status take_line(struct live_records *records, const char *line, size_t length)
{
    struct live_training_event event;
    bool is_json;
    records->line++;
    BASE_TRY(live_training_metrics_line(line, length, &records->history, &event, &is_json));
    if (!is_json)
        return base_fail(BASE_ERROR_INPUT, "%s: line %" PRIu64 " is no record: no JSON object",
                         records->metrics, records->line);
    if (event.name[0])
        live_training_add_event(&records->events, &event);
    live_training_thin(&records->history, LIVE_RECORDS_MOST);
    return BASE_OK;
}

/* The last bytes before `at`, which stand at the end of what was taken in. */
static void remember(struct live_records *records, const char *end, size_t there)
{
    size_t n = there < TAIL ? there : TAIL;
    if (n == 0)
        return;
    memcpy(records->tail, end - n, n);
    records->n_tail = (uint32_t)n;
}

/* Whole lines of the piece. A line without end stays, unless it is longer than any may be: its bytes are
 * dropped up to where it ends. */
static enum base_status take_piece(struct live_records *records, size_t bytes)
{
    enum base_status status = BASE_OK;
    size_t at = 0;
    while (at < bytes && status == BASE_OK) {
        const char *line = records->piece + at, *end = memchr(line, '\n', bytes - at);
        size_t length = end ? (size_t)(end - line) : bytes - at;
        if (!end && length <= MOST_LINE && !records->skipping)
            break;
        at += length + (end != NULL);
        if (records->skipping || length > MOST_LINE) {
            if (!records->skipping)
                status = base_fail(BASE_ERROR_INPUT, "%s: line %" PRIu64 " is longer than any record",
                                   records->metrics, ++records->line);
            records->skipping = !end;
        } else if (length > 0) {
            status = take_line(records, line, length);
        } else {
            records->line++;
        }
    }
    records->at += at;
    remember(records, records->piece + at, at);
    return status;
}

enum base_status live_records_follow(struct live_records *records, bool *more)
{
    struct base_file *file = NULL;
    enum base_status status;
    *more = false;
    if (!base_path_exists(records->metrics))
        return BASE_OK;
    BASE_CHECK(base_file_open(records->metrics, &file));
    if (!is_same(records, file))
        begin_anew(records);
    uint64_t left = base_file_size(file) - records->at, before = records->at;
    size_t bytes = (size_t)base_minimum(left, PIECE);
    if (bytes > 0) {
        if (base_file_read(file, records->at, records->piece, bytes) != BASE_OK)
            goto error; /* shortened just now: the next call sees it */
        status = take_piece(records, bytes);
        *more = left > bytes || (status != BASE_OK && records->at > before);
    }
error:
    base_file_close(&file);
    return status;
}

struct live_training_history *live_records_history(struct live_records *records)
{
    return &records->history;
}

const struct live_training_events *live_records_events(const struct live_records *records)
{
    return &records->events;
}

struct live_records_about live_records_about(const struct live_records *records)
{
    return records->about;
}

bool live_records_finished(const struct live_records *records)
{
    return has(records->folder, "sae_weights.safetensors") && has(records->folder, "cfg.json");
}

bool live_records_held(const struct live_records *records)
{
    char *path = base_path_join(records->folder, "train.lock"); /* of arclight train */
    bool held = path && base_lock_is_held(path);
    base_free(path);
    return held;
}

enum base_status live_records_autoencoder(struct live_records *records, bool *changed,
                                          struct sae_model *model, double **rates)
{
    uint64_t eval_every = count_at(records->config, "eval-every", UINT64_MAX / 2);
    return live_records_weights(records->folder, eval_every, &records->source, changed, model, rates);
}
