/* The contexts of a training's latents: read between steps, a block of rows at a time, for a small share of
 * the time and only while somebody looks. Rows are encoded by the weights as they stand, so that one walk
 * over the sample spans some steps; of a training that is paused the last one is of one step alone. */
#ifndef ARCLIGHT_LIVE_TRAINING_TEXTS_H
#define ARCLIGHT_LIVE_TRAINING_TEXTS_H

#include "live/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroed at first. */
struct live_training_texts {
    uint64_t begun_step; /* of the run, when the walk under way, or the last one, began */
    bool walking;
    uint64_t asked_ns; /* when it was asked last whether there is time; 0: not yet */
    double credit_ns;  /* of that time */
    uint32_t block;    /* rows */
    uint32_t walks;    /* whose lines are shown */
};

/* A step of the trainer is done for the first time. A failure is kept in run->contexts_fault, and the
 * training does without. */
enum base_status live_training_texts_begin(struct live_training_texts *texts, struct live_run *run,
                                           struct sae_trainer *trainer);

enum live_training_pace {
    LIVE_TRAINING_GOES_ON,
    LIVE_TRAINING_STANDS,   /* paused: time is free */
    LIVE_TRAINING_SCRIPTED, /* a block a step, whatever the time: pictures are the same each time */
};
/* Between steps: a block at most, or the lines of a latent. *more: there is something left to do for these
 * weights. *changed is set when there is something new to be drawn. */
enum base_status live_training_texts_read(struct live_training_texts *texts, struct live_run *run,
                                          enum live_training_pace pace, bool *more, bool *changed);

#ifdef __cplusplus
}
#endif
#endif
