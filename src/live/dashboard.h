/* Arrangements of panels. */
#ifndef ARCLIGHT_LIVE_DASHBOARD_H
#define ARCLIGHT_LIVE_DASHBOARD_H

#include "live/panel.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LIVE_DASHBOARD_TILES = 9 };

/* A place in a grid of columns x rows, each of weight 1. */
struct live_place {
    enum live_view view;
    uint8_t column, row, columns, rows;
};

struct live_dashboard {
    const char *name;  /* in layout.json */
    const char *title; /* of its tab */
    uint8_t columns, rows;
    uint8_t n_places;
    struct live_place places[LIVE_DASHBOARD_TILES];
    bool (*has)(const struct live_model *model);
    uint8_t n_narrow; /* 0: the same in any window */
    struct live_place narrow[LIVE_DASHBOARD_TILES];
};

/* The places, or the fewer and larger ones for a window without room for all of them. */
const struct live_place *live_places(const struct live_dashboard *dashboard, bool narrow, uint32_t *count);

/* Those that suit the model, in the order of their tabs: dashboards first, then, when there is but one, its
 * views at full size. */
enum { LIVE_MOST_PAGES = 12 };
struct live_pages {
    uint32_t count;
    const struct live_dashboard *pages[LIVE_MOST_PAGES];
};
void live_pages_of(const struct live_model *model, struct live_pages *pages);
/* Whether any model has a page of this name. */
bool live_page_is_known(const char *name);
/* Whether a training in this process can have one. */
bool live_page_is_of_training(const char *name);

/* The rectangle of a place within `rect`; panels that the model lacks leave theirs empty. */
struct view_rect live_place_rect(const struct live_dashboard *dashboard, const struct live_place *place,
                                 struct view_rect rect, float gap);

#ifdef __cplusplus
}
#endif
#endif
