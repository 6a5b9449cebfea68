/* srm.json: everything an analysis found that is not a number a plane, schema "arclight.srm" version 1. */
#ifndef ARCLIGHT_CLI_SRM_DOCUMENT_H
#define ARCLIGHT_CLI_SRM_DOCUMENT_H

#include "cli/srm_finding.h"
#include "srm/analysis.h"

#include <jansson.h>

enum { CLI_SRM_SCHEMA_VERSION = 1 };

/* What the document needs beside the result. */
struct cli_srm_record {
    const json_t *configuration; /* the effective options; NULL: null */
    json_t *files;               /* of objects {name, what}; borrowed */
    const struct cli_finding *finding;
};

/* A new reference; NULL when memory is exhausted. NaN and infinities become null. `gpu` NULL: "device" and
 * "kernels" are null. */
json_t *cli_srm_document(struct gpu *gpu, const struct srm_parameters *parameters,
                         const struct srm_result *result, const struct cli_srm_record *record);

#endif
