#include "cli/srm_finding.h"

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

static void find_shape(const struct srm_result *result, struct cli_finding *finding)
{
    const uint32_t angles = result->angles;
    finding->contrast = contrast_of(result->curve, angles);
    for (uint32_t c = 0; c < result->n_controls; c++) {
        double contrast = contrast_of(result->controls[c].curves, angles);
        finding->control_contrast_least = fmin(finding->control_contrast_least, contrast);
        finding->control_contrast_greatest = fmax(finding->control_contrast_greatest, contrast);
    }
    double all = 0, quarters[4];
    for (int i = 0; i < 4; i++)
        all += quarters[i] = quarter_sum(result->curve, angles, i);
    finding->first_quarter = all > 0 ? quarters[0] / all : NAN;
    finding->one_sided = quarters[0] > 0 && quarters[2] < 1e-3 * quarters[0];
}

/* Three times as many of one kind make it the kind; this is a word for the reader, the figures stand beside
 * it. */
static enum cli_verdict verdict_of(const struct srm_result *result, const struct cli_finding *finding)
{
    if (finding->judged == 0 || finding->control_planes < CLI_LEAST_CONTROL_PLANES)
        return CLI_VERDICT_UNDECIDED;
    if (result->n_significant == 0)
        return CLI_VERDICT_NONE;
    if (finding->significant_share < CLI_FEW_SHARE)
        return CLI_VERDICT_FEW;
    if (result->n_significant_aligned >= 3 * result->n_significant_anti_aligned)
        return CLI_VERDICT_ALIGNED;
    if (result->n_significant_anti_aligned >= 3 * result->n_significant_aligned)
        return CLI_VERDICT_ANTI_ALIGNED;
    return CLI_VERDICT_MIXED;
}

static uint64_t count_control_planes(const struct srm_result *result)
{
    uint64_t count = 0;
    for (uint32_t c = 0; c < result->n_controls; c++)
        for (uint32_t p = 0; p < result->controls[c].planes; p++)
            count += !isnan(result->controls[c].absolute_z[p]);
    return count;
}

static const char *const headlines[] = {
    [CLI_VERDICT_NONE] = "Nothing beyond a random rotation",
    [CLI_VERDICT_FEW] = "Single planes stand out",
    [CLI_VERDICT_ALIGNED] = "Aligned with the basis",
    [CLI_VERDICT_ANTI_ALIGNED] = "Anti-aligned with the basis",
    [CLI_VERDICT_MIXED] = "Aligned in some planes, anti-aligned in others",
    [CLI_VERDICT_UNDECIDED] = "Not decided",
};

/* Why nothing was decided. */
static void say_undecided(const struct srm_result *result, const struct cli_finding *finding,
                          struct cli_line *line)
{
    if (result->n_ranked == 0)
        cli_line_add(
            line,
            "No plane has %d rows inside its gate, so none can be judged: a smaller --epsilon or more rows "
            "would help.",
            SRM_LEAST_HITS);
    else if (result->n_controls == 0)
        cli_line_add(line, "Without a control (--control) nothing tells a preferred basis from the rows' own "
                           "covariance.");
    else if (finding->judged == 0)
        cli_line_add(
            line, "No two vectors of this basis are orthogonal: its planes are ranked by their peak's lift, "
                  "which has no q.");
    else
        cli_line_add(line,
                     "The control has %" PRIu64
                     " planes with enough rows, too few for q < %.2g: try --control %u.",
                     finding->control_planes, CLI_SIGNIFICANT_Q, SRM_MAX_CONTROLS);
}

static void say_planes(const struct srm_result *result, const struct cli_finding *finding,
                       struct cli_line *line)
{
    char judged[CLI_COUNT_BYTES], significant[CLI_COUNT_BYTES], aligned[CLI_COUNT_BYTES],
        anti[CLI_COUNT_BYTES];
    cli_count_text(finding->judged, judged);
    cli_count_text(result->n_significant, significant);
    cli_count_text(result->n_significant_aligned, aligned);
    cli_count_text(result->n_significant_anti_aligned, anti);
    if (finding->verdict == CLI_VERDICT_UNDECIDED)
        say_undecided(result, finding, line);
    else if (result->n_significant == 0)
        cli_line_add(line, "None of %s ranked planes has q < %.2g against a random rotation.", judged,
                     CLI_SIGNIFICANT_Q);
    else
        cli_line_add(
            line,
            "%s of %s ranked planes (%.3g %%) have q < %.2g against a random rotation: %s aligned, %s "
            "anti-aligned.",
            significant, judged, 100 * finding->significant_share, CLI_SIGNIFICANT_Q, aligned, anti);
}

static void say_shape(const struct srm_result *result, const struct cli_finding *finding,
                      struct cli_line *line)
{
    if (isfinite(finding->contrast) && finding->contrast > 0) {
        bool axes = finding->contrast >= 1;
        double least = finding->control_contrast_least, greatest = finding->control_contrast_greatest;
        cli_line_add(line, " The mean curve is %.3g times as high on the %s as on the %s",
                     axes ? finding->contrast : 1 / finding->contrast, axes ? "axes" : "diagonals",
                     axes ? "diagonals" : "axes");
        if (result->n_controls == 1 && least > 0)
            cli_line_add(line, " (rotated basis: %.3g)", axes ? least : 1 / least);
        else if (result->n_controls > 1 && least > 0)
            cli_line_add(line, " (rotated bases: %.3g to %.3g)", axes ? least : 1 / greatest,
                         axes ? greatest : 1 / least);
        cli_line_add(line, ".");
    }
    if (finding->one_sided)
        cli_line_add(line, " Nothing lies opposite the two vectors: the rows are one-sided.");
}

void cli_find(const struct srm_parameters *parameters, const struct srm_result *result,
              struct cli_finding *finding)
{
    *finding = (struct cli_finding){
        .judged = result->n_aligned + result->n_anti_aligned,
        .control_planes = count_control_planes(result),
        .significant_share = NAN,
        .contrast = NAN,
        .control_contrast_least = NAN,
        .control_contrast_greatest = NAN,
        .first_quarter = NAN,
        .mean_over_rms = result->summary.rms > 0 ? result->summary.mean_norm / result->summary.rms : NAN,
        .median_hits = result->median_hits,
    };
    if (result->n_controls > 0 && finding->judged > 0)
        finding->significant_share = (double)result->n_significant / (double)finding->judged;
    if (result->orthonormal && !parameters->difference && result->curves > 0)
        find_shape(result, finding);
    finding->verdict = verdict_of(result, finding);
    snprintf(finding->headline, sizeof finding->headline, "%s", headlines[finding->verdict]);
    struct cli_line line = {.text = finding->sentence, .bytes = sizeof finding->sentence};
    say_planes(result, finding, &line);
    say_shape(result, finding, &line);
}

const char *cli_verdict_name(enum cli_verdict verdict)
{
    static const char *const names[] = {
        [CLI_VERDICT_NONE] = "none",       [CLI_VERDICT_FEW] = "few",
        [CLI_VERDICT_ALIGNED] = "aligned", [CLI_VERDICT_ANTI_ALIGNED] = "anti-aligned",
        [CLI_VERDICT_MIXED] = "mixed",     [CLI_VERDICT_UNDECIDED] = "undecided",
    };
    return names[verdict];
}
