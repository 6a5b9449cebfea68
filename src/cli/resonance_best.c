/* The best planes as small multiples: each with its own curve, in two rows, no vector twice in one. */
#include "cli/resonance_panels.h"

#include "cli/srm_tables.h"
#include "srm/pair.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    A_ROW = SRM_PANEL_PLANES / 2,
    MOST_SHOWN = SRM_PANEL_PLANES /* of a list that has both rows */,
    MOST_TAKEN = 2 * MOST_SHOWN
};

#define DEGREES_A_RADIAN 57.295779513082320877

/* Places in result->best of one list's planes. */
struct row {
    enum srm_list list;
    uint32_t chosen[MOST_SHOWN], count;
};

static void choose(const struct srm_result *result, enum srm_list list, struct row *row)
{
    uint32_t taken[MOST_TAKEN], n_taken = 0;
    *row = (struct row){.list = list};
    for (uint32_t b = 0; b < result->n_best && row->count < MOST_SHOWN; b++) {
        const struct srm_best *best = &result->best[b];
        bool fresh = best->list == list;
        for (uint32_t i = 0; i < n_taken && fresh; i++)
            fresh = taken[i] != best->plane.i && taken[i] != best->plane.j;
        if (!fresh)
            continue;
        taken[n_taken++] = best->plane.i;
        taken[n_taken++] = best->plane.j;
        row->chosen[row->count++] = b;
    }
}

/* Cuts a list behind its first A_ROW planes and puts them into the other row. */
static void spill(struct row *full, struct row *empty)
{
    empty->list = full->list;
    for (uint32_t i = A_ROW; i < full->count; i++)
        empty->chosen[empty->count++] = full->chosen[i];
    if (full->count > A_ROW)
        full->count = A_ROW;
}

/* Two rows: aligned and anti-aligned for orthogonal vectors; else the oblique planes and, where there are
 * some, the longer of the other two lists. A list without planes leaves its row to the other. */
static void choose_rows(const struct srm_result *result, struct row rows[2])
{
    struct row oblique;
    choose(result, SRM_LIST_ALIGNED, &rows[0]);
    choose(result, SRM_LIST_ANTI_ALIGNED, &rows[1]);
    choose(result, SRM_LIST_OBLIQUE, &oblique);
    if (oblique.count > 0) {
        if (rows[1].count < rows[0].count)
            rows[1] = rows[0];
        rows[0] = oblique;
    }
    if (rows[1].count == 0) {
        spill(&rows[0], &rows[1]);
    } else if (rows[0].count == 0) {
        spill(&rows[1], &rows[0]);
        struct row first = rows[1];
        rows[1] = rows[0];
        rows[0] = first;
    }
    for (int r = 0; r < 2; r++)
        if (rows[r].count > A_ROW)
            rows[r].count = A_ROW;
}

/* ---- one plane ---- */

static double angle_of(const struct srm_best *best)
{
    return DEGREES_A_RADIAN * srm_pair_angle((struct srm_pair){best->plane.i, best->plane.j, best->cosine});
}

/* The plane's curve as shares of the rows: from the device, or made on the host when the opposite cone counts
 * against it. */
static struct view_values curve_of(const struct cli_page *page, uint32_t place)
{
    const struct srm_result *result = page->result;
    float share = (float)(1 / (double)result->rows);
    if (!page->parameters->difference)
        return (struct view_values){.buffer = result->best_target.counts,
                                    .offset = (uint64_t)place * result->angles * sizeof(uint32_t),
                                    .count = result->angles,
                                    .number = VIEW_U32,
                                    .scale = share};
    const uint32_t *counts = result->best_counts + (size_t)place * result->angles;
    for (uint32_t k = 0; k < result->angles; k++) {
        uint32_t opposite = counts[(k + result->angles / 2) % result->angles];
        page->scratch[k] = share * (float)((double)counts[k] - (double)opposite);
    }
    return view_host_values(page->canvas, page->scratch, result->angles);
}

static void range_of(const struct cli_page *page, uint32_t place, double *low, double *high)
{
    const struct srm_result *result = page->result;
    const uint32_t *counts = result->best_counts + (size_t)place * result->angles;
    *low = *high = 0;
    for (uint32_t k = 0; k < result->angles; k++) {
        double value = counts[k];
        if (page->parameters->difference)
            value -= counts[(k + result->angles / 2) % result->angles];
        *low = fmin(*low, value / (double)result->rows);
        *high = fmax(*high, value / (double)result->rows);
    }
    if (!(*high > *low))
        *high = 0.01;
    *high *= 1.08;
    *low *= 1.08;
}

static void draw_own_landmarks(const struct cli_page *page, const struct view_frame *frame, double angle,
                               bool named)
{
    const double degrees[] = {0, angle, 180, 180 + angle, 360};
    static const char *const names[] = {"+b\u1d62", "+b\u2c7c", "\u2212b\u1d62", "\u2212b\u2c7c", ""};
    for (int i = 0; i < 5; i++) {
        struct view_point at = view_frame_point(frame, degrees[i], frame->y.low);
        view_line_down(page->canvas, at.x, frame->plot.y, at.y,
                       &(struct view_line_style){.colour = page->theme->landmark, .dash = 2, .gap = 3});
        /* vectors that stand close share a name: the first one's */
        bool crowded = i % 2 == 1 && degrees[i] - degrees[i - 1] < 360 * 20.0 / (double)frame->plot.width;
        if (named && !crowded)
            view_text(page->canvas, at.x, frame->plot.y + frame->plot.height + 5, names[i],
                      &(struct view_text_style){.size = 0.9f * page->theme->size_tick,
                                                .colour = page->theme->text_muted,
                                                .align = VIEW_CENTRE,
                                                .anchor = VIEW_TOP});
    }
}

/* "z −14.2   q 0.003" or "lift 12"; */
static void say_strength(const struct cli_page *page, const struct srm_best *best, char *text, size_t bytes)
{
    const struct srm_result *result = page->result;
    const struct srm_plane_statistics *statistics = &result->statistics[best->position];
    char strength[VIEW_LABEL_BYTES], q[VIEW_LABEL_BYTES];
    double lift = cli_srm_lift(result, 0, statistics);
    bool oblique = best->list == SRM_LIST_OBLIQUE;
    view_format_number(oblique ? lift : statistics->z, 3, strength);
    view_format_number((double)statistics->q, 2, q);
    if (isnan(statistics->q))
        snprintf(text, bytes, "%s %s", oblique ? "lift" : "z", strength);
    else if (statistics->q < 0.001f)
        snprintf(text, bytes, "%s %s   q < 0.001", oblique ? "lift" : "z", strength);
    else
        snprintf(text, bytes, "%s %s   q %s", oblique ? "lift" : "z", strength, q);
}

/* Whether a plane stands out from the rotated bases; without them nothing says that it does not. */
static bool stands_out(const struct cli_page *page, const struct srm_best *best)
{
    float q = page->result->statistics[best->position].q;
    return isnan(q) || q < SRM_SIGNIFICANT_Q;
}

/* Two lines over the plot: the plane and its peak, how it is ranked. */
static void draw_titles(const struct cli_page *page, const struct view_frame *frame, float top,
                        const struct srm_best *best)
{
    char title[64], strength[96], peak[VIEW_LABEL_BYTES], share[64];
    const struct srm_plane_statistics *statistics = &page->result->statistics[best->position];
    snprintf(title, sizeof title, "%" PRIu32 " \u2013 %" PRIu32, best->plane.i, best->plane.j);
    say_strength(page, best, strength, sizeof strength);
    view_format_number(100 * cli_srm_peak_share(page->result, statistics), 2, peak);
    snprintf(share, sizeof share, "%s %%", peak);
    float size = page->theme->size_tick, right = frame->plot.x + frame->plot.width;
    struct view_text_style small = {.size = size, .colour = page->theme->text_muted, .anchor = VIEW_TOP};
    view_text(page->canvas, frame->plot.x, top, title,
              &(struct view_text_style){.size = size + 1, .weight = VIEW_BOLD, .anchor = VIEW_TOP});
    view_text(page->canvas, frame->plot.x, top + 14, strength, &small);
    small.align = VIEW_END;
    view_text(page->canvas, right, top + 14, share, &small);
}

static void draw_plane(const struct cli_page *page, struct view_rect rect, uint32_t place, bool named)
{
    const struct srm_best *best = &page->result->best[place];
    bool sure = stands_out(page, best);
    struct view_colour colour = cli_colour_list(page, best->list);
    struct view_axis x = view_turn_axis(NULL), y = {.format = VIEW_PERCENT, .no_numbers = true};
    range_of(page, place, &y.low, &y.high);
    x.no_numbers = true;
    struct view_frame frame =
        view_frame_draw(page->canvas, &(struct view_frame_parameters){
                                          .rect = rect,
                                          .x = x,
                                          .y = y,
                                          .margins = {.left = 1, .top = 30, .right = 1, .bottom = 17},
                                          .no_grid = true,
                                          .compact = true,
                                          .x_ticks = 2,
                                          .y_ticks = 2,
                                      });
    bool oblique = fabs(best->cosine) > SRM_RIGHT_ANGLE_COSINE;
    draw_own_landmarks(page, &frame, oblique ? angle_of(best) : 90, named || oblique);
    struct view_values curve = curve_of(page, place), zero = curve;
    zero.scale = 1e-30f;
    if (sure)
        view_band(page->canvas, &frame, &zero, &curve,
                  &(struct view_curve_style){.colour = view_alpha(colour, 0.25f), .closed = true});
    if (!page->relative && page->result->n_controls > 0) {
        struct view_values control = cli_page_curve(page, 0, CLI_CURVE_CONTROL);
        view_curve(
            page->canvas, &frame, &control,
            &(struct view_curve_style){.colour = cli_colour_control(page), .width = 1, .closed = true});
    }
    view_curve(page->canvas, &frame, &curve,
               &(struct view_curve_style){.colour = colour, .width = sure ? 1.6f : 1.2f, .closed = true});
    draw_titles(page, &frame, rect.y, best);
    view_frame_outline(page->canvas, &frame);
}

/* ---- the panel ---- */

static const char *heading_of(enum srm_list list)
{
    static const char *const headings[SRM_LISTS] = {
        [SRM_LIST_ALIGNED] = "aligned",
        [SRM_LIST_ANTI_ALIGNED] = "anti-aligned",
        [SRM_LIST_OBLIQUE] = "oblique",
    };
    return headings[list];
}

static void draw_row(const struct cli_page *page, struct view_rect rect, const struct row *row,
                     uint32_t columns, bool named)
{
    struct view_rect side = view_cut_left(&rect, 20, 6);
    view_text(page->canvas, side.x + 10, side.y + 0.5f * side.height, heading_of(row->list),
              &(struct view_text_style){.colour = cli_colour_list(page, row->list),
                                        .weight = VIEW_BOLD,
                                        .align = VIEW_CENTRE,
                                        .upwards = true});
    for (uint32_t i = 0; i < row->count; i++)
        draw_plane(page, view_cell(rect, 1, columns, 18, 0, 0, i), row->chosen[i], named);
}

static bool any_unsure(const struct cli_page *page, const struct row rows[2])
{
    for (int r = 0; r < 2; r++)
        for (uint32_t i = 0; i < rows[r].count; i++)
            if (!stands_out(page, &page->result->best[rows[r].chosen[i]]))
                return true;
    return false;
}

void cli_panel_best(const struct cli_page *page, struct view_rect rect, const char *letter)
{
    struct row rows[2];
    char subtitle[192];
    choose_rows(page->result, rows);
    snprintf(
        subtitle, sizeof subtitle,
        "each vector once a list; one turn from +b\u1d62; %s; at the right the peak's share of the rows%s%s",
        page->lift ? "landmarks of its own" : "z of C\u2084",
        page->result->n_controls > 0 && !page->relative ? "; grey: mean of the rotated basis" : "",
        any_unsure(page, rows) ? "; hollow: q \u2265 0.05" : "");
    float heading = view_heading(page->canvas, rect, letter, "Best planes", NULL);
    view_text(page->canvas, rect.x + rect.width, rect.y + 2.5f, subtitle,
              &(struct view_text_style){.size = page->theme->size_tick,
                                        .colour = page->theme->text_muted,
                                        .align = VIEW_END,
                                        .anchor = VIEW_TOP});
    view_cut_top(&rect, heading, 8);
    if (rows[0].count == 0) {
        cli_panel_note(page, rect, "no plane has 30 rows inside its gate");
        return;
    }
    /* few planes stand side by side, and are larger for it */
    uint32_t most = rows[0].count > rows[1].count ? rows[0].count : rows[1].count;
    bool single = rows[1].count == 0, beside = most <= A_ROW / 2 || single;
    uint32_t columns = most > 2 ? most : 2;
    for (uint32_t r = 0; r < (single ? 1u : 2u); r++)
        draw_row(page,
                 single   ? rect
                 : beside ? view_cell(rect, 1, 2, 28, 0, 0, r)
                          : view_cell(rect, 2, 1, 0, 6, r, 0),
                 &rows[r], columns, beside || r == 1);
}
