/* What is read under the pointer and at the pin, side by side on one card. A plot reads while it is drawn;
 * its card is drawn last, over whatever stands beside the plot. */
#ifndef ARCLIGHT_LIVE_PLOT_CARDS_H
#define ARCLIGHT_LIVE_PLOT_CARDS_H

#include "view/canvas.h"
#include "view/plots.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where numbers are read. */
enum live_cross { LIVE_CROSS_PIN, LIVE_CROSS_POINTER, LIVE_CROSSES };

enum { LIVE_CARD_LINES = 19, LIVE_CARD_NAME = 96 };

enum live_known { LIVE_ABSENT, LIVE_AWAITED, LIVE_KNOWN };

struct live_card_line {
    char name[LIVE_CARD_NAME];
    struct view_colour colour; /* of its dot; a = 0: none */
    enum view_format format;
    int decimals;  /* of numbers that are no counts; -1: so many digits as tell */
    bool position; /* a place on the plot, not a value of the data there */
    enum live_known known[LIVE_CROSSES];
    double numbers[LIVE_CROSSES];
    char words[LIVE_CROSSES][VIEW_LABEL_BYTES]; /* instead of the number; "": that */
};

/* Zeroed: nothing to tell. */
struct live_cards {
    struct view_rect area; /* the plot's, that cards keep to where they can */
    bool shown[LIVE_CROSSES];
    struct view_point at[LIVE_CROSSES]; /* canvas units */
    uint32_t count;
    struct live_card_line lines[LIVE_CARD_LINES];
    double x[LIVE_CROSSES], y[LIVE_CROSSES]; /* in data */
    bool magnify;                            /* cells of `heat` are too small to be told apart */
    struct view_heat_parameters heat;
};

/* The line of this name at `index`, made when it is the first to read there; the last line when there are
 * more than LIVE_CARD_LINES. */
struct live_card_line *live_cards_line(struct live_cards *cards, uint32_t index, const char *name);

/* Digits behind the point by which a value's neighbours on the axis are told apart. */
int live_cards_decimals(const struct view_axis *axis);

/* A line's number as it is written. */
void live_cards_number(const struct live_card_line *line, double number, char text[VIEW_LABEL_BYTES]);

#ifdef __cplusplus
}
#endif
#endif
