#include "live/scene.h"

void live_scene_destroy(struct live_scene **scene)
{
    if (*scene)
        (*scene)->kind->destroy(*scene);
    *scene = NULL;
}
