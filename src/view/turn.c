#include "view/turn.h"

struct view_axis view_turn_axis(const char *label)
{
    return (struct view_axis){.high = 360, .format = VIEW_DEGREES, .label = label};
}

const char *const view_turn_names[VIEW_TURN_MARKS] = {"+i", "+j", "\u2212i", "\u2212j"};

void view_turn_landmarks(struct view_canvas *canvas, const struct view_frame *frame, bool orthonormal,
                         const char *const names[VIEW_TURN_MARKS])
{
    names = names ? names : view_turn_names;
    for (uint32_t i = 0; i <= VIEW_TURN_MARKS; i += orthonormal ? 1 : 2) {
        double degrees = 90.0 * i;
        if (degrees >= frame->x.low && degrees <= frame->x.high)
            view_landmark(canvas, frame, degrees, names[i % VIEW_TURN_MARKS]);
    }
}
