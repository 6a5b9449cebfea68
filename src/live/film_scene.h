/* A scene of activations in files: their resonance, step by step where they are a film. */
#ifndef ARCLIGHT_LIVE_FILM_SCENE_H
#define ARCLIGHT_LIVE_FILM_SCENE_H

#include "live/film.h"
#include "live/resonance.h"
#include "live/scene.h"

#ifdef __cplusplus
extern "C" {
#endif

struct live_film_scene_parameters {
    struct gpu *gpu;
    struct live_film *film; /* owned by the scene from here on, also when it is not made */
    struct live_resonance_parameters resonance; /* width and rows: filled in */
    const char *title;
    bool playing;  /* from the start */
    bool once;     /* a film that plays is finished behind its last step, and does not begin again */
    double speed;  /* steps a second; 0: 2 */
    bool scripted; /* rows are counted in pieces of one size, so that each frame is the same each time */
};

/* BASE_ERROR_DEVICE_MEMORY, BASE_ERROR_INPUT. Destroyed with live_scene_destroy before the gpu is closed. */
enum base_status live_film_scene_create(const struct live_film_scene_parameters *parameters,
                                        struct live_scene **out);

#ifdef __cplusplus
}
#endif
#endif
