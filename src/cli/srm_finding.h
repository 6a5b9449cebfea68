/* What an analysis found, in figures and in a sentence. It rests on the comparison with randomly rotated
 * bases alone: real rows are not isotropic, so the isotropic level says nothing about alignment.
 *
 * Two things are compared. The mean curve: its height on the axes over that on the diagonals, against the
 * same of each rotated basis; this sees what all planes have a little of. And single planes: those with q <
 * 0.05, and among them those that stay so with one more control plane (srm_result's n_sure_...), for a small
 * control often lets a plane or two through. */
#ifndef ARCLIGHT_CLI_SRM_FINDING_H
#define ARCLIGHT_CLI_SRM_FINDING_H

#include "srm/analysis.h"

#include <stdbool.h>

enum cli_verdict {
    CLI_VERDICT_NONE,   /* like the rotated bases */
    CLI_VERDICT_UNSURE, /* as a whole like them; planes with q < 0.05, but none that is sure */
    CLI_VERDICT_FEW, /* as a whole like them, but fewer than CLI_FEW_SHARE of the planes surely stand out */
    CLI_VERDICT_ALIGNED,      /* rows gather on the basis vectors */
    CLI_VERDICT_ANTI_ALIGNED, /* rows gather on the diagonals between them */
    CLI_VERDICT_MIXED,        /* many planes of either kind, or planes and mean disagree */
    CLI_VERDICT_DISTINCT,     /* many planes of oblique vectors stand out */
    CLI_VERDICT_UNDECIDED,    /* no control, or no plane with enough rows */
};

#define CLI_FEW_SHARE 0.01
/* With fewer rotations than this their spread is not known: contrasts below CLI_LEAST_CONTRAST are then
 * nothing. */
enum { CLI_MANY_CONTROLS = 8 };
#define CLI_LEAST_CONTRAST 1.5
#define CLI_MEAN_OVER_RMS_HINT 0.3 /* from here on --center is worth a try */

struct cli_finding {
    enum cli_verdict verdict;
    double
        significant_share; /* of the ranked planes, q < SRM_SIGNIFICANT_Q; NaN: none ranked, or no control */

    /* The mean curve at the first epsilon: what it is on the four axes over what it is on the four diagonals;
     * above 1 aligned, below 1 anti-aligned. NaN for a basis that is not orthonormal, for differences, and
     * where the diagonals have nothing. */
    double contrast;
    double control_contrast_least, control_contrast_greatest; /* of the rotated bases; NaN without control */
    double contrast_low,
        contrast_high; /* a contrast between these is what rotated bases have; NaN as above */

    /* The mean curve between +b_i and +b_j, over the four quarters of the turn together. 1: one-sided rows (a
     * ReLU), 1/4: no preference. NaN as above. */
    double first_quarter;
    bool one_sided; /* orthonormal, unsigned, and next to nothing between -b_i and -b_j */

    double mean_over_rms; /* ‖mean‖ / rms of the rows */
    double median_hits;   /* M of the median plane */

    char headline[96];  /* "Anti-aligned" */
    char sentence[640]; /* the finding in one or two sentences, UTF-8, no final newline */
};

void cli_find(const struct srm_parameters *parameters, const struct srm_result *result,
              struct cli_finding *finding);

/* One word for files: "none", "unsure", "few", "aligned", "anti-aligned", "mixed", "distinct", "undecided".
 */
const char *cli_verdict_name(enum cli_verdict verdict);

#endif
