/* Axes: from values to positions, and ticks at numbers people like. Pure arithmetic, no canvas. */
#ifndef ARCLIGHT_VIEW_AXIS_H
#define ARCLIGHT_VIEW_AXIS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum view_scale { VIEW_LINEAR, VIEW_SQRT, VIEW_LOG10, VIEW_LOG2 };

enum view_format {
    VIEW_PLAIN,   /* 0.25; a common power of ten is split off when the numbers are small or large */
    VIEW_DEGREES, /* 90°, ticks at 15, 30, 45, 90 or 180 */
    VIEW_PERCENT, /* 0.25 is written 25 % */
    VIEW_COUNT,   /* whole numbers with thin spaces between thousands */
    VIEW_DECADES, /* a linear axis of log10 of shares: −2 is written 1 %, ticks are a logarithmic axis's */
    VIEW_SHORT,   /* counts from 0 up with the axis's own k, M, G or T: 0, 0.5 M, 1.0 M */
};

struct view_axis {
    double low, high;      /* values at the axis's start and end; low > high turns it round */
    enum view_scale scale; /* VIEW_LOG10, VIEW_LOG2: both ends > 0; VIEW_SQRT: both >= 0 */
    enum view_format format;
    double step;       /* distance of ticks on a linear axis; 0: chosen */
    const char *label; /* NULL: none. Not owned. */
    bool no_numbers;   /* ticks and grid without their numbers (inner panels of small multiples) */
    const uint32_t
        *names; /* [n_names] written at the places 0, 1, … of a VIEW_COUNT axis; NULL: the places */
    uint32_t n_names;
};

/* Position of a value, 0 at `low` and 1 at `high`, outside too. On a log axis a value <= 0 lies at -1e3. */
double view_axis_position(const struct view_axis *axis, double value);
/* The value at a position. */
double view_axis_value(const struct view_axis *axis, double position);
/* The scale's own function: value, √value, log10 value, log2 value. */
double view_scale_apply(enum view_scale scale, double value);

/* Widens low and high (low < high) to round numbers with about `ticks` ticks between (0: 5). */
void view_axis_round(struct view_axis *axis, uint32_t ticks);

enum { VIEW_MAX_TICKS = 48, VIEW_LABEL_BYTES = 40 /* of UTF-8, the final 0 included */ };

struct view_ticks {
    uint32_t count;
    double values[VIEW_MAX_TICKS];
    char labels[VIEW_MAX_TICKS][VIEW_LABEL_BYTES];
    uint32_t n_minor; /* ticks without numbers (log axes, degrees) */
    double minor[VIEW_MAX_TICKS];
    int exponent;                /* labels are in units of 10^exponent; 0: as they are */
    char unit[VIEW_LABEL_BYTES]; /* "×10⁻³" when exponent is not 0, otherwise "" */
};

/* Ticks within the axis, about `wanted` of them (0: 5); never more than VIEW_MAX_TICKS. */
void view_ticks_make(const struct view_axis *axis, uint32_t wanted, struct view_ticks *ticks);

/* Writes a number for people: `digits` significant ones, true minus sign, no exponent between 1e-4 and 1e6.
 */
void view_format_number(double value, int digits, char text[VIEW_LABEL_BYTES]);
/* Writes a whole number with thin spaces: 1 179 648. */
void view_format_count(uint64_t value, char text[VIEW_LABEL_BYTES]);

#ifdef __cplusplus
}
#endif
#endif
