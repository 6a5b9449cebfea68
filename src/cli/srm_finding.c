#include "cli/srm_finding.h"

#include "base/memory.h"
#include "cli/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* A curve's mean at `degrees`, linear between the two angles beside it. */
static double curve_at(const struct srm_curve_point *curve, uint32_t angles, double degrees)
{
    double place = degrees / 360 * angles, below = floor(place), part = place - below;
    uint32_t k = (uint32_t)below % angles;
    return curve[k].mean + part * (curve[(k + 1) % angles].mean - curve[k].mean);
}

static double contrast_of(const struct srm_curve_point *curve, uint32_t angles)
{
    double axes = 0, diagonals = 0;
    for (int quarter = 0; quarter < 4; quarter++) {
        axes += curve_at(curve, angles, 90 * quarter);
        diagonals += curve_at(curve, angles, 90 * quarter + 45);
    }
    return diagonals > 0 ? axes / diagonals : NAN;
}

/* Sum of the mean curve over a quarter of the turn, by the angles strictly inside it and half of those on its
 * borders. */
static double quarter_sum(const struct srm_curve_point *curve, uint32_t angles, int quarter)
{
    double sum = 0;
    for (uint32_t k = 0; k <= angles; k++) {
        double place = 4.0 * k / angles - quarter;
        if (place >= 0 && place <= 1)
            sum += (place == 0 || place == 1 ? 0.5 : 1.0) * curve[k % angles].mean;
    }
    return sum;
}

/* Contrasts as logarithms, so that four times as high and four times as low are equally far; where one side
 * has nothing, the limit stands for it. */
static double log_contrast(double contrast)
{
    const double limit = log(1000);
    return contrast > 0 ? fmax(-limit, fmin(limit, log(contrast))) : -limit;
}

/* What rotated bases have. From few of them: four times their root mean square, and CLI_LEAST_CONTRAST at
 * least; from many: as far as any of them and as three standard deviations go. */
static void find_bounds(const struct srm_result *result, struct cli_finding *finding)
{
    double sum = 0, squares = 0, least = INFINITY, greatest = -INFINITY, n = result->n_controls;
    for (uint32_t c = 0; c < result->n_controls; c++) {
        double contrast = contrast_of(result->controls[c].curves, result->angles);
        finding->control_contrast_least = fmin(finding->control_contrast_least, contrast);
        finding->control_contrast_greatest = fmax(finding->control_contrast_greatest, contrast);
        double value = isnan(contrast) ? 0 : log_contrast(contrast);
        sum += value;
        squares += value * value;
        least = fmin(least, value);
        greatest = fmax(greatest, value);
    }
    if (result->n_controls == 0)
        return;
    double half = fmax(4 * sqrt(squares / n), log(CLI_LEAST_CONTRAST)), middle = 0;
    if (result->n_controls >= CLI_MANY_CONTROLS) {
        middle = sum / n;
        half = 3 * sqrt(fmax(0, squares / n - middle * middle));
    }
    finding->contrast_low = exp(fmin(least, middle - half));
    finding->contrast_high = exp(fmax(greatest, middle + half));
}

static void find_shape(const struct srm_result *result, struct cli_finding *finding)
{
    const uint32_t angles = result->angles;
    finding->contrast = contrast_of(result->curve, angles);
    find_bounds(result, finding);
    double all = 0, quarters[4];
    for (int i = 0; i < 4; i++)
        all += quarters[i] = quarter_sum(result->curve, angles, i);
    finding->first_quarter = all > 0 ? quarters[0] / all : NAN;
    finding->one_sided = quarters[0] > 0 && quarters[2] < 1e-3 * quarters[0];
}

/* 1: beyond the rotated bases towards the axes, -1: towards the diagonals, 0: like them. */
static int side_of_mean(const struct cli_finding *finding)
{
    if (finding->contrast > finding->contrast_high)
        return 1;
    return finding->contrast < finding->contrast_low ? -1 : 0;
}

/* The same of the planes that are sure, when they are enough; 2: of both kinds, or oblique. Three times as
 * many of one kind make it the kind: a word for the reader, the figures stand beside it. */
static int side_of_planes(const struct srm_result *result)
{
    uint64_t aligned = result->n_sure_aligned, anti = result->n_sure_anti_aligned;
    uint64_t sure = aligned + anti + result->n_sure_oblique;
    if ((double)sure < CLI_FEW_SHARE * (double)result->n_ranked || sure == 0)
        return 0;
    if (2 * result->n_sure_oblique >= sure)
        return 2;
    return aligned >= 3 * anti ? 1 : anti >= 3 * aligned ? -1 : 2;
}

static enum cli_verdict verdict_of(const struct srm_result *result, const struct cli_finding *finding)
{
    int mean = side_of_mean(finding), planes = side_of_planes(result);
    uint64_t sure = result->n_sure_aligned + result->n_sure_anti_aligned + result->n_sure_oblique;
    if (result->n_ranked == 0 || result->n_controls == 0)
        return CLI_VERDICT_UNDECIDED;
    if (planes == 2 && 2 * result->n_sure_oblique >= sure)
        return CLI_VERDICT_DISTINCT;
    if (planes == 2 || mean * planes < 0)
        return CLI_VERDICT_MIXED;
    if (mean + planes != 0)
        return mean + planes > 0 ? CLI_VERDICT_ALIGNED : CLI_VERDICT_ANTI_ALIGNED;
    if (result->n_significant == 0)
        return CLI_VERDICT_NONE;
    return sure > 0 ? CLI_VERDICT_FEW : CLI_VERDICT_UNSURE;
}

static const char *const headlines[] = {
    [CLI_VERDICT_NONE] = "Nothing beyond a random rotation",
    [CLI_VERDICT_UNSURE] = "Like a random rotation, single planes perhaps apart",
    [CLI_VERDICT_FEW] = "Single planes stand out",
    [CLI_VERDICT_ALIGNED] = "Aligned with the basis",
    [CLI_VERDICT_ANTI_ALIGNED] = "Anti-aligned with the basis",
    [CLI_VERDICT_MIXED] = "Aligned in some planes, anti-aligned in others",
    [CLI_VERDICT_DISTINCT] = "The basis stands out from its random rotations",
    [CLI_VERDICT_UNDECIDED] = "Not decided",
};

/* Why nothing was decided. */
static void say_undecided(const struct srm_result *result, struct cli_line *line)
{
    if (result->n_ranked == 0)
        cli_line_add(
            line,
            "No plane has %d rows inside its gate, so none can be judged: a smaller --epsilon or more rows "
            "would help.",
            SRM_LEAST_HITS);
    else
        cli_line_add(line, "Without a control (--control) nothing tells a preferred basis from the rows' own "
                           "covariance.");
}

static void say_planes(const struct srm_result *result, const struct cli_finding *finding,
                       struct cli_line *line)
{
    char ranked[BASE_COUNT_BYTES], significant[BASE_COUNT_BYTES], aligned[BASE_COUNT_BYTES],
        anti[BASE_COUNT_BYTES];
    base_count_text(result->n_ranked, ranked);
    base_count_text(result->n_significant, significant);
    base_count_text(result->n_significant_aligned, aligned);
    base_count_text(result->n_significant_anti_aligned, anti);
    if (result->n_significant == 0) {
        cli_line_add(line, "Of %s ranked planes none has q < 0.05.", ranked);
        return;
    }
    cli_line_add(line, "Of %s ranked planes %s (%.3g %%) %s q < 0.05", ranked, significant,
                 100 * finding->significant_share, result->n_significant == 1 ? "has" : "have");
    if (result->n_aligned + result->n_anti_aligned > 0)
        cli_line_add(line, ": %s aligned, %s anti-aligned", aligned, anti);
    cli_line_add(line, ".");
    if (result->n_sure_aligned + result->n_sure_anti_aligned + result->n_sure_oblique == 0)
        cli_line_add(line, " With so small a control that may be chance: try --control %u.",
                     result->n_controls < CLI_MANY_CONTROLS ? CLI_MANY_CONTROLS : SRM_MAX_CONTROLS);
}

static void say_shape(const struct srm_result *result, const struct cli_finding *finding,
                      struct cli_line *line)
{
    bool axes = finding->contrast >= 1;
    double least = finding->control_contrast_least, greatest = finding->control_contrast_greatest;
    if (!(finding->contrast > 0) || !isfinite(finding->contrast))
        return;
    cli_line_add(line, "The mean curve");
    if (result->n_epsilons > 1)
        cli_line_add(line, " at \u03b5 = %.4g", result->epsilons[0]);
    cli_line_add(line, " is %.3g times as high on the %s as on the %s",
                 axes ? finding->contrast : 1 / finding->contrast, axes ? "axes" : "diagonals",
                 axes ? "diagonals" : "axes");
    if (result->n_controls == 1 && least > 0)
        cli_line_add(line, " (rotated basis: %.3g)", axes ? least : 1 / least);
    else if (result->n_controls > 1 && least > 0)
        cli_line_add(line, " (rotated bases: %.3g to %.3g)", axes ? least : 1 / greatest,
                     axes ? greatest : 1 / least);
    cli_line_add(line, ". ");
}

void cli_find(const struct srm_parameters *parameters, const struct srm_result *result,
              struct cli_finding *finding)
{
    *finding = (struct cli_finding){
        .significant_share = NAN,
        .contrast = NAN,
        .control_contrast_least = NAN,
        .control_contrast_greatest = NAN,
        .contrast_low = NAN,
        .contrast_high = NAN,
        .first_quarter = NAN,
        .mean_over_rms = result->summary.rms > 0 ? result->summary.mean_norm / result->summary.rms : NAN,
        .median_hits = result->median_hits,
    };
    if (result->n_controls > 0 && result->n_ranked > 0)
        finding->significant_share = (double)result->n_significant / (double)result->n_ranked;
    if (result->orthonormal && !parameters->difference && result->curves > 0)
        find_shape(result, finding);
    finding->verdict = verdict_of(result, finding);
    struct cli_line headline = {.text = finding->headline, .bytes = sizeof finding->headline};
    if (finding->one_sided && finding->verdict == CLI_VERDICT_NONE)
        cli_line_add(&headline, "One-sided rows, otherwise like a random rotation");
    else
        cli_line_add(&headline, "%s%s", headlines[finding->verdict],
                     finding->one_sided ? "; one-sided rows" : "");
    struct cli_line line = {.text = finding->sentence, .bytes = sizeof finding->sentence};
    say_shape(result, finding, &line);
    if (finding->verdict == CLI_VERDICT_UNDECIDED)
        say_undecided(result, &line);
    else
        say_planes(result, finding, &line);
    if (finding->one_sided)
        cli_line_add(&line, " Nothing lies opposite the two vectors.");
}

const char *cli_verdict_name(enum cli_verdict verdict)
{
    static const char *const names[] = {
        [CLI_VERDICT_NONE] = "none",
        [CLI_VERDICT_UNSURE] = "unsure",
        [CLI_VERDICT_FEW] = "few",
        [CLI_VERDICT_ALIGNED] = "aligned",
        [CLI_VERDICT_ANTI_ALIGNED] = "anti-aligned",
        [CLI_VERDICT_MIXED] = "mixed",
        [CLI_VERDICT_DISTINCT] = "distinct",
        [CLI_VERDICT_UNDECIDED] = "undecided",
    };
    return names[verdict];
}
