/* Axes round numbers as they come. */
#ifndef ARCLIGHT_VIEW_RANGE_H
#define ARCLIGHT_VIEW_RANGE_H

#include "view/axis.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The value, or NaN when it is not finite as f32. */
double view_finite(double value);

/* Least and greatest finite number, and the least one above 0; low > high when there is none. */
struct view_range {
    double low, high, least;
};
struct view_range view_range_nothing(void);
void view_range_extend(struct view_range *range, double value);

/* A y axis round a range: logarithmic when `may_be_log` and the numbers above 0 span a factor of three or
 * more; otherwise linear, from 0 when `from_zero`. At most five decades. */
struct view_axis view_range_axis(const struct view_range *range, bool may_be_log, bool from_zero,
                                 const char *label);

/* The same axis (low < high) on the other kind of scale. A linear one begins at 0 unless there is less; a
 * logarithmic one, from `least` where the axis begins at 0 or below (0: a millionth of its upper end), has
 * round ends and so two ticks at least. An axis without anything above 0 keeps its ends. */
struct view_axis view_range_turn(const struct view_axis *axis, double least);

#ifdef __cplusplus
}
#endif
#endif
