/* A turn in the plane of two basis vectors: its axis, and where the vectors stand on it. */
#ifndef ARCLIGHT_VIEW_TURN_H
#define ARCLIGHT_VIEW_TURN_H

#include "view/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 0 to 360 degrees. `label` NULL: none. Not owned. */
struct view_axis view_turn_axis(const char *label);

enum view_turn_mark { VIEW_TURN_I, VIEW_TURN_J, VIEW_TURN_LESS_I, VIEW_TURN_LESS_J, VIEW_TURN_MARKS };

/* What the vectors are called in any plane: +i, +j, −i, −j. */
extern const char *const view_turn_names[VIEW_TURN_MARKS];

/* Landmarks at 0, 90, 180, 270 and 360 degrees with these names (NULL: view_turn_names), as far as the
 * frame's x axis shows them; of a basis whose planes have other angles only those of vector i. */
void view_turn_landmarks(struct view_canvas *canvas, const struct view_frame *frame, bool orthonormal,
                         const char *const names[VIEW_TURN_MARKS]);

#ifdef __cplusplus
}
#endif
#endif
