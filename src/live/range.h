/* The range of a colour scale, held by hand: its bar with two handles, from the data's extents or set.
 *
 *   live_range_scale -> the heat map is drawn with it -> live_range_draw; live_range_event for each event
 *
 * The bar shows all that the data reach. Between the handles stands the map; beyond them the theme's reserved
 * colours. Drag moves a handle, or both when it begins between them; the wheel widens and narrows; a double
 * click follows the data again. */
#ifndef ARCLIGHT_LIVE_RANGE_H
#define ARCLIGHT_LIVE_RANGE_H

#include "live/reach.h"
#include "view/event.h"
#include "view/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

enum live_map_family { LIVE_MAP_SEQUENTIAL, LIVE_MAP_DIVERGING, LIVE_MAP_CYCLIC };

struct live_range_parameters {
    struct view_axis full; /* low < high: the extents of the data; scale, format and label of the bar */
    double positive;       /* least value above 0, for a logarithmic scale; 0: not known */
    bool may_log;
    enum live_map_family family; /* the map when none was chosen */
    bool centred;                /* low = -high (signed values): both handles move together */
    bool hide_below;             /* as in view_colour_scale */
    const char *missing;
};

enum live_range_drag { LIVE_RANGE_NONE, LIVE_RANGE_LOW, LIVE_RANGE_HIGH, LIVE_RANGE_BOTH };

/* Zeroed: follows the data, map of the family. */
struct live_range {
    struct live_reach reach;
    bool turned;        /* logarithmic where the parameters say linear, or the other way */
    uint32_t chosen;    /* 1 + place in the round of maps (may be kept and set); 0: that of the family */
    uint32_t per_mille; /* of the numbers at either end that lie outside (may be kept and set); 0: none */
    bool counted, told; /* the panel can tell percentiles; it has told them */
    double told_low, told_high;

    enum live_range_drag drag, hover;
    float grip; /* where the drag took hold, position in the bar */
    double grip_low, grip_high;
    /* Of the last frame. */
    struct view_rect bar, rect;
    bool vertical, centred, may_log;
    bool has_own; /* `own` is known: the map that the view has unless another is chosen */
    enum view_map own;
    bool upright;                        /* the bar stands, whatever its rect (may be set) */
    struct view_axis full, fitted, span; /* the data's extents; what is followed; what the bar shows */
};

/* The colour scale to draw with. */
struct view_colour_scale live_range_scale(struct live_range *range, const struct view_theme *theme,
                                          const struct live_range_parameters *parameters);
/* The bar, in the place of view_colour_bar: vertical when rect is taller than wide. */
void live_range_draw(struct live_range *range, struct view_canvas *canvas, struct view_rect rect,
                     const struct view_colour_scale *scale);
bool live_range_event(struct live_range *range, const struct view_event *event);

void live_range_fit(struct live_range *range);      /* follow the data */
void live_range_fit_once(struct live_range *range); /* what they reach now, then held */
bool live_range_toggle_log(struct live_range *range);
/* From all numbers to those from 1 to 99 %, to those from 5 to 95 %, and back; gives what to tell the user.
 */
const char *live_range_next_percentiles(struct live_range *range);
/* The numbers at `per_mille` from either end, as they are now; low > high: there are none. */
void live_range_tell(struct live_range *range, double low, double high);
/* The next colour map, round and round; gives its name. */
const char *live_range_next_map(struct live_range *range, const struct view_theme *theme);

#ifdef __cplusplus
}
#endif
#endif
