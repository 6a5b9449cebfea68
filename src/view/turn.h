/* A turn in the plane of two basis vectors: its axis, and where the vectors stand on it. */
#ifndef ARCLIGHT_VIEW_TURN_H
#define ARCLIGHT_VIEW_TURN_H

#include "view/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 0 to 360 degrees. `label` NULL: none. Not owned. */
struct view_axis view_turn_axis(const char *label);

/* Landmarks at +b_i, +b_j, -b_i, -b_j and +b_i again, as far as the frame's x axis shows them; of a basis
 * whose planes have other angles only those of b_i. */
void view_turn_landmarks(struct view_canvas *canvas, const struct view_frame *frame, bool orthonormal);

#ifdef __cplusplus
}
#endif
#endif
