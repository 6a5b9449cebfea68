/* Curves over the angle: means, every plane's as a density, groups of rows. */
#include "cli/resonance_panels.h"

#include "base/memory.h"
#include "cli/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Behind the label of an axis of square roots. */
#define SQUARE_ROOT_AXIS " (square-root axis)"

enum { LEGEND_EPSILONS = 6, LEGEND_LABELS = 10 };

static float *curve_of(const struct cli_page *page, uint32_t epsilon, enum cli_curve curve)
{
    return page->curves + ((size_t)epsilon * CLI_CURVES + curve) * page->result->angles;
}

struct view_values cli_page_curve(const struct cli_page *page, uint32_t epsilon, enum cli_curve curve)
{
    return view_host_values(page->canvas, curve_of(page, epsilon, curve), page->result->angles);
}

/* ---- data ---- */

/* The curves of one epsilon as shares of the rows. */
static void fill_curves(struct cli_page *page, uint32_t epsilon)
{
    const struct srm_result *result = page->result;
    for (uint32_t k = 0; k < result->angles; k++) {
        size_t at = (size_t)epsilon * result->angles + k;
        const struct srm_curve_point *point = &result->curve[at];
        double least = point->mean - point->deviation, sum = 0, low = INFINITY, high = -INFINITY;
        curve_of(page, epsilon, CLI_CURVE_MEAN)[k] = (float)point->mean;
        curve_of(page, epsilon, CLI_CURVE_LOW)[k] =
            (float)(page->parameters->difference ? least : fmax(0, least));
        curve_of(page, epsilon, CLI_CURVE_HIGH)[k] = (float)(point->mean + point->deviation);
        for (uint32_t c = 0; c < result->n_controls; c++) {
            double mean = result->controls[c].curves[at].mean;
            sum += mean;
            low = fmin(low, mean);
            high = fmax(high, mean);
        }
        bool controlled = result->n_controls > 0;
        curve_of(page, epsilon, CLI_CURVE_CONTROL)[k] = controlled ? (float)(sum / result->n_controls) : NAN;
        curve_of(page, epsilon, CLI_CURVE_CONTROL_LOW)[k] = controlled ? (float)low : NAN;
        curve_of(page, epsilon, CLI_CURVE_CONTROL_HIGH)[k] = controlled ? (float)high : NAN;
    }
}

static double mean_of(const float *values, uint32_t count)
{
    double sum = 0;
    for (uint32_t k = 0; k < count; k++)
        sum += (double)values[k];
    return sum / count;
}

/* Several epsilons light very different shares of the rows: each is shown over its mean round the circle, so
 * that their shapes can be compared, and its control over the same number. */
static void make_relative(struct cli_page *page)
{
    for (uint32_t e = 0; e < page->result->n_epsilons; e++) {
        float *values = curve_of(page, e, CLI_CURVE_MEAN);
        double level = mean_of(values, page->result->angles);
        for (uint32_t i = 0; i < CLI_CURVES * page->result->angles && level > 0; i++)
            values[i] = (float)((double)values[i] / level);
    }
    page->level.label = "rows in the spotlight, over their mean";
}

static void extend(double *low, double *high, const float *values, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        *low = fmin(*low, (double)values[k]);
        *high = fmax(*high, (double)values[k]);
    }
}

/* From 0 (or as far below as differences go) to the highest mean and its standard deviation. A few loud
 * planes can make that many times the mean; then the axis is drawn by square roots, and ends at six times the
 * mean. */
static void choose_level_axis(struct cli_page *page)
{
    const struct srm_result *result = page->result;
    double low = 0, high = 0, spread_low = 0, spread_high = 0;
    for (uint32_t e = 0; e < result->n_epsilons; e++)
        for (int c = 0; c < CLI_CURVES; c++)
            if (c == CLI_CURVE_MEAN || c == CLI_CURVE_CONTROL || (c > CLI_CURVE_CONTROL && !page->relative))
                extend(&low, &high, curve_of(page, e, (enum cli_curve)c), result->angles);
    if (!page->relative) {
        if (!page->parameters->difference && result->null_high[0] < 3 * high)
            high = fmax(high, result->null_high[0]);
        extend(&spread_low, &spread_high, curve_of(page, 0, CLI_CURVE_LOW), result->angles);
        extend(&spread_low, &spread_high, curve_of(page, 0, CLI_CURVE_HIGH), result->angles);
        double size = fmax(high, -low);
        if (!page->parameters->difference && spread_high > 2 * size) {
            page->level.scale = VIEW_SQRT;
            page->level.label = "rows in the spotlight" SQUARE_ROOT_AXIS;
        }
        high = fmax(high, fmin(spread_high, 6 * size));
        low = fmin(low, fmax(spread_low, -6 * size));
    }
    if (!(high > low))
        high = page->relative ? 1 : 0.01;
    page->level.low = low < 0 ? low * 1.05 : 0;
    page->level.high = high * 1.05;
}

enum base_status cli_page_make_curves(struct cli_page *page)
{
    const struct srm_result *result = page->result;
    BASE_TRY(base_allocate(&page->curves, (size_t)result->n_epsilons * CLI_CURVES * result->angles,
                           sizeof *page->curves, "curves of the page"));
    BASE_TRY(base_allocate(&page->scratch, result->angles, sizeof *page->scratch, "a curve of the page"));
    page->relative = result->n_epsilons > 1;
    page->level =
        (struct view_axis){.format = page->relative ? VIEW_PLAIN : VIEW_PERCENT,
                           .label = page->parameters->difference ? "rows in the spotlight less those opposite"
                                                                 : "rows in the spotlight"};
    for (uint32_t e = 0; e < result->n_epsilons; e++)
        fill_curves(page, e);
    if (page->relative)
        make_relative(page);
    choose_level_axis(page);
    return BASE_OK;
}

/* ---- marks ---- */

/* Basis vectors and diagonals where all planes have them; only the first vector where they do not. */
static void draw_landmarks(const struct cli_page *page, const struct view_frame *frame)
{
    const struct view_line_style diagonal = {
        .colour = view_alpha(page->theme->landmark, 0.6f), .dash = 1, .gap = 4};
    for (int i = 0; i < 4 && page->result->orthonormal; i++) {
        float x = view_frame_point(frame, 45 + 90 * i, 0).x;
        view_line_down(page->canvas, x, frame->plot.y, frame->plot.y + frame->plot.height, &diagonal);
    }
    view_turn_landmarks(page->canvas, frame, page->result->orthonormal, NULL);
}

static void draw_level_zero(const struct cli_page *page, const struct view_frame *frame)
{
    if (frame->y.low < 0)
        view_level(page->canvas, frame, 0, NULL, &(struct view_line_style){.colour = page->theme->axis});
}

/* ---- (a) ---- */

static void draw_isotropic(const struct cli_page *page, const struct view_frame *frame)
{
    const struct srm_result *result = page->result;
    struct view_colour colour = page->theme->text_muted;
    float low = view_frame_point(frame, 0, fmin(result->null_low[0], frame->y.high)).y;
    float high = view_frame_point(frame, 0, fmin(result->null_high[0], frame->y.high)).y;
    if (result->null_share[0] > frame->y.high)
        return;
    view_box(page->canvas, (struct view_rect){frame->plot.x, high, frame->plot.width, fmaxf(low - high, 1)},
             view_alpha(colour, 0.18f));
    view_level(page->canvas, frame, result->null_share[0], NULL,
               &(struct view_line_style){.colour = view_alpha(colour, 0.8f), .dash = 2, .gap = 3});
}

static void draw_control(const struct cli_page *page, const struct view_frame *frame, uint32_t epsilon,
                         struct view_colour colour)
{
    if (page->result->n_controls == 0)
        return;
    struct view_values middle = cli_page_curve(page, epsilon, CLI_CURVE_CONTROL);
    if (page->result->n_controls > 1 && !page->relative) {
        struct view_values low = cli_page_curve(page, epsilon, CLI_CURVE_CONTROL_LOW);
        struct view_values high = cli_page_curve(page, epsilon, CLI_CURVE_CONTROL_HIGH);
        view_band(page->canvas, frame, &low, &high,
                  &(struct view_curve_style){.colour = view_alpha(colour, 0.25f), .closed = true});
    }
    view_curve(page->canvas, frame, &middle,
               &(struct view_curve_style){.colour = colour, .width = 1.5f, .closed = true});
}

static void draw_single_mean(const struct cli_page *page, const struct view_frame *frame)
{
    struct view_colour colour = cli_colour_basis(page);
    struct view_values low = cli_page_curve(page, 0, CLI_CURVE_LOW),
                       high = cli_page_curve(page, 0, CLI_CURVE_HIGH);
    struct view_values mean = cli_page_curve(page, 0, CLI_CURVE_MEAN);
    if (!page->parameters->difference)
        draw_isotropic(page, frame);
    view_band(page->canvas, frame, &low, &high,
              &(struct view_curve_style){.colour = view_alpha(colour, 0.2f), .closed = true});
    draw_control(page, frame, 0, cli_colour_control(page));
    view_curve(page->canvas, frame, &mean,
               &(struct view_curve_style){.colour = colour, .width = 2.2f, .closed = true});
}

static void draw_relative_means(const struct cli_page *page, const struct view_frame *frame)
{
    for (uint32_t e = 0; e < page->result->n_epsilons; e++)
        draw_control(page, frame, e, view_alpha(cli_colour_epsilon(page, e), 0.45f));
    for (uint32_t e = 0; e < page->result->n_epsilons; e++) {
        struct view_values mean = cli_page_curve(page, e, CLI_CURVE_MEAN);
        view_curve(
            page->canvas, frame, &mean,
            &(struct view_curve_style){.colour = cli_colour_epsilon(page, e), .width = 2, .closed = true});
    }
}

/* Entries of the legend of panel (a) into `entries`, words into `words`. */
static uint32_t mean_legend(const struct cli_page *page,
                            struct view_legend_entry entries[LEGEND_EPSILONS + 3],
                            char words[LEGEND_EPSILONS][24])
{
    const struct srm_result *result = page->result;
    struct view_colour basis = cli_colour_basis(page), control = cli_colour_control(page);
    uint32_t count = 0;
    if (page->relative) {
        uint32_t shown = (uint32_t)base_minimum(result->n_epsilons, LEGEND_EPSILONS);
        for (uint32_t i = 0; i < shown; i++) {
            uint32_t e = shown > 1 ? (uint32_t)((uint64_t)i * (result->n_epsilons - 1) / (shown - 1)) : 0;
            snprintf(words[i], sizeof words[i], "\u03b5 = %.3g", result->epsilons[e]);
            entries[count++] =
                (struct view_legend_entry){words[i], cli_colour_epsilon(page, e), VIEW_LEGEND_LINE};
        }
    } else {
        entries[count++] = (struct view_legend_entry){"mean", basis, VIEW_LEGEND_LINE};
        entries[count++] =
            (struct view_legend_entry){"\u00b1 sd", view_alpha(basis, 0.35f), VIEW_LEGEND_BAND};
    }
    if (result->n_controls > 0)
        entries[count++] = (struct view_legend_entry){
            result->n_controls > 1 ? "rotated bases" : "rotated basis", control, VIEW_LEGEND_LINE};
    if (result->n_controls > 1 && !page->relative)
        entries[count++] =
            (struct view_legend_entry){"their range", view_alpha(control, 0.5f), VIEW_LEGEND_BAND};
    if (!page->relative && !page->parameters->difference && result->null_share[0] <= page->level.high)
        entries[count++] = (struct view_legend_entry){"isotropic, 99 % of planes", view_alpha(control, 0.25f),
                                                      VIEW_LEGEND_BAND};
    return count;
}

void cli_panel_mean(const struct cli_page *page, struct view_rect rect, const char *letter)
{
    char words[LEGEND_EPSILONS][24];
    struct view_legend_entry entries[LEGEND_EPSILONS + 3];
    uint32_t count = mean_legend(page, entries, words);
    struct view_frame frame = view_frame_draw(page->canvas, &(struct view_frame_parameters){
                                                                .rect = rect,
                                                                .x = view_turn_axis("angle in the plane"),
                                                                .y = page->level,
                                                                .letter = letter,
                                                                .title = "Mean over planes",
                                                                .margins = {.left = 62},
                                                                .landmarks = true,
                                                            });
    view_legend(page->canvas, rect.x + rect.width, rect.y + view_legend_drop(page->canvas), entries, count,
                false, VIEW_END);
    draw_landmarks(page, &frame);
    if (page->relative)
        draw_relative_means(page, &frame);
    else
        draw_single_mean(page, &frame);
    draw_level_zero(page, &frame);
    view_frame_outline(page->canvas, &frame);
}

/* ---- (b) ---- */

void cli_panel_polar(const struct cli_page *page, struct view_rect rect, const char *letter)
{
    static const struct view_spoke spokes[] = {
        {0, "+b\u1d62"},
        {90, "+b\u2c7c"},
        {180, "\u2212b\u1d62"},
        {270, "\u2212b\u2c7c"},
        {45, NULL},
        {135, NULL},
        {225, NULL},
        {315, NULL},
    };
    static const struct view_spoke first[] = {{0, "+b\u1d62"}, {180, "\u2212b\u1d62"}};
    struct view_axis axis = page->level;
    double highest = 0;
    for (uint32_t e = 0; e < page->result->n_epsilons; e++) {
        double low = 0;
        extend(&low, &highest, curve_of(page, e, CLI_CURVE_MEAN), page->result->angles);
        extend(&low, &highest, curve_of(page, e, CLI_CURVE_CONTROL), page->result->angles);
    }
    axis.low = 0;
    axis.scale = VIEW_LINEAR;
    axis.high = highest > 0 ? highest * 1.08 : page->level.high;
    axis.label = NULL;
    bool common = page->result->orthonormal;
    struct view_rose rose = view_rose_draw(
        page->canvas,
        &(struct view_rose_parameters){.rect = rect,
                                       .axis = axis,
                                       .letter = letter,
                                       .title = "The same round the circle",
                                       .spokes = common ? spokes : first,
                                       .n_spokes = common ? sizeof spokes / sizeof *spokes : 2});
    for (uint32_t e = 0; e < page->result->n_epsilons; e++) {
        struct view_colour colour = page->relative ? cli_colour_epsilon(page, e) : cli_colour_basis(page);
        struct view_values mean = cli_page_curve(page, e, CLI_CURVE_MEAN);
        struct view_values control = cli_page_curve(page, e, CLI_CURVE_CONTROL);
        if (page->result->n_controls > 0)
            view_rose_curve(page->canvas, &rose, &control,
                            &(struct view_curve_style){.colour = page->relative ? view_alpha(colour, 0.6f)
                                                                                : cli_colour_control(page),
                                                       .width = 1.2f},
                            0);
        view_rose_curve(page->canvas, &rose, &mean, &(struct view_curve_style){.colour = colour, .width = 2},
                        page->relative ? 0 : 0.2f);
    }
}

/* ---- (d) ---- */

void cli_panel_density(const struct cli_page *page, struct view_rect rect, const char *letter)
{
    const struct srm_result *result = page->result;
    double greatest = 0, level = 0;
    for (uint32_t k = 0; k < result->angles; k++) {
        greatest = fmax(greatest, result->curve[k].greatest);
        level += result->curve[k].mean / result->angles;
    }
    bool roots = greatest > 6 * level;
    char title[64], label[96];
    snprintf(label, sizeof label, "%s%s",
             page->parameters->difference ? page->level.label : "rows in the spotlight",
             roots ? SQUARE_ROOT_AXIS : "");
    snprintf(title, sizeof title, "Every plane's curve");
    if (page->relative)
        snprintf(title, sizeof title, "Every plane's curve at \u03b5 = %.4g", result->epsilons[0]);
    struct view_frame frame =
        view_frame_draw(page->canvas, &(struct view_frame_parameters){
                                          .rect = rect,
                                          .x = view_turn_axis("angle in the plane"),
                                          .y = {.high = greatest > 0 ? 1.02 * greatest : 0.01,
                                                .scale = roots ? VIEW_SQRT : VIEW_LINEAR,
                                                .format = VIEW_PERCENT,
                                                .label = label},
                                          .letter = letter,
                                          .title = title,
                                          .margins = {.left = 62},
                                          .no_grid = true,
                                      });
    double planes = (double)result->curves;
    struct view_density_parameters density = {
        .counts = result->sums.density,
        .angles = result->angles,
        .value_scale = (float)(1 / (double)base_maximum(result->rows, 1)),
        .colours = {.map = page->theme->sequential,
                    .axis = {.low = fmax(1e-4 * planes, 0.05),
                             .high = fmax(planes, 1),
                             .scale = VIEW_LOG10,
                             .label = "planes"},
                    .hide_below = true},
    };
    if (planes > 0)
        view_density(page->canvas, &frame, &density);
    view_heading_bar(page->canvas, rect.x + rect.width, rect.y, &density.colours);
    view_frame_outline(page->canvas, &frame);
}

/* ---- groups of rows ---- */

/* Few labels have the series' colours, a second round of them is dashed; many go through the sequential map.
 */
static struct view_curve_style label_style(const struct cli_page *page, uint32_t label)
{
    uint32_t count = page->result->n_labels;
    struct view_curve_style style = {.width = 1.6f, .closed = true};
    style.colour = page->theme->series[label % VIEW_SERIES];
    if (count > 2 * VIEW_SERIES) {
        style.colour =
            view_map_colour(page->theme->sequential, 0.95f - 0.75f * (float)label / (float)(count - 1));
    } else if (label >= VIEW_SERIES) {
        style.dash = 5;
        style.gap = 3;
    }
    return style;
}

static void label_legend(const struct cli_page *page, float x, float y)
{
    const struct srm_result *result = page->result;
    struct view_legend_entry entries[LEGEND_LABELS];
    char words[LEGEND_LABELS][24];
    uint32_t shown = (uint32_t)base_minimum(result->n_labels, LEGEND_LABELS);
    for (uint32_t i = 0; i < shown; i++) {
        uint32_t l = shown > 1 ? (uint32_t)((uint64_t)i * (result->n_labels - 1) / (shown - 1)) : 0;
        snprintf(words[i], sizeof words[i], "%" PRId64, result->labels[l].label);
        struct view_curve_style style = label_style(page, l);
        entries[i] = (struct view_legend_entry){words[i], style.colour,
                                                style.dash > 0 ? VIEW_LEGEND_DASHED : VIEW_LEGEND_LINE};
    }
    view_legend(page->canvas, x, y, entries, shown, false, VIEW_END);
}

void cli_panel_labels(const struct cli_page *page, struct view_rect rect, const char *letter)
{
    const struct srm_result *result = page->result;
    double low = 0, high = 0;
    for (uint32_t l = 0; l < result->n_labels; l++)
        for (uint32_t k = 0; k < result->angles; k++) {
            low = fmin(low, result->labels[l].curves[k].mean);
            high = fmax(high, result->labels[l].curves[k].mean);
        }
    struct view_frame frame =
        view_frame_draw(page->canvas, &(struct view_frame_parameters){
                                          .rect = rect,
                                          .x = view_turn_axis("angle in the plane"),
                                          .y = {.low = 1.05 * low,
                                                .high = high > 0 ? 1.05 * high : 0.01,
                                                .format = VIEW_PERCENT,
                                                .label = "rows of the label in the spotlight"},
                                          .letter = letter,
                                          .title = "Mean over planes by label",
                                          .landmarks = true,
                                      });
    label_legend(page, rect.x + rect.width, rect.y + view_legend_drop(page->canvas));
    draw_landmarks(page, &frame);
    for (uint32_t l = 0; l < result->n_labels; l++) {
        for (uint32_t k = 0; k < result->angles; k++)
            page->scratch[k] = (float)result->labels[l].curves[k].mean;
        struct view_values curve = view_host_values(page->canvas, page->scratch, result->angles);
        struct view_curve_style style = label_style(page, l);
        view_curve(page->canvas, &frame, &curve, &style);
    }
    draw_level_zero(page, &frame);
    view_frame_outline(page->canvas, &frame);
}
