/* A scene of a run's folder: its records as they are written, and the newest autoencoder that is there. */
#ifndef ARCLIGHT_LIVE_RECORDS_SCENE_H
#define ARCLIGHT_LIVE_RECORDS_SCENE_H

#include "live/contexts_text.h"
#include "live/scene.h"

#ifdef __cplusplus
extern "C" {
#endif

struct live_records_scene_parameters {
    struct gpu *gpu;
    const char *folder; /* borrowed */
    /* Texts behind latents: rows with their tokens and vocabulary; tokens NULL: none. Borrowed. */
    struct live_contexts_parameters contexts;
};

/* BASE_ERROR_INPUT for a folder that is no run's. Destroyed with live_scene_destroy before the gpu is closed.
 */
enum base_status live_records_scene_create(const struct live_records_scene_parameters *parameters,
                                           struct live_scene **out);

#ifdef __cplusplus
}
#endif
#endif
