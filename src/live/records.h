/* What a run has left in its folder so far, finished or still going on: the records in metrics.jsonl as they
 * are written, what it is by config.json, and the newest autoencoder. All of it is untrusted. */
#ifndef ARCLIGHT_LIVE_RECORDS_H
#define ARCLIGHT_LIVE_RECORDS_H

#include "live/training_history.h"
#include "live/training_metrics.h"
#include "sae/model.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct live_records;

enum { LIVE_RECORDS_MOST = 8192 };

/* True for a folder that looks like a run's: it has metrics.jsonl, or config.json beside checkpoints or
 * weights. */
bool live_records_are_in(const char *folder);
/* True for the folder of a sweep, whose runs have folders in it. */
bool live_records_are_below(const char *folder);

/* Says of a folder that is neither a run's nor has activations in it what it lacks: BASE_ERROR_INPUT, or
 * BASE_OK for one that may have activations. */
enum base_status live_records_explain(const char *folder);

/* Nothing is read but config.json. BASE_ERROR_INPUT for a folder that is no run's; of a sweep it says which
 * folders are. The caller closes. */
enum base_status live_records_open(const char *folder, struct live_records **out);
void live_records_close(struct live_records **records); /* NULL-safe */

/* Takes in what is new, at most 4 MiB a call: again at once while *more. A last line without its end is left
 * for the next time; a file that was shortened or replaced (the run was resumed) is read anew. Longer than
 * LIVE_RECORDS_MOST records, the history is thinned. BASE_ERROR_INPUT names file and line of what is no JSON
 * object or endless; that line is passed over, and the next call goes on behind it. No file yet: BASE_OK. */
enum base_status live_records_follow(struct live_records *records, bool *more);

/* Belongs to the records; the heading's words are filled in. */
struct live_training_history *live_records_history(struct live_records *records);

/* What was changed by hand, and resamplings. */
const struct live_training_events *live_records_events(const struct live_records *records);

struct live_records_about {
    uint32_t d_in, d_out, d_sae, batch; /* 0: not said */
    double k;                           /* NaN: none */
    uint64_t total_rows;                /* 0: not said */
    const char *kind;                   /* "BatchTopK" */
    const char *input;                  /* the first; NULL: not said */
};
struct live_records_about live_records_about(const struct live_records *records);
/* Trained to its end: weights are saved. */
bool live_records_finished(const struct live_records *records);
/* A process trains into the folder now. Neither this nor finished: the run was stopped, or killed. */
bool live_records_held(const struct live_records *records);

/* The newest autoencoder when it is another than at the last call: what is saved, otherwise the newest
 * checkpoint, with norms and scaling folded in. *changed false: none, or the same; *model is then zeroed.
 * *rates [d_sae]: shares of rows in which latents fired, NULL where the files do not say; base_free.
 * BASE_ERROR_INPUT names file and fault. The caller frees the model. */
enum base_status live_records_autoencoder(struct live_records *records, bool *changed,
                                          struct sae_model *model, double **rates);

#ifdef __cplusplus
}
#endif
#endif
