/* Inside the pictures of `arclight srm`: what panels share. Not for other files than src/cli/resonance_*.c.
 *
 * Colours keep their meaning on the whole page: the basis is series[2] of the theme, the rotated bases are
 * muted text, aligned planes have the upper end of the diverging map and anti-aligned ones its lower end. */
#ifndef ARCLIGHT_CLI_RESONANCE_PANELS_H
#define ARCLIGHT_CLI_RESONANCE_PANELS_H

#include "cli/page_parts.h"
#include "cli/resonance_page.h"
#include "view/plots.h"
#include "view/turn.h"

/* One epsilon's curves on the host, [angles] each, in the units of the page's level axis. */
enum cli_curve {
    CLI_CURVE_MEAN,
    CLI_CURVE_LOW,  /* mean less standard deviation */
    CLI_CURVE_HIGH, /* mean and standard deviation */
    CLI_CURVE_CONTROL,
    CLI_CURVE_CONTROL_LOW, /* least of the rotated bases' means */
    CLI_CURVE_CONTROL_HIGH,
    CLI_CURVES
};

enum { CLI_PROFILE_POINTS = 512 };

struct cli_page {
    struct gpu *gpu;
    const struct srm_parameters *parameters;
    const struct srm_result *result;
    const struct cli_finding *finding;
    const struct view_theme *theme;
    struct view_canvas *canvas;
    float scale; /* pixels a unit */

    float *curves;          /* [epsilons, CLI_CURVES, angles] */
    float *scratch;         /* [angles], for whoever draws */
    struct view_axis level; /* y of the mean curves */
    bool relative;          /* several epsilons, each over its own level */

    struct gpu_buffer
        *cells; /* f32 by plane in lexicographic order: C4, or log2 lift; NULL: not all planes */
    struct gpu_buffer *ratio; /* f32 [SRM_PROJECTION_CELLS]² */
    bool lift;                /* cells are lifts: the basis is not orthonormal */
    bool by_peak;             /* most planes are oblique, and judged by their peaks */
    double cells_low, cells_high;
    float profile[CLI_PROFILE_POINTS]; /* the ranked planes' numbers, greatest first, thinned */
    uint64_t n_profile;                /* ranked planes */
};

/* A panel fills `rect`; `letter` may be NULL. */
typedef void cli_panel(const struct cli_page *page, struct view_rect rect, const char *letter);

/* resonance_curves.c */
enum base_status cli_page_make_curves(struct cli_page *page);
cli_panel cli_panel_mean, cli_panel_polar, cli_panel_density, cli_panel_labels;
struct view_values cli_page_curve(const struct cli_page *page, uint32_t epsilon, enum cli_curve curve);

/* resonance_planes.c */
enum base_status cli_page_make_cells(struct cli_page *page);
cli_panel cli_panel_planes, cli_panel_evidence;

/* resonance_best.c */
cli_panel cli_panel_best;

/* resonance_projection.c */
enum base_status cli_page_make_projection(struct cli_page *page);
cli_panel cli_panel_projection, cli_panel_cloud;

/* resonance_page.c: what several panels need. */
struct view_colour cli_colour_basis(const struct cli_page *page);
struct view_colour cli_colour_control(const struct cli_page *page);
struct view_colour cli_colour_list(const struct cli_page *page, enum srm_list list);
/* An epsilon's colour when several are drawn. */
struct view_colour cli_colour_epsilon(const struct cli_page *page, uint32_t epsilon);
/* Words in the middle of a rectangle, for a panel that has nothing to show; broken at '\n'. */
void cli_panel_note(const struct cli_page *page, struct view_rect rect, const char *words);
/* A colour bar at the right of a square plot: room that is cut off the panel's right side, and its place when
 * the plot is known. */
enum { CLI_BAR_WIDTH = 58, CLI_BAR_GAP = 12 };
void cli_place_bar(const struct view_frame *frame, struct view_rect *bar);

#endif
