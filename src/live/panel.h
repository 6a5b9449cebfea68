/* A panel: one view, which fills a rectangle of the canvas each frame with the canvas's plots and takes part
 * in what hands do there. All panels stand in one table; dashboards arrange them. */
#ifndef ARCLIGHT_LIVE_PANEL_H
#define ARCLIGHT_LIVE_PANEL_H

#include "live/finder.h"
#include "live/model.h"
#include "live/plot.h"
#include "live/probe.h"
#include "live/range.h"
#include "live/strip.h"

#ifdef __cplusplus
extern "C" {
#endif

enum live_view {
    LIVE_VIEW_MEAN,
    LIVE_VIEW_DENSITY,
    LIVE_VIEW_ROSE,
    LIVE_VIEW_MATRIX,
    LIVE_VIEW_PLANE,
    LIVE_VIEW_CLOUD,
    LIVE_VIEW_LOSS,
    LIVE_VIEW_FVU,
    LIVE_VIEW_L0,
    LIVE_VIEW_DEAD,
    LIVE_VIEW_FIRING,
    LIVE_VIEW_LATENTS,
    LIVE_VIEW_RATES,
    LIVE_VIEW_LATENT,
    LIVE_VIEW_CONTEXTS,
    LIVE_VIEW_GRAM,
    LIVE_VIEW_TIMINGS,
    LIVE_VIEWS
};

/* What hands have done to a view; kept while it is not seen. Zeroed at first. */
struct live_tile {
    struct live_plot plot;
    struct live_range range;
    double smoothing; /* 0 to 0.99, of curves over steps */
    bool turning;     /* cloud: the spotlight is being dragged */
    bool bands;       /* firing: percentiles in the place of the map (may be kept and set) */
    double top;       /* of live_panel_top, and what it was found for */
    uint64_t top_of;
    struct view_rect rect; /* of the last frame */
};

/* What a panel is given. */
struct live_scope {
    struct view_canvas *canvas;
    const struct view_theme *theme;
    struct live_model *model;
    struct live_probe *probe;
    struct live_strips *strips;
    struct live_finder *finder; /* NULL: nothing is pointed at */
    struct view_point pointer;  /* units; far outside when the pointer is elsewhere */
    bool wide;                  /* the panel has the window to itself */
    enum live_view view;        /* which panel it is */
    uint64_t frame;             /* number of the frame */
};

struct live_panel {
    const char *name;  /* in layout.json and names of files */
    const char *title; /* of tabs */
    bool (*has)(const struct live_model *model);
    void (*draw)(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
    /* Before the plot sees the event; true: it was for the panel. NULL: never. */
    bool (*event)(struct live_model *model, struct live_tile *tile, const struct view_event *event);
    /* The numbers as CSV. NULL: it has none. */
    enum base_status (*save)(const struct live_model *model, const struct live_tile *tile, const char *path);
};

extern const struct live_panel live_panels[LIVE_VIEWS];

/* ---- what panels share ---- */

/* Words in the middle of a rectangle that has nothing to show; lines broken at '\n'. */
void live_panel_note(const struct live_scope *scope, struct view_rect rect, const char *words);
/* A heading and a note, for a panel without numbers yet. */
void live_panel_empty(const struct live_scope *scope, struct view_rect rect, const char *title,
                      const char *words);

/* Between the numbers at cells of a heat map: 1, 2, 5, 10, …, about six of them. */
double live_panel_cell_step(uint32_t cells);

/* Words about the height y, set off from what was plotted below them by the plot's own colour all round. */
void live_panel_haloed(const struct live_scope *scope, float x, float y, const char *words,
                       enum view_align align, float size);

/* A round end for an axis that has to hold `wanted` (> 0) of what `of` names (not 0). It grows at once, and
 * shrinks only when less than half of it is used, so that it stands still while rows come. */
double live_panel_top(struct live_tile *tile, uint64_t of, double wanted);

/* The colour bar of a heat map with what occurs along it, right of the frame's plot area; `values` NULL: the
 * bar alone. Panels cut live_bar_room off their right side for it. */
void live_panel_bar(const struct live_scope *scope, struct live_tile *tile, const struct view_frame *frame,
                    const struct view_colour_scale *colours, const struct view_values *values);

/* Units beside a plot, the same in all panels: left of its axis where there is a y label, and for a colour
 * bar with or without what occurs along it. They grow with the text. */
float live_left_room(const struct view_theme *theme);
float live_bar_room(const struct view_theme *theme, bool with_strip);

bool live_has_resonance(const struct live_model *model);
bool live_has_training(const struct live_model *model);

/* panels_curves.c */
void live_draw_mean(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
void live_draw_density(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
void live_draw_rose(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
enum base_status live_save_mean(const struct live_model *model, const struct live_tile *tile,
                                const char *path);
enum base_status live_save_density(const struct live_model *model, const struct live_tile *tile,
                                   const char *path);

/* panels_planes.c */
void live_draw_matrix(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
void live_draw_plane(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
enum base_status live_save_matrix(const struct live_model *model, const struct live_tile *tile,
                                  const char *path);
enum base_status live_save_plane(const struct live_model *model, const struct live_tile *tile,
                                 const char *path);

/* panel_cloud.c */
void live_draw_cloud(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
bool live_cloud_event(struct live_model *model, struct live_tile *tile, const struct view_event *event);
enum base_status live_save_cloud(const struct live_model *model, const struct live_tile *tile,
                                 const char *path);

/* panels_training.c */
/* The picture's sums, once a frame; false when memory is exhausted. */
bool live_training_panels_prepare(const struct live_scope *scope, const struct live_tile *tile);
void live_draw_training(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
enum base_status live_save_training(const struct live_model *model, const struct live_tile *tile,
                                    const char *path);

/* panel_firing.c */
void live_draw_firing(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
enum base_status live_save_firing(const struct live_model *model, const struct live_tile *tile,
                                  const char *path);

/* panels_latents.c */
void live_draw_latents(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
void live_draw_rates(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
void live_draw_latent(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
void live_draw_contexts(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
void live_draw_gram(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
enum base_status live_save_latents(const struct live_model *model, const struct live_tile *tile,
                                   const char *path);
enum base_status live_save_rates(const struct live_model *model, const struct live_tile *tile,
                                 const char *path);
enum base_status live_save_latent(const struct live_model *model, const struct live_tile *tile,
                                  const char *path);
enum base_status live_save_contexts(const struct live_model *model, const struct live_tile *tile,
                                    const char *path);
enum base_status live_save_gram(const struct live_model *model, const struct live_tile *tile,
                                const char *path);

/* panel_timings.c */
void live_draw_timings(const struct live_scope *scope, struct live_tile *tile, struct view_rect rect);
enum base_status live_save_timings(const struct live_model *model, const struct live_tile *tile,
                                   const char *path);

#ifdef __cplusplus
}
#endif
#endif
