/* Inside the picture of `arclight train`: what its panels share. Not for other files than
 * src/cli/training_*.c.
 *
 * Colours keep their meaning on the whole page: numbers of training are series[0] of the theme, those on rows
 * held out series[1], what is aimed at is muted text. */
#ifndef ARCLIGHT_CLI_TRAINING_PANELS_H
#define ARCLIGHT_CLI_TRAINING_PANELS_H

#include "cli/page_parts.h"
#include "cli/training_history.h"
#include "view/plots.h"

/* Numbers of a record that are drawn as curves. */
enum cli_training_field {
    CLI_TRAINING_LOSS,
    CLI_TRAINING_RECONSTRUCTION,
    CLI_TRAINING_SPARSITY,
    CLI_TRAINING_GATE,
    CLI_TRAINING_AUXILIARY,
    CLI_TRAINING_FVU,
    CLI_TRAINING_L0,
    CLI_TRAINING_DEAD,
    CLI_TRAINING_RATE,
    CLI_TRAINING_COEFFICIENT,
    CLI_TRAINING_TARGET_L0,
};

struct cli_training_picture {
    const struct cli_training_history *history;
    const struct view_theme *theme;
    struct view_canvas *canvas;
    struct view_axis rows; /* x of all panels, without label */

    /* Where the curves' points stand on x: at the records, when those are at equal distances and few enough,
     * otherwise at CLI_TRAINING_POINTS places between. */
    uint32_t points;
    double first, step;
    bool at_records;
    bool crowded;   /* many records a point: their range is shown, not each of them */
    size_t window;  /* records to each side that the smoothed curve averages over */
    float *line;    /* [points] */
    float *low;     /* [points] of the range */
    float *high;    /* [points] */
    double *sums;   /* [records + 1] of finite values before each record */
    size_t *counts; /* [records + 1] of how many those are */
    double *smooth; /* [records] */
    float *cells;   /* [density bins + 1, CLI_TRAINING_COLUMNS] */
};

enum { CLI_TRAINING_POINTS = 1024, CLI_TRAINING_COLUMNS = 512 };

/* ---- training_series.c ---- */

enum base_status cli_training_prepare(struct cli_training_picture *picture);
void cli_training_release(struct cli_training_picture *picture);

double cli_training_value(const struct cli_training_record *record, enum cli_training_field field);
/* Mean of the last records, as many as the smoothed curve averages over; NaN when the last has no number. */
double cli_training_last(const struct cli_training_picture *picture, enum cli_training_field field);

void cli_training_extend_field(const struct cli_training_picture *picture, struct cli_range *range,
                               enum cli_training_field field);
/* Of the first tenth of the rows, in which what is warmed up rises from nothing, only the upper end counts;
 * all counts when records are few. */
void cli_training_extend_settled(const struct cli_training_picture *picture, struct cli_range *range,
                                 enum cli_training_field field);

enum cli_training_smoothing { CLI_TRAINING_PLAIN, CLI_TRAINING_SMOOTHED };
/* A field's curve: smoothed over its faint raw numbers, or just the numbers; marks where records are few. */
void cli_training_curve(const struct cli_training_picture *picture, const struct view_frame *frame,
                        enum cli_training_field field, const struct view_curve_style *style,
                        enum cli_training_smoothing smoothing);

/* ---- panels: each fills `rect` ---- */

typedef void cli_training_panel(const struct cli_training_picture *picture, struct view_rect rect,
                                const char *letter);
/* training_curves.c */
cli_training_panel cli_training_loss, cli_training_fvu, cli_training_l0, cli_training_dead;
cli_training_panel cli_training_rate, cli_training_coefficient;
bool cli_training_has(const struct cli_training_picture *picture, enum cli_training_field field);

/* training_density.c: the map over the rows, and the last histogram at its side with the same rows of bins.
 */
cli_training_panel cli_training_density, cli_training_histogram;

/* Room left and right of the plots, the same in all panels that stand above each other. */
enum { CLI_TRAINING_LEFT = 60, CLI_TRAINING_RIGHT = 2 };

/* Words in the middle of a plot that has nothing to show. */
void cli_training_note(const struct cli_training_picture *picture, struct view_rect plot, const char *words);

#endif
