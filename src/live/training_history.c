#include "live/training_history.h"

#include "base/memory.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

/* The number of rows that an element of any list begins with. */
static uint64_t rows_of(const void *element)
{
    uint64_t rows;
    memcpy(&rows, element, sizeof rows);
    return rows;
}

static enum base_status make_room(void **list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return BASE_OK;
    size_t wanted = FIRST_ROOM;
    void *larger;
    if (*room && BASE_MULTIPLY_OVERFLOWS(*room, (size_t)2, &wanted))
        return base_fail(BASE_ERROR_FILE_SYSTEM, "the history of training has too many records");
    BASE_TRY(base_allocate(&larger, wanted, size, "the history of training"));
    if (count > 0)
        memcpy(larger, *list, count * size);
    base_free(*list);
    *list = larger;
    *room = wanted;
    return BASE_OK;
}

/* *list is a pointer to `count` elements of `size` bytes. */
static enum base_status add(void **list, size_t *count, size_t *room, const void *element, size_t size,
                            uint64_t *rewrites)
{
    BASE_TRY(make_room(list, *count, room, size));
    char *elements = *list;
    size_t before = *count;
    while (*count > 0 && rows_of(elements + (*count - 1) * size) >= rows_of(element))
        --*count;
    *rewrites += *count < before;
    memcpy(elements + (*count)++ * size, element, size);
    return BASE_OK;
}

enum base_status live_training_add_record(struct live_training_history *history,
                                          const struct live_training_record *record)
{
    void *list = history->records;
    enum base_status status =
        add(&list, &history->n_records, &history->records_room, record, sizeof *record, &history->rewrites);
    history->records = list;
    return status;
}

enum base_status live_training_add_held_out(struct live_training_history *history,
                                            const struct live_training_held_out *held_out)
{
    void *list = history->held_out;
    enum base_status status = add(&list, &history->n_held_out, &history->held_out_room, held_out,
                                  sizeof *held_out, &history->rewrites);
    history->held_out = list;
    return status;
}

enum base_status live_training_add_snapshot(struct live_training_history *history,
                                            const struct live_training_snapshot *snapshot)
{
    void *list = history->snapshots;
    enum base_status status = add(&list, &history->n_snapshots, &history->snapshots_room, snapshot,
                                  sizeof *snapshot, &history->rewrites);
    history->snapshots = list;
    return status;
}

/* Every second of `count` elements and the last. */
static size_t halve(void *list, size_t count, size_t size)
{
    char *elements = list;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (i % 2 == 0 || i + 1 == count)
            memmove(elements + kept++ * size, elements + i * size, size);
    return kept;
}

static size_t halve_records(struct live_training_record *records, size_t count)
{
    size_t kept = 0, good = 0;
    for (size_t i = 0; i < count; i++) {
        bool bad = !isfinite(records[i].loss);
        if (bad || good % 2 == 0 || i + 1 == count)
            records[kept++] = records[i];
        good += !bad;
    }
    return kept;
}

void live_training_thin(struct live_training_history *history, size_t most)
{
    enum { LEAST = 16 };
    most = most < LEAST ? LEAST : most;
    while (history->n_records > most) {
        size_t kept = halve_records(history->records, history->n_records);
        if (kept == history->n_records) /* all of them bad */
            kept = halve(history->records, kept, sizeof *history->records);
        history->n_records = kept;
        history->rewrites++;
    }
    while (history->n_held_out > most) {
        history->n_held_out = halve(history->held_out, history->n_held_out, sizeof *history->held_out);
        history->rewrites++;
    }
    while (history->n_snapshots > most) {
        history->n_snapshots = halve(history->snapshots, history->n_snapshots, sizeof *history->snapshots);
        history->rewrites++;
    }
}

void live_training_history_free(struct live_training_history *history)
{
    base_free(history->records);
    base_free(history->held_out);
    base_free(history->snapshots);
    history->records = NULL;
    history->held_out = NULL;
    history->snapshots = NULL;
    history->n_records = history->records_room = 0;
    history->n_held_out = history->held_out_room = 0;
    history->n_snapshots = history->snapshots_room = 0;
    history->rewrites++;
}
