#include "view/turn.h"

struct view_axis view_turn_axis(const char *label)
{
    return (struct view_axis){.high = 360, .format = VIEW_DEGREES, .label = label};
}

void view_turn_landmarks(struct view_canvas *canvas, const struct view_frame *frame, bool orthonormal)
{
    static const char *const vectors[] = {"+b\u1d62", "+b\u2c7c", "\u2212b\u1d62", "\u2212b\u2c7c",
                                          "+b\u1d62"};
    for (uint32_t i = 0; i < sizeof vectors / sizeof *vectors; i += orthonormal ? 1 : 2) {
        double degrees = 90.0 * i;
        if (degrees >= frame->x.low && degrees <= frame->x.high)
            view_landmark(canvas, frame, degrees, vectors[i]);
    }
}
