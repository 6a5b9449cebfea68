/* Where the device's time went, kernel by kernel, for JSON documents. */
#ifndef ARCLIGHT_CLI_TIMINGS_H
#define ARCLIGHT_CLI_TIMINGS_H

#include "gpu/gpu.h"

#include <jansson.h>

/* [{"kernel", "dispatches", "device_ns"}], sums since the device was opened; null when they cannot be had. A
 * new reference; NULL when memory is exhausted. */
json_t *cli_timings(struct gpu *gpu);

#endif
