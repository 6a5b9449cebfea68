/* What `arclight eval` has found, and what is made of it: table, JSON, files, picture. */
#ifndef ARCLIGHT_CLI_EVALUATION_H
#define ARCLIGHT_CLI_EVALUATION_H

#include "cli/sae_input.h"
#include "sae/evaluate.h"
#include "sae/match.h"
#include "view/theme.h"

struct cli_evaluation {
    struct cli_sae_input input;
    uint64_t rows; /* read */
    uint64_t non_finite;
    double multiple, median, bound; /* of --max-norm: as given, the median norm, the bound; NaN, INFINITY */
    struct sae_metrics metrics;

    /* by latent, [d_sae] */
    double *encoder_norms, *decoder_norms;
    double *encoder_decoder;       /* cosines; NULL for transcoders */
    struct sae_product *neighbour; /* the latent whose decoder direction is nearest */

    const char *other; /* of --compare, or NULL */
    uint32_t other_latents;
    struct sae_match match;
};

/* Density of a latent: the share of rows in which it fires. */
double cli_evaluation_density(const struct cli_evaluation *evaluation, uint32_t latent);

struct cli_evaluation_outputs {
    const char *folder; /* NULL: nothing is written */
    bool picture, json;
    const struct view_theme *theme;
    float scale;
    const json_t *configuration; /* borrowed */
};

/* Prints and writes everything; eval.json last. */
enum base_status cli_evaluation_report(const struct cli_evaluation *evaluation,
                                       const struct cli_evaluation_outputs *outputs);

/* The picture as PNG, 2400 x 1650 pixels at scale 1. The same results, device and look give the same bytes.
 */
enum base_status cli_evaluation_picture(const struct cli_evaluation *evaluation,
                                        const struct view_theme *theme, float scale, const char *path);

#endif
