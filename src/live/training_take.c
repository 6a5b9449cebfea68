/* Records of a training in this process. */
#include "live/training_history.h"
#include "sae/hands.h"

#include <math.h>
#include <string.h>

enum base_status live_training_take(struct live_training_history *history, const struct sae_glimpse *glimpse)
{
    const struct sae_record *record = glimpse->record;
    /* A step that was skipped is marked as such: see struct live_training_record. */
    BASE_TRY(live_training_add_record(history,
                                      &(struct live_training_record){.rows = record->rows,
                                                                     .loss = record->bad ? NAN : record->loss,
                                                                     .reconstruction = record->reconstruction,
                                                                     .sparsity = record->sparsity,
                                                                     .gate = record->gate,
                                                                     .auxiliary = record->auxiliary,
                                                                     .fvu = record->fvu,
                                                                     .l0 = record->l0,
                                                                     .dead = record->dead,
                                                                     .rate = record->rate,
                                                                     .coefficient = record->coefficient,
                                                                     .target_l0 = record->target_l0}));
    if (glimpse->holdout)
        BASE_TRY(live_training_add_held_out(
            history,
            &(struct live_training_held_out){record->rows, glimpse->holdout->fvu, glimpse->holdout->l0}));
    if (!glimpse->density)
        return BASE_OK;
    struct live_training_snapshot snapshot = {.rows = record->rows};
    memcpy(snapshot.latents, glimpse->density, sizeof snapshot.latents);
    return live_training_add_snapshot(history, &snapshot);
}
