/* A training, in this process or another, as panels see it; and what hands wish of it. */
#ifndef ARCLIGHT_LIVE_RUN_H
#define ARCLIGHT_LIVE_RUN_H

#include "live/contexts_text.h"
#include "live/latents.h"
#include "live/training.h"
#include "live/training_metrics.h"
#include "sae/hands.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What resonance is counted of a training. */
enum live_subject {
    LIVE_SUBJECT_INPUT,      /* the rows, in the standard basis */
    LIVE_SUBJECT_DECODED,    /* their reconstructions */
    LIVE_SUBJECT_DIRECTIONS, /* the rows, in the basis of the decoder's directions */
    LIVE_SUBJECTS
};
extern const char *const live_subject_names[LIVE_SUBJECTS];

/* Which latent the pointer is at is asked of the device, and answered a frame or two later. */
struct live_pointing {
    uint32_t question; /* asked last */
    bool waiting;      /* for the answer to a click at (x, y) in data, which chooses the latent */
    uint32_t click;    /* its question */
    bool placed;       /* a latent was chosen for a beginning, which may lie far from (x, y) */
    bool anywhere;     /* that is being asked */
    double x, y;
};

struct live_run {
    struct live_training_history *history;
    const struct live_training_events *events; /* NULL: none are known */
    uint32_t batch;                            /* rows a step; 0: not known */
    struct live_training picture;
    struct live_latents *latents;   /* NULL: none are known */
    char weights_fault[192];        /* why not, where there are files of them */
    struct live_contexts *contexts; /* NULL: no tokens were given */
    bool texts;                     /* rows were given with their tokens: contexts are shown once read */
    double contexts_share;          /* of the rows of the first walk; 1: it is done */
    uint64_t contexts_step;         /* after which the lines were made, of a training that goes on; else 0 */
    char contexts_fault[192];       /* why there are none after all, or none but the lines that stand */
    uint32_t contexts_drawn;        /* panels that show them, in the frame under way */
    bool contexts_seen;             /* in the last frame */
    uint32_t d_sae;                 /* 0: not known */
    uint64_t frame;                 /* for which the picture was prepared, and 1 */

    /* of the present frame */
    struct live_latents_extents extents;
    bool known;

    /* a training in this process */
    bool here;
    bool unkept; /* its folder goes with it */
    bool ended;
    uint64_t step, steps; /* done, of so many */
    double rows_a_second;
    bool has_k, has_penalty;
    double k, rate; /* of the last step */
    double most_k;

    /* wishes */
    struct sae_orders orders;
    bool paused, one_step;
    enum live_subject subject;
    struct live_pointing pointing;
    uint32_t latent; /* whose values and contexts are shown */
};

/* Active latents a row of a training with a k: as wished, or as they are; NaN: not known yet. */
double live_run_k(const struct live_run *run);
/* Wishes for another, within 1 and the k that the training began with. False where that is none: it stays as
 * scheduled. */
bool live_run_wish_k(struct live_run *run, double k);

/* Of an autoencoder that stands: walks on through its rows for less than a frame, then makes the lines and
 * the histogram of the latent that is wished. *changed is set when there is something new to be drawn, else
 * left. */
enum base_status live_run_read_texts(struct live_run *run, bool *changed);

/* No text is worth the end of a training, or of a look at it: what failed is said, kept in contexts_fault,
 * and the run does without. Passed on: BASE_ERROR_DEVICE_LOST. */
enum base_status live_run_settle_texts(struct live_run *run, enum base_status status);

#ifdef __cplusplus
}
#endif
#endif
