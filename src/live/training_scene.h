/* A scene of a training in this process. sae_run trains; in between its hands serve the window, take what a
 * step has left, and give back what is wished. */
#ifndef ARCLIGHT_LIVE_TRAINING_SCENE_H
#define ARCLIGHT_LIVE_TRAINING_SCENE_H

#include "live/app.h"
#include "live/resonance.h"
#include "live/run.h"

#ifdef __cplusplus
extern "C" {
#endif

struct live_training_scene_parameters {
    struct gpu *gpu;
    struct live_app *app; /* served meanwhile; its scene is this one */
    const char *title;
    bool unkept; /* nothing of it stays: what a stop and a checkpoint are good for is said accordingly */
    struct live_resonance_parameters resonance;      /* angles, vectors, controls, seed, epsilon; the rest is
                                                        filled in by what is looked at */
    const struct live_contexts_parameters *contexts; /* of the rows; sample 0: some; NULL: no texts. Opened at
                                                        once: BASE_ERROR_INPUT */
};

/* The caller shows it in the app, and destroys it with live_scene_destroy before the gpu is closed. */
enum base_status live_training_scene_create(const struct live_training_scene_parameters *parameters,
                                            struct live_scene **out);
/* For struct sae_run_parameters; only the first run of a sweep is seen. Factors on the
 * learning rate and the sparsity, pauses, checkpoints and the stop hold for all of them, k for the first. */
struct sae_hands live_training_scene_hands(struct live_scene *scene);
/* sae_run is over: the window stays with what was seen last. `folder` has what it saved, whose contexts are
 * read of all rows; NULL, or without weights: the last ones stay. */
enum base_status live_training_scene_end(struct live_scene *scene, const char *folder, const char *words);

#ifdef __cplusplus
}
#endif
#endif
