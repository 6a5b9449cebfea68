/* Where what is drawn comes from: a film of activations, a run's folder, a training in this process. A scene
 * owns its model and follows the wishes in it. */
#ifndef ARCLIGHT_LIVE_SCENE_H
#define ARCLIGHT_LIVE_SCENE_H

#include "live/bindings.h"
#include "live/model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct live_scene;

struct live_scene_kind {
    /* Between frames: a piece of the work that is to be done, some milliseconds of it. `seconds` is the clock
     * of animations. */
    enum base_status (*advance)(struct live_scene *scene, double seconds);
    /* At a frame's beginning: makes what the panels draw from. Records work, waits for nothing. */
    enum base_status (*prepare)(struct live_scene *scene);
    /* An action that is the scene's own; false: it has none of that kind. NULL: never. */
    bool (*act)(struct live_scene *scene, enum live_action action);
    void (*destroy)(struct live_scene *scene);
};

struct live_scene {
    const struct live_scene_kind *kind;
    struct live_model model;
    bool changed; /* since the last frame: the window draws anew */
};

void live_scene_destroy(struct live_scene **scene); /* NULL-safe */

#ifdef __cplusplus
}
#endif
#endif
