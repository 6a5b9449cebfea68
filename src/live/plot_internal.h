/* Between the files of live/plot. Not for others. */
#ifndef ARCLIGHT_LIVE_PLOT_INTERNAL_H
#define ARCLIGHT_LIVE_PLOT_INTERNAL_H

#include "live/plot.h"

/* Positions (0 to 1) of canvas coordinates on the axes as shown. */
double live_plot_position_x(const struct live_plot *plot, float x);
double live_plot_position_y(const struct live_plot *plot, float y);
/* The nearest sample or cell's middle. */
void live_plot_snap(const struct live_plot *plot, double *x, double *y);
/* The sample at x; false where there is none. */
bool live_plot_sample(const struct live_grid *grid, double x, uint32_t *index);
/* The pin's place among rows of cells is that of y; true where there are none. */
bool live_plot_same_height(const struct live_plot *plot, double y);
/* Pins a place in data, or takes the pin away when it is there already. */
void live_plot_pin(struct live_plot *plot, double x, double y);
/* Margins by which plots that stand side by side have their edges in line, and room for the legend. */
void live_plot_line_up(struct live_plot *plot, struct view_canvas *canvas,
                       const struct live_plot_parameters *parameters, struct view_frame_parameters *frame);
/* The legend's entries where there is room for them; boxes for clicks are kept. */
void live_plot_place_legend(struct live_plot *plot, struct view_canvas *canvas,
                            const struct live_plot_parameters *parameters);
void live_plot_draw_legend(const struct live_plot *plot, struct view_canvas *canvas);
void live_plot_draw_held(const struct live_plot *plot, struct view_canvas *canvas);
/* Brings the last frame's axes up to date after they were moved. */
void live_plot_refresh(struct live_plot *plot);

#endif
