/* What `arclight srm` leaves behind: files in a folder, and a summary on standard output. */
#ifndef ARCLIGHT_CLI_SRM_REPORT_H
#define ARCLIGHT_CLI_SRM_REPORT_H

#include "srm/analysis.h"
#include "view/theme.h"

#include <jansson.h>

struct cli_srm_outputs {
    const char *folder;             /* made when missing */
    bool picture;                   /* resonance.png */
    bool panels;                    /* each panel of it alone, too */
    const struct view_theme *theme; /* NULL: dark */
    float scale;                    /* of the pictures; 0: 1 */
    bool json;                      /* srm.json's content to standard output, in the place of the summary */
    const json_t *configuration;    /* the effective options, for the record; borrowed, NULL: none */
};

/* Writes planes.csv, and as they apply planes.safetensors, top-counts.npy, members.csv, labels.csv,
 * label-curves.npy, projection.npy, the pictures, and last of all srm.json; then prints. counts.npy is the
 * analysis's own. Each file is complete or as it was. BASE_ERROR_FILE_SYSTEM, or a failure of the device. */
enum base_status cli_srm_report(struct gpu *gpu, const struct srm_parameters *parameters,
                                const struct srm_result *result, const struct cli_srm_outputs *outputs);

#endif
