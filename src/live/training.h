/* The picture of a training: its panels, for the page that `arclight train` leaves and for a window that
 * draws them every frame while the history grows.
 *
 *   live_training_prepare (once a frame) -> live_training_panel: a whole panel, or
 *   live_training_plot: title, full axes, legend -> frame with any axes -> live_training_draw ->
 * live_training_series
 *
 * Sums of what was prepared are kept, so that a frame costs what is new in the history, and for each curve a
 * bounded number of points (and a look at each visible record where many share a point).
 *
 * Colours keep their meaning: numbers of training are series[0] of the theme, those on rows held out
 * series[1], what is aimed at is muted text. */
#ifndef ARCLIGHT_LIVE_TRAINING_H
#define ARCLIGHT_LIVE_TRAINING_H

#include "live/plot.h"
#include "live/training_history.h"
#include "view/plots.h"
#include "view/range.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers of a record that are drawn as curves. */
enum live_training_field {
    LIVE_TRAINING_LOSS,
    LIVE_TRAINING_RECONSTRUCTION,
    LIVE_TRAINING_SPARSITY,
    LIVE_TRAINING_GATE,
    LIVE_TRAINING_AUXILIARY,
    LIVE_TRAINING_FVU,
    LIVE_TRAINING_L0,
    LIVE_TRAINING_DEAD,
    LIVE_TRAINING_RATE,
    LIVE_TRAINING_COEFFICIENT,
    LIVE_TRAINING_TARGET_L0,
    LIVE_TRAINING_FIELDS
};

enum { LIVE_TRAINING_POINTS = 1024, LIVE_TRAINING_COLUMNS = 512 };
enum { LIVE_TRAINING_LEVELS = 9, LIVE_TRAINING_BANDS = LIVE_TRAINING_LEVELS / 2 };

/* What is kept of a field. */
struct live_training_lane {
    enum view_scale scale;     /* that the sums are for: a logarithmic one leaves out what is not above 0 */
    size_t summed;             /* records in the sums */
    double *sums;              /* [room + 1] of the numbers before each record */
    size_t *counts;            /* [room + 1] of how many those are */
    struct view_range range;   /* of all records */
    struct view_range settled; /* see live_training_settled; of `settled_records` records */
    size_t settled_records;
    float *line; /* [LIVE_TRAINING_POINTS] as drawn last */
    double first, step;
    uint32_t points; /* of the line; 0: not drawn in this frame */
};

/* Zeroed, then prepared. Members are for src/live/training_*.c, and to be read. */
struct live_training {
    const struct live_training_history *history;
    const struct view_theme *theme;
    struct view_canvas *canvas;
    const struct view_colour_scale
        *colours;          /* of the density map (may be set); NULL: live_training_colours */
    float left;            /* of the density map's strip (may be set); 0: LIVE_TRAINING_LEFT */
    struct view_axis rows; /* x of all panels, without label */
    size_t window;         /* records to each side that a smoothed curve averages over */
    bool crowded;          /* many records a point of the full axis: their range is shown, not each of them */
    size_t bad;            /* records whose loss is not finite */

    size_t prepared; /* records */
    uint64_t rewrites;
    size_t room; /* of the lanes' sums */
    struct live_training_lane lanes[LIVE_TRAINING_FIELDS];
    float *low, *high;              /* [LIVE_TRAINING_POINTS] */
    float *cells;                   /* [density bins, LIVE_TRAINING_COLUMNS] */
    float *bands;                   /* [LIVE_TRAINING_LEVELS, LIVE_TRAINING_COLUMNS] as drawn last */
    double bands_first, bands_step; /* where their numbers stand */
};

/* `smoothing`: 0 (each record as it is) to 0.99, over windows that grow with the number of records;
 * LIVE_TRAINING_AUTOMATIC is what pages have, about 0.91, and nothing for few records. The canvas is that of
 * the frame to be drawn (its theme is taken); NULL: none yet. BASE_ERROR_FILE_SYSTEM when memory is
 * exhausted. The history must stay until the next call. */
#define LIVE_TRAINING_AUTOMATIC (-1.0)
enum base_status live_training_prepare(struct live_training *training,
                                       const struct live_training_history *history,
                                       struct view_canvas *canvas, double smoothing);
void live_training_release(struct live_training *training); /* zeroed is fine */

/* ---- panels ---- */

enum live_training_panel_kind {
    LIVE_TRAINING_PANEL_LOSS,
    LIVE_TRAINING_PANEL_FVU,
    LIVE_TRAINING_PANEL_L0,
    LIVE_TRAINING_PANEL_DEAD,
    LIVE_TRAINING_PANEL_RATE,
    LIVE_TRAINING_PANEL_COEFFICIENT,
    LIVE_TRAINING_PANEL_DENSITY,   /* a map over the rows; below it a strip, see live_training_strip */
    LIVE_TRAINING_PANEL_HISTOGRAM, /* the last column of it */
    LIVE_TRAINING_PANELS
};

/* All of a panel in `rect`, with its strip when it has one. `letter` NULL: none. */
void live_training_panel(struct live_training *training, enum live_training_panel_kind kind,
                         struct view_rect rect, const char *letter);

/* ---- a panel in parts ---- */

enum { LIVE_TRAINING_LEGEND = 6 };
struct live_training_plot {
    struct view_frame_parameters frame; /* all but rect and letter; x and y show everything */
    bool may_log_y;
    double positive_y; /* least number above 0; 0: none */
    struct view_legend_entry legend[LIVE_TRAINING_LEGEND];
    uint32_t n_legend;
    char words[128]; /* what stands at the right of the heading; "": nothing */
};
void live_training_plot(struct live_training *training, enum live_training_panel_kind kind,
                        struct live_training_plot *plot);

/* What lies within a frame of whichever axes (x linear, y linear or logarithmic), but for its outline; bit e
 * of `hidden`: without what legend entry e stands for. */
void live_training_draw(struct live_training *training, enum live_training_panel_kind kind,
                        const struct view_frame *frame, uint64_t hidden);
/* The curves just drawn, for reading: at most `most`; gives how many. Valid until the next draw. */
uint32_t live_training_series(const struct live_training *training, enum live_training_panel_kind kind,
                              struct live_series *series, uint32_t most);

/* Density and histogram only: cuts the strip of latents that never fired off *rect; and draws it with the x
 * axis of the frame above. */
struct view_rect live_training_cut_strip(const struct live_training *training, struct view_rect *rect);
void live_training_strip(struct live_training *training, enum live_training_panel_kind kind,
                         struct view_rect strip, const struct view_axis *x);
/* The colours of the density map. */
struct view_colour_scale live_training_colours(const struct live_training *training);

/* What the map shows at a place: the bin's ends, as shares of rows, how many latents it holds, and how many
 * never fired at that time. False where nothing was counted. */
struct live_training_density_cell {
    double from, to;
    uint32_t latents, never;
};
bool live_training_density_at(const struct live_training *training, double rows, double share,
                              struct live_training_density_cell *cell);

/* ---- percentiles ---- */

/* The same densities as bands between percentiles of the latents that fired, and their median: drawn in the
 * frame of the density panel, whose legend and curves these are. Bit e of `hidden` as above. */
uint32_t live_training_bands_legend(const struct live_training *training,
                                    struct view_legend_entry legend[LIVE_TRAINING_BANDS + 1]);
void live_training_bands_draw(struct live_training *training, const struct view_frame *frame,
                              uint64_t hidden);
uint32_t live_training_bands_series(const struct live_training *training,
                                    struct live_series series[LIVE_TRAINING_LEVELS]);

/* Which percentiles, ascending; and one of a snapshot: a share of rows, NaN when no latent fired. */
extern const double live_training_levels[LIVE_TRAINING_LEVELS];
double live_training_percentile(const struct live_training_snapshot *snapshot, double percent);

/* ---- numbers ---- */

/* NaN when it is not finite as f32. */
double live_training_value(const struct live_training_record *record, enum live_training_field field);
/* Mean of the last records, as many as the smoothed curve averages over; NaN when none has a number. */
double live_training_last(const struct live_training *training, enum live_training_field field);
bool live_training_has(const struct live_training *training, enum live_training_field field);

/* ---- between src/live/training_*.c ---- */

/* Room left and right of the plots, the same in all panels that stand above each other. */
enum { LIVE_TRAINING_LEFT = 60, LIVE_TRAINING_RIGHT = 2 };
/* From the strip's lower end to the end of its rectangle: numbers and a label. */
float live_training_strip_bottom(const struct view_theme *theme);

/* The range in which of the first tenth of the rows, in which what is warmed up rises from nothing, only the
 * upper end counts; all counts when records are few. */
struct view_range live_training_settled(struct live_training *training, enum live_training_field field);

enum live_training_smoothing { LIVE_TRAINING_PLAIN, LIVE_TRAINING_SMOOTHED };
/* A field's curve: smoothed over its faint raw numbers, or just the numbers; marks where records are few. */
void live_training_curve(struct live_training *training, const struct view_frame *frame,
                         enum live_training_field field, const struct view_curve_style *style,
                         enum live_training_smoothing smoothing);

/* Words in the middle of a plot that has nothing to show. */
void live_training_note(const struct live_training *training, struct view_rect plot, const char *words);

void live_training_density_plot(const struct live_training *training, struct live_training_plot *plot);
void live_training_density_draw(struct live_training *training, const struct view_frame *frame);
void live_training_histogram_plot(const struct live_training *training, struct live_training_plot *plot);
void live_training_histogram_draw(const struct live_training *training, const struct view_frame *frame);

#ifdef __cplusplus
}
#endif
#endif
