#include "cli/sweep_page.h"

#include "base/memory.h"
#include "cli/page_parts.h"
#include "cli/text.h"
#include "cli/version.h"
#include "view/png.h"
#include "view/range.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIXELS_A_UNIT 1.5f
enum { WIDTH = 1100, HEIGHT = 900, MARGIN = 36, GAP = 24, LEFT = 60, RIGHT = 12, MARK = 9 };

/* With the theme's colours that is a look of its own for each of the first 35 groups. */
enum { MARKERS = 5, NAMED_GROUPS = 12 };
static const struct {
    enum view_marker marker;
    enum view_legend_kind legend;
} markers[MARKERS] = {
    {VIEW_MARKER_DISC, VIEW_LEGEND_DISC},     {VIEW_MARKER_DIAMOND, VIEW_LEGEND_DIAMOND},
    {VIEW_MARKER_SQUARE, VIEW_LEGEND_SQUARE}, {VIEW_MARKER_TRIANGLE, VIEW_LEGEND_TRIANGLE},
    {VIEW_MARKER_CROSS, VIEW_LEGEND_CROSS},
};

/* A run that has a place in the plot. */
struct point {
    const struct cli_sweep_run *run;
    uint32_t group;
    struct view_point at;
};

struct picture {
    const struct cli_sweep *sweep;
    const struct view_theme *theme;
    struct view_canvas *canvas;
    struct point *points; /* by group, then by L0 */
    size_t n_points;
    const char **groups; /* names, in order of appearance */
    uint32_t n_groups;
    struct view_rect *taken; /* [n_runs + 1], labels that stand */
    size_t n_taken, left_out;
};

/* ---- data ---- */

static bool has_place(const struct cli_sweep_run *run)
{
    return !isnan(view_finite(run->l0)) && !isnan(view_finite(run->fvu));
}

static uint32_t group_of(struct picture *picture, const struct cli_sweep_run *run)
{
    const char *name = run->group ? run->group : "";
    for (uint32_t g = 0; g < picture->n_groups; g++)
        if (strcmp(picture->groups[g], name) == 0)
            return g;
    picture->groups[picture->n_groups] = name;
    return picture->n_groups++;
}

/* The place among the runs decides between equals, so that the order is one. */
static int compare_points(const void *a, const void *b)
{
    const struct point *first = a, *second = b;
    if (first->group != second->group)
        return first->group < second->group ? -1 : 1;
    if (first->run->l0 < second->run->l0 || first->run->l0 > second->run->l0)
        return first->run->l0 < second->run->l0 ? -1 : 1;
    return first->run < second->run ? -1 : first->run > second->run;
}

static enum base_status prepare(struct picture *picture)
{
    const struct cli_sweep *sweep = picture->sweep;
    BASE_TRY(base_allocate(&picture->points, sweep->n_runs, sizeof *picture->points, "points of the sweep"));
    BASE_TRY(base_allocate(&picture->groups, sweep->n_runs, sizeof *picture->groups, "groups of the sweep"));
    BASE_TRY(
        base_allocate(&picture->taken, sweep->n_runs + 1, sizeof *picture->taken, "labels of the sweep"));
    for (size_t i = 0; i < sweep->n_runs; i++)
        if (has_place(&sweep->runs[i])) {
            uint32_t group = group_of(picture, &sweep->runs[i]);
            picture->points[picture->n_points++] = (struct point){.run = &sweep->runs[i], .group = group};
        }
    qsort(picture->points, picture->n_points, sizeof *picture->points, compare_points);
    return BASE_OK;
}

static struct view_colour colour_of(const struct picture *picture, uint32_t group)
{
    return picture->theme->series[group % VIEW_SERIES];
}

/* ---- axes ---- */

/* Logarithmic where the numbers allow it: a run whose L0 is 0 must have its place. */
static struct view_axis axis_of(const struct view_range *range, const char *label)
{
    struct view_axis axis =
        view_range_axis(range, range->low > 0 && range->low == range->least, false, label);
    if (axis.scale == VIEW_LINEAR) { /* marks on the frame would be cut */
        double room = 0.04 * (axis.high - axis.low);
        axis.low -= room;
        axis.high += room;
    } else {
        axis.low = fmin(axis.low, range->low / 1.1);
        axis.high = fmax(axis.high, range->high * 1.1);
    }
    return axis;
}

static struct view_axis l0_axis(const struct picture *picture)
{
    struct view_range range = view_range_nothing();
    for (size_t i = 0; i < picture->n_points; i++)
        view_range_extend(&range, picture->points[i].run->l0);
    return axis_of(&range, NULL);
}

static struct view_axis fvu_axis(const struct picture *picture)
{
    struct view_range range = view_range_nothing();
    for (size_t i = 0; i < picture->n_points; i++)
        view_range_extend(&range, picture->points[i].run->fvu);
    return axis_of(&range, "fraction of variance unexplained");
}

/* ---- labels ---- */

static bool overlap(struct view_rect a, struct view_rect b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/* Whether the line from a to b meets the rectangle (Liang and Barsky 1984). */
static bool crosses(struct view_point a, struct view_point b, struct view_rect rect)
{
    const float direction[4] = {a.x - b.x, b.x - a.x, a.y - b.y, b.y - a.y};
    const float distance[4] = {a.x - rect.x, rect.x + rect.width - a.x, a.y - rect.y,
                               rect.y + rect.height - a.y};
    float from = 0, to = 1;
    for (int side = 0; side < 4; side++) {
        if (direction[side] == 0) {
            if (distance[side] < 0)
                return false;
            continue;
        }
        float t = distance[side] / direction[side];
        if (direction[side] < 0)
            from = fmaxf(from, t);
        else
            to = fminf(to, t);
    }
    return from <= to;
}

static bool joined(const struct picture *picture, size_t i)
{
    return i > 0 && picture->points[i].group == picture->points[i - 1].group;
}

static bool is_free(const struct picture *picture, const struct view_frame *frame, struct view_rect box,
                    bool of_lines)
{
    const struct view_rect *plot = &frame->plot;
    if (box.x < plot->x + 2 || box.y < plot->y + 2 || box.x + box.width > plot->x + plot->width - 2 ||
        box.y + box.height > plot->y + plot->height - 2)
        return false;
    for (size_t i = 0; i < picture->n_points; i++) {
        struct view_point at = picture->points[i].at;
        if (overlap(box,
                    (struct view_rect){at.x - 0.6f * MARK, at.y - 0.6f * MARK, 1.2f * MARK, 1.2f * MARK}))
            return false;
        if (of_lines && joined(picture, i) && crosses(picture->points[i - 1].at, at, box))
            return false;
    }
    for (size_t i = 0; i < picture->n_taken; i++)
        if (overlap(box, picture->taken[i]))
            return false;
    return true;
}

/* Tries the places round a point, the best first; then the same over the joining lines. */
static void draw_label(struct picture *picture, const struct view_frame *frame, const struct point *point)
{
    static const struct {
        float x, y; /* -1, 0, 1: left, centred, right; above, beside, below */
    } sides[] = {{1, -1}, {1, 0}, {1, 1}, {-1, 1}, {-1, 0}, {0, -1}, {0, 1}, {-1, -1}};
    const float size = picture->theme->size_tick, cap = view_cap_height(size, VIEW_REGULAR);
    if (!point->run->label || !point->run->label[0])
        return;
    float width = view_text_width(point->run->label, size, VIEW_REGULAR);
    for (int pass = 0; pass < 2; pass++)
        for (size_t s = 0; s < sizeof sides / sizeof *sides; s++) {
            bool beside = sides[s].y == 0, centred = sides[s].x == 0;
            float x = point->at.x + sides[s].x * (beside ? MARK : 0.5f * MARK);
            float middle = point->at.y + sides[s].y * (centred ? MARK + 3 : MARK);
            float left = centred ? x - 0.5f * width : sides[s].x > 0 ? x : x - width;
            struct view_rect box = {left - 2, middle - 0.5f * cap - 3, width + 4, cap + 6};
            if (!is_free(picture, frame, box, pass == 0))
                continue;
            picture->taken[picture->n_taken++] = box;
            view_text(picture->canvas, left, middle, point->run->label,
                      &(struct view_text_style){
                          .size = size,
                          .colour = view_mix(colour_of(picture, point->group), picture->theme->text, 0.4f),
                          .anchor = VIEW_MIDDLE});
            return;
        }
    picture->left_out++;
}

/* ---- panels ---- */

static void draw_mark(const struct picture *picture, struct view_point at, uint32_t group)
{
    enum view_marker marker = markers[group % MARKERS].marker;
    if (marker != VIEW_MARKER_CROSS) /* a rim, so that marks over each other can be told apart */
        view_mark(picture->canvas, at, marker, MARK + 2.5f, picture->theme->panel);
    view_mark(picture->canvas, at, marker, MARK, colour_of(picture, group));
}

static void draw_note(const struct picture *picture, struct view_rect plot, const char *words)
{
    view_text(picture->canvas, plot.x + 0.5f * plot.width, plot.y + 0.5f * plot.height, words,
              &(struct view_text_style){
                  .colour = picture->theme->text_muted, .align = VIEW_CENTRE, .anchor = VIEW_MIDDLE});
}

/* In the heading's row; names that are too long for it stand in the plot's upper right corner, which good
 * runs leave empty, and labels keep away from them. */
static void draw_groups_legend(struct picture *picture, struct view_rect rect, struct view_rect plot)
{
    struct view_legend_entry entries[NAMED_GROUPS + 1];
    char more[32];
    uint32_t count = (uint32_t)base_minimum(picture->n_groups, NAMED_GROUPS);
    if (picture->n_groups < 2)
        return;
    for (uint32_t g = 0; g < count; g++)
        entries[g] = (struct view_legend_entry){picture->groups[g], colour_of(picture, g),
                                                markers[g % MARKERS].legend};
    if (picture->n_groups > NAMED_GROUPS) {
        snprintf(more, sizeof more, "and %" PRIu32 " more", picture->n_groups - NAMED_GROUPS);
        entries[count++] = (struct view_legend_entry){.label = more, .kind = VIEW_LEGEND_DISC};
    }
    if (view_legend_width(picture->canvas, entries, count, false) < rect.width - 380) {
        view_legend(picture->canvas, rect.x + rect.width - RIGHT, rect.y + view_legend_drop(picture->canvas),
                    entries, count, false, VIEW_END);
        return;
    }
    struct view_rect box =
        view_legend(picture->canvas, plot.x + plot.width - 10, plot.y + 12, entries, count, true, VIEW_END);
    picture->taken[picture->n_taken++] = view_inset(box, -6, -6, -6, -6);
}

static void draw_quality(struct picture *picture, struct view_rect rect)
{
    struct view_frame frame =
        view_frame_draw(picture->canvas, &(struct view_frame_parameters){
                                             .rect = rect,
                                             .x = l0_axis(picture),
                                             .y = fvu_axis(picture),
                                             .letter = "a",
                                             .title = "Fraction of variance unexplained against L0",
                                             .margins = {.left = LEFT, .right = RIGHT},
                                         });
    draw_groups_legend(picture, rect, frame.plot);
    for (size_t i = 0; i < picture->n_points; i++) {
        struct point *point = &picture->points[i];
        point->at = view_frame_point(&frame, point->run->l0, point->run->fvu);
        if (joined(picture, i))
            view_line(picture->canvas, picture->points[i - 1].at, point->at,
                      &(struct view_line_style){.colour = view_alpha(colour_of(picture, point->group), 0.5f),
                                                .width = 1.2f});
    }
    for (size_t i = 0; i < picture->n_points; i++)
        draw_mark(picture, picture->points[i].at, picture->points[i].group);
    for (size_t i = 0; i < picture->n_points; i++)
        draw_label(picture, &frame, &picture->points[i]);
    if (picture->n_points == 0)
        draw_note(picture, frame.plot, "no run has a result");
    view_frame_outline(picture->canvas, &frame);
}

/* Counts when all runs are of one width, otherwise shares of it. */
static bool same_width(const struct picture *picture)
{
    for (size_t i = 1; i < picture->n_points; i++)
        if (picture->points[i].run->d_sae != picture->points[0].run->d_sae)
            return false;
    return true;
}

static double dead_of(const struct cli_sweep_run *run, bool counts)
{
    return view_finite(counts ? run->dead : run->d_sae > 0 ? run->dead / (double)run->d_sae : NAN);
}

static void draw_dead(const struct picture *picture, struct view_rect rect)
{
    struct view_range range = view_range_nothing();
    bool counts = same_width(picture);
    for (size_t i = 0; i < picture->n_points; i++)
        view_range_extend(&range, dead_of(picture->points[i].run, counts));
    bool any = range.low <= range.high;
    view_range_extend(&range, 0);
    view_range_extend(&range, counts ? 10 : 0.01);
    struct view_axis y = view_range_axis(&range, false, true, counts ? "latents" : "share of all");
    y.format = !counts ? VIEW_PERCENT : y.high < 1e6 ? VIEW_COUNT : VIEW_PLAIN;
    struct view_frame_parameters parameters = {
        .rect = rect,
        .x = l0_axis(picture),
        .y = y,
        .letter = "b",
        .title = "Dead latents",
        .margins = {.left = LEFT, .right = RIGHT},
    };
    parameters.x.label = "L0, active latents a row";
    struct view_frame frame = view_frame_draw(picture->canvas, &parameters);
    if (counts && picture->n_points > 0 && picture->points[0].run->d_sae > 0) {
        char words[VIEW_LABEL_BYTES + 8], number[VIEW_LABEL_BYTES];
        view_format_count(picture->points[0].run->d_sae, number);
        snprintf(words, sizeof words, "of %s", number);
        view_text(picture->canvas, rect.x + rect.width - RIGHT, rect.y + view_legend_drop(picture->canvas),
                  words,
                  &(struct view_text_style){.size = picture->theme->size_tick,
                                            .colour = picture->theme->text_muted,
                                            .align = VIEW_END,
                                            .anchor = VIEW_TOP});
    }
    for (size_t i = 0; i < picture->n_points && any; i++) {
        const struct point *point = &picture->points[i];
        double dead = dead_of(point->run, counts);
        if (isnan(dead) || dead < y.low)
            continue;
        struct view_point at = view_frame_point(&frame, point->run->l0, dead);
        view_line(picture->canvas, (struct view_point){at.x, frame.plot.y + frame.plot.height}, at,
                  &(struct view_line_style){.colour = view_alpha(colour_of(picture, point->group), 0.6f),
                                            .width = 2});
        draw_mark(picture, at, point->group);
    }
    if (!any)
        draw_note(picture, frame.plot, "not counted");
    view_frame_outline(picture->canvas, &frame);
}

/* ---- page ---- */

static void draw_header(const struct picture *picture, struct view_rect rect)
{
    const struct view_theme *theme = picture->theme;
    char text[512];
    view_text(picture->canvas, rect.x, rect.y, "Sweep of sparse autoencoders",
              &(struct view_text_style){.colour = theme->text_muted, .anchor = VIEW_TOP});
    snprintf(text, sizeof text, "%zu run%s%s%s", picture->sweep->n_runs,
             picture->sweep->n_runs == 1 ? "" : "s", picture->sweep->input ? " on " : "",
             picture->sweep->input ? picture->sweep->input : "");
    view_fit_text(text, rect.width, theme->size_title, VIEW_BOLD);
    view_text(picture->canvas, rect.x, rect.y + 20, text,
              &(struct view_text_style){.size = theme->size_title, .weight = VIEW_BOLD, .anchor = VIEW_TOP});
    snprintf(text, sizeof text, "%s%slower and further left is better",
             picture->sweep->measured ? picture->sweep->measured : "",
             picture->sweep->measured ? "   \u00b7   " : "");
    view_fit_text(text, rect.width, theme->size_label, VIEW_REGULAR);
    view_text(picture->canvas, rect.x, rect.y + 50, text, &(struct view_text_style){.anchor = VIEW_TOP});
}

/* Runs that no point stands for, by name. */
static void draw_missing(const struct picture *picture, struct view_rect rect)
{
    char text[512] = "";
    struct cli_line line = {.text = text, .bytes = sizeof text};
    const struct cli_sweep *sweep = picture->sweep;
    if (picture->n_points == sweep->n_runs)
        return;
    cli_line_add(&line, "without a result: ");
    for (size_t i = 0, named = 0; i < sweep->n_runs; i++)
        if (!has_place(&sweep->runs[i])) {
            const char *label = sweep->runs[i].label ? sweep->runs[i].label : "";
            const char *group = sweep->runs[i].group ? sweep->runs[i].group : "";
            cli_line_add(&line, "%s%s%s%s", named++ ? ", " : "", group, group[0] && label[0] ? " " : "",
                         label[0] || group[0] ? label : "unnamed");
        }
    view_fit_text(text, rect.width, picture->theme->size_tick, VIEW_REGULAR);
    view_text(picture->canvas, rect.x, rect.y + rect.height, text,
              &(struct view_text_style){.size = picture->theme->size_tick, .colour = picture->theme->over});
}

static void draw_page(struct picture *picture)
{
    char words[64] = "";
    struct view_rect rect = {MARGIN, MARGIN - 4, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN + 14};
    draw_header(picture, view_cut_top(&rect, 66, GAP));
    struct view_rect footer = view_cut_bottom(&rect, 18, 8);
    draw_missing(picture, view_cut_bottom(&rect, 14, 4));
    draw_quality(picture, view_cut_top(&rect, 0.7f * rect.height, GAP));
    draw_dead(picture, rect);
    if (picture->left_out > 0)
        snprintf(words, sizeof words, "%zu label%s left out for want of room", picture->left_out,
                 picture->left_out == 1 ? "" : "s");
    cli_page_footer(picture->canvas, footer, words);
}

enum base_status cli_sweep_page(struct gpu *gpu, const struct cli_sweep *sweep,
                                const struct view_theme *theme, float scale, const char *path)
{
    enum base_status status;
    struct picture picture = {.sweep = sweep, .theme = theme ? theme : &view_theme_dark};
    const struct view_canvas_parameters size = {WIDTH, HEIGHT, PIXELS_A_UNIT * (scale > 0 ? scale : 1),
                                                picture.theme};
    char software[64];
    snprintf(software, sizeof software, "arclight %s", cli_version());
    const struct view_png_text texts[] = {{"Title", "Sweep of sparse autoencoders"}, {"Software", software}};
    BASE_CHECK(prepare(&picture));
    BASE_CHECK(view_canvas_create(gpu, &size, &picture.canvas));
    view_canvas_begin(picture.canvas);
    draw_page(&picture);
    BASE_CHECK(view_canvas_finish(picture.canvas));
    status = view_canvas_write_png(picture.canvas, path, texts, sizeof texts / sizeof *texts);
error:
    view_canvas_destroy(&picture.canvas);
    base_free(picture.points);
    base_free(picture.groups);
    base_free(picture.taken);
    return status;
}
