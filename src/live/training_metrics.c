#include "live/training_metrics.h"

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

static enum base_status add_snapshot(const json_t *line, uint64_t rows, struct live_training_history *history)
{
    const json_t *density = json_object_get(line, "density");
    struct live_training_snapshot snapshot = {.rows = rows};
    if (json_array_size(density) != SAE_DENSITY_BINS)
        return BASE_OK;
    for (uint32_t b = 0; b < SAE_DENSITY_BINS; b++) {
        json_int_t latents = json_integer_value(json_array_get(density, b));
        snapshot.latents[b] = latents > 0 && latents <= UINT32_MAX ? (uint32_t)latents : 0;
    }
    return live_training_add_snapshot(history, &snapshot);
}

static enum base_status add_line(const json_t *line, struct live_training_history *history)
{
    double rows = number_of(line, "rows"), holdout = number_of(line, "holdout_fvu");
    if (!(rows >= 1) || rows >= 9007199254740992.0) /* exact as double */
        return BASE_OK;
    struct live_training_record record = {
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
    BASE_TRY(live_training_add_record(history, &record));
    if (!isnan(holdout))
        BASE_TRY(live_training_add_held_out(
            history,
            &(struct live_training_held_out){(uint64_t)rows, holdout, number_of(line, "holdout_l0")}));
    return add_snapshot(line, (uint64_t)rows, history);
}

static void read_event(const json_t *line, struct live_training_event *event)
{
    const char *name = json_string_value(json_object_get(line, "event"));
    double step = number_of(line, "step");
    *event = (struct live_training_event){.value = NAN};
    if (!name || !(step >= 0) || step >= 9007199254740992.0)
        return;
    event->step = (uint64_t)step;
    event->value = number_of(line, strcmp(name, "resampled") == 0 ? "latents" : "value");
    for (size_t i = 0; i + 1 < sizeof event->name && name[i] > ' ' && name[i] <= '~'; i++)
        event->name[i] = name[i];
}

enum base_status live_training_metrics_line(const char *line, size_t length,
                                            struct live_training_history *history,
                                            struct live_training_event *event, bool *is_json)
{
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    enum base_status status = BASE_OK;
    *is_json = json_is_object(object);
    if (*is_json)
        status = add_line(object, history);
    if (event)
        read_event(object, event);
    json_decref(object);
    return status;
}

void live_training_add_event(struct live_training_events *events, const struct live_training_event *event)
{
    struct live_training_event *last = events->n > 0 ? &events->list[events->n - 1] : NULL;
    if (last && last->step == event->step && strcmp(last->name, event->name) == 0) {
        *last = *event;
        return;
    }
    if (events->n == LIVE_TRAINING_EVENTS) {
        memmove(events->list, events->list + 1, (LIVE_TRAINING_EVENTS - 1) * sizeof *events->list);
        events->n--;
    }
    events->list[events->n++] = *event;
}

enum base_status live_training_metrics_read(const char *path, struct live_training_history *history,
                                            struct live_training_events *events)
{
    struct base_file *file = NULL;
    char *text = NULL;
    enum base_status status;
    BASE_CHECK(base_file_open(path, &file));
    size_t bytes = (size_t)base_file_size(file);
    BASE_CHECK(base_allocate(&text, bytes + 1, 1, "metrics"));
    BASE_CHECK(base_file_read(file, 0, text, bytes));
    for (char *at = text, *end; status == BASE_OK && (end = strchr(at, '\n')); at = end + 1) {
        bool is_json;
        struct live_training_event event;
        status = live_training_metrics_line(at, (size_t)(end - at), history, &event, &is_json);
        if (events && event.name[0])
            live_training_add_event(events, &event);
    }
error:
    base_file_close(&file);
    base_free(text);
    return status;
}

enum base_status live_training_metrics_recall(const char *path, uint64_t step,
                                              struct live_training_history *history,
                                              struct live_training_events *events)
{
    const struct live_training_events noted = *events;
    events->n = 0;
    enum base_status status = live_training_metrics_read(path, history, events);
    while (events->n > 0 && events->list[events->n - 1].step >= step)
        events->n--;
    for (uint32_t i = 0; i < noted.n; i++)
        live_training_add_event(events, &noted.list[i]);
    return status;
}
