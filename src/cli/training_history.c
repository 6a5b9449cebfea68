#include "cli/training_history.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

/* Room for one more element of `size` bytes; *list is a pointer to the elements. */
static enum base_status make_room(void **list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return BASE_OK;
    size_t wanted = *room ? *room : FIRST_ROOM / 2;
    void *larger;
    if (BASE_MULTIPLY_OVERFLOWS(wanted, (size_t)2, &wanted))
        return base_fail(BASE_ERROR_FILE_SYSTEM, "the history of training has too many records");
    BASE_TRY(base_allocate(&larger, wanted, size, "the history of training"));
    if (count > 0)
        memcpy(larger, *list, count * size);
    base_free(*list);
    *list = larger;
    *room = wanted;
    return BASE_OK;
}

enum base_status cli_training_add_record(struct cli_training_history *history,
                                         const struct cli_training_record *record)
{
    void *list = history->records;
    enum base_status status =
        make_room(&list, history->n_records, &history->records_room, sizeof *history->records);
    history->records = list;
    BASE_TRY(status);
    while (history->n_records > 0 && history->records[history->n_records - 1].rows >= record->rows)
        history->n_records--;
    history->records[history->n_records++] = *record;
    return BASE_OK;
}

enum base_status cli_training_add_held_out(struct cli_training_history *history,
                                           const struct cli_training_held_out *held_out)
{
    void *list = history->held_out;
    enum base_status status =
        make_room(&list, history->n_held_out, &history->held_out_room, sizeof *history->held_out);
    history->held_out = list;
    BASE_TRY(status);
    while (history->n_held_out > 0 && history->held_out[history->n_held_out - 1].rows >= held_out->rows)
        history->n_held_out--;
    history->held_out[history->n_held_out++] = *held_out;
    return BASE_OK;
}

uint32_t cli_density_bin(uint64_t fired, uint64_t counted)
{
    if (fired == 0 || counted == 0)
        return CLI_DENSITY_NEVER;
    /* the small amount keeps whole powers of ten out of the bin below */
    double decades = log10((double)fired / (double)counted) - CLI_DENSITY_LOW;
    double bin = floor(decades * CLI_DENSITY_BINS / -CLI_DENSITY_LOW + 1e-9);
    return (uint32_t)fmin(fmax(bin, 0), CLI_DENSITY_BINS - 1);
}

enum base_status cli_training_add_snapshot(struct cli_training_history *history,
                                           const struct cli_training_snapshot *snapshot)
{
    void *list = history->snapshots;
    enum base_status status =
        make_room(&list, history->n_snapshots, &history->snapshots_room, sizeof *history->snapshots);
    history->snapshots = list;
    BASE_TRY(status);
    while (history->n_snapshots > 0 && history->snapshots[history->n_snapshots - 1].rows >= snapshot->rows)
        history->n_snapshots--;
    history->snapshots[history->n_snapshots++] = *snapshot;
    return BASE_OK;
}

enum base_status cli_training_add_firing(struct cli_training_history *history, uint64_t rows,
                                         const uint32_t *fired, size_t latents, uint64_t counted)
{
    struct cli_training_snapshot snapshot = {.rows = rows};
    for (size_t i = 0; i < latents; i++)
        snapshot.latents[cli_density_bin(fired[i], counted)]++;
    return cli_training_add_snapshot(history, &snapshot);
}

void cli_training_history_free(struct cli_training_history *history)
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
}
