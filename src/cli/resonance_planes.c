/* All planes at a glance: one number each as a matrix, and how surely they differ from rotated bases. */
#include "cli/resonance_panels.h"

#include "base/memory.h"
#include "cli/srm_tables.h"
#include "cli/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BARS = 24, EVIDENCE_POINTS = 512 };

/* ---- the number of each plane ---- */

static bool is_ranked(const struct srm_result *result, uint64_t position)
{
    return result->statistics[position].hits >= SRM_LEAST_HITS &&
           !(result->cosines && isnan(result->cosines[position]));
}

/* C4, or for a basis that is not orthonormal log2 of the lift; NaN for planes that are not ranked. */
static float cell_of(const struct cli_page *page, uint64_t position)
{
    const struct srm_result *result = page->result;
    if (!is_ranked(result, position))
        return NAN;
    if (!page->lift)
        return result->statistics[position].c4;
    double lift = cli_srm_lift(result, 0, &result->statistics[position]);
    return lift > 0 && isfinite(lift) ? (float)log2(lift) : NAN;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* values[kept] in order, greatest first, thinned to CLI_PROFILE_POINTS. */
static void make_profile(struct cli_page *page, const float *values, uint64_t kept)
{
    page->n_profile = kept;
    for (uint64_t k = 0; k < CLI_PROFILE_POINTS && kept > 0; k++)
        page->profile[k] = values[kept - 1 - k * (kept - 1) / (CLI_PROFILE_POINTS - 1)];
}

/* The range of colours holds all but the extreme two in a hundred planes; C4's is even on both sides of 0. */
static void choose_range(struct cli_page *page, float *values, uint64_t kept)
{
    if (kept == 0)
        return;
    if (page->lift) {
        page->cells_low = (double)values[kept / 100];
        page->cells_high = (double)values[kept - 1 - kept / 100];
        if (!(page->cells_high > page->cells_low))
            page->cells_high = page->cells_low + 1;
        return;
    }
    for (uint64_t p = 0; p < kept; p++)
        values[p] = fabsf(values[p]);
    qsort(values, kept, sizeof *values, by_value);
    page->cells_high = fmax(0.1, fmin(1, ceil((double)values[kept - 1 - kept / 50] * 10) / 10));
    page->cells_low = -page->cells_high;
}

enum base_status cli_page_make_cells(struct cli_page *page)
{
    const struct srm_result *result = page->result;
    enum base_status status = BASE_OK;
    float *values = NULL;
    page->lift = !result->orthonormal;
    page->by_peak = 2 * (result->n_aligned + result->n_anti_aligned) < result->n_ranked;
    page->cells_low = -1;
    page->cells_high = 1;
    if (result->planes == 0)
        return BASE_OK;
    BASE_CHECK(base_allocate(&values, result->planes, sizeof *values, "matrix of planes"));
    for (uint64_t p = 0; p < result->planes; p++)
        values[p] = cell_of(page, p);
    if (!result->list &&
        result->planes * sizeof *values <= gpu_capabilities(page->gpu)->storage_range_bytes) {
        BASE_CHECK(gpu_buffer_create(page->gpu, "matrix of planes", result->planes * sizeof *values,
                                     GPU_DEVICE, &page->cells));
        BASE_CHECK(gpu_upload(page->gpu, page->cells, 0, values, result->planes * sizeof *values));
    }
    uint64_t kept = 0;
    for (uint64_t p = 0; p < result->planes; p++)
        if (!isnan(values[p]))
            values[kept++] = values[p];
    qsort(values, kept, sizeof *values, by_value);
    make_profile(page, values, kept);
    choose_range(page, values, kept);
error:
    base_free(values);
    return status;
}

/* ---- (c) matrix ---- */

static struct view_colour_scale cell_colours(const struct cli_page *page)
{
    return (struct view_colour_scale){
        .map = page->lift ? page->theme->sequential : page->theme->diverging,
        .axis = {.low = page->cells_low,
                 .high = page->cells_high,
                 .label =
                     page->lift ? "log\u2082 of the peak's lift" : "C\u2084: \u2212 diagonals, + vectors"},
        .missing = page->n_profile < page->result->planes ? "unranked" : NULL,
    };
}

/* A whole distance of ticks, so that each names a vector: about five of them. */
static double vector_step(uint32_t vectors)
{
    double step = fmax(1, vectors / 5.0), power = pow(10, floor(log10(step)));
    double digit = step / power;
    return ceil(power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10));
}

static void draw_matrix(const struct cli_page *page, struct view_rect rect, const char *letter)
{
    const struct srm_result *result = page->result;
    const struct view_colour_scale colours = cell_colours(page);
    struct view_rect bar = view_cut_right(&rect, CLI_BAR_WIDTH, CLI_BAR_GAP);
    struct view_axis axis = {.low = -0.5, .high = result->vectors - 0.5, .label = "vector"}, down = axis;
    down.low = axis.high;
    down.high = axis.low;
    axis.step = down.step = vector_step(result->vectors);
    struct view_frame frame =
        view_frame_draw(page->canvas, &(struct view_frame_parameters){.rect = rect,
                                                                      .x = axis,
                                                                      .y = down,
                                                                      .letter = letter,
                                                                      .title = "All pairs of vectors",
                                                                      .square = true,
                                                                      .no_grid = true,
                                                                      .boxed = true});
    view_heat(page->canvas, &frame,
              &(struct view_heat_parameters){
                  .values = {.buffer = page->cells, .count = (uint32_t)result->planes, .number = VIEW_F32},
                  .rows = result->vectors,
                  .columns = result->vectors,
                  .cells = VIEW_CELLS_UPPER,
                  /* where many planes share a pixel, the extreme of each would make every pixel loud */
                  .reduce = (float)result->vectors > frame.plot.width * page->scale ? VIEW_REDUCE_MEAN
                                                                                    : VIEW_REDUCE_EXTREME,
                  .colours = colours,
              });
    view_frame_outline(page->canvas, &frame);
    cli_place_bar(&frame, &bar);
    view_colour_bar(page->canvas, bar, &colours);
}

/* ---- (c) for chosen planes ---- */

static void draw_bars(const struct cli_page *page, struct view_rect rect, const char *letter)
{
    const struct srm_result *result = page->result;
    uint32_t count = (uint32_t)result->planes;
    char name[48];
    struct view_frame frame = view_frame_draw(
        page->canvas, &(struct view_frame_parameters){
                          .rect = rect,
                          .x = {.low = page->lift ? fmin(0, page->cells_low) : -1,
                                .high = page->lift ? fmax(0, page->cells_high) : 1,
                                .label = page->lift ? "log\u2082 of the peak's lift" : "C\u2084"},
                          .y = {.low = count, .high = 0, .no_numbers = true},
                          .letter = letter,
                          .title = "The chosen planes",
                          .margins = {.left = 74}});
    float zero = view_frame_point(&frame, 0, 0).x, row = frame.plot.height / (float)count;
    float thick = fminf(0.7f * row, 26);
    for (uint32_t p = 0; p < count; p++) {
        struct srm_plane plane = cli_srm_plane_at(result, p);
        float value = cell_of(page, p), middle = view_frame_point(&frame, 0, p + 0.5).y;
        float end = isnan(value) ? zero : view_frame_point(&frame, (double)value, 0).x;
        enum srm_list list = page->lift  ? SRM_LIST_OBLIQUE
                             : value < 0 ? SRM_LIST_ANTI_ALIGNED
                                         : SRM_LIST_ALIGNED;
        view_box(page->canvas,
                 (struct view_rect){fminf(zero, end), middle - 0.5f * thick, fabsf(end - zero), thick},
                 cli_colour_list(page, list));
        snprintf(name, sizeof name, "%" PRIu32 " \u2013 %" PRIu32, plane.i, plane.j);
        view_text(page->canvas, frame.plot.x - 10, middle, name,
                  &(struct view_text_style){.align = VIEW_END, .anchor = VIEW_MIDDLE});
        if (isnan(value))
            view_text(page->canvas, zero + 6, middle, "not ranked",
                      &(struct view_text_style){.colour = page->theme->text_muted, .anchor = VIEW_MIDDLE});
    }
    view_line_down(page->canvas, zero, frame.plot.y, frame.plot.y + frame.plot.height,
                   &(struct view_line_style){.colour = page->theme->axis});
    view_frame_outline(page->canvas, &frame);
}

/* Ranked planes in the order of their number. */
static void draw_profile(const struct cli_page *page, struct view_rect rect, const char *letter)
{
    char label[80], number[BASE_COUNT_BYTES];
    snprintf(label, sizeof label, "the %s ranked planes in order", base_count_text(page->n_profile, number));
    struct view_frame frame = view_frame_draw(
        page->canvas,
        &(struct view_frame_parameters){
            .rect = rect,
            .x = {.high = fmax(1, (double)page->n_profile), .format = VIEW_COUNT, .label = label},
            .y = {.low = page->lift ? fmin(0, page->cells_low) : -1,
                  .high = page->lift ? page->cells_high : 1,
                  .label = page->lift ? "log\u2082 of the peak's lift" : "C\u2084: + on the vectors"},
            .letter = letter,
            .title = "The chosen planes",
        });
    view_level(page->canvas, &frame, 0, NULL, &(struct view_line_style){.colour = page->theme->axis});
    if (page->n_profile > 1) {
        struct view_values curve = view_host_values(page->canvas, page->profile, CLI_PROFILE_POINTS);
        view_curve(page->canvas, &frame, &curve,
                   &(struct view_curve_style){.colour = cli_colour_basis(page), .width = 2});
    } else {
        cli_panel_note(page, frame.plot, "fewer than two ranked planes");
    }
    view_frame_outline(page->canvas, &frame);
}

void cli_panel_planes(const struct cli_page *page, struct view_rect rect, const char *letter)
{
    if (page->cells && page->result->vectors > 2)
        draw_matrix(page, rect, letter);
    else if (page->result->planes <= MOST_BARS)
        draw_bars(page, rect, letter);
    else
        draw_profile(page, rect, letter);
}

/* ---- (e) evidence ---- */

enum tail { TAIL_BASIS, TAIL_CONTROL, TAIL_ALIGNED, TAIL_ANTI_ALIGNED, TAILS };

/* How many planes score at least the left end of each of EVIDENCE_POINTS steps from 0 to `most`. The score is
 * that of the ranking: |z| of orthogonal planes, or where oblique ones are more, their peaks as shares of the
 * rows. */
struct evidence {
    const struct cli_page *page;
    double most;
    uint64_t at_least[TAILS][EVIDENCE_POINTS];
    uint64_t ranked, controls;
    double threshold; /* the least score with q < SRM_SIGNIFICANT_Q; INFINITY: none */
};

/* NaN for planes that play no part. */
static double score_of(const struct cli_page *page, uint64_t position)
{
    const struct srm_result *result = page->result;
    const struct srm_plane_statistics *statistics = &result->statistics[position];
    bool oblique = result->cosines && fabs(result->cosines[position]) > SRM_RIGHT_ANGLE_COSINE;
    if (!is_ranked(result, position) || oblique != page->by_peak)
        return NAN;
    return page->by_peak ? cli_srm_peak_share(result, statistics) : fabs(statistics->z);
}

static double control_score(const struct cli_page *page, uint32_t control, uint32_t plane)
{
    const struct srm_control *from = &page->result->controls[control];
    return page->by_peak ? from->peaks[plane] / (double)page->result->rows : from->absolute_z[plane];
}

static void add_to_tail(struct evidence *evidence, enum tail tail, double score)
{
    uint32_t step = (uint32_t)fmin(EVIDENCE_POINTS - 1, score / evidence->most * (EVIDENCE_POINTS - 1));
    evidence->at_least[tail][step]++;
}

static void add_plane(struct evidence *evidence, uint64_t position)
{
    const struct srm_plane_statistics *statistics = &evidence->page->result->statistics[position];
    double score = score_of(evidence->page, position);
    if (isnan(score))
        return;
    evidence->ranked++;
    add_to_tail(evidence, TAIL_BASIS, score);
    add_to_tail(evidence, statistics->z < 0 ? TAIL_ANTI_ALIGNED : TAIL_ALIGNED, score);
    if (statistics->q < SRM_SIGNIFICANT_Q)
        evidence->threshold = fmin(evidence->threshold, score);
}

static void gather(const struct cli_page *page, struct evidence *evidence)
{
    const struct srm_result *result = page->result;
    *evidence = (struct evidence){.page = page, .threshold = INFINITY};
    for (uint64_t p = 0; p < result->planes; p++)
        evidence->most = fmax(evidence->most, score_of(page, p));
    for (uint32_t c = 0; c < result->n_controls; c++)
        for (uint32_t p = 0; p < result->controls[c].planes; p++)
            evidence->most = fmax(evidence->most, control_score(page, c, p));
    evidence->most = evidence->most > 0 ? 1.03 * evidence->most : 1;
    for (uint64_t p = 0; p < result->planes; p++)
        add_plane(evidence, p);
    for (uint32_t c = 0; c < result->n_controls; c++)
        for (uint32_t p = 0; p < result->controls[c].planes; p++)
            if (!isnan(control_score(page, c, p))) {
                evidence->controls++;
                add_to_tail(evidence, TAIL_CONTROL, control_score(page, c, p));
            }
    for (int tail = 0; tail < TAILS; tail++)
        for (int step = EVIDENCE_POINTS - 2; step >= 0; step--)
            evidence->at_least[tail][step] += evidence->at_least[tail][step + 1];
}

static void draw_tail(const struct cli_page *page, const struct view_frame *frame,
                      const struct evidence *evidence, enum tail tail, const struct view_curve_style *style)
{
    float shares[EVIDENCE_POINTS];
    double all = (double)(tail == TAIL_CONTROL ? evidence->controls : evidence->ranked);
    for (int step = 0; step < EVIDENCE_POINTS; step++) {
        uint64_t count = evidence->at_least[tail][step];
        shares[step] = count > 0 ? (float)((double)count / all) : NAN;
    }
    struct view_values values = view_host_values(page->canvas, shares, EVIDENCE_POINTS);
    view_curve(page->canvas, frame, &values, style);
}

/* What independent isotropic rows would give: z is standard normal. */
static void draw_normal_tail(const struct cli_page *page, const struct view_frame *frame, double most)
{
    float shares[EVIDENCE_POINTS];
    for (int step = 0; step < EVIDENCE_POINTS; step++)
        shares[step] = (float)fmax(erfc(most * step / (EVIDENCE_POINTS - 1) / sqrt(2)), 1e-30);
    struct view_values values = view_host_values(page->canvas, shares, EVIDENCE_POINTS);
    view_curve(page->canvas, frame, &values,
               &(struct view_curve_style){.colour = view_alpha(page->theme->text_muted, 0.45f), .width = 1});
}

static void draw_threshold(const struct cli_page *page, const struct view_frame *frame, double threshold)
{
    if (!isfinite(threshold))
        return;
    float x = view_frame_point(frame, threshold, 1).x, right = frame->plot.x + frame->plot.width;
    struct view_rect beyond = {x, frame->plot.y, right - x, frame->plot.height};
    view_box(page->canvas, beyond, view_alpha(cli_colour_basis(page), 0.1f));
    view_landmark(page->canvas, frame, threshold, "q < 0.05");
}

static void evidence_legend(const struct cli_page *page, float x, float y, bool controlled)
{
    const struct view_legend_entry basis = {"basis", cli_colour_basis(page), VIEW_LEGEND_LINE};
    const struct view_legend_entry rotated = {"rotated", cli_colour_control(page), VIEW_LEGEND_LINE};
    const struct view_legend_entry oblique[] = {basis, rotated};
    const struct view_legend_entry orthogonal[] = {
        basis,
        {"aligned", cli_colour_list(page, SRM_LIST_ALIGNED), VIEW_LEGEND_LINE},
        {"anti-aligned", cli_colour_list(page, SRM_LIST_ANTI_ALIGNED), VIEW_LEGEND_LINE},
        {"isotropic", view_alpha(cli_colour_control(page), 0.45f), VIEW_LEGEND_LINE},
        rotated,
    };
    if (page->by_peak)
        view_legend(page->canvas, x, y, oblique, controlled ? 2 : 1, false, VIEW_START);
    else
        view_legend(page->canvas, x, y, orthogonal, controlled ? 5 : 4, false, VIEW_START);
}

static void draw_tails(const struct cli_page *page, const struct view_frame *frame,
                       const struct evidence *evidence)
{
    const struct view_curve_style up = {.colour = cli_colour_list(page, SRM_LIST_ALIGNED), .width = 1.5f};
    const struct view_curve_style down = {.colour = cli_colour_list(page, SRM_LIST_ANTI_ALIGNED),
                                          .width = 1.5f};
    const struct view_curve_style basis = {.colour =
                                               view_alpha(cli_colour_basis(page), page->by_peak ? 1 : 0.55f),
                                           .width = page->by_peak ? 2.2f : 4};
    const struct view_curve_style control = {.colour = cli_colour_control(page), .width = 1.5f};
    if (!page->by_peak)
        draw_normal_tail(page, frame, evidence->most);
    draw_tail(page, frame, evidence, TAIL_BASIS, &basis);
    if (!page->by_peak) {
        draw_tail(page, frame, evidence, TAIL_ALIGNED, &up);
        draw_tail(page, frame, evidence, TAIL_ANTI_ALIGNED, &down);
    }
    if (evidence->controls > 0)
        draw_tail(page, frame, evidence, TAIL_CONTROL, &control);
}

void cli_panel_evidence(const struct cli_page *page, struct view_rect rect, const char *letter)
{
    struct evidence evidence;
    gather(page, &evidence);
    double fewest = 1 / fmax(1, (double)base_maximum(evidence.ranked, evidence.controls));
    float heading = view_heading(page->canvas, rect, letter, "Basis against random rotation", NULL);
    view_cut_top(&rect, heading, 6);
    struct view_rect legend = view_cut_top(&rect, 1.6f * page->theme->size_tick, 4);
    struct view_frame frame = view_frame_draw(
        page->canvas,
        &(struct view_frame_parameters){
            .rect = rect,
            .x = {.high = evidence.most,
                  .format = page->by_peak ? VIEW_PERCENT : VIEW_PLAIN,
                  .label = page->by_peak ? "peak of a plane's curve" : "|z| of a plane's C\u2084"},
            .y = {.low = fewest / 1.5,
                  .high = 1.2,
                  .scale = VIEW_LOG10,
                  .label =
                      page->by_peak ? "planes with at least this peak" : "planes with at least this |z|"},
            .landmarks = true,
        });
    evidence_legend(page, legend.x, legend.y + 3, evidence.controls > 0);
    if (evidence.ranked > 0) {
        draw_threshold(page, &frame, evidence.threshold);
        draw_tails(page, &frame, &evidence);
    } else {
        cli_panel_note(page, frame.plot, "no plane has 30 rows inside its gate");
    }
    view_frame_outline(page->canvas, &frame);
}
