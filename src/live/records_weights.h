/* The newest autoencoder in a run's folder. Not for other files than src/live/records*.c. */
#ifndef ARCLIGHT_LIVE_RECORDS_WEIGHTS_H
#define ARCLIGHT_LIVE_RECORDS_WEIGHTS_H

#include "sae/checkpoint.h"

/* Which one that was. */
struct live_records_source {
    bool any, saved;
    uint64_t step;    /* of a checkpoint */
    int64_t modified; /* of what is saved */
    uint64_t bytes;
};

/* As live_records_autoencoder; `eval_every` 0: not configured. */
enum base_status live_records_weights(const char *folder, uint64_t eval_every,
                                      struct live_records_source *source, bool *changed,
                                      struct sae_model *model, double **rates);

#endif
