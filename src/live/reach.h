/* The part of an axis that is shown, moved by hand: plain arithmetic in the axis's own scale, so that what
 * lies under the pointer stays there on linear, root and logarithmic axes, turned round or not. */
#ifndef ARCLIGHT_LIVE_REACH_H
#define ARCLIGHT_LIVE_REACH_H

#include "view/axis.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum live_fit {
    LIVE_FIT_ALWAYS, /* what the data reach, anew at each frame */
    LIVE_FIT_ONCE,   /* what they reach at the next frame, then held */
    LIVE_FIT_HELD,   /* as set by hand */
};

/* Zeroed: follows the data. */
struct live_reach {
    enum live_fit fit;
    double low, high; /* values at the axis's start and end while held */
    bool locked;      /* pan and zoom leave this axis alone */
    double least;     /* the shortest part worth showing on a linear axis: a few samples; 0: not known */
};

/* The axis to draw: `full` (what the data reach) with the reach's own ends where it is held. Ends that
 * `full`'s scale cannot show (0 on a logarithmic axis) are brought in: to `positive`, the least value above 0
 * that there is, or to a millionth of the high end when that is 0. */
struct view_axis live_reach_axis(struct live_reach *reach, const struct view_axis *full, double positive);

/* `shown` is what live_reach_axis gave. Each holds the reach, unless it is locked. */

/* Moves by a share of the axis's length; positive shows what lies beyond its high end. */
void live_reach_pan(struct live_reach *reach, const struct view_axis *shown, const struct view_axis *full,
                    double share);
/* Divides the length by `factor` (> 1: closer), the value at `position` (0 to 1) stays. No closer than
 * `least` or a millionth of the full length (the shaders' floats show no more), no farther than a million
 * times it. */
void live_reach_zoom(struct live_reach *reach, const struct view_axis *shown, const struct view_axis *full,
                     double factor, double position);
/* Shows the part between two positions, in either order. */
void live_reach_select(struct live_reach *reach, const struct view_axis *shown, const struct view_axis *full,
                       double from, double to);

#ifdef __cplusplus
}
#endif
#endif
