/* What a training run leaves behind for its picture: a record every so many steps, measures on rows held out,
 * and how often latents fired. */
#ifndef ARCLIGHT_LIVE_TRAINING_HISTORY_H
#define ARCLIGHT_LIVE_TRAINING_HISTORY_H

#include "base/status.h"
#include "sae/density.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers of one step, with the names and meanings of struct sae_record. NaN: the kind has no such number. A
 * step whose loss is not finite (it changed nothing) is marked as such in the picture. */
struct live_training_record {
    uint64_t rows; /* trained on, with this step */
    double loss, reconstruction, sparsity, gate, auxiliary;
    double fvu, l0;
    double dead; /* latents */
    double rate; /* learning rate */
    double coefficient, target_l0;
};

struct live_training_held_out {
    uint64_t rows; /* trained on until then */
    double fvu, l0;
};

struct live_training_snapshot {
    uint64_t rows; /* trained on until then; the snapshot stands for the rows since the one before */
    uint32_t latents[SAE_DENSITY_BINS]; /* how many were in each bin of density */
};

/* Every element begins with its rows, and these ascend strictly in each of the three lists; the functions
 * below see to it. */
struct live_training_history {
    /* Words of the heading; strings are borrowed, and may be NULL. */
    const char *kind;  /* "BatchTopK" */
    const char *input; /* "smollm2.safetensors: resid15" */
    uint64_t d_in, d_sae;
    double k;            /* latents a row; NaN or 0: none */
    uint64_t dead_after; /* rows without firing that make a latent dead; 0: not said */

    struct live_training_record *records;
    size_t n_records, records_room;
    struct live_training_held_out *held_out;
    size_t n_held_out, held_out_room;
    struct live_training_snapshot *snapshots;
    size_t n_snapshots, snapshots_room;
    uint64_t rewrites; /* grows when something that stood in the lists was dropped or thinned */
};

/* Adds at the end. What stands in the list at these rows or later is dropped first: a run that was resumed
 * from a checkpoint overwrites what it does again. Start with a zeroed history; BASE_ERROR_FILE_SYSTEM when
 * memory is exhausted, and the history is as it was. */
enum base_status live_training_add_record(struct live_training_history *history,
                                          const struct live_training_record *record);
enum base_status live_training_add_held_out(struct live_training_history *history,
                                            const struct live_training_held_out *held_out);
enum base_status live_training_add_snapshot(struct live_training_history *history,
                                            const struct live_training_snapshot *snapshot);

/* What a step has left (sae/hands.h): its record, measures on rows held out and densities when there are. */
struct sae_glimpse;
enum base_status live_training_take(struct live_training_history *history, const struct sae_glimpse *glimpse);

/* Drops every second record when there are more than `most`, and again, so that a run of any length stays
 * within bounds; the first and the last stay. The same for the two other lists. Bad records are kept. */
void live_training_thin(struct live_training_history *history, size_t most);

/* Frees the lists; the words stay. */
void live_training_history_free(struct live_training_history *history);

#ifdef __cplusplus
}
#endif
#endif
