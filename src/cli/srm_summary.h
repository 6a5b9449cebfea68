/* The summary of an analysis for people. */
#ifndef ARCLIGHT_CLI_SRM_SUMMARY_H
#define ARCLIGHT_CLI_SRM_SUMMARY_H

#include "cli/srm_finding.h"

#include <jansson.h>

/* Prints what was analysed, where, what was found, the best planes, and `files` (objects {name, what}) in
 * `folder`. */
void cli_srm_summary(struct gpu *gpu, const struct srm_parameters *parameters,
                     const struct srm_result *result, const struct cli_finding *finding, const char *folder,
                     const json_t *files);

#endif
