/* A theme: every colour and text size that plots use by role. Two are built in; a caller may make its own. */
#ifndef ARCLIGHT_VIEW_THEME_H
#define ARCLIGHT_VIEW_THEME_H

#include "view/colour.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { VIEW_SERIES = 7 };

struct view_theme {
    bool dark;
    struct view_colour page;       /* behind everything */
    struct view_colour panel;      /* inside a plot frame */
    struct view_colour text;       /* titles, labels */
    struct view_colour text_muted; /* ticks, notes */
    struct view_colour axis;       /* frame and tick lines */
    struct view_colour grid;
    struct view_colour landmark;            /* lines at basis vectors */
    struct view_colour missing;             /* NaN: stripes of it on `under`, in no colour map */
    struct view_colour under;               /* below a colour scale's range: reserved */
    struct view_colour over;                /* above it: reserved */
    struct view_colour series[VIEW_SERIES]; /* lines, colour-blind-safe (after Okabe and Ito 2008; lighter
                                               where the page is dark), in order of use */
    enum view_map sequential;
    enum view_map diverging;
    enum view_map cyclic;
    /* Text sizes in canvas units (pixels at scale 1), em height. */
    float size_title;   /* of a page */
    float size_heading; /* of a panel */
    float size_label;   /* axis labels, legends */
    float size_tick;    /* tick labels, notes */
};

extern const struct view_theme view_theme_dark;
extern const struct view_theme view_theme_light;

#ifdef __cplusplus
}
#endif
#endif
